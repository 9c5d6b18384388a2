"""What the doorkeeper scenarios share: a namespace of their own with service addresses on lo, a fake doord, doorkeeper."""
import json
import os
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
        return not self.leases('door-up') and not self.leases('door-drain')


def need_root():
    if os.geteuid() != 0:
        print('skipped: needs root for network namespaces')
        sys.exit(77)
