// Names from wire and from text: whatever comes in, what comes out is a name, reads back, and has one order.
#include <algorithm>
#include <cstdlib>

#include "zones/dns/hashed_name.h"
#include "zones/dns/name.h"
#include "zones/dns/query.h"

namespace {

using namespace doors;

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const Name& name) {
  require(NameView::checked(name.wire()).has_value());
  const auto again = Name::parse(name.to_string());
  require(again && std::ranges::equal(again->wire(), name.wire()));
  const HashedName hashed(name);
  require(hashed.view() == name && hashed.label_count() == name.view().label_count());
  for (std::size_t labels = 0; labels <= hashed.label_count(); ++labels) {
    const NameView suffix = name.view().suffix(labels);
    require(hashed.suffix(labels) == suffix && hashed.suffix_hash(labels) == name_hash(suffix));
    require(name.view().is_at_or_below(suffix) &&
            (suffix.canonical_compare(name) < 0) == (labels < hashed.label_count()));
  }
  Name canonical = name;
  canonical.make_canonical();
  require(canonical == name && canonical.view().canonical_compare(name) == 0);
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Octets octets{reinterpret_cast<const std::byte*>(data), size};
  if (const auto view = NameView::checked(octets)) check(Name(*view));

  // As a message: two names in a row from its start, pointers and all.
  WireReader reader(octets);
  const auto first = Name::read(reader);
  const auto second = Name::read(reader);
  require(reader.offset() <= octets.size() && (!second || first));
  if (first) check(*first);
  if (second) {
    check(*second);
    const auto order = first->view().canonical_compare(*second);
    require((order == 0) == (*first == *second));
    require((order < 0) == (second->view().canonical_compare(*first) > 0));
    if (const auto joined = Name::join(first->wire(), *second)) {
      check(*joined);
      require(joined->view().is_at_or_below(*second));
      require(joined->wire().size() == first->wire().size() + second->wire().size() - 1);
    } else {
      require(first->wire().size() + second->wire().size() - 1 > max_name_octets);
    }
  }
  if (const auto text = Name::parse(text_of(octets))) check(*text);
  const Name origin = *Name::parse("origin.example.");
  if (const auto text = Name::parse(text_of(octets), origin)) check(*text);
  (void)read_response(octets);
  return 0;
}
