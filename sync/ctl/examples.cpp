#include "sync/ctl/examples.h"

#include <array>
#include <utility>

namespace doors::ctl {
namespace {

constexpr std::string_view general = R"(Exit codes:
  0  done
  1  refused: a file, a gate, a key or a server said no; nothing was changed
  2  partly: published, but not every node serves it yet
  3  unreachable: a program did not answer

Examples:
  doorctl serve zones/ --listen 127.0.0.1:5300
  doorctl --dir pop1 init --listen 127.0.0.1:5300
  doorctl --dir pop1 push zones/
  doorctl help push)";

constexpr std::string_view init =
    R"(With --dir DIR all goes below it: DIR/config, DIR/run and DIR/state; without it the files lie in
/etc/doors, /run/doors and /var/lib/doors. The key is written once, readable by its owner alone, and never
replaced: who has it can publish.

Examples:
  doorctl init --dir pop1 --pop ams1 --listen 127.0.0.1:5300
  doorctl init --pop ams1 --node ns1 --listen 192.0.2.53:53 --listen '[2001:db8::53]:53')";

constexpr std::string_view check =
    R"(Problems go to stderr as FILE:LINE: OWNER: MESSAGE, with the gate they belong to; a summary of each zone to
stdout. Exit code 1 if any file has an error. Of a directory count the files whose name ends in .zone or .db,
and others that hold zone text; its sub-directories, hidden files and backups do not.

Examples:
  doorctl check example.zone
  doorctl check --origin example.com db.example
  doorctl check --strict --json zones/)";

constexpr std::string_view diff =
    R"(Lines with - go, lines with + come, in canonical order; an unchanged zone says so.

Examples:
  doorctl diff example.zone
  doorctl diff --summary zones/
  doorctl diff --from example.zone.old example.zone)";

constexpr std::string_view zone =
    R"(The SOA's serial goes up by one, and the difference alone is published: in a zone of ten million records it
is served within milliseconds. Of an unsigned zone only; the file that the zone was pushed from is not changed.

Examples:
  doorctl zone add example. www 300 AAAA 2001:db8::80
  doorctl zone replace example. @ 3600 MX 10 mail.example.
  doorctl zone del example. old
  doorctl zone del example. www A 192.0.2.1)";

constexpr std::string_view push =
    R"(All zones of a push are published, or none. A zone whose content is what is served already is unchanged and
gets no new version. Gates, each off, warn or refuse in doorctl.toml:
  syntax      the file makes a zone that can be served; always refuses
  zonemd      its ZONEMD matches (RFC 8976)
  signatures  what should be signed is signed, the denial chain is whole
  expired     the signatures are valid now
  shrink      it has not lost over 20 % of its records
  growth      it has not ten times the records it had (and 100,000 more), nor over 50 million
  serial      its serial is higher than the one served
  rollout     no other push is on its way through the fleet; forced, that one is stopped
Exit code 0: every live node serves every zone; 2: published, but not all receipts came in time.
--wait canary watches this PoP's answers for a while after the push is served. When SERVFAIL or NXDOMAIN become a
larger share of them than doorctl.toml allows, or doord is restarted or falls silent, the push is rolled back (exit
code 1): what was served before comes back as a new version, and a zone that was new is deleted.
At a hub, [rollout] waves in doorctl.toml or --waves let a push go through the fleet wave by wave. Each node of an open
wave judges what it answers itself, by the same limits; a node that speaks against the push, is gone or late stops it,
and it is taken back where it was taken. --wait canary is then content with the first wave.
--epoch is for disasters: PoPs refuse what is lower than they have taken, such as versions pushed after a store was
restored from an old copy. A new epoch, one more than doorctl status shows, supersedes it all.

Examples:
  doorctl push example.zone
  doorctl push zones/ --comment 'new mail servers'
  doorctl push example.zone --force shrink,serial
  doorctl push zones/ --wait none --json
  doorctl push zones/ --wait canary
  doorctl push zones/ --waves group:canary,25%,all
  doorctl push zones/ --epoch 2 --force serial --comment 'store restored')";

constexpr std::string_view status =
    R"(Exit code 0 if every node serves the newest version of every zone and no alarm is raised, else 2.

At a hub it shows the fleet. There "held" is a node whose wave is not open, "delayed" and "pinned" are so on purpose.

Examples:
  doorctl status
  doorctl status --zones
  doorctl status --json)";

constexpr std::string_view rollout =
    R"(The plan of a rollout lies in the store: it goes on when the doorctl that pushed is gone, and after a hub was
restarted. What was stopped is taken back by whoever has the publisher's key: the doorctl that pushed, or watch.

Examples:
  doorctl rollout
  doorctl rollout watch
  doorctl rollout stop --reason 'complaints from fra1')";

constexpr std::string_view pin =
    R"(Where a higher version is served already it stays. Pins are for a hub's fleet.

Examples:
  doorctl pin fra1 example.
  doorctl pin group:lab example. 7)";

constexpr std::string_view unpin = R"(Examples:
  doorctl unpin fra1 example.)";

constexpr std::string_view promote = R"(Examples:
  doorctl promote late1)";

