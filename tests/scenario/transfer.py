#!/usr/bin/env python3
"""Zones go out by AXFR with TSIG: dig, kdig, and NSD, Knot and BIND as secondaries take them whole; strangers get
nothing; and a reader that does not read holds up nobody."""
import base64
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import time

from ctl_support import DATA, PATIENCE, Serve, ask, expect, expect_in, fail, main
from secondaries import Bind, Knot, Nsd, dig, endpoint, need, records_of, records_of_file, transferred

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import tsig  # noqa: E402

KEY = tsig.Key("transfer.key.", "hmac-sha256", b"a secret that only two share...")
AXFR, IXFR, SOA = 252, 251, 6
CORNERS = r"""$ORIGIN corners.example.
$TTL 300
@            SOA    ns hostmaster 2026112101 3600 600 604800 300
@            NS     ns
@            NS     ns.elsewhere.test.
@            MX     0 .
@            TXT    "semi;colon" "quote\"d" "back\\slash" "\000\255 "
@            CAA    0 issue "ca.example.net"
@            TYPE65280 \# 5 0102030405
ns           A      192.0.2.1
ns           AAAA   2001:db8::1
*            TXT    "wild"
*.wild       A      192.0.2.2
a\.b         A      192.0.2.3
sp\032ace    A      192.0.2.4
nul\000      A      192.0.2.5
deep.e.n.t   A      192.0.2.6
d            DNAME  elsewhere.test.
c            CNAME  www.elsewhere.test.
sub          NS     ns.sub
sub          NS     other.sub2
sub          DS     1 8 2 0000000000000000000000000000000000000000000000000000000000000001
ns.sub       A      192.0.2.7
below.sub    TXT    "occluded"
ns.sub2      A      192.0.2.8
sub2         NS     ns.sub2
svc          HTTPS  1 . alpn=h2,h3 ipv4hint=192.0.2.9
srv          SRV    1 2 3 ns
loc          LOC    52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m
nap          NAPTR  100 10 "u" "E2U+sip" "!^.*$!sip:info@example.com!" .
uri          URI    10 1 "https://example.net/"
ttl      77  A      192.0.2.10
"""
# An RRset that fits into no message; as a listing, since BIND's checker refuses so many records of a type.
LARGE = """large.example. 300 IN SOA ns.large.example. host.large.example. 7 3600 600 86400 300
large.example. 300 IN NS ns.large.example.
ns.large.example. 300 IN A 192.0.2.1
""" + "".join(f'large.large.example. 300 IN TXT "{i:05}{"x" * 200}"\n' for i in range(600))


def key_words(key=KEY):
    return f"{key.algorithm}:{key.name}:{base64.b64encode(key.secret).decode()}"


def serve(directory, *more):
    """The root zone, one with corners and one with a large RRset; transfers with the key alone."""
    zones = directory / "zones"
    zones.mkdir()
    shutil.copy(DATA / "root-2021-signed.zone", zones / "root.zone")
    (zones / "corners.example.zone").write_text(CORNERS)
    (zones / "large.example.zone").write_text(LARGE)
    (directory / "secret").write_text(base64.b64encode(KEY.secret).decode() + "\n")
    return Serve(zones, "--listen", "127.0.0.1:0", "--tsig-key", f"{KEY.name}:{KEY.algorithm}:@{directory / 'secret'}",
                 "--allow-transfer", f"key:{KEY.name}", *more)


ZONES = {".": "root.zone", "corners.example.": "corners.example.zone", "large.example.": "large.example.zone"}
SERIALS = {".": 2021051901, "corners.example.": 2026112101, "large.example.": 7}


def records_in_files(directory):
    """Of each zone, what is in its file."""
    return {zone: records_of(LARGE) if zone == "large.example." else records_of_file(zone, directory / "zones" / file)
            for zone, file in ZONES.items()}


def check_equal(what, zone, got, wanted):
    if got == wanted:
        return
    missing, besides = sorted(set(wanted) - set(got))[:5], sorted(set(got) - set(wanted))[:5]
    fail(f"{what}, {zone}: {len(got)} records, expected {len(wanted)}\nmissing {missing}\nbesides {besides}")


