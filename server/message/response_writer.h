#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "server/message/compressor.h"
#include "server/message/edns.h"
#include "server/message/header.h"
#include "zones/base/octets.h"
#include "zones/dns/hashed_name.h"
#include "zones/dns/name.h"
#include "zones/dns/types.h"

namespace doors {

enum class MessageSection : std::uint8_t { answer, authority, additional };

/// The owner name of an RRset to write: lower case, borrowed for as long as the writer lives. If it is known
/// where in the message that name stands already, so that nobody need look for it, `offset` says it; else it
/// is 0.
struct Owner {
  NameView name;
  std::uint16_t offset = 0;
};

/// Writes one response: header, question, sections in their order, OPT. It knows nothing of zones: RRsets
/// come as records in wire form without owner names,
///
///     { type u16 | class u16 | ttl u32 | length u16 | rdata }*       names in the RDATA lower case,
///     uncompressed
///
/// An RRset is written whole with its signatures or not at all. Names are compressed in owner names and in
/// the RDATA of RFC 1035's types (RFC 3597 §4). Not copied; one thread; borrows everything it is given.
class ResponseWriter {
 public:
  /// Writes to `out`, and never more than `limit` octets of it; either leaves room for header, question and
  /// an OPT record without options (512 octets do).
  ResponseWriter(MutableOctets out, std::size_t limit) noexcept  // NOLINT(*-member-init): `options_` is unset
      : out_(out.data()), limit_(limit < out.size() ? limit : out.size()) {}
  ResponseWriter(const ResponseWriter&) = delete;
  ResponseWriter& operator=(const ResponseWriter&) = delete;

  /// First of all: copies the question (perhaps empty), octet for octet. `name` is its name made ready, or
  /// null if no name will be compressed.
  void question(Octets question, const HashedName* name) noexcept;
  /// Keeps room, behind the question, for the OPT record that finish() will write: version 0, no flag but DO
  /// and no option that nobody adds here (RFC 6891 §6.1.3, §6.1.4).
  ///   payload    octets we take over UDP
  ///   dnssec_ok  copied from the query (RFC 3225 §3)
  void begin_edns(std::uint16_t payload, bool dnssec_ok) noexcept;
  /// Adds an option to it. False, and nothing is added, if there is no OPT record or no room: so what is
  /// added before the records takes their room, and what is added behind them takes what they left. All
  /// options of a response have at most max_options_octets.
  bool option(EdnsOption code, Octets data) noexcept;
  static constexpr std::size_t max_options_octets = 640;

  /// Writes an RRset of one type and the RRSIGs over it; false, and nothing is written, if that does not fit.
  /// Else `owner` knows its offset afterwards, for the next RRset of that name.
  [[nodiscard]] bool rrset(MessageSection section, Owner& owner, RRType type, Octets records,
                           Octets signatures) noexcept;
  [[nodiscard]] bool rrset(MessageSection section, Owner&& owner, RRType type, Octets records,
                           Octets signatures) noexcept {
    return rrset(section, owner, type, records, signatures);
  }

  /// Octets written so far, without OPT.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::uint16_t count(MessageSection section) const noexcept {
    return counts_[static_cast<std::size_t>(section)];
  }

  /// Last of all: writes OPT and header; `flags` without rcode (header_bit and opcode). Gives the octets of
  /// the whole response.
  std::size_t finish(std::uint16_t id, std::uint16_t flags, Rcode rcode) noexcept;

 private:
  [[nodiscard]] bool room_for(std::size_t octets) const noexcept { return octets <= limit_ - size_; }
  [[nodiscard]] bool write_owner(Owner& owner) noexcept;
  [[nodiscard]] bool write_name(NameView name) noexcept;
  [[nodiscard]] bool write_copied(Owner& owner, Octets records, std::size_t& count) noexcept;
  [[nodiscard]] bool write_compressed(Owner& owner, RRType type, Octets records, std::size_t& count) noexcept;
  void learn_question() noexcept;
  void write_edns(Rcode rcode) noexcept;
  void append(const std::byte* from, std::size_t octets) noexcept;

  std::byte* out_;
  std::size_t limit_;  // without the reserve; size_ <= limit_
  std::size_t size_ = header_octets;
  std::array<std::uint16_t, 3> counts_{};
  std::uint16_t questions_ = 0;
  bool has_edns_ = false;
  bool dnssec_ok_ = false;
  bool knows_names_ = false;  // names_ is set and has the question's
  std::uint16_t payload_ = 0;
  std::size_t options_octets_ = 0;
  const HashedName* question_name_ = nullptr;

  // The last name written, where it stands: an alias's target is the next owner.
  const std::byte* last_name_ = nullptr;
  std::uint16_t last_name_offset_ = 0;
  // The last name's parent: the names of one RRset mostly have the same.
  const std::byte* last_parent_ = nullptr;
  std::size_t last_parent_octets_ = 0;
  Compressor::Node last_parent_node_ = Compressor::none;
  Compressor names_;
  std::array<std::byte, max_options_octets> options_;
};

}  // namespace doors
