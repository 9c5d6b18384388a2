#!/usr/bin/env python3
"""Zones come over TLS (RFC 9103) from BIND, checked by CA and name, by the key's pin, and with a certificate of ours; a
primary with another certificate, another name, an older TLS or without the protocol's name gets no question at all."""
import base64
import hashlib
import shutil
import ssl
import socket
import subprocess
import sys
import threading

from doorsync_support import Pop, free_port, wait_until
from hostile_primary import rows
from primaries import KEY_NAME, SECRET, Bind, missing

ZONE = '''$ORIGIN example.
$TTL 60
@ IN SOA ns host %d 3600 600 86400 60
@ IN NS ns
ns IN A 192.0.2.1
'''


def openssl(*arguments):
    return subprocess.run(['openssl', *map(str, arguments)], stdin=subprocess.DEVNULL, check=True, capture_output=True).stdout


class Authority:
    """A CA in a directory, and what it signs."""

    def __init__(self, directory, name):
        self.dir, self.name = directory, name
        self.path = directory / (name + '.pem')
        openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=' + name,
                '-days', 30, '-keyout', directory / (name + '.key'), '-out', self.path)

    def sign(self, host):
        """The files of a certificate for that host, and of its key."""
        key, request, pem = (self.dir / ('%s-%s.%s' % (self.name, host, kind)) for kind in ('key', 'csr', 'crt'))
        openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=' + host, '-addext',
                'subjectAltName=DNS:' + host, '-keyout', key, '-out', request)
        openssl('x509', '-req', '-in', request, '-CA', self.path, '-CAkey', self.dir / (self.name + '.key'), '-days', 30,
                '-copy_extensions', 'copy', '-out', pem)
        return pem, key


def pin_of(pem):
    public = openssl('x509', '-in', pem, '-noout', '-pubkey').decode()
    return base64.b64encode(hashlib.sha256(ssl.PEM_cert_to_DER_cert(
        public.replace('PUBLIC KEY', 'CERTIFICATE'))).digest()).decode()


class TlsBind(Bind):
    """BIND with a listener for transfers over TLS alone."""

    def __init__(self, directory, text, listener, pem, key, client_ca=None):
        self.tls_port, self.files, self.client_ca = free_port(), (pem, key), client_ca
        super().__init__(directory, 'example.', text, listener)
        self.tls_address = '127.0.0.1:%d' % self.tls_port

    def command(self):
        path = self.dir / 'config'
        more = 'ca-file "%s"; ' % self.client_ca if self.client_ca else ''
        text = 'tls xot { cert-file "%s"; key-file "%s"; %sprotocols { TLSv1.3; }; };\n' % (*self.files, more) + path.read_text()
        listen = 'listen-on port %d' % self.port
        assert text.count(listen) == 1, text
        path.write_text(text.replace(listen, 'listen-on port %d tls xot { 127.0.0.1; };\n    %s' % (self.tls_port, listen)))
        return super().command()


class Listener:
    """A TLS server that notes what is asked once hands are shaken, and answers nothing."""

    def __init__(self, pem, key, **wanted):
        self.asked = []
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(pem, key)
        if wanted.get('alpn', True):
            self.context.set_alpn_protocols(['dot'])
        if wanted.get('old'):
            self.context.maximum_version = ssl.TLSVersion.TLSv1_2
        self.listener = socket.create_server(('127.0.0.1', 0), backlog=64)
        self.address = '127.0.0.1:%d' % self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            plain, _ = self.listener.accept()
            plain.settimeout(5)
            try:
                with self.context.wrap_socket(plain, server_side=True) as sock:
                    if octets := sock.recv(4096):
                        self.asked.append(octets)
            except OSError:
                pass
            finally:
                plain.close()


class Stall:
    """Accepts, and says nothing."""

    def __init__(self):
        self.listener = socket.create_server(('127.0.0.1', 0), backlog=64)
        self.address = '127.0.0.1:%d' % self.listener.getsockname()[1]


