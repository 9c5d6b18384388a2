#!/usr/bin/env python3
"""bench/run in small: each kind gives figures that hang together, the loader counts right answers alone, servers that answer
otherwise are told, and nothing is left behind."""
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import types
import xml.dom.minidom

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "bench"))

from harness import agreement, aims, machine, message, summary  # noqa: E402

BIN = pathlib.Path(os.environ["DOORS_BIN"])


def run(work: pathlib.Path, *words: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, ROOT / "bench/run", "--bin", BIN, "--work", work, *words], text=True,
                          capture_output=True, check=False, timeout=100)


def each_kind_measures(work: pathlib.Path) -> None:
    kinds = ["sockets", "fixed", "tcp", "tcp-each", "flat", "start", "memory", "publish", "update"]
    if os.geteuid() == 0 and (BIN / "bench_xdp_echo").exists():
        kinds.append("xdp")
    wanted = {"sockets": {"doord", "echo", "echo-batch"}, "fixed": {"doord", "echo", "echo-batch"}, "tcp": {"doord", "echo-tcp"},
              "tcp-each": {"doord", "echo-tcp"}, "publish": {"pop"}, "xdp": {"doord, XDP", "doord, sockets", "echo, XDP"}}
    for kind in kinds:
        zones = {"sockets": "delegations-1m", "fixed": "names-1k", "start": "zones-1m", "xdp": "root"}.get(kind)
        done = run(work, kind, "--scale", "small", "--rounds", "2", "--seconds", "0.3", "--rate", "5000", "--peers", "",
                   *(["--zone", zones] if zones else []), "--json", str(work / "out.json"), "--svg", str(work / "out.svg"))
        assert done.returncode == 0, f"{kind}: {done.stderr}"
        written = json.loads((work / "out.json").read_text())
        rows = written["rows"]
        assert rows and all(row["main"] > 0 and row["least"] <= row["main"] <= row["most"] for row in rows), f"{kind}: {rows}"
        assert wanted.get(kind, set()) <= {row["server"] for row in rows}, f"{kind}: {rows}"
        for one in written["samples"]:
            if "answered" in one:
                late = one["mix"].startswith("flood-")  # a flood's answers may come when they are given up already
                assert one["answered"] + one["lost"] == one["sent"] and (one["strange"] == 0 or late), f"{kind}: {one}"
        assert "| " + rows[0]["zone"] in done.stdout, done.stdout
        xml.dom.minidom.parse(str(work / "out.svg"))
    report = work / "report.md"
    report.write_text("before\n<!-- figures: written by bench/run --report -->\nold\n<!-- end of figures -->\nafter\n")
    done = run(work, "--report", str(report))
    text = report.read_text()
    assert done.returncode == 0 and text.startswith("before\n") and text.endswith("after\n") and "old" not in text, text
    assert all(f"### {kind}" in text for kind in kinds) and aims.AIMS[0].what in text, text
    xml.dom.minidom.parse(str(work / "figures.svg"))


def bad_words_are_refused(work: pathlib.Path) -> None:
    for words in (["nonsense"], ["--zone", "nowhere"], ["--peers", "djbdns"]):
        assert run(work, *words).returncode == 2, words
    done = run(work, "sockets", "--scale", "small", "--zone", "names-1k", "--mix", "referral", "--peers", "")
    assert done.returncode == 1 and "has no mix referral" in done.stderr, done.stderr
    done = run(work, "sockets", "--bin", str(work))
    assert done.returncode == 2 and "is not built" in done.stderr, done.stderr


def answer(query: bytes, address: bytes) -> bytes:
    """A response to a query for an A record."""
    record = b"\xc0\x0c" + message.struct.pack("!HHIH", 1, 1, 60, 4) + address
    return query[:2] + b"\x84\0\0\1\0\1\0\0\0\0" + query[12:] + record


