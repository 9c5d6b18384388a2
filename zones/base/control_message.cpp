#include "zones/base/control_message.h"

#include <algorithm>
#include <charconv>

namespace doors {

namespace {

constexpr std::string_view magic = "DOR1";

/// Takes fields off the front of a packet; after the first that does not fit everything is empty.
class Reader {
 public:
  explicit Reader(Octets packet) noexcept : rest_(packet) {}
  Octets take(std::size_t count) noexcept {
    if (failed_ || count > rest_.size()) {
      failed_ = true;
      return {};
    }
    const Octets taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  std::size_t number(std::size_t octets) noexcept {
    std::size_t value = 0;
    for (const std::byte octet : take(octets)) value = (value << 8) | std::to_integer<std::size_t>(octet);
    return value;
  }
  [[nodiscard]] bool ok() const noexcept { return !failed_; }
  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }

 private:
  Octets rest_;
  bool failed_ = false;
};

void append_number(std::vector<std::byte>& out, std::size_t value, int octets) {
  for (int shift = 8 * (octets - 1); shift >= 0; shift -= 8)
    out.push_back(static_cast<std::byte>(value >> shift));
}

void append(std::vector<std::byte>& out, std::string_view text) {
  const Octets octets = octets_of(text);
  out.insert(out.end(), octets.begin(), octets.end());
}

}  // namespace

ControlMessage& ControlMessage::with(std::string key, std::string value) {
  fields_.emplace_back(std::move(key), std::move(value));
  return *this;
}

std::optional<std::string_view> ControlMessage::get(std::string_view key) const noexcept {
  const auto found =
      std::find_if(fields_.begin(), fields_.end(), [key](const auto& field) { return field.first == key; });
  if (found == fields_.end()) return std::nullopt;
  return found->second;
}

std::optional<std::uint64_t> ControlMessage::number(std::string_view key) const noexcept {
  const auto digits = get(key);
  if (!digits) return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(digits->data(), digits->data() + digits->size(), value);
  if (problem != std::errc{} || end != digits->data() + digits->size()) return std::nullopt;
  return value;
}

Result<std::vector<std::byte>> ControlMessage::encode() const {
  if (verb_.empty() || verb_.size() > 255) return failure("control message: bad verb");
  if (fields_.size() > max_fields) return failure("control message: too many fields");
  std::vector<std::byte> out;
  append(out, magic);
  append_number(out, verb_.size(), 1);
  append(out, verb_);
  append_number(out, fields_.size(), 2);
  for (const auto& [key, value] : fields_) {
    if (key.empty() || key.size() > 255) return failure("control message: bad key");
    if (value.size() > max_octets) return failure("control message: value of " + key + " too long");
    append_number(out, key.size(), 1);
    append(out, key);
    append_number(out, value.size(), 4);
    append(out, value);
  }
  if (out.size() > max_octets)
    return failure("control message: over " + std::to_string(max_octets) + " octets");
  return out;
}

Result<ControlMessage> ControlMessage::decode(Octets packet) {
  if (packet.size() > max_octets) return failure("control message: too long");
  Reader reader(packet);
  if (text_of(reader.take(magic.size())) != magic) return failure("control message: not one of ours");
  ControlMessage message{std::string(text_of(reader.take(reader.number(1))))};
  const std::size_t count = reader.number(2);
  if (!reader.ok() || message.verb_.empty()) return failure("control message: cut off");
  if (count > max_fields) return failure("control message: too many fields");
  for (std::size_t i = 0; i < count; ++i) {
    std::string key(text_of(reader.take(reader.number(1))));
    std::string value(text_of(reader.take(reader.number(4))));
    if (!reader.ok() || key.empty()) return failure("control message: cut off");
    message.with(std::move(key), std::move(value));
  }
  if (!reader.at_end()) return failure("control message: trailing octets");
  return message;
}

}  // namespace doors
