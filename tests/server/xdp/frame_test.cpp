#include "server/xdp/frame.h"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "server/xdp/checksum.h"
#include "tests/support/frames.h"

using namespace doors;

namespace {

const TestFrame over_ipv4{.message = "a query of the DNS"};
const TestFrame over_ipv6{.ipv6 = true,
                          .source = "2001:db8::7",
                          .destination = "2001:db8:53::53",
                          .message = "a query of the DNS, odd"};

TestFrame tagged(TestFrame frame) {
  frame.tag = 0x6123;
  return frame;
}

FrameVerdict verdict_of(const std::vector<std::byte>& octets) {
  FrameParts parts;
  return parse_frame(octets, parts);
}

/// Makes the IPv4 header's checksum right again.
void mend_ipv4(std::vector<std::byte>& octets) {
  store_u16(&octets[24], 0);
  store_u16(&octets[24], naive_checksum(Octets(octets).subspan(14, 20)));
}

std::vector<std::byte> with(const TestFrame& frame,
                            const std::function<void(std::vector<std::byte>&)>& change) {
  auto octets = octets_of(frame);
  change(octets);
  return octets;
}

}  // namespace

TEST_SUITE("xdp: checksums (RFC 1071)") {
  TEST_CASE("the sum is that of the RFC's loop, whatever the length and the octets") {
    std::vector<std::byte> octets;
    std::uint32_t random = 1;
    for (std::size_t size = 0; size < 200; ++size) {
      for (const unsigned mask : {0xffu, 0x00u}) {
        for (std::byte& octet : octets) {
          random = random * 1664525 + 1013904223;
          octet = static_cast<std::byte>((random >> 24) | ~mask);
        }
        InternetChecksum sum;
        sum.add(octets);
        std::uint16_t as_it_lies = sum.field();
        CAPTURE(size);
        CHECK(load_u16(reinterpret_cast<const std::byte*>(&as_it_lies)) == naive_checksum(octets));
      }
      octets.push_back(std::byte{0});
    }
  }

  TEST_CASE("parts add up to the whole") {
    const auto octets = octets_of(over_ipv6);
    InternetChecksum whole;
    InternetChecksum parts;
    whole.add(octets);
    parts.add(Octets(octets).first(6));
    parts.add_number(load_u16(&octets[6]));
    parts.add(Octets(octets).subspan(8));
    CHECK(whole.folded() == parts.folded());
  }
}

