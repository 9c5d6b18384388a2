"""What the kinds have in common: which servers, starting them, rounds, samples."""
import pathlib
import tempfile

from harness import machine
from harness.doors import Doord
from harness.machine import say
from harness.peers import PEERS
from harness.server import Server
from harness.trouble import Trouble
from harness.zones import ZoneSet


class Kind:
    """A kind of work. A subclass gives `name`, `about`, `zones` and sample_all()."""

    name = "?"
    about = "?"
    zones: dict[str, tuple[str, ...]] = {}  # default zones with their mixes
    ours = (Doord,)
    floors: tuple = ()

    def __init__(self, options):
        self.options = options

    def classes(self) -> list[type[Server]]:
        """Ours, the floors and those of the peers wanted that are here; says who is missing."""
        wanted = [*self.ours, *self.floors]
        for name in self.options.peers:
            if PEERS[name].program() is None:
                say(f"{name} is not installed: left out")
            else:
                wanted.append(PEERS[name])
        return wanted

    def run(self) -> list[dict]:
        """All samples of all zones asked for."""
        samples = []
        for name in self.options.zones or self.zones:
            zones = ZoneSet(name, self.options)
            zones.make()
            mixes = self.mixes_of(zones)
            with tempfile.TemporaryDirectory(prefix="doors-bench-") as scratch:
                self.options.scratch = pathlib.Path(scratch)
                samples += self.sample_all(zones, mixes)
        return samples

    def mixes_of(self, zones: ZoneSet) -> tuple[str, ...]:
        mixes = self.options.mixes or self.zones.get(zones.name, zones.mixes)
        known = {mix.removeprefix("do-") for mix in zones.mixes}
        for mix in mixes:
            if mix.removeprefix("flood-").removeprefix("do-") not in known:
                raise Trouble(f"{zones.name} has no mix {mix}; it has {', '.join(zones.mixes)}")
        return mixes

    def sample_all(self, zones: ZoneSet, mixes: tuple[str, ...]) -> list[dict]:
        raise NotImplementedError

    def sample(self, zones: ZoneSet, mix: str, server: Server, number: int, figures: dict) -> dict:
        role = "floor" if type(server) in self.floors else "peer" if server.peer else "ours"
        return {"kind": self.name, "zone": zones.name, "scale": self.options.scale, "mix": mix, "server": server.name,
                "role": role, "version": server.version(), "round": number, **figures}

    def start_all(self, zones: ZoneSet, servers: list[Server]) -> list[Server]:
        """Starts them one by one. Who does not start is told and left out. The caller stops all."""
        running = []
        for server in servers:
            try:
                say(f"{zones.name}: {server.name} answers after {server.start():.3f} s")
                running.append(server)
            except Trouble as trouble:
                say(f"{zones.name}: {trouble}: left out")
                server.stop()
        for server in running:
            machine.settle(server.pids)
        return running
