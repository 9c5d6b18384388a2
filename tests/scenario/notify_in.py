#!/usr/bin/env python3
"""NOTIFY comes in: a change at Knot, BIND or NSD is served by a PoP in seconds, as they say that there is one; who may not
say so is refused, and a flood costs few questions."""
import contextlib
import re
import socket
import struct
import sys
import time

from doorsync_support import PATIENCE, Pop, wait_until
from primaries import KEY_NAME, SECRET, Bind, Knot, Nsd, missing

REFRESH = 36000  # seconds: nobody waits for it
FLOOD = 3000
ZONE = """$ORIGIN example.
$TTL 300
@ SOA ns hostmaster %d %d 3600 604800 300
@ NS ns
ns A 192.0.2.1
"""


def follow(pop, zone, primary, notify):
    """The PoP takes the zone from there, and hears NOTIFY by these rules."""
    key = '\n[[key]]\nname = "%s"\nsecret = "%s"\n' % (KEY_NAME, SECRET)
    with open(pop.config('doorsync'), 'a') as config:
        config.write(key + '\n[[secondary]]\nzone = "%s"\nprimaries = ["%s"]\n' % (zone, primary))
    with open(pop.config('doord'), 'a') as config:
        config.write(key + '\n[[notify]]\nzones = ["%s"]\n%s\n' % (zone, notify))


def serves(pop, zone, serial):
    row = pop.status().get(zone, {})
    return row.get('state') == 'served' and int(row['serial']) == serial


def counter(pop, name):
    client = pop.client('doord')
    try:
        return int(dict(client.ask('status')[1])[name])
    finally:
        client.close()


def a_change_comes_at_once(kind):
    with Pop() as pop, kind(pop.dir, 'example.', ZONE % (1, REFRESH), '127.0.0.1:%d' % pop.port) as primary:
        follow(pop, 'example.', '%s key %s' % (primary.address, KEY_NAME), 'keys = ["%s"]' % KEY_NAME)
        primary.wait_for(1)
        pop.start('doord')
        pop.start('doorsync')
        wait_until('the first version', lambda: serves(pop, 'example.', 1))
        took = []
        for serial in (2, 3):
            primary.update(ZONE % (serial, REFRESH) + 'v TXT "%d"\n' % serial)
            primary.wait_for(serial)
            began = time.monotonic()
            wait_until('serial %d without being asked for' % serial, lambda s=serial: serves(pop, 'example.', s))
            took.append(time.monotonic() - began)
        assert counter(pop, 'notifies') >= 2 and counter(pop, 'tsig_verified') >= 2
        # Nobody asked for it, and it is signed: an unsigned one is refused.
        with asking(pop) as ask:
            assert ask('example.') == 5
        # doorsync is away: doord answers and remembers, and doorsync asks as it starts.
        pop.stop('doorsync')
        primary.update(ZONE % (4, REFRESH) + 'v TXT "4"\n')
        primary.wait_for(4)
        pop.start('doorsync')
        wait_until('what changed meanwhile', lambda: serves(pop, 'example.', 4))
    return 'served %s s after the primary' % ', '.join('%.1f' % seconds for seconds in took)


def notify(zone, ident):
    labels = b''.join(bytes([len(label)]) + label.encode() for label in zone.rstrip('.').split('.')) + b'\0'
    return struct.pack('!HHHHHH', ident, 0x2400, 1, 0, 0, 0) + labels + struct.pack('!HH', 6, 1)


@contextlib.contextmanager
def asking(pop):
    """Says NOTIFY and gives the rcode, as often as wanted."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(PATIENCE)
        sock.connect(('127.0.0.1', pop.port))
        idents = iter(range(1, 65536))

        def ask(zone):
            ident = next(idents)
            sock.send(notify(zone, ident))
            answer = sock.recv(512)
            assert answer[:2] == struct.pack('!H', ident) and answer[2] & 0xf8 == 0xa0, answer
            return answer[3] & 15
        yield ask


def a_flood_costs_little():
    """Thousands of NOTIFYs for a zone are all answered; its primary is asked about once a second."""
    with Pop() as pop:
        with Knot(pop.dir, 'example.', ZONE % (1, REFRESH), '127.0.0.1:%d' % pop.port) as primary:
            primary.wait_for(1)
            follow(pop, 'example.', '%s key %s' % (primary.address, KEY_NAME), 'from = ["127.0.0.1"]')
            pop.start('doord')
            pop.start('doorsync')
            wait_until('the zone', lambda: serves(pop, 'example.', 1))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as counting:
            counting.bind(('127.0.0.1', primary.port))  # it counts who asks, and says nothing
            counting.setblocking(False)
            began = time.monotonic()
            with asking(pop) as ask:
                assert ask('other.example.') == 5
                for _ in range(FLOOD):
                    assert ask('example.') == 0
            flooded = time.monotonic() - began
            asked = 0

            def heard():
                nonlocal asked
                with contextlib.suppress(BlockingIOError):
                    counting.recv(512)
                    asked += 1
                return asked
            wait_until('the primary is asked', heard)
            before = None
            while before != asked:
                before = asked
                heard()
            allowed = 4 * (flooded + (time.monotonic() - began) + 2)
            assert asked <= allowed, '%d questions in %.1f s' % (asked, flooded)
            assert counter(pop, 'notifies') == FLOOD
            lines = len(re.findall(r'event=notified ', pop.log('doord')))
            assert lines <= 20 * (flooded + 2), lines
    return '%d in %.1f s, %d questions to the primary, %d lines' % (FLOOD, flooded, asked, lines)


def main():
    if missing():
        print('skipped: there is no', ', '.join(missing()))
        return 77
    for kind in (Knot, Bind, Nsd):
        print('%s: %s' % (kind.__name__, a_change_comes_at_once(kind)), flush=True)
    print('a flood: %s' % a_flood_costs_little(), flush=True)
    return 0


if __name__ == '__main__':
    sys.exit(main())
