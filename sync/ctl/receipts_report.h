#pragma once

#include <chrono>

#include "sync/ctl/publish.h"
#include "sync/ctl/report.h"
#include "sync/ctl/terminal.h"

namespace doors::ctl {

/// wait_for_receipts() with a progress line.
[[nodiscard]] Receipts wait_with_progress(Terminal& terminal, Session& doorsync,
                                          const Publication& publication, std::chrono::milliseconds limit);
/// One row per node, then how long it took, or what is missing.
void print_receipts(Terminal& terminal, const Publication& publication, const Receipts& receipts);
/// Adds `revision`, `acknowledged_ms` (sent to durable), `receipt_ms` (sent to the last receipt), `receipts`.
void add_json(Value::Object& object, const Publication& publication, const Receipts* receipts);

/// What ends every command that publishes: waits for receipts for so long (0: not at all) and prints them, or
/// `object`, whose first value is the result, as JSON with them.
[[nodiscard]] ExitCode wait_and_print(Terminal& terminal, Session& doorsync, const Publication& publication,
                                      std::chrono::milliseconds limit, bool json, Value::Object object);

}  // namespace doors::ctl
