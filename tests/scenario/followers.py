"""Debian's NSD, Knot and BIND as secondaries that follow a zone of ours, with the configs in deploy/transfer: copies of
our own, on high loopback ports, in a directory. (primaries.py has them the other way round, secondaries.py many zones.)"""
import pathlib
import re
import subprocess

import primaries
from doorsync_support import free_port, wait_until


class Follower(primaries.Primary):
    """One secondary of one zone; with-statement. `doors` is the doord that it follows, ADDRESS:PORT."""

    def __init__(self, directory, zone, doors):  # pylint: disable=super-init-not-called
        self.dir = pathlib.Path(directory) / ('following-' + type(self).__name__.lower())
        self.dir.mkdir()
        self.zone, self.port = zone, free_port()
        self.address = '127.0.0.1:%d' % self.port
        config = (primaries.CONFIGS / self.example.replace('primary', 'secondary')).read_text()
        host, port = doors.rsplit(':', 1)
        for old, new in ((r'192\.0\.2\.20@53', '127.0.0.1@%d' % self.port),
                         (r'port 53 { 192\.0\.2\.20; }', 'port %d { 127.0.0.1; }' % self.port),
                         (r'192\.0\.2\.53(@| port )53', r'%s\g<1>%s' % (host, port)), (r'192\.0\.2\.53', host),
                         (r'/(run|var/lib)/(knot|nsd|named|bind)', str(self.dir)),
                         (r'"example\."', '"%s"' % zone), (r'domain: example\.', 'domain: "%s"' % zone)):
            config = re.sub(old, new, config)
        assert '192.0.2' not in config and '/var/' not in config, config
        (self.dir / 'config').write_text(config)
        self.log = open(self.dir / 'log', 'wb')
        self.process = subprocess.Popen([*self.command(), *self.verbose], stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=self.log, cwd=self.dir)

    def said(self):
        return (self.dir / 'log').read_text(errors='replace')

    def wait_for_ixfrs(self, count):
        """Waits until its own log says that so many transfers were incremental."""
        wait_until('%s tells of %d IXFRs' % (type(self).__name__, count),
                   lambda: len(re.findall(self.ixfr, self.said())) >= count)


class Knot(Follower, primaries.Knot):
    verbose = ('-v',)
    ixfr = r'IXFR, incoming, remote [^,]*, finished'


class Nsd(Follower, primaries.Nsd):
    verbose = ('-V', '3')
    ixfr = r' of \d{3,5} bytes in '  # so few are no whole zone


class Bind(Follower, primaries.Bind):
    verbose = ('-d', '3')
    ixfr = r'got incremental response'


KINDS = (Knot, Bind, Nsd)
