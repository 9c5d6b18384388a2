"""SIGKILLs of doorsync at random moments of pushes: always the old or the new version, whole, of all zones of a push;
and the next push goes through. 20 kills; 100 with DOORS_LONG=1."""
import random
import signal
import subprocess
import sys
import time

from doorsync_support import LONG, PATIENCE, Asker, Pop, in_ms, percentile, wait_until

KILLS = 100 if LONG else 20
ZONES = ['one.example.', 'two.example.', 'three.example.']
RECORDS = 2000  # in the first zone: its content is too large for the store's own values and becomes a blob
SEED = random.SystemRandom().randrange(1 << 32)


def write_zones(pop, serial):
    files = []
    for zone in ZONES:
        lines = ['$ORIGIN ' + zone, '@ 300 IN SOA ns host %d 3600 600 86400 300' % serial, '@ 300 IN NS ns',
                 'ns 300 IN A 192.0.2.1']
        lines += ['v 300 IN TXT "%d part %d"' % (serial, part) for part in range(6)]
        if zone == ZONES[0]:
            rng = random.Random(serial)
            lines += ['host-%d 300 IN TXT "%d %s"' % (i, serial, rng.randbytes(24).hex()) for i in range(RECORDS)]
        path = pop.dir / (zone + 'zone')
        path.write_text('\n'.join(lines) + '\n')
        files.append(path)
    return files


class Judge:
    """An answer is whole when its six records are of one serial; what is served never goes back, nor ahead of what was
    ever pushed."""

    def __init__(self):
        self.pushed = 0
        self.seen = {zone: 0 for zone in ZONES}

    def __call__(self, zone, strings):
        serials = {int(string.split()[0]) for string in strings}
        if len(strings) != 6 or len(serials) != 1:
            return 'a mixture from %s: %s' % (zone, strings)
        serial = serials.pop()
        if serial < self.seen[zone] or serial > self.pushed:
            return '%s went from serial %d to %d (pushed: %d)' % (zone, self.seen[zone], serial, self.pushed)
        self.seen[zone] = serial
        return ''


def all_served(pop, serial):
    rows = pop.status()
    return all(rows.get(zone, {}).get('serial') == str(serial) and rows[zone]['state'] == 'served' for zone in ZONES)


def main():
    random.seed(SEED)
    print('seed %d' % SEED)
    judge = Judge()
    clean, settled, kept, taken, in_start = [], [], 0, 0, 0
    with Pop() as pop:
        pop.start('doord')
        pop.start('doorsync')
        serial = judge.pushed = 1
        for _ in range(5):
            judge.pushed = serial
            began = time.monotonic()
            pop.push(*write_zones(pop, serial))
            clean.append(time.monotonic() - began)
            serial += 1
        asker = Asker(pop.port, ZONES, judge)
        asker.start()
        serial -= 1
        try:
            for number in range(KILLS):
                old, serial = serial, serial + 1
                judge.pushed = serial
                files = write_zones(pop, serial)
                push = subprocess.Popen(pop.doorctl_command('push', *files), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                time.sleep(random.uniform(0, percentile(clean, .5) * 1.1))
                pop.kill('doorsync')
                push.wait(PATIENCE)
                began = time.monotonic()
                while random.random() < 0.25:  # and again, in the middle of mending
                    pop.start('doorsync', wait=False)
                    time.sleep(random.uniform(0, 0.15))
                    pop.kill('doorsync')
                    in_start += 1
                pop.start('doorsync')
                serials = {pop.heads()[zone]['serial'] for zone in ZONES}
                assert len(serials) == 1, 'a part of a push is in the store: %s' % serials
                head = int(serials.pop())
                assert head in (old, serial), 'the store has serial %d, of %d and %d' % (head, old, serial)
                kept, taken = kept + (head == old), taken + (head == serial)
                wait_until('serial %d is served after kill %d' % (head, number + 1), lambda: all_served(pop, head))
                settled.append(time.monotonic() - began)
                serial = head + 1
                judge.pushed = max(judge.pushed, serial)
                began = time.monotonic()
                pop.push(*write_zones(pop, serial))  # the next push goes through
                clean.append(time.monotonic() - began)
                if not asker.is_alive() or asker.wrong:
                    break
        finally:
            asker.end()
        assert not asker.wrong, asker.wrong
        assert asker.lost == 0, '%d of %d queries lost' % (asker.lost, asker.asked)
        # Older generations go in the background after a swap, so the last push may be confirmed before.
        wait_until('two generations are kept of each zone',
                   lambda: len(list((pop.dir / 'state' / 'images').iterdir())) == 2 * len(ZONES))
        assert pop.kill('doorsync', signal.SIGTERM) == 0
        assert 'level=error' not in pop.log('doorsync'), 'errors in the log'
    print('%d kills during pushes and %d while starting: %d times the old version stayed, %d times the new one came'
          % (KILLS, in_start, kept, taken))
    print('from the first kill until all is served again:  ' + in_ms(settled))
    print('doorctl push, start to end, receipts included:  ' + in_ms(clean))
    print('%d answers judged, none lost, none mixed, none from the past' % asker.asked)


if __name__ == '__main__':
    sys.exit(main())
