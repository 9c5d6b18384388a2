"""DNS messages, as far as comparing servers needs them."""
import socket
import struct

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "MX": 15, "TXT": 16, "AAAA": 28, "DS": 43, "RRSIG": 46, "NSEC": 47,
         "DNSKEY": 48, "NSEC3": 50, "TLSA": 52}
NAMED = {2: 0, 5: 0, 12: 0, 15: 2}  # types whose RDATA ends in a name, and where that begins


def wire_name(name: str) -> bytes:
    labels = [label.encode() for label in name.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def query(name: str, rtype: str, dnssec: bool = False, ident: int = 1) -> bytes:
    head = struct.pack("!6H", ident, 0, 1, 0, 0, 1 if dnssec else 0)
    opt = b"\0" + struct.pack("!HHIH", 41, 1232, 0x8000, 0) if dnssec else b""
    return head + wire_name(name) + struct.pack("!HH", TYPES[rtype], 1) + opt


def update(zone: str, name: str, address: str, ident: int = 1) -> bytes:
    """RFC 2136: the A records of a name become this one."""
    owner = wire_name(name)
    return (struct.pack("!6H", ident, 5 << 11, 1, 0, 2, 0) + wire_name(zone) + struct.pack("!HH", 6, 1)
            + owner + struct.pack("!HHIH", 1, 255, 0, 0)
            + owner + struct.pack("!HHIH", 1, 1, 3600, 4) + socket.inet_aton(address))


def read_name(message: bytes, at: int) -> tuple[str, int]:
    """A name, and where it ends; ValueError if it is none."""
    labels, end = [], None
    for _ in range(130):
        size = message[at]
        if size >= 0xC0:
            end = end or at + 2
            at = (size & 0x3F) << 8 | message[at + 1]
        elif size == 0:
            return ".".join(labels).lower() + ".", end or at + 1
        else:
            labels.append(message[at + 1:at + 1 + size].decode("latin-1"))
            at += 1 + size
    raise ValueError("a name without end")


class Response:
    """A response taken apart: rcode, aa, tc, and the sections as lists of (owner, type, RDATA)."""

    def __init__(self, message: bytes):
        flags, questions, *counts = struct.unpack("!5H", message[2:12])
        self.rcode, self.aa, self.tc = flags & 15, bool(flags & 0x0400), bool(flags & 0x0200)
        at = 12
        for _ in range(questions):
            at = read_name(message, at)[1] + 4
        self.sections = []
        for count in counts:
            records = []
            for _ in range(count):
                owner, at = read_name(message, at)
                rtype, _, _, size = struct.unpack("!HHIH", message[at:at + 10])
                records.append((owner, rtype, self.rdata(message, rtype, at + 10, size)))
                at += 10 + size
            self.sections.append(records)

    @staticmethod
    def rdata(message: bytes, rtype: int, at: int, size: int) -> str:
        if rtype in NAMED:
            return message[at:at + NAMED[rtype]].hex() + read_name(message, at + NAMED[rtype])[0]
        if rtype == TYPES["SOA"]:
            mname, at = read_name(message, at)
            rname, at = read_name(message, at)
            return f"{mname} {rname} {message[at:at + 20].hex()}"
        return message[at:at + size].hex()


def ask(port: int, message: bytes, timeout: float = 1.0, address: str = "127.0.0.1") -> bytes | None:
    """The response over UDP, or None."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.settimeout(timeout)
        try:
            udp.connect((address, port))
            udp.send(message)
            reply = udp.recv(65535)
        except OSError:
            return None
    return reply if reply[:2] == message[:2] and len(reply) >= 12 else None


def ask_tcp(port: int, message: bytes, timeout: float = 1.0) -> bytes | None:
    """The response over TCP, or None."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout) as tcp, tcp.makefile("rb") as stream:
            tcp.sendall(struct.pack("!H", len(message)) + message)
            size = stream.read(2)
            return stream.read(struct.unpack("!H", size)[0]) if len(size) == 2 else None
    except OSError:
        return None
