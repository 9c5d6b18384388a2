#!/usr/bin/env python3
"""A primary that comes and goes: its serial is asked over UDP by the SOA's timers, with TCP where that gives nothing; a
zone it does not confirm for as long as EXPIRE says is answered SERVFAIL, also by a doord and a doorsync started again,
until it is confirmed; one with on_expire = "keep" and one of another primary go on."""
import selectors
import socket
import struct
import subprocess
import sys
import threading

from doorsync_support import Pop, wait_until
from hostile_primary import AXFR, NS, SOA, record, tsig

REFRESH, RETRY, EXPIRE = 1, 1, 4


def soa(zone, serial):
    return record(zone, SOA, b'\0\0' + struct.pack('!IIIII', serial, REFRESH, RETRY, EXPIRE, 60))


class Primary:
    """Serves every zone it is asked for, with the same serial, over UDP and TCP, while it is up; counts questions."""

    def __init__(self):
        self.serial, self.up, self.truncates, self.lies = 1, True, False, False
        self.asked = {'udp': 0, 'tcp': 0, 'axfr': 0, 'ixfr': 0}
        while True:
            self.tcp = socket.create_server(('127.0.0.1', 0), backlog=64)
            self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            try:
                self.udp.bind(self.tcp.getsockname())
                break
            except OSError:
                self.tcp.close()
        self.address = '127.0.0.1:%d' % self.tcp.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        with selectors.DefaultSelector() as selector:
            selector.register(self.tcp, selectors.EVENT_READ)
            selector.register(self.udp, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fileobj is self.udp:
                        self.datagram()
                    else:
                        self.stream()

    def datagram(self):
        request, client = self.udp.recvfrom(4096)
        self.asked['udp'] += 1
        if not self.up:
            return
        if self.lies:  # before the true answer: other IDs, which are passed over
            for ident in range(3):
                self.udp.sendto(self.answer(bytes([request[0] ^ 1, ident]) + request[2:], 99), client)
        response = self.answer(request, self.serial)
        if self.truncates:
            response = response[:2] + struct.pack('!HHHHH', 0x8600, 1, 0, 0, 0) + self.question(request)
        self.udp.sendto(response, client)

    def stream(self):
        sock, _ = self.tcp.accept()
        with sock:
            if not self.up:
                return
            sock.settimeout(5)
            try:
                size = struct.unpack('!H', sock.recv(2, socket.MSG_WAITALL))[0]
                request = sock.recv(size, socket.MSG_WAITALL)
                self.asked[{AXFR: 'axfr', SOA: 'tcp'}.get(self.type_of(request), 'ixfr')] += 1
                response = self.answer(request, self.serial)
                sock.sendall(struct.pack('!H', len(response)) + response)
            except (OSError, struct.error):
                pass  # the PoP is restarted

    @staticmethod
    def question(request):
        at = 12
        while request[at]:
            at += 1 + request[at]
        return request[12:at + 5]

    @classmethod
    def type_of(cls, request):
        return struct.unpack('!H', cls.question(request)[-4:-2])[0]

    def answer(self, request, serial):
        question = self.question(request)
        zone, at = '', 0
        while question[at]:
            zone += question[at + 1:at + 1 + question[at]].decode() + '.'
            at += 1 + question[at]
        records = [soa(zone, serial)]
        flags = 0x8400
        if self.type_of(request) == AXFR:
            records += [record(zone, NS, tsig.wire_name('ns.' + zone)), soa(zone, serial)]
        elif self.type_of(request) != SOA:
            records, flags = [], 0x8404  # no IXFR here
        return request[:2] + struct.pack('!HHHHH', flags, 1, len(records), 0, 0) + question + b''.join(records)


def secondary(pop, zone, primary, more=''):
    with open(pop.config('doorsync'), 'a') as config:
        config.write('\n[[secondary]]\nzone = "%s"\nprimaries = ["%s"]\n%s\n' % (zone, primary.address, more))


def answered(pop, zone):
    """What the PoP answers to SOA: the serial, or the rcode with its extended error."""
    done = subprocess.run(['dig', '@127.0.0.1', '-p', str(pop.port), '+tries=1', '+time=2', zone, 'SOA'],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False).stdout
    if 'status: SERVFAIL' in done:
        return 'SERVFAIL' + (' 24' if 'EDE: 24' in done else '')
    rows = [line.split() for line in done.splitlines() if '\tSOA\t' in line and not line.startswith(';')]
    return int(rows[0][6]) if rows else None


def expect(pop, **answers):
    wait_until('%s; it is %s' % (answers, {zone: answered(pop, zone) for zone in answers}),
               lambda: all(answered(pop, zone) == answer for zone, answer in answers.items()))


def alarms(pop):
    client = pop.client()
    try:
        return [text for _, fields in client.stream('status') for key, text in fields if key == 'alarm']
    finally:
        client.close()


def begin_again(pop, program):
    pop.kill(program)
    pop.start(program)


def main():
    primary, other = Primary(), Primary()
    with Pop() as pop:
        secondary(pop, 'expires.', primary)
        secondary(pop, 'kept.', primary, 'on_expire = "keep"')
        secondary(pop, 'other.', other)
        pop.start('doord')
        pop.start('doorsync')
        expect(pop, expires=1, kept=1, other=1)

        # A new serial is seen by REFRESH alone, over UDP, although others answer first.
        primary.lies = True
        primary.serial = 2
        expect(pop, expires=2, kept=2)
        assert primary.asked['udp'] > 0 and primary.asked['tcp'] == 0, primary.asked
        primary.lies, primary.truncates = False, True
        primary.serial = 3
        expect(pop, expires=3, kept=3)
        assert primary.asked['tcp'] > 0, primary.asked

        primary.up = False
        expect(pop, expires='SERVFAIL 24', kept=3, other=1)
        wait_until('both alarms: %s' % alarms(pop), lambda: any('expired' in alarm for alarm in alarms(pop)))
        row = pop.status()['expires.']
        assert row['state'] == 'failed' and 'expired' in row['reason'], row
        assert pop.doorctl('status').returncode == 2

        begin_again(pop, 'doord')
        expect(pop, expires='SERVFAIL 24', kept=3, other=1)
        wait_until('it is written down', lambda: pop.log('doorsync').count('zone expired') >= 2)
        begin_again(pop, 'doorsync')
        expect(pop, expires='SERVFAIL 24', kept=3, other=1)

        primary.up = True
        expect(pop, expires=3, kept=3, other=1)
        wait_until('no alarm: %s' % alarms(pop), lambda: not alarms(pop))
        print('asked over UDP %(udp)d times, over TCP %(tcp)d times; %(axfr)d whole zones' % primary.asked)
    return 0


if __name__ == '__main__':
    sys.exit(main())
