#include "server/transfer/zone_stream.h"

#include <chrono>
#include <utility>

#include "server/message/response_writer.h"
#include "server/transfer/response_parts.h"
#include "server/transfer/transfer_log.h"
#include "zones/base/unset.h"
#include "zones/image/damage.h"
#include "zones/tsig/verify.h"

namespace doors {

namespace {

constexpr std::size_t message_octets = 65535;

}  // namespace

bool write_soa(const ZoneImage& zone, ResponseWriter& writer) noexcept {
  ImageRRset soa;
  const NodeView apex = zone.apex();
  return apex.rrset(RRType::soa, soa) &&
         writer.rrset(MessageSection::answer, Owner{apex.name()}, RRType::soa, soa.records, {});
}

ZoneStream::ZoneStream(Terms terms, const Clock& clock)
    : terms_(std::move(terms)), clock_(clock), began_(clock.monotonic()), last_(began_) {}

void ZoneStream::log_end() const {
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(last_ - began_);
  const ZoneImage& zone = *terms_.zone;
  log_transfer(zone.origin(), zone.version().serial, terms_.peer,
               {terms_.by, taken_, messages_, octets_, took});
}

std::optional<std::size_t> ZoneStream::next(MutableOctets out) noexcept {
  last_ = clock_.monotonic();
  if (step_ == Step::done) {
    taken_ = true;
    return 0;
  }
  const bool first = messages_ == 0;
  const Octets opt = first ? Octets(terms_.opt) : Octets();
  const std::size_t room = message_octets - opt.size() - (terms_.signer ? terms_.signer->octets() : 0);

  DOORS_UNSET ResponseWriter writer(out, room);
  writer.question(first ? Octets(terms_.question) : Octets(), nullptr);
  const unsigned damage = ImageDamage::met();
  fill(writer);
  if (writer.count(MessageSection::answer) == 0 || ImageDamage::met() != damage) return std::nullopt;
  std::size_t size = append_opt(out, writer.finish(terms_.id, terms_.flags, Rcode::noerror), opt);
  if (terms_.signer) size = terms_.signer->sign(out, size, tsig_time(clock_.wall()));
  if (size == 0) return std::nullopt;
  ++messages_;
  octets_ += size;
  return size;
}

void ZoneStream::fill(ResponseWriter& writer) noexcept {
  if (step_ == Step::first_soa) {
    if (!write_soa(*terms_.zone, writer)) return;
    step_ = Step::records;
  }
  if (step_ == Step::records) {
    if (!write_records(writer)) return;
    step_ = Step::last_soa;
  }
  if (write_soa(*terms_.zone, writer)) step_ = Step::done;
}

bool ZoneStream::write_records(ResponseWriter& writer) noexcept {
  if (terms_.differences) {
    difference_ = terms_.differences->write(writer, difference_);
    return difference_ == terms_.differences->records();
  }
  for (; node_ < terms_.zone->node_count(); ++node_, entry_ = 0) {
    if (!write_node(writer)) return false;
  }
  return true;
}

bool ZoneStream::write_node(ResponseWriter& writer) noexcept {
  const NodeView node = terms_.zone->node_in_order(node_);
  Owner owner{node.name()};
  const std::size_t rrsets = node.rrset_count();
  for (; entry_ < rrsets + node.lone_signature_count(); ++entry_) {
    const ImageRRset rrset =
        entry_ < rrsets ? node.rrset_at(entry_) : node.lone_signatures_at(entry_ - rrsets);
    if (!in_signatures_) {
      const bool is_soa = node.is_apex() && rrset.type == RRType::soa;  // stands first and last
      if (!is_soa && !write_some(writer, owner, rrset.type, rrset.records)) return false;
      in_signatures_ = true;
    }
    if (!write_some(writer, owner, RRType::rrsig, rrset.signatures)) return false;
    in_signatures_ = false;
  }
  return true;
}

bool ZoneStream::write_some(ResponseWriter& writer, Owner& owner, RRType type, Octets records) noexcept {
  while (octet_ < records.size()) {
    const std::byte* const at = &records[octet_];
    const std::size_t octets = layout::block::record_header + load_u16(at + 8);
    if (!writer.rrset(MessageSection::answer, owner, type, {at, octets}, {})) return false;
    octet_ += octets;
  }
  octet_ = 0;
  return true;
}

}  // namespace doors
