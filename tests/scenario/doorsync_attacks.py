#!/usr/bin/env python3
"""A thief owns the store of a PoP. Each thing that he can do to it is refused, the log says why, and the zone that was
served is served on; what the publisher has really signed is taken afterwards."""
import hashlib
import re
import struct
import subprocess
import tempfile

from doorsync_support import BIN, Asker, Pop, wait_until

ZONE = '\n'.join(['$ORIGIN example.', '@ 300 IN SOA ns host {serial} 3600 600 86400 300', '@ 300 IN NS ns',
                  'ns 300 IN A 192.0.2.1', 'v 300 IN TXT "{serial}"', ''])
WIRE = b'\7example\0'
BIG_WIRE = b'\3big\0'


def bucketed(prefix, wire, rest=b''):
    return prefix + hashlib.sha256(wire).digest()[:1] + wire + rest


HEAD = bucketed(b'head/', WIRE)


def log_key(seq):
    return bucketed(b'log/', WIRE, struct.pack('>Q', seq))


class Store:
    """The store of a PoP whose doorsync is stopped."""

    def __init__(self, pop):
        self.directory = pop.dir / 'state' / 'store' / 'lmdb'
        self.blobs = pop.dir / 'state' / 'store' / 'blobs'

    def tool(self, *arguments, value=b''):
        with tempfile.TemporaryFile() as stdin:  # no pipe: the tool reads a file of known size
            stdin.write(value)
            stdin.seek(0)
            return subprocess.run([BIN / 'store_tool', arguments[0], self.directory, *arguments[1:]], stdin=stdin,
                                  capture_output=True, check=True).stdout

    def keys(self):
        return [bytes.fromhex(line.split()[0]) for line in self.tool('list').decode().splitlines()]

    def all(self):
        return {key: self.tool('get', key.hex()) for key in self.keys()}

    def put(self, key, value):
        self.tool('put', key.hex(), value=value)

    def delete(self, key):
        self.tool('delete', key.hex())


def edited(value, at, octets):
    """A stored version whose record is changed `at` so far behind the name of its zone."""
    place = value.index(WIRE, value.index(b'DOORVER1')) + len(WIRE) + at
    return value[:place] + octets + value[place + len(octets):]


def flipped(value, at):
    return value[:at] + bytes([value[at] ^ 1]) + value[at + 1:]


def publish(hub):
    """All that the hub's store holds: example. as 1/1, 1/2, 1/3 whole, 1/4 and 1/5 changes; big. with blobs."""
    hub.start('doorsync')
    file = hub.dir / 'example.zone'

    def push(serial):
        file.write_text(ZONE.format(serial=serial))
        hub.doorctl('push', file, '--wait', 'none', check=True)
    for serial in (1, 2, 3):
        push(serial)
    for serial in (4, 5):
        image = hub.dir / 'state' / 'images' / ('example.1-%d.img' % (serial - 1))
        wait_until('%s is there' % image, image.exists)
        hub.doorctl('zone', 'replace', 'example.', 'v', '300', 'TXT', str(serial), '--wait', 'none', check=True)
    big = hub.dir / 'big.zone'
    noise = ''.join('n%d 300 IN TXT %s\n' % (i, hashlib.sha256(b'%d' % i).hexdigest()) for i in range(3000))
    big.write_text(ZONE.format(serial=1).replace('example.', 'big.') + noise)
    hub.doorctl('push', big, '--wait', 'none', check=True)
    hub.doorctl('checkpoint', check=True)
    hub.stop('doorsync')
    return Store(hub).all()


class Attack:
    """One PoP that serves serial 2, and what is done to its store."""

    def __init__(self, victim, asker):
        self.victim, self.asker, self.store, self.count = victim, asker, Store(victim), 0

    def __call__(self, what, reason, entries, served='2'):
        """Writes the entries (None: deletes) while doorsync is stopped; then its log must give the reason."""
        if 'doorsync' in self.victim.running:
            self.victim.stop('doorsync')
        for key, value in entries.items():
            if value is None:
                self.store.delete(key)
            else:
                self.store.put(key, value)
        before = len(self.victim.log('doorsync'))
        self.asker.served = served  # from now on: it may be there before its line is read
        self.victim.start('doorsync')
        line = wait_until('the log says %r of %s' % (reason, what),
                          lambda: next((line for line in self.victim.log('doorsync')[before:].splitlines()
                                        if reason in line), None))
        wait_until('serial %s is served after %s' % (served, what),
                   lambda: self.victim.status().get('example.', {}).get('state') is not None and
                   self.asker.seen == served)
        self.count += 1
        print('  %-45s %s' % (what, re.sub(r'^\S+ ', '', line)), flush=True)


