"""Two network namespaces with a veth pair between them, and frames as octets: what the tests of AF_XDP share."""
import ctypes
import json
import os
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile
import time

from doord_support import *  # noqa: F403

SERVER_MAC, CLIENT_MAC = bytes.fromhex("020000000053"), bytes.fromhex("020000000007")
IPV4, IPV6, VLAN = 0x0800, 0x86DD, 0x8100
SETNS = ctypes.CDLL(None, use_errno=True).setns
SOL_PACKET, PACKET_AUXDATA = 263, 8


def ip(*words):
    return subprocess.run(["ip", *words], check=True, capture_output=True, text=True).stdout


def enter(namespace):
    with open(f"/run/netns/{namespace}", encoding="ascii") as file:
        if SETNS(file.fileno(), 0x40000000) != 0:
            raise OSError(ctypes.get_errno(), "setns")


def become(user, capabilities=()):
    """This process goes on as that user, with these capabilities and no others, through exec() too."""
    libc = ctypes.CDLL(None, use_errno=True)

    def must(result, what):
        if result != 0:
            raise OSError(ctypes.get_errno(), what)
    must(libc.prctl(8, 1, 0, 0, 0), "PR_SET_KEEPCAPS")
    os.setuid(user)
    sets = [sum(1 << (one - low) for one in capabilities if low <= one < low + 32) for low in (0, 32)]
    header = struct.pack("Ii", 0x20080522, 0)  # version 3, this process
    must(libc.capset(header, b"".join(struct.pack("III", one, one, one) for one in sets)), "capset")
    for one in capabilities:
        must(libc.prctl(47, 2, one, 0, 0), "PR_CAP_AMBIENT_RAISE")


class Frozen:
    """A thread of another process that is stopped, while the others run on."""
    SEIZE, INTERRUPT, DETACH = 0x4206, 0x4207, 17

    def __init__(self, pid, name):
        threads = pathlib.Path(f"/proc/{pid}/task").iterdir()
        self.tid = next(int(one.name) for one in threads if (one / "comm").read_text().strip() == name)
        self.ptrace(self.SEIZE)
        self.ptrace(self.INTERRUPT)
        os.waitpid(self.tid, 0x40000000)  # __WALL

    def ptrace(self, request):
        call = ctypes.CDLL(None, use_errno=True).ptrace
        call.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
        if call(request, self.tid, None, None) != 0:
            raise OSError(ctypes.get_errno(), "ptrace")

    def thaw(self):
        self.ptrace(self.DETACH)


def need_root_and_namespaces():
    """Ends with 77, skipped, where the test cannot be made."""
    if os.geteuid() != 0:
        print("skipped: network namespaces need root")
        sys.exit(77)
    probe = f"doors-probe-{os.getpid()}"
    built = BIN.parent / "server/xdp/program.bpf.o"
    wanted = "network namespaces with veth"
    try:
        ip("netns", "add", probe)
        ip("-n", probe, "link", "add", "p0", "type", "veth", "peer", "name", "p1")
        wanted = "AF_XDP"
        socket.socket(44, socket.SOCK_RAW).close()
        if built.exists():  # put there by another than doord
            wanted = "native XDP at a veth interface"
            ip("-n", probe, "link", "set", "dev", "p0", "xdpdrv", "obj", str(built), "sec", "xdp")
    except (subprocess.CalledProcessError, OSError) as error:
        print(f"skipped: the kernel refuses {wanted}:", getattr(error, "stderr", "") or error)
        sys.exit(77)
    finally:
        subprocess.run(["ip", "netns", "del", probe], check=False, capture_output=True)


def need_xdp():
    """Ends with 77 where doord was built without AF_XDP."""
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as config:
        config.write('[xdp]\nenabled = true\ninterface = ["door"]\n')
        config.flush()
        checked = subprocess.run([BIN / "doord", "--config", config.name, "--check-config"], check=False,
                                 capture_output=True, text=True)
    if "WITH_XDP" in checked.stdout + checked.stderr:
        print("skipped: this doord was built without AF_XDP")
        sys.exit(77)


