#include "server/xdp/batch.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/frames.h"

using namespace doors;

namespace {

constexpr std::size_t chunk = 2048;
constexpr std::size_t mtu = 1500;

/// The memory shared with the kernel, and frames that arrive in it.
struct Memory {
  std::vector<std::byte> octets = std::vector<std::byte>(XdpBatch::size * chunk);

  void arrive(XdpBatch& batch, std::size_t n, const std::vector<std::byte>& frame) {
    std::byte* place = octets.data() + n * chunk;
    std::copy(frame.begin(), frame.end(), place);
    batch.frames()[n] = {n * chunk, place, static_cast<std::uint32_t>(frame.size()), chunk};
  }
};

void answer(BatchItem& item, std::string_view response, Rcode rcode) {
  std::copy_n(octets_of(response).begin(), response.size(), item.out.begin());
  item.size = response.size();
  item.rcode = rcode;
}

}  // namespace

TEST_SUITE("xdp: batches of frames") {
  TEST_CASE(
      "responses are built in the frames of their queries, and every frame is either sent or given back") {
    Memory memory;
    XdpBatch batch;
    Counters counters;
    TestFrame port_zero{.source_port = 0, .message = "from nowhere"};
    auto damaged = octets_of(TestFrame{.message = "damaged"});
    damaged.back() ^= std::byte{1};
    memory.arrive(batch, 0, octets_of(TestFrame{.message = "first query!"}));
    memory.arrive(batch, 1, octets_of(port_zero));
    memory.arrive(batch, 2, octets_of(TestFrame{.message = "silence"}));
    memory.arrive(batch, 3, damaged);
    memory.arrive(batch, 4,
                  octets_of(TestFrame{.tag = 7,
                                      .ipv6 = true,
                                      .source = "2001:db8::1",
                                      .destination = "2001:db8::53",
                                      .message = "the last query"}));
    batch.take(5, mtu, counters);

    const auto items = batch.items();
    REQUIRE(items.size() == 3);
    CHECK(text_of(items[0].query) == "first query!");
    CHECK(text_of(items[1].query) == "silence");
    CHECK(text_of(items[2].query) == "the last query");
    CHECK(items[2].client.ipv6);
    CHECK(items[0].out.size() == mtu - 28);
    CHECK(items[2].out.size() == mtu - 48);

    // Written over the frame: the queries must still be there for who needs them.
    answer(items[0], std::string("\0\1\x82\0 a response", 15), Rcode::nxdomain);
    answer(items[2], std::string(1400, 'r'), Rcode::noerror);
    CHECK(text_of(items[0].query) == "first query!");
    CHECK(text_of(items[2].query) == "the last query");
    batch.put(counters);

    REQUIRE(batch.to_send().size() == 2);
    REQUIRE(batch.to_give_back().size() == 3);
    const XdpFrame& first = batch.to_send()[0];
    CHECK(first.address == 0);
    const auto sent = read_frame({first.data, first.size});
    REQUIRE(sent.has_value());
    CHECK(sent->message == std::string("\0\1\x82\0 a response", 15));
    const XdpFrame& last = batch.to_send()[1];
    CHECK(last.address == 4 * chunk);
    const auto tagged = read_frame({last.data, last.size});
    REQUIRE(tagged.has_value());
    CHECK(tagged->tag == 7);
    CHECK(tagged->message == std::string(1400, 'r'));

    const CounterValues values = counters.read();
    CHECK(values[Counter::xdp_queries] == 3);
    CHECK(values[Counter::udp4_queries] == 2);
    CHECK(values[Counter::udp6_queries] == 1);
    CHECK(values[Counter::udp_octets_in] == 12 + 7 + 14);
    CHECK(values[Counter::udp_octets_out] == 15 + 1400);
    CHECK(values[Counter::udp_responses] == 2);
    CHECK(values[Counter::truncated] == 1 + 1);  // 'r' has the bit, too
    CHECK(values[Counter::dropped_port_zero] == 1);
    CHECK(values[Counter::dropped_frame] == 1);
    CHECK(values[Counter::dropped_silent] == 1);
    CHECK(values.rcodes[raw(Rcode::nxdomain)] == 1);
  }

  TEST_CASE("a full batch of the longest queries keeps them all") {
    Memory memory;
    XdpBatch batch;
    Counters counters;
    for (std::size_t n = 0; n < XdpBatch::size; ++n) {
      memory.arrive(batch, n, octets_of(TestFrame{.message = std::string(1472, static_cast<char>('A' + n))}));
    }
    batch.take(XdpBatch::size, mtu, counters);
    REQUIRE(batch.items().size() == XdpBatch::size);
    for (BatchItem& item : batch.items()) answer(item, std::string(item.out.size(), 'x'), Rcode::noerror);
    for (std::size_t n = 0; n < XdpBatch::size; ++n) {
      CHECK(text_of(batch.items()[n].query) == std::string(1472, static_cast<char>('A' + n)));
    }
    batch.put(counters);
    CHECK(batch.to_send().size() == XdpBatch::size);
    CHECK(batch.to_give_back().empty());
  }

  TEST_CASE("a frame's own room bounds the response as well") {
    Memory memory;
    XdpBatch batch;
    Counters counters;
    memory.arrive(batch, 0, octets_of(TestFrame{.message = "query"}));
    batch.frames()[0].room = 1000;
    batch.take(1, mtu, counters);
    REQUIRE(batch.items().size() == 1);
    CHECK(batch.items()[0].out.size() == 1000 - 42);
  }
}
