#include <doctest/doctest.h>

#include "tests/support/ask.h"
#include "tests/support/zone_of.h"

using namespace doors;

TEST_SUITE("answer: batches") {
  const auto zone =
      snapshot_of({image_of_file("example.", DOORS_TEST_SOURCE_DIR "/data/answers/nsec3.zone")});

  TEST_CASE("a batch gives what each message alone gives, silence too") {
    const char* const questions[] = {"www.example. A",         "no.example. A +do",
                                     "x.sub.example. A +do",   "x.dn.example. A +tcp",
                                     "other.test. A +nsid",    "x.wild.example. MX +do",
                                     "example. SOA +opcode=5", "id.server. TXT +class=CH"};
    std::vector<AskedMessage> asked;
    for (int i = 0; i < 100; ++i) {
      asked.push_back(message_of(questions[i % std::size(questions)]));
      if (i % 9 == 8) asked.back().octets[2] |= std::byte{0x80};
    }
    std::vector<std::vector<std::byte>> outs(asked.size(), std::vector<std::byte>(65535));
    std::vector<BatchItem> batch;
    for (std::size_t i = 0; i < asked.size(); ++i)
      batch.push_back({asked[i].octets, asked[i].client, outs[i]});
    respond_batch(batch, zone, {});
    std::vector<std::byte> alone(65535);
    for (std::size_t i = 0; i < asked.size(); ++i) {
      CAPTURE(i);
      const std::size_t size = respond(asked[i].octets, zone, asked[i].client, {}, alone);
      REQUIRE(batch[i].size == size);
      CHECK(std::equal(alone.begin(), alone.begin() + static_cast<std::ptrdiff_t>(size), outs[i].begin()));
      if (size > 0) CHECK(raw(batch[i].rcode) == read_reply(Octets(alone.data(), size))->rcode());
    }
  }
  TEST_CASE("an empty batch is none") { respond_batch({}, zone, {}); }
}
