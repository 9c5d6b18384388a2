#include "server/transport/udp_batch.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <doctest/doctest.h>

using namespace doors;

namespace {

/// As the kernel would: a datagram from that port of 192.0.2.7 into the n-th place.
void arrive(std::span<mmsghdr> headers, std::size_t n, std::string_view datagram, std::uint16_t port,
            int flags = 0) {
  msghdr& header = headers[n].msg_hdr;
  std::memcpy(header.msg_iov->iov_base, datagram.data(), datagram.size());
  headers[n].msg_len = static_cast<unsigned>(datagram.size());
  sockaddr_in source{};
  source.sin_family = AF_INET;
  source.sin_port = htons(port);
  ::inet_pton(AF_INET, "192.0.2.7", &source.sin_addr);
  std::memcpy(header.msg_name, &source, sizeof source);
  header.msg_namelen = sizeof source;
  header.msg_flags = flags;
}

void answer(BatchItem& item, std::string_view response, Rcode rcode) {
  std::copy_n(octets_of(response).begin(), response.size(), item.out.begin());
  item.size = response.size();
  item.rcode = rcode;
}

struct Call {
  int result;
  int problem = 0;
};

/// A sendmmsg that behaves as it is told, call by call.
struct Script {
  std::vector<Call> calls;
  std::size_t next = 0;
  std::vector<unsigned> asked;
  int operator()(mmsghdr*, unsigned count) {
    asked.push_back(count);
    const Call call = next < calls.size() ? calls[next++] : Call{static_cast<int>(count)};
    errno = call.problem;
    return call.result;
  }
};

}  // namespace

