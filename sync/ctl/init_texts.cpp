#include "sync/ctl/init_texts.h"

#include <algorithm>
#include <cassert>

namespace doors::ctl {

const std::string_view doord_text =
    R"(# doord: answers DNS from zone images. Every key may be left out; SIGHUP reads this file again.

[node]
pop = @POP@    # the point of presence: on every log line and in the NSID
name = @NODE@    # this machine in it

# What a client is told that asks who answers: NSID (RFC 5001), id.server. and hostname.bind. (RFC 4892). nsid is
# NAME.POP unless it is set here.
[identity]
id_server = @IDENTITY@
hostname_bind = @IDENTITY@
version = ""    # version.bind.; empty: refused

# DNS cookies: all nodes of a fleet need the same secret, 32 hexadecimal digits; without one each start makes its own.
[cookies]
secrets = []

[udp]
listen = @LISTEN@
workers = 0          # threads; 0: one per CPU
max_payload = 1232   # octets of a response, 512..4096

[tcp]                # listens where UDP does, unless it has a listen of its own
message_timeout = "2s"
idle_timeout = "10s"

[zones]
images = @IMAGES@    # mapped at the start; doorsync writes them

[control]
socket = @DOORD@

[log]
level = "info"     # debug, info, warn, error
format = "text"    # text: key=value; json: one object a line
)";

const std::string_view doorsync_text =
    R"(# doorsync: takes signed zone versions in, keeps them, and hands them to doord.

[node]
pop = @POP@    # the point of presence: on every log line and receipt
name = @NODE@    # this machine in it
delay = "0s"     # versions are taken so long after they were made

[store]
kind = "embedded"    # LMDB on this machine
path = @STORE@
history = 100        # versions kept of each zone

[journal]
path = @JOURNAL@

[images]
path = @IMAGES@

[doord]
socket = @DOORD@

# Asked for the SOA after each change: what a receipt stands for.
[service]
addresses = @ADDRESSES@

# Who may publish which zones: "*" all, "example." that one, "*.example." all below it. One table per key.
[[publisher]]
key = @PUBLISHER@
zones = ["*"]

[control]
socket = @DOORSYNC@

[log]
level = "info"     # debug, info, warn, error
format = "text"    # text: key=value; json: one object a line
)";

const std::string_view doorkeeper_text =
    R"(# doorkeeper: announces this PoP's prefixes while it answers, and only then.

[node]
pop = @POP@    # the point of presence
name = @NODE@    # this machine in it; NAME.POP is who has to answer the probes

# One table per service address; nothing is announced before [lease] up names an interface.
@SERVICES@[probe]
zone = "."             # asked for over UDP and TCP
type = "SOA"
interval = "250ms"
timeout = "200ms"
rise = 3               # good probes until up
fall = 3               # bad probes until down

# The kernel takes the lease address away by itself if nobody renews it.
[lease]
seconds = 3
up = ""                # interface of a healthy PoP, such as "door-up"; "": no lease, health only
far = ""               # interface of one weighted `far`, such as "door-far"
drain = ""             # interface of a draining one, such as "door-drain"

[bird]
socket = ""            # BIRD's control socket, such as "/run/bird/bird.ctl"; "": none
protocols = ["door4", "door6"]

[doord]
socket = @DOORD@

[doorsync]
socket = @DOORSYNC@

[drain]
max_wait = "30s"       # the lease goes after this at the latest

[control]
socket = @DOORKEEPER@
state = @KEEPER@

[log]
level = "info"     # debug, info, warn, error
format = "text"    # text: key=value; json: one object a line
)";

const std::string_view service_text = R"([[service]]
address = @ADDRESS@    # sits on lo for ever
prefix = @PREFIX@    # announced while the address answers
lease = @LEASE@    # held on the lease interface for as long

)";

const std::string_view doorctl_text = R"(# doorctl: what an operator runs.

[publisher]
key = @KEY@    # private; its public half stands in doorsync.toml

[control]
doord = @DOORD@
doorsync = @DOORSYNC@
doorkeeper = @DOORKEEPER@

[push]
wait = "60s"    # for the receipts

# push --wait canary watches what doord answers once the push is served, and rolls back when it gets worse.
[canary]
watch = "10s"
servfail_percent = 2     # SERVFAIL may become more by so many points of all answers
nxdomain_percent = 10    # and NXDOMAIN by so many
least_answers = 100      # fewer say nothing

# At a hub: through which nodes a push goes, wave by wave, such as ["group:canary", "25%", "all"].
[rollout]
waves = []
bake = "10s"             # a wave answers well for so long before the next is opened
limit = "60s"            # for the receipts of a wave

# What a failed check does: "off", "warn" or "refuse". Syntax always refuses; push --force overrides for one push.
[gates]
zonemd = "refuse"
signatures = "refuse"
expired = "refuse"
shrink = "refuse"    # over shrink_percent fewer records
growth = "refuse"    # over growth_factor times the records and 100,000 more, or over max_records
serial = "refuse"    # not higher than the one served
shrink_percent = 20
growth_factor = 10
max_records = 50000000
)";

std::string fill_in(std::string_view text,
                    const std::vector<std::pair<std::string_view, std::string>>& values) {
  std::string out;
  for (;;) {
    const std::size_t start = text.find('@');
    out += text.substr(0, start);
    if (start == std::string_view::npos) return out;
    const std::size_t end = text.find('@', start + 1);
    const std::string_view word = text.substr(start + 1, end - start - 1);
    const auto value = std::find_if(values.begin(), values.end(),
                                    [&](const auto& candidate) { return candidate.first == word; });
    assert(end != std::string_view::npos && value != values.end());
    out += value->second;
    text.remove_prefix(end + 1);
  }
}

}  // namespace doors::ctl
