#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "server/transport/endpoint.h"
#include "zones/base/clock.h"

namespace doors {

/// Whose connection it is, for the share: an IPv4 address, or an IPv6 /64.
using SourceKey = std::uint64_t;
[[nodiscard]] SourceKey source_key(const Endpoint& source) noexcept;

/// Who may stay connected to one worker: counts, bounds and ages, without a socket. One thread.
///
/// All connections stand in one list by their last progress (accepted, or a whole message answered), and
/// again in a list of their source's:
///
///     oldest -> c7 -> c2 -> c9 -> c4 <- newest        source A: c7 -> c9     source B: c2 -> c4
///
/// A newcomer is always let in. When all places are taken the oldest of all goes for it, and when its source
/// has its share, the oldest of that source: so a silent, half-sent or never-read connection, which makes no
/// progress, goes before one that asks, and nobody can shut others out by holding connections open.
class ClientTable {
 public:
  using Id = std::uint32_t;
  using Duration = std::chrono::milliseconds;
  struct Bounds {
    std::size_t clients = 1;  ///< at least 1
    std::size_t share = 1;    ///< of one source, at least 1
    Duration idle{10'000};
    Duration idle_under_pressure{200};
    friend bool operator==(const Bounds&, const Bounds&) = default;
  };

  explicit ClientTable(const Bounds& bounds);

  struct Admission {
    Id id;  ///< the newcomer's place, 0..bounds.clients-1
    std::optional<Id>
        evicted;  ///< who went for it; already out of the table, the caller closes it. May equal `id`
    bool by_share = false;  ///< went because of the source's share
  };
  [[nodiscard]] Admission admit(SourceKey source, Monotonic now);
  /// A whole message was answered: the client is the newest again.
  void progress(Id id, Monotonic now) noexcept;
  /// Something has to happen by then (a message to come whole, a peer to read), or the client goes; nothing
  /// lifts it. `busy`: until then it may be idle, whatever is short.
  void set_deadline(Id id, std::optional<Monotonic> deadline, bool busy = false) noexcept;
  /// The connection is closed.
  void release(Id id) noexcept;

  /// Those whose time is over: idle too long, or past their deadline. The caller closes and release()s each.
  struct Expired {
    Id id;
    bool idle;  ///< else past its deadline
  };
  void collect_expired(Monotonic now, std::vector<Expired>& expired) const;
  /// Who has made no progress for longest, if for at least `age`.
  [[nodiscard]] std::optional<Id> oldest(Monotonic now = Monotonic::max(),
                                         Duration age = Duration(0)) const noexcept;

  /// How long a client may be idle now: the full time up to half of the places taken, then falling in
  /// proportion, down to the time under pressure at nine tenths.
  [[nodiscard]] Duration idle_time() const noexcept;
  /// Something else than places is short: everybody's idle time is the one under pressure, until told
  /// otherwise.
  void set_pressed(bool pressed) noexcept { pressed_ = pressed; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return entries_.size(); }
  [[nodiscard]] const Bounds& bounds() const noexcept { return bounds_; }
  /// New times and share at once; fewer or more places only while empty of clients beyond them. Gives whether
  /// the number of places could change.
  void rebound(const Bounds& bounds);

 private:
  static constexpr Id none = UINT32_MAX;
  struct Links {
    Id older = none;
    Id newer = none;
  };
  struct List {
    Id oldest = none;
    Id newest = none;
    std::size_t size = 0;
  };
  struct Entry {
    Links all;
    Links same_source;
    SourceKey source = 0;
    Monotonic last_progress;
    Monotonic deadline = Monotonic::max();
    bool busy = false;
    bool taken = false;
  };

  /// Takes it off the lists and frees its place; its source stays known.
  void unlink(Id id) noexcept;
  void forget_if_gone(SourceKey source) noexcept;
  void append(List& list, Links Entry::*links, Id id) noexcept;
  void remove(List& list, Links Entry::*links, Id id) noexcept;

  Bounds bounds_;
  std::vector<Entry> entries_;
  std::vector<Id> free_;
  List all_;
  std::unordered_map<SourceKey, List> sources_;
  std::size_t size_ = 0;
  bool pressed_ = false;
};

}  // namespace doors
