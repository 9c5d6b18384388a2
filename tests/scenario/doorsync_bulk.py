"""A push of very many small zones: all of it confirmed, none given up while it stands in line, one log line for all of
them, and most of the memory given back. Where a service address is dead, each zone says so. 1,000 zones; 20,000 with
DOORS_LONG=1."""
import re
import sys
import time

from doorsync_support import LONG, Pop, free_port, wait_until

ZONES = 20000 if LONG else 1000
ZONE = '''$ORIGIN z%05d.example.
@ 300 IN SOA ns host %d 3600 600 86400 300
@ 300 IN NS ns
@ 300 IN MX 10 www
ns 300 IN A 192.0.2.1
www 300 IN A 192.0.2.2
'''


def write(pop, serial):
    directory = pop.dir / 'zones'
    directory.mkdir(exist_ok=True)
    for number in range(ZONES):
        (directory / ('z%05d.zone' % number)).write_text(ZONE % (number, serial))
    return directory


def resident_mib(process, key):
    with open('/proc/%d/status' % process.pid) as status:
        return int(re.search(r'%s:\s*(\d+) kB' % key, status.read()).group(1)) / 1024


def lines(pop, event):
    return [line for line in pop.log('doorsync').splitlines() if 'event="%s"' % event in line]


def main():
    with Pop() as pop:
        pop.start('doord')
        doorsync = pop.start('doorsync')
        for serial in 1, 2:
            zones = write(pop, serial)
            began = time.monotonic()
            pop.push(zones, '--wait', '300s')
            print('%d zones, version %d: doorctl push took %.1f s, receipts included; doorsync holds %.0f MiB, at most %.0f'
                  % (ZONES, serial, time.monotonic() - began, resident_mib(doorsync, 'VmRSS'), resident_mib(doorsync, 'VmHWM')))
            served = lines(pop, 'zone served')
            assert len(served) == serial and 'zones=%d ' % ZONES in served[-1], served[:3]
        rows = pop.status()
        assert len(rows) == ZONES and all(row['state'] == 'served' for row in rows.values())

        # A second service address where nobody answers: no zone is confirmed, and each says by whom it is not.
        config = pop.config('doorsync')
        config.write_text(re.sub(r'^addresses = \[', 'addresses = ["127.0.0.1:%d", ' % free_port(), config.read_text(), flags=re.M))
        pop.kill('doorsync')
        pop.start('doorsync')
        began = time.monotonic()
        rows = wait_until('every zone is given up', lambda: given_up(pop), 300)
        assert all(row['reason'].startswith('127.0.0.1:') for row in rows.values()), next(iter(rows.values()))
        print('an address that does not answer: all %d zones given up after %.1f s' % (ZONES, time.monotonic() - began))
        assert len(pop.log('doorsync').splitlines()) < 30, 'a line for each zone'


def given_up(pop):
    rows = pop.status()
    return rows if len(rows) == ZONES and all(row['state'] == 'failed' for row in rows.values()) else None


if __name__ == '__main__':
    sys.exit(main())