def main():
    with Pop('hub') as hub, Pop('thief') as thief, Pop('victim') as victim:
        good = publish(hub)
        thief.start('doorsync')
        for serial in (66, 67, 68, 69):  # the newest is ahead of all that the victim has
            (thief.dir / 'example.zone').write_text(ZONE.format(serial=serial))
            thief.doorctl('push', thief.dir / 'example.zone', '--wait', 'none', check=True)
        thief.doorctl('delete', 'example.', '--wait', 'none', check=True)
        thief.stop('doorsync')
        forged = Store(thief).all()

        def publisher(pop):
            return re.search(r'key = "[^"]*"', pop.config('doorsync').read_text()).group()
        config = victim.config('doorsync')
        trusting = config.read_text().replace(publisher(victim), publisher(hub))
        config.write_text(trusting)
        v2, v3 = good[log_key(2)], good[log_key(3)]
        store = Store(victim)
        victim.start('doord')
        victim.start('doorsync')
        victim.stop('doorsync')
        store.put(HEAD, v2)
        victim.start('doorsync')
        wait_until('serial 2 is served', lambda: victim.status().get('example.', {}).get('state') == 'served')

        class Watching(Asker):
            served, seen = '2', None
        asker = Watching(victim.port, ['example.'], None)

        def judge(_, strings):
            asker.seen = strings[0] if strings else None
            return '' if strings in (['2'], [asker.served]) else 'TXT %r while %s was to be served' % (strings, asker.served)
        asker.judge = judge
        asker.start()
        attack = Attack(victim, asker)
        attack('forged content, in the record', 'bad signature', {HEAD: edited(v3, 12, struct.pack('>I', 99))})
        attack('forged content, in the octets', 'content frame 1', {HEAD: flipped(v3, len(v3) - 20)})
        attack('a PoP\'s credentials: a key of his own', 'no publisher has the key', {HEAD: forged[log_key(4)]})
        attack('a deletion signed by that key', 'no publisher has the key', {HEAD: forged[HEAD]})
        config.write_text(trusting + '\n[[publisher]]\n%s\nzones = ["narrow."]\n' % publisher(thief))
        attack('a publisher\'s key of another zone', 'may not publish example.', {HEAD: forged[log_key(4)]})
        config.write_text(trusting)
        attack('last week\'s head', 'it had 1/1', {HEAD: good[log_key(1)]})
        attack('a deletion that nobody signed', 'it had none', {HEAD: None})
        attack('octets that are no version', 'it had none', {HEAD: b'gone'})
        attack('the head of another zone', 'it had none', {HEAD: good[bucketed(b'head/', BIG_WIRE)]})
        attack('an older epoch', 'it had 0/', {HEAD: edited(v3, 0, struct.pack('>I', 0))})
        attack('a withheld log entry', ' kept', {HEAD: good[HEAD], log_key(4): None})
        attack('a forged log entry', ' kept', {log_key(4): edited(good[log_key(4)], 12, struct.pack('>I', 99))})

        # Blobs: the entry is right, what it names is not. Whatever names a blob keeps it from being swept.
        blob_keys = {key: value for key, value in good.items() if key.startswith(b'blob/')}
        assert blob_keys, 'the large zone has no blobs'
        paths = [path for path in Store(hub).blobs.rglob('*') if path.is_file()]
        right = {path.relative_to(Store(hub).blobs): path.read_bytes() for path in paths}
        for what, octets in (('a swapped blob', lambda old: old[::-1]), ('a cut blob', lambda old: old[:-1])):
            victim.stop('doorsync')
            for name, old in right.items():
                path = store.blobs / name
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(octets(old))
            attack(what, 'is damaged', {bucketed(b'head/', BIG_WIRE): good[bucketed(b'head/', BIG_WIRE)], **blob_keys})

        # Withheld as a whole: the store offers nothing new, and no entry is wrong. Only the checkpoint tells.
        checkpoint = {key: value for key, value in good.items() if key.startswith(b'check/')}
        attack('withheld versions', 'withheld: version 1/5 of example., taken is 1/2', {HEAD: v2, **checkpoint})
        done = victim.doorctl('status')
        assert done.returncode == 2 and 'withheld: version 1/5 of example.' in done.stdout, done.stdout
        attack('a forged checkpoint', 'bad signature',
               {key: flipped(value, 20) for key, value in checkpoint.items() if len(key) == 14})

        # And what the publisher has signed is taken, whatever was tried before.
        for name, octets in right.items():
            (store.blobs / name).write_bytes(octets)
        attack('the right entries', 'zone served', good, served='5')
        wait_until('big. is served', lambda: victim.status().get('big.', {}).get('state') == 'served')
        wait_until('no alarm is left', lambda: victim.doorctl('status').returncode == 0)
        asker.end()
        assert not asker.wrong, asker.wrong
        assert asker.lost == 0 and asker.asked > 100, (asker.lost, asker.asked)
        print('%d attacks refused; %d answers judged, none wrong, none lost' % (attack.count - 1, asker.asked))


if __name__ == '__main__':
    main()
