"""A DNS responder with a control socket, as far as doorkeeper looks at one; what it does is changed by lines on stdin.

usage: fake_doord.py NSID CONTROL_SOCKET ADDRESS:PORT...      (CONTROL_SOCKET "-": none)
stdin: rcode N | nsid TEXT | serial N | silent udp|tcp|all|none | beat MS | rate N (other clients' queries per second)
       answer-all yes|no (NOERROR with an answer to anything) | delay MS
stdout: `ready` once it listens; `ok` after each line of stdin
"""
import os
import select
import socket
import struct
import sys
import time

import control


def question_of(query):
    at = 12
    labels = []
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].lower())
        at += 1 + query[at]
    return b'.'.join(labels), query[12:at + 5]


class Fake:
    def __init__(self, nsid):
        self.nsid, self.serial, self.rcode, self.silent = nsid.encode(), 1, 0, 'none'
        self.beat, self.rate, self.delay, self.answer_all = 5, 0.0, 0.0, False
        self.started, self.queries, self.extra = time.monotonic(), {'udp': 0, 'tcp': 0}, 0.0
        self.rated_at = time.monotonic()

    def order(self, line):
        self.account()
        verb, _, value = line.strip().partition(' ')
        if verb == 'rcode': self.rcode = int(value)
        elif verb == 'nsid': self.nsid = value.encode()
        elif verb == 'serial': self.serial = int(value)
        elif verb == 'silent': self.silent = value
        elif verb == 'beat': self.beat = int(value)
        elif verb == 'rate': self.rate = float(value)
        elif verb == 'delay': self.delay = float(value) / 1000
        elif verb == 'answer-all': self.answer_all = value == 'yes'
        else: raise ValueError(line)

    def account(self):
        now = time.monotonic()
        self.extra += self.rate * (now - self.rated_at)
        self.rated_at = now

    def answer(self, query, transport):
        if self.silent in (transport, 'all') or len(query) < 17:
            return None
        self.queries[transport] += 1
        if self.delay:
            time.sleep(self.delay)
        name, question = question_of(query)
        rcode, answers, records = self.rcode, 0, b''
        if name.endswith(b'invalid') and not self.answer_all:
            rcode = rcode or 3
        if rcode == 0:
            answers = 1
            qtype = struct.unpack('>H', question[-4:-2])[0]
            if qtype == 16:
                rdata = bytes([len(self.nsid)]) + self.nsid
            else:
                rdata = b'\0\0' + struct.pack('>IIIII', self.serial, 1, 1, 1, 1)
            records = b'\xc0\x0c' + question[-4:] + struct.pack('>IH', 60, len(rdata)) + rdata
        option = struct.pack('>HH', 3, len(self.nsid)) + self.nsid
        opt = b'\0' + struct.pack('>HHIH', 41, 1232, 0, len(option)) + option
        header = query[:2] + struct.pack('>HHHHH', 0x8400 | rcode, 1, answers, 0, 1)
        return header + question + records + opt

    def status(self):
        self.account()
        extra = int(self.extra)
        return control.encode('status', [
            ('udp_queries', str(self.queries['udp'] + extra)), ('tcp_queries', str(self.queries['tcp'])),
            ('udp_responses', str(self.queries['udp'] + extra)), ('beat_age_ms', str(self.beat))])


def main():
    fake = Fake(sys.argv[1])
    readers = {}
    for text in sys.argv[3:]:
        host, _, port = text.rpartition(':')
        family = socket.AF_INET6 if host.startswith('[') else socket.AF_INET
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            listener = socket.socket(family, kind)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host.strip('[]'), int(port)))
            if kind == socket.SOCK_STREAM: listener.listen(64)
            readers[listener] = 'udp' if kind == socket.SOCK_DGRAM else 'accept'
    if sys.argv[2] != '-':
        if os.path.exists(sys.argv[2]): os.unlink(sys.argv[2])
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        listener.bind(sys.argv[2])
        listener.listen(16)
        readers[listener] = 'accept control'
    readers[sys.stdin] = 'stdin'
    print('ready', flush=True)
    while True:
        for ready in select.select(list(readers), [], [])[0]:
            role = readers.get(ready)
            try:
                if role == 'stdin':
                    line = sys.stdin.readline()
                    if not line: return
                    fake.order(line)
                    print('ok', flush=True)
                elif role == 'udp':
                    query, peer = ready.recvfrom(4096)
                    answer = fake.answer(query, 'udp')
                    if answer: ready.sendto(answer, peer)
                elif role == 'accept':
                    readers[ready.accept()[0]] = 'tcp'
                elif role == 'accept control':
                    readers[ready.accept()[0]] = 'control'
                elif role == 'control':
                    if not ready.recv(65536): raise ConnectionError
                    ready.send(fake.status())
                else:
                    query = ready.recv(4096)  # loopback: a query of 50 octets comes whole
                    if not query: raise ConnectionError
                    answer = fake.answer(query[2:], 'tcp')
                    if answer: ready.send(struct.pack('>H', len(answer)) + answer)
            except OSError:
                if role in ('tcp', 'control'):
                    del readers[ready]
                    ready.close()


main()