TEST_SUITE("transport: UDP batches") {
  TEST_CASE("queries become items with their source; what cannot be answered is dropped and counted") {
    UdpBatch batch(false);
    Counters counters;
    const auto headers = batch.receive_headers();
    arrive(headers, 0, "first query", 1000);
    arrive(headers, 1, "from port zero", 0);
    arrive(headers, 2, "cut off", 1002, MSG_TRUNC);
    arrive(headers, 3, "last query", 1003);
    batch.take(4, counters);
    REQUIRE(batch.items().size() == 2);
    CHECK(text_of(batch.items()[0].query) == "first query");
    CHECK(text_of(batch.items()[1].query) == "last query");
    CHECK(batch.items()[1].client.port == 1003);
    CHECK(batch.items()[1].client.address[0] == std::byte{192});
    CHECK(batch.items()[1].client.address[3] == std::byte{7});
    CHECK(counters.read()[Counter::udp4_queries] == 2);
    CHECK(counters.read()[Counter::dropped_port_zero] == 1);
    CHECK(counters.read()[Counter::dropped_oversize] == 1);
  }

  TEST_CASE("responses go to who asked, silence goes nowhere") {
    UdpBatch batch(false);
    Counters counters;
    const auto headers = batch.receive_headers();
    for (std::size_t i = 0; i < UdpBatch::size; ++i)
      arrive(headers, i, "q", static_cast<std::uint16_t>(2000 + i));
    batch.take(UdpBatch::size, counters);
    REQUIRE(batch.items().size() == UdpBatch::size);
    for (std::size_t i = 0; i < UdpBatch::size; ++i) {
      if (i % 3 == 0)
        batch.items()[i].size = 0;
      else
        answer(batch.items()[i],
               i % 3 == 1 ? std::string("ab\x02"
                                        "d",
                                        4)
                          : "abcd",
               Rcode::refused);
    }
    const auto responses = batch.put(counters);
    CHECK(responses.size() == 21);
    for (const mmsghdr& response : responses) {
      sockaddr_in to{};
      std::memcpy(&to, response.msg_hdr.msg_name, sizeof to);
      CHECK((ntohs(to.sin_port) - 2000) % 3 != 0);
      CHECK(response.msg_hdr.msg_iov->iov_len == 4);
      CHECK(response.msg_hdr.msg_controllen == 0);
    }
    CHECK(counters.read()[Counter::dropped_silent] == 11);
    CHECK(counters.read()[Counter::truncated] == 11 + 10);  // 'c' is 0x63: it has that bit too
    CHECK(counters.read().rcodes[5] == 21);
  }

  TEST_CASE("a wildcard socket answers from the address that was asked, by any interface") {
    UdpBatch batch(true);
    Counters counters;
    const auto headers = batch.receive_headers();
    arrive(headers, 0, "q", 3000);
    msghdr& header = headers[0].msg_hdr;
    REQUIRE(header.msg_controllen >= CMSG_SPACE(sizeof(in_pktinfo)));
    header.msg_controllen = CMSG_SPACE(sizeof(in_pktinfo));
    cmsghdr* part = CMSG_FIRSTHDR(&header);
    part->cmsg_level = IPPROTO_IP;
    part->cmsg_type = IP_PKTINFO;
    part->cmsg_len = CMSG_LEN(sizeof(in_pktinfo));
    in_pktinfo info{};
    info.ipi_ifindex = 7;
    ::inet_pton(AF_INET, "192.0.2.53", &info.ipi_spec_dst);
    std::memcpy(CMSG_DATA(part), &info, sizeof info);

    batch.take(1, counters);
    answer(batch.items()[0], "abcd", Rcode::noerror);
    const auto responses = batch.put(counters);
    REQUIRE(responses.size() == 1);
    cmsghdr* sent = CMSG_FIRSTHDR(&responses[0].msg_hdr);
    REQUIRE(sent != nullptr);
    std::memcpy(&info, CMSG_DATA(sent), sizeof info);
    in_addr asked{};
    ::inet_pton(AF_INET, "192.0.2.53", &asked);
    CHECK(info.ipi_spec_dst.s_addr == asked.s_addr);
    CHECK(info.ipi_ifindex == 0);
    // The next batch has its room for the address back.
    CHECK(batch.receive_headers()[0].msg_hdr.msg_controllen > CMSG_SPACE(sizeof(in_pktinfo)));
  }

  TEST_CASE("a batch is sent through partial sends, interruptions and errors") {
    struct Row {
      const char* what;
      std::vector<Call> calls;
      bool room_after_wait;
      std::size_t sent;
      std::size_t refused;
      std::vector<unsigned> asked;
    };
    for (const Row& row : {
             Row{"all at once", {{5}}, true, 5, 0, {5}},
             Row{"in two parts", {{2}, {3}}, true, 5, 0, {5, 3}},
             Row{"one that fails is given up", {{2}, {-1, EPERM}, {2}}, true, 4, 1, {5, 3, 2}},
             Row{"all fail",
                 {{-1, EPERM}, {-1, EPERM}, {-1, EPERM}, {-1, EPERM}, {-1, EPERM}},
                 true,
                 0,
                 5,
                 {5, 4, 3, 2, 1}},
             Row{"interrupted", {{-1, EINTR}, {5}}, true, 5, 0, {5, 5}},
             Row{"full, then room", {{1}, {-1, EAGAIN}, {4}}, true, 5, 0, {5, 4, 4}},
             Row{"full and stays so", {{1}, {-1, EAGAIN}}, false, 1, 4, {5, 4}},
             Row{"full twice", {{1}, {-1, ENOBUFS}, {1}, {-1, EAGAIN}}, true, 2, 3, {5, 4, 4, 3}},
         }) {
      CAPTURE(row.what);
      std::vector<iovec> parts(5, iovec{nullptr, 10});
      std::vector<mmsghdr> messages(5);
      for (std::size_t i = 0; i < 5; ++i) messages[i].msg_hdr.msg_iov = &parts[i];
      Script script{.calls = row.calls, .next = 0, .asked = {}};
      const SendTally tally = send_batch(std::span(messages), script, [&] { return row.room_after_wait; });
      CHECK(tally.sent == row.sent);
      CHECK(tally.octets == row.sent * 10);
      CHECK(tally.refused == row.refused);
      CHECK(script.asked == row.asked);
    }
  }
}
