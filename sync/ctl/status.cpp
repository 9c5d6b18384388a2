#include "sync/ctl/status.h"

#include <algorithm>

#include "sync/ctl/fleet_status.h"
#include "sync/ctl/report.h"
#include "sync/ctl/secondaries_report.h"
#include "sync/ctl/session.h"
#include "sync/ctl/status_rows.h"

namespace doors::ctl {
namespace {

constexpr std::size_t listed_zones = 50;

/// A program's own words: its reply, or why there is none.
struct Said {
  std::optional<ControlMessage> reply;
  std::string why_not;
};

Said ask_status(const std::filesystem::path& socket, const char* program) {
  Outcome<Session> session = Session::open(socket, program);
  if (!session) return {std::nullopt, session.error().message};
  Outcome<Packet> reply = session->ask(ControlMessage("status"), std::chrono::seconds(3));
  if (!reply) return {std::nullopt, reply.error().message};
  return {std::move(reply->message), ""};
}

/// All fields of a message; numbers as numbers, a key that comes more than once as a list.
Value json_of(const Said& said) {
  if (!said.reply) return Value::Object{{"reachable", false}, {"error", said.why_not}};
  Value::Object object{{"reachable", true}};
  for (const auto& [key, text] : said.reply->fields()) {
    if (said.reply->get(key)->data() != text.data()) continue;  // not the first of its key
    Value::List values;
    for (const auto& [other, value] : said.reply->fields()) {
      if (other != key) continue;
      ControlMessage one;
      one.with("value", value);
      const auto number = one.number("value");
      values.push_back(number ? Value(*number) : Value(value));
    }
    const bool single = values.size() == 1;
    object.emplace_back(key, single ? std::move(values.front()) : Value(std::move(values)));
  }
  return object;
}

std::string doord_line(const Said& said) {
  if (!said.reply) return said.why_not;
  const ControlMessage& reply = *said.reply;
  const auto number = [&](const char* key) { return reply.number(key).value_or(0); };
  std::string line = "up " + in_words(std::chrono::milliseconds(number("uptime_ms")));
  line += ", " + counted(number("zones"), "zone") + ", " + counted(number("workers"), "worker");
  line += ", queries: " + with_commas(number("udp_queries")) + " UDP, " + with_commas(number("tcp_queries")) +
          " TCP";
  line += ", dropped " + with_commas(number("dropped"));
  if (reply.text("draining") == "yes" || reply.text("draining") == "1" || reply.text("draining") == "true")
    line += ", draining";
  return line;
}

std::string doorkeeper_line(const Said& said) {
  if (!said.reply) return said.why_not;
  std::string line(said.reply->text("state"));
  if (const auto since = said.reply->number("since_ms")) {
    line += " for " + in_words(std::chrono::milliseconds(*since));
  }
  for (const auto& [key, value] : said.reply->fields()) {
    if (key == "prefix") line += ", " + value;
  }
  return line;
}

class Status {
 public:
  Status(Terminal& terminal, const Settings& settings, const StatusOptions& options)
      : terminal_(terminal), settings_(settings), options_(options) {}

  Outcome<ExitCode> run() {
    auto doorsync = Session::open(settings_.doorsync_socket, "doorsync");
    if (!doorsync) return Unexpected(doorsync.error());
    auto end =
        doorsync->stream(ControlMessage("status"), "end", usual_silence, [&](const ControlMessage& message) {
          if (message.verb() == "zone") rows_.push_back(read_zone_row(message));
        });
    if (!end) return Unexpected(end.error());
    end_ = *std::move(end);
    if (end_.text("hub") == "yes") return run_fleet_status(terminal_, *doorsync, end_, options_);
    // Without the store nobody knows what is newest; what is served is known all the same.
    if (store_is_there()) {
      auto heads = ask_heads(*doorsync);
      if (!heads) return Unexpected(heads.error());
      heads_ = *std::move(heads);
    }
    auto secondaries = ask_secondaries(*doorsync);
    if (!secondaries) return Unexpected(secondaries.error());
    secondaries_ = *std::move(secondaries);
    std::sort(rows_.begin(), rows_.end(), [](const ZoneRow& a, const ZoneRow& b) {
      return std::tie(a.zone, a.pop, a.node) < std::tie(b.zone, b.pop, b.node);
    });
    nodes_ = summaries(rows_, heads_);
    doord_ = ask_status(settings_.doord_socket, "doord");
    doorkeeper_ = ask_status(settings_.doorkeeper_socket, "doorkeeper");
    const bool all_current =
        std::all_of(nodes_.begin(), nodes_.end(), [](const NodeSummary& node) { return node.behind == 0; }) &&
        (!nodes_.empty() || std::none_of(heads_.begin(), heads_.end(), [](const auto& head) {
          return head.second.kind != VersionKind::tombstone;
        }));
    const bool fine = all_current && doord_.reply.has_value() && store_is_there() && !end_.get("alarm");
    if (options_.json) {
      print_json(fine);
    } else {
      print_text();
    }
    return fine ? ExitCode::done : ExitCode::partly;
  }

 private:
  [[nodiscard]] bool store_is_there() const { return end_.text("store") != "lost"; }

