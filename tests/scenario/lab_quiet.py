#!/usr/bin/env python3
"""What must not be seen in BGP is not: renewals and `birdc configure` of a healthy PoP cause no update, and after BIRD
restarts nothing is announced before health is proven."""
import pathlib
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from lab import scenario  # noqa: E402
from lab.lab import Lab, wait_for  # noqa: E402
from lab.network import SERVICE4  # noqa: E402
from lab.scenario import LONG, expect  # noqa: E402

SITE = "ams"


def quiet(lab: Lab) -> None:
    transit = lab.birdc(f"t-{SITE}")
    before, since = transit.updates("pop"), transit.since("pop")
    asking = lab.ask(SITE, 200, SERVICE4)
    seconds = 30 if LONG else 10
    time.sleep(seconds)
    expect(transit.updates("pop") == before, f"renewals: {before} became {transit.updates('pop')} at the transit")
    for number in range(30 if LONG else 6):
        lab.birdc(SITE).ask("configure", *(["soft"] if number % 2 else []))
        time.sleep(0.7)
    expect(transit.updates("pop") == before and transit.since("pop") == since,
           f"birdc configure: {before} became {transit.updates('pop')} at the transit, session since {since}")
    seen = asking.finish()
    expect(seen["lost"] == 0 and not seen["changes"], f"{seen['lost']} lost, moved {seen['changes']}")
    print(f"{seconds} s of renewals of {lab.lease_s} s leases, {30 if LONG else 6} birdc configure: no BGP update, "
          f"0 of {seen['sent']} queries lost, {before[0]} updates since the start", flush=True)

    # BIRD restarts beside a responder that does not answer.
    lab.programs.signal(SITE, "doord", signal.SIGSTOP)
    wait_for("withdrawal", lambda: not lab.announced(SITE), lab.lease_s + 3)
    lab.programs.signal(SITE, "bird", signal.SIGKILL)
    lab.programs.start(SITE, "bird")
    wait_for("session", lambda: transit.established().get("pop"), 20)
    time.sleep(3)
    expect(transit.updates("pop") == (0, 0), f"BIRD restarted beside a frozen doord: {transit.updates('pop')} at the transit")
    frozen = time.monotonic()
    lab.programs.signal(SITE, "doord", signal.SIGCONT)
    wait_for("announcement", lambda: lab.announced(SITE), 20)
    print(f"BIRD restarted beside a frozen doord: silent for 3 s with its session up; announced "
          f"{time.monotonic() - frozen:.1f} s after doord answered", flush=True)
    # BIRD and doorkeeper both restart: the lease has run out, so it is to be proven again.
    for program in ("doorkeeper", "bird"):
        lab.programs.signal(SITE, program, signal.SIGKILL)
    wait_for("withdrawal", lambda: not lab.announced(SITE), lab.lease_s + 3)
    time.sleep(lab.lease_s + 1)
    lab.programs.start(SITE, "bird")
    wait_for("session", lambda: transit.established().get("pop"), 20)
    time.sleep(2)
    expect(transit.updates("pop") == (0, 0), f"BIRD without doorkeeper: {transit.updates('pop')} at the transit")
    lab.programs.start(SITE, "doorkeeper")
    wait_for("announcement", lambda: lab.announced(SITE), 20)
    print("BIRD restarted without doorkeeper: silent; announced once doorkeeper had proven it")


if __name__ == "__main__":
    scenario.main(quiet)
