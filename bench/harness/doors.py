"""Our own: doord with images that doorsync made of what doorctl pushed."""
import hashlib
import os
import pathlib
import shutil
import subprocess
import time

from harness import machine
from harness.machine import ROOT, say
from harness.server import Server
from harness.trouble import Trouble

HERE = "@HERE@"  # in a kept PoP's configs: where it lies; and so with its port
PORT = "@PORT@"


class Doord(Server):
    """doord alone on a directory of images, as it starts at a PoP."""
    name, peer = "doord", False

    @classmethod
    def program(cls) -> str | None:
        return "doord"

    def config(self) -> str:
        images = kept_pop(self.zones, self.options) / "state/images"
        return f"""
[udp]
listen = ["{self.address}:{self.port}"]
workers = 1
[zones]
images = "{images}"
[control]
socket = "{self.home}/sock"
"""

    def prepare(self) -> None:
        (self.home / "doord.toml").write_text(self.config())

    def command(self) -> list[str]:
        return [str(self.options.bin / "doord"), "--config", str(self.home / "doord.toml")]


class Pop(Server):
    """doord and doorsync: a PoP that zones are pushed to. `empty`: without the zone set."""
    name, peer = "pop", False

    def __init__(self, zones, directory, options, empty: bool = False):
        super().__init__(zones, directory, options)
        self.empty = empty

    def prepare(self) -> None:
        if self.empty:
            init_pop(self.home, self.port, self.options)
        else:
            shutil.copytree(kept_pop(self.zones, self.options), self.home, dirs_exist_ok=True, copy_function=link_or_copy)
            for config in (self.home / "config").glob("*.toml"):
                text = config.read_text().replace(HERE, str(self.home)).replace(PORT, str(self.port))
                config.unlink()  # it is a link to the one that is kept
                config.write_text(text)

    def start(self) -> float:
        self.prepare()
        begin = time.monotonic()
        for program in ("doord", "doorsync"):
            self.run([str(self.options.bin / program), "--config", str(self.home / f"config/{program}.toml")],
                     anywhere=program == "doorsync")
        if not self.empty:
            self.wait()
        self.wait_for_control()
        return time.monotonic() - begin

    def wait_for_control(self) -> None:
        end = time.monotonic() + self.options.patience
        while self.ctl("status", check=False).returncode != 0:
            if time.monotonic() > end or not len(self.pids) == 2:
                raise Trouble(f"doorsync is not there: {self.tail()}")
            time.sleep(0.05)

    def ctl(self, *words, check: bool = True) -> subprocess.CompletedProcess:
        """Runs doorctl, on the servers' core or any."""
        done = subprocess.run([str(self.options.bin / "doorctl"), "--dir", str(self.home), *map(str, words)], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if check and done.returncode != 0:
            raise Trouble(f"doorctl {words[0]}: exit code {done.returncode}: {done.stdout[-400:]}")
        return done

    def push(self, path: pathlib.Path) -> None:
        """A zone's text, or a directory of directories of them."""
        origin = ["--origin", self.zones.origin] if self.zones.origin else []
        paths = sorted(path.iterdir()) if path.is_dir() else [path]
        self.ctl("push", *paths, *origin, "--force", "expired,zonemd", "--wait", f"{max(self.options.patience, 900)}s")


def link_or_copy(source: str, target: str) -> None:
    """Images and blobs never change in place; all else is copied."""
    if source.endswith((".mdb", ".toml", ".key")) or os.path.getsize(source) < 1 << 16:
        shutil.copy2(source, target)
        return
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def init_pop(home: pathlib.Path, port: int, options) -> None:
    shutil.rmtree(home, ignore_errors=True)
    done = subprocess.run([str(options.bin / "doorctl"), "init", "--dir", str(home), "--pop", "bench", "--node", "n1",
                           "--listen", f"127.0.0.1:{port}"], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        raise Trouble(f"doorctl init: {done.stdout}")
    config = home / "config/doord.toml"
    config.write_text(config.read_text().replace("workers = 0", "workers = 1"))


def kept_pop(zones, options) -> pathlib.Path:
    """A PoP that has the zone set, made once for each format of images; its configs hold HERE and PORT."""
    marks = b"".join(path.read_bytes() for folder in ("zones/image", "sync/pop", "sync/store", "sync/trust")
                     for path in sorted((ROOT / folder).glob("**/*.h")))
    kept = zones.home / f"pop-{hashlib.sha256(marks).hexdigest()[:8]}"
    if kept.exists():
        return kept
    for old in zones.home.glob("pop-*"):
        shutil.rmtree(old)
    say(f"{zones.name}: pushing it to a PoP, whose images are then kept")
    half = options.scratch / f"making-{zones.name}"
    pop = Pop(zones, half, options, empty=True)
    try:
        begin = time.monotonic()
        pop.start()
        pop.push(zones.file)
        say(f"{zones.name}: served after {time.monotonic() - begin:.1f} s")
        machine.settle(pop.pids)
    finally:
        pop.stop()
    for config in (pop.home / "config").glob("*.toml"):
        config.write_text(config.read_text().replace(str(pop.home), HERE).replace(f"127.0.0.1:{pop.port}", f"127.0.0.1:{PORT}"))
    moving = kept.with_name("half-" + kept.name)
    shutil.rmtree(moving, ignore_errors=True)
    shutil.copytree(pop.home, moving, ignore=shutil.ignore_patterns("*.sock", "run"))
    (moving / "run").mkdir()
    os.rename(moving, kept)
    shutil.rmtree(half)
    return kept
