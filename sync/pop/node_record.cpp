#include "sync/pop/node_record.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "zones/base/control_message.h"

namespace doors {
namespace {

constexpr std::size_t most_reason_octets = 200;

/// The next word of `text`, which loses it; a zone's name has no bare space.
std::string_view word(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return taken;
}

template <class Number>
bool read_number(std::string_view digits, Number& number) {
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return !digits.empty() && read.ec == std::errc() && read.ptr == digits.data() + digits.size();
}

std::optional<NodeRecord::Bad> read_bad(std::string_view text) {
  const auto zone = Name::parse(word(text));
  if (!zone) return std::nullopt;
  NodeRecord::Bad bad{*zone, {}, {}};
  if (!read_number(word(text), bad.number.epoch) || !read_number(word(text), bad.number.seq))
    return std::nullopt;
  bad.reason = text;
  return bad;
}

}  // namespace

std::string NodeRecord::key() const { return std::string(prefix) + pop + "/" + node; }

std::vector<std::byte> NodeRecord::encode() const {
  ControlMessage message("node");
  message.with("pop", pop)
      .with("node", node)
      .with("started", started)
      .with("revision", revision)
      .with("zones", zones);
  const auto number = [&](const char* key, std::uint64_t value) {
    if (value != 0) message.with(key, value);
  };
  for (const std::string& group : groups) message.with("group", group);
  for (const std::string& label : labels) message.with("label", label);
  number("delay_ms", static_cast<std::uint64_t>(delay.count()));
  if (!lost.empty()) message.with("lost", lost.substr(0, most_reason_octets));
  number("held", held);
  number("failed", failed);
  if (against != 0)
    message.with("against", std::to_string(against) + " " + why_against.substr(0, most_reason_octets));
  for (std::size_t i = 0; i < std::min(bad.size(), most_bad); ++i) {
    message.with("bad", bad[i].zone.to_string() + " " + std::to_string(bad[i].number.epoch) + " " +
                            std::to_string(bad[i].number.seq) + " " +
                            bad[i].reason.substr(0, most_reason_octets));
  }
  // 32 names of at most 1,020 octets and as many reasons are below what a message holds.
  return message.encode().value();
}

Result<NodeRecord> NodeRecord::decode(std::string_view key, Octets octets) {
  const auto message = ControlMessage::decode(octets);
  if (!message) return Unexpected(message.error());
  if (message->verb() != "node") return failure("no record of a node");
  NodeRecord record;
  record.pop = message->text("pop");
  record.node = message->text("node");
  if (record.key() != key) return failure("the record of a node under another's key");
  record.started = message->number("started").value_or(0);
  record.lost = message->text("lost");
  record.revision = message->number("revision").value_or(0);
  record.zones = message->number("zones").value_or(0);
  record.failed = message->number("failed").value_or(0);
  record.held = message->number("held").value_or(0);
  constexpr std::uint64_t longest_ms = 31ull * 24 * 3600 * 1000;
  record.delay = std::chrono::milliseconds(std::min(message->number("delay_ms").value_or(0), longest_ms));
  std::string_view against = message->text("against");
  if (!against.empty() && !read_number(word(against), record.against))
    return failure("the record of a node speaks against no rollout that is known");
  record.why_against = against;
  for (const auto& [name, value] : message->fields()) {
    if (name == "group") record.groups.push_back(value);
    if (name == "label") record.labels.push_back(value);
    if (name != "bad") continue;
    auto bad = read_bad(value);
    if (!bad) return failure("the record of a node names a zone in no form that is known");
    record.bad.push_back(*std::move(bad));
  }
  return record;
}

}  // namespace doors
