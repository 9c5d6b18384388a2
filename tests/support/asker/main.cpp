// doorask: asks a DNS server at a fixed rate, whether it answers or not, and says what became of each query.
// A tool of the lab, the scenarios and the benchmarks.
#include <atomic>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <sstream>
#include <string>

#include <CLI/CLI.hpp>

#include "tests/support/asker/report.h"
#include "zones/base/file.h"

namespace {

using namespace doors;

std::atomic<bool> stop = false;
void on_signal(int) { stop = true; }

constexpr std::uint64_t most_queries = 20'000'000;
constexpr std::size_t most_list_octets = std::size_t{1} << 30;

struct Options {
  std::string server;
  std::string source;
  std::string name = ".";
  std::string type = "SOA";
  std::string names_file;
  std::string log_file;
  double duration_s = 1;
  std::int64_t timeout_ms = 2000;
  bool dnssec = false;
  bool no_nsid = false;
  bool plain = false;
};

Result<Question> question_of(const std::string& name, const std::string& type, const Options& options) {
  auto parsed_name = Name::parse(name);
  if (!parsed_name) return Unexpected(parsed_name.error());
  const auto parsed_type = parse_type(type);
  if (!parsed_type) return failure("unknown type " + type);
  Question question;
  question.name = *parsed_name;
  question.type = *parsed_type;
  question.edns = !options.plain;
  question.dnssec_ok = options.dnssec;
  question.ask_nsid = !options.no_nsid;
  return question;
}

/// A list has a line for each query: NAME, or NAME TYPE; empty lines and those that start with `;` are left
/// out.
Result<std::vector<Question>> questions_of(const Options& options) {
  std::vector<Question> questions;
  if (options.names_file.empty()) {
    auto question = question_of(options.name, options.type, options);
    if (!question) return Unexpected(question.error());
    questions.push_back(*question);
    return questions;
  }
  const auto text = read_text_file(options.names_file, most_list_octets);
  if (!text) return Unexpected(text.error());
  std::istringstream lines(*text);
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string name;
    std::string type = options.type;
    if (!(words >> name) || name[0] == ';') continue;
    words >> type;
    auto question = question_of(name, type, options);
    if (!question) return failure(options.names_file + ": " + name + ": " + question.error().message);
    questions.push_back(*question);
  }
  if (questions.empty()) return failure(options.names_file + " has no name");
  return questions;
}

Result<void> work(const Options& options, asker::Plan plan) {
  auto server = asker::parse_endpoint(options.server, 53);
  if (!server) return Unexpected(server.error());
  plan.server = *server;
  if (!options.source.empty()) {
    auto source = asker::parse_endpoint(options.source, 0);
    if (!source) return Unexpected(source.error());
    plan.source = *source;
  }
  auto questions = questions_of(options);
  if (!questions) return Unexpected(questions.error());
  plan.questions = std::move(*questions);
  plan.timeout = std::chrono::milliseconds(options.timeout_ms);
  if (plan.count == 0) plan.count = static_cast<std::uint64_t>(std::ceil(options.duration_s * plan.rate));
  if (plan.count > most_queries) return failure("over " + std::to_string(most_queries) + " queries");
  auto outcome = asker::run(plan, stop);
  if (!outcome) return Unexpected(outcome.error());
  std::puts(asker::summary(plan, *outcome).c_str());
  return options.log_file.empty() ? Result<void>{} : asker::write_log(options.log_file, plan, *outcome);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Asks a DNS server at a fixed rate and says what became of each query (JSON on stdout)."};
  app.footer(
      "Times are seconds of CLOCK_MONOTONIC. In the JSON: nsids, serials and rcodes give the answers, and "
      "the first and\n"
      "last sending that got them; changes, each time the NSID of the answers changed; longest_gap_s, the "
      "longest time\n"
      "without an answered query. SIGINT and SIGTERM end the sending. Exit code 0 whatever was lost, 1 when "
      "it could\n"
      "not ask.");
  Options options;
  asker::Plan plan;
  app.add_option("--server", options.server, "ADDR:PORT or [ADDR]:PORT; the port may be left out (53)")
      ->required();
  app.add_option("--source", options.source, "send from this ADDR or ADDR:PORT");
  app.add_option("--rate", plan.rate, "queries a second")
      ->check(CLI::Range(0.1, 200'000.0))
      ->capture_default_str();
  app.add_option("--duration", options.duration_s, "seconds")
      ->check(CLI::Range(0.0, 86'400.0))
      ->capture_default_str();
  app.add_option("--count", plan.count, "queries in all, instead of a duration");
  app.add_option("--name", options.name, "the name to ask for")->capture_default_str();
  app.add_option("--type", options.type, "its type, and that of lines without one")->capture_default_str();
  app.add_option("--names", options.names_file, "a file of lines NAME [TYPE], asked in turn");
  app.add_option("--timeout", options.timeout_ms, "milliseconds; later is lost")
      ->check(CLI::Range(1, 60'000))
      ->capture_default_str();
  app.add_option("--sockets", plan.sockets, "sockets or connections")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--log", options.log_file,
                 "a line a query: SENT ANSWERED RCODE NSID SERIAL HASH OCTETS TC NAME TYPE");
  app.add_flag("--tcp", plan.tcp, "over TCP, connections kept and pipelined");
  app.add_flag("--dnssec", options.dnssec, "set DO");
  app.add_flag("--no-nsid", options.no_nsid, "do not ask for the NSID");
  app.add_flag("--plain", options.plain, "no EDNS");
  CLI11_PARSE(app, argc, argv);

  struct sigaction action {};
  action.sa_handler = on_signal;
  (void)sigaction(SIGINT, &action, nullptr);
  (void)sigaction(SIGTERM, &action, nullptr);
  const auto done = work(options, std::move(plan));
  if (!done) {
    (void)std::fprintf(stderr, "doorask: %s\n", done.error().message.c_str());
    return 1;
  }
  return 0;
}
