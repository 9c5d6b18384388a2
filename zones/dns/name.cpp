#include "zones/dns/name.h"

#include <algorithm>

#include "zones/base/unset.h"
#include "zones/dns/label_starts.h"

namespace doors {

namespace {

std::strong_ordering compare_labels(Octets a, Octets b) noexcept {
  const std::size_t common = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < common; ++i) {
    if (const auto order = lower(a[i]) <=> lower(b[i]); order != 0) return order;
  }
  return a.size() <=> b.size();
}

}  // namespace

NameView NameView::trusted_at(const std::byte* at) noexcept {
  std::size_t size = 1;
  while (at[size - 1] != std::byte{0}) size += std::to_integer<std::size_t>(at[size - 1]) + 1;
  return {at, static_cast<std::uint8_t>(size)};
}

std::optional<NameView> NameView::checked(Octets wire) noexcept {
  if (wire.empty() || wire.size() > max_name_octets) return std::nullopt;
  std::size_t at = 0;
  while (at < wire.size() && wire[at] != std::byte{0}) {
    const auto length = std::to_integer<std::size_t>(wire[at]);
    if (length > max_label_octets) return std::nullopt;
    at += length + 1;
  }
  if (at + 1 != wire.size()) return std::nullopt;
  return trusted(wire);
}

std::size_t NameView::label_count() const noexcept {
  std::size_t count = 0;
  for (std::size_t at = 0; data_[at] != std::byte{0}; at += std::to_integer<std::size_t>(data_[at]) + 1)
    ++count;
  return count;
}

NameView NameView::suffix(std::size_t labels) const noexcept {
  const std::size_t count = label_count();
  NameView rest = *this;
  for (std::size_t i = labels; i < count; ++i) rest = rest.parent();
  return rest;
}

bool operator==(NameView a, NameView b) noexcept {
  if (a.size_ != b.size_) return false;
  for (std::size_t i = 0; i < a.size_; ++i) {
    if (lower(a.data_[i]) != lower(b.data_[i])) return false;  // length octets are under 'A': unchanged
  }
  return true;
}

bool NameView::is_at_or_below(NameView ancestor) const noexcept {
  if (ancestor.size_ > size_) return false;
  // The tail of equal size is a suffix of labels only if a label starts there.
  const std::size_t start = static_cast<std::size_t>(size_ - ancestor.size_);
  std::size_t at = 0;
  while (at < start) at += std::to_integer<std::size_t>(data_[at]) + 1;
  return at == start && NameView(data_ + start, ancestor.size_) == ancestor;
}

std::strong_ordering NameView::canonical_compare(NameView other) const noexcept {
  DOORS_UNSET LabelStarts mine;
  DOORS_UNSET LabelStarts theirs;
  std::size_t left = label_starts(*this, mine);
  std::size_t right = label_starts(other, theirs);
  const auto label = [](const std::byte* name, std::size_t at) {
    return Octets{name + at + 1, std::to_integer<std::size_t>(name[at])};
  };
  while (left > 0 && right > 0) {
    --left;
    --right;
    const auto order = compare_labels(label(data_, mine[left]), label(other.data_, theirs[right]));
    if (order != 0) return order;
  }
  return left <=> right;
}

std::string NameView::to_string() const {
  if (is_root()) return ".";
  std::string text;
  for (NameView rest = *this; !rest.is_root(); rest = rest.parent()) {
    for (const std::byte octet : rest.first_label()) {
      const auto value = std::to_integer<unsigned char>(octet);
      if (value <= 0x20 || value >= 0x7f) {
        text += '\\';
        text += static_cast<char>('0' + value / 100);
        text += static_cast<char>('0' + value / 10 % 10);
        text += static_cast<char>('0' + value % 10);
      } else {
        if (std::string_view("\".;\\@$()").find(static_cast<char>(value)) != std::string_view::npos)
          text += '\\';
        text += static_cast<char>(value);
      }
    }
    text += '.';
  }
  return text;
}

Result<Name> Name::parse(std::string_view text) { return parse(text, NameView()); }

Result<Name> Name::parse(std::string_view text, NameView origin) {
  Name name;
  if (const char* problem = name.assign(text, origin)) {
    return failure(text.empty() ? problem : std::string(problem) + " in \"" + std::string(text) + "\"");
  }
  return name;
}

