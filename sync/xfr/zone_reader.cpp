#include "sync/xfr/zone_reader.h"

#include <string>
#include <utility>

#include "zones/dns/rdata.h"

namespace doors::xfr {

ZoneReader::ZoneReader(NameView zone, std::uint16_t id, const Limits& limits)
    : zone_(zone), id_(id), limits_(limits) {}

ZoneReader::ZoneReader(const Content& before, std::uint16_t id, const Limits& limits)
    : zone_(before.origin()), id_(id), limits_(limits), before_(&before), reached_(before.serial()) {}

Result<bool> ZoneReader::add(Octets message) {
  octets_ += message.size();
  if (octets_ > limits_.octets) return failure("over " + std::to_string(limits_.octets) + " octets");
  if (step_ == Step::done) return failure("a message behind the last one");
  auto reader = MessageReader::open(message, zone_, before_ != nullptr ? RRType::ixfr : RRType::axfr, id_,
                                    first_message_);
  if (!reader) return Unexpected(reader.error());
  if (reader->rcode() != Rcode::noerror) return failure("the primary answers " + to_string(reader->rcode()));
  if (!reader->has_more()) return failure("a message without records");
  first_message_ = false;
  while (reader->has_more()) {
    if (auto read = reader->next(record_); !read) return Unexpected(read.error());
    if (++records_ > limits_.records) return failure("over " + std::to_string(limits_.records) + " records");
    if (step_ == Step::done) return failure("records behind the last SOA");
    if (record_.rr_class != RRClass::in) return failure("a record of another class");
    if (auto taken = take(record_, !reader->has_more()); !taken) return Unexpected(taken.error());
  }
  return step_ == Step::done;
}

Result<void> ZoneReader::add_to_zone(const Record& record) {
  auto added = builder_->add(record.owner, record.type, record.ttl, record.rdata);
  if (!added) {
    return failure(record.owner.to_string() + " " + to_string(record.type) + ": " + added.error().message);
  }
  return {};
}

Result<void> ZoneReader::take(const Record& record, bool last_in_message) {
  if (record.type == RRType::soa && !(record.owner == zone_))
    return failure("a SOA that is not the zone's: " + record.owner.to_string());
  switch (step_) {
    case Step::first_soa: {
      const auto soa = parse_soa(record.rdata);
      if (record.type != RRType::soa || !soa) return failure("the first record is no SOA");
      newest_ = Serial(soa->serial);
      soa_ = record.rdata;
      soa_ttl_ = record.ttl;
      // RFC 1995 §2: the SOA alone says that we have the newest, or one that is newer still.
      if (before_ != nullptr && last_in_message && !(newest_ > before_->serial())) {
        up_to_date_ = true;
        step_ = Step::done;
        return {};
      }
      step_ = Step::second;
      if (before_ != nullptr) return {};
      builder_.emplace(zone_);
      return add_to_zone(record);
    }
    case Step::second:
      return take_second(record);
    case Step::zone:
      if (record.type == RRType::soa) return take_soa(record);
      return add_to_zone(record);
    case Step::going:
      return record.type == RRType::soa ? take_soa(record) : differences_->remove(record);
    case Step::coming:
      return record.type == RRType::soa ? take_soa(record) : differences_->add(record);
    case Step::done:
      break;
  }
  return failure("records behind the last SOA");
}

Result<void> ZoneReader::take_second(const Record& record) {
  if (before_ == nullptr || record.type != RRType::soa) {
    if (!builder_) {  // an IXFR that gives the whole zone (RFC 1995 §4)
      builder_.emplace(zone_);
      if (auto added = builder_->add(zone_, RRType::soa, soa_ttl_, soa_); !added) return added;
    }
    step_ = Step::zone;
    return take(record, false);
  }
  differences_.emplace(*before_);
  return begin_difference(record);
}

Result<void> ZoneReader::take_soa(const Record& record) {
  const auto soa = parse_soa(record.rdata);
  if (!soa) return failure("a malformed SOA");
  if (step_ == Step::zone) {
    if (!ends_here(record)) return failure("another SOA at the end than at the beginning");
    step_ = Step::done;
    return {};
  }
  if (step_ == Step::going) {
    if (!(Serial(soa->serial) > reached_)) return failure("a difference that leads back");
    reached_ = Serial(soa->serial);
    step_ = Step::coming;
    return differences_->add(record);
  }
  if (reached_ == newest_) {
    if (!ends_here(record)) return failure("another SOA at the end than at the beginning");
    step_ = Step::done;
    return {};
  }
  return begin_difference(record);
}

Result<void> ZoneReader::begin_difference(const Record& record) {
  const auto soa = parse_soa(record.rdata);
  if (!soa) return failure("a malformed SOA");
  if (!(Serial(soa->serial) == reached_)) {
    return failure("a gap: a difference from " + std::to_string(soa->serial) + ", where " +
                   std::to_string(reached_.raw()) + " was reached");
  }
  step_ = Step::going;
  return differences_->remove(record);
}

bool ZoneReader::ends_here(const Record& record) const {
  return compare_rdata(record.rdata, soa_) == std::strong_ordering::equal;
}

Result<std::optional<Content>> ZoneReader::finish() {
  if (step_ != Step::done) return failure("the response has no end");
  if (up_to_date_) return std::optional<Content>();
  Result<Content> content = failure("nothing came");
  if (differences_) {
    auto delta = differences_->finish();
    if (!delta) return Unexpected(delta.error());
    change_ = *std::move(delta);
    content = change_->apply(*before_);
  } else {
    content = builder_->finish();
  }
  if (!content) return Unexpected(std::move(content).error());
  if (auto fine = check_apex(*content); !fine) return Unexpected(fine.error());
  return std::optional<Content>(*std::move(content));
}

Result<void> check_apex(const Content& content) {
  const NameView apex = content.origin();
  if (!content.find(apex, RRType::ns)) return failure("no NS at the apex");
  if (content.find(apex, RRType::cname)) return failure("a CNAME at the apex");
  return {};
}

}  // namespace doors::xfr
