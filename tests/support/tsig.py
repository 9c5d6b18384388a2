"""Signs DNS messages and checks signatures (RFC 8945), for tests: a second hand, by Python's own HMAC."""
import hmac
import struct
import time

ALGORITHMS = {"hmac-sha1": "sha1", "hmac-sha224": "sha224", "hmac-sha256": "sha256", "hmac-sha384": "sha384",
              "hmac-sha512": "sha512"}
TSIG, ANY = 250, 255
FUDGE = 300


def wire_name(name):
    return b"".join(bytes([len(label)]) + label.encode().lower() for label in name.rstrip(".").split(".")) + b"\0"


class Key:
    def __init__(self, name, algorithm, secret):
        self.name, self.algorithm, self.secret = name, algorithm, secret

    def mac(self, *parts):
        return hmac.new(self.secret, b"".join(parts), ALGORITHMS[self.algorithm]).digest()

    def record(self, mac, when, message_id, error=0, other=b""):
        rdata = (wire_name(self.algorithm) + when.to_bytes(6, "big") + struct.pack("!HH", FUDGE, len(mac)) + mac +
                 struct.pack("!HHH", message_id, error, len(other)) + other)
        return wire_name(self.name) + struct.pack("!HHIH", TSIG, ANY, 0, len(rdata)) + rdata

    def variables(self, when, error=0, other=b""):
        return (wire_name(self.name) + struct.pack("!HI", ANY, 0) + wire_name(self.algorithm) + when.to_bytes(6, "big") +
                struct.pack("!HHH", FUDGE, error, len(other)) + other)

    def sign(self, query, when=None):
        """The signed query, and its MAC."""
        when = int(time.time()) if when is None else when
        mac = self.mac(query, self.variables(when))
        arcount = struct.unpack("!H", query[10:12])[0] + 1
        signed = query[:10] + struct.pack("!H", arcount) + query[12:]
        return signed + self.record(mac, when, struct.unpack("!H", query[:2])[0]), mac

    def check(self, message, before, first=True):
        """The MAC of a response whose record is right; `before` is the request's, or the one of the message before."""
        size = len(self.mac())
        for other_size in (0, 6):
            record_size = len(self.record(b"\0" * size, 0, 0, 0, b"\0" * other_size))
            at = len(message) - record_size
            if at < 12 or not message[at:].startswith(wire_name(self.name) + struct.pack("!HH", TSIG, ANY)):
                continue
            rdata = message[at + len(wire_name(self.name)) + 10 + len(wire_name(self.algorithm)):]
            when = int.from_bytes(rdata[:6], "big")
            mac = rdata[10:10 + size]
            _, error, other_length = struct.unpack("!HHH", rdata[10 + size:16 + size])
            other = rdata[16 + size:]
            if other_length != len(other):
                continue
            arcount = struct.unpack("!H", message[10:12])[0] - 1
            plain = message[:10] + struct.pack("!H", arcount) + message[12:at]
            over = self.variables(when, error, other) if first else when.to_bytes(6, "big") + struct.pack("!H", FUDGE)
            if self.mac(struct.pack("!H", len(before)), before, plain, over) != mac:
                raise AssertionError("the MAC is wrong")
            return mac
        raise AssertionError("there is no signature of this key")
