"""Control messages between our processes (zones/base/control_message.h), for tests in Python."""
import socket
import struct


def encode(verb, fields=()):
    out = b'DOR1' + bytes([len(verb)]) + verb.encode() + struct.pack('>H', len(fields))
    for key, value in fields:
        value = value if isinstance(value, bytes) else value.encode()
        out += bytes([len(key)]) + key.encode() + struct.pack('>I', len(value)) + value
    return out


def decode(packet):
    if packet[:4] != b'DOR1':
        raise ValueError('no control message: %r' % packet[:20])
    at = 5 + packet[4]
    verb = packet[5:at].decode()
    count = struct.unpack('>H', packet[at:at + 2])[0]
    at += 2
    fields = []
    for _ in range(count):
        key = packet[at + 1:at + 1 + packet[at]].decode()
        at += 1 + packet[at]
        size = struct.unpack('>I', packet[at:at + 4])[0]
        fields.append((key, packet[at + 4:at + 4 + size].decode(errors='replace')))
        at += 4 + size
    return verb, fields


class Client:
    """One connection to a control socket."""

    def __init__(self, path, timeout=5):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(timeout)
        self.socket.connect(str(path))

    def send(self, verb, fields=()):
        self.socket.send(encode(verb, fields))

    def receive(self):
        packet = self.socket.recv(65536)
        if not packet:
            raise ConnectionError('closed')
        return decode(packet)

    def ask(self, verb, fields=()):
        """One request, one reply: (verb, [(key, value)...])."""
        self.send(verb, fields)
        return self.receive()

    def stream(self, verb, fields=()):
        """One request and its replies up to `end` or `error`."""
        self.send(verb, fields)
        replies = [self.receive()]
        while replies[-1][0] not in ('end', 'error'):
            replies.append(self.receive())
        return replies

    def close(self):
        self.socket.close()
