"""The lab's network: a namespace for each machine, veth pairs for the lines between them. Needs root.

              c-ams                     c-sin                     c-gru           clients, each behind one transit
                |                         |                         |
              t-ams  AS 64601 ------ t-sin AS 64602 ------ t-gru AS 64603         transits: BIRD, each joined to both
                |       \\_________________|_________________/      |               others, choosing by AS path
               ams  AS 65001             sin  AS 65002             gru  AS 65003  PoPs: our programs and BIRD

All of them hold documentation addresses (RFC 5737, 3849); nothing leaves the namespaces.
"""
import dataclasses
import subprocess

SITES = ("ams", "sin", "gru")
SERVICE4, SERVICE6 = "192.0.2.53", "2001:db8:53::53"
PREFIX4, PREFIX6 = "192.0.2.0/24", "2001:db8:53::/48"
LEASE4, LEASE6 = "192.0.2.1/24", "2001:db8:53::1/48"


def pop_as(site: str) -> int:
    return 65001 + SITES.index(site)


def transit_as(site: str) -> int:
    return 64601 + SITES.index(site)


@dataclasses.dataclass(frozen=True)
class End:
    """One end of a line: which node, its interface, its addresses."""
    node: str
    device: str
    v4: str
    v6: str


@dataclasses.dataclass(frozen=True)
class Line:
    number: int
    a: End
    b: End

    def end(self, node: str) -> End:
        return self.a if self.a.node == node else self.b

    def other(self, node: str) -> End:
        return self.b if self.a.node == node else self.a


def _line(number: int, a: str, b: str) -> Line:
    return Line(number,
                End(a, f"to-{b}", f"198.51.100.{4 * number + 1}", f"2001:db8:ff:{number:x}::1"),
                End(b, f"to-{a}", f"198.51.100.{4 * number + 2}", f"2001:db8:ff:{number:x}::2"))


def lines() -> list[Line]:
    """All lines; the first end is the transit's where there is one transit only."""
    pairs = [(f"t-{site}", site) for site in SITES] + [(f"t-{site}", f"c-{site}") for site in SITES]
    pairs += [(f"t-{SITES[i]}", f"t-{SITES[k]}") for i in range(3) for k in range(i + 1, 3)]
    return [_line(number, a, b) for number, (a, b) in enumerate(pairs)]


def nodes() -> list[str]:
    return [prefix + site for prefix in ("", "t-", "c-") for site in SITES]


def lines_of(node: str) -> list[Line]:
    return [line for line in lines() if node in (line.a.node, line.b.node)]


class Network:
    """The namespaces of one lab; `name` keeps several labs apart."""

    def __init__(self, name: str):
        self.name = name

    def namespace(self, node: str) -> str:
        return f"{self.name}-{node}"

    def command(self, node: str, *command: str) -> list[str]:
        """`command` as it is run on that node; its process ID is the one started."""
        return ["ip", "netns", "exec", self.namespace(node), *command]

    def run(self, node: str, *command: str, check: bool = True, timeout: float = 30) -> subprocess.CompletedProcess:
        return subprocess.run(self.command(node, *command), check=check, timeout=timeout, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def up(self) -> None:
        for node in nodes():
            _run(["ip", "netns", "add", self.namespace(node)])
        # A veth pair is made between its two namespaces at once: the host never sees it.
        _batch([], [f"link add {line.a.device} netns {self.namespace(line.a.node)} type veth "
                    f"peer name {line.b.device} netns {self.namespace(line.b.node)}" for line in lines()])
        for node in nodes():
            self._set_up(node)

    def _set_up(self, node: str) -> None:
        kind, site = (node.split("-") if "-" in node else ("p", node))
        # Without duplicate address detection a line is of use at once, not a second later.
        settings = ["net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.default.accept_dad=0",
                    "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0"]
        settings += [f"net.ipv6.conf.{line.end(node).device}.accept_dad=0" for line in lines_of(node)]
        if kind == "t":
            settings += ["net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"]
        self.run(node, "sysctl", "-qw", *settings)
        batch = ["link set lo up"]
        for line in lines_of(node):
            end = line.end(node)
            batch += [f"address add {end.v4}/30 dev {end.device}", f"address add {end.v6}/64 dev {end.device} nodad",
                      f"link set {end.device} up"]
        if kind == "p":
            batch += [f"address add {SERVICE4}/32 dev lo", f"address add {SERVICE6}/128 dev lo nodad"]
            for lane in ("door-up", "door-far", "door-drain"):
                batch += [f"link add {lane} type {lease_device()}", f"link set {lane} up"]
        if kind in ("p", "c"):
            gateway = lines_of(node)[0].other(node)
            batch += [f"route add default via {gateway.v4}", f"route add default via {gateway.v6}"]
        _batch(["-n", self.namespace(node)], batch)

    def processes(self) -> list[int]:
        """All that runs in the namespaces, whoever started it."""
        found = []
        for node in nodes():
            done = subprocess.run(["ip", "netns", "pids", self.namespace(node)], text=True, check=False,
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            found += [int(pid) for pid in done.stdout.split()]
        return found

    def down(self) -> None:
        """Removes the namespaces; with them go their devices, addresses and routes."""
        present = {line.split()[0] for line in _run(["ip", "netns", "list"]).splitlines() if line.strip()}
        for node in nodes():
            if self.namespace(node) in present:
                _run(["ip", "netns", "delete", self.namespace(node)])


_lease_device = None


def lease_device() -> str:
    """The kind of device that the leases sit on: `dummy`, or `ifb` where the kernel has none."""
    global _lease_device
    if _lease_device is None:
        _lease_device = next((kind for kind in ("dummy", "ifb") if _kernel_has(kind)), None)
        if _lease_device is None:
            raise RuntimeError("this kernel has neither dummy nor ifb devices")
    return _lease_device


def _kernel_has(kind: str) -> bool:
    """Tries it in a namespace of its own, which is gone at once."""
    return subprocess.run(["unshare", "--net", "ip", "link", "add", "probe0", "type", kind], check=False,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def can_run() -> bool:
    """Whether this process may make network namespaces."""
    return subprocess.run(["unshare", "--net", "ip", "link", "set", "lo", "up"], check=False,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def _run(command: list[str], **options) -> str:
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def _batch(options: list[str], commands: list[str]) -> None:
    _run(["ip", *options, "-batch", "-"], input="\n".join(commands) + "\n")
