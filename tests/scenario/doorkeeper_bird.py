"""doorkeeper and a real BIRD 2 with the shipped config, a neighbour that counts updates, and things that are no BIRD."""
import re
import shutil
import signal
import sys
import time

from doorkeeper_support import LONG, PROMISE, Bird, Neighbour, World, figures, holds, need_root, wait_for
from no_bird import MANNERS, NoBird

need_root()
if not shutil.which('bird'):
    print('skipped: needs BIRD 2')
    sys.exit(77)
ROUNDS = 5 if LONG else 2


def pop_config(log):
    return f'''log "{log}" all;
define ROUTER_ID = 10.99.0.1;
define ORIGIN_AS = 64501;
define DOOR_PREFIXES4 = [ 192.0.2.0/24 ];
define DOOR_PREFIXES6 = [ 2001:db8:53::/48 ];
include "bird-door.conf";
protocol bgp neighbour from door_session {{ neighbor 10.99.0.2 as 64601; }}
'''


with World('bird') as world:
    with Neighbour(world) as neighbour:
        bird = Bird(world, world.ns, 'bird', pop_config(world.path('bird.log')))

        world.configure('[hold_down]\nfirst = "100ms"\nmost = "200ms"\n[drain]\nmin_wait = "1s"\nmax_wait = "10s"\n')
        world.start_fake()
        world.start_keeper()
        print('announced to the neighbour %.2f s after the start of doorkeeper' % wait_for('routes', neighbour.has_routes, 30))
        wait_for('why shows what BIRD has', lambda: world.why_has('bird: has 192.0.2.0/24') and world.why_has('bird: has 2001:db8:53::/48'), 5)
        assert 'graceful restart' not in neighbour.say('show protocols all pop').split('Neighbor capabilities')[1].split('Session')[0].lower(), \
            'graceful restart was advertised'

        # Renewals and configure cause no update.
        time.sleep(1)
        before = neighbour.updates()
        holds('routes at the neighbour', neighbour.has_routes, 4)
        for command in ('configure', 'configure soft', 'configure'):
            assert 'Reconfigured' in bird.say(command)
            holds('routes at the neighbour through `%s`' % command, neighbour.has_routes, 1.5)
        assert neighbour.updates() == before, (before, neighbour.updates())
        print('no BGP update in 7 s of renewals (%d) and 3 configures' % (2 * 7 * 4))

        # Withdrawn, seen by the neighbour.
        gone = {'responder killed': [], 'doorkeeper killed': [], 'doorkeeper frozen': []}
        for _ in range(ROUNDS):
            world.fake.kill()
            gone['responder killed'].append(wait_for('withdrawn', neighbour.has_none, PROMISE))
            assert bird.say('show protocols door4').split()[-3:-1] != ['up'], bird.say('show protocols')
            wait_for('door4 disabled by the second way too', lambda: ' down ' in bird.say('show protocols door4'), 3)
            bird.say('configure')  # forgets the disable
            holds('a configure announces nothing', neighbour.has_none, 1)
            world.start_fake()
            wait_for('announced again', neighbour.has_routes, 10)
            world.keeper.kill()
            gone['doorkeeper killed'].append(wait_for('withdrawn', neighbour.has_none, PROMISE))
            world.start_keeper()
            wait_for('announced again', neighbour.has_routes, 10)
            world.keeper.send_signal(signal.SIGSTOP)
            gone['doorkeeper frozen'].append(wait_for('withdrawn', neighbour.has_none, PROMISE))
            world.keeper.send_signal(signal.SIGCONT)
            wait_for('announced again', neighbour.has_routes, 10)
        for name, times in gone.items():
            figures(name + ': gone at the neighbour after', times)

        # Drain: marked, then gone; through configure and restarts; and back.
        world.order('rate 300')
        time.sleep(2.5)
        world.ask('drain', [('reason', 'a test'), ('by', 'somebody')])
        took = wait_for('marked with GRACEFUL_SHUTDOWN', lambda: neighbour.say('show route all').count('(65535,0)') >= 2, 2)
        print('drain: marked after %.2f s' % took)
        assert world.state() == 'draining'
        holds('still announced', neighbour.has_routes, 1.5)
        world.order('rate 0')
        print('drain: withdrawn %.2f s after the traffic had gone' % wait_for('withdrawn', neighbour.has_none, 5))
        assert world.state() == 'drained' and world.why_has('by somebody: a test; the query rate fell')
        bird.say('configure')
        holds('a configure announces no drained PoP', neighbour.has_none, 2)
        world.keeper.kill()
        world.keeper.wait()
        world.start_keeper()
        holds('a restart announces no drained PoP', neighbour.has_none, 2)
        assert world.state() == 'drained' and world.why_has('by somebody: a test')
        world.ask('undrain')
        print('undrain: announced after %.2f s' % wait_for('announced', neighbour.has_routes, 5))
        assert '(65535,0)' not in neighbour.say('show route all')

        # Far: the same routes with a longer path, without a moment in which they are gone.
        before = neighbour.updates()
        world.ask('weight', [('lane', 'far'), ('by', 'somebody')])
        wait_for('a longer path', lambda: neighbour.say('show route all').count('BGP.as_path: 64501 64501 64501 64501') >= 2, 3)
        assert world.state() == 'up' and dict(world.ask('status'))['weight'] == 'far', world.ask('status')
        world.ask('weight', [('lane', 'up')])
        wait_for('a path as before', lambda: '64501 64501' not in neighbour.say('show route all'), 3)
        assert neighbour.has_routes() and neighbour.updates()[1::2] == before[1::2], (before, neighbour.updates())

        # BIRD killed, restarted while nobody answers: nothing is announced before health is proven.
        bird.kill()
        holds('leases do not care', world.announced, 1)
        assert world.why_has('bird: not connected')
        world.fake.kill()
        wait_for('leases gone', world.withdrawn, PROMISE)
        bird.start()
        holds('nothing announced before proof', neighbour.has_none, 3)
        world.start_fake()
        print('BIRD restarted, then healthy: announced after %.2f s' % wait_for('announced', neighbour.has_routes, 15))

        # BIRD frozen: BFD at the neighbour; doorkeeper keeps on.
        bird.process.send_signal(signal.SIGSTOP)
        print('BIRD frozen: gone at the neighbour after %.2f s' % wait_for('gone by BFD', neighbour.has_none, 9))
        wait_for('told', lambda: world.why_has('bird: not connected: command: no answer within 1 s'), 4)
        holds('leases do not care', world.announced, 1)
        bird.process.send_signal(signal.SIGCONT)
        wait_for('announced', neighbour.has_routes, 15)

        # Somebody disables by hand: re-asserted.
        bird.say('disable door4')
        print('disabled by hand: re-asserted after %.2f s' % wait_for('re-asserted', lambda: ' up ' in bird.say('show protocols door4'), 3))
        wait_for('announced', neighbour.has_routes, 5)

        # Whatever sits on the socket, the leases hold, and doorkeeper stays small.
        bird.kill()
        for manner, words in MANNERS.items():
            other = NoBird(bird.socket, manner)
            try:
                wait_for(manner + ' told', lambda: world.why_has(words), 6)
                holds('leases hold while BIRD is ' + manner, world.announced, 3)
            finally:
                other.stop()
        rss = int(re.search(r'VmHWM:\s+(\d+)', open('/proc/%d/status' % world.keeper.pid).read()).group(1))
        print('doorkeeper at most %d KiB resident' % rss)
        sanitized = 'libasan' in open('/proc/%d/maps' % world.keeper.pid).read()
        assert sanitized or rss < 32 * 1024, rss
        bird.start()
        print('BIRD back: %.2f s until it is heard' % wait_for('connected', lambda: world.why_has('bird: connected'), 5))
        wait_for('announced', neighbour.has_routes, 15)
print('fine')
