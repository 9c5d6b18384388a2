"""Results that are kept, and the document that is written from them."""
import json
import pathlib

from harness import aims, plot, summary
from harness.kinds import KINDS
from harness.machine import ROOT, say

BEGIN, END = "<!-- figures: written by bench/run --report -->", "<!-- end of figures -->"


def keep(results: pathlib.Path, about: dict, samples: list[dict]) -> None:
    """Keeps samples by kind, zone and scale. Of the kinds whose servers are measured alone, those of other servers stay."""
    for kind, zone, scale in sorted({(one["kind"], one["zone"], one["scale"]) for one in samples}):
        new = [one for one in samples if (one["kind"], one["zone"]) == (kind, zone)]
        path = results / f"{kind}-{zone}-{scale}.json"
        if path.exists():
            replaced = {(one["mix"], one["server"] if kind in summary.MERGED else "") for one in new}
            old = json.loads(path.read_text())["samples"]
            new = [one for one in old if (one["mix"], one["server"] if kind in summary.MERGED else "")
                   not in replaced] + new
        path.write_text(json.dumps({"about": about, "samples": new}, indent=1))


def load(results: pathlib.Path) -> tuple[list[dict], list[dict]]:
    """What is kept: the machines' descriptions, and all samples in the order of kinds; small zones where no others are."""
    abouts, samples = [], []
    for kind in KINDS:
        for path in sorted(results.glob(f"{kind}-*.json")):
            kept = json.loads(path.read_text())
            if "-small" in path.stem and path.with_stem(path.stem.replace("-small", "-full")).exists():
                continue
            mine = [one for one in kept["samples"] if one["kind"] == kind]
            if mine:
                abouts.append(kept["about"])
                samples += mine
    return abouts, samples


def write(results: pathlib.Path, readme: pathlib.Path = ROOT / "bench/README.md") -> int:
    """Puts the tables between the marks of a document and draws figures.svg beside it."""
    abouts, samples = load(results)
    if not samples:
        say(f"nothing is kept in {results}")
        return 1
    versions = sorted({(one["server"].partition(",")[0], one["version"]) for one in samples if one["version"]})
    first = abouts[0]
    text = [BEGIN, "", f"{first['cores']} cores, {first['cpu']}, Linux {first['kernel']}; "
            f"{min(one['when'] for one in abouts)} to {max(one['when'] for one in abouts)}; "
            f"load of the machine before each run {min(one['load'] for one in abouts):.1f} to {max(one['load'] for one in abouts):.1f}; "
            + ", ".join(f"{name} {version}" for name, version in versions) + ".", ""]
    every = summary.rows(samples)
    text += ["### Aims", "", aims.table(every), ""]
    for kind in KINDS:
        rows = [row for row in every if row["kind"] == kind]
        if rows:
            text += [f"### {kind}", "", KINDS[kind].about[0].upper() + KINDS[kind].about[1:] + ".", "", summary.table(rows), ""]
    before, _, rest = readme.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    readme.write_text(before + "\n".join(text) + END + after)
    readme.with_name("figures.svg").write_text(plot.draw(every))
    say(f"wrote {readme} and figures.svg beside it")
    return 0
