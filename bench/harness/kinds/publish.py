"""From a zone's text to its first right answer, everything included."""
import time

from harness.doors import Pop
from harness.kinds.kind import Kind
from harness.machine import say
from harness.trouble import Trouble


class Publish(Kind):
    name = "publish"
    about = "seconds from a text of 3 million records to its first right answer: doorctl push to a PoP; peers start with the file"
    zones = {"delegations-1m": ()}
    ours = ()

    def sample_all(self, zones, mixes):
        samples = []
        for number in range(self.options.rounds):
            for server in (Pop, *self.classes()):
                empty = {"empty": True} if server is Pop else {}
                one = server(zones, self.options.scratch, self.options, **empty)
                one.pinned = False  # all may use every core here
                try:
                    if server is Pop:
                        one.start()
                        begin = time.monotonic()
                        one.push(zones.file)
                        one.wait()
                        seconds = time.monotonic() - begin
                    else:
                        seconds = one.start()
                    samples.append(self.sample(zones, "", one, number, {"seconds": seconds}))
                    say(f"publish {zones.name} round {number + 1}/{self.options.rounds} {one.name:6} {seconds:.2f} s")
                except Trouble as trouble:
                    say(f"publish {zones.name}: {trouble}: left out")
                finally:
                    one.stop()
        return samples
