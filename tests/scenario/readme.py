#!/usr/bin/env python3
"""The commands of README.md work when copied as they stand: its `sh` blocks, in order, in one shell. The first one
(deploy/try) is left to who tries it; the build takes this build's programs instead of compiling them again."""
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def main() -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```", (ROOT / "README.md").read_text(), re.M | re.S)
    commands = [line for block in blocks for line in block.splitlines()]
    run, left_out = [], []
    for line in commands:
        (left_out if re.match(r"deploy/try|cmake |ninja |PATH=", line) else run).append(line)
    if len(left_out) != 4:
        sys.exit(f"README.md changed: {left_out} are not run here")
    with tempfile.TemporaryDirectory() as directory:
        script = "\n".join(["set -euo pipefail", f"PATH={os.environ['DOORS_BIN']}:$PATH", f"TMPDIR={directory}", "export TMPDIR",
                            *run]) + "\n"
        shell = subprocess.Popen(["bash", "-c", script], cwd=ROOT, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, start_new_session=True)
        try:
            said, _ = shell.communicate(timeout=100)
        except subprocess.TimeoutExpired:
            os.killpg(shell.pid, signal.SIGKILL)
            said, _ = shell.communicate()
            sys.exit(f"README.md's commands do not end:\n{said}")
        finally:
            try:
                os.killpg(shell.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        if shell.returncode != 0:
            sys.exit(f"README.md's commands: exit code {shell.returncode}\n{said}")
        left = os.listdir(directory)
        if left:
            sys.exit(f"left behind: {left}")
    # The answers, in the order of the README: after the second push, and after the rollback.
    answers = re.findall(r"^203\.0\.113\.8\d$", said, re.M)
    if answers != ["203.0.113.81", "203.0.113.80"] or '"here"' not in said:
        sys.exit(f"README.md's commands gave {answers}:\n{said}")
    print(f"{len(run)} lines of README.md run as they stand")


if __name__ == "__main__":
    main()
