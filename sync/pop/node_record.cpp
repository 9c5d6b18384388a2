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
      .with("doord", lost.empty() ? "connected" : "lost")
      .with("reason", lost.substr(0, most_reason_octets))
      .with("revision", revision)
      .with("zones", zones)
      .with("failed", failed);
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
  if (message->text("doord") != "connected") {
    record.lost = message->text("reason");
    if (record.lost.empty()) record.lost = "doord is lost";
  }
  record.revision = message->number("revision").value_or(0);
  record.zones = message->number("zones").value_or(0);
  record.failed = message->number("failed").value_or(0);
  for (const auto& [name, value] : message->fields()) {
    if (name != "bad") continue;
    auto bad = read_bad(value);
    if (!bad) return failure("the record of a node names a zone in no form that is known");
    record.bad.push_back(*std::move(bad));
  }
  return record;
}

}  // namespace doors
