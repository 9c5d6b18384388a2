"""One record of a large zone changes while questions come: how soon it is served, what is lost, what it costs in memory."""
import json
import threading
import time

from harness import loader, machine, message
from harness.doors import Pop
from harness.kinds.kind import Kind
from harness.machine import say
from harness.peers import PEERS, Knot, Named, Nsd
from harness.primary import Primary
from harness.server import Server
from harness.trouble import Trouble

RATE = 5000.0  # questions a second meanwhile


class Way:
    """A server and how one record is changed in it: change() begins it and gives, if it knows, how many ms went by
    from the commit until it was served."""

    mix = "?"
    server = Server

    def __init__(self, zones, scratch, options):
        self.zones, self.options = zones, options
        self.one = self.make(scratch)
        self.owner, self.serial, self.address = zones.first_name, 1, None

    def make(self, scratch) -> Server:
        return self.server(self.zones, scratch / self.mix, self.options)

    def change(self, new: str) -> float | None:
        raise NotImplementedError

    def stop(self) -> None:
        self.one.stop()

    def now_served(self) -> str | None:
        reply = self.one.ask(message.query(self.owner, "A"), 0.2)
        answers = message.Response(reply).sections[0] if reply else []
        return ".".join(str(octet) for octet in bytes.fromhex(answers[0][2])) if answers else None


class PopChange(Way):
    """doorctl zone: the difference alone, signed and published; its receipt counts from when that is sent."""
    mix, server = "change", Pop

    def change(self, new: str) -> float:
        done = self.one.ctl("zone", "replace", self.zones.origin, self.owner, "3600", "A", new, "--json")
        return json.loads(done.stdout)["receipt_ms"]


class PopText(Way):
    """The whole text again, with one record changed: read, checked, compared, signed, published. Takes minutes."""
    mix, server = "text", Pop

    def prepare(self, new: str) -> None:
        self.serial += 1
        self.file = self.one.home / "changed.zone"
        self.zones.write_changed(self.file, self.serial, new)

    def change(self, new: str) -> None:
        self.one.push(self.file)


class NsdIxfr(Way):
    mix, server = "IXFR", Nsd

    def make(self, scratch):
        one = super().make(scratch)
        one.primary = machine.free_port()
        self.upstream = Primary(one.primary, self.zones.origin, 1)
        return one

    def change(self, new):
        self.upstream.change(self.owner, self.address, new, self.one.port)

    def stop(self):
        super().stop()
        self.upstream.close()


class KnotUpdate(Way):
    mix, server = "UPDATE", Knot

    def make(self, scratch):
        one = super().make(scratch)
        one.dynamic = True
        return one

    def change(self, new):
        reply = self.one.ask(message.update(self.zones.origin, self.owner, new), 60)
        if reply is None or reply[3] & 15:
            raise Trouble(f"UPDATE was refused: {reply[:12].hex() if reply else 'no reply'}")


class NamedUpdate(KnotUpdate):
    server = Named


class Update(Kind):
    name = "update"
    about = "one address record changes under 5,000 questions a second: ms from the change to the first new answer"
    zones = {"names-10m": ()}
    ways = (PopChange, PopText, NsdIxfr, KnotUpdate, NamedUpdate)

    def mixes_of(self, zones):
        return self.options.mixes  # ways

    def sample_all(self, zones, mixes):
        samples = []
        wanted = {Pop} | {PEERS[name] for name in self.options.peers}
        for way in self.ways:
            if way.server not in wanted or (mixes and way.mix not in mixes) or way.server.program() is None and way.server is not Pop:
                continue
            one = way(zones, self.options.scratch, self.options)
            try:
                one.one.start()
                machine.settle(one.one.pids)
                for number in range(self.options.rounds):
                    seen = self.one_change(zones, one, number)
                    samples.append(self.sample(zones, "", one.one, number, seen) | {"server": f"{one.one.name}, {way.mix}"})
                    say(f"update {zones.name} {one.one.name} {way.mix} round {number + 1}/{self.options.rounds} {seen['ms']:.1f} ms "
                        f"(whole command {seen['whole_ms']:.1f}), "
                        f"{seen['lost']} lost, p99 {seen['p99_before_us']:.0f} then {seen['p99_us']:.0f} µs, peak {seen['peak']:.2f}")
            except Trouble as trouble:
                say(f"update {zones.name} {one.one.name} {way.mix}: {trouble}: left out")
            finally:
                one.stop()
        return samples

    def one_change(self, zones, way, number: int) -> dict:
        questions = zones.questions("random")
        new = f"198.51.100.{number + 1}"
        way.address = way.now_served()
        if way.address is None:
            raise Trouble("the record that is to change is not served")
        if hasattr(way, "prepare"):
            way.prepare(new)
        pids = way.one.pids[:1]
        steady = machine.pss(pids)
        before = loader.burst(way.one, questions, self.options, rate=RATE, seconds=2)
        load = loader.begin(way.one, questions, self.options, rate=RATE, seconds=self.options.patience)
        time.sleep(0.7)
        peaks, over = [steady], threading.Event()

        def watch_memory() -> None:  # not often: the kernel walks all pages for it, and the server waits for that
            while not over.wait(0.25):
                peaks.append(machine.pss(pids))
        watch = threading.Thread(target=watch_memory)
        watch.start()
        trouble: list[Trouble] = []

        committed: list[float] = []

        def change() -> None:
            try:
                if (took := way.change(new)) is not None:
                    committed.append(took)
            except Trouble as what:
                trouble.append(what)
        changing = threading.Thread(target=change)
        begin = time.monotonic()
        changing.start()
        end = begin + self.options.patience
        while way.now_served() != new and not trouble and time.monotonic() < end:
            time.sleep(0.0005)
        ms = (time.monotonic() - begin) * 1000
        changing.join()
        time.sleep(1.0)  # what the change leaves to do meets questions too
        over.set()
        watch.join()
        load.terminate()
        seen = loader.finish(load, 30)
        if trouble or time.monotonic() >= end:
            raise trouble[0] if trouble else Trouble("the change was never served")
        seen.pop("rcodes")
        return {"ms": committed[0] if committed else ms, "whole_ms": ms, "p99_before_us": before["p99_us"], "peak": max(peaks) / steady, **seen}
