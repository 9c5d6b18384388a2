"""What has to be shown, and whether the kept results show it."""
import dataclasses

OURS = "doord"


@dataclasses.dataclass(frozen=True)
class Aim:
    what: str
    kind: str
    zone: str
    mix: str
    figure: str           # a figure or ratio of a row
    limit: float
    server: str = OURS
    least: bool = False   # the limit is the least, not the most


def cpu(what: str, zone: str, mixes: str, limit: float, figure: str = "to_best_peer") -> list[Aim]:
    return [Aim(f"{what}: {mix}", "sockets", zone, mix, figure, limit) for mix in mixes.split()]


AIMS = [
    *cpu("CPU, root, to the best peer", "root", "positive referral nxdomain", 1.00),
    *cpu("CPU, 1k names, to the best peer", "names-1k", "positive", 1.00),
    *cpu("CPU, root, to the recvfrom echo", "root", "positive referral nxdomain", 1.05, "to_echo"),
    *cpu("CPU, 1k names, to the recvfrom echo", "names-1k", "positive", 1.05, "to_echo"),
    *cpu("CPU, 1k names, to the recvmmsg echo", "names-1k", "positive", 1.05, "to_echo-batch"),
    Aim("CPU at 50 kq/s, root, to the best peer", "fixed", "root", "positive", "to_best_peer", 0.90),
    Aim("CPU at 50 kq/s, 1k names, to the best peer", "fixed", "names-1k", "positive", "to_best_peer", 0.90),
    *cpu("CPU, 1M delegations, to the best peer", "delegations-1m", "referral nxdomain", 0.65),
    *cpu("user CPU, 1M delegations, to the best peer", "delegations-1m", "referral nxdomain", 0.20, "user_to_best_peer"),
    *cpu("CPU, 100k small zones, to the best peer", "zones-100k", "random", 0.70),
    Aim("CPU, 10M records, to ours with 1k names", "flat", "names-10m", "positive", "to_small", 1.3),
    *cpu("CPU, 100k signed names, DO, to the best peer: NSEC", "nsec-100k", "do-positive do-nxdomain", 0.65),
    *cpu("CPU, 100k signed names, DO, to the best peer: NSEC3", "nsec3-100k", "do-nxdomain", 0.50),
    Aim("AF_XDP, root, to the best peer's", "xdp", "root", "positive", "to_best_peer", 0.92, "doord, XDP"),
    Aim("AF_XDP, root, to the AF_XDP echo", "xdp", "root", "positive", "to_echo, XDP", 1.10, "doord, XDP"),
    Aim("AF_XDP, 1M delegations, to the best peer's", "xdp", "delegations-1m", "referral", "to_best_peer", 0.55, "doord, XDP"),
    Aim("AF_XDP, answers a CPU second, times our sockets'", "xdp", "root", "positive", "over_sockets", 1.4, "doord, XDP", True),
    Aim("the same under a flood", "xdp", "root", "flood-positive", "over_sockets", 2.0, "doord, XDP", True),
    Aim("start with 10M records, s", "start", "names-10m", "", "seconds", 0.1),
    Aim("start with 1M small zones, s", "start", "zones-1m", "", "seconds", 0.5),
    Aim("memory a record, 3M records, to the best peer", "memory", "delegations-1m", "", "to_best_peer", 0.3),
    Aim("one record of 10M changed, ms to served", "update", "names-10m", "", "ms", 20, "pop, change"),
    Aim("the same: queries lost", "update", "names-10m", "", "lost", 0, "pop, change"),
    Aim("the same: p99 during, to before", "update", "names-10m", "", "p99_moved", 1.1, "pop, change"),
    Aim("the same: memory of doord at its peak, to before", "update", "names-10m", "", "peak", 1.2, "pop, change"),
    Aim("text of 3M records to served, to NSD's start", "publish", "delegations-1m", "", "to_nsd", 1.0, "pop"),
    Aim("TCP, CPU, pipelined, to the best peer", "tcp", "names-1k", "positive", "to_best_peer", 0.70),
    Aim("TCP, CPU, one question a connection, to the best peer", "tcp-each", "names-1k", "positive", "to_best_peer", 0.95),
]


def table(rows: list[dict]) -> str:
    """Each aim and what was seen, as Markdown."""
    lines = ["| what | aim | seen | |", "|---|---|---|---|"]
    for aim in AIMS:
        seen = next((row.get(aim.figure) for row in rows if row["scale"] == "full" and (row["kind"], row["zone"], row["mix"], row["server"])
                     == (aim.kind, aim.zone, aim.mix, aim.server)), None)
        sign = "≥" if aim.least else "≤"
        if seen is None:
            told, reached = "not measured", ""
        else:
            told = f"{seen:.3g}"
            reached = "reached" if (seen >= aim.limit if aim.least else seen <= aim.limit) else "**not reached**"
        lines.append(f"| {aim.what} | {sign} {aim.limit:g} | {told} | {reached} |")
    return "\n".join(lines)
