"""What the doorkeeper scenarios share: a namespace of their own with service addresses on lo, a fake doord, doorkeeper."""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SUPPORT = os.path.join(HERE, '..', 'support')
sys.path.insert(0, SUPPORT)
import control  # noqa: E402

BIN = os.environ.get('DOORS_BIN') or (sys.argv[1] if len(sys.argv) > 1 else '')
LONG = os.environ.get('DOORS_LONG') == '1'
LEASE = 3
PROMISE = LEASE + 1.5
BGP = os.path.join(HERE, '..', '..', 'deploy', 'bgp')
PREFIXES = {'192.0.2.0/24': '192.0.2.1', '2001:db8:53::/48': '2001:db8:53::1'}


def run(*command, check=True):
    return subprocess.run(command, check=check, capture_output=True, text=True).stdout


def wait_for(what, condition, bound):
    """Seconds until the condition held; fails after `bound`."""
    began = time.monotonic()
    while True:
        if condition():
            return time.monotonic() - began
        if time.monotonic() - began > bound:
            raise AssertionError('not within %.1f s: %s' % (bound, what))
        time.sleep(0.01)


def holds(what, condition, seconds):
    """Fails if the condition does not hold all the time."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if not condition():
            raise AssertionError('after %.2f s no longer: %s' % (time.monotonic() - began, what))
        time.sleep(0.02)


def figures(name, times):
    ordered = sorted(times)
    print('%-44s n=%-3d min %.2f  median %.2f  max %.2f s' %
          (name, len(ordered), ordered[0], ordered[len(ordered) // 2], ordered[-1]), flush=True)


class World:
    """A namespace, a directory, and the processes in them; with-statement, leaves nothing behind."""

    def __init__(self, name):
        self.ns = 'dk-%s-%d' % (name, os.getpid())
        self.dir = tempfile.mkdtemp(prefix=self.ns)
        self.processes = []
        self.keeper = self.fake = None

    def __enter__(self):
        run('ip', 'netns', 'add', self.ns)
        self.ip('link', 'set', 'lo', 'up')
        self.ip('addr', 'add', '192.0.2.53/32', 'dev', 'lo')
        self.ip('addr', 'add', '2001:db8:53::53/128', 'dev', 'lo', 'nodad')
        return self

    def __exit__(self, kind, error, trace):
        if error:
            for log in sorted(os.listdir(self.dir)):
                if log.endswith('.log'):
                    with open(os.path.join(self.dir, log)) as file:
                        print('---- %s\n%s' % (log, file.read()[-6000:]))
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait()
        run('ip', 'netns', 'del', self.ns)
        shutil.rmtree(self.dir)

    def path(self, name):
        return os.path.join(self.dir, name)

    def ip(self, *arguments, check=True):
        return run('ip', '-n', self.ns, *arguments, check=check)

    def start(self, name, *command, **popen):
        with open(self.path(name + '.log'), 'a') as log:
            process = subprocess.Popen(['ip', 'netns', 'exec', self.ns, *command], stderr=log,
                                       **{'stdout': log, **popen})
        self.processes.append(process)
        return process

    # ---- fake doord ----

    def start_fake(self):
        self.fake = self.start('fake', sys.executable, os.path.join(SUPPORT, 'fake_doord.py'), 'a.test',
                               self.path('doord.sock'), '192.0.2.53:53', '[2001:db8:53::53]:53',
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.fake.stdout.readline() == 'ready\n'

    def order(self, line):
        self.fake.stdin.write(line + '\n')
        self.fake.stdin.flush()
        assert self.fake.stdout.readline() == 'ok\n'

    # ---- doorkeeper ----

    def configure(self, extra='', doord=None, doorsync=''):
        """Writes the config: sockets of doord (default the fake's) and doorsync (default: not asked), more text behind."""
        with open(self.path('doorkeeper.toml'), 'w') as file:
            file.write(f'''[node]
pop = "test"
name = "a"
[[service]]
address = "192.0.2.53:53"
prefix = "192.0.2.0/24"
protocol = "door4"
[[service]]
address = "[2001:db8:53::53]:53"
prefix = "2001:db8:53::/48"
protocol = "door6"
[lease]
seconds = {LEASE}
create = true
[doord]
socket = "{doord or self.path('doord.sock')}"
[doorsync]
socket = "{doorsync}"
[control]
socket = "{self.path('doorkeeper.sock')}"
state = "{self.path('keeper')}"
[bird]
socket = "{self.path('bird.ctl')}"
''' + extra)

    def start_keeper(self):
        self.keeper = self.start('doorkeeper', os.path.join(BIN, 'doorkeeper'), '--config', self.path('doorkeeper.toml'))
        wait_for('control socket', lambda: self.ask('status', quiet=True), 20)

    def ask(self, verb, fields=(), quiet=False):
        """The reply's fields as a list of pairs; None if it cannot be asked and `quiet`."""
        try:
            client = control.Client(self.path('doorkeeper.sock'), timeout=5)
        except OSError:
            if quiet: return None
            raise
        reply_verb, reply = client.ask(verb, fields)
        client.close()
        assert reply_verb != 'error', reply
        return reply

    def state(self):
        return dict(self.ask('status'))['state']

    def why(self):
        return [value for key, value in self.ask('why') if key == 'reason']

    def why_has(self, text):
        return any(text in line for line in self.why())

    # ---- the kernel's view ----

    def leases(self, interface='door-up'):
        """{address: valid_lft} of global lease addresses on the interface."""
        shown = self.ip('-j', 'addr', 'show', 'dev', interface, check=False)
        found = {}
        for link in json.loads(shown or '[]'):
            for address in link.get('addr_info', []):
                if address.get('local', 'fe80').startswith(('192.', '2001:')):
                    found[address['local']] = address.get('valid_life_time')
        return found

    def announced(self, interface='door-up'):
        return set(self.leases(interface)) == set(PREFIXES.values())

    def withdrawn(self):
        return not any(self.leases(lane) for lane in ('door-up', 'door-far', 'door-drain'))


class Bird:
    """One bird in a namespace."""

    def __init__(self, world, ns, name, text):
        self.world, self.ns, self.name = world, ns, name
        self.socket = world.path(name + '.ctl')
        shutil.copy(os.path.join(BGP, 'bird-door.conf'), world.dir)
        with open(world.path(name + '.conf'), 'w') as file:
            file.write(text)
        self.start()

    def start(self):
        with open(self.world.path(self.name + '.log'), 'a') as log:
            self.process = subprocess.Popen(['ip', 'netns', 'exec', self.ns, 'bird', '-f', '-c', self.world.path(self.name + '.conf'),
                                             '-s', self.socket], stdout=log, stderr=log)
        self.world.processes.append(self.process)
        wait_for('BIRD', lambda: subprocess.run(['birdc', '-s', self.socket, 'show', 'status'], capture_output=True).returncode == 0, 10)

    def kill(self):
        self.process.kill()
        self.process.wait()
        os.unlink(self.socket)

    def say(self, command):
        return run('birdc', '-s', self.socket, *command.split(), check=False)

    def has_routes(self):
        shown = self.say('show route')
        return all(prefix in shown for prefix in PREFIXES)

    def has_none(self):
        shown = self.say('show route')
        return 'BIRD' in shown and not any(prefix in shown for prefix in PREFIXES)

    def updates(self):
        """Updates and withdrawals received so far, over both families."""
        return [int(n) for line in re.findall(r'Import (?:updates|withdraws): +(.*)', self.say('show protocols all pop')) for n in line.split()[:1]]


NEIGHBOUR = '''router id 10.99.0.2;
protocol device { }
protocol bfd { interface "*" { min rx interval 100 ms; min tx interval 100 ms; multiplier 3; }; }
protocol bgp pop { local 10.99.0.2 as 64601; neighbor 10.99.0.1 as 64501; bfd on; hold time 9; passive on;
  error wait time 1, 5;
  ipv4 { import all; export none; }; ipv6 { import all; export none; }; }
'''


class Neighbour(Bird):
    """The BGP neighbour of a world's PoP: a BIRD in a namespace of its own behind a line, 10.99.0.1 at the PoP, 10.99.0.2 here."""

    def __init__(self, world):
        ns = world.ns + '-n'
        run('ip', 'netns', 'add', ns)
        world.ip('link', 'add', 'up0', 'type', 'veth', 'peer', 'name', 'pop0', 'netns', ns)
        world.ip('addr', 'add', '10.99.0.1/30', 'dev', 'up0')
        world.ip('addr', 'add', 'fd99::1/64', 'dev', 'up0', 'nodad')
        world.ip('link', 'set', 'up0', 'up')
        run('ip', '-n', ns, 'addr', 'add', '10.99.0.2/30', 'dev', 'pop0')
        run('ip', '-n', ns, 'addr', 'add', 'fd99::2/64', 'dev', 'pop0', 'nodad')
        run('ip', '-n', ns, 'link', 'set', 'pop0', 'up')
        run('ip', '-n', ns, 'link', 'set', 'lo', 'up')
        try:
            super().__init__(world, ns, 'neighbour', NEIGHBOUR)
        except BaseException:
            run('ip', 'netns', 'del', ns)
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        run('ip', 'netns', 'del', self.ns)


def need_root():
    if os.geteuid() != 0:
        print('skipped: needs root for network namespaces')
        sys.exit(77)
