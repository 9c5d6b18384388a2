#include "sync/xfr/tls_client.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>

namespace doors::xfr {

namespace {

template <auto free>
struct Freed {
  template <class T>
  void operator()(T* object) const noexcept {
    free(object);
  }
};

/// What OpenSSL has noted, and nothing stays noted.
Unexpected<Error> tls_failure(const std::string& what) {
  std::string reason = what;
  if (const unsigned long code = ERR_peek_last_error(); code != 0) {
    const char* const text = ERR_reason_error_string(code);
    reason += ": " + std::string(text != nullptr ? text : "unknown");
  }
  ERR_clear_error();
  return failure("TLS: " + reason);
}

bool is_pinned(X509* certificate, const std::vector<Sha256>& pins) {
  const X509_PUBKEY* const key = certificate == nullptr ? nullptr : X509_get_X509_PUBKEY(certificate);
  const int size = key == nullptr ? 0 : i2d_X509_PUBKEY(key, nullptr);
  if (size <= 0) return false;
  std::vector<std::byte> der(static_cast<std::size_t>(size));
  auto* end = reinterpret_cast<unsigned char*>(der.data());
  (void)i2d_X509_PUBKEY(key, &end);
  return std::ranges::find(pins, Sha256Stream().update(der).finish()) != pins.end();
}

}  // namespace

struct TlsClient::State {
  TlsProfile profile;
  std::unique_ptr<SSL_CTX, Freed<&SSL_CTX_free>> context;
  std::unique_ptr<SSL, Freed<&SSL_free>> session;  // after it, so that it goes before

  /// Instead of OpenSSL's own check, which it asks where the profile names a CA.
  static int verify(X509_STORE_CTX* chain, void* given) noexcept {
    const TlsProfile& profile = static_cast<const State*>(given)->profile;
    if (!profile.pins.empty() && !is_pinned(X509_STORE_CTX_get0_cert(chain), profile.pins)) {
      X509_STORE_CTX_set_error(chain, X509_V_ERR_APPLICATION_VERIFICATION);
      return 0;
    }
    return profile.ca.empty() ? 1 : X509_verify_cert(chain);
  }
};

TlsClient::TlsClient(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
TlsClient::TlsClient(TlsClient&&) noexcept = default;
TlsClient& TlsClient::operator=(TlsClient&&) noexcept = default;
TlsClient::~TlsClient() = default;

Result<TlsClient> TlsClient::make(const TlsProfile& profile) {
  auto state = std::make_unique<State>();
  state->profile = profile;
  state->context.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* const context = state->context.get();
  if (context == nullptr || SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1)
    return tls_failure("no context");
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context, &State::verify, state.get());
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  if (!profile.ca.empty() && SSL_CTX_load_verify_file(context, profile.ca.c_str()) != 1)
    return tls_failure("cannot read " + profile.ca.string());
  if (!profile.certificate.empty()) {
    if (SSL_CTX_use_certificate_chain_file(context, profile.certificate.c_str()) != 1)
      return tls_failure("cannot read " + profile.certificate.string());
    if (SSL_CTX_use_PrivateKey_file(context, profile.private_key.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context) != 1)
      return tls_failure("cannot use " + profile.private_key.string());
  }
  constexpr unsigned char alpn[] = {3, 'd', 'o', 't'};
  state->session.reset(SSL_new(context));
  SSL* const session = state->session.get();
  if (session == nullptr || SSL_set_alpn_protos(session, alpn, sizeof alpn) != 0)  // 0 is well
    return tls_failure("no session");
  if (!profile.host.empty()) {
    X509_VERIFY_PARAM* const wanted = SSL_get0_param(session);
    if (X509_VERIFY_PARAM_set1_ip_asc(wanted, profile.host.c_str()) != 1) {
      ERR_clear_error();  // it is a name
      X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
      std::string host = profile.host;
      if (X509_VERIFY_PARAM_set1_host(wanted, host.c_str(), 0) != 1 ||
          SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host.data()) != 1)
        return tls_failure("cannot ask for " + host);
    }
  }
  return TlsClient(std::move(state));
}

Result<void> TlsClient::attach(int socket) {
  SSL* const session = state_->session.get();
  if (SSL_set_fd(session, socket) != 1) return tls_failure("no socket");
  SSL_set_connect_state(session);
  return {};
}

Result<std::optional<std::size_t>> TlsClient::got_nowhere(int result) {
  SSL* const session = state_->session.get();
  switch (SSL_get_error(session, result)) {
    case SSL_ERROR_WANT_READ:
      wanted_ = POLLIN;
      return std::optional<std::size_t>();
    case SSL_ERROR_WANT_WRITE:
      wanted_ = POLLOUT;
      return std::optional<std::size_t>();
    case SSL_ERROR_ZERO_RETURN:
      return std::optional<std::size_t>(0);
    default:
      break;
  }
  if (const long wrong = SSL_get_verify_result(session); wrong != X509_V_OK) {
    ERR_clear_error();
    const bool pin = wrong == X509_V_ERR_APPLICATION_VERIFICATION;
    return failure(std::string("TLS: the primary's certificate: ") +
                   (pin ? "its key is none of the pins" : X509_verify_cert_error_string(wrong)));
  }
  return tls_failure("the primary breaks off");
}

Result<bool> TlsClient::shake_hands() {
  ERR_clear_error();
  SSL* const session = state_->session.get();
  const int result = SSL_do_handshake(session);
  if (result != 1) {
    const auto waits = got_nowhere(result);
    if (!waits) return Unexpected(waits.error());
    if (*waits) return failure("TLS: the primary closed the connection");
    return false;
  }
  const unsigned char* protocol = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(session, &protocol, &size);
  if (text_of({reinterpret_cast<const std::byte*>(protocol), size}) != "dot")  // RFC 9103 §7.1
    return failure("TLS: the primary does not speak DNS over TLS (ALPN)");
  return true;
}

Result<std::optional<std::size_t>> TlsClient::read(MutableOctets into) {
  ERR_clear_error();
  std::size_t got = 0;
  const int result = SSL_read_ex(state_->session.get(), into.data(), into.size(), &got);
  if (result == 1) return std::optional(got);
  return got_nowhere(result);
}

Result<std::optional<std::size_t>> TlsClient::write(Octets octets) {
  ERR_clear_error();
  std::size_t sent = 0;
  const int result = SSL_write_ex(state_->session.get(), octets.data(), octets.size(), &sent);
  if (result == 1) return std::optional(sent);
  return got_nowhere(result);
}

}  // namespace doors::xfr
