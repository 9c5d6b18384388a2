#!/usr/bin/env python3
"""doorask tells the truth about a responder whose every fault is known: it drops, doubles, changes its name, lies."""
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading

DOORASK = os.path.join(os.environ["DOORS_BIN"], "doorask")


def answer(query: bytes, nsid: bytes, rcode: int = 0) -> bytes:
    """The response to a query for one question: an SOA with serial 7, and OPT with NSID."""
    question_end = query.index(b"\0", 12) + 5
    soa = b"\xc0\x0c" + struct.pack("!HHIH", 6, 1, 60, 22) + b"\0\0" + struct.pack("!5I", 7, 1, 1, 1, 1)
    opt = b"\0" + struct.pack("!HHIH", 41, 1232, 0, 4 + len(nsid)) + struct.pack("!HH", 3, len(nsid)) + nsid
    header = query[:2] + struct.pack("!HHHHH", 0x8400 | rcode, 1, 1, 0, 1)
    return header + query[12:question_end] + soa + opt


class Responder(threading.Thread):
    """Answers on loopback by `reply(n, query)`, n counted from 0: the list of datagrams to send back."""

    def __init__(self, reply, tcp=False):
        super().__init__(daemon=True)
        self.reply, self.tcp = reply, tcp
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        if tcp:
            self.socket.listen(16)
        self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]
        self.start()

    def run(self):
        seen = 0
        while not self.tcp:
            query, peer = self.socket.recvfrom(4096)
            for message in self.reply(seen, query):
                self.socket.sendto(message, peer)
            seen += 1
        while True:
            connection, _ = self.socket.accept()
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        """Ten queries a connection, then it is closed."""
        stream = connection.makefile("rb")
        for seen in range(10):
            length = stream.read(2)
            if len(length) < 2:
                break
            for message in self.reply(seen, stream.read(struct.unpack("!H", length)[0])):
                connection.sendall(struct.pack("!H", len(message)) + message)
        stream.close()
        connection.close()


def ask(server: str, *options: str, timeout_ms: int = 500) -> dict:
    done = subprocess.run([DOORASK, "--server", server, "--timeout", str(timeout_ms), *options], check=True, timeout=60,
                          stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def expect(what, seen, wanted):
    if seen != wanted:
        sys.exit(f"{what}: {seen!r}, expected {wanted!r}")


def every_fault(n, query):
    good = answer(query, b"left" if n < 100 else b"ri\0t", 3 if n % 50 == 7 else 0)
    if n % 10 == 5 or 120 <= n < 140:
        return []  # lost
    if n % 50 == 8:
        return [good, good]
    if n % 50 == 9:
        return [query, b"short", answer(query, b"x")[:40], good]  # an echo, an octet string, a cut message
    if n % 50 == 10:
        return [good.replace(b"\0\0\6\0\1", b"\0\0\7\0\1", 1)]  # the answer to another question
    return [good]


def main():
    responder = Responder(every_fault)
    with tempfile.TemporaryDirectory() as directory:
        log = os.path.join(directory, "log")
        seen = ask(responder.address, "--rate", "500", "--count", "200", "--log", log)
        lines = [line.split() for line in open(log, encoding="ascii")]
    lost = {n for n in range(200) if n % 10 == 5 or n % 50 == 10 or 120 <= n < 140}
    expect("sent", seen["sent"], 200)
    expect("lost", seen["lost"], len(lost))
    expect("answered", seen["answered"], 200 - len(lost))
    expect("lost in the log", {n for n, line in enumerate(lines) if line[1] == "-"}, lost)
    expect("the longest gap", seen["longest_gap_lost"], 20)
    if not 0.038 <= seen["longest_gap_s"] <= 0.080:
        sys.exit("longest gap of %f s, expected 42 ms" % seen["longest_gap_s"])
    expect("duplicates", seen["duplicates"], 4)
    expect("malformed", seen["malformed"], 4 * 3 + 4)
    expect("NSIDs", {name: n["answered"] for name, n in seen["nsids"].items()},
           {"left": sum(n not in lost for n in range(100)), "ri\\x00t": sum(n not in lost for n in range(100, 200))})
    expect("changes", [(c["from"], c["to"]) for c in seen["changes"]], [("left", "ri\\x00t")])
    expect("serials", list(seen["serials"]), ["7"])
    expect("NXDOMAIN", seen["rcodes"]["NXDOMAIN"]["answered"], 4 - (107 in lost))
    expect("different answers", len({line[5] for line in lines if line[1] != "-"}), 4)
    print("UDP: 200 asked, each fault counted as it was made")

    seen = ask(Responder(lambda n, query: [answer(query, b"tcp")], tcp=True).address,
               "--tcp", "--sockets", "2", "--rate", "400", "--count", "100")
    expect("sent over TCP", seen["sent"], 100)
    if seen["answered"] < 80 or seen["reconnects"] < 8:
        sys.exit("TCP: %(answered)d answered with %(reconnects)d reconnects" % seen)
    print("TCP: connections closed after 10 queries, %(answered)d of 100 answered, %(reconnects)d reconnects" % seen)

    closed = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    closed.bind(("127.0.0.1", 0))
    port = closed.getsockname()[1]
    closed.close()
    for transport in ([], ["--tcp"]):
        seen = ask("127.0.0.1:%d" % port, "--rate", "200", "--count", "50", *transport)
        expect("lost at a closed port", (seen["sent"], seen["lost"]), (50, 50))

    fast = Responder(lambda n, query: [])
    seen = ask(fast.address, "--rate", "20000", "--duration", "1", timeout_ms=100)
    if not 0.9 * 20000 < seen["achieved_rate"] < 1.1 * 20000:
        sys.exit("achieved %f queries a second of 20,000" % seen["achieved_rate"])
    print("rate: %.0f of 20,000 queries a second" % seen["achieved_rate"])


if __name__ == "__main__":
    main()
