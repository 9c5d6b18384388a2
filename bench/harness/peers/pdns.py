"""PowerDNS, with its backend that reads zone files into memory: the fastest it has."""
from harness.server import Server, find, version_of


class Pdns(Server):
    name = "pdns"

    @classmethod
    def program(cls):
        return find("PDNS", "pdns_server")

    @classmethod
    def version(cls) -> str:
        return version_of([cls.program(), "--version"])

    def prepare(self) -> None:
        with (self.home / "named.conf").open("w") as out:
            for origin, path in self.zones.files:
                out.write(f'zone "{origin}" {{ type master; file "{path}"; }};\n')
        # A database of keys makes it take signed zones as they are.
        (self.home / "pdns.conf").write_text(f"""
launch=bind
bind-config={self.home}/named.conf
bind-dnssec-db=
bind-check-interval=0
local-address=127.0.0.1
local-port={self.port}
socket-dir={self.home}
daemon=no
guardian=no
receiver-threads=1
distributor-threads=1
reuseport=no
max-tcp-connections=1000
webserver=no
api=no
security-poll-suffix=
version-string=anonymous
zone-cache-refresh-interval=0
loglevel=4
""")

    def command(self) -> list[str]:
        return [self.program(), f"--config-dir={self.home}"]
