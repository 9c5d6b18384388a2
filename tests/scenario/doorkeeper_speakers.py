"""doorkeeper with FRR and ExaBGP and their shipped configs, and with a command: announce, far, drain, withdraw, dead-man; each
seen at a BGP neighbour."""
import os
import shutil
import signal
import subprocess
import sys
import time

from doorkeeper_support import BGP, BIN, LONG, PREFIXES, PROMISE, Bird, Neighbour, World, holds, need_root, run, wait_for

need_root()
if not shutil.which('bird'):
    print('skipped: needs BIRD 2 as the neighbour')
    sys.exit(77)
FRR = '/usr/lib/frr'
QUICK = '[hold_down]\nfirst = "100ms"\nmost = "200ms"\n[drain]\nmin_wait = "1s"\nmax_wait = "3s"\n'
# This world's numbers in place of those in the shipped examples.
NUMBERS = {'198.51.100.254': '10.99.0.2', '198.51.100.1': '10.99.0.1'}
FAR = '64501 64501 64501 64501'


def shipped(name):
    with open(os.path.join(BGP, name)) as file:
        text = file.read()
    for example, here in NUMBERS.items():
        text = text.replace(example, here)
    return text


class Frr:
    """zebra, bgpd and bfdd of one PoP."""

    def __init__(self, world):
        self.world, self.daemons = world, {}
        os.makedirs(world.path('frr'))
        with open(world.path('frr.conf'), 'w') as file:
            file.write(shipped('frr-door.conf') + self.with_another(shipped('frr-pop.conf')))
        with open(world.path('frr/none.conf'), 'w'):
            pass
        run('chown', '-R', 'frr:frr', world.path('frr'))
        os.chmod(world.dir, 0o755)
        for name in ('zebra', 'bgpd', 'bfdd'):
            self.start(name)
        self.load()

    @staticmethod
    def with_another(text):
        """The PoP's part with a second neighbour, which knows nothing of BFD."""
        return ''.join(line + (line.replace('10.99.0.2', '10.98.0.2').replace('64601', '64602') if '10.99.0.2' in line and ' bfd ' not in line
                               else '') for line in text.splitlines(keepends=True))

    def start(self, name):
        path = self.world.path
        self.daemons[name] = self.world.start(
            name, os.path.join(FRR, name), '-f', path('frr/none.conf'), '-i', path('frr/%s.pid' % name), '--vty_socket', path('frr'),
            '-z', path('frr/zserv.api'), '-A', '127.0.0.1', '--log', 'stdout')
        wait_for(name, lambda: os.path.exists(path('frr/%s.vty' % name)), 10)

    def load(self):
        """The config, as FRR's own start does it (`vtysh -b`)."""
        done = subprocess.run(['vtysh', '--vty_socket', self.world.path('frr'), '-f', self.world.path('frr.conf')],
                              capture_output=True, text=True)
        assert done.returncode == 0 and '%' not in done.stdout, done.stdout + done.stderr

    def section(self):
        return '[frr]\nsocket = "%s"\n' % self.world.path('frr/bgpd.vty')


class Exabgp:
    def __init__(self, world):
        self.world = world
        self.config = world.path('exabgp.conf')
        with open(self.config, 'w') as file:
            file.write(shipped('exabgp-pop.conf').replace('/usr/sbin/doorkeeper', os.path.join(BIN, 'doorkeeper'))
                       .replace('/etc/doors/doorkeeper.toml', world.path('doorkeeper.toml')))
        self.process = None

    def section(self):
        return '[exabgp]\nsocket = "%s"\norigin_as = 64501\nnext_hop6 = "fd99::1"\n' % self.world.path('exabgp.sock')

    def start(self):
        self.process = self.world.start('exabgp', 'exabgp', '--env', os.path.join(BGP, 'exabgp-door.env'), self.config)

    def follower(self):
        found = [int(pid) for pid in run('pgrep', '-P', str(self.process.pid), check=False).split()]
        return found[0] if found else None


OTHER = '''router id 10.98.0.2;
protocol device { }
protocol static { ipv4; route 192.0.2.0/24 blackhole; }
protocol static { ipv6; route 2001:db8:53::/48 blackhole; }
protocol bgp pop { local 10.98.0.2 port 1179 as 64602; neighbor 10.98.0.1 as 64501; hold time 9; connect delay time 1;
  ipv4 { import all; export all; }; ipv6 { import all; export all; next hop address fd99::3; }; }
'''