constexpr std::string_view history = R"(Examples:
  doorctl history example.
  doorctl history . --json
  doorctl history ams1)";

constexpr std::string_view rollback =
    R"(The old content becomes a new version. An unsigned zone gets a serial higher than the one served, so that its
secondaries follow; a signed zone, or one with a ZONEMD, keeps its old serial, and secondaries will not follow.
Content whose signatures are over is refused (gate expired).

Examples:
  doorctl rollback example.
  doorctl rollback example. --to 7)";

constexpr std::string_view deletion =
    R"(A signed version without content ends each zone; all are deleted, or none. The versions before stay in the
history, so rollback brings a zone back.

Examples:
  doorctl delete old.example.
  doorctl delete old.example. older.example. --comment 'moved away')";

constexpr std::string_view key =
    R"(The next key lies beside the one in use, as KEY.next, until it is rotated in; the one that was in use is kept as
KEY.ID. Both are valid side by side: what a PoP has taken stays, and what it newly takes needs a key in its
doorsync.toml, or a checkpoint signed by one that names it. So an old key can go when the new one has vouched:
  1. doorctl key new       and add what it prints to every doorsync.toml; reload doorsync
  2. doorctl key rotate
  3. take the old key out of every doorsync.toml; reload doorsync; destroy the file

Examples:
  doorctl key list
  doorctl key new
  doorctl key rotate)";

constexpr std::string_view checkpoint =
    R"(Run it by a timer, such as hourly. A PoP that has not taken a version which the newest checkpoint names, and is
not offered it, raises the alarm "withheld" in its log and in doorctl status.

Examples:
  doorctl checkpoint
  doorctl checkpoint --json)";

constexpr std::string_view refresh =
    R"(For a zone that doorsync takes by transfer ([[secondary]] in doorsync.toml). It does not wait: doorctl status
shows for each such zone the primary, when it last confirmed, when it is asked next, and what went wrong.

Examples:
  doorctl refresh example.)";

constexpr std::string_view retransfer =
    R"(By AXFR, also where the primary's serial is older than ours or the zone has shrunk: the gates serial and shrink
do not refuse it.

Examples:
  doorctl retransfer example.)";

constexpr std::string_view drain =
    R"(The routes are marked, the query rate is watched until it has fallen, then they are withdrawn; the PoP goes on
answering what still arrives. It stays out, through restarts too, until undrain.

Examples:
  doorctl drain --wait --reason 'new kernel'
  doorctl drain ams1
  doorctl undrain)";

constexpr std::string_view undrain = R"(Examples:
  doorctl undrain)";

constexpr std::string_view doctor =
    R"(Each line is fine, a warning or a fault, with its remedy. Exit code 1 if there is a fault.

Examples:
  doorctl doctor
  doorctl doctor --roas vrps.csv --origins fleet.txt --json)";

constexpr std::string_view weight =
    R"(far: the prefixes are announced from [lease] far, with the origin AS three times more, so that other doors are
chosen where they are as near. It stays so, through restarts too, until up.

Examples:
  doorctl weight ams1 far
  doorctl weight ams1 up)";

constexpr std::string_view why = R"(Examples:
  doorctl why
  doorctl why ams1)";

constexpr std::string_view serve =
    R"(Prints "ready zones=N listen=ADDR:PORT,..." on stdout once every listener has answered over UDP and TCP. A file
that cannot be served is named on stderr, and the rest is served; gates only warn. Of a directory count the files
whose name ends in .zone or .db, and others that hold zone text; its sub-directories, hidden files and backups do
not. SIGHUP reads what changed, came or went; a file that has become bad leaves its zone served as it was. Ctrl-C
ends it. Needs the program doord beside doorctl or in $PATH.

Examples:
  doorctl serve example.zone
  doorctl serve zones/ --listen 127.0.0.1:53 --listen '[::1]:53' --nsid ns1
  doorctl serve zones/ --listen 127.0.0.1:0 --state /var/tmp/doors
  doorctl serve zones/ --tsig-key k.:hmac-sha256:@k.secret --allow-transfer key:k. --allow-transfer ::1)";

constexpr std::string_view help = R"(Examples:
  doorctl help
  doorctl help push)";

constexpr std::array<std::pair<std::string_view, std::string_view>, 25> all{
    {{"", general},        {"init", init},
     {"check", check},     {"diff", diff},
     {"push", push},       {"status", status},
     {"rollout", rollout}, {"pin", pin},
     {"unpin", unpin},     {"promote", promote},
     {"history", history}, {"rollback", rollback},
     {"delete", deletion}, {"zone", zone},
     {"key", key},         {"checkpoint", checkpoint},
     {"refresh", refresh}, {"retransfer", retransfer},
     {"drain", drain},     {"undrain", undrain},
     {"doctor", doctor},   {"weight", weight},
     {"why", why},         {"serve", serve},
     {"help", help}}};

}  // namespace

std::string_view examples_of(std::string_view command) noexcept {
  for (const auto& [name, text] : all) {
    if (name == command) return text;
  }
  return "";
}

}  // namespace doors::ctl
