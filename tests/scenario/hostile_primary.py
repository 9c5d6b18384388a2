#!/usr/bin/env python3
"""A primary that does everything wrong, one way for each zone: whatever it sends, the zone stays as it was, the reason
is told, nothing is left running, memory stays within its bound, and a zone of another primary goes on being refreshed."""
import base64
import pathlib
import socket
import struct
import sys
import threading
import time

from doorsync_support import BIN, Pop, wait_until

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'support'))
import tsig  # noqa: E402

KEY = tsig.Key('hostile.key.', 'hmac-sha256', b'a secret that only two share...')
SOA, NS, A, TXT, IXFR, AXFR = 6, 2, 1, 16, 251, 252


def record(owner, rrtype, rdata, rrclass=1, length=None):
    return tsig.wire_name(owner) + struct.pack('!HHIH', rrtype, rrclass, 60, len(rdata) if length is None else length) + rdata


def soa(zone, serial):
    return record(zone, SOA, b'\0\0' + struct.pack('!IIIII', serial, 3600, 600, 86400, 60))


def body(zone, serial, *more):
    return [soa(zone, serial), record(zone, NS, tsig.wire_name('ns.' + zone)), *more, soa(zone, serial)]


class Asked:
    """One request and the connection it came over; writes what it is told to, signed in one chain."""

    def __init__(self, sock, request, key):
        self.sock, self.key, self.first = sock, key, True
        self.ident = struct.unpack('!H', request[:2])[0]
        at, labels = 12, []
        while request[at]:
            labels.append(request[at + 1:at + 1 + request[at]].decode())
            at += 1 + request[at]
        self.zone = '.'.join(labels) + '.'
        self.type = struct.unpack('!H', request[at + 1:at + 3])[0]
        size = len(key.mac())
        self.before = request[-6 - size:-6]  # the MAC: original ID, error and other length follow it

    def message(self, records, ident=None, rcode=0):
        return struct.pack('!HHHHHH', self.ident if ident is None else ident, 0x8400 | rcode, 1, len(records), 0, 0) + \
            tsig.wire_name(self.zone) + struct.pack('!HH', self.type, 1) + b''.join(records)

    def signed(self, message, key=None, when=None):
        key, when = key or self.key, int(time.time()) if when is None else when
        over = key.variables(when) if self.first else when.to_bytes(6, 'big') + struct.pack('!H', tsig.FUDGE)
        mac = key.mac(struct.pack('!H', len(self.before)), self.before, message, over)
        self.first, self.before = False, mac
        return message[:10] + struct.pack('!H', 1) + message[12:] + key.record(mac, when, struct.unpack('!H', message[:2])[0])

    def send_plain(self, message):
        self.sock.sendall(struct.pack('!H', len(message)) + message)

    def send(self, records, ident=None, rcode=0):
        self.send_plain(self.signed(self.message(records, ident, rcode)))


# -- each way of being wrong: what it answers to AXFR, and a part of the reason ----------------------------------------

