"""A large push of small zones becomes one pack: doord starts from it alone, an image of its own counts above it, a
damaged zone in it is SERVFAIL and hurts no other, and doorsync mends it."""
import socket
import sys

from doorsync_support import Pop, query, txt_strings, wait_until

ZONES = 1200
ZONE = '''$ORIGIN z%04d.example.
@ 300 IN SOA ns host %d 3600 600 86400 300
@ 300 IN NS ns
ns 300 IN A 192.0.2.1
v 300 IN TXT "zone %d version %d"
'''
SERVFAIL = 2


def name(number):
    return 'z%04d.example.' % number


def write(pop, numbers, version):
    directory = pop.dir / ('zones-%d' % version)
    directory.mkdir()
    for number in numbers:
        text = ZONE % (number, version, number, version)
        (directory / ('z%04d.zone' % number)).write_text(text)
    return directory


def answer(pop, number):
    """The text of a zone's `v`, or the rcode."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(5)
        asker.connect(('127.0.0.1', pop.port))
        asker.send(query('v.' + name(number), 16, number))
        octets = asker.recv(65535)
    return octets[3] & 15 if octets[3] & 15 else txt_strings(octets)[0]


def text(number, version):
    return 'zone %d version %d' % (number, version)


def images(pop):
    found = list(pop.dir.rglob('*.pack')) + list(pop.dir.rglob('*.img'))
    return sorted(path.suffix for path in found)


def zone_count(pop):
    client = pop.client('doord')
    try:
        return int(dict(client.ask('status')[1])['zones'])
    finally:
        client.close()


def wait_for(pop, number, wanted):
    def says_it():
        try:
            return answer(pop, number) == wanted
        except OSError:  # its socket is not there yet
            return False
    wait_until('%s says %s' % (name(number), wanted), says_it)


def main():
    with Pop() as pop:
        pop.start('doord')
        pop.start('doorsync')
        pop.push(write(pop, range(ZONES), 1), '--wait', '120s')
        assert images(pop) == ['.pack'], images(pop)
        pop.push(write(pop, [7], 2), '--wait', '60s')
        assert images(pop) == ['.img', '.pack'], images(pop)

        for program in 'doord', 'doorsync':
            pop.kill(program)
        pop.start('doord')
        wait_for(pop, 7, text(7, 2))
        wrong = [number for number in range(ZONES) if number != 7 and answer(pop, number) != text(number, 1)]
        assert wrong == [], wrong[:10]
        assert zone_count(pop) == ZONES

        # One octet of one zone's text.
        pop.kill('doord')
        pack = next(pop.dir.rglob('*.pack'))
        octets = bytearray(pack.read_bytes())
        octets[octets.index(text(100, 1).encode())] ^= 1
        pack.unlink()
        pack.write_bytes(octets)
        pop.start('doord')
        wait_for(pop, 101, text(101, 1))
        assert answer(pop, 100) == SERVFAIL, answer(pop, 100)
        wait_until('the damage is told', lambda: 'pack damaged' in pop.log('doord'))
        assert answer(pop, 100) == SERVFAIL
        wrong = [number for number in range(ZONES) if number not in (7, 100) and answer(pop, number) != text(number, 1)]
        assert wrong == [], wrong[:10]
        pop.start('doorsync')
        wait_for(pop, 100, text(100, 1))

        # The next push of all is a pack again.
        pop.push(write(pop, range(ZONES), 3), '--wait', '120s')
        assert images(pop).count('.pack') == 2, images(pop)
        pop.kill('doord')
        pop.start('doord')
        wait_for(pop, 100, text(100, 3))
        wrong = [number for number in range(ZONES) if answer(pop, number) != text(number, 3)]
        assert wrong == [], wrong[:10]
        wait_until('zones are counted once', lambda: zone_count(pop) == ZONES)
    print('%d zones from packs, across restarts and damage' % ZONES)


if __name__ == '__main__':
    sys.exit(main())
