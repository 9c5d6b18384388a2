#include "sync/ctl/serve.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <optional>

#include <poll.h>
#include <unistd.h>

#include "sync/ctl/endpoint.h"
#include "sync/ctl/listener_check.h"
#include "sync/ctl/responder.h"
#include "sync/ctl/serve_feed.h"
#include "sync/ctl/signals.h"
#include "sync/ctl/toml_text.h"

namespace doors::ctl {
namespace {

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
  return name.data();
}

class Serve {
 public:
  Serve(Terminal& terminal, const ServeOptions& options, Signals signals)
      : terminal_(terminal), options_(options), signals_(std::move(signals)) {}

  Outcome<ExitCode> run() {
    if (options_.listen.empty()) options_.listen = {"127.0.0.1:5300", "[::1]:5300"};
    if (!options_.report_agent.empty()) {
      const Result<Name> agent = Name::parse(options_.report_agent);
      if (!agent) return refused("--report-agent " + options_.report_agent + ": " + agent.error().message);
    }
    for (const std::string& listen : options_.listen) {
      if (auto endpoint = Endpoint::parse(listen); !endpoint) return Unexpected(endpoint.error());
    }
    ServeFeed::Settings feed_settings{.load = {}, .check_dnssec = options_.check};
    feed_settings.load.run = run_on_all_cores;
    if (!options_.zones.origin.empty()) {
      const Result<Name> origin = Name::parse(options_.zones.origin);
      if (!origin) return refused("--origin " + options_.zones.origin + ": " + origin.error().message);
      feed_settings.load.origin = *origin;
    }
    const auto found = find();
    if (!found) return Unexpected(found.error());
    if (const auto note = note_of_skipped(found->skipped)) terminal_.note(*note);
    std::optional<ServeState> state;
    if (!options_.state.empty()) {
      auto opened = ServeState::open(options_.state);
      if (!opened) return Unexpected(opened.error());
      state.emplace(*std::move(opened));
    }
    if (auto started = start_doord(); !started) return Unexpected(started.error());
    ServeFeed feed(terminal_, *doord_, state ? &*state : nullptr, std::move(feed_settings),
                   [this](const std::vector<int>& descriptors) { return wait_for(descriptors); });
    Outcome<ExitCode> ended = serve(feed, *found);
    if (told_to_stop_) return stop();
    // A socket may say that doord has gone before SIGCHLD does.
    const bool lost = !ended && ended.error().code == ExitCode::unreachable;
    if (const auto how = responder_->ended(std::chrono::milliseconds(lost ? 1000 : 0))) {
      if (!ready_) return refused("doord did not start: " + *how);
      return unreachable("doord ended by itself: " + *how);
    }
    return ended;
  }

 private:
  [[nodiscard]] Outcome<ZoneFiles> find() const {
    auto found = find_zone_files(options_.zones.paths);
    if (!found) return found;
    if (found->files.empty()) return refused("there is no zone file in what was named");
    if (!options_.zones.origin.empty() && found->files.size() > 1) {
      return refused("--origin is for one zone file, and here are several");
    }
    return found;
  }

  Outcome<void> start_doord() {
    const auto program = find_program("doord");
    if (!program) return Unexpected(program.error());
    const auto config = responder_config(options_, options_.nsid.empty() ? host_name() : options_.nsid);
    if (!config) return Unexpected(config.error());
    auto responder = Responder::start(*program, *config);
    if (!responder) return Unexpected(responder.error());
    responder_ = std::make_unique<Responder>(*std::move(responder));
    doord_.emplace(Session::over(std::move(responder_->control()), "doord"));
    return {};
  }

  Outcome<ExitCode> serve(ServeFeed& feed, const ZoneFiles& found) {
    const Unexpected<Failure> given_up(Failure{ExitCode::unreachable, "given up"});  // run() knows why
    const auto listening = feed.ask(ControlMessage("listening"));
    if (!listening) return Unexpected(listening.error());
    if (!*listening) return given_up;
    if (auto read = read_listening(**listening); !read) return Unexpected(read.error());
    const auto first = feed.bring_in(found.files);
    if (!first) return Unexpected(first.error());
    if (!*first) return given_up;
    const auto zone = feed.served().any_zone();
    if (!zone) return refused("no zone is left to serve");
    const auto answering =
        wait_until_answering(udp_, tcp_, *zone, std::chrono::steady_clock::now() + std::chrono::seconds(20),
                             [this] { return !look_at_signals(); });
    if (!answering) return Unexpected(answering.error());
    terminal_.print("ready zones=" + std::to_string(feed.served().size()) + " listen=" + addresses());
    terminal_.flush();

    ready_ = true;
    for (;;) {
      if (!wait_for({doord_->descriptor()}, true)) return given_up;
      if (!std::exchange(reload_, false)) return unreachable("doord closed its control socket");
      const auto now = find();
      if (!now) {
        terminal_.error(now.error().message + "; everything stays as it is");
        continue;
      }
      const auto round = feed.bring_in(now->files);
      if (!round) return Unexpected(round.error());
      if (!*round) return given_up;
      terminal_.print("reloaded zones=" + std::to_string(feed.served().size()) + " changed=" +
                      std::to_string((*round)->changed) + " removed=" + std::to_string((*round)->removed) +
                      " failed=" + std::to_string((*round)->failed));
      terminal_.flush();
    }
  }