def cut(asked):
    message = asked.signed(asked.message(body(asked.zone, 2)))
    asked.sock.sendall(struct.pack('!H', len(message)) + message[:len(message) // 2])


def endless(asked):
    asked.send([soa(asked.zone, 2), record(asked.zone, NS, tsig.wire_name('ns.' + asked.zone))])
    for i in range(10_000):
        asked.send([record('h%d-%d.%s' % (i, j, asked.zone), A, b'\x7f\0\0\1') for j in range(100)])


def giant(asked):
    asked.send([soa(asked.zone, 2), record(asked.zone, NS, tsig.wire_name('ns.' + asked.zone))])
    text = b''.join(b'\xff' + bytes([n % 256]) * 255 for n in range(200))
    for i in range(1000):
        asked.send([record('t%d.%s' % (i, asked.zone), TXT, text)])


def drip(asked):
    message = asked.signed(asked.message(body(asked.zone, 2)))
    for octet in struct.pack('!H', len(message)) + message:
        asked.sock.sendall(bytes([octet]))
        time.sleep(0.2)


def stall(asked):
    asked.sock.settimeout(60)
    asked.sock.recv(1)  # until the other side has enough


def one(make):
    return lambda asked: asked.send(make(asked.zone))


def broken_chain(asked):
    asked.send([soa(asked.zone, 2), record(asked.zone, NS, tsig.wire_name('ns.' + asked.zone))])
    asked.before = b'\0' * 32
    asked.send([soa(asked.zone, 2)])


def unsigned_end(asked):
    asked.send([soa(asked.zone, 2), record(asked.zone, NS, tsig.wire_name('ns.' + asked.zone))])
    asked.send_plain(asked.message([soa(asked.zone, 2)]))


def bad_mac(asked):
    message = asked.signed(asked.message(body(asked.zone, 2)))
    asked.send_plain(message[:40] + bytes([message[40] ^ 1]) + message[41:])


def gap(asked):
    if asked.type == AXFR:
        asked.send([], rcode=5)
        return
    asked.send([soa(asked.zone, 4), soa(asked.zone, 2), soa(asked.zone, 4), soa(asked.zone, 4)])


WAYS = {
    'cut': (cut, 'closed the connection'),
    'endless': (endless, 'over 20000 records'),
    'giant': (giant, 'over 1048576 octets'),
    'drip': (drip, 'no answer in time'),
    'stall': (stall, 'no answer in time'),
    'outside': (one(lambda zone: body(zone, 2, record('www.elsewhere.', A, b'\x7f\0\0\1'))), 'www.elsewhere. A'),
    'middle': (one(lambda zone: body(zone, 2) + [record('w.' + zone, A, b'\x7f\0\0\1')]), 'behind the last SOA'),
    'second': (one(lambda zone: [soa(zone, 2), *body(zone, 3)]), 'another SOA at the end'),
    'class': (one(lambda zone: body(zone, 2, record('w.' + zone, A, b'\x7f\0\0\1', rrclass=3))), 'another class'),
    'ident': (lambda asked: asked.send(body(asked.zone, 2), ident=asked.ident ^ 1), 'another ID'),
    'apex': (one(lambda zone: [soa(zone, 2), record('w.' + zone, A, b'\x7f\0\0\1'), soa(zone, 2)]), 'no NS at the apex'),
    'oversized': (one(lambda zone: body(zone, 2)[:2] + [record('w.' + zone, TXT, b'\1a', length=65535)]), 'signature: '),
    'malformed': (one(lambda zone: body(zone, 2, record('w.' + zone, A, b'\x7f\0\0'))), 'w.malformed. A'),
    'gap': (gap, 'REFUSED'),
    'back': (None, 'older than our 1'),
    'unsigned': (lambda asked: asked.send_plain(asked.message(body(asked.zone, 2))), 'not signed'),
    'mac': (bad_mac, 'the MAC is wrong'),
    'key': (lambda asked: asked.send_plain(asked.signed(
        asked.message(body(asked.zone, 2)), tsig.Key('other.key.', 'hmac-sha256', KEY.secret))), 'of another key'),
    'algorithm': (lambda asked: asked.send_plain(asked.signed(
        asked.message(body(asked.zone, 2)), tsig.Key(KEY.name, 'hmac-sha512', KEY.secret))), 'of another algorithm'),
    'time': (lambda asked: asked.send_plain(asked.signed(asked.message(body(asked.zone, 2)), when=int(time.time()) - 3600)),
             'its time is off'),
    'chain': (broken_chain, 'the MAC is wrong'),
    'end': (unsigned_end, 'the last message is not signed'),
}


class Primary:
    """Serves every zone that it is asked for; `serials` and `wrong` say how, by zone."""

    def __init__(self):
        self.serials, self.wrong = {}, {}
        self.listener = socket.create_server(('127.0.0.1', 0), backlog=64)
        self.address = '127.0.0.1:%d' % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            sock, _ = self.listener.accept()
            threading.Thread(target=self.talk, args=(sock,), daemon=True).start()

    def talk(self, sock):
        with sock:
            try:
                sock.settimeout(30)
                size = struct.unpack('!H', sock.recv(2, socket.MSG_WAITALL))[0]
                asked = Asked(sock, sock.recv(size, socket.MSG_WAITALL), KEY)
                serial = self.serials.get(asked.zone, 1)
                if asked.type == SOA:
                    asked.send([soa(asked.zone, serial)])
                elif asked.zone in self.wrong:
                    if asked.type == IXFR and self.wrong[asked.zone] is not gap:
                        asked.send([], rcode=4)
                    else:
                        self.wrong[asked.zone](asked)
                else:
                    asked.send(body(asked.zone, serial))
            except (OSError, struct.error):
                pass  # the other side has had enough


class Memory(threading.Thread):
    """Watches how much memory doorsync and its workers ever have, each for itself."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.most_worker, self.ending = pid, 0, False
        self.at_first = self.peak(pid)

    @staticmethod
    def peak(pid):
        """In octets; 0: it is gone."""
        try:
            status = pathlib.Path('/proc/%s/status' % pid).read_text()
        except OSError:
            return 0
        return next((int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith('VmHWM:')), 0)

    def run(self):
        while not self.ending:
            try:
                children = pathlib.Path('/proc/%d/task/%d/children' % (self.pid, self.pid)).read_text().split()
            except OSError:
                children = []
            self.most_worker = max([self.most_worker, *(self.peak(child) for child in children)])
            time.sleep(0.005)

    def end(self):
        """Octets of the largest worker, and by which doorsync has grown."""
        self.ending = True
        self.join()
        return self.most_worker, self.peak(self.pid) - self.at_first


def rows(pop):
    return {fields['zone']: fields for verb, fields in pop.ask('secondaries') if verb == 'secondary'}


def refresh(pop, zone):
    client = pop.client()
    try:
        client.send('refresh', [('zone', zone)])
        reply = client.receive()
        assert reply[0] == 'ok', reply
    finally:
        client.close()


def serials(pop):
    return {zone: int(fields['serial']) for zone, fields in pop.heads().items()}


def main():
    hostile, honest = Primary(), Primary()
    zones = [way + '.' for way in WAYS]
    with Pop() as pop:
        secret = base64.b64encode(KEY.secret).decode()
        with open(pop.config('doorsync'), 'a') as config:
            config.write('\n[transfers]\nrecords = 20000\noctets_mib = 1\nmessage_timeout = "2s"\ntimeout = "20s"\n'
                         '[[key]]\nname = "%s"\nsecret = "%s"\n' % (KEY.name, secret))
            for zone, primary in [(zone, hostile) for zone in zones] + [('honest.', honest)]:
                config.write('[[secondary]]\nzone = "%s"\nprimaries = ["%s key %s"]\n' % (zone, primary.address, KEY.name))
        pop.start('doorsync')
        everything = dict.fromkeys(zones + ['honest.'], 1)
        wait_until('every zone is here', lambda: serials(pop) == everything)

        memory = Memory(pop.running['doorsync'].pid)
        memory.start()
        for way, (wrong, _) in WAYS.items():
            hostile.serials[way + '.'] = 0 if wrong is None else 2
            if wrong is not None:
                hostile.wrong[way + '.'] = wrong
        for zone in zones:
            refresh(pop, zone)
        waited = []
        for serial in range(2, 6):  # while the hostile one has all its places busy
            honest.serials['honest.'] = serial
            began = time.monotonic()
            refresh(pop, 'honest.')
            wait_until('the honest zone', lambda: serials(pop)['honest.'] == serial)
            waited.append(time.monotonic() - began)
        for way, (_, reason) in WAYS.items():
            wait_until('%s: %r; it says %r' % (way, reason, rows(pop)[way + '.']['problem']),
                       lambda: reason in rows(pop)[way + '.']['problem'])
        worker, grown = memory.end()
        bound = (1 << 20) + 2 * 200 + (64 << 20)  # the cap of [transfers], twice the largest zone, and 64 MiB
        if b'__asan_init' not in (BIN / 'doorsync').read_bytes():
            assert 0 < worker < bound and grown < bound, (worker, grown)
        assert max(waited) < 5, waited
        assert 'a gap: a difference from 2, where 1 was reached' in pop.log('doorsync')
        left = {zone: serial for zone, serial in serials(pop).items() if zone != 'honest.' and serial != 1}
        assert not left, left

        hostile.wrong.clear()  # and when it mends its ways, all is taken
        hostile.serials = dict.fromkeys(zones, 3)
        for zone in zones:
            refresh(pop, zone)
        wait_until('every zone is mended', lambda: all(serials(pop)[zone] == 3 for zone in zones))
        print('%d ways refused; another primary\'s zone meanwhile within %.2f s; a worker had at most %.1f MiB, doorsync %.1f '
              'MiB more' % (len(WAYS), max(waited), worker / 2 ** 20, grown / 2 ** 20))
    return 0


if __name__ == '__main__':
    sys.exit(main())
