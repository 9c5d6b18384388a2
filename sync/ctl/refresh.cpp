#include "sync/ctl/refresh.h"

#include "sync/ctl/session.h"

namespace doors::ctl {

ExitCode run_refresh(Terminal& terminal, const Settings& settings, const RefreshOptions& options) {
  auto doorsync = Session::open(settings.doorsync_socket, "doorsync");
  if (!doorsync) return terminal.fail(doorsync.error());
  const char* const verb = options.whole ? "retransfer" : "refresh";
  const auto reply = doorsync->ask(ControlMessage(verb).with("zone", options.zone), usual_silence);
  if (!reply) return terminal.fail(reply.error());
  terminal.note("its primaries are asked; doorctl status shows what came of it");
  if (options.json) terminal.print_json(Value::Object{{"result", "done"}, {"zone", options.zone}});
  return ExitCode::done;
}

}  // namespace doors::ctl