def clients_take_it(directory):
    """dig and kdig, which verify what they are sent."""
    server = serve(directory)
    count = 0
    for zone, wanted in records_in_files(directory).items():
        check_equal("dig", zone, transferred(server.addresses[0], zone, key_words()), wanted)
        host, port = endpoint(server.addresses[0])
        taken = subprocess.run(["kdig", f"@{host}", "-p", port, "-y", key_words(), "+noall", "+answer", "+timeout=30",
                                zone, "AXFR"], text=True, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE, check=False)
        if taken.returncode != 0 or "WARNING" in taken.stdout or "ERROR" in taken.stdout:
            fail(f"kdig: {taken.stdout[-2000:]}")
        expect(f"kdig, records of {zone}", len(records_of(taken.stdout)), len(wanted))
        count += len(wanted)
    server.stop()
    return f"{count} records each"


def secondaries_hold_it(directory):
    """The zone that NSD, Knot and BIND serve after a transfer is the file's, record for record."""
    server = serve(directory)
    wanted = records_in_files(directory)
    peers = [kind(directory, server.addresses[0], list(ZONES), KEY) for kind in (Nsd, Knot, Bind)]
    for peer in peers:
        for zone in ZONES:
            if zone == "large.example." and not peer.holds_large_rrsets:
                continue
            peer.wait_for(zone, SERIALS[zone])
            check_equal(type(peer).__name__, zone, transferred(peer.address, zone), wanted[zone])
        peer.stop()
    server.stop()
    return ", ".join(f"{zone} {len(records)}" for zone, records in wanted.items())


def strangers_get_nothing(directory):
    """No key, another name, another secret, another algorithm, a clock that is off."""
    server = serve(directory)
    address = server.addresses[0]
    for what, key in (("no key", None), ("another name", tsig.Key("other.key.", KEY.algorithm, KEY.secret)),
                      ("another secret", tsig.Key(KEY.name, KEY.algorithm, b"guessed")),
                      ("another algorithm", tsig.Key(KEY.name, "hmac-sha512", KEY.secret))):
        said = dig(address, "corners.example.", "AXFR", key=key_words(key) if key else None)
        if "ns.corners" in said or "failed" not in said:
            fail(f"{what}: {said}")
    name = tsig.wire_name("corners.example.")
    query = struct.pack("!HHHHHH", 1, 0, 1, 0, 0, 0) + name + struct.pack("!HH", AXFR, 1)
    for off in (-3600, 3600):
        now = int(time.time())
        signed, mac = KEY.sign(query, now + off)
        with connected(address) as sock:
            sock.sendall(struct.pack("!H", len(signed)) + signed)
            message = read_message(sock)
        expect("rcode", message[3] & 15, 9)
        expect("records", struct.unpack("!HHH", message[6:12]), (0, 0, 1))
        KEY.check(message, mac)  # BADTIME comes signed
        expect("error and other length", struct.unpack("!HH", message[-10:-6]), (18, 6))
        told = int.from_bytes(message[-6:], "big")
        if abs(told - now) > 60:
            fail(f"BADTIME tells {told}, and it is {now}")
    notify = struct.pack("!HHHHHH", 1, 0x2000, 1, 0, 0, 0) + name + struct.pack("!HH", SOA, 1)
    update = struct.pack("!HHHHHH", 1, 0x2800, 1, 0, 0, 0) + name + struct.pack("!HH", SOA, 1)
    for message, rcode in ((notify, 5), (update, 4)):
        host, port = endpoint(address)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(PATIENCE)
            sock.sendto(message, (host, int(port)))
            expect("rcode", sock.recv(512)[3] & 15, rcode)
    server.stop()


def connected(address, receive_octets=None):
    host, port = endpoint(address)
    sock = socket.socket()
    if receive_octets:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_octets)
    sock.settimeout(PATIENCE)
    sock.connect((host, int(port)))
    return sock


