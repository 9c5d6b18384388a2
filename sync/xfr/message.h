#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "zones/base/error.h"
#include "zones/base/octets.h"
#include "zones/dns/name.h"
#include "zones/dns/rdata.h"
#include "zones/dns/serial.h"
#include "zones/dns/ttl.h"
#include "zones/dns/types.h"
#include "zones/dns/wire_reader.h"

namespace doors::xfr {

/// A request for a zone's SOA, for all of it, or for what has changed since a serial (RFC 1995 §3).
/// `known` is wanted for IXFR.
[[nodiscard]] std::vector<std::byte> build_request(NameView zone, RRType type, std::uint16_t id,
                                                   std::optional<Serial> known);

/// From OpenSSL. Error: it has none.
[[nodiscard]] Result<std::uint16_t> random_id();

/// One record of a response; RDATA without compression.
struct Record {
  Name owner;
  RRType type{};
  RRClass rr_class{};
  Ttl ttl;
  std::vector<std::byte> rdata;
};

/// Reads the records of one message of a response, which may be hostile.
class MessageReader {
 public:
  /// Checks header and question: a whole response to the question (zone, type) with this id, without TC, all
  /// but the first message perhaps without the question. `message` ends before its TSIG record. Error: what
  /// is wrong, or the rcode.
  [[nodiscard]] static Result<MessageReader> open(Octets message, NameView zone, RRType type,
                                                  std::uint16_t id, bool first);

  /// Reads the next record of the answer section into `record`, whose memory it uses again. False at its end.
  /// Error: it is cut off, or its RDATA ends elsewhere than its names do.
  [[nodiscard]] Result<bool> next(Record& record);
  [[nodiscard]] bool has_more() const noexcept { return answers_ > 0; }
  [[nodiscard]] Rcode rcode() const noexcept { return rcode_; }
  [[nodiscard]] bool is_authoritative() const noexcept { return authoritative_; }

 private:
  MessageReader(WireReader reader, std::uint16_t answers, Rcode rcode, bool authoritative) noexcept
      : reader_(reader), answers_(answers), rcode_(rcode), authoritative_(authoritative) {}
  WireReader reader_;
  std::uint16_t answers_;
  Rcode rcode_;
  bool authoritative_;
};

/// The SOA in a whole response to the question for it. Error: what is wrong, the rcode, or that it comes from
/// no authority.
[[nodiscard]] Result<SoaFields> read_soa_response(Octets message, NameView zone, std::uint16_t id);

}  // namespace doors::xfr
