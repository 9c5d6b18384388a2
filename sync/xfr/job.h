#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "sync/xfr/gates.h"
#include "sync/xfr/tls_profile.h"
#include "sync/xfr/zone_reader.h"
#include "zones/base/control_message.h"
#include "zones/base/error.h"
#include "zones/base/ip_address.h"
#include "zones/dns/name.h"
#include "zones/dns/rdata.h"
#include "zones/tsig/key.h"

namespace doors::xfr {

/// One primary of a zone.
struct Primary {
  ServiceAddress address;
  std::optional<TsigKey> key;     ///< signs what we ask, and what it answers
  std::optional<TlsProfile> tls;  ///< over TLS alone (RFC 9103)
};

/// What one worker does: ask one primary one thing.
enum class Task : std::uint8_t {
  ask_serial,  ///< the zone's SOA
  take_zone,   ///< AXFR
  take_news,   ///< IXFR, from the content that comes beside the job
};

/// Bounds of one worker. They hold whatever the primary does.
struct Bounds {
  Limits limits;
  std::uint64_t memory_octets = std::uint64_t{4} << 30;  ///< address space
  std::chrono::seconds cpu{600};
  std::chrono::milliseconds connect{5'000};    ///< until the connection stands
  std::chrono::milliseconds message{10'000};   ///< until the next whole message is there
  std::chrono::milliseconds whole{3'600'000};  ///< until all is there
};

struct Job {
  Name zone;
  Primary primary;
  Task task = Task::ask_serial;
  Bounds bounds;
  Gates gates;

  [[nodiscard]] ControlMessage to_message() const;
  [[nodiscard]] static Result<Job> read(const ControlMessage& message);
};

/// What a worker says at its end.
struct Outcome {
  enum class Kind : std::uint8_t {
    serial,      ///< of the primary's SOA
    zone,        ///< the content lies in the file that came with the job
    change,      ///< there lies what leads to it from the content that came with the job (a Delta)
    up_to_date,  ///< the primary has nothing newer
    failed,
  };
  Kind kind = Kind::failed;
  SoaFields soa;                      ///< of `serial`, `zone` and `change`
  std::uint64_t records = 0;          ///< of `zone` and `change`: that came
  std::uint64_t octets = 0;           ///< in so many
  std::uint64_t zone_octets = 0;      ///< and the stream of the zone's content has these
  std::vector<std::string> warnings;  ///< by the gates
  std::string reason;                 ///< of `failed`
  bool wants_axfr = false;            ///< of `failed`: as an IXFR, AXFR may do

  [[nodiscard]] static Outcome failure(std::string reason, bool wants_axfr = false) {
    Outcome outcome;
    outcome.reason = std::move(reason);
    outcome.wants_axfr = wants_axfr;
    return outcome;
  }
  [[nodiscard]] ControlMessage to_message() const;
  /// From a process that has read hostile octets. Error: anything out of the ordinary.
  [[nodiscard]] static Result<Outcome> read(const ControlMessage& message);
};

}  // namespace doors::xfr
