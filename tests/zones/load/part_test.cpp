#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

#include <doctest/doctest.h>
#include <unistd.h>

#include "tests/zones/load/loading.h"
#include "zones/load/part_load.h"
#include "zones/load/zone_scanner.h"

namespace doors {

namespace {

using Strings = std::vector<std::string>;

const std::filesystem::path sources = DOORS_TEST_SOURCE_DIR;
const std::filesystem::path data = DOORS_TEST_DATA_DIR;

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

ZoneFileOptions in_parts(ZoneFileOptions options, std::size_t part_octets) {
  options.run = run_on_all_cores;
  options.part_octets = part_octets;
  return options;
}

/// What a load comes to, to be compared; the content's whole stream is in it.
Strings told(const Expected<LoadedZone, std::vector<Problem>>& zone) {
  if (!zone) return test::to_strings(zone.error());
  Strings lines = test::to_strings(zone->warnings);
  lines.emplace_back(doors::text_of(zone->content.stream()));
  return lines;
}

/// Loads the text in one go and in parts of several sizes, which have to come to the same.
void compare(const std::string& text, const ZoneFileOptions& options, const std::string& file = "z.zone") {
  const Strings whole = told(load_zone_text(text, file, in_parts(options, 0)));
  for (const std::size_t octets : {1u, 3u, 20u, 100u, 700u, 5000u}) {
    CAPTURE(octets);
    ZoneFileOptions parted = in_parts(options, octets);
    if (octets != 20) parted.run = run_in_turn;  // threads are dear under sanitizers
    const bool same = told(load_zone_text(text, file, parted)) == whole;
    CHECK(same);
    if (!same) MESSAGE(text);
  }
}

/// Whether the text is taken in parts, and not read in one go after all.
bool goes_in_parts(const std::string& text, std::size_t octets) {
  TextParts parts(text, octets);
  return load_in_parts(parts, in_parts(test::with_origin("example."), octets), "z.zone", 1 << 20).has_value();
}

/// Zone text that has everything which holds from one line to the next.
std::string random_text(std::mt19937& random) {
  const auto pick = [&random](std::initializer_list<const char*> from) {
    return std::string(from.begin()[random() % from.size()]);
  };
  const auto owner = [&] { return pick({"@", "a", "b.a", "*", "w\\046w", "c.example.", "ns"}); };
  std::string text = pick({"", "$TTL 60\n", "$ORIGIN example.\n", "; all of it\n\n"}) +
                     "@ 300 SOA ns host (\n 1 2\n3 ; the next is in its own line)\n 4 5 )\n";
  text += pick({"@ NS ns\n", "@ 60 NS ns.elsewhere.\n", " NS ns\n"});
  for (std::size_t i = 0; i < 60; ++i) {
    const std::string number = std::to_string(random() % 200);
    switch (random() % 24) {
      case 0:
        text += "$ORIGIN " + pick({"example.\n", "sub\n", "sub.example. ; here\n", "deep.sub.example.\n"});
        break;
      case 1:
        text += "$TTL " + pick({"1h\n", "77\n", "(\n88 )\n", "4000000000\n"});
        break;
      case 2:
        text += "$GENERATE 1-" + std::to_string(random() % 9) + " g$ A 192.0.2.$\n";
        break;
      case 3:
        text +=
            owner() + " TXT ( \"a(b\"\n\"c;d\" ; no ) here\n" + pick({"plain", "$ORIGIN", " w"}) + "\n)\n";
        break;
      case 4:
        text += "t" + number + " TXT \"two\\\nlines\"\n";
        break;
      case 5:
        text += pick({"\n", " \t\n", "; words ( \" of wisdom\n", "\r\n", "@ 300 SOA ns host 1 2 3 4 5\n"});
        break;
      case 6:
        text += " " + pick({"A", "9 A", "IN 10 A", "20 IN A"}) + " 192.0.2." + number + "\n";
        break;
      case 7:
        text += owner() + " CAA 0 issue \"ca\\\"(.test\"\r\n";
        break;
      case 8:
        if (random() % 60 == 0)
          text += pick({")\n", "a TXT (\n", "a TXT \"\n", "a A 1\n", "$TTL\n", "\"q\" A 1.2.3.4\n"});
        break;
      default:
        text += owner() + pick({" ", " 30 ", " IN ", " 4294967295 "}) + "A 198.51.100." + number + "\n";
    }
  }
  return text;
}

}  // namespace

TEST_SUITE("load: zone text in parts") {
  TEST_CASE("parts put together are the text, and begin where an owner's name does") {
    const std::string text =
        std::string(test::apex) + "a TXT (\nb ; )\nc )\n\n; words\n$TTL 1\n b\nd A 192.0.2.1\n";
    TextParts parts(text, 1);
    std::string buffer;
    std::string together;
    Strings begin;
    Strings directives;
    for (TextParts::Part part; parts.next(part, buffer);) {
      CHECK(part.offset == together.size());
      CHECK(part.first_line == 1 + std::ranges::count(together, '\n'));
      together += part.text;
      begin.emplace_back(part.text.substr(0, 2));
      for (const std::string_view each : part.directives) directives.emplace_back(each);
    }
    CHECK(together == text);
    CHECK(begin == Strings{"$O", "@ ", "@ ", "a ", "d "});
    CHECK(directives == Strings{"$ORIGIN example.\n", "$TTL 1\n"});
    CHECK_FALSE(parts.failed());
  }

  TEST_CASE("a text without places to cut is not cut") {
    std::string text(test::apex);
    while (text.size() < 3 * ZoneScanner::max_line_octets) text += " A 192.0.2.1\n";
    TextParts parts(text, 100);
    std::string buffer;
    TextParts::Part part;
    while (parts.next(part, buffer)) CHECK(part.text.size() < 200);
    CHECK(parts.failed());
    CHECK(test::load(text, in_parts({}, 100)).content.record_count() == 3);
  }

  TEST_CASE("good text is read in parts, whatever the directives in it") {
    const std::string text =
        std::string(test::apex) +
        "$TTL 60\na A 192.0.2.1\nb A 192.0.2.1\n$ORIGIN sub\nc A 192.0.2.1\nd A 192.0.2.1\n"
        "$ORIGIN deep\n$TTL 9\ne A 192.0.2.1\nf A 192.0.2.1\n$GENERATE 1-3 g$ A 192.0.2.$\n"
        "h TXT (\n\"(\" )\ni TXT \"a\"\n";
    CHECK(goes_in_parts(text, 1));
    CHECK(goes_in_parts(text, 50));
    compare(text, {});
  }

  TEST_CASE("a part that assumed another TTL is read again") {
    const std::string text =
        std::string(test::apex) + "a A 192.0.2.1\nb 77 A 192.0.2.1\nc A 192.0.2.1\nd A 192.0.2.1\n";
    CHECK(goes_in_parts(text, 1));
    CHECK(test::records(test::load(text, in_parts({}, 1)).content).back() == "d.example. 77 IN A 192.0.2.1");
    compare(text, {});
  }

  TEST_CASE("what all parts together may make is bounded") {
    ZoneFileOptions options;
    options.max_generated = 5;
    const std::string text = std::string(test::apex) +
                             "$GENERATE 1-3 a$ 5 A 192.0.2.$\na A 192.0.2.9\n$GENERATE 1-3 b$ A 192.0.2.$\n";
    compare(text, options);
    CHECK(told(load_zone_text(text, "z", in_parts(options, 1))) ==
          Strings{"z:6: $GENERATE makes too many records"});
    options.max_generated = 6;
    CHECK(test::load(text, in_parts(options, 1)).content.record_count() == 9);
    options.max_octets = text.size() + 40;
    compare(text, options);
    CHECK(told(load_zone_text(text, "z", in_parts(options, 1))) ==
          Strings{"z:6: $GENERATE makes too much text"});
  }

  TEST_CASE("an included file says what it says, in parts too") {
    const auto directory =
        std::filesystem::temp_directory_path() / ("doors-part-" + std::to_string(::getpid()));
    std::filesystem::create_directory(directory);
    const auto write = [&](const char* name, std::string_view text) {
      std::ofstream(directory / name) << text;
    };
    write("inner", "$TTL 5\n$ORIGIN in\nq A 192.0.2.1\nr TXT a\n");
    const std::string text =
        std::string(test::apex) +
        "a A 192.0.2.1\n$INCLUDE inner\nb A 192.0.2.1\n$INCLUDE inner other\nc 9 A 192.0.2.1\nd MX 5 c\n";
    write("z.zone", text);
    compare(text, {}, (directory / "z.zone").string());
    const auto whole = load_zone_file(directory / "z.zone", in_parts({}, 0));
    REQUIRE(whole);
    CHECK(told(load_zone_file(directory / "z.zone", in_parts({}, 1))) == told(whole));
    std::filesystem::remove_all(directory);
  }

  TEST_CASE("random text comes to the same in parts of any size, good or bad") {
    std::mt19937 random(7);
    std::size_t good = 0;
    std::size_t in_parts = 0;
    for (std::size_t i = 0; i < 200; ++i) {
      CAPTURE(i);
      const std::string text = random_text(random);
      compare(text, test::with_origin("example."));
      good += load_zone_text(text, "z", test::with_origin("example.")).has_value() ? 1 : 0;
      in_parts += goes_in_parts(text, 100) ? 1 : 0;
    }
    CHECK(good > 50);
    CHECK(good < 200);
    CHECK(in_parts > good / 2);  // others have a line end inside quotes where one is cut
  }

  TEST_CASE("the corpora come to the same in parts of any size") {
    std::size_t texts = 0;
    for (const char* corpus : {"fuzz/corpus/zone_text", "data/answers", "differential/zones"}) {
      for (const auto& entry : std::filesystem::recursive_directory_iterator(sources / corpus)) {
        if (!entry.is_regular_file()) continue;
        CAPTURE(entry.path());
        compare(text_of(entry.path()), {}, "example.zone");
        ++texts;
      }
    }
    CHECK(texts > 15);
    std::string zone;
    std::ifstream file(sources / "zones/load/zone_corpus.txt");
    for (std::string line; std::getline(file, line);) {
      if (!line.starts_with("== ")) {
        zone += line + "\n";
      } else {
        compare(std::string(test::apex) + zone, test::with_origin("example."));
        zone.clear();
      }
    }
  }

  TEST_CASE("the root zone is read in parts from its file, and is the same") {
    const auto path = data / "root-2021-signed.zone";
    const Strings whole = told(load_zone_file(path, in_parts({}, 0)));
    for (const std::size_t octets : {1000u, 70'000u}) {
      std::atomic<std::uint64_t> read{0};
      ZoneFileOptions options = in_parts({}, octets);
      options.octets_read = &read;
      CHECK(told(load_zone_file(path, options)) == whole);
      CHECK(read == std::filesystem::file_size(path));
    }
  }
}

}  // namespace doors