def config(pop, text):
    with open(pop.config('doorsync'), 'a') as file:
        file.write('\n[transfers]\nmessage_timeout = "5s"\n[[key]]\nname = "%s"\nsecret = "%s"\n%s' % (KEY_NAME, SECRET, text))


def profile(name, **values):
    return '[[tls]]\nname = "%s"\n' % name + ''.join(
        '%s = %s\n' % (key, '["%s"]' % value if key == 'pins' else '"%s"' % value) for key, value in values.items())


def secondary(zone, address, tls, key=''):
    return '[[secondary]]\nzone = "%s"\nprimaries = ["%s tls %s%s"]\n' % (zone, address, tls, key)


def from_bind(ways):
    """The zone comes by each of the ways, and its next version too."""
    for name, values, client_ca in ways:
        with Pop() as pop:
            ours = Authority(pop.dir, 'ours')
            pem, key = ours.sign('primary.example')
            mine, mine_key = ours.sign('pop.example')
            values = {word: value.format(ca=ours.path, pin=pin_of(pem), mine=mine, mine_key=mine_key)
                      for word, value in values.items()}
            with TlsBind(pop.dir, ZONE % 1, '127.0.0.1:%d' % pop.port, pem, key, client_ca and ours.path) as primary:
                config(pop, profile('t', **values) + secondary('example.', primary.tls_address, 't', ' key ' + KEY_NAME))
                primary.wait_for(1)
                pop.start('doord')
                pop.start('doorsync')
                for serial in (1, 2):
                    if serial > 1:
                        primary.update(ZONE % serial)
                        primary.wait_for(serial)
                        pop.doorctl('refresh', 'example.', check=True)
                    wait_until('%s: serial %d; %s' % (name, serial, rows(pop)), lambda: int(
                        pop.status().get('example.', {}).get('serial', 0)) == serial)
        print('by', name, flush=True)


def refused():
    """Each wrong primary is told nothing, and `status` says why."""
    with Pop() as pop:
        ours, theirs = Authority(pop.dir, 'ours'), Authority(pop.dir, 'theirs')
        right, wrong = ours.sign('primary.example'), theirs.sign('primary.example')
        by_ca = {'ca': ours.path, 'host': 'primary.example'}
        ways = {  # what it is, and a part of the reason
            'ca.': (Listener(*wrong), by_ca, 'certificate'),
            'host.': (Listener(*ours.sign('other.example')), by_ca, 'hostname mismatch'),
            'pin.': (Listener(*wrong), {'pins': pin_of(right[0])}, 'none of the pins'),
            'both.': (Listener(*ours.sign('primary.example')), by_ca | {'pins': pin_of(wrong[0])}, 'none of the pins'),
            'old.': (Listener(*right, old=True), by_ca, 'TLS: '),
            'alpn.': (Listener(*right, alpn=False), by_ca, 'ALPN'),
            'stall.': (Stall(), by_ca, 'no answer in time'),
        }
        config(pop, ''.join(profile(zone, **values) + secondary(zone, listener.address, zone)
                            for zone, (listener, values, _) in ways.items()))
        pop.start('doorsync')
        for zone, (_, _, reason) in ways.items():
            wait_until('%s %r; it is %r' % (zone, reason, rows(pop)[zone]['problem']), lambda: reason in rows(pop)[zone]['problem'])
        asked = [zone for zone, (listener, _, _) in ways.items() if getattr(listener, 'asked', None)]
        assert not asked, asked
    print('%d wrong primaries refused' % len(ways))


def main():
    if missing() or shutil.which('openssl') is None:
        print('skipped: there is no', ', '.join(missing() or ['openssl']))
        return 77
    refused()
    from_bind([('CA and name', {'ca': '{ca}', 'host': 'primary.example'}, False),
               ('pin', {'pins': '{pin}'}, False),
               ('CA, with a certificate of ours', {'ca': '{ca}', 'host': 'primary.example', 'certificate': '{mine}',
                                                   'private_key': '{mine_key}'}, True)])
    return 0


if __name__ == '__main__':
    sys.exit(main())