class Network:
    """`server` has the interface `door` with .1 and .3, `client` has `far` with .2; two queues each."""

    def __init__(self):
        self.server, self.client = f"doors-xs-{os.getpid()}", f"doors-xc-{os.getpid()}"
        for namespace in (self.server, self.client):
            ip("netns", "add", namespace)
            ip("-n", namespace, "link", "set", "lo", "up")
        self.connect()

    def connect(self):
        queues = ["numrxqueues", "2", "numtxqueues", "2"]
        ip("link", "add", "door", "netns", self.server, "address", SERVER_MAC.hex(":"), *queues, "type", "veth",
           "peer", "name", "far", "netns", self.client, "address", CLIENT_MAC.hex(":"), *queues)
        for namespace, interface, numbers in ((self.server, "door", (1, 3)), (self.client, "far", (2,))):
            for number in numbers:
                ip("-n", namespace, "addr", "add", f"10.77.0.{number}/24", "dev", interface)
                ip("-n", namespace, "addr", "add", f"fd77::{number}/64", "dev", interface, "nodad")
            ip("-n", namespace, "link", "set", interface, "up")

    def disconnect(self):
        ip("-n", self.server, "link", "del", "door")

    def set_link(self, state):
        ip("-n", self.server, "link", "set", "door", state)

    def has_program(self):
        link = json.loads(ip("-j", "-n", self.server, "link", "show", "door"))[0]
        return "xdp" in link

    def in_client(self, make):
        """Runs make() in the client's namespace, where the sockets it makes stay."""
        with open("/proc/thread-self/ns/net", encoding="ascii") as home:
            enter(self.client)
            try:
                return make()
            finally:
                if SETNS(home.fileno(), 0x40000000) != 0:
                    raise OSError(ctypes.get_errno(), "setns")

    def remove(self):
        for namespace in (self.server, self.client):
            subprocess.run(["ip", "netns", "del", namespace], check=False, capture_output=True)


def checksum(octets):
    if len(octets) % 2:
        octets += b"\0"
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def udp_octets(source, destination, message, source_port=40000, port=53):
    udp = struct.pack("!HHHH", source_port, port, 8 + len(message), 0) + message
    found = checksum(source + destination + struct.pack("!HH", 17, len(udp)) + udp) or 0xFFFF
    return udp[:6] + struct.pack("!H", found) + udp[8:]


def ipv4_packet(payload, source, destination, options=b"", fragment=0, protocol=17):
    header = struct.pack("!BBHHHBBH", 0x45 + len(options) // 4, 0, 20 + len(options) + len(payload), 99, fragment, 60,
                         protocol, 0) + source + destination + options
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + payload


def ipv6_packet(payload, source, destination, extension=b""):
    following = 0 if extension else 17
    return struct.pack("!IHBB", 0x60000000, len(extension) + len(payload), following, 60) + source + destination + extension + payload


def ethernet(packet, tags=(), to=SERVER_MAC, source=CLIENT_MAC):
    ether_type = IPV6 if packet[0] >> 4 == 6 else IPV4
    return to + source + b"".join(struct.pack("!HH", VLAN, tag) for tag in tags) + struct.pack("!H", ether_type) + packet


class Wire:
    """Sends frames from the client's interface and takes what comes there."""

    def __init__(self, network):
        self.sock = network.in_client(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)))
        self.sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.sock.bind(("far", 3))

    def send(self, frame):
        self.sock.send(frame)

    def answer(self, ident, patience):
        """The frame that carries a DNS response of that ID to us, and its VLAN tag; None if none comes in time."""
        deadline = time.monotonic() + patience
        while (left := deadline - time.monotonic()) > 0:
            self.sock.settimeout(left)
            try:
                octets, extra, _, _ = self.sock.recvmsg(65536, 256)
            except TimeoutError:
                return None
            if octets[:6] != CLIENT_MAC:
                continue
            tag = None
            for level, kind, data in extra:
                if level == SOL_PACKET and kind == PACKET_AUXDATA:
                    status, _, _, _, _, tci, _ = struct.unpack("IIIHHHH", data[:20])
                    tag = tci if status & 0x10 else None
            message = message_of(octets)
            if message and message[:2] == struct.pack("!H", ident) and message[2] & 0x80:
                return octets, tag
        return None

    def close(self):
        self.sock.close()


def message_of(frame):
    """The UDP message in a frame whose checksums are right; None if it is none."""
    ether_type = struct.unpack("!H", frame[12:14])[0]
    packet = frame[14:]
    if ether_type == IPV4 and packet[0] == 0x45 and packet[9] == 17 and checksum(packet[:20]) == 0:
        udp, addresses = packet[20:struct.unpack("!H", packet[2:4])[0]], packet[12:20]
    elif ether_type == IPV6 and packet[6] == 17:
        udp, addresses = packet[40:40 + struct.unpack("!H", packet[4:6])[0]], packet[8:40]
    else:
        return None
    pseudo = addresses + struct.pack("!HH", 17, len(udp))
    field = struct.unpack("!H", udp[6:8])[0]
    left_to_hardware = field == ~checksum(pseudo) & 0xFFFF  # of an answer by a socket: veth has no hardware
    return udp[8:] if left_to_hardware or checksum(pseudo + udp) == 0 else None
