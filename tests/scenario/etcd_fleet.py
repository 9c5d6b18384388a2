"""One push for many PoPs over etcd with mutual TLS: served and confirmed by all, and what it costs; members killed in
turn lose no acknowledged push; with the engine gone everything stays as it is, and catches up after."""
import json
import pathlib
import random
import re
import shutil
import string
import subprocess
import sys
import tempfile
import time

from doorsync_support import BIN, LONG, PATIENCE, Pop, in_ms, wait_until

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'support'))
from etcd import Etcd  # noqa: E402
from light_doord import LightDoords  # noqa: E402

POPS = 100 if LONG else 8
PUSHES = 200 if LONG else 25
PUSHES_IN_KILLS = 3000 if LONG else 30
STORE = '''[store]
kind = "etcd"
path = "%s"
endpoints = [%s]
ca = "%s"
certificate = "%s"
key = "%s"
'''


class Fleet:
    """A hub and PoPs (real doorsyncs, light doords) on one etcd; with-statement."""

    def __init__(self, etcd, pops):
        self.hub = Pop('hub')
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix='fleet-'))
        store = STORE % (self.dir / 'store', ', '.join('"%s"' % one for one in etcd.endpoints), etcd.ca, etcd.certificate,
                         etcd.key)
        text = self.hub.config('doorsync').read_text()
        self.publisher = text[text.index('[[publisher]]'):].split('\n\n')[0].split('\n[control]')[0] + '\n'
        run = self.hub.dir / 'run'
        self.write(self.hub.config('doorsync'), 'hub', store, self.hub.dir, run / 'doord.sock', run / 'doorsync.sock',
                   'hub = true\n')
        self.pops = {}
        for number in range(pops):
            where = self.dir / ('p%d' % number)
            where.mkdir()
            self.write(where / 'doorsync.toml', 'p%d' % number, store, where, where / 'doord.sock', where / 'sync.sock')
            self.pops['p%d' % number] = where
        self.doords = LightDoords([where / 'doord.sock' for where in self.pops.values()])
        self.processes = {}
        self.serial = 0

    def write(self, path, pop, store, where, doord, control, more=''):
        path.write_text(('[node]\npop = "%s"\n%s%s[journal]\npath = "%s"\n[images]\npath = "%s"\n[doord]\nsocket = "%s"\n'
                         '[service]\naddresses = []\n[control]\nsocket = "%s"\n%s') %
                        (pop, more, store, where / 'journal', where / 'images', doord, control, self.publisher))

    def __enter__(self):
        self.doords.start()
        (self.hub.dir / 'run').mkdir(exist_ok=True)
        self.hub.start('doorsync')
        for name, where in self.pops.items():
            log = open(where / 'log', 'ab')
            self.processes[name] = subprocess.Popen([BIN / 'doorsync', '--config', where / 'doorsync.toml'],
                                                    stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            log.close()
        return self

    def __exit__(self, kind, error, trace):
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.wait(30)
        self.doords.end()
        if kind is not None:
            for name in list(self.pops)[:2]:
                print('--- %s' % name)
                print('\n'.join((self.pops[name] / 'log').read_text(errors='replace').splitlines()[-20:]))
        self.hub.__exit__(kind, error, trace)
        shutil.rmtree(self.dir, ignore_errors=True)

    def push(self, seconds=30):
        """A version with about 1 KB that is new: doorctl's exit code and report."""
        self.serial += 1
        new = ''.join(random.choices(string.ascii_letters + string.digits, k=1000))
        zone = self.hub.dir / 'fleet.example.zone'
        zone.write_text('$ORIGIN fleet.example.\n@ 300 IN SOA ns host %d 3600 600 86400 300\n@ 300 IN NS ns\n'
                        'ns 300 IN A 192.0.2.1\n' % self.serial +
                        ''.join('t%d 300 IN TXT "%s"\n' % (at, new[at:at + 250]) for at in range(0, 1000, 250)))
        done = self.hub.doorctl('push', '--json', '--wait', '%ds' % seconds, zone)
        try:
            return done.returncode, json.loads(done.stdout)
        except ValueError:
            return done.returncode, {'error': done.stdout + done.stderr}

    def head(self):
        head = self.hub.heads()['fleet.example.']
        return int(head['epoch']), int(head['seq']), int(head['serial'])

    def everywhere(self, number):
        return all(zones.get('fleet.example.') == number for zones in self.doords.running.values())

    def first_push(self):
        def confirmed():
            code, report = self.push()
            return code == 0 and len(report['receipts']) == len(self.pops)
        wait_until('all PoPs are known to the hub and confirm a push', confirmed, PATIENCE * 2)


def received_octets(pids):
    """What the kernel counts as received over TCP by these processes, TLS and all; None without iproute2."""
    if not shutil.which('ss'):
        return None
    lines = subprocess.run(['ss', '-tinHOp'], capture_output=True, text=True, check=True).stdout.splitlines()
    total = 0
    for line in lines:
        pid, octets = re.search(r'pid=(\d+)', line), re.search(r'bytes_received:(\d+)', line)
        if pid and octets and int(pid.group(1)) in pids:
            total += int(octets.group(1))
    return total


def pushes_are_confirmed_by_all(directory):
    with Etcd(directory / 'one', 1) as etcd, Fleet(etcd, POPS) as fleet:
        fleet.first_push()
        octets, times = etcd.sent_octets(), []
        pids = {process.pid for process in fleet.processes.values()}
        received = received_octets(pids)
        for _ in range(PUSHES):
            code, report = fleet.push()
            assert code == 0 and report['complete'], report
            assert {receipt['pop'] for receipt in report['receipts']} == set(fleet.pops), report
            assert all(receipt['state'] == 'served' for receipt in report['receipts']), report
            times.append(report['receipt_ms'] / 1e3)
            assert fleet.everywhere(fleet.head()[:2]), 'confirmed, and not served'
        octets = etcd.sent_octets() - octets
        print('%d PoPs, push to the last receipt: %s' % (POPS, in_ms(times)))
        print('sent by etcd: %.0f octets for each PoP and push, what the hub gets included' % (octets / POPS / PUSHES))

        if received is not None:
            print('received by a PoP: %.0f octets for each push, TLS included' %
                  ((received_octets(pids) - received) / POPS / PUSHES))

        before = {path: dict(zones) for path, zones in fleet.doords.running.items()}
        etcd.kill(0)
        code, report = fleet.push(1)
        assert code == 1, report
        status = wait_until('the hub says that the store is lost', lambda: {
            verb: fields for verb, fields in fleet.hub.ask('status')}['end'].get('store') == 'lost')
        assert status
        assert fleet.hub.log('doorsync').count('event="store lost"') == 1, 'told once'
        assert before == fleet.doords.running, 'what is served has changed'
        etcd.start(0)
        fleet.first_push()
        assert fleet.everywhere(fleet.head()[:2])
        gone = list(fleet.pops)[0]
        fleet.processes[gone].kill()
        code, report = fleet.push(20)
        dead = [receipt for receipt in report['receipts'] if receipt['pop'] == gone]
        assert code == 2 and len(dead) == 1 and dead[0]['state'] == 'failed', report
        print('a dead PoP: "%s"' % dead[0]['reason'])


def no_acknowledged_push_is_lost(directory):
    with Etcd(directory / 'three', 3) as etcd, Fleet(etcd, 4) as fleet:
        fleet.first_push()
        acknowledged, refused, down = 0, 0, None
        slowest = 0.0
        for number in range(PUSHES_IN_KILLS):
            if number % 10 == 3:
                down = number // 10 % 3
                etcd.kill(down)
            if number % 10 == 8:
                etcd.start(down)
            began = time.monotonic()
            code, report = fleet.push()
            slowest = max(slowest, time.monotonic() - began)
            if code == 1:
                refused += 1
                continue
            acknowledged = fleet.serial
        wait_until('the last acknowledged push is the head or below it', lambda: fleet.head()[2] >= acknowledged)
        wait_until('every PoP serves the head', lambda: fleet.everywhere(fleet.head()[:2]))
        assert acknowledged > 0 and refused < PUSHES_IN_KILLS / 2, (acknowledged, refused)
        print('%d pushes while members were killed in turn: %d refused, the slowest took %.1f s, none lost at %d PoPs' %
              (PUSHES_IN_KILLS, refused, slowest, len(fleet.pops)))


def main():
    if not shutil.which('etcd') or not shutil.which('openssl'):
        print('etcd or openssl is not installed')
        return 77
    directory = pathlib.Path(tempfile.mkdtemp(prefix='etcd-'))
    try:
        pushes_are_confirmed_by_all(directory)
        no_acknowledged_push_is_lost(directory)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return 0


if __name__ == '__main__':
    sys.exit(main())
