#!/usr/bin/env python3
"""Catalog zones (RFC 9432): zones come, go and change with what a catalog lists, over restarts too; a broken catalog and
one that loses too much at once change nothing; a zone that a publisher has pushed is not taken over, and the catalog
itself is not answered. Then Knot makes the catalog."""
import subprocess
import sys

from doorsync_support import Pop, wait_until
from hostile_primary import AXFR, NS, SOA, TXT, record, refresh, rows, tsig
from primaries import KEY_NAME, SECRET, Knot, missing
from transfer_timers import Primary, soa

PTR = 12
ZONE = '$ORIGIN %s.\n@ 60 IN SOA ns host 1 1 1 86400 60\n@ 60 IN NS ns\nns 60 IN A 192.0.2.1\n'


def version(catalog, text='2'):
    return record('version.' + catalog, TXT, bytes([len(text)]) + text.encode())


def member(catalog, unique, zone):
    return record('%s.zones.%s' % (unique, catalog), PTR, tsig.wire_name(zone))


def group(catalog, unique, name):
    return record('group.%s.zones.%s' % (unique, catalog), TXT, bytes([len(name)]) + name.encode())


def coo(catalog, unique, other):
    return record('coo.%s.zones.%s' % (unique, catalog), PTR, tsig.wire_name(other))


class Producer(Primary):
    """Serves catalogs with a serial and records of their own, and any other zone with serial 1, or the one it has."""

    def __init__(self):
        self.catalogs, self.serials = {}, {}
        super().__init__()

    def lists(self, catalog, records):
        """The catalog's next version."""
        self.catalogs[catalog] = (self.catalogs.get(catalog, (0, []))[0] + 1, records)

    def answer(self, request, serial):
        question = self.question(request)
        zone, at = '', 0
        while question[at]:
            zone += question[at + 1:at + 1 + question[at]].decode() + '.'
            at += 1 + question[at]
        serial, more = self.catalogs.get(zone, (self.serials.get(zone, 1), []))
        first = self.wire_soa(zone, serial)
        records, flags = [first], b'\x84\x00'
        if self.type_of(request) == AXFR:
            records += [record(zone, NS, tsig.wire_name('invalid.')), *more, first]
        elif self.type_of(request) != SOA:
            records, flags = [], b'\x84\x04'
        return request[:2] + flags + b'\0\1' + len(records).to_bytes(2, 'big') + b'\0\0\0\0' + question + b''.join(records)

    @staticmethod
    def wire_soa(zone, serial):
        return soa(zone, serial)


def catalog_config(pop, zone, primary, more=''):
    with open(pop.config('doorsync'), 'a') as config:
        config.write('\n[[catalog]]\nzone = "%s"\nprimaries = ["%s"]\n%s\n' % (zone, primary, more))


def served(pop):
    return {zone for zone, row in pop.status().items() if row['state'] == 'served'}


def expect(pop, *zones):
    wait_until('%s are served; %s are' % (zones, sorted(served(pop))), lambda: served(pop) == set(zones))


def rcode(pop, zone):
    done = subprocess.run(['dig', '@127.0.0.1', '-p', str(pop.port), '+tries=1', '+time=2', zone, 'SOA'],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False).stdout
    return done.split('status: ')[1].split(',')[0] if 'status: ' in done else None


