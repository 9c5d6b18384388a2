#include "sync/trust/keys.h"

#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include "zones/base/file.h"
#include "zones/base/sha256.h"
#include "zones/base/text_encoding.h"

namespace doors {
namespace {

constexpr std::size_t max_pem_octets = 16 * 1024;

struct FreeBio {
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
struct FreeKey {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};

/// Empties OpenSSL's error queue: our messages say what matters, and a later call must not find old errors.
Unexpected<Error> key_failure(std::string message) {
  ERR_clear_error();
  return failure(std::move(message));
}

/// Never asks on the terminal: an encrypted key is simply one that cannot be read.
int no_passphrase(char*, int, int, void*) { return 0; }

const unsigned char* raw_octets(Octets octets) noexcept {
  return reinterpret_cast<const unsigned char*>(octets.data());
}

}  // namespace

PublicKey::PublicKey(const std::array<std::byte, 32>& octets) : octets_(octets), id_() {
  const Sha256 hash = sha256(octets_);
  std::memcpy(id_.data(), hash.data(), id_.size());
}

Result<PublicKey> PublicKey::from_base64(std::string_view text) {
  const auto octets = doors::from_base64(text);
  std::array<std::byte, 32> key{};
  if (!octets || octets->size() != key.size()) {
    return failure("not an Ed25519 public key: 44 letters of base64 are wanted");
  }
  std::memcpy(key.data(), octets->data(), key.size());
  return PublicKey(key);
}

std::string PublicKey::to_base64() const { return doors::to_base64(octets_); }

bool PublicKey::verifies(Octets message, const Signature& signature) const {
  const std::unique_ptr<EVP_PKEY, FreeKey> key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw_octets(octets_), octets_.size()));
  const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  const bool fine = key && context &&
                    EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
                    EVP_DigestVerify(context.get(), raw_octets(signature), signature.size(),
                                     raw_octets(message), message.size()) == 1;
  if (!fine) ERR_clear_error();
  return fine;
}

void PrivateKey::Free::operator()(void* key) const noexcept { EVP_PKEY_free(static_cast<EVP_PKEY*>(key)); }

PrivateKey::PrivateKey(Handle key, const PublicKey& public_key) noexcept
    : key_(std::move(key)), public_key_(public_key) {}

Result<PrivateKey> PrivateKey::from_handle(Handle key) {
  std::array<std::byte, 32> octets{};
  std::size_t size = octets.size();
  auto* const handle = static_cast<EVP_PKEY*>(key.get());
  if (handle == nullptr || EVP_PKEY_id(handle) != EVP_PKEY_ED25519 ||
      EVP_PKEY_get_raw_public_key(handle, reinterpret_cast<unsigned char*>(octets.data()), &size) != 1 ||
      size != octets.size()) {
    return key_failure("not an Ed25519 private key");
  }
  return PrivateKey(std::move(key), PublicKey(octets));
}

Result<PrivateKey> PrivateKey::generate() {
  Handle key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  if (!key) return key_failure("cannot generate an Ed25519 key");
  return from_handle(std::move(key));
}

Result<PrivateKey> PrivateKey::read(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return system_failure("cannot open key " + path.string(), errno);
  if ((status.st_mode & 077) != 0) {
    return failure("key " + path.string() + " can be read by group or others: chmod 600 it");
  }
  auto pem = read_text_file(path, max_pem_octets);
  if (!pem) return Unexpected(std::move(pem).error());
  const std::unique_ptr<BIO, FreeBio> bio(BIO_new_mem_buf(pem->data(), static_cast<int>(pem->size())));
  if (!bio) throw std::bad_alloc();
  Handle key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_passphrase, nullptr));
  OPENSSL_cleanse(pem->data(), pem->size());
  auto made = from_handle(std::move(key));
  if (!made) return key_failure(path.string() + ": " + made.error().message);
  return made;
}

Result<void> PrivateKey::write(const std::filesystem::path& path) const {
  const std::unique_ptr<BIO, FreeBio> bio(BIO_new(BIO_s_secmem()));
  if (!bio || PEM_write_bio_PKCS8PrivateKey(bio.get(), static_cast<EVP_PKEY*>(key_.get()), nullptr, nullptr,
                                            0, nullptr, nullptr) != 1) {
    return key_failure("cannot write the key as PEM");
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  // O_EXCL: the file is this call's own, so a rename is not needed and a key that is there is never lost.
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return system_failure("cannot create key " + path.string(), errno);
  auto written = write_all(file.get(), octets_of({text, static_cast<std::size_t>(size)}));
  if (written && ::fsync(file.get()) != 0) written = system_failure("cannot sync " + path.string(), errno);
  if (!written) {
    ::unlink(path.c_str());
    return written;
  }
  return sync_directory(path.has_parent_path() ? path.parent_path() : ".");
}

Signature PrivateKey::sign(Octets message) const {
  Signature signature{};
  std::size_t size = signature.size();
  const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  // Ed25519 over memory fails only when memory is lacking.
  if (!context ||
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, static_cast<EVP_PKEY*>(key_.get())) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     raw_octets(message), message.size()) != 1) {
    throw std::bad_alloc();
  }
  return signature;
}

}  // namespace doors
