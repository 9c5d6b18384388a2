#!/usr/bin/env python3
"""Three PoPs with our programs and a real BIRD each, three transits, three clients, in network namespaces.

  lab.py up [--name NAME] [--bin DIR]   brings a lab up and says its name
  lab.py status                         what runs, what is announced, where each client's queries go
  lab.py exec NODE COMMAND...           runs a command on a node (ams, t-ams, c-ams, ...)
  lab.py kill SITE PROGRAM [SIGNAL]     sends a signal (KILL) to doord, doorsync, doorkeeper or bird of a PoP
  lab.py start SITE PROGRAM             starts it again
  lab.py ctl SITE COMMAND...            doorctl for that PoP: drain, undrain, why, status, push, ...
  lab.py down                           removes everything

Several labs can be up at once: --name tells them apart, and may be left out while there is one. Needs root.
"""
import argparse
import json
import os
import pathlib
import secrets
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from lab.network import (PREFIX4, PREFIX6, SERVICE4, SERVICE6, SITES, Network, can_run,  # noqa: E402
                         lease_device, pop_as)
from lab.programs import PROGRAMS, Programs, stop_process  # noqa: E402
from lab.transit import Birdc, transit_config  # noqa: E402

HOME = pathlib.Path("/run/doors-lab")
ZONE = "example."


def wait_for(what: str, condition, timeout: float = 20, pause: float = 0.05):
    """Waits until `condition()` gives something true, and gives that; a RuntimeError that says `what` otherwise."""
    end = time.monotonic() + timeout
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise RuntimeError(f"no {what} within {timeout:g} s")
        time.sleep(pause)


class Asking:
    """A doorask at work on a client."""

    def __init__(self, process: subprocess.Popen):
        self.process = process

    def finish(self) -> dict:
        """Ends the sending, waits for the last answers, gives the summary."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        out, _ = self.process.communicate(timeout=60)
        if self.process.returncode != 0:
            raise RuntimeError(f"doorask ended with {self.process.returncode}")
        return json.loads(out)


class Lab:
    """One lab. As a context manager it is gone afterwards, whatever happens: a warden process removes it even when this
    one is killed."""

    def __init__(self, bin_dir: str | os.PathLike, name: str | None = None, lease_s: int = 3):
        self.bin = pathlib.Path(bin_dir).resolve()
        self.name = name or secrets.token_hex(2)
        self.lease_s = lease_s
        self.directory = HOME / self.name
        self.network = Network(f"doors-{self.name}")
        self.programs = Programs(self.network, self.directory, self.bin, lease_s)
        self._warden: subprocess.Popen | None = None

    @staticmethod
    def open(name: str) -> "Lab":
        """A lab that is up already."""
        stored = json.loads((HOME / name / "lab.json").read_text())
        return Lab(stored["bin"], name, stored["lease_s"])

    def __enter__(self) -> "Lab":
        try:
            self._guard()
            self.up()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        self.down()
        if self._warden is not None:
            self._warden.stdin.close()
            self._warden.wait(timeout=60)

    def _guard(self) -> None:
        """The warden reads a pipe whose other end only this process holds."""
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: sys.exit(130))
        self._warden = subprocess.Popen([sys.executable, __file__, "warden", "--name", self.name], stdin=subprocess.PIPE,
                                        start_new_session=True)

    def up(self) -> None:
        """Everything, until each client is answered by its nearest PoP."""
        if not (self.bin / "doord").exists():
            raise RuntimeError(f"no programs in {self.bin}: build them, or say --bin")
        self.directory.mkdir(parents=True)
        (self.directory / "lab.json").write_text(json.dumps({"bin": str(self.bin), "lease_s": self.lease_s}))
        self.network.up()
        for site in SITES:
            self.start_transit(site)
        self.programs.prepare()
        for site in SITES:
            for program in PROGRAMS:
                self.programs.start(site, program)
        for site in SITES:
            self.programs.push(site, self.programs.example_zone(1))
        for site in SITES:
            self.settled(site)
            for address in SERVICE4, SERVICE6:
                wait_for(f"answer of {site} at {address}",
                         lambda site=site, address=address: self.nearest(site, address) == self.nsid(site), 10)

    def start_transit(self, site: str) -> None:
        node = f"t-{site}"
        home = self.directory / node
        home.mkdir(exist_ok=True)
        (home / "bird.conf").write_text(transit_config(node, str(home / "bird.log")))
        self.programs.start_bird(node)

    def down(self) -> None:
        """Removes all processes, namespaces and files; what is gone already is no error."""
        deadline = time.monotonic() + 10
        while (left := self.network.processes()) and time.monotonic() < deadline:
            for pid in left:
                stop_process(pid)
            time.sleep(0.02)
        self.network.down()
        shutil.rmtree(self.directory, ignore_errors=True)
        if HOME.exists() and not any(HOME.iterdir()):
            HOME.rmdir()

    # -- looking ---------------------------------------------------------------------------------------------------

    def birdc(self, node: str) -> Birdc:
        return Birdc(str(self.directory / node / "bird.ctl"))

    def origin(self, site: str, family: int = 4) -> str | None:
        """The PoP that this site's transit has chosen."""
        path = self.birdc(f"t-{site}").route(PREFIX4 if family == 4 else PREFIX6)
        return next((other for other in SITES if path and path[-1] == pop_as(other)), None)

    def announced(self, site: str) -> bool:
        """Whether any transit has the service prefix from this PoP."""
        wanted = str(pop_as(site))
        return any(wanted in self.birdc(f"t-{site}").ask("show", "route", prefix, "all", "protocol", "pop")
                   for prefix in (PREFIX4, PREFIX6))

    def nsid(self, site: str) -> str:
        """What this PoP calls itself: NAME.POP."""
        return f"n1.{site}"

    def settled(self, site: str) -> None:
        """Waits until nothing of an earlier fault is left: both families announced and chosen."""
        wait_for(f"both prefixes of {site}", lambda: self.origin(site) == site and self.origin(site, 6) == site, 30)

    def evidence(self) -> str:
        """For a failed scenario: the state, and the ends of the logs."""
        text = []
        for log in sorted(self.directory.glob("*/*.log")):
            end = log.read_text(errors="replace")[-1500:]
            if end:
                text.append(f"---- {log.parent.name}/{log.name}\n{end}")
        return "\n".join(text)

    def ask_once(self, node: str, address: str = SERVICE4, timeout_ms: int = 500, *options: str) -> dict:
        done = self.network.run(node, str(self.bin / "doorask"), "--server", address if ":" not in address else f"[{address}]",
                                "--name", ZONE, "--count", "1", "--timeout", str(timeout_ms), "--sockets", "1", *options)
        return json.loads(done.stdout)

    def nearest(self, site: str, address: str = SERVICE4) -> str | None:
        """Whose NSID the client behind this site's transit gets; nothing without an answer."""
        return next(iter(self.ask_once(f"c-{site}", address)["nsids"]), None)

    def ask(self, site: str, rate: float = 200, address: str = SERVICE4, *options: str, log: str | None = None) -> Asking:
        """Lets the client behind this site's transit ask from now on."""
        command = self.network.command(f"c-{site}", str(self.bin / "doorask"), "--server",
                                       address if ":" not in address else f"[{address}]", "--name", ZONE,
                                       "--rate", str(rate), "--duration", "600", "--timeout", "1000", *options)
        if log is not None:
            command += ["--log", log]
        return Asking(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True))

    def status(self) -> str:
        text = [f"lab {self.name}: leases of {self.lease_s} s on {lease_device()} devices, in {self.directory}"]
        for site in SITES:
            states = [f"{program} {self.programs.describe(site, program)}" for program in PROGRAMS]
            text.append(f"  {site}: " + ", ".join(states))
        for site in SITES:
            text.append(f"  c-{site}: 192.0.2.53 is {self.nearest(site, SERVICE4) or 'silent'}, 2001:db8:53::53 is "
                        f"{self.nearest(site, SERVICE6) or 'silent'}; t-{site} has chosen {self.origin(site) or 'nobody'}")
        return "\n".join(text)


