#!/usr/bin/env python3
"""Differences go out: the root zone's real history, pushed version after version, flows by IXFR with TSIG to dig, kdig and
to NSD, Knot and BIND, which doorsync tells of each by NOTIFY; then they have what was pushed."""
import contextlib
import os
import pathlib
import signal
import subprocess
import sys

from doorsync_support import BIN, LONG, PATIENCE, Pop, wait_until
from followers import KINDS
from primaries import KEY_NAME, SECRET, missing
from secondaries import dig, records_of, records_of_file, transferred

DATA = pathlib.Path(os.environ.get('DOORS_TEST_DATA') or BIN.parent / 'test-data').resolve()
VERSIONS = 60 if LONG else 5
KEY = 'hmac-sha256:%s:%s' % (KEY_NAME, SECRET)
SMALL = """$ORIGIN small.example.
$TTL 300
@ SOA ns hostmaster %d 3600 600 604800 300
@ NS ns
ns A 192.0.2.1
""" + ''.join('h%d A 192.0.2.%d\n' % (i, i % 256) for i in range(600))


def history():
    """The versions as (serial, file), oldest first."""
    files = sorted((DATA / 'root-history').glob('root-*.zone'))[:VERSIONS]
    assert len(files) == VERSIONS, files
    return [(int(file.stem.removeprefix('root-')), file) for file in files]


@contextlib.contextmanager
def serving():
    """A PoP that gives all zones to who has the key."""
    with Pop() as pop:
        with open(pop.config('doord'), 'a') as config:
            config.write('\n[[key]]\nname = "%s"\nsecret = "%s"\n\n[[transfer]]\nzones = ["*"]\nkeys = ["%s"]\n' % (
                KEY_NAME, SECRET, KEY_NAME))
        pop.start('doord')
        pop.start('doorsync')
        yield pop, '127.0.0.1:%d' % pop.port


def push(pop, file):
    """The history's signatures are over, and what signs the root's delegations was left out."""
    pop.push('--force', 'zonemd,signatures,expired', '--origin', '.', file)


def tell(pop, peers):
    """Lets doorsync send NOTIFY to them."""
    with open(pop.config('doorsync'), 'a') as config:
        config.write('\n[[key]]\nname = "%s"\nsecret = "%s"\n\n[[notify]]\nzones = ["*"]\nto = [%s]\n' % (
            KEY_NAME, SECRET, ', '.join('"%s key %s"' % (peer.address, KEY_NAME) for peer in peers)))
    pop.running['doorsync'].send_signal(signal.SIGHUP)
    wait_until('doorsync knows them', lambda: len(told(pop)) == len(peers))


def told(pop):
    """What doorsync says of each: {address key NAME: its fields}."""
    return {fields['to']: fields for verb, fields in pop.ask('notified') if verb == 'notified'}


def after_differences(before, listing):
    """What a listing of IXFR makes of a zone's records, and how many it has; nothing if it is a whole zone."""
    records = [records_of(line)[0] for line in listing.splitlines() if records_of(line)]
    if len(records) < 3 or records[1][3] != 'SOA':
        return None, len(records)
    zone, coming = set(before), True
    for record in records[1:-1]:
        if record[3] == 'SOA':
            coming = not coming
        assert (record not in zone) == coming, record
        (zone.add if coming else zone.remove)(record)
    return sorted(zone), len(records)


def kdig(address, zone, serial):
    host, port = address.rsplit(':', 1)
    done = subprocess.run(['kdig', '@' + host, '-p', port, '-y', KEY, '+noall', '+answer', '+timeout=30', zone,
                           'IXFR=%d' % serial], text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=PATIENCE, check=False)
    assert done.returncode == 0 and 'WARNING' not in done.stdout and 'ERROR' not in done.stdout, done.stdout[-2000:]
    return done.stdout


def the_root_flows():
    versions = history()
    wanted = [records_of_file('.', file) for _, file in versions]
    with serving() as (pop, address), contextlib.ExitStack() as followers:
        push(pop, versions[0][1])
        peers = [followers.enter_context(kind(pop.dir, '.', address)) for kind in KINDS]
        for peer in peers:
            peer.wait_for(versions[0][0])
        tell(pop, peers)
        for i, (serial, file) in enumerate(versions[1:], 1):
            push(pop, file)
            for peer in peers:
                peer.wait_for(serial)
                assert transferred(peer.address, '.') == wanted[i], (type(peer).__name__, serial)
        for peer in peers:
            peer.wait_for_ixfrs(len(versions) - 1)
        for to, fields in told(pop).items():
            assert (fields['answered'], fields['waiting'], fields['problem']) == (str(VERSIONS - 1), '0', ''), (to, fields)
        # Clients that verify what they are sent: from each version there was, and who has the last one.
        sent = 0
        for i, (serial, _) in enumerate(versions[:-1]):
            for listing in (kdig(address, '.', serial), dig(address, '.', 'IXFR=%d' % serial, '+noall', '+answer', key=KEY)):
                zone, records = after_differences(wanted[i], listing)
                assert zone == wanted[-1], 'from %d: %d records' % (serial, records)
                sent += records
        assert after_differences(wanted[-1], kdig(address, '.', versions[-1][0])) == (None, 1)
        # From before the log, and from nobody who may.
        assert after_differences([], kdig(address, '.', 2021051901))[1] == len(wanted[-1]) + 1
        refused = dig(address, '.', 'IXFR=%d' % versions[0][0])
        assert 'Transfer failed' in refused, refused
        log = pop.log('doord')
        assert log.count('by=AXFR') == len(peers), log
        # doord stops and starts: it finds the log beside the image.
        pop.stop('doord')
        pop.start('doord')
        assert after_differences(wanted[0], kdig(address, '.', versions[0][0]))[0] == wanted[-1]
    return '%d versions, %d records of differences to clients' % (len(versions), sent)


def a_small_change_fits_into_a_datagram():
    """Over UDP: the differences, or the SOA alone where they do not fit; a damaged log is as none."""
    with serving() as (pop, address):
        file = pop.dir / 'small.example.zone'
        for serial, more in ((1, ''), (2, 'new TXT "small"\n'), (3, ''.join('t%d TXT "%s"\n' % (i, 'x' * 200) for i in range(5)))):
            file.write_text(SMALL % serial + more)
            pop.push(file)
            if serial == 1:
                before = records_of_file('small.example.', file)
            elif serial == 2:
                listing = dig(address, 'small.example.', 'IXFR=1', '+notcp', '+noall', '+answer', key=KEY)
                zone, records = after_differences(before, listing)
                assert zone == records_of_file('small.example.', file) and records == 5, listing
        over_udp = dig(address, 'small.example.', 'IXFR=1', '+notcp', '+noall', '+answer', '+bufsize=1232', key=KEY)
        assert after_differences(before, over_udp) == (None, 1), over_udp
        wanted = records_of_file('small.example.', file)
        assert after_differences(before, kdig(address, 'small.example.', 1))[0] == wanted
        logs = list(pop.dir.glob('**/small.example.*.log'))
        assert logs
        for log in logs:
            log.write_bytes(log.read_bytes()[:-1])
        assert after_differences([], kdig(address, 'small.example.', 1)) == (None, len(wanted) + 1)
        assert pop.log('doord').count('by="IXFR, whole zone"') == 1
    return '3 versions'


def main():
    if missing():
        print('skipped: there is no', ', '.join(missing()))
        return 77
    for test in (the_root_flows, a_small_change_fits_into_a_datagram):
        print('%s: %s' % (test.__name__, test()), flush=True)
    return 0


if __name__ == '__main__':
    sys.exit(main())
