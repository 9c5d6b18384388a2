"""Large contents over HTTPS: the hub puts them to S3 before a push is published, PoPs fetch them from mirrors. Whatever a
mirror sends, the zone stays as it was, the reason is told, other zones go on, and the right blob is taken once it comes."""
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

from doorsync_support import BIN, PATIENCE, Pop, wait_until

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'support'))
from blob_server import ACCESS, REGION, SECRET, TOKEN, BlobServer  # noqa: E402
from etcd import Etcd  # noqa: E402
from light_doord import LightDoords  # noqa: E402
import control  # noqa: E402

LARGE, SMALL = 'large.example.', 'small.example.'

# What a mirror does, and a part of the reason that is told.
WAYS = {
    'missing': 'HTTP status 404',
    'cut': 'partial file',
    'swapped': 'octets that are another blob',
    'garbage': 'octets that are another blob',
    'giant': 'over ',
    'endless': 'over ',
    'drip': 'too slow',
    'stall': 'too slow',
    'unwell': 'HTTP status 503',
    'elsewhere': 'nsupported protocol',
    'round': 'redirects',
}


class Node:
    """A doorsync on etcd with a [blobs] section of its own; a PoP has a light doord beside it."""

    def __init__(self, directory, etcd, name, publisher, blobs, hub=False):
        self.dir, self.name, self.process = directory / name, name, None
        self.dir.mkdir()
        self.doord, self.socket = self.dir / 'doord.sock', self.dir / 'doorsync.sock'
        (self.dir / 'doorsync.toml').write_text(
            '[node]\npop = "%s"\nhub = %s\n' % (name, 'true' if hub else 'false') +
            '[store]\nkind = "etcd"\npath = "%s"\nendpoints = ["%s"]\nca = "%s"\ncertificate = "%s"\nkey = "%s"\n' % (
                self.dir / 'store', etcd.endpoints[0], etcd.ca, etcd.certificate, etcd.key) +
            '[blobs]\nca = "%s"\ncertificate = "%s"\nkey = "%s"\nstall = "1s"\n%s' % (
                etcd.ca, etcd.certificate, etcd.key, blobs) +
            '[journal]\npath = "%s"\n[images]\npath = "%s"\n[doord]\nsocket = "%s"\n[service]\naddresses = []\n'
            '[control]\nsocket = "%s"\n%s' % (self.dir / 'journal', self.dir / 'images', self.doord, self.socket, publisher))

    def start(self):
        with open(self.dir / 'log', 'ab') as log:
            self.process = subprocess.Popen([BIN / 'doorsync', '--config', self.dir / 'doorsync.toml'],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_until(self.name + ' answers', lambda: self.socket.exists() and self.rows() is not None)

    def stop(self):
        if self.process:
            self.process.terminate()
            assert self.process.wait(20) == 0, self.name + ' did not end well'
            self.process = None

    def log(self):
        return (self.dir / 'log').read_text(errors='replace')

    def rows(self):
        assert self.process.poll() is None, 'doorsync ended with %s\n%s' % (self.process.returncode, self.log())
        try:
            client = control.Client(self.socket, PATIENCE)
        except OSError:
            return None
        try:
            return {fields['zone']: fields for verb, fields in ((verb, dict(values)) for verb, values in client.stream('status', ()))
                    if verb == 'zone'}
        finally:
            client.close()

    def serial(self, zone):
        row = self.rows().get(zone, {})
        return int(row['serial']) if row.get('state') == 'served' else None


class World:
    def __init__(self, directory, etcd, server, mirror):
        self.server, self.mirror, self.serials = server, mirror, {LARGE: 0, SMALL: 0}
        self.operator = Pop('hub')
        text = self.operator.config('doorsync').read_text()
        publisher = text[text.index('[[publisher]]'):].split('\n\n')[0].split('\n[control]')[0] + '\n'
        self.credentials = directory / 'credentials'
        self.write_credentials(SECRET)
        s3 = 'credentials = "%s"\nregion = "%s"\n' % (self.credentials, REGION)
        self.hub = Node(directory, etcd, 'hub', publisher, s3 + 'publish = ["%s"]\n' % server.url, hub=True)
        (self.operator.dir / 'run').mkdir(exist_ok=True)
        self.hub.socket = self.operator.dir / 'run' / 'doorsync.sock'
        config = self.hub.dir / 'doorsync.toml'
        config.write_text(config.read_text().replace(str(self.hub.dir / 'doorsync.sock'), str(self.hub.socket)))
        # One asks the bucket itself, one a mirror first, one the mirror alone.
        self.pops = {
            'direct': Node(directory, etcd, 'direct', publisher, s3 + 'mirrors = ["%s"]\n' % server.url),
            'both': Node(directory, etcd, 'both', publisher, s3 + 'mirrors = ["%s", "%s"]\n' % (mirror.url, server.url)),
            'alone': Node(directory, etcd, 'alone', publisher, 'mirrors = ["%s"]\n' % mirror.url),
        }
        self.doords = LightDoords([pop.doord for pop in self.pops.values()])

    def __enter__(self):
        self.doords.start()
        for node in (self.hub, *self.pops.values()):
            node.start()
        return self

    def __exit__(self, kind, error, trace):
        try:
            if kind is not None:
                for node in (self.hub, *self.pops.values()):
                    print('--- %s\n%s' % (node.name, '\n'.join(node.log().splitlines()[-15:])))
            for node in (self.hub, *self.pops.values()):
                node.stop()
        finally:
            for node in (self.hub, *self.pops.values()):
                if node.process:
                    node.process.kill()
                    node.process.wait()
            self.doords.end()
            self.operator.__exit__(None, None, None)

    def write_credentials(self, secret):
        self.credentials.write_text('[default]\naws_access_key_id = %s\naws_secret_access_key = %s\naws_session_token = %s\n' %
                                    (ACCESS, secret, TOKEN))
        self.credentials.chmod(0o600)

    def push(self, zone, records=0, wait='none'):
        """A version of its own content; the exit code and the report."""
        serial = self.serials[zone] + 1
        path = self.operator.dir / (zone + 'zone')
        rng = random.Random(serial)
        path.write_text('$ORIGIN %s\n@ 300 IN SOA ns host %d 3600 600 86400 300\n@ 300 IN NS ns\nns 300 IN A 192.0.2.1\n' %
                        (zone, serial) +
                        ''.join('h%d 300 IN TXT "%s"\n' % (i, rng.randbytes(24).hex()) for i in range(records)))
        done = self.operator.doorctl('push', '--json', '--whole', '--wait', wait, path)
        if done.returncode != 1:
            self.serials[zone] = serial
        return done.returncode, json.loads(done.stdout)

    def push_large(self):
        code, report = self.push(LARGE, 4000)
        assert code == 0, report

    def is_served(self, pop, zone):
        wait_until('%s serves serial %d of %s' % (pop, self.serials[zone], zone),
                   lambda: self.pops[pop].serial(zone) == self.serials[zone])


def published_before_committed(world):
    world.write_credentials('another secret')
    code, report = world.push(LARGE, 4000)
    assert code == 1 and 'HTTP status 403' in json.dumps(report), report
    assert world.server.refused and all('signature' in bad for _, bad in world.server.refused), world.server.refused
    world.write_credentials(SECRET)
    world.server.refused.clear()
    world.server.mode = 'full'
    code, report = world.push(LARGE, 4000)
    assert code == 1 and 'HTTP status 507' in json.dumps(report), report
    world.server.mode = 'good'
    world.mirror.blobs = world.server.blobs  # as a mirror does
    world.push_large()
    assert not world.server.refused, world.server.refused
    assert len(world.server.blobs) == 1
    for pop in world.pops:
        world.is_served(pop, LARGE)
    print('put to S3 with a signature that it checks; a push whose blobs it does not take is refused')


def resumed(world):
    world.mirror.mode = 'resumed'
    world.mirror.asked.clear()
    world.push_large()
    for pop in world.pops:
        world.is_served(pop, LARGE)
    ranges = [asked for method, path, asked in world.mirror.asked if asked]
    assert len(ranges) >= 4, world.mirror.asked
    print('a transfer that is cut goes on where it broke off: %s' % ranges)


def hostile(world):
    told = {}
    for mode, reason in WAYS.items():
        world.mirror.mode = 'good' if mode == 'missing' else mode
        world.mirror.blobs = {} if mode == 'missing' else world.server.blobs
        before = world.serials[LARGE]
        world.push_large()
        world.is_served('direct', LARGE)
        world.is_served('both', LARGE)
        code, report = world.push(SMALL)
        assert code == 0, report
        world.is_served('alone', SMALL)  # not held up

        def refused():
            row = world.pops['alone'].rows()[LARGE]
            return row['state'] == 'failed' and row['serial'] == str(world.serials[LARGE]) and row['reason']
        told[mode] = wait_until('the reason is told: ' + mode, refused)
        assert reason in told[mode] and 'serial %d stays' % before in told[mode], (mode, told[mode])
        assert world.doords.running[str(world.pops['alone'].doord)][LARGE] == (1, before), mode
        assert reason in world.pops['alone'].log(), mode
        world.mirror.mode, world.mirror.blobs = 'good', world.server.blobs
        world.is_served('alone', LARGE)
        print('%-9s %s' % (mode, told[mode].split(': ', 1)[1]))


def from_nothing(world):
    """An empty PoP, and one whose blobs and images are gone, have all of it again."""
    for name in ('alone', 'direct'):
        pop = world.pops[name]
        pop.stop()
        for lost in ('images', 'store') if name == 'alone' else ('images', 'store', 'journal'):
            shutil.rmtree(pop.dir / lost)
        world.doords.running[str(pop.doord)].clear()
        pop.start()
        world.is_served(name, LARGE)
        world.is_served(name, SMALL)


def main():
    if not shutil.which('etcd') or not shutil.which('openssl'):
        print('etcd or openssl is not installed')
        return 77
    directory = pathlib.Path(tempfile.mkdtemp(prefix='blobs-'))
    try:
        with Etcd(directory / 'etcd', 1) as etcd, \
                BlobServer(etcd.certificate, etcd.key, etcd.ca, signed=True) as server, \
                BlobServer(etcd.certificate, etcd.key, etcd.ca) as mirror, BlobServer() as unencrypted:
            mirror.elsewhere = unencrypted.url[:-len('/bucket/doors/')]
            with World(directory, etcd, server, mirror) as world:
                unencrypted.blobs = server.blobs
                published_before_committed(world)
                resumed(world)
                hostile(world)
                assert not unencrypted.asked, 'followed to another scheme'
                from_nothing(world)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return 0


if __name__ == '__main__':
    sys.exit(main())
