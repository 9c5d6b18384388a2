#include "server/health/state_file.h"

#include <array>
#include <cstdio>
#include <utility>

#include "zones/base/config.h"
#include "zones/base/file.h"

namespace doors {

namespace {

constexpr std::int64_t last_millisecond = 253'402'300'799'999;  // of the year 9999

std::int64_t milliseconds_of(WallTime at) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count();
}

WallTime time_of(std::int64_t milliseconds) { return WallTime(std::chrono::milliseconds(milliseconds)); }

/// A TOML basic string. Octets that are no printable ASCII become '?': TOML takes only valid UTF-8, and what
/// doorctl or a peer sent may be anything.
std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c >= 0x20 && c < 0x7f ? c : '?';
  }
  return out + "\"";
}

std::filesystem::path file_in(const std::filesystem::path& directory) { return directory / "state.toml"; }

}  // namespace

std::string write_memory(const KeeperMemory& memory) {
  std::string text = "# Written by doorkeeper: what survives its restart.\n";
  if (memory.drain) {
    text += "[drain]\nreason = " + toml_string(memory.drain->reason) +
            "\nby = " + toml_string(memory.drain->by) +
            "\nsince_ms = " + std::to_string(milliseconds_of(memory.drain->since)) + "\n";
  }
  if (memory.is_far) text += "[weight]\nfar = true\n";
  for (const Change& change : memory.changes) {
    text += "[[change]]\nat_ms = " + std::to_string(milliseconds_of(change.at)) +
            "\nevent = " + toml_string(change.event) + "\nsubject = " + toml_string(change.subject) +
            "\nreason = " + toml_string(change.reason) + "\n";
  }
  return text;
}

Result<KeeperMemory> read_memory(std::string_view text, std::string file) {
  auto parsed = parse_config(text, std::move(file));
  if (!parsed) return failure(parsed.error().to_string());
  KeeperMemory memory;
  if (parsed->has("drain")) {
    Section section = parsed->table("drain");
    DrainOrder order;
    std::int64_t since = 0;
    section.string("reason", order.reason)
        .string("by", order.by)
        .number("since_ms", since, {0, last_millisecond});
    order.since = time_of(since);
    (void)section.error();
    memory.drain = std::move(order);
  }
  if (parsed->has("weight")) {
    Section section = parsed->table("weight");
    section.boolean("far", memory.is_far);
    (void)section.error();
  }
  for (Section& section : parsed->tables("change")) {
    Change change;
    std::int64_t at = 0;
    section.number("at_ms", at, {0, last_millisecond})
        .string("event", change.event)
        .string("subject", change.subject)
        .string("reason", change.reason);
    change.at = time_of(at);
    (void)section.error();
    memory.changes.push_back(std::move(change));
    if (memory.changes.size() > KeeperMemory::most_changes) memory.changes.pop_front();
  }
  if (auto wrong = parsed->error()) return failure(wrong->to_string());
  return memory;
}

KeeperMemory load_memory(const std::filesystem::path& directory, WallTime now) {
  if (directory.empty()) return {};
  const auto path = file_in(directory);
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored) && !ignored) return {};
  auto text = read_text_file(path, std::size_t{1} << 20);
  auto memory = text ? read_memory(*text, path.string()) : Result<KeeperMemory>(Unexpected(text.error()));
  if (memory) return *std::move(memory);
  KeeperMemory damaged;
  damaged.drain = DrainOrder{"the state file cannot be read, so whether this PoP was drained is not known: " +
                                 memory.error().message,
                             "doorkeeper", now};
  return damaged;
}

StateWriter::StateWriter(const std::filesystem::path& directory, std::function<void(std::string)> failed)
    : path_(file_in(directory)), failed_(std::move(failed)), thread_([this] { run(); }) {}

StateWriter::~StateWriter() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void StateWriter::save(std::string text, std::function<void(std::string)> done) {
  {
    const std::scoped_lock lock(mutex_);
    waiting_ = std::move(text);
    if (done) waiters_.push_back(std::move(done));
  }
  wake_.notify_one();
}

void StateWriter::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return ending_ || waiting_; });
    if (!waiting_) return;
    const std::string text = *std::exchange(waiting_, std::nullopt);
    const auto waiters = std::exchange(waiters_, {});
    lock.unlock();
    std::error_code ignored;
    std::filesystem::create_directories(path_.parent_path(), ignored);
    std::string error;
    if (auto written = write_file_durably(path_, octets_of(text)); !written) error = written.error().message;
    if (!error.empty() && failed_) failed_(error);
    for (const auto& waiter : waiters) waiter(error);
    lock.lock();
  }
}

}  // namespace doors
