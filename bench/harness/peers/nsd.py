"""NLnet Labs' NSD."""
from harness.server import Server, find, version_of


class Nsd(Server):
    name = "nsd"
    primary = None  # port of a primary to have the zone from; None: it is a primary itself

    @classmethod
    def program(cls):
        return find("NSD", "nsd")

    @classmethod
    def version(cls) -> str:
        return version_of([cls.program(), "-v"])

    def extra(self) -> str:
        """More for the section of the server."""
        return ""

    def prepare(self) -> None:
        upstream = f"""  allow-notify: 127.0.0.1 NOKEY
  request-xfr: 127.0.0.1@{self.primary} NOKEY
""" if self.primary else ""
        head = f"""
server:
  server-count: 1
  ip-address: {self.address}@{self.port}
  username: ""
  chroot: ""
  zonesdir: "{self.home}"
  database: ""
  pidfile: "{self.home}/pid"
  xfrdfile: "{self.home}/xfrd"
  xfrdir: "{self.home}"
  zonelistfile: "{self.home}/zones"
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
  minimal-responses: yes
  tcp-count: 1000
  tcp-timeout: 30
  xfrd-reload-timeout: 0
{self.extra()}remote-control:
  control-enable: no
"""
        with (self.home / "nsd.conf").open("w") as out:
            out.write(head)
            for origin, path in self.zones.files:
                out.write(f'zone:\n  name: "{origin}"\n  zonefile: "{path}"\n{upstream}')

    def command(self) -> list[str]:
        return [self.program(), "-d", "-c", str(self.home / "nsd.conf")]
