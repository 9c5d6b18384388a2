#include "server/message/response_writer.h"

#include <cassert>
#include <cstring>

#include "zones/base/unset.h"
#include "zones/dns/label_starts.h"
#include "zones/dns/rdata.h"

namespace doors {

namespace {

constexpr std::size_t record_header_octets = 10;  // type, class, TTL, RDLENGTH
constexpr unsigned pointer_bits = 0xc000;         // RFC 1035 §4.1.4

/// rdata_shape(type).compressible: the types of RFC 1035 with names (RFC 3597 §4), none of them above 15.
bool is_compressible(RRType type) noexcept {
  constexpr auto bit = [](RRType each) { return 1u << raw(each); };
  constexpr unsigned types = bit(RRType::ns) | bit(RRType::md) | bit(RRType::mf) | bit(RRType::cname) |
                             bit(RRType::soa) | bit(RRType::mb) | bit(RRType::mg) | bit(RRType::mr) |
                             bit(RRType::ptr) | bit(RRType::minfo) | bit(RRType::mx);
  return raw(type) < 16 && (types >> raw(type) & 1) != 0;
}

std::size_t label_octets(const std::byte* label) noexcept {
  return std::to_integer<std::size_t>(label[0]) + 1;
}

}  // namespace

void ResponseWriter::append(const std::byte* from, std::size_t octets) noexcept {
  std::memcpy(out_ + size_, from, octets);
  size_ += octets;
}

void ResponseWriter::question(Octets question, const HashedName* name) noexcept {
  question_name_ = name;
  if (question.empty()) return;
  assert(room_for(question.size()));
  append(question.data(), question.size());
  questions_ = 1;
}

void ResponseWriter::begin_edns(std::uint16_t payload, bool dnssec_ok) noexcept {
  assert(room_for(opt_octets));
  has_edns_ = true;
  payload_ = payload;
  dnssec_ok_ = dnssec_ok;
  limit_ -= opt_octets;
}

bool ResponseWriter::option(EdnsOption code, Octets data) noexcept {
  const std::size_t octets = option_header_octets + data.size();
  if (!has_edns_ || !room_for(octets)) return false;
  assert(octets <= options_.size() - options_octets_);
  std::byte* const at = &options_[options_octets_];
  store_u16(at, static_cast<std::uint16_t>(code));
  store_u16(at + 2, static_cast<std::uint16_t>(data.size()));
  if (!data.empty()) std::memcpy(at + option_header_octets, data.data(), data.size());
  options_octets_ += octets;
  limit_ -= octets;
  return true;
}

void ResponseWriter::write_edns(Rcode rcode) noexcept {
  std::byte* const at = out_ + size_;
  at[0] = std::byte{0};  // the root
  store_u16(at + 1, raw(RRType::opt));
  store_u16(at + 3, payload_);
  at[5] = static_cast<std::byte>(raw(rcode) >> 4);  // EXTENDED-RCODE: the upper eight of twelve bits
  at[6] = std::byte{0};                             // version
  store_u16(at + 7, dnssec_ok_ ? 0x8000 : 0);
  store_u16(at + 9, static_cast<std::uint16_t>(options_octets_));
  std::memcpy(at + opt_octets, options_.data(), options_octets_);
  size_ += opt_octets + options_octets_;
}

/// Puts the question's name and its suffixes into the table: at most 127 labels, only when a name must be
/// looked for.
void ResponseWriter::learn_question() noexcept {
  knows_names_ = true;
  names_.clear();
  if (questions_ == 0 || question_name_ == nullptr) return;
  const std::byte* wire = question_name_->view().wire().data();
  Compressor::Node node = Compressor::root;
  for (std::size_t labels = 1; labels <= question_name_->label_count(); ++labels) {
    const std::size_t start = question_name_->suffix_start(labels);
    node = names_.add(node, wire + start, header_octets + start);
  }
}

bool ResponseWriter::write_name(NameView name) noexcept {
  if (name.is_root()) {
    if (!room_for(1)) return false;
    out_[size_++] = std::byte{0};
    return true;
  }
  if (!knows_names_) learn_question();

  // From the right: the longest suffix that is there already. `left` labels of the name remain to be written.
  const std::byte* const wire = name.wire().data();
  DOORS_UNSET LabelStarts starts;
  std::size_t left = 0;
  Compressor::Node node = Compressor::root;
  const NameView parent = name.parent();
  starts[0] = 0;
  if (parent.size() == last_parent_octets_ &&
      same_octets(parent.wire().data(), last_parent_, last_parent_octets_)) {
    node = last_parent_node_;
    left = 1;
  } else {
    left = label_starts(name, starts);
  }
  while (left > 0) {
    const Compressor::Node next = names_.find(node, wire + starts[left - 1]);
    if (next == Compressor::none) break;
    node = next;
    --left;
  }

  const std::size_t start = size_;
  const std::size_t fresh =
      left == 0 ? 0
                : starts[left - 1] + label_octets(wire + starts[left - 1]);  // octets before the known suffix
  const std::size_t end = node == Compressor::root ? 1 : 2;
  if (!room_for(fresh + end)) return false;
  append(wire, fresh);
  if (node == Compressor::root) {
    out_[size_++] = std::byte{0};
  } else {
    store_u16(out_ + size_, static_cast<std::uint16_t>(pointer_bits | names_.offset(node)));
    size_ += 2;
  }
  const std::size_t offset = left == 0 ? names_.offset(node) : start;
  last_name_ = offset <= Compressor::max_offset ? wire : nullptr;
  last_name_offset_ = static_cast<std::uint16_t>(offset);
  if (left == 0) return true;

  for (; left > 1 && node != Compressor::none; --left)
    node = names_.add(node, wire + starts[left - 1], start + starts[left - 1]);
  if (node != Compressor::none && !parent.is_root()) {
    last_parent_ = parent.wire().data();
    last_parent_octets_ = parent.size();
    last_parent_node_ = node;
  }
  names_.add(node, wire, start);
  return true;
}

/// Writes the owner name and makes the next time cheap: the records of an RRset after the first point to its
/// name.
bool ResponseWriter::write_owner(Owner& owner) noexcept {
  if (owner.offset == 0 && owner.name.wire().data() == last_name_) owner.offset = last_name_offset_;
  if (owner.offset != 0) {
    if (!room_for(2)) return false;
    store_u16(out_ + size_, static_cast<std::uint16_t>(pointer_bits | owner.offset));
    size_ += 2;
    return true;
  }
  const std::size_t start = size_;
  if (!write_name(owner.name)) return false;
  if (owner.name.is_root()) return true;
  if (size_ == start + 2) {  // no name is as short as a pointer
    owner.offset = static_cast<std::uint16_t>(load_u16(out_ + start) & Compressor::max_offset);
  } else if (start <= Compressor::max_offset) {
    owner.offset = static_cast<std::uint16_t>(start);
  }
  return true;
}

/// Records of a type without compressible names.
bool ResponseWriter::write_copied(Owner& owner, Octets records, std::size_t& count) noexcept {
  const std::byte* at = records.data();
  const std::byte* const end = at + records.size();
  while (at != end) {  // at most 65,535 records
    const std::size_t octets = record_header_octets + load_u16(at + 8);
    if (!write_owner(owner) || !room_for(octets)) return false;
    append(at, octets);
    at += octets;
    ++count;
  }
  return true;
}

/// Records whose names are compressed: fixed octets, one or two names, and what follows them.
bool ResponseWriter::write_compressed(Owner& owner, RRType type, Octets records,
                                      std::size_t& count) noexcept {
  const RdataShape shape = rdata_shape(type);
  const std::byte* at = records.data();
  const std::byte* const end = at + records.size();
  while (at != end) {  // at most 65,535 records
    const std::size_t rdata_octets = load_u16(at + 8);
    const std::byte* const rdata_end = at + record_header_octets + rdata_octets;
    if (!write_owner(owner) || !room_for(record_header_octets + shape.fixed_octets)) return false;
    append(at, record_header_octets + shape.fixed_octets);
    const std::size_t rdata_start = size_ - shape.fixed_octets;
    at += record_header_octets + shape.fixed_octets;
    for (unsigned i = 0; i < shape.names; ++i) {
      // One name fills the rest of the RDATA (of two, as in SOA, the end of each is looked for).
      const NameView name =
          shape.names == 1 ? NameView::trusted(Octets(at, rdata_end)) : NameView::trusted_at(at);
      if (!write_name(name)) return false;
      at += name.size();
    }
    const auto rest = static_cast<std::size_t>(rdata_end - at);
    if (rest != 0) {
      if (!room_for(rest)) return false;
      append(at, rest);
      at = rdata_end;
    }
    store_u16(out_ + rdata_start - 2, static_cast<std::uint16_t>(size_ - rdata_start));
    ++count;
  }
  return true;
}

bool ResponseWriter::rrset(MessageSection section, Owner& owner, RRType type, Octets records,
                           Octets signatures) noexcept {
  const std::uint16_t offset_before = owner.offset;
  const std::size_t size_before = size_;
  const std::size_t names_before = knows_names_ ? names_.count() : 0;
  std::size_t count = 0;
  const bool fits = (is_compressible(type) ? write_compressed(owner, type, records, count)
                                           : write_copied(owner, records, count)) &&
                    write_copied(owner, signatures, count);
  if (!fits) {
    size_ = size_before;
    owner.offset = offset_before;
    if (names_before == 0) {
      knows_names_ = false;
    } else {
      names_.shrink(names_before);
    }
    last_parent_octets_ = 0;
    last_name_ = nullptr;
    return false;
  }
  counts_[static_cast<std::size_t>(section)] =
      static_cast<std::uint16_t>(counts_[static_cast<std::size_t>(section)] + count);
  return true;
}

std::size_t ResponseWriter::finish(std::uint16_t id, std::uint16_t flags, Rcode rcode) noexcept {
  if (has_edns_) write_edns(rcode);
  store_header(out_, {id, static_cast<std::uint16_t>(flags | (raw(rcode) & 0xf)), questions_, counts_[0],
                      counts_[1], static_cast<std::uint16_t>(counts_[2] + (has_edns_ ? 1 : 0))});
  return size_;
}

}  // namespace doors
