"""What the doord_*.py scenario tests share: starting doord, speaking its control socket, asking it questions."""

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
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import control as control_message  # noqa: E402

BIN = pathlib.Path(os.environ.get("DOORS_BIN") or (sys.argv[1] if len(sys.argv) > 1 else ".build/dev/bin")).resolve()
LONG = os.environ.get("DOORS_LONG") == "1"
# The first line of a test's own settings in doord.toml, behind what Doord.write_config() puts there.
SETTINGS_LINE = 10
# Sanitized builds are slow to start; this bounds waiting, it is never waited out.
PATIENCE = 30.0

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "MX": 15, "TXT": 16, "AAAA": 28, "OPT": 41, "ANY": 255}
CLASSES = {"IN": 1, "CH": 3}
EXAMPLE = """$ORIGIN example.
@     300 IN SOA ns host {serial} 3600 600 86400 300
      300 IN NS  ns
ns    300 IN A   192.0.2.1
www   300 IN A   192.0.2.2
www   300 IN TXT "serial {serial}"
large 300 IN TXT {large}
""".replace("{large}", " ".join('"' + "x" * 250 + '"' for _ in range(12)))


def wait_until(condition, what, patience=PATIENCE):
    """Gives the first true value of condition(), or fails after `patience` seconds."""
    deadline = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {patience} s for {what}")
        time.sleep(0.01)


# -- DNS ---------------------------------------------------------------------------------------------------------------

