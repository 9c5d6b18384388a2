"""From exec to the first right answer."""
from harness.kinds.kind import Kind
from harness.machine import say
from harness.trouble import Trouble


class Start(Kind):
    name = "start"
    about = "seconds from exec to the first right answer; files are in the page cache for all"
    zones = {"names-10m": (), "zones-1m": ()}

    def sample_all(self, zones, mixes):
        samples, absent = [], set()
        for number in range(self.options.rounds):
            for server in self.classes():
                if server.name in absent:
                    continue
                one = server(zones, self.options.scratch, self.options)
                try:
                    seconds = one.start()
                    samples.append(self.sample(zones, "", one, number, {"seconds": seconds}))
                    say(f"start {zones.name} round {number + 1}/{self.options.rounds} {one.name:6} {seconds:.3f} s")
                except Trouble as trouble:
                    say(f"start {zones.name}: {trouble}: left out")
                    absent.add(server.name)
                finally:
                    one.stop()
        return samples