def the_loader_counts_only_answers(work: pathlib.Path) -> None:
    """Every third question is answered, every third with another id, every third with another question."""
    questions = work / "loader.questions"
    questions.write_text("".join(f"n{i}.example. A\n" for i in range(10)))
    port = machine.free_port()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", port))
        loader = subprocess.Popen([BIN / "bench_load", "--to", f"127.0.0.1:{port}", "--questions", questions, "--rate", "300",
                                   "--seconds", "0.5", "--patience", "0.3"], stdout=subprocess.PIPE, text=True)
        asked = 0
        udp.settimeout(0.2)
        while loader.poll() is None:
            try:
                query, peer = udp.recvfrom(512)
            except TimeoutError:
                continue
            good = answer(query, b"\x0a\0\0\1")
            bad = bytes([good[0] ^ 0x80]) + good[1:]
            other = good[:13] + b"x" + good[14:]
            udp.sendto((good, bad, other)[asked % 3], peer)
            asked += 1
        seen = json.loads(loader.communicate()[0])
    assert asked == seen["sent"] == 150, (asked, seen)
    assert seen["answered"] == 50 and seen["strange"] == 100 and seen["lost"] == 100 and seen["rcodes"][0] == 50, seen


def who_answers_otherwise_is_told(work: pathlib.Path) -> None:
    questions = work / "questions"
    questions.write_text("".join(f"n{i}.example. A\n" for i in range(100)))
    zones = types.SimpleNamespace(name="zone", questions=lambda mix: questions)

    def server(name: str, address_of) -> types.SimpleNamespace:
        return types.SimpleNamespace(name=name, ask=lambda query: answer(query, address_of(query)))
    right = lambda query: b"\x0a\0\0\1"
    once = lambda query: b"\x0a\0\0\2" if query[13:14 + query[12] - 1] in (b"n1", b"n2", b"n3") else right(query)
    servers = [server("one", right), server("two", right), server("odd", lambda query: b"\x0a\0\0\2"), server("rarely", once),
               types.SimpleNamespace(name="silent", ask=lambda query: None)]
    told = agreement.compare(servers, zones, "positive")
    assert told["odd"]["excluded"] and told["silent"]["excluded"] and "40 of 40" in told["odd"]["told"], told
    assert "one" not in told and "two" not in told and not told.get("rarely", {}).get("excluded"), told


def ratios_leave_out_who_is_wrong() -> None:
    def sample(server: str, us: float, role: str, **more) -> dict:
        return {"kind": "sockets", "zone": "z", "scale": "full", "mix": "m", "server": server, "role": role, "round": 0, "us": us, "user_us": us / 2,
                "version": "", **more}
    rows = {row["server"]: row for row in summary.rows(
        [sample("doord", us, "ours") for us in (2.0, 9.0, 4.0)] + [sample("wrong", 1.0, "peer", told="wrong", excluded=True),
                                                                   sample("good", 8.0, "peer"), sample("echo", 5.0, "floor")])}
    assert rows["doord"]["main"] == 4.0 and (rows["doord"]["least"], rows["doord"]["most"]) == (2.0, 9.0), rows
    assert rows["doord"]["to_best_peer"] == 0.5 and rows["doord"]["user_to_best_peer"] == 0.5 and rows["doord"]["to_echo"] == 0.8, rows


def main() -> int:
    if not (BIN / "bench_load").exists():
        print("built without benchmarks")
        return 77
    ratios_leave_out_who_is_wrong()
    with tempfile.TemporaryDirectory(prefix="doors-bench-test-") as scratch:
        work = pathlib.Path(scratch)
        the_loader_counts_only_answers(work)
        who_answers_otherwise_is_told(work)
        bad_words_are_refused(work)
        each_kind_measures(work)
    assert len(machine.family(os.getpid())) == 1, "processes are left behind"
    namespaces = [path.name for path in pathlib.Path("/run/netns").glob("doorsbench*")]
    left = [name for name in namespaces if not pathlib.Path("/proc", name[len("doorsbench"):].partition("-")[0]).exists()]
    assert not left, f"namespaces are left behind: {left}"
    return 0


if __name__ == "__main__":
    sys.exit(main())