def read_message(sock):
    def exactly(count):
        octets = b""
        while len(octets) < count:
            part = sock.recv(count - len(octets))
            if not part:
                fail(f"closed after {len(octets)} of {count} octets")
            octets += part
        return octets
    return exactly(struct.unpack("!H", exactly(2))[0])


def a_slow_reader_holds_up_nobody(directory):
    """One worker: while a transfer waits for its reader, others are answered, and a new version is swapped in; the
    transfer still ends with the version it began with, every message signed in one chain."""
    server = serve(directory, "--workers", "1")
    address = server.addresses[0]
    signed, mac = KEY.sign(struct.pack("!HHHHHH", 7, 0, 1, 0, 0, 0) + b"\0" + struct.pack("!HH", AXFR, 1))
    with connected(address, 4096) as sock:
        sock.sendall(struct.pack("!H", len(signed)) + signed)
        first = read_message(sock)
        mac = KEY.check(first, mac)
        expect("another zone meanwhile", ask(address, "ns.corners.example.").rcode, 0)
        expect("over TCP", ask(address, "ns.corners.example.", tcp=True).rcode, 0)
        root = directory / "zones" / "root.zone"
        root.write_text(root.read_text().replace("2021051901 1800", "2021051902 1800"))
        expect("changed", server.reload()["changed"], 1)
        expect_in("the new serial", " 2021051902 ", dig(address, "+short", ".", "SOA"))
        records, messages = struct.unpack("!H", first[6:8])[0], 1
        wanted = len(records_of_file(".", DATA / "root-2021-signed.zone")) + 1
        last = first
        while records < wanted:
            last = read_message(sock)
            mac = KEY.check(last, mac, first=False)
            records += struct.unpack("!H", last[6:8])[0]
            messages += 1
        expect("records", records, wanted)
        expect("the old serial at the end", struct.pack("!I", 2021051901) in last[-300:], True)
        # The connection goes on: IXFR from the serial that is now current gives the SOA alone.
        for serial, answers in ((2021051902, 1), (2021051903, 1)):
            soa = b"\0" + struct.pack("!HHIH", SOA, 1, 0, 22) + b"\0\0" + struct.pack("!IIIII", serial, 0, 0, 0, 0)
            query = struct.pack("!HHHHHH", 8, 0, 1, 0, 1, 0) + b"\0" + struct.pack("!HH", IXFR, 1) + soa
            signed, mac = KEY.sign(query)
            sock.sendall(struct.pack("!H", len(signed)) + signed)
            message = read_message(sock)
            KEY.check(message, mac)
            expect("IXFR, up to date", struct.unpack("!H", message[6:8])[0], answers)
    server.stop()
    return f"{records} records in {messages} messages"


def a_half_closed_client_gets_all(directory):
    """Two transfers and a question asked in one go, then the end of sending: all are answered in turn, then it is
    closed (RFC 7766 §6.2.3)."""
    server = serve(directory, "--allow-transfer", "127.0.0.1")
    axfr = struct.pack("!HHHHHH", 1, 0, 1, 0, 0, 0) + tsig.wire_name("large.example.") + struct.pack("!HH", AXFR, 1)
    question = struct.pack("!HHHHHH", 2, 0, 1, 0, 0, 0) + tsig.wire_name("large.example.") + struct.pack("!HH", SOA, 1)
    with connected(server.addresses[0]) as sock:
        for message in (axfr, axfr, question):
            sock.sendall(struct.pack("!H", len(message)) + message)
        sock.shutdown(socket.SHUT_WR)
        for transfer in (1, 2):
            records = 0
            while records < 604:
                message = read_message(sock)
                expect("id", message[:2], b"\0\1")
                records += struct.unpack("!H", message[6:8])[0]
            expect(f"records of transfer {transfer}", records, 604)
        expect("the answer behind them", read_message(sock)[:2], b"\0\2")
        expect("end", sock.recv(1), b"")
    server.stop()


if __name__ == "__main__":
    need("dig", "kdig", "nsd", "knotd", "named", "named-checkzone")
    main(clients_take_it, secondaries_hold_it, strangers_get_nothing, a_slow_reader_holds_up_nobody,
         a_half_closed_client_gets_all)
