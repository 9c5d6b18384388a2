#!/usr/bin/env python3
"""`cmake --install` puts everything in place, and its systemd units are right and tightly closed."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

BUILD = pathlib.Path(os.environ["DOORS_BUILD"])
EXPECTED = ["sbin/doord", "sbin/doorsync", "sbin/doorkeeper", "bin/doorctl", "lib/systemd/system/doord.service",
            "lib/systemd/system/doorsync.service", "lib/systemd/system/doorkeeper.service", "lib/sysusers.d/doors.conf",
            "lib/tmpfiles.d/doors.conf", "share/doors/examples/config/doord.toml", "share/doors/examples/bgp/bird-door.conf",
            "share/doors/examples/systemd/doord-xdp.conf", "share/doors/examples/systemd/doorkeeper-bird.conf",
            "share/doors/examples/systemd/doorkeeper-frr.conf",
            "share/man/man1/doorctl.1", "share/man/man8/doord.8", "share/man/man8/doorsync.8", "share/man/man8/doorkeeper.8"]
MOST_EXPOSED = 2.0  # of systemd-analyze's scale; 10 is wide open


def run(*command: str, **options) -> str:
    done = subprocess.run(command, text=True, timeout=50, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False, **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout}")
    return done.stdout


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        root = pathlib.Path(directory)
        # The prefix is in the units too; they are read with it taken off.
        run("cmake", "--install", str(BUILD), "--prefix", directory)
        missing = [name for name in EXPECTED if not (root / name).exists()]
        if missing:
            sys.exit(f"not installed: {missing}")
        print(f"installed: {len(EXPECTED)} of {len(EXPECTED)} expected files are there")
        if shutil.which("systemd-analyze") is None:
            print("no systemd here: units not analyzed")
            return
        for program in ("doord", "doorsync", "doorkeeper"):
            unit = root / "lib/systemd/system" / f"{program}.service"
            text = unit.read_text()
            text = re.sub(r"^ExecStart=\S*", f"ExecStart={root}/sbin/{program}", text, flags=re.M)
            unit.write_text(re.sub(r"^Documentation=.*\n", "", text, flags=re.M))  # the man pages are not in man's path
            said = run("systemd-analyze", "verify", str(unit))
            complaints = [line for line in said.splitlines() if program in line]
            if complaints:
                sys.exit(f"{program}.service: {complaints}")
            said = run("systemd-analyze", "security", "--no-pager", "--offline=true", str(unit))
            exposure = float(re.search(r"Overall exposure level.*: ([0-9.]+)", said).group(1))
            print(f"{program}.service: exposure {exposure}")
            if exposure > MOST_EXPOSED:
                sys.exit(f"{program}.service: exposure {exposure}, at most {MOST_EXPOSED}")


if __name__ == "__main__":
    main()
