#!/usr/bin/env python3
"""A lab is up in seconds, works beside another one, sends each client to its nearest PoP, and leaves nothing behind: not
when it ends well, and not when the process that made it is killed."""
import os
import pathlib
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from lab import scenario  # noqa: E402
from lab.lab import HOME, Lab, wait_for  # noqa: E402
from lab.network import SERVICE4, SERVICE6, SITES  # noqa: E402
from lab.scenario import expect  # noqa: E402


def traces(lab: Lab) -> list[str]:
    """What is left of a lab on this machine."""
    left = [line.split()[0] for line in subprocess.run(["ip", "netns", "list"], check=True, text=True,
                                                      stdout=subprocess.PIPE,
                                                      stderr=subprocess.DEVNULL).stdout.splitlines()
            if line.startswith(lab.network.name + "-")]
    if lab.directory.exists():
        left.append(str(lab.directory))
    for entry in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes()
        except OSError:
            continue
        if str(lab.directory).encode() + b"/" in words:
            left.append(words.replace(b"\0", b" ").decode(errors="replace"))
    return left


def nearest(lab: Lab) -> None:
    for site in SITES:
        for address in SERVICE4, SERVICE6:
            for transport in [], ["--tcp"]:
                seen = lab.ask_once(f"c-{site}", address, 1000, *transport)
                expect(list(seen["nsids"]) == [lab.nsid(site)],
                       f"c-{site} asked {address} {transport} and got {seen['nsids']}")
    print(f"lab {lab.name}: each client reaches its nearest PoP, IPv4 and IPv6, UDP and TCP")


def main() -> None:
    scenario.skip_without_namespaces()
    started = time.monotonic()
    with Lab(scenario.bin_dir()) as one:
        print(f"first lab up in {time.monotonic() - started:.1f} s")
        started = time.monotonic()
        with Lab(scenario.bin_dir()) as other:
            print(f"second lab beside it in {time.monotonic() - started:.1f} s")
            nearest(one)
            nearest(other)
        expect(not traces(other), f"left behind: {traces(other)}")
        nearest(one)
    expect(not traces(one), f"left behind: {traces(one)}")
    print("both gone without trace")

    # The child says its lab's name when it is up, and is killed.
    child = subprocess.Popen([sys.executable, "-c", f"""
import sys, time
sys.path.insert(0, {str(pathlib.Path(__file__).resolve().parent.parent)!r})
from lab.lab import Lab
with Lab({scenario.bin_dir()!r}) as lab:
    print(lab.name, flush=True)
    time.sleep(600)
"""], stdout=subprocess.PIPE, text=True)
    name = child.stdout.readline().strip()
    expect(name != "" and (HOME / name).exists(), "the child's lab did not come up")
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    started = time.monotonic()
    wait_for("end of the orphaned lab", lambda: not traces(Lab(scenario.bin_dir(), name)), 30)
    print(f"maker killed: its lab gone without trace after {time.monotonic() - started:.1f} s")


if __name__ == "__main__":
    main()
