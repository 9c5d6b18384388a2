"""Debian's NSD, Knot and BIND as secondaries of ours: copies of our own, on high loopback ports, in a directory."""
import base64
import os
import shutil
import subprocess

from ctl_support import PATIENCE, Program, fail, free_port, wait_until


def need(*programs):
    """Skips the test where one of them is missing."""
    for program in programs:
        if shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin") is None:
            print(f"skipped: there is no {program}")
            raise SystemExit(77)


def endpoint(address):
    host, port = address.rsplit(":", 1)
    return host, port


def dig(address, *words, key=None):
    """dig's output; with a key as -y wants it."""
    host, port = endpoint(address)
    signing = ["-y", key] if key else []
    done = subprocess.run(["dig", f"@{host}", "-p", port, *signing, "+tries=1", "+time=5", *words], text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=PATIENCE, check=False)
    return done.stdout


def records_of(text):
    """The records of a listing as a sorted list, the repeated SOA once: (owner, TTL, class, type, RDATA)."""
    records = set()
    for line in text.splitlines():
        if not line or line.startswith(";"):
            continue
        owner, ttl, rrclass, rrtype, *rdata = line.split()
        if rrtype == "TSIG":
            continue
        # Long base64 and hexadecimal is cut into words in one listing and not in another.
        records.add((owner, ttl, rrclass, rrtype, "".join(rdata)))
    return sorted(records)


def transferred(address, zone, key=None):
    return records_of(dig(address, "+noall", "+answer", "+onesoa", zone, "AXFR", key=key))


def records_of_file(origin, path):
    """What BIND reads in the file."""
    done = subprocess.run(["named-checkzone", "-i", "none", "-k", "ignore", "-n", "ignore", "-r", "ignore", "-s", "full",
                           "-q", "-o", "-", origin, str(path)], text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, timeout=PATIENCE, check=False)
    if done.returncode != 0:
        fail(f"named-checkzone of {path}: {done.stdout}")
    return records_of(done.stdout)


class Secondary:
    """One peer that follows our zones. Subclasses write its config and say how it is started."""
    holds_large_rrsets = True

    def __init__(self, directory, primary, zones, key):
        self.directory = directory / type(self).__name__.lower()
        self.directory.mkdir()
        self.primary, self.zones, self.key = endpoint(primary), zones, key
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.log = open(self.directory / "log", "wb")
        self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                        cwd=self.directory)
        Program.running.append(self)

    def secret(self):
        return base64.b64encode(self.key.secret).decode()

    def wait_for(self, zone, serial):
        def is_there():
            if self.process.poll() is not None:
                fail(f"{type(self).__name__} ended:\n{(self.directory / 'log').read_text(errors='replace')}")
            return f" {serial} " in dig(self.address, "+short", zone, "SOA")
        wait_until(is_there, f"{type(self).__name__} to serve {zone} {serial}")

    def stop(self):
        Program.running.remove(self)
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


class Nsd(Secondary):
    def command(self):
        zones = "".join(f"""
zone:
  name: "{zone}"
  zonefile: "{self.directory}/zone{i}"
  request-xfr: AXFR {self.primary[0]}@{self.primary[1]} {self.key.name}
  provide-xfr: 127.0.0.1 NOKEY
""" for i, zone in enumerate(self.zones))
        (self.directory / "nsd.conf").write_text(f"""
server:
  ip-address: 127.0.0.1@{self.port}
  username: ""
  pidfile: "{self.directory}/pid"
  xfrdfile: "{self.directory}/xfrd"
  zonelistfile: "{self.directory}/zones"
  database: ""
  zonesdir: "{self.directory}"
  xfrdir: "{self.directory}"
  server-count: 1
remote-control:
  control-enable: no
key:
  name: "{self.key.name}"
  algorithm: {self.key.algorithm}
  secret: "{self.secret()}"
{zones}""")
        return ["/usr/sbin/nsd", "-d", "-c", str(self.directory / "nsd.conf")]


class Knot(Secondary):
    holds_large_rrsets = False  # it takes an RRset larger than a message, and hands it on to nobody

    def command(self):
        zones = "".join(f"  - domain: \"{zone}\"\n    master: ours\n    acl: tests\n" for zone in self.zones)
        (self.directory / "knot.conf").write_text(f"""
server:
  listen: 127.0.0.1@{self.port}
  rundir: "{self.directory}"
database:
  storage: "{self.directory}"
key:
  - id: {self.key.name}
    algorithm: {self.key.algorithm}
    secret: {self.secret()}
remote:
  - id: ours
    address: {self.primary[0]}@{self.primary[1]}
    key: {self.key.name}
acl:
  - id: tests
    address: 127.0.0.1
    action: transfer
template:
  - id: default
    storage: "{self.directory}"
    zonefile-sync: -1
    semantic-checks: off
zone:
{zones}""")
        return ["/usr/sbin/knotd", "-c", str(self.directory / "knot.conf")]


class Bind(Secondary):
    holds_large_rrsets = False  # 64 KiB at most

    def command(self):
        zones = "".join(f"""
zone "{zone}" {{
  type secondary; primaries {{ {self.primary[0]} port {self.primary[1]} key "{self.key.name}"; }};
  allow-transfer {{ 127.0.0.1; }};
}};""" for zone in self.zones)
        (self.directory / "named.conf").write_text(f"""
options {{
  directory "{self.directory}"; listen-on port {self.port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
  pid-file "{self.directory}/pid"; session-keyfile "{self.directory}/session.key"; recursion no; notify no;
  dnssec-validation no; request-ixfr no; managed-keys-directory "{self.directory}"; check-names secondary ignore;
}};
controls {{ }};
key "{self.key.name}" {{ algorithm {self.key.algorithm}; secret "{self.secret()}"; }};
{zones}
""")
        return ["/usr/sbin/named", "-g", "-c", str(self.directory / "named.conf"), "-n", "1"]
