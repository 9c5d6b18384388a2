"""What the ctl_*.py scenario tests share: doorctl, a PoP made by its init, `doorctl serve`, and questions."""
import json
import os
import pathlib
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

BIN = pathlib.Path(os.environ.get("DOORS_BIN") or ".build/dev/bin").resolve()
DATA = pathlib.Path(os.environ.get("DOORS_TEST_DATA") or BIN.parent / "test-data").resolve()
LONG = os.environ.get("DOORS_LONG") == "1"
PATIENCE = 60.0  # bounds every wait; never waited out

TYPES = {"A": 1, "NS": 2, "SOA": 6, "TXT": 16, "AAAA": 28}


def fail(message):
    sys.exit(message)


def expect(what, seen, wanted):
    if seen != wanted:
        fail(f"{what}: {seen!r}, expected {wanted!r}")


def expect_in(what, part, whole):
    if part not in whole:
        fail(f"{what}: {part!r} is not in\n{whole}")


def wait_until(condition, what, patience=PATIENCE):
    """The first true value of condition()."""
    deadline = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            fail(f"waited {patience} s for {what}")
        time.sleep(0.01)


# -- programs ----------------------------------------------------------------------------------------------------------

def doorctl(*arguments, timeout=PATIENCE):
    """Runs it; (exit code, stdout, stderr)."""
    done = subprocess.run([BIN / "doorctl", *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=timeout, check=False)
    return done.returncode, done.stdout, done.stderr


def doorctl_json(*arguments, timeout=PATIENCE):
    """Runs it with --json; (exit code, the object, stderr)."""
    code, out, err = doorctl(*arguments, "--json", timeout=timeout)
    try:
        return code, json.loads(out), err
    except ValueError:
        fail(f"doorctl {arguments} --json gave no JSON: {out!r}\n{err}")


def free_port():
    """A port that is free over UDP and TCP on loopback of both families, as far as one can know."""
    while True:
        held = []
        try:
            port = 0
            for host, kind in [(h, k) for h in ("127.0.0.1", "::1") for k in (socket.SOCK_STREAM, socket.SOCK_DGRAM)]:
                held.append(socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind))
                held[-1].bind((host, port))
                port = held[-1].getsockname()[1]
            return port
        except OSError:
            continue
        finally:
            for one in held:
                one.close()


class Program:
    """A child with its output in a file; ended by stop() at the latest when the test ends."""
    running = []

    def __init__(self, *command, log):
        self.name = pathlib.Path(command[0]).name
        self.log = log
        with open(log, "ab") as output:
            self.process = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=output,
                                            stderr=output)
        Program.running.append(self)

    def said(self):
        return self.log.read_text(errors="replace")

    def stop(self, how=signal.SIGTERM):
        if self in Program.running:
            Program.running.remove(self)
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            fail(f"{self.name} did not end\n{self.said()}")


