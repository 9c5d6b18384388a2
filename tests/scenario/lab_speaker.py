#!/usr/bin/env python3
"""Whatever sits on BIRD's control socket, or nothing at all, not one query is lost; doorkeeper stays below 32 MiB; and the
state wanted is asserted within 5 s after the real one is back. What an operator does to BIRD and to the interfaces is put right within 2 s."""
import pathlib
import re
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from lab import scenario  # noqa: E402
from lab.lab import Lab, wait_for  # noqa: E402
from lab.network import LEASE4, PREFIX4, SERVICE4, SERVICE6  # noqa: E402
from lab.scenario import LONG, expect  # noqa: E402
from no_bird import MANNERS, NoBird  # noqa: E402

SITE = "ams"
MOST_KIB = 32 * 1024


def why(lab: Lab) -> str:
    return lab.programs.ctl(SITE, "why").stdout


def resident(lab: Lab) -> int:
    """The most that doorkeeper ever had, in KiB."""
    status = pathlib.Path(f"/proc/{lab.programs.pid(SITE, 'doorkeeper')}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status).group(1))


def sockets(lab: Lab) -> None:
    path = lab.programs.home(SITE) / "bird.ctl"
    aside = path.with_name("bird.aside")
    asking = {address: lab.ask(SITE, 200, address) for address in (SERVICE4, SERVICE6)}
    told, heard, largest = [], [], 0
    for manner, words in {"absent": "not connected: connect", **MANNERS}.items():
        path.rename(aside)  # BIRD itself goes on
        other = None if manner == "absent" else NoBird(str(path), manner)
        try:
            # Started again, within a lease, doorkeeper finds that in BIRD's place.
            lab.programs.signal(SITE, "doorkeeper", signal.SIGKILL)
            lab.programs.start(SITE, "doorkeeper")
            began = time.monotonic()
            wait_for(f"why: {manner}: {words}", lambda words=words: words in why(lab), 6)
            told.append(time.monotonic() - began)
            time.sleep(5 if LONG else 1)
            largest = max(largest, resident(lab))
        finally:
            if other is not None:
                other.stop()
        aside.rename(path)
        began = time.monotonic()
        wait_for(f"BIRD heard after {manner}", lambda: f"bird: has {PREFIX4}" in why(lab), 5)
        heard.append(time.monotonic() - began)
    for address, asked in asking.items():
        seen = asked.finish()
        expect(seen["lost"] == 0 and not seen["changes"], f"{address}: {seen}")
        print(f"{address}: sent {seen['sent']}, lost 0, stayed", flush=True)
    expect("libasan" in pathlib.Path(f"/proc/{lab.programs.pid(SITE, 'doorkeeper')}/maps").read_text() or largest < MOST_KIB,
           f"doorkeeper had {largest} KiB")
    print(f"{len(told)} kinds of no BIRD: told after {max(told):.1f} s at most, BIRD heard again after {max(heard):.1f} s at most; "
          f"doorkeeper {largest} KiB at most", flush=True)


def disabled_meanwhile(lab: Lab) -> None:
    """What was done to BIRD while nobody could reach it is undone once doorkeeper can."""
    path = lab.programs.home(SITE) / "bird.ctl"
    lab.programs.signal(SITE, "bird", signal.SIGKILL)
    path.unlink(missing_ok=True)
    wait_for("loss told", lambda: "bird: not connected" in why(lab), 4)
    lab.programs.start(SITE, "bird")
    lab.birdc(SITE).ask("disable", "door4")
    began = time.monotonic()
    wait_for("door4 enabled", lambda: " up " in lab.birdc(SITE).ask("show", "protocols", "door4"), 5)
    print(f"BIRD restarted and door4 disabled: enabled {time.monotonic() - began:.1f} s later", flush=True)
    lab.settled(SITE)


def operator(lab: Lab) -> None:
    """Within 2 s the state is as it has to be, and `why` tells."""
    def right() -> bool:
        said = why(lab)
        return lab.announced(SITE) and f"prefix {PREFIX4} announced" in said and f"bird: has {PREFIX4}" in said
    for words in (["addr", "del", LEASE4, "dev", "door-up"], ["link", "set", "door-up", "down"]):
        lab.network.run(SITE, "ip", *words)
        if "down" in words:
            wait_for("why tells of the interface", lambda: "interface door-up is down" in why(lab), 2)
            lab.network.run(SITE, "ip", "link", "set", "door-up", "up")
        began = time.monotonic()
        # What was announced before it can still be seen: first let the change be seen.
        time.sleep(0.3)
        wait_for(f"right state after `ip {' '.join(words)}`", right, 2)
        print(f"ip {' '.join(words)}: right after {time.monotonic() - began:.1f} s", flush=True)
        lab.settled(SITE)


def speaker(lab: Lab) -> None:
    sockets(lab)
    disabled_meanwhile(lab)
    operator(lab)


if __name__ == "__main__":
    # Long enough that doorkeeper is back within a lease on the busiest machine.
    scenario.main(speaker, lease_s=6)
