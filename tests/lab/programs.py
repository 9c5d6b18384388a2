"""What runs on the lab's nodes: doord, doorsync, doorkeeper and BIRD of each PoP, and the transits' BIRD."""
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

from lab.network import (LEASE4, LEASE6, PREFIX4, PREFIX6, SERVICE4, SERVICE6, SITES, Network, lines_of, pop_as)

PROGRAMS = ("bird", "doord", "doorsync", "doorkeeper")
BIRD_CONFIGS = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "bgp"

POP_BIRD = """
log "{log}" all;
timeformat log iso long ms;
define ROUTER_ID = {router_id};
define ORIGIN_AS = {origin_as};
define DOOR_PREFIXES4 = [ {prefix4} ];
define DOOR_PREFIXES6 = [ {prefix6} ];
include "bird-door.conf";
protocol bgp transit from door_session {{
  neighbor {neighbor} as {neighbor_as};
}}
"""

KEEPER = """
[node]
pop = "{site}"
name = "n1"

[[service]]
address = "{service4}:53"
prefix = "{prefix4}"
lease = "{lease4}"
protocol = "door4"

[[service]]
address = "[{service6}]:53"
prefix = "{prefix6}"
lease = "{lease6}"
protocol = "door6"

[probe]
zone = "example."

[lease]
seconds = {lease_s}

[bird]
socket = "{home}/bird.ctl"

[doord]
socket = "{home}/run/doord.sock"

[doorsync]
socket = "{home}/run/doorsync.sock"

[control]
socket = "{home}/run/doorkeeper.sock"
state = "{home}/state/keeper"
"""

ZONE_TEXT = """$ORIGIN example.
$TTL 60
@    SOA ns hostmaster {serial} 3600 600 86400 60
@    NS ns
ns   A {service4}
ns   AAAA {service6}
www  A 203.0.113.80
"""


def process_alive(pid: int) -> bool:
    """Whether it runs; a zombie does not."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def stop_process(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


class Programs:
    """The processes of one lab; their pids lie in its directory, for `lab.py kill` from another process."""

    def __init__(self, network: Network, directory: pathlib.Path, bin_dir: pathlib.Path, lease_s: int):
        self.network, self.directory, self.bin, self.lease_s = network, directory, bin_dir, lease_s
        self._children: dict[tuple[str, str], subprocess.Popen] = {}

    def home(self, node: str) -> pathlib.Path:
        return self.directory / node

    def prepare(self) -> None:
        """Configs of all PoPs: `doorctl init` for each, with one publisher's key for all."""
        first = self.home(SITES[0])
        for site in SITES:
            home = self.home(site)
            self._doorctl("init", "--dir", str(home), "--pop", site, "--node", "n1", "--listen", f"{SERVICE4}:53",
                          "--listen", f"[{SERVICE6}]:53")
            if site != SITES[0]:
                own = home / "config" / "doorsync.toml"
                theirs = re.search(r"^key = .*$", (first / "config" / "doorsync.toml").read_text(), re.M).group(0)
                own.write_text(re.sub(r"^key = .*$", lambda _: theirs, own.read_text(), flags=re.M))
                for key in (first / "config").glob("*.key"):
                    shutil.copy2(key, home / "config" / key.name)
            line = lines_of(site)[0]
            (home / "config" / "doorkeeper.toml").write_text(KEEPER.format(
                site=site, home=home, lease_s=self.lease_s, service4=SERVICE4, service6=SERVICE6, prefix4=PREFIX4,
                prefix6=PREFIX6, lease4=LEASE4, lease6=LEASE6))
            shutil.copy(BIRD_CONFIGS / "bird-door.conf", home / "bird-door.conf")
            (home / "bird.conf").write_text(POP_BIRD.format(
                log=home / "bird.log", router_id=line.end(site).v4, origin_as=pop_as(site), prefix4=PREFIX4,
                prefix6=PREFIX6, neighbor=line.other(site).v4, neighbor_as=64601 + SITES.index(site)))

    def start_bird(self, node: str) -> None:
        """BIRD with real-time priority: with BFD at 300 ms, a machine busy compiling would look like a dead one."""
        home = self.home(node)
        (home / "bird.ctl").unlink(missing_ok=True)
        self._launch(node, "bird", ["chrt", "--rr", "1", *self.network.command(
            node, "bird", "-f", "-c", str(home / "bird.conf"), "-s", str(home / "bird.ctl"))])
        self._until(node, "bird", lambda: (home / "bird.ctl").exists())

    def start(self, site: str, program: str) -> None:
        """Starts a program of a PoP and waits until it says that it is ready."""
        if program == "bird":
            self.start_bird(site)
            return
        home = self.home(site)
        path = home / "notify"
        path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(str(path))
            notify.settimeout(0.05)
            self._launch(site, program, self.network.command(
                site, str(self.bin / program), "--config", str(home / "config" / f"{program}.toml")),
                {"NOTIFY_SOCKET": str(path)})

            def ready() -> bool:
                try:
                    return b"READY=1" in notify.recv(4096)
                except TimeoutError:
                    return False
            self._until(site, program, ready)
        path.unlink(missing_ok=True)

    def pid(self, node: str, program: str) -> int:
        return int((self.home(node) / f"{program}.pid").read_text())

    def signal(self, node: str, program: str, number: signal.Signals) -> None:
        os.kill(self.pid(node, program), number)
        child = self._children.get((node, program))
        if child is not None and number == signal.SIGKILL:
            child.wait(timeout=10)

    def describe(self, node: str, program: str) -> str:
        try:
            pid = self.pid(node, program)
        except FileNotFoundError:
            return "never started"
        return f"runs as {pid}" if process_alive(pid) else "gone"

    def ctl(self, site: str, *words: str, capture: bool = True, timeout: float = 60) -> subprocess.CompletedProcess:
        """doorctl, run on that PoP."""
        pipe = subprocess.PIPE if capture else None
        return subprocess.run(self.network.command(site, str(self.bin / "doorctl"), "--dir", str(self.home(site)), *words),
                              check=False, timeout=timeout, text=True, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe)

    def push(self, site: str, zone_text: str) -> str:
        path = self.home(site) / "example.zone"
        path.write_text(zone_text)
        done = self.ctl(site, "push", str(path))
        if done.returncode != 0:
            raise RuntimeError(f"push to {site}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    @staticmethod
    def example_zone(serial: int) -> str:
        return ZONE_TEXT.format(serial=serial, service4=SERVICE4, service6=SERVICE6)

    def _doorctl(self, *words: str) -> None:
        done = subprocess.run([self.bin / "doorctl", *words], check=False, text=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            raise RuntimeError(f"doorctl {' '.join(words)}: exit code {done.returncode}\n{done.stdout}")

    def _launch(self, node: str, program: str, command: list[str], environment: dict[str, str] | None = None) -> None:
        home = self.home(node)
        with open(home / f"{program}.log", "ab") as log:
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                                     env={**os.environ, **(environment or {})})
        self._children[(node, program)] = child
        (home / f"{program}.pid").write_text(str(child.pid))

    def _until(self, node: str, program: str, condition, timeout: float = 15) -> None:
        end = time.monotonic() + timeout
        while not condition():
            ended = self._children[(node, program)].poll()
            if ended is not None or time.monotonic() > end:
                log = (self.home(node) / f"{program}.log").read_text(errors="replace")[-2000:]
                what = f"ended with {ended}" if ended is not None else f"not ready within {timeout:g} s"
                raise RuntimeError(f"{program} on {node}: {what}\n{log}")
            time.sleep(0.005)
