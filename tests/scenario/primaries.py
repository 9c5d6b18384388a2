"""Debian's NSD, Knot and BIND as primaries of ours, with the configs in deploy/transfer: copies of our own, on high
loopback ports, in a directory. (secondaries.py has them the other way round.)"""
import pathlib
import shutil
import signal
import subprocess

from doorsync_support import PATIENCE, free_port, wait_until

CONFIGS = pathlib.Path(__file__).resolve().parent.parent.parent / 'deploy' / 'transfer'
KEY_NAME = 'doors.key.'
SECRET = 'bm90IGEgc2VjcmV0OiBtYWtlIHlvdXIgb3duLi4uLi4='


class Primary:
    """One primary of one zone; with-statement. `listener` is where our doord hears NOTIFY."""

    def __init__(self, directory, zone, text, listener):
        self.dir = pathlib.Path(directory) / type(self).__name__.lower()
        self.dir.mkdir()
        self.zone, self.port = zone, free_port()
        self.address = '127.0.0.1:%d' % self.port
        self.file = self.dir / 'example.zone'
        self.file.write_text(text)
        config = (CONFIGS / self.example).read_text()
        host, port = listener.rsplit(':', 1)
        for old, new in ((self.listen, self.listen.replace('192.0.2.10', '127.0.0.1').replace('53', str(self.port))),
                         *((state, str(self.dir)) for state in self.states), ('"example."', '"%s"' % zone),
                         ('domain: example.', 'domain: "%s"' % zone),
                         *((there, there.replace('192.0.2.53', host).replace('53', port)) for there in self.listeners),
                         ('192.0.2.53', '127.0.0.1')):
            config = config.replace(old, new)
        assert '192.0.2' not in config and '/var/' not in config, config
        (self.dir / 'config').write_text(config)
        self.log = open(self.dir / 'log', 'wb')
        self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                        cwd=self.dir)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        if kind is not None:
            print('--- end of the log of', type(self).__name__)
            print('\n'.join((self.dir / 'log').read_text(errors='replace').splitlines()[-40:]))

    def serial(self):
        assert self.process.poll() is None, 'it ended'
        done = subprocess.run(['dig', '@127.0.0.1', '-p', str(self.port), '+short', '+tries=1', '+time=2', self.zone,
                               'SOA'], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        words = done.stdout.split()
        return int(words[2]) if len(words) == 7 else None

    def wait_for(self, serial):
        wait_until('%s serves %s' % (type(self).__name__, serial), lambda: self.serial() == serial)

    def update(self, text):
        self.file.write_text(text)
        self.process.send_signal(signal.SIGHUP)


class Knot(Primary):
    example, listen, listeners = 'knot-primary.conf', '192.0.2.10@53', ('192.0.2.53@53',)
    states = ('/run/knot', '/var/lib/knot')

    def command(self):
        return ['/usr/sbin/knotd', '-c', str(self.dir / 'config')]


class Nsd(Primary):
    example, listen, listeners = 'nsd-primary.conf', '192.0.2.10@53', ('192.0.2.53@53',)
    states = ('/run/nsd', '/var/lib/nsd')

    def command(self):
        return ['/usr/sbin/nsd', '-d', '-c', str(self.dir / 'config')]


class Bind(Primary):
    example, listen, listeners = 'named-primary.conf', 'port 53 { 192.0.2.10; }', ('192.0.2.53 port 53',)
    states = ('/run/named', '/var/lib/bind')

    def command(self):
        return ['/usr/sbin/named', '-g', '-c', str(self.dir / 'config'), '-n', '1']


def missing():
    """Those of the programs that are not there."""
    return [program for program in ('dig', '/usr/sbin/nsd', '/usr/sbin/knotd', '/usr/sbin/named')
            if shutil.which(program) is None]
