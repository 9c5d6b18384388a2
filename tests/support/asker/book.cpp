#include "tests/support/asker/book.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

namespace doors::asker {
namespace {

constexpr std::uint64_t ids = 65536;

/// FNV-1a: it need only tell answers apart.
std::uint64_t hash_of(Octets octets) noexcept {
  std::uint64_t hash = 0xcbf2'9ce4'8422'2325u;
  for (const std::byte octet : octets) {
    hash = (hash ^ std::to_integer<std::uint64_t>(octet)) * 0x100'0000'01b3u;
  }
  return hash;
}

}  // namespace

Book::Book(const Plan& plan) : plan_(plan) { outcome_.records.reserve(plan.count); }

QueryMessage Book::next(std::int64_t now_ns) {
  const std::uint64_t index = outcome_.records.size();
  Record record;
  record.sent_ns = now_ns;
  outcome_.records.push_back(record);
  ++open_;
  Question question = plan_.questions[index % plan_.questions.size()];
  question.id = static_cast<std::uint16_t>(index / plan_.sockets % ids);
  return build_query(question);
}

void Book::arrived(unsigned socket, Octets message, std::int64_t now_ns) {
  const std::uint64_t all = outcome_.records.size();
  if (message.size() < 12 || all <= socket) {
    ++outcome_.malformed;
    return;
  }
  // The latest query of this socket with this ID.
  const std::uint64_t last_turn = (all - 1 - socket) / plan_.sockets;
  const std::uint64_t behind = (last_turn - load_u16(message.data())) % ids;
  if (behind > last_turn) {
    ++outcome_.malformed;
    return;
  }
  const std::uint64_t index = (last_turn - behind) * plan_.sockets + socket;
  Question asked = plan_.questions[index % plan_.questions.size()];
  asked.id = load_u16(message.data());
  const auto response = read_response(message, &asked);
  if (!response) {
    ++outcome_.malformed;
    return;
  }
  Record& record = outcome_.records[index];
  if (record.answered_ns != 0) {
    ++outcome_.duplicates;
    return;
  }
  if (now_ns - record.sent_ns > std::chrono::nanoseconds(plan_.timeout).count()) {
    ++outcome_.late;
    return;
  }
  --open_;
  record.answered_ns = now_ns;
  record.hash = hash_of(message.subspan(2));
  record.serial = response->serial.value_or(0);
  record.rcode = raw(response->rcode);
  record.nsid = nsid_index(response->nsid.value_or(""));
  record.octets = static_cast<std::uint16_t>(message.size());
  record.truncated = response->truncated;
}

std::uint16_t Book::nsid_index(const std::string& nsid) {
  auto& all = outcome_.nsids;
  const auto found = std::find(all.begin(), all.end(), nsid);
  if (found != all.end()) return static_cast<std::uint16_t>(found - all.begin());
  if (all.size() > std::numeric_limits<std::uint16_t>::max()) return 0;
  all.push_back(nsid);
  return static_cast<std::uint16_t>(all.size() - 1);
}

}  // namespace doors::asker
