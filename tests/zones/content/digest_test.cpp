#include "zones/content/digest.h"

#include <doctest/doctest.h>

#include "tests/zones/content/records.h"

namespace doors {

using test::content_of;
using test::next_soa_rdata;
using test::soa_rdata;

TEST_SUITE("content: digest") {
  TEST_CASE("the order in which records were added makes no difference; their content does") {
    const test::Record soa{"e.", RRType::soa, 1, soa_rdata};
    const test::Record a{"w.e.", RRType::a, 5, "c0000201"};
    const test::Record other_ttl{"w.e.", RRType::a, 6, "c0000201"};
    CHECK(content_digest(content_of("e.", {soa, a})) == content_digest(content_of("e.", {a, soa})));
    CHECK(content_digest(content_of("e.", {soa, a})) != content_digest(content_of("e.", {soa, other_ttl})));
    CHECK(content_digest(content_of("e.", {soa, a})) != content_digest(content_of("e.", {soa})));
  }

  TEST_CASE("adding and removing RRsets leads to the digest of the whole") {
    const Content old =
        content_of("e.", {{"e.", RRType::soa, 1, soa_rdata}, {"a.e.", RRType::a, 5, "c0000201"}});
    const Content now =
        content_of("e.", {{"e.", RRType::soa, 1, next_soa_rdata}, {"b.e.", RRType::a, 5, "c0000201"}});
    RunningDigest digest(content_digest(old));
    digest.remove(old.rrset_octets(0));
    digest.remove(old.rrset_octets(1));
    CHECK(digest.value() == Sha256{});
    digest.add(now.rrset_octets(1));
    digest.add(now.rrset_octets(0));
    CHECK(digest.value() == content_digest(now));
  }

  TEST_CASE("the sum is modulo 2^256, big-endian") {
    // SHA-256 of nothing; added to all ones it is one less than itself.
    Sha256 ones;
    ones.fill(std::byte{0xff});
    RunningDigest digest(ones);
    digest.add({});
    CHECK(to_hex(digest.value()) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b854");
    digest.remove({});
    CHECK(digest.value() == ones);
    RunningDigest below;
    below.remove({});
    below.add({});
    CHECK(below.value() == Sha256{});
  }
}

}  // namespace doors
