#include "server/routes/command.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <unistd.h>

#include "server/routes/child.h"
#include "zones/base/clock.h"

namespace doors {

namespace asio = boost::asio;

namespace {

using Descriptor = asio::posix::stream_descriptor;

constexpr std::chrono::milliseconds retry_after{1000};
constexpr std::size_t most_text = 4096;                       // kept
constexpr std::size_t most_printed = std::size_t{64} * 1024;  // a program that prints more is ended
constexpr int most_reads = 16;                                // per turn of the loop

/// The first line, of printable characters.
std::string first_line(std::string_view text) {
  std::string line(text.substr(0, std::min<std::size_t>(text.find('\n'), 200)));
  for (char& c : line) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  return line;
}

}  // namespace

const char* command_word(const Announcement& announcement) noexcept {
  if (announcement.wanted == Wanted::as_is) return nullptr;
  if (announcement.wanted == Wanted::withdrawn) return "withdrawn";
  switch (announcement.lane) {
    case Lane::up:
      return "up";
    case Lane::far:
      return "far";
    case Lane::drain:
      return "drain";
    case Lane::none:
      break;
  }
  return "withdrawn";
}

class Command::Runner : public std::enable_shared_from_this<Runner> {
 public:
  Runner(asio::io_context& io, Settings settings, std::function<void()> changed)
      : settings_(std::move(settings)),
        changed_(std::move(changed)),
        ended_(io),
        output_(io),
        deadline_(io),
        pause_(io) {}

  void stop() {
    changed_ = nullptr;
    finish_run();
    pause_.cancel();
    ++turn_;
  }

  void want(const std::vector<Announcement>& announcements) {
    for (const Announcement& announcement : announcements) {
      const char* word = command_word(announcement);
      if (word == nullptr) continue;
      Task& task = task_of(announcement.prefix);
      if (task.word == word) continue;
      task.word = word;
      task.next = Monotonic{};
    }
    if (child_ && tasks_[running_].word != word_) finish_run();  // what it does is wanted no more
    if (!child_) run_next();
  }

  [[nodiscard]] AnnouncerReport report() const {
    AnnouncerReport report;
    report.connected = !tasks_.empty();
    for (const Task& task : tasks_) {
      const bool done = task.done && task.done->word == task.word && task.done->problem.empty();
      report.connected = report.connected && done;
      report.routes.push_back(
          {task.prefix, task.done && task.done->problem.empty() && task.done->word != "withdrawn"});
      if (!done && report.words.empty()) {
        report.words = task.prefix + " " + task.word + ": ";
        report.words += task.done && !task.done->problem.empty() ? task.done->problem : "not run yet";
      }
    }
    if (report.words.empty()) report.words = tasks_.empty() ? "nothing is wanted yet" : "did what was wanted";
    return report;
  }

 private:
  struct Done {
    std::string word;
    std::string problem;  ///< empty: exit code 0
    friend bool operator==(const Done&, const Done&) = default;
  };
  struct Task {  ///< of one prefix
    std::string prefix;
    std::string word;          ///< what is wanted
    Monotonic next{};          ///< when it is to be run
    std::optional<Done> done;  ///< how the last run went
  };

  /// Calls `then` only for the run that waited for it.
  template <class Then>
  auto guarded(Then then) {
    return [self = shared_from_this(), turn = turn_,
            then = std::move(then)](boost::system::error_code error) mutable {
      if (!error && turn == self->turn_) then();
    };
  }

  Task& task_of(const std::string& prefix) {
    for (Task& task : tasks_) {
      if (task.prefix == prefix) return task;
    }
    return tasks_.emplace_back(Task{prefix, "", {}, {}});
  }

