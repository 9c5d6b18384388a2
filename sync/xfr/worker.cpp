#include "sync/xfr/worker.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <new>
#include <utility>

#include <grp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sync/xfr/connection.h"
#include "sync/xfr/job.h"
#include "zones/base/clock.h"
#include "zones/base/local_socket.h"
#include "zones/dns/rdata.h"
#include "zones/tsig/client.h"
#include "zones/tsig/verify.h"

namespace doors::xfr {

namespace {

constexpr std::uint64_t most_content_octets = std::uint64_t{4} << 30;

bool limit(decltype(RLIMIT_AS) what, rlim_t most) noexcept {
  const rlimit bound{most, most};
  return ::setrlimit(what, &bound) == 0;
}

/// From here on the process computes, and speaks over what it has open.
Result<void> give_up_rights(const Bounds& bounds) {
  constexpr uid_t nobody = 65534;
  if (::geteuid() == 0) {
    if (::setgroups(0, nullptr) != 0 || ::setresgid(nobody, nobody, nobody) != 0 ||
        ::setresuid(nobody, nobody, nobody) != 0)
      return system_failure("cannot give up root", errno);
  }
  // Of files 1, not 0: more than that poll() must not be asked to watch. Descriptor 0 is taken.
  bool done = ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
  done = done && limit(RLIMIT_CORE, 0) && limit(RLIMIT_NPROC, 0) && limit(RLIMIT_NOFILE, 1);
  done = done && limit(RLIMIT_CPU, static_cast<rlim_t>(bounds.cpu.count()));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they reserve terabytes
  done = done && limit(RLIMIT_AS, bounds.memory_octets);
#endif
  if (!done) return system_failure("cannot give up rights", errno);
  return {};
}

/// One request and its response on a connection, signed if there is a key.
class Exchange {
 public:
  Exchange(Connection& connection, const Job& job, Monotonic end)
      : connection_(connection), job_(job), end_(end) {
    if (job.primary.key) tsig_.emplace(*job.primary.key);
  }

  /// Makes and signs the request; gives its ID.
  Result<std::uint16_t> prepare(RRType type, std::optional<Serial> known) {
    const auto id = random_id();
    if (!id) return id;
    request_ = build_request(job_.zone, type, *id, known);
    if (tsig_) {
      if (auto done = tsig_->sign(request_, tsig_time(clock_.wall())); !done) return Unexpected(done.error());
    }
    return id;
  }
  Result<void> ask(std::optional<TlsClient> tls) {
    if (tls) {
      if (auto secured = connection_.secure(*std::move(tls), next_deadline()); !secured) return secured;
    }
    return connection_.send(request_, next_deadline());
  }

  /// The next message, without its TSIG record, if that is right.
  Result<Octets> next() {
    auto message = connection_.receive(next_deadline());
    if (!message || !tsig_) return message;
    const auto size = tsig_->check(*message, tsig_time(clock_.wall()));
    if (!size) return Unexpected(size.error());
    return message->first(*size);
  }
  [[nodiscard]] bool may_end() const noexcept { return !tsig_ || tsig_->is_proved(); }

