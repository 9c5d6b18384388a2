#include "sync/ctl/receipts_report.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace doors::ctl {
namespace {

double milliseconds_between(std::chrono::steady_clock::time_point from,
                            std::chrono::steady_clock::time_point to) {
  return static_cast<double>(std::chrono::duration_cast<std::chrono::microseconds>(to - from).count()) /
         1000.0;
}

}  // namespace

Receipts wait_with_progress(Terminal& terminal, Session& doorsync, const Publication& publication,
                            std::chrono::milliseconds limit) {
  terminal.progress("waiting for receipts");
  auto receipts = wait_for_receipts(doorsync, publication, limit, [&](const Receipts& so_far) {
    terminal.progress("waiting for receipts: " + counted(so_far.list.size(), "receipt"));
  });
  terminal.end_progress();
  return receipts;
}

void print_receipts(Terminal& terminal, const Publication& publication, const Receipts& receipts) {
  const std::size_t zones = publication.accepted.size();
  const std::vector<NodeRow> rows = rows_per_node(receipts.list);
  terminal.print_text(receipt_table(rows, zones).render(&terminal));
  if (receipts.complete) {
    const auto held = static_cast<std::size_t>(
        std::ranges::count_if(rows, [](const NodeRow& row) { return row.held > 0; }));
    terminal.print("served by " + counted(rows.size() - held, "node") + " " +
                   (held > 0 ? "(" + std::to_string(held) + " more hold it back) " : "") +
                   in_words(receipts.last - publication.sent) + " after it was sent");
  } else if (!receipts.cut_off.empty()) {
    terminal.warn("published, but not confirmed: " + receipts.cut_off);
  } else if (rows.empty()) {
    terminal.warn("published, but no node has confirmed it yet; doorctl status shows how it goes on");
  } else {
    terminal.warn("published, but not every node serves it yet; doorctl status shows how it goes on");
  }
}

void add_json(Value::Object& object, const Publication& publication, const Receipts* receipts) {
  object.emplace_back("revision", publication.revision);
  object.emplace_back("acknowledged_ms", milliseconds_between(publication.sent, publication.acknowledged));
  if (receipts == nullptr) return;
  object.emplace_back("receipt_ms", milliseconds_between(publication.sent, receipts->last));
  object.emplace_back("complete", receipts->complete);
  if (!receipts->cut_off.empty()) object.emplace_back("error", receipts->cut_off);
  Value::List list;
  for (const Receipt& receipt : receipts->list) list.push_back(json_of(receipt));
  object.emplace_back("receipts", std::move(list));
}

ExitCode wait_and_print(Terminal& terminal, Session& doorsync, const Publication& publication,
                        std::chrono::milliseconds limit, bool json, Value::Object object) {
  ExitCode code = ExitCode::done;
  std::optional<Receipts> receipts;
  if (limit.count() > 0) {
    receipts = wait_with_progress(terminal, doorsync, publication, limit);
    code = receipts->complete ? ExitCode::done : ExitCode::partly;
    object.front().second = receipts->complete ? "done" : "partly";
    if (!json) print_receipts(terminal, publication, *receipts);
  }
  if (json) {
    add_json(object, publication, receipts ? &*receipts : nullptr);
    terminal.print_json(object);
  }
  return code;
}

}  // namespace doors::ctl