const char* Name::assign(std::string_view text, NameView origin) noexcept {
  if (text == "@" || text == ".") {
    *this = Name(text == "@" ? origin : NameView());
    return nullptr;
  }
  if (text.empty()) return "empty name";
  constexpr std::size_t room = max_name_octets - 1;  // the last octet is the root label's
  std::array<std::byte, max_name_octets> wire;       // not in place: `origin` may be this very name
  std::size_t label = 0;                             // where the open label's length octet goes
  std::size_t size = 1;                              // where the next octet goes
  bool absolute = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '.') {
      if (size == label + 1) return "empty label";
      wire[label] = static_cast<std::byte>(size - label - 1);
      label = size++;
      absolute = i + 1 == text.size();
      continue;
    }
    if (c == '\\') {
      if (++i == text.size()) return "escape at the end";
      c = text[i];
      if (c >= '0' && c <= '9') {
        const auto digit = [text](std::size_t at) {
          return at < text.size() && text[at] >= '0' && text[at] <= '9';
        };
        if (!digit(i + 1) || !digit(i + 2)) return "bad \\DDD escape";
        const int value = (c - '0') * 100 + (text[i + 1] - '0') * 10 + (text[i + 2] - '0');
        if (value > 255) return "bad \\DDD escape";
        c = static_cast<char>(value);
        i += 2;
      }
    }
    if (size - label > max_label_octets) return "label over 63 octets";
    if (size >= room) return "name over 255 octets";
    wire[size++] = static_cast<std::byte>(c);
  }
  if (size > label + 1) {
    wire[label] = static_cast<std::byte>(size - label - 1);
    label = size;
  }
  const NameView suffix = absolute ? NameView() : origin;
  if (label + suffix.size() > max_name_octets) return "name over 255 octets";
  std::memcpy(wire.data() + label, suffix.wire().data(), suffix.size());
  size_ = static_cast<std::uint8_t>(label + suffix.size());
  std::memcpy(wire_.data(), wire.data(), size_);
  return nullptr;
}

std::optional<Name> Name::read(WireReader& reader) noexcept {
  const Octets message = reader.message();
  Name name;
  std::size_t size = 0;
  std::size_t at = reader.offset();
  std::size_t lowest = at;  // each pointer must lead before every place read so far
  std::size_t end = 0;      // where the reader goes on; 0 until a pointer was followed
  const auto fail = [&reader] {
    reader.fail();
    return std::nullopt;
  };
  if (!reader.ok()) return std::nullopt;
  while (true) {
    if (at >= message.size()) return fail();
    const auto length = std::to_integer<std::size_t>(message[at]);
    if (length >= 0xc0) {
      if (at + 1 >= message.size()) return fail();
      const std::size_t target = ((length & 0x3f) << 8) | std::to_integer<std::size_t>(message[at + 1]);
      if (target >= lowest) return fail();
      if (end == 0) end = at + 2;
      lowest = target;
      at = target;
      continue;
    }
    if (length > max_label_octets) return fail();  // 0x40 and 0x80: no label types (RFC 6891 §5)
    if (at + 1 + length > message.size() || size + 1 + length > max_name_octets - (length == 0 ? 0 : 1))
      return fail();
    std::memcpy(name.wire_.data() + size, message.data() + at, length + 1);
    size += length + 1;
    at += length + 1;
    if (length == 0) break;
  }
  name.size_ = static_cast<std::uint8_t>(size);
  (void)reader.octets((end == 0 ? at : end) - reader.offset());
  return name;
}

std::optional<Name> Name::join(Octets labels, NameView suffix) noexcept {
  if (!labels.empty() && labels.back() == std::byte{0}) {
    // Either a whole name or labels that end in a NUL octet: walking tells.
    std::size_t at = 0;
    while (at < labels.size() && labels[at] != std::byte{0})
      at += std::to_integer<std::size_t>(labels[at]) + 1;
    if (at + 1 == labels.size()) labels = labels.first(at);
  }
  if (labels.size() + suffix.size() > max_name_octets) return std::nullopt;
  Name joined;
  std::copy(labels.begin(), labels.end(), joined.wire_.begin());
  std::memcpy(joined.wire_.data() + labels.size(), suffix.wire().data(), suffix.size());
  joined.size_ = static_cast<std::uint8_t>(labels.size() + suffix.size());
  return joined;
}

void Name::make_canonical() noexcept {
  for (std::size_t i = 0; i < size_; ++i) wire_[i] = lower(wire_[i]);
}

}  // namespace doors
