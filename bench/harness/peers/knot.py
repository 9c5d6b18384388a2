"""CZ.NIC's Knot DNS."""
from harness.server import Server, find, version_of


class Knot(Server):
    name = "knot"
    dynamic = False  # takes UPDATE from 127.0.0.1

    @classmethod
    def program(cls):
        return find("KNOTD", "knotd")

    @classmethod
    def version(cls) -> str:
        return version_of([cls.program(), "-V"])

    def extra(self) -> str:
        """More sections."""
        return ""

    def prepare(self) -> None:
        acl = "acl:\n  - id: local\n    address: 127.0.0.1\n    action: update\n" if self.dynamic else ""
        head = f"""
server:
  rundir: "{self.home}"
  listen: {self.address}@{self.port}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
  tcp-max-clients: 1000
  tcp-idle-timeout: 30
database:
  storage: "{self.home}"
log:
  - target: stderr
    any: warning
{self.extra()}{acl}template:
  - id: default
    zonefile-sync: -1
    journal-content: {"changes" if self.dynamic else "none"}
    zonefile-load: {"difference" if self.dynamic else "whole"}
    semantic-checks: off
{"    acl: local" if self.dynamic else ""}
zone:
"""
        with (self.home / "knot.conf").open("w") as out:
            out.write(head)
            for origin, path in self.zones.files:
                out.write(f'  - domain: "{origin}"\n    file: "{path}"\n')

    def command(self) -> list[str]:
        return [self.program(), "-c", str(self.home / "knot.conf")]
