"""doorkeeper over the real doord: it is identified, its beat and rate are read, and its death withdraws."""
import os
import signal
import sys

from doorkeeper_support import BIN, PROMISE, World, control, figures, holds, need_root, wait_for

need_root()
if not os.path.exists(os.path.join(BIN, 'doord')):
    print('skipped: needs doord')
    sys.exit(77)

with World('doord') as world:
    with open(world.path('doord.toml'), 'w') as file:
        file.write(f'''[node]
pop = "test"
name = "a"
[udp]
listen = ["192.0.2.53:53", "[2001:db8:53::53]:53"]
workers = 2
[zones]
images = ""
[control]
socket = "{world.path('doord.sock')}"
''')
    world.configure('[hold_down]\nfirst = "100ms"\nmost = "200ms"\n')

    def start_doord():
        world.fake = world.start('doord', os.path.join(BIN, 'doord'), '--config', world.path('doord.toml'))

    def doord_says(key):
        client = control.Client(world.path('doord.sock'))
        try:
            return dict(client.ask('status')[1])[key]
        finally:
            client.close()

    start_doord()
    world.start_keeper()
    print('announced after %.2f s' % wait_for('announced', world.announced, 15))
    # It has no zone, so it refuses: alive, and told.
    wait_for('REFUSED told', lambda: world.why_has('answers REFUSED'), 5)
    wait_for('the rate of others read', lambda: world.why_has('0.0/s queries of others'), 10)
    # An idle worker beats all the same.
    holds('announced while idle', world.announced, 5)
    ages = [line for line in world.why() if line.startswith('doord: beat')]
    print(ages[0])

    for name, hurt, heal in [
            ('doord killed', lambda: world.fake.kill(), start_doord),
            ('doord frozen', lambda: world.fake.send_signal(signal.SIGSTOP), lambda: world.fake.send_signal(signal.SIGCONT)),
            ('doord ended', lambda: world.fake.terminate(), start_doord)]:
        gone, back = [], []
        for _ in range(3):
            hurt()
            gone.append(wait_for(name + ': withdrawn', world.withdrawn, PROMISE))
            heal()
            back.append(wait_for(name + ': announced again', world.announced, 15))
        figures(name + ': withdrawn after', gone)
        figures(name + ': announced again after', back)

    world.ask('drain', [('reason', 'test')])
    wait_for('drained', lambda: world.state() == 'drained', 15)
    assert world.withdrawn() and world.why_has('the query rate fell')
    # doord knows, and tells TCP clients to leave (RFC 7828).
    wait_for('doord draining', lambda: doord_says('draining') == 'yes', 5)
    world.ask('undrain')
    wait_for('announced', world.announced, 10)
    wait_for('doord not draining', lambda: doord_says('draining') == 'no', 5)
print('fine')