 private:
  [[nodiscard]] Monotonic next_deadline() const {
    return std::min(end_, clock_.monotonic() + job_.bounds.message);
  }
  RealClock clock_;
  Connection& connection_;
  const Job& job_;
  Monotonic end_;
  std::optional<TsigClient> tsig_;
  std::vector<std::byte> request_;
};

Outcome read_serial(Exchange& exchange, const Job& job, std::uint16_t id) {
  const auto message = exchange.next();
  if (!message) return Outcome::failure(message.error().message);
  const auto soa = read_soa_response(*message, job.zone, id);
  if (!soa) return Outcome::failure(soa.error().message);
  Outcome outcome;
  outcome.kind = Outcome::Kind::serial;
  outcome.soa = *soa;
  return outcome;
}

Outcome read_zone(Exchange& exchange, const Job& job, std::uint16_t id, const std::optional<Content>& before,
                  int result) {
  ZoneReader reader =
      before ? ZoneReader(*before, id, job.bounds.limits) : ZoneReader(job.zone, id, job.bounds.limits);
  for (bool last = false; !last;) {
    const auto message = exchange.next();
    // A primary that knows no IXFR may close, or say nothing, instead of refusing it.
    if (!message)
      return Outcome::failure(message.error().message, reader.wants_axfr() && reader.records() == 0);
    const auto added = reader.add(*message);
    if (!added) return Outcome::failure(added.error().message, reader.wants_axfr());
    last = *added;
  }
  if (!exchange.may_end()) return Outcome::failure("signature: the last message is not signed");
  const auto content = reader.finish();
  if (!content) return Outcome::failure(content.error().message, reader.wants_axfr());
  Outcome outcome;
  outcome.records = reader.records();
  outcome.octets = reader.octets();
  if (!*content) {
    outcome.kind = Outcome::Kind::up_to_date;
    return outcome;
  }
  GateVerdict verdict = judge(**content, job.gates, RealClock().wall());
  if (!verdict.refusal.empty())
    return Outcome::failure(std::move(verdict.refusal), reader.change() != nullptr);
  outcome.warnings = std::move(verdict.warnings);
  outcome.kind = reader.change() != nullptr ? Outcome::Kind::change : Outcome::Kind::zone;
  outcome.soa = parse_soa((*content)->soa().rdatas.front()).value_or(SoaFields{});
  outcome.zone_octets = (*content)->stream().size();
  const auto written = reader.change() != nullptr ? write_all(result, reader.change()->stream())
                                                  : write_all(result, (*content)->stream());
  if (!written) return Outcome::failure(written.error().message);
  return outcome;
}

Outcome work(const Packet& packet) {
  const auto job = Job::read(packet.message);
  if (!job) return Outcome::failure(job.error().message);
  const std::size_t wanted_files = job->task == Task::ask_serial ? 0 : job->task == Task::take_zone ? 1 : 2;
  if (packet.fds.size() != wanted_files) return Outcome::failure("a job with other files than it needs");
  std::optional<Content> before;
  if (job->task == Task::take_news) {
    auto stream = read_descriptor(packet.fds[1].get(), most_content_octets);
    if (!stream) return Outcome::failure(stream.error().message);
    auto content = Content::parse(*std::move(stream));
    if (!content) return Outcome::failure(content.error().message);
    before = *std::move(content);
  }
  std::optional<TlsClient> tls;
  if (job->primary.tls) {
    auto made = TlsClient::make(*job->primary.tls);
    if (!made) return Outcome::failure(made.error().message);
    tls = *std::move(made);
  }
  const Monotonic began = RealClock().monotonic();
  auto connection = Connection::open(job->primary.address, began + job->bounds.connect);
  if (!connection) return Outcome::failure(connection.error().message);
  Exchange exchange(*connection, *job, began + job->bounds.whole);
  constexpr std::array<RRType, 3> types{RRType::soa, RRType::axfr, RRType::ixfr};  // by task
  const auto id = exchange.prepare(types[static_cast<std::size_t>(job->task)],
                                   before ? std::optional(before->serial()) : std::nullopt);
  if (!id) return Outcome::failure(id.error().message);
  if (auto done = give_up_rights(job->bounds); !done) return Outcome::failure(done.error().message);
  if (auto asked = exchange.ask(std::move(tls)); !asked) return Outcome::failure(asked.error().message);
  if (job->task == Task::ask_serial) return read_serial(exchange, *job, *id);
  return read_zone(exchange, *job, *id, before, packet.fds[0].get());
}

}  // namespace

int run_worker() {
  constexpr int fd = 3;
  (void)::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes with write()
  const auto packet = receive_packet(fd);
  if (!packet) return 1;
  Outcome outcome;
  try {
    outcome = work(*packet);
  } catch (const std::bad_alloc&) {
    const bool is_ixfr = packet->fds.size() > 1;  // which holds what was before, besides
    outcome = Outcome::failure("the zone needs more memory than a transfer may have", is_ixfr);
  }
  return send_packet(fd, outcome.to_message()) ? 0 : 1;
}

}  // namespace doors::xfr
