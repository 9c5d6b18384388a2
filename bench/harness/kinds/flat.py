"""Whether ours costs more per answer as the zone grows: doord with a small and with a large zone, side by side."""
from harness import loader
from harness.kinds.kind import Kind
from harness.machine import say
from harness.zones import ZoneSet


class Flat(Kind):
    name = "flat"
    about = "UDP, ours alone: names-10m beside names-1k"
    zones = {"names-10m": ("positive", "nxdomain")}
    small = "names-1k"

    def sample_all(self, zones, mixes):
        small = ZoneSet(self.small, self.options)
        small.make()
        servers = [server(one, self.options.scratch / one.name, self.options) for one in (small, zones) for server in self.ours]
        samples = []
        try:
            for one, server in zip((small, zones), servers):
                self.start_all(one, [server])
            for number in range(-1, self.options.rounds):
                for mix in mixes:
                    for server in servers:
                        seen = loader.burst(server, server.zones.questions(mix), self.options)
                        if number < 0:
                            continue  # warms up
                        samples.append(self.sample(server.zones, mix, server, number, seen))
                        say(f"flat {server.zones.name} {mix} round {number + 1}/{self.options.rounds} {seen['us']:.2f} µs "
                            f"({seen['user_us']:.2f} user), {seen['rate']:,.0f}/s")
        finally:
            for server in servers:
                server.stop()
        return samples
