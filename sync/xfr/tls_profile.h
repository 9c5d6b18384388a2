#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "zones/base/config.h"
#include "zones/base/sha256.h"

namespace doors::xfr {

/// How a primary proves over TLS who it is, and we who we are to it (RFC 9103 §9). At least one of `ca` and
/// `pins`; with both, both count.
struct TlsProfile {
  std::string name;          ///< in the config
  std::filesystem::path ca;  ///< PEM: who signs the primary's certificate; empty: nobody needs to
  std::string host;          ///< with `ca`, the DNS name or address that the certificate is for
  std::vector<Sha256> pins;  ///< of the public key in it (SPKI, RFC 7858 §4.2): one of these
  std::filesystem::path certificate, private_key;  ///< PEM: ours; empty: we show none
};

/// Reads `[[tls]]`: name, ca, host, pins (base64), certificate, private_key. What is wrong is noted in
/// `file`.
[[nodiscard]] std::vector<TlsProfile> read_tls_profiles(Section& file);

}  // namespace doors::xfr