  Outcome<void> read_listening(const ControlMessage& message) {
    for (const auto& [key, value] : message.fields()) {
      if (key != "udp" && key != "tcp") continue;
      const auto endpoint = Endpoint::parse(value);
      if (!endpoint) return Unexpected(endpoint.error());
      (key == "udp" ? udp_ : tcp_).push_back(*endpoint);
    }
    if (udp_.empty() && tcp_.empty()) return unreachable("doord listens nowhere");
    return {};
  }

  /// Each address once: UDP and TCP share theirs.
  [[nodiscard]] std::string addresses() const {
    std::vector<std::string> list;
    for (const auto* endpoints : {&udp_, &tcp_}) {
      for (const Endpoint& endpoint : *endpoints) {
        std::string text = endpoint.to_string();
        if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(std::move(text));
      }
    }
    std::string joined;
    for (const std::string& text : list) joined += (joined.empty() ? "" : ",") + text;
    return joined;
  }

  /// Takes in what the signals say. False: time to go.
  bool look_at_signals() {
    while (const std::optional<Told> told = signals_.next()) {
      switch (*told) {
        case Told::stop:
          told_to_stop_ = true;
          break;
        case Told::reload:
          reload_ = true;
          break;
        case Told::child:
          responder_gone_ = responder_->ended(std::chrono::milliseconds(0)).has_value();
          break;
      }
    }
    return !told_to_stop_ && !responder_gone_;
  }

  /// Waits until a descriptor is readable, or, with `or_reload`, a reload is asked for. False: time to go.
  bool wait_for(const std::vector<int>& descriptors, bool or_reload = false) {
    std::vector<pollfd> polled{{signals_.descriptor(), POLLIN, 0}};
    for (const int descriptor : descriptors) polled.push_back({descriptor, POLLIN, 0});
    for (;;) {
      if (or_reload && reload_) return true;
      if (::poll(polled.data(), polled.size(), -1) < 0 && errno != EINTR) return false;
      if (!look_at_signals()) return false;
      const bool readable =
          std::any_of(polled.begin() + 1, polled.end(), [](const pollfd& one) { return one.revents != 0; });
      if (readable) return true;
    }
  }

  Outcome<ExitCode> stop() {
    if (!responder_->stop(std::chrono::seconds(5))) {
      terminal_.warn("doord did not end cleanly");
    }
    return ExitCode::done;
  }

  Terminal& terminal_;
  ServeOptions options_;
  Signals signals_;
  std::unique_ptr<Responder> responder_;
  std::optional<Session> doord_;
  std::vector<Endpoint> udp_, tcp_;
  bool told_to_stop_ = false;
  bool responder_gone_ = false;
  bool reload_ = false;
  bool ready_ = false;
};

}  // namespace

Outcome<std::string> responder_config(const ServeOptions& options, const std::string& name) {
  auto access = access_tables(options.access);
  if (!access) return access;
  const auto secrets = cookie_secrets_line(options.cookie_secrets);
  if (!secrets) return secrets;
  return "[node]\n"
         "name = " +
         toml_string(name) +
         "\n"
         "[identity]\n"
         "nsid = " +
         toml_string(name) +
         "\n"
         "id_server = " +
         toml_string(name) +
         "\n"
         "hostname_bind = " +
         toml_string(name) +
         "\n"
         "[cookies]\n"
         "enabled = " +
         (options.no_cookies ? "false" : "true") + "\n" + *secrets +
         "[report]\n"
         "agent = " +
         toml_string(options.report_agent) +
         "\n"
         "[udp]\n"
         "listen = " +
         toml_strings(options.listen) +
         "\n"
         "workers = " +
         std::to_string(options.workers) +
         "\n"
         "[zones]\n"
         "images = \"\"\n"
         "[control]\n"
         "socket = \"\"\n"
         "[log]\n"
         "level = " +
         toml_string(options.verbose ? "info" : "warn") + "\n" + *access;
}

ExitCode run_serve(Terminal& terminal, const ServeOptions& options) {
  auto signals = Signals::catch_all();
  if (!signals) return terminal.fail(signals.error());
  const Outcome<ExitCode> code = Serve(terminal, options, *std::move(signals)).run();
  return code ? *code : terminal.fail(code.error());
}

}  // namespace doors::ctl
