#!/usr/bin/env python3
"""SIGKILL and SIGSTOP of each process of a PoP in turn, with 200 queries a second from its client over IPv4 and IPv6:
within lease + 1.5 s traffic has moved, or nothing was lost at all; when the process is back, so is the traffic."""
import pathlib
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from lab import scenario  # noqa: E402
from lab.lab import Lab, wait_for  # noqa: E402
from lab.network import SERVICE4, SERVICE6  # noqa: E402
from lab.scenario import LONG, expect, lost_after  # noqa: E402

SITE = "ams"
RATE = 200


def one_fault(lab: Lab, program: str, number: signal.Signals) -> None:
    bound = lab.lease_s + 1.5
    home = lab.nsid(SITE)
    asking = {address: lab.ask(SITE, RATE, address) for address in (SERVICE4, SERVICE6)}
    time.sleep(1)  # the traffic before
    struck = time.monotonic()
    lab.programs.signal(SITE, program, number)
    time.sleep(bound + 1.5)  # and after the bound
    summaries = {address: asked.finish() for address, asked in asking.items()}
    for address, seen in summaries.items():
        last = lost_after(seen, struck)
        moved = next((change["at_s"] - struck for change in seen["changes"] if change["from"] == home), None)
        share = 100 * seen["answered"] / seen["sent"]
        print(f"{program:10} {number.name:7} {address:15} sent {seen['sent']}, lost {seen['lost']}"
              f" ({share:.1f} % answered), longest gap {seen['longest_gap_s']:.2f} s, "
              + (f"last loss {last:+.2f} s, " if last is not None else "")
              + (f"moved to {seen['changes'][0]['to']} after {moved:.2f} s" if moved is not None else f"stayed at {home}"),
              flush=True)
        expect(seen["sent"] >= 0.95 * RATE * (1 + bound), f"only {seen['sent']} queries were sent")
        expect(last is None or last <= bound, f"{program} {number.name}: still losing {last} s after, bound {bound} s")
        expect(last is None or moved is not None, f"{program} {number.name}: {seen['lost']} lost and traffic has not moved")

    struck = time.monotonic()
    if number == signal.SIGSTOP:
        lab.programs.signal(SITE, program, signal.SIGCONT)
    else:
        lab.programs.start(SITE, program)
    for address in summaries:
        wait_for(f"traffic of {SITE} back home ({address})", lambda a=address: lab.nearest(SITE, a) == home, 30)
    print(f"{program:10} back: {SITE} answers its client {time.monotonic() - struck:.1f} s later", flush=True)
    lab.settled(SITE)


def faults(lab: Lab) -> None:
    for round_number in range(3 if LONG else 1):
        for program in ("doord", "doorsync", "doorkeeper", "bird"):
            for number in (signal.SIGKILL, signal.SIGSTOP):
                one_fault(lab, program, number)
        print(f"round {round_number + 1}: every process killed and frozen")


if __name__ == "__main__":
    scenario.main(faults)
