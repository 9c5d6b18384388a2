#!/usr/bin/env python3
"""Zones come in by transfer: the root zone's real history flows from NSD, Knot and BIND, with TSIG, through IXFR, to
what a PoP answers; what it serves is always what the primary's file says."""
import os
import pathlib
import shutil
import sys
import tempfile

from doorsync_support import BIN, LONG, Pop, wait_until
from primaries import KEY_NAME, SECRET, Bind, Knot, Nsd, missing

DATA = pathlib.Path(os.environ.get('DOORS_TEST_DATA') or BIN.parent / 'test-data').resolve()
VERSIONS = 60 if LONG else 6


def follow(pop, zone, *primaries, more=''):
    """Lets a PoP take the zone from the primaries."""
    with open(pop.config('doorsync'), 'a') as config:
        config.write('\n[[key]]\nname = "%s"\nsecret = "%s"\n\n[[secondary]]\nzone = "%s"\nprimaries = [%s]\n%s\n' % (
            KEY_NAME, SECRET, zone, ', '.join('"%s key %s"' % (primary, KEY_NAME) for primary in primaries), more))


def history():
    """The versions as (serial, file, text), oldest first."""
    files = sorted((DATA / 'root-history').glob('root-*.zone'))[:VERSIONS]
    assert len(files) == VERSIONS, files
    return [(int(file.stem.removeprefix('root-')), file, file.read_text()) for file in files]


def served(pop, zone):
    return int(pop.status().get(zone, {}).get('serial', 0)) if pop.status().get(zone, {}).get('state') == 'served' else 0


def the_root_flows(kind):
    versions = history()
    with Pop() as pop:
        with kind(pop.dir, '.', versions[0][2], '127.0.0.1:%d' % pop.port) as primary:
            follow(pop, '.', primary.address)
            primary.wait_for(versions[0][0])
            pop.start('doord')
            pop.start('doorsync')
            for serial, file, text in versions:
                if serial != versions[0][0]:
                    primary.update(text)
                    primary.wait_for(serial)
                    pop.doorctl('refresh', '.', check=True)
                wait_until('the PoP serves %d' % serial, lambda: served(pop, '.') == serial)
                same = pop.doorctl('diff', '--summary', '--origin', '.', file)
                assert same.returncode == 0, same.stdout + same.stderr
            log = pop.log('doorsync')
            assert log.count('by=AXFR') == 1, log
            assert log.count('by=IXFR') == VERSIONS - 1, log
            listed = pop.doorctl('status', check=True).stdout
            assert primary.address in listed, listed
    return '%d versions' % VERSIONS


def another_primary_takes_over():
    """The first primary is gone: the second is asked at once; and the signature is wanted."""
    versions = history()[:2]
    with Pop() as pop:
        other = tempfile.mkdtemp(prefix='doorsync-')
        try:
            with Knot(pop.dir, '.', versions[0][2], '127.0.0.1:%d' % pop.port) as first, \
                    Knot(other, '.', versions[1][2], '127.0.0.1:%d' % pop.port) as second:
                first.wait_for(versions[0][0])
                second.wait_for(versions[1][0])
                follow(pop, '.', first.address, second.address)
                pop.start('doord')
                pop.start('doorsync')
                wait_until('the first', lambda: served(pop, '.') == versions[0][0])
                first.process.terminate()
                first.process.wait()
                pop.doorctl('refresh', '.', check=True)
                wait_until('the second', lambda: served(pop, '.') == versions[1][0])
        finally:
            shutil.rmtree(other, ignore_errors=True)


def main():
    if missing():
        print('skipped: there is no', ', '.join(missing()))
        return 77
    for kind in (Knot, Bind, Nsd):
        print('%s: %s' % (kind.__name__, the_root_flows(kind)), flush=True)
    another_primary_takes_over()
    print('another primary takes over', flush=True)
    return 0


if __name__ == '__main__':
    sys.exit(main())
