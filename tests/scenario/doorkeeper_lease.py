"""doorkeeper's leases in a real kernel: given after proof, taken away by whoever is left, the kernel last of all."""
import json
import os
import signal
import time

from doorkeeper_support import (LEASE, LONG, PREFIXES, PROMISE, World, control, figures, holds, need_root, run, wait_for)

need_root()
ROUNDS = 10 if LONG else 3
QUICK = '[hold_down]\nfirst = "100ms"\nmost = "200ms"\n[probe]\nlatency = "20ms"\n'

with World('lease') as world:
    world.configure(QUICK)

    # Closed until proven.
    world.start_keeper()
    holds('withdrawn while nobody answers', world.withdrawn, 1.5)
    assert world.state() == 'down', world.state()
    began = time.monotonic()
    world.start_fake()
    wait_for('announced once proven', world.announced, 5)
    assert time.monotonic() - began > 0.5, 'announced before three probes of 250 ms'
    shown = json.loads(world.ip('-j', '-d', 'addr', 'show', 'dev', 'door-up'))
    for address in [a for link in shown for a in link['addr_info'] if a['local'] in PREFIXES.values()]:
        assert address['valid_life_time'] <= LEASE and address.get('noprefixroute') and address['preferred_life_time'] == 0, address
    assert not world.ip('route', 'show', '192.0.2.0/24'), 'a lease made a connected route'
    assert world.state() == 'up', world.ask('status')
    print('kind of interface made:', json.loads(world.ip('-j', '-d', 'link', 'show', 'door-up'))[0]['linkinfo']['info_kind'])

    # Every way to die or freeze, several times.
    def cycle(name, bound, hurt, heal):
        gone, back = [], []
        for _ in range(ROUNDS):
            hurt()
            gone.append(wait_for(name + ': withdrawn', world.withdrawn, bound))
            heal()
            back.append(wait_for(name + ': announced again', world.announced, 10))
        figures(name + ': withdrawn after', gone)
        figures(name + ': announced again after', back)

    def kill_fake():
        world.fake.kill()
        world.fake.wait()

    def kill_keeper():
        world.keeper.kill()
        world.keeper.wait()

    cycle('responder killed', PROMISE, kill_fake, world.start_fake)
    cycle('responder frozen', PROMISE, lambda: world.fake.send_signal(signal.SIGSTOP),
          lambda: world.fake.send_signal(signal.SIGCONT))
    cycle('doorkeeper killed', PROMISE, kill_keeper, world.start_keeper)
    cycle('doorkeeper frozen', PROMISE, lambda: world.keeper.send_signal(signal.SIGSTOP),
          lambda: world.keeper.send_signal(signal.SIGCONT))

    def kill_both():
        kill_fake()
        kill_keeper()

    def start_both():
        world.start_fake()
        world.start_keeper()

    cycle('both killed', PROMISE, kill_both, start_both)
    cycle('worker beat stopped', PROMISE, lambda: world.order('beat 5000'), lambda: world.order('beat 5'))
    cycle('silent over UDP', PROMISE, lambda: world.order('silent udp'), lambda: world.order('silent none'))
    cycle('answered by another PoP', PROMISE, lambda: world.order('nsid b.test'), lambda: world.order('nsid a.test'))

    # A frozen doorkeeper that wakes up announces nothing before new proof.
    world.keeper.send_signal(signal.SIGSTOP)
    wait_for('withdrawn', world.withdrawn, PROMISE)
    kill_fake()
    world.keeper.send_signal(signal.SIGCONT)
    holds('nothing announced after a freeze without proof', world.withdrawn, 2)
    world.start_fake()
    wait_for('announced', world.announced, 10)

    # Soft causes are told and nothing more.
    for order, undo, words in [('rcode 2', 'rcode 0', 'SERVFAIL'), ('rcode 5', 'rcode 0', 'REFUSED'),
                               ('silent tcp', 'silent none', 'tcp 192.0.2.53:53'), ('delay 30', 'delay 0', 'to answer, more than'),
                               ('answer-all yes', 'answer-all no', 'must fail was answered as if all were well')]:
        world.order(order)
        wait_for(order + ' told', lambda: any(line.startswith('soft cause') and words in line for line in world.why()), 15)
        holds(order + ': still announced', world.announced, 1)
        world.order(undo)
        wait_for(order + ' forgotten', lambda: not any(line.startswith('soft cause') and words in line for line in world.why()), 15)

    # Lost in a flood: UDP silent for us, but others are answered by the hundred, and TCP answers us.
    world.order('rate 5000')
    time.sleep(2.5)  # two readings of the rate
    world.order('silent udp')
    wait_for('told as lost', lambda: world.why_has('are lost while doord answers others'), 5)
    holds('overload closes no door', world.announced, 5)
    world.order('silent all')
    wait_for('withdrawn when TCP is silent too', world.withdrawn, PROMISE)
    world.order('silent none')
    world.order('rate 0')
    wait_for('announced', world.announced, 10)

    # The operator's hand in between.
    world.ip('addr', 'del', '192.0.2.1/24', 'dev', 'door-up')
    print('address removed by hand: back after %.2f s' % wait_for('back', world.announced, 2))
    world.ip('link', 'set', 'door-up', 'down')
    print('interface set down: back after %.2f s' % wait_for('back', lambda: world.announced() and 'UP' in
          json.loads(world.ip('-j', 'link', 'show', 'door-up'))[0]['flags'], 3))
    world.ip('link', 'del', 'door-up')
    print('interface deleted: back after %.2f s' % wait_for('back', world.announced, 3))

    # A restart within a lease is no flap; a permanent address of somebody else's is no lease.
    world.keeper.terminate()
    world.keeper.wait()
    assert world.keeper.returncode == 0, world.keeper.returncode
    world.start_keeper()
    holds('announced through a restart', world.announced, 4)
    kill_both()
    wait_for('withdrawn', world.withdrawn, PROMISE)
    world.ip('addr', 'add', '192.0.2.1/24', 'dev', 'door-up', 'noprefixroute')
    world.start_keeper()
    assert world.withdrawn(), world.leases()
    # Nor is a lease left by a doorkeeper before: it goes with the first probe that fails.
    world.start_fake()
    wait_for('announced', world.announced, 10)
    kill_both()
    assert world.announced()
    began = time.monotonic()
    world.start_keeper()
    wait_for('an inherited lease goes with the first failed probe', world.withdrawn, 1)

    changes = control.Client(world.path('doorkeeper.sock')).stream('history')
    assert changes[-1][0] == 'end' and len(changes) <= 101, len(changes)
    print('history holds %d changes, among them before the restarts' % (len(changes) - 1))
    rss = [line for line in open('/proc/%d/status' % world.keeper.pid) if line.startswith('VmRSS')]
    print('doorkeeper', rss[0].strip())

# Without CAP_NET_ADMIN it says what it needs.
with World('cap') as world:
    world.configure(QUICK)
    world.start_fake()
    world.ip('link', 'add', 'door-up', 'type', 'ifb')
    world.ip('link', 'set', 'door-up', 'up')
    world.keeper = world.start('doorkeeper', 'setpriv', '--bounding-set', '-net_admin', '--inh-caps', '-net_admin',
                               os.path.join(os.environ['DOORS_BIN'], 'doorkeeper'), '--config', world.path('doorkeeper.toml'))
    wait_for('control socket', lambda: world.ask('status', quiet=True), 20)
    wait_for('CAP_NET_ADMIN named', lambda: world.why_has('192.0.2.0/24 withdrawn') and world.why_has('CAP_NET_ADMIN'), 10)
    wait_for('state down', lambda: world.state() == 'down', 10)
print('fine')
