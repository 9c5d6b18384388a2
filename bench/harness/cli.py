"""The command line of bench/run."""
import argparse
import json
import os
import pathlib
import signal
import sys
import tempfile

from harness import machine, plot, report, summary
from harness.doors import kept_pop
from harness.kinds import KINDS
from harness.machine import ROOT, say
from harness.peers import PEERS
from harness.trouble import Trouble
from harness.zones import RECIPES, ZoneSet

ABOUT = """Compares doord with an echo floor and with every peer that is installed: nsd, knot, named, pdns; others' binaries
by the environment: NSD=, KNOTD=, NAMED=, PDNS=. Each server has one worker on one core, the loader another core. A run is
interleaved, A B C A B C, so that what the machine does meanwhile hits all alike. Before measuring, the servers' answers
are compared; who answers otherwise is told and is no measure for others."""


def listed(kinds: dict) -> str:
    lines = ["kinds:"] + [f"  {name:9} {kind.about}\n{'':12}by default: " + "; ".join(
        zone + (" " + ",".join(mixes) if mixes else "") for zone, mixes in kind.zones.items()) for name, kind in kinds.items()]
    lines += ["zones (small / full):"] + [
        f"  {name:15} {recipe.shape}{' signed ' + recipe.sign if recipe.sign else ''}, {recipe.count['small']:,} / "
        f"{recipe.count['full']:,}; mixes {','.join(recipe.mixes)}" for name, recipe in RECIPES.items()]
    return "\n".join(lines)


def parse(words: list[str]):
    parser = argparse.ArgumentParser(prog="bench/run", description=ABOUT, epilog=listed(KINDS),
                                     formatter_class=argparse.RawDescriptionHelpFormatter)

    def commas(choices):
        def split(text: str) -> list[str]:
            for one in filter(None, text.split(",")):
                if one not in choices:
                    parser.error(f"{one} is none of {', '.join(choices)}")
            return [one for one in text.split(",") if one]
        return split
    parser.add_argument("kinds", nargs="*", metavar="KIND", help="what to measure, see below; default: sockets on the root zone")
    parser.add_argument("--list", action="store_true", help="kinds, zones and mixes")
    parser.add_argument("--make", action="store_true", help="make zones, questions and images (all, or --zone), and measure nothing")
    parser.add_argument("--report", type=pathlib.Path, nargs="?", const=ROOT / "bench/README.md", metavar="FILE",
                        help="write the tables of bench/README.md (or of another FILE with its marks) and figures.svg beside it from the kept results")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3, help="of each burst (default 3)")
    parser.add_argument("--rate", type=float, default=0, help="of kind fixed, questions a second (default 50000)")
    parser.add_argument("--scale", choices=("small", "full"), default="full", help="size of the zones")
    parser.add_argument("--zone", dest="zones", type=commas(RECIPES), default=[], metavar="ZONE,...")
    parser.add_argument("--mix", dest="mixes", type=lambda text: tuple(text.split(",")), default=(), metavar="MIX,...")
    parser.add_argument("--peers", type=commas(PEERS), default=list(PEERS), metavar="PEER,...", help="; none: --peers ''")
    parser.add_argument("--json", type=pathlib.Path, help="write all samples and rows of this run here")
    parser.add_argument("--svg", type=pathlib.Path, help="draw this run's rows here")
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / ".build/release/bin", help="where doord and bench_load are")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / ".build/bench", help="zones, images and results are kept here")
    parser.add_argument("--server-core", type=int, default=0)
    parser.add_argument("--loader-core", type=int, default=1)
    parser.add_argument("--nice", type=int, default=0, help="of servers and loader; below 0 on a busy machine, as root")
    parser.add_argument("--patience", type=int, default=300, help="seconds that a start or a change may take")
    options = parser.parse_args(words)
    unknown = [kind for kind in options.kinds if kind not in KINDS]
    if unknown:
        parser.error(f"no kind {unknown[0]}; there are {', '.join(KINDS)}")
    if not options.kinds and not options.make:
        options.kinds, options.zones = ["sockets"], options.zones or ["root"]
    options.bin, options.work = options.bin.resolve(), options.work.resolve()
    return options


def make(options) -> int:
    """What every run would make when it comes upon a zone for the first time."""
    for name in options.zones or RECIPES:
        zones = ZoneSet(name, options)
        with tempfile.TemporaryDirectory(prefix="doors-bench-") as scratch:
            options.scratch = pathlib.Path(scratch)
            try:
                zones.make()
                for mix in zones.mixes:
                    zones.questions(mix)
                kept_pop(zones, options)
            except Trouble as trouble:
                say(f"{name}: {trouble}")
                return 1
        say(f"{name}: is there")
    return 0


def main(words: list[str]) -> int:
    options = parse(words)
    if options.list:
        print(listed(KINDS))
        return 0
    results = options.work / "results"
    results.mkdir(parents=True, exist_ok=True)
    if options.report:
        return report.write(results, options.report)
    for tool in ("bench_load", "bench_zone", "bench_echo", "doord", "doorctl", "doorsync"):
        if not os.access(options.bin / tool, os.X_OK):
            say(f"{options.bin / tool} is not built: cmake --preset release && ninja -C .build/release")
            return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers are stopped and files removed
    if options.make:
        return make(options)
    about = machine.about()
    every, code = [], 0
    for name in options.kinds:
        try:
            samples = KINDS[name](options).run()
        except Trouble as trouble:
            say(f"{name}: {trouble}")
            samples = []
        if not samples:
            say(f"{name}: nothing was measured")
            code = 1
            continue
        if not any(one["role"] == "ours" for one in samples):
            say(f"{name}: ours was not measured")
            code = 1
        report.keep(results, about, samples)
        rows = summary.rows(samples)
        print(f"\n{name}: {KINDS[name].about}\n\n{summary.table(rows)}")
        every += samples
    if options.json:
        options.json.write_text(json.dumps({"about": about, "rows": summary.rows(every), "samples": every}, indent=1))
    if options.svg:
        options.svg.write_text(plot.draw(summary.rows(every)))
    return code
