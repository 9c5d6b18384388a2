"""What the lab scenarios share: skipping without root, expectations, figures."""
import os
import sys
import time

from lab.lab import Lab, can_run

LONG = os.environ.get("DOORS_LONG") == "1"


def bin_dir() -> str:
    return os.environ["DOORS_BIN"]


def main(scenario, lease_s: int = 3) -> None:
    """Runs `scenario(lab)` in a fresh lab; exit code 77 where namespaces cannot be made."""
    skip_without_namespaces()
    started = time.monotonic()
    with Lab(bin_dir(), lease_s=lease_s) as lab:
        print(f"lab {lab.name} up in {time.monotonic() - started:.1f} s", flush=True)
        try:
            scenario(lab)
        except BaseException:
            print(lab.evidence(), flush=True)
            raise


def skip_without_namespaces() -> None:
    if os.geteuid() != 0 or not can_run():
        print("skipped: network namespaces need root")
        sys.exit(77)


def expect(holds: bool, what: str) -> None:
    if not holds:
        raise AssertionError(what)


def lost_after(summary: dict, moment: float) -> float | None:
    """When the last lost query was sent, in seconds after `moment` (of time.monotonic()); nothing if none was lost."""
    return summary["last_lost_s"] - moment if summary["lost"] else None