TEST_SUITE("xdp: frames taken apart") {
  TEST_CASE("a datagram is found over IPv4 and IPv6, with a VLAN tag and without") {
    for (const TestFrame& frame : {over_ipv4, over_ipv6, tagged(over_ipv4), tagged(over_ipv6)}) {
      const auto octets = octets_of(frame);
      FrameParts parts;
      REQUIRE(parse_frame(octets, parts) == FrameVerdict::datagram);
      CHECK(text_of(Octets(octets).subspan(parts.message(), parts.message_octets)) == frame.message);
      const Client client = client_of(octets, parts);
      CHECK(client.ipv6 == frame.ipv6);
      CHECK(client.port == frame.source_port);
      CHECK(client.address[0] == (frame.ipv6 ? std::byte{0x20} : std::byte{192}));
      CHECK(client.address[3] == (frame.ipv6 ? std::byte{0xb8} : std::byte{7}));
      CHECK(client.address[15] == (frame.ipv6 ? std::byte{7} : std::byte{0}));
    }
  }

  TEST_CASE("padding behind a short frame is no part of the message") {
    auto octets = octets_of(TestFrame{.message = "short"});
    octets.resize(60, std::byte{0xaa});
    FrameParts parts;
    REQUIRE(parse_frame(octets, parts) == FrameVerdict::datagram);
    CHECK(parts.message_octets == 5);
  }

  TEST_CASE("a frame cut anywhere is malformed") {
    for (const TestFrame& frame : {over_ipv4, over_ipv6, tagged(over_ipv4), tagged(over_ipv6)}) {
      const auto octets = octets_of(frame);
      for (std::size_t size = 0; size < octets.size(); ++size) {
        CAPTURE(size);
        CHECK(verdict_of({octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(size)}) ==
              FrameVerdict::malformed);
      }
    }
  }

  TEST_CASE("any octet of the datagram that is changed on the way is noticed, or is not what we look at") {
    for (const TestFrame& frame : {over_ipv4, over_ipv6}) {
      const auto octets = octets_of(frame);
      for (std::size_t at = 12; at < octets.size(); ++at) {
        // IPv6 has no checksum over class, flow and hop limit.
        const bool free = frame.ipv6 && ((at >= 14 && at < 18) || at == 21);
        auto changed = octets;
        changed[at] ^= std::byte{0x01};
        CAPTURE(frame.ipv6);
        CAPTURE(at);
        CHECK(verdict_of(changed) == (free ? FrameVerdict::datagram : FrameVerdict::malformed));
      }
    }
  }

  TEST_CASE("what is no plain UDP datagram is malformed, even with right checksums") {
    using Change = std::function<void(std::vector<std::byte>&)>;
    const std::vector<std::pair<const char*, Change>> ipv4{
        {"options", [](auto& octets) { octets[14] = std::byte{0x46}; }},
        {"more fragments", [](auto& octets) { store_u16(&octets[20], 0x2000); }},
        {"a later fragment", [](auto& octets) { store_u16(&octets[20], 1); }},
        {"TCP", [](auto& octets) { octets[23] = std::byte{6}; }},
        {"version 5", [](auto& octets) { octets[14] = std::byte{0x55}; }},
        {"longer than the frame", [](auto& octets) { store_u16(&octets[16], 47); }},
        {"shorter than its header", [](auto& octets) { store_u16(&octets[16], 19); }}};
    for (const auto& [what, change] : ipv4) {
      CAPTURE(what);
      auto octets = with(over_ipv4, change);
      mend_ipv4(octets);
      CHECK(verdict_of(octets) == FrameVerdict::malformed);
    }
    const std::vector<std::pair<const char*, Change>> ipv6{
        {"a fragment header", [](auto& octets) { octets[20] = std::byte{44}; }},
        {"version 4", [](auto& octets) { octets[14] = std::byte{0x40}; }},
        {"longer than the frame", [](auto& octets) { store_u16(&octets[18], 32); }},
        {"no UDP checksum", [](auto& octets) { store_u16(&octets[60], 0); }},
        {"no such protocol", [](auto& octets) { store_u16(&octets[12], 0x0806); }},
        {"two tags", [](auto& octets) {
           const auto twice = {std::byte{0x81}, std::byte{0}, std::byte{0}, std::byte{5},
                               std::byte{0x81}, std::byte{0}, std::byte{0}, std::byte{6}};
           octets.insert(octets.begin() + 12, twice);
         }}};
    for (const auto& [what, change] : ipv6) {
      CAPTURE(what);
      CHECK(verdict_of(with(over_ipv6, change)) == FrameVerdict::malformed);
    }
  }

  TEST_CASE("over IPv4 a UDP checksum may be absent (RFC 768)") {
    CHECK(verdict_of(with(over_ipv4, [](auto& octets) { store_u16(&octets[40], 0); })) ==
          FrameVerdict::datagram);
  }

  TEST_CASE("a checksum left to hardware, the pseudo header's alone, is taken") {
    for (const TestFrame& frame : {over_ipv4, over_ipv6}) {
      auto octets = octets_of(frame);
      const std::size_t ip = 14;
      const std::size_t udp = ip + (frame.ipv6 ? 40 : 20);
      const std::size_t addresses = frame.ipv6 ? 32 : 8;
      std::vector<std::byte> pseudo(octets.begin() + static_cast<std::ptrdiff_t>(udp - addresses),
                                    octets.begin() + static_cast<std::ptrdiff_t>(udp));
      pseudo.insert(pseudo.end(), {std::byte{0}, std::byte{17}, octets[udp + 4], octets[udp + 5]});
      store_u16(&octets[udp + 6], static_cast<std::uint16_t>(~naive_checksum(pseudo)));
      CHECK(verdict_of(octets) == FrameVerdict::datagram);
    }
  }

  TEST_CASE("nobody is answered at a group, broadcast, loopback or unspecified address, nor at port 0") {
    for (const char* source :
         {"0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255"}) {
      CAPTURE(source);
      TestFrame frame = over_ipv4;
      frame.source = source;
      CHECK(verdict_of(octets_of(frame)) == FrameVerdict::wrong_source);
    }
    for (const char* source : {"::", "::1", "ff02::1", "ff0e::5", "::ffff:192.0.2.1"}) {
      CAPTURE(source);
      TestFrame frame = over_ipv6;
      frame.source = source;
      CHECK(verdict_of(octets_of(frame)) == FrameVerdict::wrong_source);
    }
    for (const char* source : {"::2", "fe80::1", "64:ff9b::1"}) {
      CAPTURE(source);
      TestFrame frame = over_ipv6;
      frame.source = source;
      CHECK(verdict_of(octets_of(frame)) == FrameVerdict::datagram);
    }
    CHECK(verdict_of(with(over_ipv4, [](auto& octets) { octets[6] |= std::byte{1}; })) ==
          FrameVerdict::wrong_source);
    TestFrame port = over_ipv4;
    port.source_port = 0;
    CHECK(verdict_of(octets_of(port)) == FrameVerdict::port_zero);
  }
}

