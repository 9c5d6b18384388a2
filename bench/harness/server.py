"""A server that is measured: its process, when it answers, how it ends."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

from harness import machine, message, netns
from harness.trouble import Trouble
from harness.zones import ZoneSet


class Server:
    """One server with one zone set. A subclass gives `name`, `command()` and what it needs to write before."""

    name = "?"
    peer = True            # is one that we compare with
    pinned = True          # keeps to the server's core

    def __init__(self, zones: ZoneSet, directory: pathlib.Path, options, link=None):
        self.zones, self.options = zones, options
        self.home = directory / self.name.replace(", ", "-")
        self.home.mkdir(parents=True, exist_ok=True)
        self.link = link  # where it serves, if not on loopback
        self.address = link.address if link else "127.0.0.1"
        self.port = 53 if link else machine.free_port()
        self.processes: list[subprocess.Popen] = []

    # What a subclass may say.
    def prepare(self) -> None:
        """Writes configs; not timed."""

    def command(self) -> list[str]:
        raise NotImplementedError

    @classmethod
    def program(cls) -> str | None:
        """The path of the program, or None if it is not there."""
        return None

    @classmethod
    def version(cls) -> str:
        return ""

    # What all do.
    @property
    def pids(self) -> list[int]:
        return [process.pid for process in self.processes if process.poll() is None]

    def ask(self, query: bytes, timeout: float = 1.0) -> bytes | None:
        """Its response over UDP, or None."""
        with netns.inside(self.link and self.link.client_ns):
            return message.ask(self.port, query, timeout, self.address)

    def run(self, command: list[str], anywhere: bool = False) -> subprocess.Popen:
        """Starts a process of this server, on its core unless `anywhere`."""
        with open(self.home / "log", "ab") as log:
            try:
                process = subprocess.Popen(command, cwd=self.home, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                           start_new_session=True, preexec_fn=self.child_setup(self.pinned and not anywhere))
            except OSError as error:
                raise Trouble(f"{self.name} cannot be run: {error}") from None
        self.processes.append(process)
        return process

    def child_setup(self, pinned: bool):
        setup = machine.child_setup(self.options.server_core if pinned else None, self.options.nice)

        def whole() -> None:
            if self.link:
                netns.enter(self.link.server_ns)
            setup()
        return whole

    def start(self) -> float:
        """Starts it. Gives the seconds from exec to the first right answer."""
        self.prepare()
        begin = time.monotonic()
        self.run(self.command())
        self.wait()
        return time.monotonic() - begin

    def right(self) -> bool:
        """Whether it answers the zone set's first question as it should."""
        name, rtype = self.zones.probe
        reply = self.ask(message.query(name, rtype), 0.1)
        if reply is None or reply[3] & 15 != 0:
            return False
        return any(reply[at] or reply[at + 1] for at in (6, 8))  # an answer or a referral

    def wait(self) -> None:
        end = time.monotonic() + self.options.patience
        while time.monotonic() < end:
            if self.right():
                return
            if self.processes[-1].poll() is not None:
                raise Trouble(f"{self.name} ended by itself with exit code {self.processes[-1].returncode}: {self.tail()}")
            time.sleep(0.0005)
        raise Trouble(f"{self.name} gave no right answer in {self.options.patience} s: {self.tail()}")

    def tail(self) -> str:
        lines = (self.home / "log").read_text(errors="replace").splitlines() if (self.home / "log").exists() else []
        return " | ".join(lines[-3:]) or "it said nothing"

    def stop(self) -> None:
        """Ends it and all its children."""
        for process in reversed(self.processes):
            everybody = machine.family(process.pid) if process.poll() is None else []
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                pass
            for pid in everybody:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            process.wait()
        self.processes.clear()


def find(variable: str, program: str) -> str | None:
    """A program named by an environment variable, or the one of the system."""
    named = os.environ.get(variable)
    return shutil.which(named or program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def version_of(command: list[str]) -> str:
    """The first number with dots that a program tells of itself."""
    try:
        told = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False).stdout
    except OSError:
        return "?"
    found = re.search(r"\d+\.\d+[.\w-]*", told)
    return found.group(0) if found else "?"
