"""Memory per record, once everything has been asked for."""
from harness import loader, machine
from harness.kinds.kind import Kind
from harness.machine import say
from harness.trouble import Trouble


class Memory(Kind):
    name = "memory"
    about = "PSS of all processes per record, after questions all over the zone"
    zones = {"delegations-1m": ("random",)}

    def sample_all(self, zones, mixes):
        samples = []
        for server in self.classes():
            one = server(zones, self.options.scratch, self.options)
            try:
                one.start()
                for mix in mixes:
                    loader.burst(one, zones.questions(mix), self.options)
                machine.settle(one.pids)
                octets = machine.pss(one.pids)
                samples.append(self.sample(zones, "", one, 0, {"pss": octets, "octets_per_record": octets / zones.records}))
                say(f"memory {zones.name} {one.name:6} {octets / 1e6:,.0f} MB, {octets / zones.records:.0f} octets a record")
            except Trouble as trouble:
                say(f"memory {zones.name}: {trouble}: left out")
            finally:
                one.stop()
        return samples
