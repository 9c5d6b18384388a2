"""The zones that are served and asked for; made once and kept below the work directory."""
import dataclasses
import hashlib
import os
import pathlib
import random
import shutil
import subprocess
import sys

from harness.machine import ROOT, say
from harness.trouble import Trouble

QUESTIONS = {"small": 50_000, "full": 1_000_000}


@dataclasses.dataclass(frozen=True)
class Recipe:
    shape: str                    # as bench_zone knows it; "root" is the one of tests/data
    count: dict[str, int]         # per scale: names, delegations or zones
    mixes: tuple[str, ...]        # "do-" before one asks with DO
    sign: str = ""                # nsec, nsec3


RECIPES = {
    "root": Recipe("root", {"small": 0, "full": 0}, ("positive", "referral", "nxdomain", "random", "do-positive",
                                                      "do-referral", "do-nxdomain")),
    "names-1k": Recipe("names", {"small": 1000, "full": 1000}, ("positive", "nxdomain", "random")),
    "delegations-1m": Recipe("delegations", {"small": 10_000, "full": 1_000_000}, ("referral", "nxdomain", "random")),
    "names-10m": Recipe("names", {"small": 50_000, "full": 5_000_000}, ("positive", "nxdomain", "random")),
    "zones-100k": Recipe("zones", {"small": 1000, "full": 100_000}, ("positive", "nxdomain", "random")),
    "zones-1m": Recipe("zones", {"small": 5000, "full": 1_000_000}, ("positive", "random")),
    "nsec-100k": Recipe("names", {"small": 2000, "full": 100_000}, ("do-positive", "do-nxdomain", "do-random"), "nsec"),
    "nsec3-100k": Recipe("names", {"small": 2000, "full": 100_000}, ("do-positive", "do-nxdomain", "do-random"), "nsec3"),
}


