"""ISC's BIND."""
from harness.server import Server, find, version_of


class Named(Server):
    name = "named"
    dynamic = False  # takes UPDATE from 127.0.0.1

    @classmethod
    def program(cls):
        return find("NAMED", "named")

    @classmethod
    def version(cls) -> str:
        return version_of([cls.program(), "-v"])

    def prepare(self) -> None:
        head = f"""
options {{
  directory "{self.home}";
  pid-file "{self.home}/pid";
  session-keyfile "{self.home}/session.key";
  lock-file none;
  listen-on port {self.port} {{ 127.0.0.1; }};
  listen-on-v6 {{ none; }};
  recursion no;
  minimal-responses yes;
  notify no;
  check-names primary ignore;
  check-integrity no;
  max-journal-size 100m;
  tcp-clients 1000;
  querylog no;
}};
controls {{ }};
"""
        allow = "allow-update { 127.0.0.1; }; " if self.dynamic else ""
        with (self.home / "named.conf").open("w") as out:
            out.write(head)
            for origin, path in self.zones.files:
                out.write(f'zone "{origin}" {{ type primary; {allow}file "{path}"; }};\n')

    def command(self) -> list[str]:
        return [self.program(), "-f", "-n", "1", "-c", str(self.home / "named.conf")]
