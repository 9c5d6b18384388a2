#include <random>

#include <doctest/doctest.h>

#include "tests/support/ask.h"
#include "tests/support/zone_of.h"
#include "zones/image/writer.h"
#include "zones/load/zone_file.h"

using namespace doors;

namespace {

constexpr int owners = 3000;

std::vector<std::byte> image_octets() {
  std::string text =
      "$ORIGIN example.\n@ 300 IN SOA ns host 1 3600 600 86400 300\n@ 300 IN NS ns\nns 300 IN A 192.0.2.1\n";
  for (int i = 0; i < owners; ++i) {
    const std::string number = std::to_string(i);
    text += "h" + number + " 300 IN TXT text-" + number + "\nm" + number + " 300 IN MX 1 h" + number + "\nc" +
            number + " 300 IN CNAME h" + number + "\n";
  }
  const auto loaded = load_zone_text(text, "example", {});
  REQUIRE(loaded.has_value());
  return build_image(loaded->content, {}).value();
}

Snapshot snapshot_of(const std::vector<std::byte>& octets) {
  return doors::snapshot_of({ZoneImage::from_octets(octets, ZoneImage::Check::at_use).value()});
}

std::string question(int i) {
  const std::string number = std::to_string(i);
  switch (i % 4) {
    case 0:
      return "h" + number + ".example. TXT +do";
    case 1:
      return "m" + number + ".example. MX +do";
    case 2:
      return "c" + number + ".example. TXT +do";
    default:
      return "x" + number + ".example. A +do";
  }
}

}  // namespace

TEST_SUITE("answer: from a damaged image") {
  TEST_CASE("SERVFAIL (EDE 24) where what is needed is bad, and the right answer everywhere else") {
    const auto octets = image_octets();
    REQUIRE(octets.size() > 4 * layout::page_octets);
    const Snapshot whole = snapshot_of(octets);
    std::mt19937 random(3);
    int failed = 0;
    for (int round = 0; round < 12; ++round) {
      auto rotten = octets;
      const std::size_t page = 1 + random() % (octets.size() / layout::page_octets - 1);
      rotten[page * layout::page_octets + random() % layout::page_octets] ^= std::byte{1};
      const auto image = ZoneImage::from_octets(rotten, ZoneImage::Check::at_use);
      if (!image) continue;  // the apex was hit
      const Snapshot snapshot = doors::snapshot_of({*image});
      int wrong = 0;
      for (int i = 0; i < owners; i += 3) {
        const std::string given = ask(snapshot, question(i));
        if (given == ask(whole, question(i))) continue;
        if (given.starts_with("SERVFAIL"))
          ++failed;
        else
          ++wrong;
      }
      CHECK(wrong == 0);
    }
    CHECK(failed > 0);
  }
  TEST_CASE("in a batch each answer is the one it is alone, and a bad one does its neighbours no harm") {
    auto rotten = image_octets();
    for (std::size_t page = 2; page < rotten.size() / layout::page_octets; page += 2)
      rotten[page * layout::page_octets] ^= std::byte{1};
    const Snapshot snapshot = snapshot_of(rotten);
    std::vector<AskedMessage> asked;
    for (int i = 0; i < owners; i += 3) asked.push_back(message_of(question(i)));
    std::vector<std::vector<std::byte>> outs(asked.size(), std::vector<std::byte>(1232));
    std::vector<BatchItem> batch;
    for (std::size_t i = 0; i < asked.size(); ++i)
      batch.push_back({asked[i].octets, asked[i].client, outs[i]});
    respond_batch(batch, snapshot, {});
    std::vector<std::byte> alone(1232);
    std::size_t failed = 0;
    for (std::size_t i = 0; i < asked.size(); ++i) {
      CAPTURE(i);
      REQUIRE(batch[i].size == respond(asked[i].octets, snapshot, asked[i].client, {}, alone));
      CHECK(std::equal(outs[i].begin(), outs[i].begin() + static_cast<std::ptrdiff_t>(batch[i].size),
                       alone.begin()));
      failed += batch[i].rcode == Rcode::servfail ? 1 : 0;
    }
    CHECK(failed > 0);
    CHECK(failed < asked.size());
  }
}
