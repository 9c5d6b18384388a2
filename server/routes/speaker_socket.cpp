#include "server/routes/speaker_socket.h"

#include <array>
#include <chrono>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

namespace doors {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds step_time{1};  // per connect, greeting, command
constexpr std::chrono::seconds assert_every{1};

}  // namespace

/// The connection's life; kept alive by its pending handlers, silenced by stop().
class SpeakerSocket::Conversation : public std::enable_shared_from_this<Conversation> {
 public:
  Conversation(asio::io_context& io, Settings settings, std::function<void()> changed)
      : settings_(std::move(settings)),
        changed_(std::move(changed)),
        socket_(io),
        deadline_(io),
        pause_(io) {}

  void start() { connect(); }

  void stop() {
    stopped_ = true;
    changed_ = nullptr;
    ++generation_;
    boost::system::error_code ignored;
    socket_.close(ignored);
    deadline_.cancel();
    pause_.cancel();
  }

  void want(const std::vector<Announcement>& wanted) {
    if (wanted == wanted_) return;
    wanted_ = wanted;
    if (phase_ == Phase::resting) {
      pause_.cancel();
      begin_round();
    } else {
      again_ = true;  // the round under way was made for the old state
    }
  }

  [[nodiscard]] AnnouncerReport report() const {
    AnnouncerReport report;
    report.connected = connected_;
    report.routes = connected_ ? routes_ : std::vector<AnnouncerReport::Route>{};
    report.words = connected_ ? (refusal_.empty() ? "connected" : "connected, but " + refusal_)
                              : "not connected: " + problem_;
    return report;
  }

 private:
  enum class Phase { waiting_to_connect, connecting, greeting, asking, resting };

  /// Calls `then` only if the conversation has not been given up since.
  template <class Then>
  auto guarded(Then then) {
    return [self = shared_from_this(), generation = generation_,
            then = std::move(then)](auto... results) mutable {
      if (generation == self->generation_ && !self->stopped_) then(results...);
    };
  }

  void arm_deadline(const char* doing) {
    deadline_.expires_after(step_time);
    deadline_.async_wait(guarded([this, doing](boost::system::error_code error) {
      if (!error) give_up(std::string(doing) + ": no answer within 1 s");
    }));
  }

  void connect() {
    phase_ = Phase::connecting;
    arm_deadline("connect");
    // A path too long for a socket address throws; read_keeper_config() has checked the length.
    socket_.async_connect(asio::local::stream_protocol::endpoint(settings_.socket.string()),
                          guarded([this](boost::system::error_code error) {
                            if (error) return give_up("connect: " + error.message());
                            if (!settings_.greets) return begin_round();
                            phase_ = Phase::greeting;
                            arm_deadline("greeting");
                            read_reply();
                          }));
  }

  void give_up(std::string problem) {
    ++generation_;
    boost::system::error_code ignored;
    socket_.close(ignored);
    deadline_.cancel();
    phase_ = Phase::waiting_to_connect;
    const bool news = connected_ || problem != problem_;
    connected_ = false;
    problem_ = std::move(problem);
    routes_.clear();
    refusal_.clear();
    if (news && changed_) changed_();
    pause_.expires_after(assert_every);
    pause_.async_wait(guarded([this](boost::system::error_code error) {
      if (!error) connect();
    }));
  }

  void read_reply() {
    reply_ = settings_.new_reply();
    read_more();
  }

  void read_more() {
    socket_.async_read_some(asio::buffer(buffer_),
                            guarded([this](boost::system::error_code error, std::size_t octets) {
                              if (error) return give_up("read: " + error.message());
                              const auto got = Octets(buffer_).first(octets);
                              switch (reply_->feed(got)) {
                                case SpeakerReply::State::more:
                                  return read_more();
                                case SpeakerReply::State::broken:
                                  return give_up("reply breaks " + settings_.protocol_of + " protocol");
                                case SpeakerReply::State::complete:
                                  return replied();
                              }
                            }));
  }

  void replied() {
    if (phase_ == Phase::greeting) {
      if (!reply_->succeeded()) return give_up("greeting: code " + std::to_string(reply_->code()));
      return begin_round();
    }
    const SpeakerCommand& command = commands_[next_ - 1];
    if (command.asks_route) {
      round_routes_.push_back({command.subject, reply_->succeeded() && reply_->has_route()});
    } else if (!reply_->succeeded() && round_refusal_.empty()) {
      round_refusal_ = "\"" + command.line + "\" was refused with code " + std::to_string(reply_->code());
    }
    ask_next();
  }

  void begin_round() {
    phase_ = Phase::asking;
    again_ = false;
    commands_ = settings_.commands(wanted_);
    next_ = 0;
    round_routes_.clear();
    round_refusal_.clear();
    ask_next();
  }

  void ask_next() {
    if (again_) return begin_round();
    if (next_ == commands_.size()) return end_round();
    line_ = commands_[next_++].line + settings_.line_end;
    arm_deadline("command");
    asio::async_write(socket_, asio::buffer(line_),
                      guarded([this](boost::system::error_code error, std::size_t) {
                        if (error) return give_up("write: " + error.message());
                        read_reply();
                      }));
  }

  void end_round() {
    deadline_.cancel();
    phase_ = Phase::resting;
    const bool news = !connected_ || routes_ != round_routes_ || refusal_ != round_refusal_;
    connected_ = true;
    problem_.clear();
    routes_ = round_routes_;
    refusal_ = round_refusal_;
    pause_.expires_after(assert_every);
    pause_.async_wait(guarded([this](boost::system::error_code error) {
      if (!error && phase_ == Phase::resting) begin_round();
    }));
    if (news && changed_) changed_();
  }

  const Settings settings_;
  std::function<void()> changed_;
  asio::local::stream_protocol::socket socket_;
  asio::steady_timer deadline_;
  asio::steady_timer pause_;

  Phase phase_ = Phase::waiting_to_connect;
  bool stopped_ = false;
  bool again_ = false;
  std::uint64_t generation_ = 0;  ///< counts connections given up; older handlers are ignored
  std::vector<Announcement> wanted_;
  std::vector<SpeakerCommand> commands_;
  std::size_t next_ = 0;  ///< the command after the one being asked
  std::string line_;
  std::array<std::byte, 4096> buffer_{};
  std::unique_ptr<SpeakerReply> reply_;

  bool connected_ = false;  ///< a whole round has been answered on this connection
  std::string problem_ = "not tried yet";
  std::string refusal_;
  std::string round_refusal_;
  std::vector<AnnouncerReport::Route> routes_;
  std::vector<AnnouncerReport::Route> round_routes_;
};

SpeakerSocket::SpeakerSocket(boost::asio::io_context& io, Settings settings, std::function<void()> changed)
    : conversation_(std::make_shared<Conversation>(io, std::move(settings), std::move(changed))) {
  conversation_->start();
}

// NOLINTNEXTLINE(bugprone-exception-escape): cancel() throws for a timer that is none only
SpeakerSocket::~SpeakerSocket() { conversation_->stop(); }

void SpeakerSocket::want(const std::vector<Announcement>& announcements) {
  conversation_->want(announcements);
}

AnnouncerReport SpeakerSocket::report() const { return conversation_->report(); }

}  // namespace doors