class ZoneSet:
    """One recipe at one scale. `files` lists (origin, file); `records` counts them all."""

    def __init__(self, name: str, options):
        self.name, self.recipe, self.options = name, RECIPES[name], options
        self.count = self.recipe.count[options.scale]
        self.mixes = self.recipe.mixes
        marks = b"".join((ROOT / "bench/tools" / file).read_bytes() for file in ("random.h", "zone.cpp", "questions.cpp"))
        key = hashlib.sha256(repr(dataclasses.astuple(self.recipe)).encode() + marks).hexdigest()[:8]
        self.home = options.work / "zones" / f"{name}-{options.scale}-{key}"
        self.home.mkdir(parents=True, exist_ok=True)
        self.file = self.home / "zone"
        self.origin = {"root": ".", "names": "example.", "delegations": "tld.", "zones": ""}[self.recipe.shape]

    def make(self) -> None:
        """Makes what is not there yet; an interrupted making leaves nothing that looks whole."""
        if self.file.exists():
            return
        say(f"{self.name}: making the zone")
        half = self.home / "half"
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir()
        if self.recipe.shape == "root":
            subprocess.run([sys.executable, "-B", ROOT / "tests/support/unpack.py", half,
                            ROOT / "tests/data/root-2021-signed.zone.xz"], check=True)
            os.rename(half / "root-2021-signed.zone", self.file)
        elif self.recipe.shape == "zones":
            (half / "zones").mkdir()
            subprocess.run([self.tool, "zones", str(self.count), half / "zones"], check=True)
            os.rename(half / "zones", self.file)
        else:
            self.write(half / "zone", 1)
            os.rename(self.sign(half) if self.recipe.sign else half / "zone", self.file)
        shutil.rmtree(half)

    @property
    def tool(self) -> str:
        return str(self.options.bin / "bench_zone")

    def write(self, path: pathlib.Path, serial: int) -> None:
        """The zone's text with this serial."""
        with path.open("wb") as out:
            subprocess.run([self.tool, self.recipe.shape, str(self.count), str(serial)], stdout=out, check=True)

    def sign(self, directory: pathlib.Path) -> pathlib.Path:
        """Signed with ECDSA P-256 for ten years by BIND's tools, on all cores."""
        say(f"{self.name}: signing {self.count:,} names")

        def run(*command: str) -> str:
            try:
                return subprocess.run(command, cwd=directory, check=True, text=True, capture_output=True).stdout
            except FileNotFoundError:
                raise Trouble(f"{command[0]} is missing: it is in Debian's bind9-utils") from None
            except subprocess.CalledProcessError as error:
                raise Trouble(f"{command[0]}: {error.stderr.strip()[-300:]}") from None
        keys = [run("dnssec-keygen", "-q", "-a", "ECDSAP256SHA256", *flags, "example.").strip() for flags in ((), ("-f", "KSK"))]
        with (directory / "zone").open("a") as zone:
            for key in keys:
                zone.write((directory / f"{key}.key").read_text())
        denial = ("-3", "-", "-H", "0") if self.recipe.sign == "nsec3" else ()
        run("dnssec-signzone", "-q", "-P", "-o", "example.", "-O", "full", "-e", "now+315360000", *denial, "-k", keys[1],
            "-f", "signed", "zone", keys[0])
        return directory / "signed"

    @property
    def files(self) -> list[tuple[str, pathlib.Path]]:
        if self.recipe.shape != "zones":
            return [(self.origin, self.file)]
        listed = subprocess.run([self.tool, "origins", str(self.count)], text=True, stdout=subprocess.PIPE, check=True).stdout
        return [(origin, self.file / path) for origin, path in (line.split() for line in listed.splitlines())]

    @property
    def records(self) -> int:
        if self.recipe.shape == "zones":
            return 7 * self.count
        with self.file.open("rb") as text:  # lines that are neither directives, comments nor blank
            return sum(1 for line in text if line[:1] not in b"$;\n")

    @property
    def probe(self) -> tuple[str, str]:
        """A question that is answered with NOERROR and records: from the middle of what is asked for."""
        mix = next(mix for mix in self.mixes if mix.removeprefix("do-") in ("positive", "referral"))
        with self.questions(mix).open() as lines:
            name, rtype = next(line for number, line in enumerate(lines) if number == 1000).split()
        return name, rtype

    @property
    def first_name(self) -> str:
        """The owner of the record that changes in `update`; of zones of names."""
        with self.file.open() as text:
            return next(line for number, line in enumerate(text) if number == 7).split()[0] + "." + self.origin

    def write_changed(self, path: pathlib.Path, serial: int, address: str) -> None:
        """The zone's text with a new serial and another address for first_name."""
        with self.file.open("rb") as text, path.open("wb") as out:
            for number in range(8):
                line = next(text)
                if number == 2:
                    line = line.replace(b" 1 7200", f" {serial} 7200".encode())
                elif number == 7:
                    line = line.rpartition(b" ")[0] + f" {address}\n".encode()
                out.write(line)
            shutil.copyfileobj(text, out, 1 << 20)

    def questions(self, mix: str) -> pathlib.Path:
        """A file of questions, the same for all servers."""
        mix = mix.removeprefix("flood-").removeprefix("do-")
        number = QUESTIONS["small" if self.count <= 1000 else self.options.scale]
        path = self.home / f"{mix}-{number}.questions"
        if not path.exists():
            half = path.with_suffix(".half")
            with half.open("wb") as out:
                if self.recipe.shape == "root":
                    out.write("".join(line + "\n" for line in root_questions(self.file, mix, number)).encode())
                else:
                    subprocess.run([self.tool, self.recipe.shape, str(self.count), mix, str(number)], stdout=out, check=True)
            os.rename(half, path)
        return path


def root_questions(zone: pathlib.Path, mix: str, number: int) -> list[str]:
    """What a root server answers by itself: DS of top-level domains and the apex; referrals; names that do not exist."""
    words = [line.split()[:4] for line in zone.read_text().splitlines()]
    draw = random.Random(1)

    def owners(rtype: str) -> list[str]:
        return sorted({fields[0] for fields in words if len(fields) == 4 and fields[3] == rtype} - {"."})
    signed, delegated = owners("DS"), owners("NS")

    def word(length: int) -> str:
        return "".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=length))

    def one(what: str) -> str:
        if what == "positive":
            return f"{draw.choice(signed)} DS" if draw.random() < 0.95 else ". " + draw.choice(("SOA", "NS"))
        if what == "referral":
            return f"{word(8)}.{draw.choice(delegated)} A"
        if what == "nxdomain":
            return f"{word(8)}.{word(12)}. A"
        return one(draw.choices(("positive", "referral", "nxdomain"), (1, 5, 4))[0])
    return [one(mix) for _ in range(number)]
