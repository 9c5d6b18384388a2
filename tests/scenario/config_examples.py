#!/usr/bin/env python3
"""The commented configs of deploy/config are what the programs read, and a wrong key is refused with its line."""
import os
import pathlib
import subprocess
import sys
import tempfile

BIN = os.environ["DOORS_BIN"]
CONFIGS = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "config"


def check(program: str, path: pathlib.Path) -> tuple[int, str]:
    done = subprocess.run([os.path.join(BIN, program), "--config", str(path), "--check-config"], text=True, timeout=30,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        for program in ("doord", "doorsync", "doorkeeper"):
            good = CONFIGS / f"{program}.toml"
            code, said = check(program, good)
            if code != 0:
                sys.exit(f"{good}: exit code {code}\n{said}")
            lines = good.read_text().splitlines()
            at = lines.index("[log]") + 2
            wrong = pathlib.Path(directory, f"{program}.toml")
            wrong.write_text("\n".join(lines[:at - 1] + ["colour = \"red\""] + lines[at - 1:]) + "\n")
            code, said = check(program, wrong)
            if code != 2 or f"{wrong}:{at}" not in said or "colour" not in said:
                sys.exit(f"{wrong} with an unknown key in line {at}: exit code {code}\n{said}")
            print(f"{program}: the example is read; an unknown key is refused: {said.strip()}")
        # doorctl has no --check-config: a command that needs the config first reads it, then finds no doorsync.
        done = subprocess.run([os.path.join(BIN, "doorctl"), "--config", str(CONFIGS / "doorctl.toml"), "--run-dir",
                               directory, "history", "example."], text=True, timeout=30, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode != 3:
            sys.exit(f"doorctl with the example config: exit code {done.returncode}\n{done.stdout}")


if __name__ == "__main__":
    main()
