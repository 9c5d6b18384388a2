#include "sync/ctl/doorkeeper_session.h"

#include <cstdlib>

#include <pwd.h>
#include <unistd.h>

namespace doors::ctl {

Outcome<Session> open_doorkeeper(const Settings& settings, const std::string& pop) {
  auto doorkeeper = Session::open(settings.doorkeeper_socket, "doorkeeper");
  if (!doorkeeper || pop.empty()) return doorkeeper;
  const auto status = doorkeeper->ask(ControlMessage("status"), usual_silence);
  if (!status) return Unexpected(status.error());
  const std::string_view here = status->message.text("pop");
  if (here == pop) return doorkeeper;
  return refused("this is PoP " + std::string(here) + ", not " + pop + ": run doorctl there");
}

std::string user_name() {
  const char* behind_sudo = std::getenv("SUDO_USER");
  if (behind_sudo != nullptr && *behind_sudo != '\0') return behind_sudo;
  const passwd* entry = ::getpwuid(::getuid());
  return entry == nullptr ? std::to_string(::getuid()) : entry->pw_name;
}

}  // namespace doors::ctl
