"""Processes as /proc shows them, cores, ports."""
import ctypes
import os
import pathlib
import random
import signal
import socket
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TICK_US = 1e6 / os.sysconf("SC_CLK_TCK")


def say(text: str) -> None:
    """A line of progress, on standard error."""
    print(text, file=sys.stderr, flush=True)


def free_port() -> int:
    """A port of 127.0.0.1 that neither UDP nor TCP uses; below those that the kernel gives to clients."""
    for _ in range(200):
        port = random.randrange(20_000, 32_000)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
            try:
                udp.bind(("127.0.0.1", port))
                tcp.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("no port is free")


def family(pid: int) -> list[int]:
    """A process and its children, all the way down."""
    found = [pid]
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = task.read_text().split()
        except OSError:
            continue
        for child in children:
            found += family(int(child))
    return found


def cpu_us(pids: list[int]) -> tuple[float, float]:
    """User and system time so far of processes, all threads, and of all their children, in microseconds."""
    user = system = 0
    for pid in pids:
        for one in family(pid):
            try:
                fields = pathlib.Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            user += int(fields[11]) + int(fields[13])
            system += int(fields[12]) + int(fields[14])
    return user * TICK_US, system * TICK_US


def core_us(core: int) -> float:
    """How long a core has been busy so far, in microseconds."""
    for line in pathlib.Path("/proc/stat").read_text().splitlines():
        if line.startswith(f"cpu{core} "):
            user, nice, system, _, _, irq, softirq = map(int, line.split()[1:8])
            return (user + nice + system + irq + softirq) * TICK_US
    return 0.0


def udp_received(pid: int) -> int:
    """Datagrams that sockets have had so far, in the network namespace of a process."""
    heads, counts = (line.split() for line in pathlib.Path(f"/proc/{pid}/net/snmp").read_text().splitlines()
                     if line.startswith("Udp: "))
    return int(counts[heads.index("InDatagrams")])


def pss(pids: list[int]) -> int:
    """Proportional set size of processes and their children, in octets: shared pages count once."""
    kib = 0
    for pid in pids:
        for one in family(pid):
            try:
                for line in pathlib.Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
                    if line.startswith("Pss:"):
                        kib += int(line.split()[1])
            except OSError:
                continue
    return 1024 * kib


def settle(pids: list[int], seconds: float = 60) -> None:
    """Until the processes have nothing to do of their own any more, for `seconds` at most."""
    end = time.monotonic() + seconds
    before = sum(cpu_us(pids))
    while time.monotonic() < end:
        time.sleep(0.5)
        now = sum(cpu_us(pids))
        if now - before <= 2 * TICK_US:
            return
        before = now


def child_setup(core: int | None, niceness: int):
    """What a started process does before it runs: it keeps to a core, takes its priority, and ends with us."""
    prctl = ctypes.CDLL(None).prctl

    def setup() -> None:
        prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if core is not None:
            os.sched_setaffinity(0, {core})
        if niceness:
            os.setpriority(os.PRIO_PROCESS, 0, niceness)
            pathlib.Path("/proc/self/autogroup").write_text(str(niceness))  # nice alone counts within a session only
    return setup


def about() -> dict:
    """What a reader of figures needs to know of this machine."""
    model = next((line.partition(":")[2].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), "unknown")
    return {"cpu": model, "cores": os.cpu_count(), "kernel": os.uname().release,
            "when": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()), "load": os.getloadavg()[0]}
