"""etcd of our own on loopback with mutual TLS: as many members as wanted."""
import signal
import socket
import subprocess
import urllib.request


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(('127.0.0.1', 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Etcd:
    """with-statement; `endpoints`, and the PEM files `ca`, `certificate`, `key`, which serve both sides."""

    def __init__(self, directory, members):
        self.dir = directory
        self.dir.mkdir(parents=True)
        self.ca, self.certificate, self.key = (self.dir / name for name in ('ca.pem', 'cert.pem', 'key.pem'))
        self.make_certificates()
        self.client_ports, self.peer_ports, self.metrics_ports = (free_ports(members) for _ in range(3))
        self.endpoints = ['127.0.0.1:%d' % port for port in self.client_ports]
        self.processes = [None] * members

    def __enter__(self):
        for member in range(len(self.processes)):
            self.start(member)
        return self

    def __exit__(self, kind, error, trace):
        for member in range(len(self.processes)):
            self.kill(member)

    def openssl(self, *arguments):
        subprocess.run(['openssl', *map(str, arguments)], check=True, cwd=self.dir, capture_output=True)

    def make_certificates(self):
        curve = ('-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes')
        self.openssl('req', '-x509', *curve, '-keyout', 'ca-key.pem', '-out', self.ca, '-days', 2, '-subj', '/CN=test CA')
        self.openssl('req', *curve, '-keyout', self.key, '-out', 'request.pem', '-subj', '/CN=doors')
        (self.dir / 'extensions').write_text('subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n')
        self.openssl('x509', '-req', '-in', 'request.pem', '-CA', self.ca, '-CAkey', 'ca-key.pem', '-CAcreateserial',
                     '-days', 2, '-extfile', 'extensions', '-out', self.certificate)

    def start(self, member):
        def url(scheme, port):
            return '%s://127.0.0.1:%d' % (scheme, port)
        client, peer = url('https', self.client_ports[member]), url('http', self.peer_ports[member])
        cluster = ','.join('m%d=%s' % (i, url('http', port)) for i, port in enumerate(self.peer_ports))
        log = open(self.dir / ('m%d.log' % member), 'ab')
        self.processes[member] = subprocess.Popen(
            ['etcd', '--name', 'm%d' % member, '--data-dir', str(self.dir / ('m%d' % member)),
             '--listen-client-urls', client, '--advertise-client-urls', client,
             '--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', cluster,
             '--client-cert-auth', '--trusted-ca-file', str(self.ca), '--cert-file', str(self.certificate),
             '--key-file', str(self.key), '--listen-metrics-urls', url('http', self.metrics_ports[member])],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        log.close()

    def kill(self, member):
        process, self.processes[member] = self.processes[member], None
        if process:
            process.send_signal(signal.SIGKILL)
            process.wait()

    def sent_octets(self, member=0):
        """What it has sent to its clients, by its own count."""
        with urllib.request.urlopen('http://127.0.0.1:%d/metrics' % self.metrics_ports[member], timeout=10) as reply:
            for line in reply.read().decode().splitlines():
                if line.startswith('etcd_network_client_grpc_sent_bytes_total'):
                    return float(line.split()[-1])
        raise AssertionError('no such metric')
