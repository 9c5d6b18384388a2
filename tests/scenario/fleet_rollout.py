"""Pushes through a fleet of four PoPs over etcd, wave by wave: a good one reaches all; one that is valid and bad stops at
the canary and is taken back there alone; the plan survives the loss of doorctl and of the hub; pins and delays."""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

from ctl_support import ask
from doorsync_support import BIN, PATIENCE, Pop, wait_until

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'support'))
from etcd import Etcd  # noqa: E402

ZONE = 'fleet.example.'
NAMES = ['www', 'mail', 'shop']
BAKE = 2  # seconds
NODES = {'p0': 'groups = ["canary"]', 'p1': 'labels = ["region=eu"]', 'p2': '', 'p3': 'delay = "1h"'}


def zone_text(serial, without=()):
    names = ''.join('%s A 192.0.2.2\n' % name for name in NAMES if name not in without)
    others = ''.join('h%d A 192.0.2.3\n' % i for i in range(20))
    return '$ORIGIN %s\n$TTL 300\n@ SOA ns host %d 3600 600 86400 300\n@ NS ns\nns A 192.0.2.1\n%s%s' % (
        ZONE, serial, names, others)


class Clients(threading.Thread):
    """Asks one PoP for names, until it is told to end."""

    def __init__(self, pop):
        super().__init__(daemon=True)
        self.address, self.ending, self.count = '127.0.0.1:%d' % pop.port, False, 0

    def run(self):
        while not self.ending:
            for name in NAMES:
                try:
                    ask(self.address, name + '.' + ZONE)
                    self.count += 1
                except OSError:
                    time.sleep(0.05)
            time.sleep(0.002)


class Fleet:
    """A hub and PoPs with a real doord each; with-statement."""

    def __init__(self, etcd, directory):
        self.hub = Pop('hub')
        text = self.hub.config('doorsync').read_text()
        publisher = text[text.index('[[publisher]]'):].split('\n\n')[0].split('\n[control]')[0] + '\n'
        self.pops = {name: Pop(name) for name in NODES}
        for name, pop in [('hub', self.hub), *self.pops.items()]:
            run = pop.dir / 'run'
            images = re.search(r'\[images\]\s*path = "([^"]*)"', pop.config('doorsync').read_text()).group(1)
            run.mkdir(exist_ok=True)
            more = 'hub = true' if name == 'hub' else NODES[name]
            pop.config('doorsync').write_text(
                '[node]\npop = "%s"\nname = "n1"\n%s\n[store]\nkind = "etcd"\npath = "%s"\nendpoints = ["%s"]\n'
                'lease = "3s"\nca = "%s"\ncertificate = "%s"\nkey = "%s"\n[journal]\npath = "%s"\n[images]\npath = "%s"\n'
                '[doord]\nsocket = "%s"\n[service]\naddresses = ["127.0.0.1:%d"]\n[control]\nsocket = "%s"\n%s' %
                (name, more, directory / 'store', etcd.endpoints[0], etcd.ca, etcd.certificate, etcd.key,
                 pop.dir / 'state' / 'journal', images, run / 'doord.sock', pop.port, run / 'doorsync.sock', publisher))
        ctl = self.hub.config('doorctl')
        text = ctl.read_text().replace('waves = []', 'waves = ["group:canary", "label:region=eu", "all"]')
        ctl.write_text(re.sub(r'bake = "10s"', 'bake = "%ds"' % BAKE, text))

    def __enter__(self):
        self.hub.start('doorsync')
        for pop in self.pops.values():
            pop.start('doord')
            pop.start('doorsync')
        wait_until('the hub sees all nodes', lambda: len(self.status()[1]['nodes']) == len(self.pops))
        return self

    def __exit__(self, kind, error, trace):
        for pop in [*self.pops.values(), self.hub]:
            pop.__exit__(kind, error, trace)

    def status(self, *options):
        done = self.hub.doorctl('status', '--json', *options)
        return done.returncode, {'nodes': [], **json.loads(done.stdout or '{}')}

    def states(self):
        return {node['pop']: node['state'] for node in self.status()[1]['nodes']}

    def command(self, serial, without, *options):
        file = self.hub.dir / 'fleet.zone'
        file.write_text(zone_text(serial, without))
        return self.hub.doorctl_command('push', '--json', file, *options)

    def push(self, serial, without=(), *options):
        done = subprocess.run(self.command(serial, without, *options), stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=PATIENCE * 2, check=False)
        try:
            return done.returncode, json.loads(done.stdout), done.stderr
        except ValueError:
            return done.returncode, {}, done.stdout + done.stderr

    def serials(self):
        return {name: self.serial(name) for name in self.pops}

    def serial(self, name):
        try:
            return ask('127.0.0.1:%d' % self.pops[name].port, ZONE, 'SOA').serial()
        except OSError:
            return None


def expect(what, seen, wanted):
    assert seen == wanted, '%s: %r, expected %r' % (what, seen, wanted)


