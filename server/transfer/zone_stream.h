#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/answer/snapshot.h"
#include "server/transfer/differences.h"
#include "zones/base/clock.h"
#include "zones/base/octets.h"
#include "zones/dns/types.h"
#include "zones/image/image.h"
#include "zones/tsig/signer.h"

namespace doors {

class ResponseWriter;
struct Owner;

/// Writes the zone's SOA as an answer, without signatures. False if it does not fit.
[[nodiscard]] bool write_soa(const ZoneImage& zone, ResponseWriter& writer) noexcept;

/// A zone as the messages of one response: its SOA; then every record besides, glue and occluded ones too
/// (AXFR, RFC 5936 §2.2, and IXFR that gives the whole zone, RFC 1995 §4), or the differences that lead to it
/// (IXFR); then the SOA again. Made message
/// after message, each as full as it gets, from a snapshot that it holds: so it is one version of the zone
/// from first to last, whatever is swapped meanwhile, and in memory there is one message of it. One thread.
class ZoneStream {
 public:
  struct Terms {
    std::shared_ptr<const Snapshot> snapshot;  ///< holds the zone and the signer's key
    const ZoneImage* zone = nullptr;
    std::uint16_t id = 0;
    std::uint16_t flags = 0;           ///< of every message, with AA and without rcode
    std::vector<std::byte> question;   ///< of the first message
    std::vector<std::byte> opt;        ///< of the first message (RFC 5936 §2.2.5); empty: none
    std::optional<TsigSigner> signer;  ///< signs every message
    std::shared_ptr<const Differences> differences{};  ///< instead of the whole zone; null: all of it
    std::string_view by = "AXFR";                      ///< for the log, as its peer: how it is sent
    std::string peer{};                                ///< address, and key if there is one
  };
  /// `clock` outlives it.
  ZoneStream(Terms terms, const Clock& clock);
  ZoneStream(const ZoneStream&) = delete;
  ZoneStream& operator=(const ZoneStream&) = delete;

  /// Writes the next message to `out` (65,535 octets). Gives its octets; 0 behind the last one; nothing if it
  /// cannot go on, because a record fits into no message, there is no signature or the image is
  /// damaged.
  [[nodiscard]] std::optional<std::size_t> next(MutableOctets out) noexcept;

  /// Logs how far it came.
  void log_end() const;

 private:
  enum class Step : std::uint8_t { first_soa, records, last_soa, done };

  /// Writes records until the message is full or there are no more.
  void fill(ResponseWriter& writer) noexcept;
  /// What is left between the two SOAs. False if the message is full.
  [[nodiscard]] bool write_records(ResponseWriter& writer) noexcept;
  /// What is left of the node at hand. False if the message is full.
  [[nodiscard]] bool write_node(ResponseWriter& writer) noexcept;
  /// What is left of `records`, from octet_. False if the message is full.
  [[nodiscard]] bool write_some(ResponseWriter& writer, Owner& owner, RRType type, Octets records) noexcept;

  Terms terms_;
  const Clock& clock_;
  Step step_ = Step::first_soa;
  // The record to write next: of the node at this place in order, in its entry (RRsets, then signatures of
  // types that are not there), behind this octet of its records or signatures.
  std::size_t node_ = 0;
  std::size_t entry_ = 0;
  bool in_signatures_ = false;
  std::size_t octet_ = 0;
  std::size_t difference_ = 0;  // or of the differences this one

  bool taken_ = false;  // the peer has taken all, or nobody would have asked for more
  std::uint64_t messages_ = 0;
  std::uint64_t octets_ = 0;
  Monotonic began_;
  Monotonic last_;  // when next() was last called
};

}  // namespace doors