  void run_next() {
    if (child_) return;  // changed_() may have come back through want()
    pause_.cancel();
    if (tasks_.empty()) return;
    // What has waited longest, so that none starves; of changes, all due since ever, the withdrawals first.
    const auto first = std::ranges::min_element(
        tasks_, {}, [](const Task& task) { return std::pair(task.next, task.word != "withdrawn"); });
    if (first->next == Monotonic::max()) return;
    if (first->next <= std::chrono::steady_clock::now())
      return run(static_cast<std::size_t>(first - tasks_.begin()));
    pause_.expires_at(first->next);
    pause_.async_wait([self = shared_from_this()](boost::system::error_code error) {
      if (!error && !self->child_) self->run_next();
    });
  }

  void run(std::size_t index) {
    running_ = index;
    word_ = tasks_[index].word;
    tasks_[index].next = Monotonic::max();
    text_.clear();
    printed_ = 0;
    ++turn_;
    std::vector<std::string> words = settings_.program;
    words.push_back(tasks_[index].prefix);
    words.push_back(word_);
    auto child = Child::start(words);
    if (!child) return ended(child.error().message);
    child_.emplace(*std::move(child));
    boost::system::error_code error;
    ended_.assign(child_->ended_fd(), error);
    if (!error) output_.assign(child_->output_fd(), error);
    if (error) return ended("cannot be waited for: " + error.message());
    deadline_.expires_after(settings_.timeout);
    deadline_.async_wait(guarded([this] { ended("not done within its time limit"); }));
    ended_.async_wait(Descriptor::wait_read, guarded([this] {
                        read_output();
                        ended(child_->result());
                      }));
    wait_for_output();
  }

  void wait_for_output() {
    output_.async_wait(Descriptor::wait_read, guarded([this] {
                         const bool more = read_output();
                         if (printed_ > most_printed) return ended("prints too much");
                         if (more) wait_for_output();
                       }));
  }

  /// Reads what there is; false once there will be no more.
  bool read_output() {
    std::array<char, 1024> buffer{};
    for (int i = 0; i < most_reads; ++i) {
      const ssize_t count = ::read(child_->output_fd(), buffer.data(), buffer.size());
      if (count < 0) return true;
      if (count == 0) return false;
      const auto octets = static_cast<std::size_t>(count);
      printed_ += octets;
      text_.append(buffer.data(), std::min(octets, most_text - text_.size()));
    }
    return true;
  }

  void finish_run() {
    ++turn_;
    deadline_.cancel();
    // The descriptors are the child's: given back before it closes them.
    if (ended_.is_open()) (void)ended_.release();
    if (output_.is_open()) (void)output_.release();
    child_.reset();
  }

  void ended(std::string problem) {
    finish_run();
    if (const std::string said = first_line(text_); !problem.empty() && !said.empty()) problem += ": " + said;
    Task& task = tasks_[running_];
    const bool good = problem.empty();
    const Done done{word_, std::move(problem)};
    const bool news = task.done != done;
    task.done = done;
    if (task.next == Monotonic::max())
      task.next = std::chrono::steady_clock::now() + (good ? settings_.every : retry_after);
    if (news && changed_) changed_();
    run_next();
  }

  const Settings settings_;
  std::function<void()> changed_;
  Descriptor ended_;  ///< the child's, as output_ is
  Descriptor output_;
  asio::steady_timer deadline_;
  asio::steady_timer pause_;
  std::vector<Task> tasks_;
  std::optional<Child> child_;
  std::size_t running_ = 0;  ///< whose run it is
  std::string word_;         ///< what it was told
  std::string text_;         ///< what it has printed, `most_text` at most
  std::size_t printed_ = 0;
  std::uint64_t turn_ = 0;  ///< counts runs and their ends; older handlers are ignored
};

Command::Command(boost::asio::io_context& io, Settings settings, std::function<void()> changed)
    : runner_(std::make_shared<Runner>(io, std::move(settings), std::move(changed))) {}

// NOLINTNEXTLINE(bugprone-exception-escape): cancel() throws for a timer that is none only
Command::~Command() { runner_->stop(); }

void Command::want(const std::vector<Announcement>& announcements) { runner_->want(announcements); }

AnnouncerReport Command::report() const { return runner_->report(); }

}  // namespace doors