def leaks_nothing(world, neighbour):
    """Another PoP's route, learnt from a second neighbour, is not passed on to the first while this PoP is drained."""
    world.ip('addr', 'add', '10.98.0.1/30', 'dev', 'up0')
    for address in ('10.98.0.2/30', 'fd99::3/64'):
        run('ip', '-n', neighbour.ns, 'addr', 'add', address, 'dev', 'pop0', *(['nodad'] if ':' in address else []))
    other = Bird(world, neighbour.ns, 'other', OTHER)

    def learnt():
        return all('64602' in subprocess.run(['vtysh', '--vty_socket', world.path('frr'), '-c', 'show bgp %s unicast %s' % family],
                                             capture_output=True, text=True).stdout
                   for family in (('ipv4', '192.0.2.0/24'), ('ipv6', '2001:db8:53::/48')))

    wait_for('learnt', learnt, 20)
    world.ask('drain', [('reason', 'test')])
    wait_for('drained', neighbour.has_none, 8)
    holds('nothing is passed on', neighbour.has_none, 2)
    assert learnt()
    world.ask('undrain')
    wait_for('announced', neighbour.has_routes, 8)
    other.kill()
    print('FRR: what another PoP announces is not passed on while this one is drained', flush=True)


def journey(world, neighbour, name, speaker):
    """What every speaker has to do, in the neighbour's eyes."""
    wait_for('announced', neighbour.has_routes, 30)
    wait_for('why tells of the routes', lambda: world.why_has(speaker + ': has 192.0.2.0/24') and
             world.why_has(speaker + ': has 2001:db8:53::/48'), 5)
    withdrawn = neighbour.updates()[1::2]
    world.ask('weight', [('lane', 'far')])
    far = wait_for('far', lambda: neighbour.say('show route all').count('BGP.as_path: ' + FAR) >= 2, 5)
    world.ask('weight', [('lane', 'up')])
    wait_for('near', lambda: FAR not in neighbour.say('show route all'), 5)
    world.ask('drain', [('reason', 'test')])
    marked = wait_for('marked', lambda: neighbour.say('show route all').count('(65535,0)') >= 2, 5)
    assert neighbour.updates()[1::2] == withdrawn, 'withdrawn for a moment: %s, %s' % (withdrawn, neighbour.updates()[1::2])
    wait_for('drained', neighbour.has_none, 8)
    world.ask('undrain')
    back = wait_for('announced', neighbour.has_routes, 8)
    assert '(65535,0)' not in neighbour.say('show route all')
    world.fake.kill()
    gone = wait_for('withdrawn', neighbour.has_none, PROMISE)
    world.start_fake()
    wait_for('announced', neighbour.has_routes, 10)
    world.keeper.send_signal(signal.SIGSTOP)
    frozen = wait_for('withdrawn by the kernel', neighbour.has_none, PROMISE)
    world.keeper.send_signal(signal.SIGCONT)
    wait_for('announced', neighbour.has_routes, 10)
    world.keeper.kill()
    world.keeper.wait()
    killed = wait_for('withdrawn by the kernel', neighbour.has_none, PROMISE)
    world.start_keeper()
    wait_for('announced', neighbour.has_routes, 10)
    print('%s: far after %.2f s, marked %.2f s, back %.2f s; responder killed: gone after %.2f s, doorkeeper frozen %.2f s, killed %.2f s'
          % (name, far, marked, back, gone, frozen, killed), flush=True)


def with_frr():
    with World('frr') as world, Neighbour(world) as neighbour:
        frr = Frr(world)
        world.configure(QUICK + frr.section())
        world.start_fake()
        world.start_keeper()
        journey(world, neighbour, 'FRR', 'frr')
        leaks_nothing(world, neighbour)
        # bgpd restarted: routes come again, and doorkeeper sees it.
        frr.daemons['bgpd'].kill()
        frr.daemons['bgpd'].wait()
        wait_for('told', lambda: world.why_has('frr: not connected'), 4)
        holds('leases do not care', world.announced, 1)
        os.unlink(world.path('frr/bgpd.vty'))
        frr.start('bgpd')
        frr.load()
        print('bgpd restarted: its routes seen again after %.2f s' %
              wait_for('heard', lambda: world.why_has('frr: has 192.0.2.0/24'), 5))
        wait_for('announced', neighbour.has_routes, 20)
        frr.daemons['bgpd'].send_signal(signal.SIGSTOP)
        print('bgpd frozen: gone at the neighbour after %.2f s' % wait_for('gone', neighbour.has_none, 11))
        frr.daemons['bgpd'].send_signal(signal.SIGCONT)


