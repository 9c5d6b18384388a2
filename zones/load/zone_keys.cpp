#include "zones/load/zone_keys.h"

#include <array>
#include <utility>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "zones/dns/wire_reader.h"

namespace doors {

namespace {

template <class T, void (*Free)(T*)>
struct Deleter {
  void operator()(T* owned) const noexcept { Free(owned); }
};
template <class T, void (*Free)(T*)>
using Owned = std::unique_ptr<T, Deleter<T, Free>>;
using PublicKey = Owned<EVP_PKEY, EVP_PKEY_free>;

constexpr int max_keys_of_one_tag = 4;  // more are no accident but an attack (CVE-2023-50387)

const unsigned char* bytes(Octets octets) noexcept {
  return reinterpret_cast<const unsigned char*>(octets.data());
}

/// What an algorithm number of DNSSEC stands for.
struct Algorithm {
  enum class Kind : std::uint8_t { unknown, rsa, ecdsa, eddsa } kind = Kind::unknown;
  const EVP_MD* (*hash)() = nullptr;
  const char* group = nullptr;  // of ECDSA
  int id = 0;                   // of EdDSA
  std::size_t octets = 0;       // of a key of ECDSA or EdDSA; a signature of either: the same, but Ed448's
};

Algorithm algorithm_of(std::uint8_t number) noexcept {
  using Kind = Algorithm::Kind;
  switch (number) {
    case 5:
    case 7:
      return {Kind::rsa, &EVP_sha1, nullptr, 0, 0};
    case 8:
      return {Kind::rsa, &EVP_sha256, nullptr, 0, 0};
    case 10:
      return {Kind::rsa, &EVP_sha512, nullptr, 0, 0};
    case 13:
      return {Kind::ecdsa, &EVP_sha256, "prime256v1", 0, 64};
    case 14:
      return {Kind::ecdsa, &EVP_sha384, "secp384r1", 0, 96};
    case 15:
      return {Kind::eddsa, nullptr, nullptr, EVP_PKEY_ED25519, 32};
    case 16:
      return {Kind::eddsa, nullptr, nullptr, EVP_PKEY_ED448, 57};
    default:
      return {};
  }
}

PublicKey make_key(const char* type, OSSL_PARAM_BLD* build) {
  const Owned<OSSL_PARAM, OSSL_PARAM_free> params(OSSL_PARAM_BLD_to_param(build));
  const Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return nullptr;
  }
  return PublicKey(key);
}

/// RFC 3110 §2: length of the exponent, exponent, modulus. Bounded, so that a key cannot be made to cost
/// seconds.
PublicKey rsa_key(Octets octets) {
  WireReader reader(octets);
  std::size_t size = reader.u8();
  if (size == 0) size = reader.u16();
  const Octets exponent = reader.octets(size);
  const Octets modulus = reader.octets(reader.remaining());
  if (!reader.ok() || exponent.empty() || exponent.size() > 8 || modulus.size() < 64 ||
      modulus.size() > 512) {
    return nullptr;
  }
  const Owned<BIGNUM, BN_free> n(BN_bin2bn(bytes(modulus), static_cast<int>(modulus.size()), nullptr));
  const Owned<BIGNUM, BN_free> e(BN_bin2bn(bytes(exponent), static_cast<int>(exponent.size()), nullptr));
  const Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> build(OSSL_PARAM_BLD_new());
  if (!n || !e || !build || OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return nullptr;
  }
  return make_key("RSA", build.get());
}

/// RFC 6605 §4: the two coordinates.
PublicKey ecdsa_key(Octets octets, const Algorithm& algorithm) {
  if (octets.size() != algorithm.octets) return nullptr;
  std::vector<std::byte> point{std::byte{4}};  // uncompressed
  point.insert(point.end(), octets.begin(), octets.end());
  const Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> build(OSSL_PARAM_BLD_new());
  if (!build ||
      OSSL_PARAM_BLD_push_utf8_string(build.get(), OSSL_PKEY_PARAM_GROUP_NAME, algorithm.group, 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(build.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) !=
          1) {
    return nullptr;
  }
  return make_key("EC", build.get());
}

PublicKey public_key(const Algorithm& algorithm, Octets octets) {
  switch (algorithm.kind) {
    case Algorithm::Kind::rsa:
      return rsa_key(octets);
    case Algorithm::Kind::ecdsa:
      return ecdsa_key(octets, algorithm);
    case Algorithm::Kind::eddsa:  // RFC 8080 §3
      if (octets.size() != algorithm.octets) return nullptr;
      return PublicKey(EVP_PKEY_new_raw_public_key(algorithm.id, nullptr, bytes(octets), octets.size()));
    case Algorithm::Kind::unknown:
      return nullptr;
  }
  return nullptr;
}

/// DNSSEC has r and s one after the other, OpenSSL wants them in DER.
std::vector<std::byte> der_signature(Octets signature) {
  const std::size_t half = signature.size() / 2;
  const Owned<ECDSA_SIG, ECDSA_SIG_free> pair(ECDSA_SIG_new());
  Owned<BIGNUM, BN_free> r(BN_bin2bn(bytes(signature), static_cast<int>(half), nullptr));
  Owned<BIGNUM, BN_free> s(BN_bin2bn(bytes(signature.subspan(half)), static_cast<int>(half), nullptr));
  if (!pair || !r || !s || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return {};
  (void)r.release();
  (void)s.release();
  const int size = i2d_ECDSA_SIG(pair.get(), nullptr);
  if (size <= 0) return {};
  std::vector<std::byte> der(static_cast<std::size_t>(size));
  auto* to = reinterpret_cast<unsigned char*>(der.data());
  (void)i2d_ECDSA_SIG(pair.get(), &to);
  return der;
}

bool verifies(EVP_PKEY* key, const Algorithm& algorithm, Octets signature, Octets data) {
  std::vector<std::byte> der;
  if (algorithm.kind == Algorithm::Kind::ecdsa) {
    if (signature.size() != algorithm.octets) return false;
    der = der_signature(signature);
    signature = der;
  }
  const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  const EVP_MD* const hash = algorithm.hash != nullptr ? algorithm.hash() : nullptr;
  return context && EVP_DigestVerifyInit(context.get(), nullptr, hash, nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(data), data.size()) == 1;
}

void put(std::vector<std::byte>& out, Octets octets) { out.insert(out.end(), octets.begin(), octets.end()); }

}  // namespace

RrsigFields parse_rrsig(Octets rdata) noexcept {
  WireReader reader(rdata);
  RrsigFields fields;
  fields.covered = RRType(reader.u16());
  fields.algorithm = reader.u8();
  fields.labels = reader.u8();
  fields.original_ttl = reader.u32();
  fields.expiration = reader.u32();
  fields.inception = reader.u32();
  fields.key_tag = reader.u16();
  fields.signer = NameView::trusted_at(rdata.data() + reader.offset());
  (void)reader.octets(fields.signer.size());
  fields.signature = reader.octets(reader.remaining());
  return fields;
}

std::uint16_t key_tag(Octets dnskey_rdata) noexcept {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < dnskey_rdata.size(); ++i) {
    const auto octet = std::to_integer<std::uint32_t>(dnskey_rdata[i]);
    sum += (i & 1) != 0 ? octet : octet << 8;
  }
  return static_cast<std::uint16_t>((sum + (sum >> 16)) & 0xffff);
}

struct ZoneKeys::Key {
  std::uint16_t tag;
  std::uint8_t algorithm;
  PublicKey key;  // null: its octets make none
};

ZoneKeys::ZoneKeys(const RRsetView& dnskeys) {
  for (const Octets rdata : dnskeys.rdatas) {
    constexpr std::uint16_t zone_flag = 0x0100;
    if ((load_u16(rdata.data()) & zone_flag) == 0 || rdata[2] != std::byte{3}) continue;
    const auto algorithm = std::to_integer<std::uint8_t>(rdata[3]);
    keys_.push_back({key_tag(rdata), algorithm, public_key(algorithm_of(algorithm), rdata.subspan(4))});
  }
}
ZoneKeys::ZoneKeys(ZoneKeys&&) noexcept = default;
ZoneKeys::~ZoneKeys() = default;

ZoneKeys::Verdict ZoneKeys::verify(const RRsetView& rrset, Octets rrsig_rdata, NameView origin) {
  const RrsigFields fields = parse_rrsig(rrsig_rdata);
  const Algorithm algorithm = algorithm_of(fields.algorithm);
  if (algorithm.kind == Algorithm::Kind::unknown) return Verdict::unsupported;
  const std::size_t labels = rrset.owner.label_count() - (rrset.owner.is_wildcard() ? 1 : 0);
  if (fields.covered != rrset.type || fields.labels != labels || fields.signer != origin) return Verdict::bad;

  // RFC 4034 §3.1.8.1: the RDATA without the signature, then each record with the original TTL.
  signed_octets_.clear();
  put(signed_octets_, rrsig_rdata.first(rrsig_rdata.size() - fields.signature.size()));
  std::array<std::byte, 10> head;
  store_u16(head.data(), raw(rrset.type));
  store_u16(head.data() + 2, raw(RRClass::in));
  store_u32(head.data() + 4, fields.original_ttl);
  for (const Octets rdata : rrset.rdatas) {
    store_u16(head.data() + 8, static_cast<std::uint16_t>(rdata.size()));
    put(signed_octets_, rrset.owner.wire());
    put(signed_octets_, head);
    put(signed_octets_, rdata);
  }
  int tries = 0;
  for (const Key& key : keys_) {
    if (key.tag != fields.key_tag || key.algorithm != fields.algorithm || !key.key) continue;
    if (++tries > max_keys_of_one_tag) break;
    if (verifies(key.key.get(), algorithm, fields.signature, signed_octets_)) return Verdict::good;
  }
  return Verdict::bad;
}

}  // namespace doors
