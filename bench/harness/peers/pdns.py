"""PowerDNS, with its backend that reads zone files into memory: the fastest it has."""
import shutil
import subprocess

from harness.server import Server, find, version_of
from harness.trouble import Trouble


class Pdns(Server):
    name = "pdns"

    @classmethod
    def program(cls):
        return find("PDNS", "pdns_server")

    @classmethod
    def version(cls) -> str:
        return version_of([cls.program(), "--version"])

    def prepare(self) -> None:
        # Only a database of keys makes it take a signed zone as it is.
        signed = self.zones.recipe.sign or self.zones.origin == "."
        database = self.home / "keys.sqlite3" if signed else ""
        with (self.home / "named.conf").open("w") as out:
            for origin, path in self.zones.files:
                out.write(f'zone "{origin}" {{ type master; file "{path}"; }};\n')
        (self.home / "pdns.conf").write_text(f"""
launch=bind
bind-config={self.home}/named.conf
bind-dnssec-db={database}
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
        if signed:
            database.unlink(missing_ok=True)
            self.util("create-bind-db", str(database))
            self.util("set-presigned", self.zones.origin)
            if self.zones.recipe.sign == "nsec3":
                self.util("set-nsec3", self.zones.origin, "1 0 0 -")

    def util(self, *words: str) -> None:
        command = [shutil.which("pdnsutil") or "pdnsutil", f"--config-dir={self.home}", *words]
        done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode != 0:
            raise Trouble(f"pdnsutil {words[0]}: {done.stdout[-300:]}")

    def command(self) -> list[str]:
        return [self.program(), f"--config-dir={self.home}"]
