"""A primary for servers that take changes by IXFR: it knows a zone's SOA and the one record that changed."""
import socket
import struct
import threading

from harness import message


def record(owner: str, rtype: str, rdata: bytes) -> bytes:
    return message.wire_name(owner) + struct.pack("!HHIH", message.TYPES[rtype], 1, 3600, len(rdata)) + rdata


class Primary:
    """Serves `origin` on 127.0.0.1:port. change() replaces a name's address and tells a secondary."""

    def __init__(self, port: int, origin: str, serial: int):
        self.origin, self.serial, self.changes = origin, serial, b""
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        for one in (self.udp, self.tcp):
            one.bind(("127.0.0.1", port))
        self.tcp.listen()
        for loop in (self.serve_udp, self.serve_tcp):
            threading.Thread(target=loop, daemon=True).start()

    def soa(self, serial: int) -> bytes:
        names = message.wire_name("ns1." + self.origin) + message.wire_name("hostmaster." + self.origin)
        return record(self.origin, "SOA", names + struct.pack("!5I", serial, 7200, 3600, 1209600, 300))

    def change(self, owner: str, old: str, new: str, secondary: int) -> None:
        """Owner's address was `old` and is `new`; the secondary on that port hears of it."""
        before, now = self.soa(self.serial), self.soa(self.serial + 1)
        self.changes = (now + before + record(owner, "A", socket.inet_aton(old)) + now
                        + record(owner, "A", socket.inet_aton(new)) + now)
        self.serial += 1
        notify = struct.pack("!6H", 7, 4 << 11 | 0x0400, 1, 0, 0, 0) + message.wire_name(self.origin) + struct.pack("!HH", 6, 1)
        message.ask(secondary, notify, 1.0)

    def reply(self, query: bytes) -> bytes:
        at = message.read_name(query, 12)[1]
        question, rtype = query[12:at + 4], struct.unpack("!H", query[at:at + 2])[0]
        transfer = rtype == 251 and self.changes
        head = query[:2] + struct.pack("!5H", 0x8400, 1, 6 if transfer else 1, 0, 0)
        return head + question + (self.changes if transfer else self.soa(self.serial))

    def serve_udp(self) -> None:
        while True:
            try:
                query, peer = self.udp.recvfrom(4096)
                if len(query) >= 12:
                    self.udp.sendto(self.reply(query), peer)
            except OSError:
                return

    def serve_tcp(self) -> None:
        while True:
            try:
                client = self.tcp.accept()[0]
            except OSError:
                return
            try:
                with client, client.makefile("rb") as stream:
                    client.settimeout(5)
                    while len(size := stream.read(2)) == 2:
                        reply = self.reply(stream.read(struct.unpack("!H", size)[0]))
                        client.sendall(struct.pack("!H", len(reply)) + reply)
            except OSError:
                continue

    def close(self) -> None:
        for one in (self.udp, self.tcp):
            one.close()