  void print_text() {
    const auto line = [&](const char* program, bool good, const std::string& words) {
      terminal_.print(terminal_.paint(good ? Paint::strong : Paint::bad, program) + ": " + printable(words));
    };
    line("doord", doord_.reply.has_value(), doord_line(doord_));
    const std::string revision(end_.text("revision"));
    line("doorsync", true,
         "PoP " + std::string(end_.text("pop")) + ", node " + std::string(end_.text("node")) + ", doord " +
             std::string(end_.text("doord")) +
             (end_.number("held").value_or(0) > 0
                  ? ", " + counted(*end_.number("held"), "zone") + " held back by its delay"
                  : "") +
             (revision.empty() ? "" : ", store revision " + revision));
    for (const auto& [key, text] : end_.fields()) {
      if (key == "alarm") line("alarm", false, text);
    }
    if (!store_is_there()) {
      line("store", false,
           "lost for " + in_words(std::chrono::milliseconds(end_.number("store_lost_ms").value_or(0))) +
               ": " + std::string(end_.text("store_reason")));
    }
    line("doorkeeper", doorkeeper_.reply.has_value(), doorkeeper_line(doorkeeper_));

    Table nodes(
        {{"POP"}, {"NODE"}, {"ZONES", Table::Align::right}, {"BEHIND", Table::Align::right}, {"STATE"}});
    for (const NodeSummary& node : nodes_) {
      nodes.add({node.pop, node.node, with_commas(node.current), with_commas(node.behind),
                 node.behind == 0 ? Table::Cell("served", Paint::good)
                                  : Table::Cell(printable(node.first_reason), Paint::bad)});
    }
    terminal_.print("");
    terminal_.print_text(nodes.render(&terminal_));

    Table zones({{"ZONE"},
                 {"VERSION", Table::Align::right},
                 {"SERIAL", Table::Align::right},
                 {"NEWEST", Table::Align::right},
                 {"POP"},
                 {"NODE"},
                 {"STATE"},
                 {"FOR", Table::Align::right},
                 {"REASON"}});
    std::size_t left_out = 0;
    for (const ZoneRow& row : rows_) {
      const bool current = is_current(row, heads_);
      const bool shown =
          options_.all || rows_.size() <= listed_zones || (!current && zones.size() < listed_zones);
      if (!shown) {
        ++left_out;
        continue;
      }
      const auto head = heads_.find(row.zone);
      zones.add({row.zone.to_string(), row.number.to_string(), std::to_string(row.serial),
                 head == heads_.end() ? "" : head->second.number.to_string(), row.pop, row.node,
                 Table::Cell(printable(row.state), current ? Paint::good : Paint::bad), in_words(row.age),
                 printable(row.reason)});
    }
    if (zones.size() > 0) {
      terminal_.print("");
      terminal_.print_text(zones.render(&terminal_));
    }
    if (!secondaries_.empty()) {
      terminal_.print("");
      terminal_.print_text(secondaries_table(secondaries_).render(&terminal_));
    }
    if (left_out > 0) terminal_.print("… and " + counted(left_out, "row") + " more (--all shows them)");
  }

  void print_json(bool fine) {
    Value::List nodes, zones;
    for (const NodeSummary& node : nodes_) {
      nodes.push_back(Value::Object{{"pop", node.pop},
                                    {"node", node.node},
                                    {"current", std::uint64_t{node.current}},
                                    {"behind", std::uint64_t{node.behind}},
                                    {"reason", node.first_reason}});
    }
    for (const ZoneRow& row : rows_) {
      const auto head = heads_.find(row.zone);
      Value::Object zone{{"zone", row.zone.to_string()},
                         {"pop", row.pop},
                         {"node", row.node},
                         {"epoch", row.number.epoch},
                         {"seq", row.number.seq},
                         {"serial", row.serial},
                         {"state", row.state},
                         {"current", is_current(row, heads_)},
                         {"age_ms", static_cast<std::uint64_t>(row.age.count())},
                         {"reason", row.reason}};
      if (head != heads_.end()) {
        zone.emplace_back("newest_epoch", head->second.number.epoch);
        zone.emplace_back("newest_seq", head->second.number.seq);
        zone.emplace_back("newest_serial", head->second.serial.raw());
      }
      zones.push_back(std::move(zone));
    }
    Value::List alarms;
    for (const auto& [key, text] : end_.fields()) {
      if (key == "alarm") alarms.push_back(Value(text));
    }
    terminal_.print_json(Value::Object{{"result", fine ? "done" : "partly"},
                                       {"alarms", std::move(alarms)},
                                       {"checkpoint", end_.number("checkpoint").value_or(0)},
                                       {"pop", end_.text("pop")},
                                       {"node", end_.text("node")},
                                       {"doord_link", end_.text("doord")},
                                       {"store", end_.text("store")},
                                       {"store_reason", end_.text("store_reason")},
                                       {"revision", end_.text("revision")},
                                       {"doord", json_of(doord_)},
                                       {"doorkeeper", json_of(doorkeeper_)},
                                       {"nodes", std::move(nodes)},
                                       {"zones", std::move(zones)},
                                       {"secondaries", secondaries_json(secondaries_)}});
  }

  Terminal& terminal_;
  const Settings& settings_;
  const StatusOptions& options_;
  std::map<Name, StoredVersion> heads_;
  std::vector<ZoneRow> rows_;
  std::vector<NodeSummary> nodes_;
  std::vector<ControlMessage> secondaries_;
  ControlMessage end_;
  Said doord_, doorkeeper_;
};

}  // namespace

ExitCode run_status(Terminal& terminal, const Settings& settings, const StatusOptions& options) {
  const Outcome<ExitCode> code = Status(terminal, settings, options).run();
  return code ? *code : terminal.fail(code.error());
}

}  // namespace doors::ctl
