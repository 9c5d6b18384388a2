#include "server/routes/netlink.h"

#include <cstring>
#include <vector>

#include <doctest/doctest.h>

using doors::NetlinkMessage;
using doors::NetlinkRequest;
using doors::Octets;

TEST_SUITE("routes: netlink messages") {
  TEST_CASE("what a request is built of is read back by an answer's reader") {
    NetlinkRequest request(RTM_NEWLINK, NLM_F_CREATE);
    request.fixed(ifinfomsg{});
    request.attribute(3, std::string_view("door-up"));
    const auto nested = request.begin_nested(18);
    request.attribute(1, std::string_view("ifb"));
    request.end_nested(nested);
    request.attribute(8, std::uint32_t{0x01020304});

    nlmsghdr header{};
    std::memcpy(&header, request.octets().data(), sizeof header);
    CHECK(header.nlmsg_len == request.octets().size());
    CHECK(header.nlmsg_len % 4 == 0);
    CHECK(header.nlmsg_flags == (NLM_F_CREATE | NLM_F_REQUEST));

    const NetlinkMessage message{header.nlmsg_type, request.octets().subspan(sizeof header)};
    std::vector<std::pair<std::uint16_t, std::size_t>> seen;
    message.attributes(sizeof(ifinfomsg),
                       [&](std::uint16_t type, Octets value) { seen.emplace_back(type, value.size()); });
    CHECK(seen == std::vector<std::pair<std::uint16_t, std::size_t>>{{3, 8}, {18, 8}, {8, 4}});
  }

  TEST_CASE("attributes that are cut short or say a wrong length end the reading") {
    NetlinkRequest request(RTM_NEWADDR, 0);
    request.fixed(ifaddrmsg{});
    request.attribute(1, std::uint32_t{7});
    request.attribute(2, std::uint32_t{8});
    const Octets whole = request.octets().subspan(sizeof(nlmsghdr));
    for (std::size_t length = 0; length <= whole.size(); ++length) {
      const std::vector<std::byte> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
      std::size_t count = 0;
      NetlinkMessage{RTM_NEWADDR, cut}.attributes(sizeof(ifaddrmsg), [&](std::uint16_t, Octets value) {
        CHECK(value.size() == 4);
        ++count;
      });
      CHECK(count == (length >= whole.size() ? 2u : length >= whole.size() - 8 ? 1u : 0u));
    }
    std::vector<std::byte> lying(whole.begin(), whole.end());
    lying[sizeof(ifaddrmsg)] = std::byte{3};  // shorter than its own header
    NetlinkMessage{RTM_NEWADDR, lying}.attributes(sizeof(ifaddrmsg),
                                                  [](std::uint16_t, Octets) { CHECK(false); });
  }

  TEST_CASE("a message too short for its fixed part reads as zero") {
    const std::vector<std::byte> three(3, std::byte{0xff});
    CHECK(NetlinkMessage{RTM_NEWADDR, three}.fixed<ifaddrmsg>().ifa_index == 0);
  }
}
