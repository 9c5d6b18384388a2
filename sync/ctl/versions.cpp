#include "sync/ctl/versions.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <limits>

#include "zones/base/text_encoding.h"
#include "zones/content/digest.h"
#include "zones/content/frames.h"

namespace doors::ctl {
namespace {

/// More than any zone whose bundle may be pushed.
constexpr std::size_t max_content_octets = std::size_t{16} << 30;

bool read_octets(std::string_view hex, std::array<std::byte, 32>& out) {
  const auto octets = from_hex(hex);
  if (!octets || octets->size() != out.size()) return false;
  std::copy(octets->begin(), octets->end(), out.begin());
  return true;
}

/// So many contents are asked for ahead (doorsync lets 64 requests wait), and of so many records together; of
/// larger zones one.
constexpr std::size_t contents_ahead = 32;
constexpr std::uint64_t content_records_ahead = 1'000'000;

Outcome<void> ask_for_content(Session& doorsync, const StoredVersion& version) {
  return doorsync.send(ControlMessage("content")
                           .with("zone", version.zone.to_string())
                           .with("epoch", version.number.epoch)
                           .with("seq", version.number.seq));
}

Outcome<Content> receive_content(Session& doorsync, const StoredVersion& version) {
  const std::string name = version.zone.to_string() + " " + version.number.to_string();
  const Outcome<Packet> reply = doorsync.receive(std::chrono::minutes(1));
  if (!reply) {
    return Unexpected(Failure{reply.error().code, "content of " + name + ": " + reply.error().message});
  }
  if (reply->message.verb() != "content" || reply->fds.size() != 1) {
    return unreachable("doorsync answered \"" + reply->message.verb() + "\" when asked for the content of " +
                       name);
  }
  const auto compressed = read_descriptor(reply->fds.front().get(), max_content_octets);
  if (!compressed) return refused("content of " + name + ": " + compressed.error().message);
  auto stream = decompress_frames(*compressed, max_content_octets);
  if (!stream) return refused("content of " + name + ": " + stream.error().message);
  Result<Content> content = Content::parse(*std::move(stream));
  if (!content) return refused("content of " + name + ": " + content.error().message);
  if (content_digest(*content) != version.digest) {
    return refused("content of " + name + " does not have the digest of its version");
  }
  return *std::move(content);
}

}  // namespace

Result<StoredVersion> read_stored_version(const ControlMessage& message) {
  const auto wrong = [&](std::string_view field) {
    return failure("doorsync sent \"" + message.verb() + "\" with a missing or wrong field " +
                   std::string(field));
  };
  StoredVersion version;
  const Result<Name> zone = Name::parse(message.text("zone"));
  if (!zone) return wrong("zone");
  version.zone = *zone;
  const auto epoch = message.number("epoch");
  const auto seq = message.number("seq");
  const auto serial = message.number("serial");
  constexpr std::uint64_t max32 = std::numeric_limits<std::uint32_t>::max();
  if (!epoch || *epoch > max32) return wrong("epoch");
  if (!seq) return wrong("seq");
  if (!serial || *serial > max32) return wrong("serial");
  version.number = {static_cast<std::uint32_t>(*epoch), *seq};
  version.serial = Serial(static_cast<std::uint32_t>(*serial));
  if (!read_octets(message.text("digest"), version.digest)) return wrong("digest");
  if (!read_octets(message.text("hash"), version.hash)) return wrong("hash");
  version.records = message.number("records").value_or(0);
  version.stage = static_cast<std::uint32_t>(message.number("stage").value_or(0));
  version.created = message.number("created").value_or(0);
  version.changes = message.number("changes").value_or(0);
  version.changed_octets = message.number("changed_octets").value_or(0);
  version.publisher = message.text("publisher");
  version.comment = message.text("comment");
  const auto kind = parse_version_kind(message.get("kind").value_or("push"));
  if (!kind) return wrong("kind");
  version.kind = *kind;
  return version;
}

Outcome<std::map<Name, StoredVersion>> ask_heads(Session& doorsync) {
  std::map<Name, StoredVersion> heads;
  std::string wrong;
  const auto end =
      doorsync.stream(ControlMessage("heads"), "end", usual_silence, [&](const ControlMessage& message) {
        Result<StoredVersion> head = read_stored_version(message);
        if (!head) {
          wrong = head.error().message;
        } else {
          const Name zone = head->zone;
          heads.insert_or_assign(zone, *std::move(head));
        }
      });
  if (!end) return Unexpected(end.error());
  if (!wrong.empty()) return unreachable(wrong);
  return heads;
}

Outcome<std::vector<StoredVersion>> ask_history(Session& doorsync, NameView zone) {
  std::vector<StoredVersion> versions;
  std::string wrong;
  const auto end = doorsync.stream(ControlMessage("history").with("zone", zone.to_string()), "end",
                                   usual_silence, [&](const ControlMessage& message) {
                                     Result<StoredVersion> version = read_stored_version(message);
                                     if (version) {
                                       versions.push_back(*std::move(version));
                                     } else {
                                       wrong = version.error().message;
                                     }
                                   });
  if (!end) return Unexpected(end.error());
  if (!wrong.empty()) return unreachable(wrong);
  std::sort(versions.begin(), versions.end(),
            [](const auto& a, const auto& b) { return a.number < b.number; });
  return versions;
}

Outcome<void> ask_contents(Session& doorsync, const std::vector<const StoredVersion*>& versions,
                           const std::function<void(std::size_t, Result<Content>)>& each) {
  std::size_t asked = 0;
  std::uint64_t records_ahead = 0;
  for (std::size_t i = 0; i < versions.size(); ++i) {
    for (; asked < versions.size(); ++asked) {
      const StoredVersion& next = *versions[asked];
      if (asked > i && (asked - i == contents_ahead || records_ahead + next.records > content_records_ahead))
        break;
      if (auto sent = ask_for_content(doorsync, next); !sent) return sent;
      records_ahead += next.records;
    }
    auto content = receive_content(doorsync, *versions[i]);
    if (!content && content.error().code == ExitCode::unreachable) return Unexpected(content.error());
    records_ahead -= versions[i]->records;
    each(i, content ? Result<Content>(*std::move(content)) : failure(content.error().message));
  }
  return {};
}

Outcome<Content> ask_content(Session& doorsync, const StoredVersion& version) {
  if (auto sent = ask_for_content(doorsync, version); !sent) return Unexpected(sent.error());
  return receive_content(doorsync, version);
}

std::string calendar(std::uint64_t seconds_since_1970) {
  const auto time = static_cast<std::time_t>(seconds_since_1970);
  std::tm parts{};
  std::array<char, 64> text{};
  if (::gmtime_r(&time, &parts) == nullptr) return "?";
  return {text.data(), std::strftime(text.data(), text.size(), "%F %T", &parts)};
}

}  // namespace doors::ctl
