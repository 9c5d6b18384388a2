"""BIRD in the lab: the transits' configuration, and birdc for all."""
import re
import subprocess

from lab.network import PREFIX4, PREFIX6, lines_of, pop_as, transit_as

# What a transit provider does: it takes the service prefixes from its PoP, honours GRACEFUL_SHUTDOWN (RFC 8326), and
# leaves the choice to the AS path. BFD at 100 ms x 3 and a hold time of 9 s toward the PoPs: a frozen speaker
# is the neighbour's to notice. Times to connect are short, so that the lab is up in seconds.
TRANSIT = """
log "{log}" all;
router id {router_id};
timeformat log iso long ms;
protocol device {{ scan time 10; }}
protocol direct lines {{ ipv4; ipv6; }}
protocol kernel kernel4 {{ scan time 10; ipv4 {{ import none; export where source = RTS_BGP; }}; }}
protocol kernel kernel6 {{ scan time 10; ipv6 {{ import none; export where source = RTS_BGP; }}; }}
protocol bfd {{
  interface "to-*" {{ min rx interval 100 ms; min tx interval 100 ms; multiplier 3; }};
}}
filter from_pop {{
  if net != {prefix4} && net != {prefix6} then reject;
  if (65535, 0) ~ bgp_community then bgp_local_pref = 0;
  accept;
}}
template bgp session {{
  local as {own_as};
  hold time 9;
  connect delay time 1;
  connect retry time 1;
  error wait time 1, 2;
  graceful restart off;
}}
template bgp to_pop from session {{
  bfd on;
}}
"""
SESSION = """
protocol bgp {name} from {template} {{
  local {own};
  neighbor {neighbor} as {neighbor_as};
  ipv4 {{ import {import_rule}; export where source ~ [RTS_BGP, RTS_DEVICE]; next hop self; }};
  ipv6 {{ import {import_rule}; export where source ~ [RTS_BGP, RTS_DEVICE]; next hop self; }};
}}
"""


def transit_config(node: str, log: str) -> str:
    site = node.split("-")[1]
    text = TRANSIT.format(log=log, router_id=lines_of(node)[0].end(node).v4, own_as=transit_as(site), prefix4=PREFIX4,
                          prefix6=PREFIX6)
    for line in lines_of(node):
        own, other = line.end(node), line.other(node)
        if other.node.startswith("c-"):
            continue
        to_pop = not other.node.startswith("t-")
        other_as = pop_as(other.node) if to_pop else transit_as(other.node.split("-")[1])
        text += SESSION.format(name="pop" if to_pop else "to_" + other.node.split("-")[1], own=own.v4, neighbor=other.v4,
                               neighbor_as=other_as, template="to_pop" if to_pop else "session",
                               import_rule="filter from_pop" if to_pop else "all")
    return text


class Birdc:
    """Asks one BIRD by its control socket."""

    def __init__(self, socket: str):
        self.socket = socket

    def ask(self, *words: str, timeout: float = 5) -> str:
        done = subprocess.run(["birdc", "-s", self.socket, *words], check=False, timeout=timeout, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.stdout

    def route(self, prefix: str) -> list[int]:
        """The AS path of the chosen route; empty without one."""
        text = self.ask("show", "route", "for" if "/" not in prefix else "", prefix, "primary", "all")
        found = re.search(r"BGP\.as_path: ([0-9 ]+)", text)
        return [int(number) for number in found.group(1).split()] if found else []

    def established(self) -> dict[str, bool]:
        """Each BGP session of this BIRD, and whether it is up."""
        rows = [line.split() for line in self.ask("show", "protocols").splitlines()]
        return {row[0]: row[3] == "up" for row in rows if len(row) > 3 and row[1] == "BGP"}

    def updates(self, protocol: str) -> tuple[int, int]:
        """What the neighbour has sent over this session since it was established: (updates, withdrawals), both families."""
        text = self.ask("show", "protocols", "all", protocol)
        return tuple(sum(map(int, re.findall(rf"Import {kind}:\s+(\d+)", text))) for kind in ("updates", "withdraws"))

    def since(self, protocol: str) -> str:
        """When the session last changed its state: differs if it flapped."""
        return next((line.split()[4] for line in self.ask("show", "protocols", protocol).splitlines()
                     if line.split()[:1] == [protocol]), "")