def with_exabgp():
    with World('exabgp') as world, Neighbour(world) as neighbour:
        exabgp = Exabgp(world)
        world.configure(QUICK + exabgp.section())
        world.start_fake()
        world.start_keeper()
        wait_for('told that there is none', lambda: world.why_has('exabgp: not connected'), 3)
        # Where it cannot make its socket, it follows the lease all the same, and makes it once it can.
        os.mkdir(world.path('exabgp.sock'))
        exabgp.start()
        wait_for('announced', neighbour.has_routes, 30)
        os.rmdir(world.path('exabgp.sock'))
        wait_for('the socket is there', lambda: world.why_has('exabgp: has 192.0.2.0/24'), 10)
        journey(world, neighbour, 'ExaBGP', 'exabgp')
        before = neighbour.updates()
        holds('announced', neighbour.has_routes, 3)
        assert neighbour.updates() == before, 'asserting again made updates: %s, %s' % (before, neighbour.updates())
        # The process that follows is killed: ExaBGP starts it again, and nothing is seen of it.
        follower = exabgp.follower()
        os.kill(follower, signal.SIGKILL)
        wait_for('another follower', lambda: exabgp.follower() not in (None, follower), 10)
        wait_for('it is asked again', lambda: world.why_has('exabgp: has 192.0.2.0/24'), 5)
        assert neighbour.has_routes() and neighbour.updates() == before, (before, neighbour.updates())
        # Killed while the lease goes: what it finds, it says.
        world.fake.kill()
        os.kill(exabgp.follower(), signal.SIGKILL)
        print('ExaBGP: responder and follower killed at once: gone after %.2f s' % wait_for('withdrawn', neighbour.has_none, PROMISE))
        world.start_fake()
        wait_for('announced', neighbour.has_routes, 10)
        # ExaBGP killed: its session ends, its process too; started again, all is as it was within 5 s of the session.
        follower = exabgp.follower()
        exabgp.process.kill()
        exabgp.process.wait()
        print('ExaBGP killed: gone at the neighbour after %.2f s' % wait_for('gone', neighbour.has_none, 10))
        wait_for('its process has ended', lambda: not os.path.exists('/proc/%d' % follower), 5)
        exabgp.start()
        wait_for('announced', neighbour.has_routes, 20)


COMMAND = '''#!/bin/sh
echo "$#: $1 $2" >>{log}
[ -e {fail} ] && echo "no daemon to talk to" && exit 3
[ -e {hang} ] && sleep 600
[ -e {flood} ] && yes
echo "$2" >{dir}/said-$(echo "$1" | tr / _)
'''


def with_command():
    with World('command') as world:
        names = {name: world.path(name) for name in ('log', 'fail', 'hang', 'flood')}
        with open(world.path('announce'), 'w') as file:
            file.write(COMMAND.format(dir=world.dir, **names))
        os.chmod(world.path('announce'), 0o755)

        def said(word):
            try:
                return all(open(world.path('said-' + prefix.replace('/', '_'))).read() == word + '\n' for prefix in PREFIXES)
            except FileNotFoundError:
                return False

        def forget():
            for prefix in PREFIXES:
                os.path.exists(world.path('said-' + prefix.replace('/', '_'))) and os.unlink(world.path('said-' + prefix.replace('/', '_')))

        world.configure(QUICK + '[command]\nrun = ["%s"]\ntimeout = "500ms"\nevery = "2s"\n' % world.path('announce'))
        world.start_fake()
        world.start_keeper()
        wait_for('announced', lambda: said('up'), 10)
        forget()
        print('command: asserted again after %.2f s' % wait_for('asserted', lambda: said('up'), 4))
        wait_for('told', lambda: world.why_has('command: did what was wanted'), 2)
        world.ask('weight', [('lane', 'far')])
        wait_for('far', lambda: said('far'), 2)
        world.ask('weight', [('lane', 'up')])
        world.fake.kill()
        wait_for('withdrawn', lambda: said('withdrawn'), PROMISE)
        world.start_fake()
        wait_for('announced', lambda: said('up'), 10)
        for way, words in (('fail', 'exit code 3: no daemon to talk to'), ('hang', 'not done within its time limit'), ('flood', 'prints too much')):
            open(names[way], 'w').close()
            wait_for(way + ' told', lambda words=words: world.why_has(words), 5)
            holds('leases do not care', world.announced, 2)
            forget()
            os.unlink(names[way])
            wait_for('done again', lambda: said('up'), 5)
        left = run('ip', 'netns', 'exec', world.ns, 'pgrep', '-f', world.dir + '/announce', check=False).split()
        assert len(left) <= 1, 'runs left behind: %s' % left
        with open(names['log']) as log:
            assert all(line.startswith('2: ') for line in log), 'not two arguments'
        # SIGTERM while it runs: doorkeeper ends, and takes the run with it.
        open(names['hang'], 'w').close()
        wait_for('it hangs', lambda: run('pgrep', '-f', world.dir + '/announce', check=False).split(), 5)
        world.keeper.terminate()
        world.keeper.wait()
        assert world.keeper.returncode == 0, world.keeper.returncode
        wait_for('no run is left', lambda: not run('pgrep', '-f', world.dir + '/announce', check=False).split(), 2)
        print('command: failing, hanging and flooding are told, bounded, and change no lease')


with_command()
if os.path.exists(os.path.join(FRR, 'bgpd')):
    with_frr()
else:
    print('FRR is not installed: not tried')
if shutil.which('exabgp'):
    with_exabgp()
else:
    print('ExaBGP is not installed: not tried')
print('fine')