def wire_name(name):
    labels = [label for label in name.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"


def query(name, rrtype="A", ident=0x1234, rrclass="IN", nsid=False, edns=True):
    additional = b""
    if edns:
        options = struct.pack("!HH", 3, 0) if nsid else b""
        additional = b"\0" + struct.pack("!HHIH", TYPES["OPT"], 1232, 0, len(options)) + options
    return (struct.pack("!HHHHHH", ident, 0, 1, 0, 0, 1 if edns else 0) + wire_name(name) +
            struct.pack("!HH", TYPES[rrtype], CLASSES[rrclass]) + additional)


class Response:
    """The parts of a response that these tests look at."""

    def __init__(self, octets):
        self.octets = octets
        self.id, flags, _, self.answers, _, _ = struct.unpack("!HHHHHH", octets[:12])
        assert flags & 0x8000, "QR is clear"
        self.aa, self.tc, self.rcode = bool(flags & 0x0400), bool(flags & 0x0200), flags & 15

    def __contains__(self, octets):
        return octets in self.octets


def endpoint(text):
    host, port = text.rsplit(":", 1)
    return host.strip("[]"), int(port)


def udp_socket(address):
    host, port = endpoint(address)
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(PATIENCE)
    sock.connect((host, port))
    return sock


def ask_udp(address, *args, **kwargs):
    with udp_socket(address) as sock:
        sock.send(query(*args, **kwargs))
        return Response(sock.recv(65535))


def tcp_socket(address, source=None):
    host, port = endpoint(address)
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    sock.settimeout(PATIENCE)
    if source:
        sock.bind((source, 0))
    sock.connect((host, port))
    return sock


def frame(message):
    return struct.pack("!H", len(message)) + message


def read_exactly(sock, count):
    octets = b""
    while len(octets) < count:
        part = sock.recv(count - len(octets))
        if not part:
            raise EOFError("closed after %d of %d octets" % (len(octets), count))
        octets += part
    return octets


def read_frame(sock):
    return read_exactly(sock, struct.unpack("!H", read_exactly(sock, 2))[0])


def ask_tcp(address, *args, **kwargs):
    with tcp_socket(address) as sock:
        sock.sendall(frame(query(*args, **kwargs)))
        return Response(read_frame(sock))


def is_closed(sock):
    """True once the peer has closed or reset it; data that still waits is thrown away."""
    sock.setblocking(False)
    try:
        while True:
            if not sock.recv(65536):
                return True
    except BlockingIOError:
        return False
    except OSError:
        return True


# -- the control socket ------------------------------------------------------------------------------------------------

def encode(verb, fields=()):
    fields = fields.items() if isinstance(fields, dict) else fields
    return control_message.encode(verb, [(key, str(value)) for key, value in fields])


class Control:
    """A client of a control socket."""

    def __init__(self, path=None, sock=None):
        self.sock = sock or socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.sock.settimeout(PATIENCE)
        if path:
            wait_until(lambda: self.connected(path), f"a place in the queue of {path}")

    def connected(self, path):
        try:
            self.sock.connect(str(path))
            return True
        except BlockingIOError:  # the queue of the listening socket is full
            return False

    def send(self, verb, fields=(), fds=()):
        if fds:
            socket.send_fds(self.sock, [encode(verb, fields)], list(fds))
        else:
            self.sock.send(encode(verb, fields))

    def receive(self):
        packet = self.sock.recv(65536)
        if not packet:
            raise EOFError("doord closed the control socket")
        return control_message.decode(packet)

    def ask(self, verb, fields=(), fds=()):
        self.send(verb, fields, fds)
        got, fields = self.receive()
        return got, dict(fields)

    def offer(self, image, zone="example.", epoch=1, seq=1):
        with open(image, "rb") as file:
            return self.ask("offer", {"zone": zone, "epoch": epoch, "seq": seq}, [file.fileno()])

    def stream(self, verb, fields=()):
        self.send(verb, fields)
        rows = []
        while True:
            got, fields = self.receive()
            if got == "end":
                return rows
            rows.append(dict(fields))

    def status(self):
        verb, fields = self.ask("status")
        assert verb == "status", verb
        return fields

    def close(self):
        self.sock.close()


# -- doord -------------------------------------------------------------------------------------------------------------

class Doord:
    """A doord in a directory of its own, on ports the kernel chose."""

    def __init__(self, directory, settings="", udp=("127.0.0.1:0", "[::1]:0"), images="", arguments=(), **popen):
        self.directory = pathlib.Path(directory)
        self.socket = self.directory / "doord.sock"
        self.config = self.directory / "doord.toml"
        self.images = images
        self.write_config(settings, udp)
        self.log_path = self.directory / "doord.log"
        self.log_file = open(self.log_path, "wb")
        self.process = subprocess.Popen([BIN / "doord", "--config", self.config, *arguments], stderr=self.log_file,
                                        stdin=subprocess.DEVNULL, **popen)

    def write_config(self, settings="", udp=("127.0.0.1:0", "[::1]:0")):
        """`settings` may add tables, and keys to [udp] by starting with them."""
        self.config.write_text(f"[node]\npop = \"fra\"\nname = \"n1\"\n[zones]\nimages = \"{self.images}\"\n"
                               f"[control]\nsocket = \"{self.socket}\"\n[udp]\nlisten = {json.dumps(list(udp))}\n" + settings)

    def wait_ready(self):
        def ready():
            if self.process.poll() is not None:
                raise AssertionError(f"doord ended with {self.process.returncode}:\n{self.log()}")
            return "event=ready" in self.log()
        wait_until(ready, "doord to be ready")
        return self

    def log(self):
        return self.log_path.read_text(errors="replace")

    def wait_log(self, text, times=1):
        wait_until(lambda: self.log().count(text) >= times, f"{text!r} in the log")

    def control(self):
        return Control(self.socket)

    def cpu_seconds(self):
        """User and system time of all its threads so far."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def listening(self):
        with_control = self.control()
        with_control.send("listening")
        _, fields = with_control.receive()
        with_control.close()
        return {protocol: [value for key, value in fields if key == protocol] for protocol in ("udp", "tcp")}

    def end(self, with_signal=signal.SIGTERM):
        """Stops it and gives its exit code; fails on what a sanitizer had to say."""
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError("doord did not end:\n" + self.log())
        self.log_file.close()
        if "Sanitizer" in self.log() or "runtime error" in self.log():
            raise AssertionError(self.log())
        return code


def make_image(path, text, epoch=1, seq=1):
    """Builds a zone image from zone text: into `path`, or under its own name if that is a directory."""
    with tempfile.NamedTemporaryFile("w", suffix=".zone") as zone:
        zone.write(text)
        zone.flush()
        subprocess.run([BIN / "image_tool", zone.name, str(epoch), str(seq), str(path)], check=True)
    return path


class DoordTest(unittest.TestCase):
    """Each test has a directory, and each doord it starts is stopped and must have ended well."""

    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory(prefix="doord-")
        self.directory = pathlib.Path(self.scratch.name)
        self.addCleanup(self.scratch.cleanup)

    def start(self, settings="", ready=True, **more):
        doord = Doord(self.directory, settings, **more)
        self.addCleanup(lambda: self.assertEqual(doord.end(), 0, doord.log()) if doord.process.returncode is None else None)
        return doord.wait_ready() if ready else doord

    def serve_example(self, doord, serial=1, seq=1):
        """Hands the example zone over through the control socket."""
        image = make_image(self.directory / f"example-{seq}.img", EXAMPLE.replace("{serial}", str(serial)), 1, seq)
        control = doord.control()
        self.addCleanup(control.close)
        verb, fields = control.offer(image, seq=seq)
        self.assertEqual(verb, "staged", fields)
        verb, fields = control.ask("swap")
        self.assertEqual(verb, "swapped", fields)
        return control


def main():
    for tool in ("doord", "image_tool"):
        if not (BIN / tool).exists():
            print(f"no {tool} in {BIN}", file=sys.stderr)
            sys.exit(1)
    unittest.main(argv=sys.argv[:1], verbosity=2, warnings="ignore")


__all__ = [name for name in dir() if not name.startswith("_")]
