#include "server/health/prober.h"

#include <array>
#include <chrono>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "server/health/probe.h"

namespace doors {

namespace asio = boost::asio;

namespace {

constexpr std::array kinds{CheckKind::udp, CheckKind::tcp, CheckKind::must_fail, CheckKind::zone};

}  // namespace

class Prober::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, const Clock& clock, const std::vector<KeeperConfig::Service>& services,
       KeeperConfig::Probe how, Handler probed)
      : io_(io), clock_(clock), how_(std::move(how)), probed_(std::move(probed)) {
    for (std::size_t i = 0; i < services.size(); ++i) {
      const auto offset = how_.interval * static_cast<int>(i) / static_cast<int>(services.size());
      addresses_.push_back(services[i].address);
      for (const CheckKind kind : kinds) {
        if (kind == CheckKind::zone && how_.zones.empty()) continue;
        rounds_.push_back(Round{i, kind, clock.monotonic() + offset, asio::steady_timer(io)});
      }
    }
    turns_.resize(services.size());
    tcp_is_out_.resize(services.size());
  }

  void begin() {
    for (Round& round : rounds_) schedule(round);
  }

  void stop() {
    stopped_ = true;
    rounds_.clear();
    probed_ = nullptr;
  }

  void configure(const KeeperConfig::Probe& how) { how_ = how; }

  void ask(std::size_t service, CheckKind kind) {
    const bool tcp = kind == CheckKind::tcp;
    if (tcp && tcp_is_out_[service]) return;
    if (tcp) tcp_is_out_[service] = true;
    std::size_t zone = 0;
    if (kind == CheckKind::zone) zone = 1 + turns_[service]++ % how_.zones.size();
    doors::ask(io_, probe_of(service, kind, zone),
               [self = shared_from_this(), service, kind, tcp, zone](ProbeReport report) {
                 if (self->stopped_) return;
                 if (tcp) self->tcp_is_out_[service] = false;
                 self->probed_(Probed{service, kind, std::move(report), zone});
               });
  }

 private:
  /// One kind of question to one service.
  struct Round {
    std::size_t service;
    CheckKind kind;
    Monotonic next;
    asio::steady_timer timer;
  };

  [[nodiscard]] std::chrono::milliseconds interval_of(CheckKind kind) const noexcept {
    return kind == CheckKind::udp    ? how_.interval
           : kind == CheckKind::tcp  ? how_.tcp_interval
           : kind == CheckKind::zone ? how_.zones_interval
                                     : how_.must_fail_interval;
  }

  void schedule(Round& round) {
    round.timer.expires_at(round.next);
    round.timer.async_wait([self = shared_from_this(), &round](boost::system::error_code error) {
      if (error || self->stopped_) return;
      // From the plan, not from now, so that the rate holds; but no burst to make up for a time asleep.
      const auto interval = self->interval_of(round.kind);
      round.next += interval;
      if (const auto now = self->clock_.monotonic(); round.next <= now) round.next = now + interval;
      self->ask(round.service, round.kind);
      self->schedule(round);
    });
  }

  [[nodiscard]] Probe probe_of(std::size_t service, CheckKind kind, std::size_t zone) const {
    Probe probe;
    probe.address = addresses_[service];
    probe.tcp = kind == CheckKind::tcp;
    probe.identity = how_.identity;
    probe.timeout = probe.tcp ? how_.tcp_timeout : how_.timeout;
    probe.question.name = kind == CheckKind::must_fail ? how_.must_fail
                          : kind == CheckKind::zone    ? how_.zones[zone - 1]
                                                       : how_.zone;
    probe.question.type = kind == CheckKind::zone ? RRType::soa : how_.type;
    probe.question.ask_nsid = probe.identity.how == Identify::nsid;
    if (probe.identity.how == Identify::id_server) {
      if (kind == CheckKind::udp) {
        static const Name id_server = *Name::parse("id.server.");
        probe.question.name = id_server;
        probe.question.type = RRType::txt;
        probe.question.rr_class = RRClass::ch;
      } else {
        probe.identity.how = Identify::none;  // the zone's own answer does not say from whom it is
      }
    }
    return probe;
  }

  asio::io_context& io_;
  const Clock& clock_;
  KeeperConfig::Probe how_;
  Handler probed_;
  std::vector<ServiceAddress> addresses_;  // by service
  std::vector<bool> tcp_is_out_;           // by service: a question over TCP is under way
  std::vector<std::size_t> turns_;         // by service: questions of kind `zone` so far
  std::vector<Round> rounds_;              // its handlers refer into it: filled once
  bool stopped_ = false;
};

Prober::Prober(asio::io_context& io, const Clock& clock, const std::vector<KeeperConfig::Service>& services,
               const KeeperConfig::Probe& how, Handler probed)
    : impl_(std::make_shared<Impl>(io, clock, services, how, std::move(probed))) {
  impl_->begin();
}

// NOLINTNEXTLINE(bugprone-exception-escape): cancelling throws for a timer that is none only
Prober::~Prober() { impl_->stop(); }

void Prober::configure(const KeeperConfig::Probe& how) { impl_->configure(how); }
void Prober::ask_tcp(std::size_t service) { impl_->ask(service, CheckKind::tcp); }

}  // namespace doors
