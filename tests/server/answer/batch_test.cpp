#include <cstdio>

#include <doctest/doctest.h>

#include "tests/support/ask.h"
#include "tests/support/zone_of.h"
#include "zones/dns/query.h"
#include "zones/image/pack_writer.h"
#include "zones/image/writer.h"
#include "zones/load/zone_file.h"

using namespace doors;

TEST_SUITE("answer: batches") {
  const auto zone =
      snapshot_of({image_of_file("example.", DOORS_TEST_SOURCE_DIR "/data/answers/nsec3.zone")});

  /// The zone of a text, in a pack.
  Snapshot in_a_pack(std::string_view text) {
    const auto loaded = load_zone_text(text, "zone", {});
    REQUIRE(loaded.has_value());
    std::FILE* const file = std::tmpfile();
    REQUIRE(file != nullptr);
    PackWriter writer(::fileno(file));
    REQUIRE(writer.add(build_image(loaded->content, {}).value()).has_value());
    REQUIRE(writer.finish(1).has_value());
    const auto pack = ImagePack::open(::fileno(file));
    std::fclose(file);
    REQUIRE(pack.has_value());
    Snapshot snapshot = snapshot_of({});
    ZoneSources sources;
    sources.packs = {*pack};
    snapshot.zones = std::make_shared<ZoneSet>(std::move(sources));
    return snapshot;
  }

  void check_batch(const Snapshot& served) {
    const char* const questions[] = {"www.example. A",         "no.example. A +do",
                                     "x.sub.example. A +do",   "x.dn.example. A +tcp",
                                     "other.test. A +nsid",    "x.wild.example. MX +do",
                                     "example. SOA +opcode=5", "id.server. TXT +class=CH"};
    std::vector<AskedMessage> asked;
    for (int i = 0; i < 100; ++i) {
      asked.push_back(message_of(questions[static_cast<std::size_t>(i) % std::size(questions)]));
      if (i % 9 == 8) asked.back().octets[2] |= std::byte{0x80};
    }
    std::vector<std::vector<std::byte>> outs(asked.size(), std::vector<std::byte>(65535));
    std::vector<BatchItem> batch;
    for (std::size_t i = 0; i < asked.size(); ++i)
      batch.push_back({asked[i].octets, asked[i].client, outs[i]});
    respond_batch(batch, served, {});
    std::vector<std::byte> alone(65535);
    for (std::size_t i = 0; i < asked.size(); ++i) {
      CAPTURE(i);
      const std::size_t size = respond(asked[i].octets, served, asked[i].client, {}, alone);
      REQUIRE(batch[i].size == size);
      CHECK(std::equal(alone.begin(), alone.begin() + static_cast<std::ptrdiff_t>(size), outs[i].begin()));
      if (size > 0) CHECK(raw(batch[i].rcode) == read_reply(Octets(alone.data(), size))->rcode());
    }
  }
  TEST_CASE("a batch gives what each message alone gives, silence too") { check_batch(zone); }
  TEST_CASE("a batch of a zone in a pack does so too") {
    const Snapshot packed = in_a_pack(
        "$ORIGIN example.\n@ 60 SOA ns host 1 2 3 4 5\n@ 60 NS ns\nns 60 A 192.0.2.1\nwww 60 A 192.0.2.2\n"
        "sub 60 NS ns.sub\nns.sub 60 A 192.0.2.3\ndn 60 DNAME other.test.\n*.wild 60 MX 1 www\n");
    CHECK(ask(packed, "www.example. A") == "NOERROR www.example. A 192.0.2.2");
    check_batch(packed);
  }
  /// Asks about, beside and below each name of the zone.
  void check_all_around(const std::shared_ptr<const ZoneImage>& image) {
    const Snapshot served = snapshot_of({image});
    std::vector<QueryMessage> queries;
    for (std::size_t i = 0; i < image->node_count(); ++i) {
      const NameView node = image->node_in_order(i).name();
      for (const std::string below : {"", "x.", "*.", "a-b.zz."}) {
        const auto name = Name::parse(below + node.to_string());
        if (!name) continue;
        for (const RRType type : {RRType::a, RRType::ds, RRType::txt, RRType::nsec}) {
          Question question;
          question.name = *name;
          question.type = type;
          question.dnssec_ok = i % 5 != 0;
          queries.push_back(build_query(question));
        }
      }
    }
    std::vector<std::vector<std::byte>> outs(queries.size(), std::vector<std::byte>(1232));
    std::vector<BatchItem> batch;
    for (std::size_t i = 0; i < queries.size(); ++i) batch.push_back({queries[i].view(), {}, outs[i]});
    respond_batch(batch, served, {});
    std::vector<std::byte> alone(1232);
    for (std::size_t i = 0; i < queries.size(); ++i) {
      CAPTURE(i);
      const std::size_t size = respond(queries[i].view(), served, {}, {}, alone);
      REQUIRE(batch[i].size == size);
      REQUIRE(std::equal(alone.begin(), alone.begin() + static_cast<std::ptrdiff_t>(size), outs[i].begin()));
    }
  }
  TEST_CASE(
      "questions all about zones of every kind are answered the same in a batch, whatever is looked ahead") {
    for (const char* file : {"plain", "nsec", "nsec3", "optout"}) {
      CAPTURE(file);
      check_all_around(
          image_of_file("example.", DOORS_TEST_SOURCE_DIR "/data/answers/" + std::string(file) + ".zone"));
    }
  }
  TEST_CASE("so are those about a chain of NSEC that nobody signed") {
    const auto loaded = load_zone_text(
        "$ORIGIN example.\n@ 60 SOA ns host 1 2 3 4 5\n@ 60 NS ns\n@ 60 NSEC b NS SOA NSEC\n"
        "b 60 A 192.0.2.1\nb 60 NSEC ns A NSEC\nns 60 A 192.0.2.2\nns 60 NSEC @ A NSEC\n",
        "zone", {});
    REQUIRE(loaded.has_value());
    check_all_around(ZoneImage::from_octets(build_image(loaded->content, {}).value()).value());
  }
  TEST_CASE("an empty batch is none") { respond_batch({}, zone, {}); }
}
