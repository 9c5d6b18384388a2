#include "zones/content/zonemd.h"

#include <memory>
#include <new>

#include <openssl/evp.h>

namespace doors {

namespace {

constexpr std::size_t buffer_octets = std::size_t{64} << 10;

/// Hashes by the block: a call for each field would cost more than the hash.
class Hasher {
 public:
  explicit Hasher(const EVP_MD* algorithm) : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    if (!context_ || EVP_DigestInit_ex(context_.get(), algorithm, nullptr) != 1) throw std::bad_alloc();
    buffer_.reserve(buffer_octets + 0x1'0000 + 512);
  }
  void put(Octets octets) { buffer_.insert(buffer_.end(), octets.begin(), octets.end()); }
  void end_record() {
    if (buffer_.size() >= buffer_octets) flush();
  }
  std::vector<std::byte> finish() {
    flush();
    std::vector<std::byte> digest(EVP_MAX_MD_SIZE);
    unsigned size = 0;
    if (EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(digest.data()), &size) != 1) {
      throw std::bad_alloc();
    }
    digest.resize(size);
    return digest;
  }

 private:
  void flush() {
    if (EVP_DigestUpdate(context_.get(), buffer_.data(), buffer_.size()) != 1) throw std::bad_alloc();
    buffer_.clear();
  }
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
  std::vector<std::byte> buffer_;
};

}  // namespace

std::vector<std::byte> zonemd_digest(const Content& content, ZonemdAlgorithm algorithm) {
  Hasher hasher(algorithm == ZonemdAlgorithm::sha384 ? EVP_sha384() : EVP_sha512());
  const NameView origin = content.origin();
  for (std::size_t i = 0; i < content.rrset_count(); ++i) {
    const RRsetView rrset = content.rrset(i);
    if ((rrset.type == RRType::zonemd || rrset.covered == RRType::zonemd) && rrset.owner == origin) continue;
    std::array<std::byte, 8> fields;  // type, class IN, TTL
    store_u16(fields.data(), raw(rrset.type));
    store_u16(fields.data() + 2, raw(RRClass::in));
    store_u32(fields.data() + 4, rrset.ttl.raw());
    for (const Octets rdata : rrset.rdatas) {
      std::array<std::byte, 2> length;
      store_u16(length.data(), static_cast<std::uint16_t>(rdata.size()));
      hasher.put(rrset.owner.wire());
      hasher.put(fields);
      hasher.put(length);
      hasher.put(rdata);
      hasher.end_record();
    }
  }
  return hasher.finish();
}

}  // namespace doors
