"""From samples to rows: medians, spread, and the ratio to the best peer and to the floor."""
import statistics

MAIN = {"sockets": "us", "fixed": "us", "tcp": "us", "tcp-each": "us", "flat": "us", "start": "seconds",
        "memory": "octets_per_record", "update": "ms", "publish": "seconds", "xdp": "us"}
MERGED = ("start", "memory", "update", "publish")  # kinds whose servers need not be measured side by side


ROLES = ("ours", "floor", "peer")
KEYS = ("kind", "zone", "scale", "mix", "server")


def group(samples: list[dict]) -> dict[tuple, list[dict]]:
    groups: dict[tuple, list[dict]] = {}
    for sample in samples:
        groups.setdefault(tuple(sample[key] for key in KEYS), []).append(sample)
    return groups


def rows(samples: list[dict]) -> list[dict]:
    """One row for each kind, zone, mix and server, in the order of the samples, ours first."""
    made = []
    for keys, runs in group(samples).items():
        numbers = [key for key, value in runs[0].items() if isinstance(value, (int, float)) and key not in ("round", "excluded")]
        main = [run[MAIN[runs[0]["kind"]]] for run in runs]
        made.append({**dict(zip(KEYS, keys)), "role": runs[0]["role"], "rounds": len(runs),
                     "told": runs[0].get("told", ""),
                     "excluded": runs[0].get("excluded", False), "main": statistics.median(main), "least": min(main), "most": max(main),
                     **{key: statistics.median(run[key] for run in runs) for key in numbers},
                     "lost": sum(run.get("lost", 0) for run in runs), "sent": sum(run.get("sent", 0) for run in runs)})
    for row in made:
        beside = [other for other in made if all(other[key] == row[key] for key in ("kind", "zone", "scale", "mix"))]
        peers = [other for other in beside if other["role"] == "peer" and not other["excluded"] and other is not row]
        row["to_best_peer"] = row["main"] / min(peer["main"] for peer in peers) if peers else None
        users = [peer["user_us"] for peer in peers if peer.get("user_us")]
        row["user_to_best_peer"] = row["user_us"] / min(users) if users and "user_us" in row else None
        for floor in (other for other in beside if other["role"] == "floor" and row["role"] != "floor"):
            row["to_" + floor["server"]] = row["main"] / floor["main"]
        row.update(special_ratios(row, made, beside))
    blocks = list(dict.fromkeys(tuple(row[key] for key in KEYS[:-1]) for row in made))
    return sorted(made, key=lambda row: (blocks.index(tuple(row[key] for key in KEYS[:-1])), ROLES.index(row["role"])))


def special_ratios(row: dict, made: list[dict], beside: list[dict]) -> dict[str, float]:
    """What only some kinds ask."""
    def main_of(rows: list[dict], **wanted) -> float | None:
        return next((other["main"] for other in rows if all(other[key] == value for key, value in wanted.items())), None)

    kind = row["kind"]
    if kind == "flat" and row["zone"] != "names-1k":
        small = main_of(made, kind="flat", zone="names-1k", scale=row["scale"], mix=row["mix"], server=row["server"])
        return {"to_small": row["main"] / small} if small else {}
    if kind == "xdp" and row["server"] == "doord, XDP":
        sockets = main_of(beside, server="doord, sockets")
        return {"over_sockets": sockets / row["main"]} if sockets else {}
    if kind == "update":
        return {"p99_moved": row["p99_us"] / row["p99_before_us"]}
    if kind == "publish" and row["role"] == "ours":
        nsd = main_of(beside, server="nsd")
        return {"to_nsd": row["main"] / nsd} if nsd else {}
    return {}


COLUMNS = {  # kind: (heading, how a row says it)
    "cpu": (("CPU per answer, µs (min–max)", lambda row: spread(row, 2)), ("user", lambda row: f"{row['user_us']:.2f}"),
            ("system", lambda row: f"{row['system_us']:.2f}"), ("answers/s", lambda row: f"{row['rate']:,.0f}"),
            ("lost", lambda row: f"{row['lost']:,} of {row['sent']:,}"), ("p50 / p99, µs", lambda row: f"{row['p50_us']:.0f} / {row['p99_us']:.0f}")),
    "seconds": (("seconds (min–max)", lambda row: spread(row, 3)),),
    "octets_per_record": (("octets a record (min–max)", lambda row: spread(row, 0)), ("PSS, MB", lambda row: f"{row['pss'] / 1e6:,.0f}")),
    "ms": (("ms to served (min–max)", lambda row: spread(row, 1)), ("whole command, ms", lambda row: f"{row.get('whole_ms', row['main']):,.1f}"),
           ("lost", lambda row: f"{row['lost']:,} of {row['sent']:,}"),
           ("p99 before / during, µs", lambda row: f"{row['p99_before_us']:.0f} / {row['p99_us']:.0f}"),
           ("peak / steady PSS", lambda row: f"{row['peak']:.2f}")),
}


def spread(row: dict, digits: int) -> str:
    return f"{row['main']:,.{digits}f} ({row['least']:,.{digits}f}–{row['most']:,.{digits}f})"


RATIOS = {"to_best_peer": "to best peer", "user_to_best_peer": "user to best peer", "to_echo": "to echo",
          "to_echo-batch": "to echo-batch", "to_echo-tcp": "to echo-tcp", "to_echo, XDP": "to echo, XDP",
          "over_sockets": "answers a CPU second, times sockets", "to_nsd": "to nsd", "to_small": "to names-1k"}


def table(made: list[dict]) -> str:
    """Rows of one kind as Markdown."""
    kind = made[0]["kind"]
    columns = COLUMNS["cpu" if MAIN[kind] == "us" else MAIN[kind]]
    if kind == "xdp":  # the kernel's share of it is no process's
        columns += (("server's core busy per answer, µs", lambda row: f"{row['core_us']:.2f}"),)
    ratios = [key for key in RATIOS if any(row.get(key) for row in made)]
    heads = ["zone", *(["mix"] if any(row["mix"] for row in made) else []), "server", *(head for head, _ in columns),
             *(RATIOS[key] for key in ratios)]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for row in made:
        name = row["server"] + (f" ({row['told']})" if row["told"] else "")
        cells = [row["zone"] + (" (small)" if row["scale"] == "small" else ""), *([row["mix"]] if "mix" in heads else []), name, *(say(row) for _, say in columns),
                 *(f"{row[key]:.2f}" if row.get(key) else "–" for key in ratios)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
