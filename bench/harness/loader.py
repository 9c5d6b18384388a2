"""One burst of questions against one server, and what it cost the server."""
import json
import subprocess

from harness import machine, netns
from harness.trouble import Trouble


def command(server, questions, options, mode: str, dnssec: bool, rate: float, seconds: float, flood: bool) -> list[str]:
    words = [str(options.bin / "bench_load"), "--to", f"{server.address}:{server.port}",
             "--questions", str(questions), "--mode", mode, "--seconds", str(seconds)]
    if rate:
        words += ["--rate", str(rate), "--outstanding", "1024"]
    if flood:  # so many open, for so short, that nothing waits for an answer
        words += ["--outstanding", "16384", "--patience", "0.02"]
    if mode == "tcp-each":
        words += ["--sockets", "32", "--outstanding", "32"]
    return words + (["--do"] if dnssec else [])


def begin(server, questions, options, mode="udp", dnssec=False, rate=0.0, seconds=None, flood=False) -> subprocess.Popen:
    """Starts the loader on its core; finish() has what it saw."""
    words = command(server, questions, options, mode, dnssec, rate, seconds or options.seconds, flood)
    with netns.inside(server.link and server.link.client_ns):
        return subprocess.Popen(words, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                preexec_fn=machine.child_setup(options.loader_core, options.nice))


def finish(loader: subprocess.Popen, patience: float) -> dict:
    try:
        out, error = loader.communicate(timeout=patience)
    except subprocess.TimeoutExpired:
        loader.kill()
        loader.wait()
        raise Trouble("the loader did not end") from None
    if loader.returncode != 0:
        raise Trouble(f"bench_load: {error.strip()}")
    return json.loads(out)


def burst(server, questions, options, mode="udp", dnssec=False, rate=0.0, seconds=None, flood=False) -> dict:
    """What was seen, and the server's CPU per answer in microseconds: `us`, `user_us`, `system_us`."""
    before = machine.cpu_us(server.pids)
    seen = finish(begin(server, questions, options, mode, dnssec, rate, seconds, flood), 60 + 3 * options.seconds)
    after = machine.cpu_us(server.pids)
    answered = seen["answered"]
    if answered < 100:
        raise Trouble(f"{server.name} answered {answered} of {seen['sent']}: {server.tail()}")
    user, system = after[0] - before[0], after[1] - before[1]
    rcodes = {code: count for code, count in enumerate(seen.pop("rcodes")) if count}
    return {"us": (user + system) / answered, "user_us": user / answered, "system_us": system / answered,
            "busy": (user + system) / 1e6 / seen["seconds"], "rcodes": rcodes, **seen}
