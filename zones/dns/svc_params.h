#pragma once

#include <cstdint>

#include "zones/base/octets.h"

namespace doors {

/// SvcParamKeys that have a meaning here (IANA "Service Parameter Keys").
enum class SvcParamKey : std::uint16_t {
  mandatory = 0,
  alpn = 1,
  no_default_alpn = 2,
  port = 3,
  ipv4hint = 4,
  ech = 5,
  ipv6hint = 6,
  dohpath = 7,
  ohttp = 8,
  tls_supported_groups = 9,
  docpath = 10,
};

/// What is wrong with SvcParams in wire form, or null: keys ascend, each once, lengths fit (RFC 9460 §2.2);
/// the values of known keys have their form (§7, RFC 9461 §5, RFC 9540 §4, RFC 9953 §3.2); what `mandatory`
/// lists is there (§8). Any thread.
[[nodiscard]] const char* svc_params_problem(Octets params) noexcept;

}  // namespace doors
