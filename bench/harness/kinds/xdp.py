"""AF_XDP over a veth pair: ours and theirs, beside an AF_XDP echo and our own sockets on such a pair."""
import os
import subprocess

from harness import machine
from harness.doors import Doord
from harness.echo import Echo
from harness.kinds.queries import Queries
from harness.machine import say
from harness.netns import Link
from harness.peers import Knot, Nsd
from harness.trouble import Trouble


class OnXdp:
    """What it answers must not have come to it by its sockets."""


class DoordXdp(OnXdp, Doord):
    name = "doord, XDP"

    def config(self) -> str:
        return super().config() + f'[xdp]\nenabled = true\ninterface = ["{self.link.interface}"]\n'


class DoordSockets(Doord):
    name = "doord, sockets"


class EchoXdp(OnXdp, Echo):
    name = "echo, XDP"

    def command(self) -> list[str]:
        return [str(self.options.bin / "bench_xdp_echo"), self.link.interface, self.address, str(self.port)]


class KnotXdp(OnXdp, Knot):
    name = "knot, XDP"

    def extra(self) -> str:
        return f"xdp:\n  listen: {self.link.interface}@{self.port}\n"


class NsdXdp(OnXdp, Nsd):
    name = "nsd, XDP"

    @classmethod
    def program(cls):
        """An NSD that was built with it; Debian's is not."""
        found = super().program()
        if found is None:
            return None
        told = subprocess.run([found, "-v"], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False).stdout
        return found if "--enable-xdp" in told else None

    def extra(self) -> str:
        return f'  xdp-interface: "{self.link.interface}"\n  xdp-force-copy: yes\n'


class Xdp(Queries):
    name = "xdp"
    about = "AF_XDP over veth, and our own sockets there; flood-: questions that wait for no answer"
    ours = (DoordXdp, DoordSockets)
    floors = (EchoXdp,)
    zones = {"root": ("positive", "flood-positive"), "delegations-1m": ("referral",)}

    def classes(self):
        peers = {"knot": KnotXdp, "nsd": NsdXdp}
        wanted = [*self.ours, *self.floors]
        for name in self.options.peers:
            if name in peers and peers[name].program() is None:
                say(f"no {name} that has AF_XDP is here: left out")
            elif name in peers:
                wanted.append(peers[name])
        return wanted

    def sample_all(self, zones, mixes):
        if os.geteuid() != 0:
            raise Trouble("xdp needs root, for its network namespaces")
        self.links: list[Link] = []
        try:
            return super().sample_all(zones, mixes)
        finally:
            for link in self.links:
                link.remove()

    def make(self, server, zones):
        self.links.append(Link(1 + len(self.links)))
        return server(zones, self.options.scratch, self.options, self.links[-1])

    def burst(self, zones, mix, server, seconds):
        """With the time that the server's core was busy, whoever made it so: the kernel's share is no process's."""
        busy, received = machine.core_us(self.options.server_core), machine.udp_received(server.pids[0])
        seen = super().burst(zones, mix, server, seconds)
        if seen is None:
            return None
        seen["core_us"] = (machine.core_us(self.options.server_core) - busy) / seen["answered"]
        by_sockets = machine.udp_received(server.pids[0]) - received
        if isinstance(server, OnXdp) and by_sockets > seen["answered"] / 10:
            say(f"xdp {zones.name} {mix}: {server.name}: {by_sockets:,} questions came by sockets: no sample: {server.tail()}")
            return None
        return seen