def waves_and_rollback(fleet):
    code, report, err = fleet.push(1)
    expect('a first push ' + err, (code, report.get('result')), (0, 'done'))
    # p3 is an hour behind.
    expect('serials', fleet.serials(), {'p0': 1, 'p1': 1, 'p2': 1, 'p3': None})
    states = {receipt['pop']: receipt['state'] for receipt in report['receipts']}
    expect('receipts', states, {'p0': 'served', 'p1': 'served', 'p2': 'served', 'p3': 'held'})
    code, status = fleet.status('--zones')
    expect('status', (code, status['result'], fleet.states()),
           (0, 'done', {'p0': 'served', 'p1': 'served', 'p2': 'served', 'p3': 'delayed'}))
    expect('a zone row', [(row['pop'], row['serial'], row['state']) for row in status['zones'] if row['pop'] == 'p0'],
           [('p0', 1, 'served')])
    expect('promote', fleet.hub.doorctl('promote', 'p3').returncode, 0)
    wait_until('the late PoP takes what it was promoted to', lambda: fleet.serial('p3') == 1)

    clients = [Clients(fleet.pops[name]) for name in ('p0', 'p1')]
    for client in clients:
        client.start()
    wait_until('enough answers', lambda: all(client.count > 300 for client in clients))
    code, report, err = fleet.push(2, (), '--wait', 'canary')
    expect('a good push, as far as the canary ' + err, (code, report.get('result')), (0, 'done'))
    expect('one wave after the other', (fleet.serial('p0'), fleet.serial('p2')), (2, 1))
    code, _, err = fleet.push(3)
    expect('a push while one is on its way', (code, 'gate rollout' in err), (1, True))
    wait_until('it goes on by itself', lambda: fleet.serial('p2') == 2)
    wait_until('it is done', lambda: fleet.status()[1]['rollout']['state'] == 'done')

    began = time.monotonic()
    took = {}
    pushing = threading.Thread(target=lambda: took.update(result=fleet.push(3, ('www', 'mail'))))
    pushing.start()
    wait_until('the canary has it', lambda: fleet.serial('p0') == 3)
    wait_until('it is stopped', lambda: fleet.status()[1]['rollout']['state'] == 'stopped')
    stopped = time.monotonic() - began
    pushing.join()
    rolled_back = time.monotonic() - began
    code, report, err = took['result']
    expect('a push without names that are asked for ' + err, (code, report.get('result')), (1, 'rolled back'))
    assert 'p0/n1: NXDOMAIN rose' in report['reason'], report['reason']
    assert stopped <= 10 and rolled_back <= 30, (stopped, rolled_back)
    expect('taken back at the canary, and nowhere else', [fleet.serial(name) for name in ('p0', 'p1', 'p2')], [4, 2, 2])
    for client in clients:
        client.ending = True
        client.join()
    print('vanished names: stopped at the canary after %.1f s, taken back after %.1f s' % (stopped, rolled_back))

    # The next one supersedes it everywhere; the canary's doord dies under it.
    pushing = subprocess.Popen(fleet.command(5, ()), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL)
    wait_until('the canary has it', lambda: fleet.serial('p0') == 5)
    fleet.pops['p0'].kill('doord')
    fleet.pops['p0'].start('doord')
    report = json.loads(pushing.communicate(timeout=PATIENCE)[0])
    expect('a crash at the canary', (pushing.returncode, report['result']), (1, 'rolled back'))
    expect('the others', (fleet.serial('p1'), fleet.serial('p2')), (2, 2))
    code, report, err = fleet.push(7)
    expect('a good push after it ' + err, (code, report.get('result')), (0, 'done'))
    expect('serials', [fleet.serial(name) for name in ('p0', 'p1', 'p2')], [7, 7, 7])


def the_plan_survives(fleet):
    pushing = subprocess.Popen(fleet.command(8, ()), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    wait_until('the canary has it', lambda: fleet.serial('p0') == 8)
    fleet.hub.kill('doorsync')
    pushing.kill()
    pushing.wait()
    time.sleep(BAKE + 1)  # in which nothing is to happen
    expect('without a hub it stays where it is', (fleet.serial('p0'), fleet.serial('p2')), (8, 7))
    fleet.hub.start('doorsync')
    wait_until('the hub goes on where it was', lambda: fleet.serial('p2') == 8)
    done = fleet.hub.doorctl('rollout', 'watch', '--json')
    expect('watch', (done.returncode, json.loads(done.stdout)['rollout']['state']), (0, 'done'))


def pins_hold(fleet):
    expect('pin', fleet.hub.doorctl('pin', 'p2', ZONE).returncode, 0)
    code, report, err = fleet.push(9, (), '--waves', 'all')
    expect('a push past a pin ' + err, (code, report.get('result')), (0, 'done'))
    expect('serials', [fleet.serial(name) for name in ('p0', 'p1', 'p2')], [9, 9, 8])
    expect('state', fleet.states()['p2'], 'pinned')
    rows = {row['pop']: row for row in fleet.status('--zones')[1]['zones']}
    expect('the row of the pinned node', (rows['p2']['serial'], rows['p2']['newest_serial']), (8, 9))
    expect('unpin', fleet.hub.doorctl('unpin', 'p2', ZONE).returncode, 0)
    wait_until('it follows again', lambda: fleet.serial('p2') == 9)
    fleet.pops['p1'].kill('doorsync')
    wait_until('a dead node is told', lambda: fleet.status()[0] == 2 and fleet.states()['p1'] == 'lost')
    expect('it answers all the same', fleet.serial('p1'), 9)


def main():
    if not shutil.which('etcd') or not shutil.which('openssl'):
        print('etcd or openssl is not installed')
        return 77
    directory = pathlib.Path(tempfile.mkdtemp(prefix='rollout-'))
    try:
        with Etcd(directory / 'etcd', 1) as etcd, Fleet(etcd, directory) as fleet:
            for test in (waves_and_rollback, the_plan_survives, pins_hold):
                began = time.monotonic()
                test(fleet)
                print('%s: fine (%.1f s)' % (test.__name__, time.monotonic() - began))
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return 0


if __name__ == '__main__':
    sys.exit(main())
