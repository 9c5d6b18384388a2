#!/usr/bin/env python3
"""A drain loses no query; the drained PoP still answers what reaches it; `birdc configure` does not announce it again;
and after undrain traffic comes home without a loss."""
import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from lab import scenario  # noqa: E402
from lab.lab import Lab, wait_for  # noqa: E402
from lab.network import SERVICE4, SERVICE6, lines_of  # noqa: E402
from lab.scenario import expect  # noqa: E402

SITE = "ams"


def ask_past_routing(lab: Lab, site: str) -> None:
    """Asks the PoP by its service addresses over host routes at its transit, as what was under way would arrive."""
    transit, line = f"t-{site}", lines_of(site)[0]
    for address, gateway in (SERVICE4, line.end(site).v4), (SERVICE6, line.end(site).v6):
        lab.network.run(transit, "ip", "route", "add", address, "via", gateway)
        try:
            answered_by = lab.nearest(site, address)
        finally:
            lab.network.run(transit, "ip", "route", "del", address, "via", gateway)
        expect(answered_by == lab.nsid(site), f"withdrawn {site}, asked at {address} past its routes, gave {answered_by}")


def doctor(lab: Lab) -> None:
    """What the lab sets up with the shipped config has no fault; an interface set down and an address lost are found."""
    def ask() -> dict[str, dict]:
        done = lab.programs.ctl(SITE, "doctor", "--bird", str(lab.programs.home(SITE) / "bird.conf"), "--json")
        said = json.loads(done.stdout)
        expect(done.returncode == (1 if said["faults"] else 0), f"doctor: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return {finding["check"]: finding for finding in said["findings"] if finding["health"] == "fault"}
    expect(not ask(), f"doctor finds faults: {ask()}")
    for hurt, heal, check in ((["link", "set", "door-far", "down"], ["link", "set", "door-far", "up"], "interface door-far"),
                              (["addr", "del", f"{SERVICE4}/32", "dev", "lo"], ["addr", "add", f"{SERVICE4}/32", "dev", "lo"],
                               f"address {SERVICE4}")):
        lab.network.run(SITE, "ip", *hurt)
        found = ask()
        lab.network.run(SITE, "ip", *heal)
        expect(list(found) == [check] and found[check]["remedy"] != "", f"after `ip {' '.join(hurt)}` doctor finds {found}")
    print("doctor: no fault; a stopped interface and a lost service address are found, each with its remedy")
    lab.settled(SITE)


def drain(lab: Lab) -> None:
    doctor(lab)
    home = lab.nsid(SITE)
    asking = {address: lab.ask(SITE, 200, address) for address in (SERVICE4, SERVICE6)}
    time.sleep(1)
    started = time.monotonic()
    done = lab.programs.ctl(SITE, "drain", "--reason", "scenario", "--wait")
    expect(done.returncode == 0, f"drain: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    drained = time.monotonic() - started
    wait_for("withdrawal", lambda: not lab.announced(SITE), 10)
    time.sleep(1)
    # Drained and withdrawn: it still answers, and a reconfigured BIRD stays silent.
    ask_past_routing(lab, SITE)
    before = lab.birdc(f"t-{SITE}").updates("pop")
    for soft in [], ["soft"]:
        lab.birdc(SITE).ask("configure", *soft)
        time.sleep(1.5)
    after = lab.birdc(f"t-{SITE}").updates("pop")
    expect(before == after and not lab.announced(SITE), f"`birdc configure` of a drained PoP: {before} became {after} at the transit")
    print(f"drained in {drained:.1f} s; birdc configure and configure soft: no update at the transit, still withdrawn; "
          "asked past its routes it answers", flush=True)

    started = time.monotonic()
    done = lab.programs.ctl(SITE, "undrain")
    expect(done.returncode == 0, f"undrain: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    wait_for("return", lambda: lab.origin(SITE) == SITE and lab.origin(SITE, 6) == SITE, 20)
    returned = time.monotonic() - started
    time.sleep(1)
    for address, asked in asking.items():
        seen = asked.finish()
        print(f"{address}: sent {seen['sent']}, lost {seen['lost']}, went " +
              ", ".join(f"{c['from']} -> {c['to']}" for c in seen["changes"]) + f", p99 {seen['p99_us'] / 1000:.1f} ms")
        expect(seen["lost"] == 0, f"{seen['lost']} of {seen['sent']} queries lost over drain and undrain")
        expect([c["from"] for c in seen["changes"]][:1] == [home] and seen["changes"][-1]["to"] == home,
               f"traffic did not go and come home: {seen['changes']}")
    print(f"home {returned:.1f} s after undrain", flush=True)


if __name__ == "__main__":
    scenario.main(drain)
