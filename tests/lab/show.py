#!/usr/bin/env python3
"""show.py BIN: brings a lab up, kills and drains a PoP under traffic, and tells what was seen. `deploy/try --lab`."""
import pathlib
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from lab.lab import Lab  # noqa: E402
from lab.network import SERVICE4, SERVICE6, SITES, lease_device, pop_as, transit_as  # noqa: E402

PICTURE = """
     client c-ams            client c-sin            client c-gru
          |                       |                       |
     transit AS {0} ------- transit AS {1} ------- transit AS {2}     (and {0} ------- {2})
          |                       |                       |
     PoP ams, AS {3}       PoP sin, AS {4}       PoP gru, AS {5}
"""


def say(text: str) -> None:
    print(f"\n== {text}", flush=True)


def report(seen: dict) -> None:
    """A summary of doorask, in words."""
    print(f"   {seen['sent']} queries sent, {seen['answered']} answered, {seen['lost']} lost", end="")
    print(f"; longest time without an answer {seen['longest_gap_s']:.2f} s" if seen["lost"] else "")
    for name, part in seen["nsids"].items():
        print(f"   {name or '(no NSID)':8} answered {part['answered']}")


def moves(seen: dict, since: float, what: str) -> None:
    for change in seen["changes"][:6]:
        if change["at_s"] >= since:
            print(f"   {change['at_s'] - since:.2f} s after {what}: answers come from {change['to']}")


def show(lab: Lab) -> None:
    say("Where each client's queries go: one address, the nearest door")
    for site in SITES:
        names = [lab.nearest(site, address) for address in (SERVICE4, SERVICE6)]
        print(f"   c-{site}: {SERVICE4} is {names[0]}, {SERVICE6} is {names[1]}")

    say("SIGKILL of doord at ams, while its client asks 200 times a second")
    asking = lab.ask("ams", 200)
    time.sleep(1)
    struck = time.monotonic()
    lab.programs.signal("ams", "doord", signal.SIGKILL)
    time.sleep(lab.lease_s + 1.5)
    print("   doorctl why, at ams:")
    why = lab.programs.ctl("ams", "why")
    print("".join(f"      {line}\n" for line in (why.stdout + why.stderr).splitlines()), end="")
    restarted = time.monotonic()
    lab.programs.start("ams", "doord")
    lab.settled("ams")
    time.sleep(1)
    seen = asking.finish()
    report(seen)
    moves({"changes": [c for c in seen["changes"] if c["at_s"] < restarted]}, struck, "the kill")
    moves(seen, restarted, "doord was started again")

    say("SIGSTOP of doorkeeper at ams: nobody of ours is left to withdraw, so the kernel does")
    asking = lab.ask("ams", 200)
    time.sleep(1)
    struck = time.monotonic()
    lab.programs.signal("ams", "doorkeeper", signal.SIGSTOP)
    time.sleep(lab.lease_s + 1.5)
    restarted = time.monotonic()
    lab.programs.signal("ams", "doorkeeper", signal.SIGCONT)
    lab.settled("ams")
    time.sleep(1)
    seen = asking.finish()
    report(seen)
    moves({"changes": [c for c in seen["changes"] if c["at_s"] < restarted]}, struck, "the freeze")
    moves(seen, restarted, "it went on")

    say("Drain of ams, and undrain")
    asking = lab.ask("ams", 200)
    time.sleep(1)
    ordered = time.monotonic()
    lab.programs.ctl("ams", "drain", "--wait", "--reason", "to show it")
    time.sleep(1)
    undrained = time.monotonic()
    lab.programs.ctl("ams", "undrain")
    lab.settled("ams")
    time.sleep(1)
    seen = asking.finish()
    report(seen)
    moves({"changes": [c for c in seen["changes"] if c["at_s"] < undrained]}, ordered, "the order")
    moves(seen, undrained, "undrain")
    if seen["lost"]:
        raise RuntimeError(f"the drain lost {seen['lost']} queries")


def main() -> None:
    say("The lab: network namespaces, a real BIRD on every PoP and transit")
    print(PICTURE.format(*(transit_as(site) for site in SITES), *(pop_as(site) for site in SITES)))
    started = time.monotonic()
    with Lab(sys.argv[1]) as lab:
        print(f"up in {time.monotonic() - started:.1f} s; leases of {lab.lease_s} s on {lease_device()} devices")
        show(lab)
    say("Done: all namespaces, processes and files of the lab are gone")


if __name__ == "__main__":
    main()