def by_hand():
    producer = Producer()
    producer.lists('cat.', [version('cat.'), member('cat.', 'a', 'a.test.'), member('cat.', 'b', 'b.test.'),
                            member('cat.', 'p', 'pushed.test.'), member('cat.', 'x', 'elsewhere.'), group('cat.', 'b', 'g')])
    producer.lists('dog.', [version('dog.'), member('dog.', 'd', 'd.test.')])
    with Pop() as pop:
        catalog_config(pop, 'cat.', producer.address,
                       'zones = ["*.test."]\n[[catalog.group]]\nname = "g"\non_expire = "keep"')
        catalog_config(pop, 'dog.', producer.address)
        pop.start('doord')
        pop.start('doorsync')
        expect(pop, 'a.test.', 'b.test.', 'd.test.', 'pushed.test.')
        assert rcode(pop, 'cat.') == 'REFUSED' and rcode(pop, 'elsewhere.') == 'REFUSED'
        assert 'lists zones that it may not have' in pop.log('doorsync')

        # A broken one, and one that loses too much: nothing changes.
        for records, reason in (([version('cat.', '1'), member('cat.', 'a', 'a.test.')], 'no version 2'),
                                ([version('cat.')], 'loses 3 of 3 zones at once')):
            producer.lists('cat.', records)
            wait_until('%r: %s' % (reason, rows(pop)), lambda: reason in rows(pop)['cat.']['problem'])
            expect(pop, 'a.test.', 'b.test.', 'd.test.', 'pushed.test.')

        # One goes (and is gone), one comes, one is another zone of the same name (with an older serial).
        producer.serials['b.test.'] = 9
        refresh(pop, 'b.test.')
        wait_until('serial 9', lambda: pop.status()['b.test.']['serial'] == '9')
        producer.serials['b.test.'] = 3
        producer.lists('cat.', [version('cat.'), member('cat.', 'b2', 'b.test.'), member('cat.', 'c', 'c.test.'),
                                member('cat.', 'p', 'pushed.test.')])
        expect(pop, 'b.test.', 'c.test.', 'd.test.', 'pushed.test.')
        wait_until('the other zone', lambda: pop.status()['b.test.']['serial'] == '3')
        wait_until('it is refused', lambda: rcode(pop, 'a.test.') == 'REFUSED')

        # Over a restart; and what is forced.
        pop.kill('doorsync')
        pop.start('doorsync')
        expect(pop, 'b.test.', 'c.test.', 'd.test.', 'pushed.test.')
        producer.lists('cat.', [version('cat.'), member('cat.', 'c', 'c.test.')])
        wait_until('2 of 3', lambda: 'loses 2 of 3' in rows(pop)['cat.']['problem'])
        pop.doorctl('retransfer', 'cat.', check=True)
        expect(pop, 'c.test.', 'd.test.')

        # A publisher's zone stays a publisher's.
        file = pop.dir / 'mine.zone'
        file.write_text('$ORIGIN mine.test.\n@ 60 IN SOA ns host 7 3600 600 86400 60\n@ 60 IN NS ns\nns 60 IN A 192.0.2.1\n')
        pop.push(file)
        producer.serials['mine.test.'] = 9
        producer.lists('cat.', [version('cat.'), member('cat.', 'c', 'c.test.'), member('cat.', 'm', 'mine.test.')])
        wait_until('it is not taken over: %s' % rows(pop), lambda: 'publisher' in rows(pop).get('mine.test.', {}).get('problem', ''))
        expect(pop, 'c.test.', 'd.test.', 'mine.test.')
        producer.lists('cat.', [version('cat.'), member('cat.', 'c', 'c.test.')])
        wait_until('not listed', lambda: 'mine.test.' not in rows(pop))
        expect(pop, 'c.test.', 'd.test.', 'mine.test.')

        # Another catalog gets a zone once the one that has it says so, and nothing is ended.
        producer.lists('dog.', [version('dog.'), member('dog.', 'd', 'd.test.'), member('dog.', 'c', 'c.test.')])
        wait_until('it belongs to cat.', lambda: 'c.test. of the catalog dog. belongs to cat.' in pop.log('doorsync'))
        producer.lists('cat.', [version('cat.'), member('cat.', 'c', 'c.test.'), coo('cat.', 'c', 'dog.')])
        wait_until('handed over', lambda: rows(pop)['cat.']['problem'] == '' and producer.catalogs['cat.'][0] == caught_up(pop))
        producer.lists('cat.', [version('cat.')])
        wait_until('left alone', lambda: producer.catalogs['cat.'][0] == caught_up(pop))
        expect(pop, 'c.test.', 'd.test.', 'mine.test.')
        removed = {line.split(' zone=')[1].split()[0] for line in pop.log('doorsync').splitlines() if 'event="zone removed"' in line}
        assert removed == {'a.test.', 'b.test.', 'pushed.test.'}, removed
    print('by hand')


def caught_up(pop):
    """The serial of the newest version of `cat.` that was taken."""
    taken = [line for line in pop.log('doorsync').splitlines() if 'event="catalog taken"' in line and 'catalog=cat.' in line]
    return int(taken[-1].split('serial=')[1].split()[0]) if taken else 0


class CatalogKnot(Knot):
    """Knot with a catalog that it makes of two more zones."""

    def command(self):
        zones = ''
        for name in ('one.test', 'two.test'):
            (self.dir / name).write_text(ZONE % name)
            zones += '  - domain: %s\n    file: "%s"\n    acl: doors\n    catalog-role: member\n    catalog-zone: cat.test.\n' % (
                name, self.dir / name)
        path = self.dir / 'config'
        path.write_text(path.read_text() + '\n' + zones +
                        '  - domain: cat.test.\n    catalog-role: generate\n    acl: doors\n')
        return super().command()


def by_knot():
    with Pop() as pop:
        with CatalogKnot(pop.dir, 'plain.test.', ZONE % 'plain.test', '127.0.0.1:%d' % pop.port) as primary:
            primary.wait_for(1)
            with open(pop.config('doorsync'), 'a') as config:
                config.write('\n[[key]]\nname = "%s"\nsecret = "%s"\n' % (KEY_NAME, SECRET))
            catalog_config(pop, 'cat.test.', '%s key %s' % (primary.address, KEY_NAME))
            pop.start('doord')
            pop.start('doorsync')
            expect(pop, 'one.test.', 'two.test.')
    print('by Knot')


def main():
    by_hand()
    if missing():
        print('not by Knot: there is no', ', '.join(missing()))
    else:
        by_knot()
    return 0


if __name__ == '__main__':
    sys.exit(main())