def labs() -> list[str]:
    return sorted(entry.name for entry in HOME.iterdir() if (entry / "lab.json").exists()) if HOME.exists() else []


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=["up", "down", "status", "exec", "kill", "start", "ctl", "warden"])
    parser.add_argument("words", nargs=argparse.REMAINDER)
    parser.add_argument("--name", help="which lab")
    parser.add_argument("--bin", default=os.environ.get("DOORS_BIN", ".build/release/bin"), help="where the programs are")
    parser.add_argument("--lease", type=int, default=3, help="seconds")
    # argparse.REMAINDER takes all that follows the action; options of ours may come before or right after it.
    own, rest = [], sys.argv[1:]
    action = rest.pop(0) if rest and not rest[0].startswith("-") else None
    while rest and rest[0] in ("--name", "--bin", "--lease"):
        own += [rest.pop(0), rest.pop(0) if rest else ""]
    arguments = parser.parse_args(own + ([action] if action else []) + rest)
    words = arguments.words

    if arguments.action == "warden":
        sys.stdin.read()
        Lab("/", arguments.name).down()
        return 0
    if os.geteuid() != 0 or not can_run():
        print("lab.py: network namespaces need root", file=sys.stderr)
        return 77
    if arguments.action == "up":
        lab = Lab(arguments.bin, arguments.name, arguments.lease)
        started = time.monotonic()
        try:
            lab.up()
        except BaseException:
            lab.down()
            raise
        print(f"lab {lab.name} is up after {time.monotonic() - started:.1f} s; `{sys.argv[0]} down --name {lab.name}` removes it")
        return 0
    names = [arguments.name] if arguments.name else labs()
    if len(names) != 1:
        print("lab.py: " + (f"several labs are up, say --name: {' '.join(names)}" if names else "no lab is up"), file=sys.stderr)
        return 2
    if arguments.action == "down":
        Lab("/", names[0]).down()
        return 0
    lab = Lab.open(names[0])
    if arguments.action == "status":
        print(lab.status())
    elif arguments.action == "exec":
        os.execvp("ip", lab.network.command(*words))
    elif arguments.action == "kill":
        lab.programs.signal(words[0], words[1], signal.Signals[f"SIG{(words + ['KILL'])[2]}"])
    elif arguments.action == "start":
        lab.programs.start(words[0], words[1])
    elif arguments.action == "ctl":
        return lab.programs.ctl(words[0], *words[1:], capture=False).returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
