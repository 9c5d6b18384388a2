#include "sync/trust/signature.h"

#include <cstring>
#include <string_view>

#include "sync/trust/octet_writer.h"
#include "zones/dns/wire_reader.h"

namespace doors {
namespace {

constexpr std::string_view statement_magic = "DOORPSH1";
constexpr std::string_view signed_magic = "DOORSGV1";
constexpr std::size_t max_path = 32;  // a tree of 2^32 leaves

std::vector<std::byte> statement(const KeyId& publisher, std::uint32_t count, const MerkleHash& root) {
  OctetWriter out;
  out.octets(octets_of(statement_magic)).octets(publisher).u32(count).octets(root);
  return std::move(out).take();
}

template <std::size_t Size>
void read_into(WireReader& reader, std::array<std::byte, Size>& into) {
  const Octets taken = reader.octets(Size);
  if (taken.size() == Size) std::memcpy(into.data(), taken.data(), Size);
}

}  // namespace

PushSignature sign_root(const MerkleHash& root, std::uint32_t count, const PrivateKey& key) {
  const KeyId& publisher = key.public_key().id();
  return {publisher, count, key.sign(statement(publisher, count, root))};
}

bool verify_root(const MerkleHash& root, const PushSignature& push, const PublicKey& key) {
  return push.publisher == key.id() &&
         key.verifies(statement(push.publisher, push.count, root), push.signature);
}

std::vector<std::byte> SignedVersion::encode() const {
  OctetWriter out;
  out.octets(octets_of(signed_magic))
      .octets(push.publisher)
      .u32(push.count)
      .octets(push.signature)
      .u32(index);
  out.u8(static_cast<std::uint8_t>(path.size()));
  for (const MerkleHash& hash : path) out.octets(hash);
  out.u32(static_cast<std::uint32_t>(record.size())).octets(record);
  return std::move(out).take();
}

Result<SignedVersion> SignedVersion::decode(Octets octets) {
  WireReader reader(octets);
  if (text_of(reader.octets(signed_magic.size())) != signed_magic) {
    return failure("signed version: not one, or of another format");
  }
  SignedVersion made;
  read_into(reader, made.push.publisher);
  made.push.count = reader.u32();
  read_into(reader, made.push.signature);
  made.index = reader.u32();
  const std::uint8_t hashes = reader.u8();
  if (hashes > max_path) return failure("signed version: audit path too long");
  made.path.resize(hashes);
  for (MerkleHash& hash : made.path) read_into(reader, hash);
  const std::uint32_t length = reader.u32();
  if (length > Version::max_record_octets) return failure("signed version: record too long");
  const Octets record = reader.octets(length);
  if (!reader.ok() || !reader.at_end()) return failure("signed version: cut off, or octets behind its end");
  made.record.assign(record.begin(), record.end());
  return made;
}

}  // namespace doors
