// Asks a server as fast as it answers, or at a fixed rate, and tells what came back as one line of JSON.
#include "bench/tools/load.h"

#include <cstdio>
#include <cstdlib>

#include "bench/tools/options.h"

namespace {

using namespace doors::bench;

constexpr const char* help =
    "bench_load --to ADDRESS:PORT --questions FILE [options]\n"
    "  --mode udp|tcp|tcp-each  datagrams; connections that stay; one connection a question\n"
    "  --seconds 5\n"
    "  --rate 0                 questions a second over UDP, evenly spaced; 0: as many as are answered\n"
    "  --sockets 8              sockets or connections\n"
    "  --outstanding 128        questions open at once\n"
    "  --patience 1             seconds until a question is lost\n"
    "  --do                     with EDNS and DO\n"
    "FILE has lines NAME TYPE, as dnsperf takes them; they are asked in order, over and over.\n"
    "SIGTERM ends a run over UDP early.\n";

Tally run(const std::string& mode, const LoadPlan& plan, const Questions& questions) {
  if (mode == "tcp") return load_tcp(plan, questions);
  if (mode == "tcp-each") return load_tcp_each(plan, questions);
  return plan.rate > 0 ? load_udp_at_rate(plan, questions) : load_udp(plan, questions);
}

}  // namespace

int main(int argc, char** argv) {
  const auto text = [&](const char* name, const char* otherwise) {
    return option(argc, argv, name, otherwise);
  };
  const auto number = [&](const char* name, const char* otherwise) {
    return std::strtod(text(name, otherwise).c_str(), nullptr);
  };
  const std::string mode = text("--mode", "udp");
  if (flag(argc, argv, "--help") || text("--to", "").empty() || text("--questions", "").empty() ||
      (mode != "udp" && mode != "tcp" && mode != "tcp-each")) {
    std::fputs(help, stderr);
    return 2;
  }
  LoadPlan plan;
  plan.to = address_of(text("--to", ""));
  plan.seconds = number("--seconds", "5");
  plan.rate = number("--rate", "0");
  plan.sockets = static_cast<unsigned>(number("--sockets", "8"));
  plan.outstanding = static_cast<unsigned>(number("--outstanding", "128"));
  plan.patience = number("--patience", "1");
  if (plan.seconds <= 0 || plan.sockets == 0 || plan.sockets > 1000 || plan.outstanding > 16384) {
    std::fputs(help, stderr);
    return 2;
  }
  std::signal(SIGTERM, [](int) { told_to_stop = 1; });
  const Questions questions = Questions::read(text("--questions", ""), flag(argc, argv, "--do"));
  std::puts(run(mode, plan, questions).to_json().c_str());
  return 0;
}