class Pop:
    """doord and doorsync below one directory, as `doorctl init` makes it."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.port = free_port()
        code, _, err = self.doorctl("init", "--pop", "test", "--node", "n1", "--listen", f"127.0.0.1:{self.port}",
                                    "--listen", f"[::1]:{self.port}")
        expect(f"init {err}", code, 0)
        self.doord = self.start("doord")
        self.doorsync = self.start("doorsync")
        wait_until(self.is_up, "doord and doorsync")

    def start(self, name):
        return Program(BIN / name, "--config", self.directory / "config" / f"{name}.toml",
                       log=self.directory / f"{name}.log")

    def is_up(self):
        for program in (self.doord, self.doorsync):
            if program.process.poll() is not None:
                fail(f"{program.name} ended:\n{program.said()}")
        code, out, _ = self.doorctl("status", "--json")
        return code != 3 and json.loads(out).get("doord_link") == "connected"

    def doorctl(self, *arguments, timeout=PATIENCE):
        return doorctl("--dir", self.directory, *arguments, timeout=timeout)

    def doorctl_json(self, *arguments, timeout=PATIENCE):
        return doorctl_json("--dir", self.directory, *arguments, timeout=timeout)

    def stop(self):
        expect("doorsync's exit code", self.doorsync.stop(), 0)
        expect("doord's exit code", self.doord.stop(), 0)


class Serve:
    """`doorctl serve` until it is ready."""

    def __init__(self, *arguments, ready=True):
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen([BIN / "doorctl", "serve", *map(str, arguments)], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=self.errors)
        Program.running.append(self)
        self.started = time.monotonic()
        if ready:
            words = dict(word.split("=", 1) for word in self.line("ready ").split()[1:])
            self.ready_after = time.monotonic() - self.started
            self.zones = int(words["zones"])
            self.addresses = words["listen"].split(",")

    def line(self, start, patience=PATIENCE):
        """The next line on stdout; it has to begin so."""
        deadline = time.monotonic() + patience
        text = b""
        while not text.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left < 0 or not select.select([self.process.stdout], [], [], left)[0]:
                fail(f"no line {start!r} within {patience} s\n{self.stderr()}")
            octet = os.read(self.process.stdout.fileno(), 1)
            if not octet:
                fail(f"serve ended before {start!r}: exit code {self.process.wait()}\n{self.stderr()}")
            text += octet
        if not text.decode().startswith(start):
            fail(f"{text!r} where {start!r} was expected\n{self.stderr()}")
        return text.decode()

    def reload(self):
        """SIGHUP; the numbers it prints."""
        self.process.send_signal(signal.SIGHUP)
        words = (word.split("=", 1) for word in self.line("reloaded ").split()[1:])
        return {key: int(value) for key, value in words}

    def stderr(self):
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace")

    def children(self):
        path = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        return [int(pid) for pid in pathlib.Path(path).read_text().split()]

    def stop(self, how=signal.SIGINT):
        if self in Program.running:
            Program.running.remove(self)
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(PATIENCE)


def main(*tests):
    """Runs the tests in order, and ends what they left running, whatever happens."""
    try:
        for test in tests:
            began = time.monotonic()
            with tempfile.TemporaryDirectory(prefix="doors-") as directory:
                said = test(pathlib.Path(directory))
            print(f"{test.__name__}: {said or 'fine'}  ({time.monotonic() - began:.1f} s)", flush=True)
    finally:
        for program in list(Program.running):
            program.process.kill()
            program.process.wait()


def is_alive(pid):
    """False for a zombie too."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


# -- DNS ---------------------------------------------------------------------------------------------------------------

def wire_name(name):
    labels = [label for label in name.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"


def skip_name(message, at):
    while message[at]:
        if message[at] >= 0xc0:
            return at + 2
        at += 1 + message[at]
    return at + 1


class Response:
    """rcode, AA, TC, the answer section as (type, rdata), and the NSID of a response."""

    def __init__(self, message):
        self.octets = message
        _, flags, questions, answers, authority, additional = struct.unpack("!6H", message[:12])
        self.rcode, self.aa, self.tc = flags & 15, bool(flags & 0x400), bool(flags & 0x200)
        at = 12
        for _ in range(questions):
            at = skip_name(message, at) + 4
        self.answers, self.nsid = [], None
        for number in range(answers + authority + additional):
            at = skip_name(message, at)
            rrtype, _, _, length = struct.unpack("!HHIH", message[at:at + 10])
            rdata = message[at + 10:at + 10 + length]
            at += 10 + length
            if number < answers:
                self.answers.append((rrtype, rdata))
            if rrtype == 41 and rdata[:2] == b"\0\3":
                self.nsid = rdata[4:4 + struct.unpack("!H", rdata[2:4])[0]]

    def serial(self):
        return next((struct.unpack("!I", rdata[-20:-16])[0] for rrtype, rdata in self.answers if rrtype == 6), None)


def ask(address, name, rrtype="A", tcp=False, rrclass=1):
    """One question with NSID, over UDP or TCP, to ADDR:PORT."""
    host, port = address.rsplit(":", 1)
    host = host.strip("[]")
    query = (struct.pack("!6H", 0x2612, 0, 1, 0, 0, 1) + wire_name(name) + struct.pack("!HH", TYPES[rrtype], rrclass) +
             b"\0" + struct.pack("!HHIHHH", 41, 1232, 0, 4, 3, 0))
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM) as sock:
        sock.settimeout(10)
        sock.connect((host, int(port)))
        if not tcp:
            sock.send(query)
            return Response(sock.recv(65535))
        sock.sendall(struct.pack("!H", len(query)) + query)
        stream = sock.makefile("rb")
        return Response(stream.read(struct.unpack("!H", stream.read(2))[0]))