TEST_SUITE("xdp: frames turned around") {
  TEST_CASE("the response goes back where the query came from, with right lengths and checksums") {
    for (const TestFrame& query : {over_ipv4, over_ipv6, tagged(over_ipv4), tagged(over_ipv6)}) {
      for (const std::size_t size : {12u, 13u, 100u, 511u, 1232u}) {
        auto octets = octets_of(query);
        FrameParts parts;
        REQUIRE(parse_frame(octets, parts) == FrameVerdict::datagram);
        octets.resize(2000);
        std::string response(size, '\0');
        for (std::size_t i = 0; i < size; ++i) response[i] = static_cast<char>(i * 37 + size);
        std::copy_n(octets_of(response).begin(), size,
                    octets.begin() + static_cast<std::ptrdiff_t>(parts.message()));

        octets.resize(turn_frame(octets, parts, size));
        const auto sent = read_frame(octets);
        CAPTURE(size);
        REQUIRE(sent.has_value());
        CHECK(sent->message == response);
        CHECK(sent->to_mac == query.from_mac);
        CHECK(sent->from_mac == query.to_mac);
        CHECK(sent->tag == query.tag);
        CHECK(sent->source == query.destination);
        CHECK(sent->destination == query.source);
        CHECK(sent->source_port == query.destination_port);
        CHECK(sent->destination_port == query.source_port);
        CHECK(sent->hop_limit == 64);
      }
    }
  }

  TEST_CASE("a UDP checksum that comes out as 0 is sent as 0xffff") {
    for (const TestFrame& query : {over_ipv4, over_ipv6}) {
      auto octets = octets_of(query);
      FrameParts parts;
      REQUIRE(parse_frame(octets, parts) == FrameVerdict::datagram);
      const auto field = parts.udp + std::size_t{6};
      const auto message = parts.message();
      // The first word of the message is chosen so that the sum is all ones.
      octets.resize(message + 12, std::byte{0});
      std::fill(octets.begin() + static_cast<std::ptrdiff_t>(message), octets.end(), std::byte{0});
      auto first = octets;
      turn_frame(first, parts, 12);
      store_u16(&octets[message], load_u16(&first[field]));
      turn_frame(octets, parts, 12);
      CHECK(load_u16(&octets[field]) == 0xffff);
      CHECK(read_frame(octets).has_value());
    }
  }
}
