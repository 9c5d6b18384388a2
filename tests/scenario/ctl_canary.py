#!/usr/bin/env python3
"""A zone that is valid but bad: `doorctl push --wait canary` notices by what clients are answered, stops within 10 s, and
what was served before is served again within 30 s. A good push passes."""
import signal
import threading
import time

from ctl_support import Pop, ask, doorctl_json, expect, expect_in, main, wait_until

NAMES = ["www", "mail", "shop", "nowhere"]  # the last one never existed


def zone_text(serial, without=()):
    lines = ["$ORIGIN example.", "$TTL 300", f"@ SOA ns host {serial} 3600 600 86400 300", "@ NS ns",
             "ns A 192.0.2.1"]
    lines += [f"h{i} A 192.0.2.2" for i in range(40)]
    lines += [f"{name} A 192.0.2.3" for name in NAMES[:-1] if name not in without]
    return "\n".join(lines) + "\n"


class Clients(threading.Thread):
    """Asks for each name in turn, until it is told to end."""

    def __init__(self, address):
        super().__init__(daemon=True)
        self.address, self.ending, self.rcodes = address, False, []

    def run(self):
        while not self.ending:
            for name in NAMES:
                try:
                    self.rcodes.append((time.monotonic(), ask(self.address, f"{name}.example.").rcode))
                except OSError:
                    time.sleep(0.05)
            time.sleep(0.002)

    def ask_until(self, count):
        wait_until(lambda: len(self.rcodes) >= count, f"{count} answers")


def canary(directory):
    pop = Pop(directory / "pop")
    config = pop.directory / "config" / "doorctl.toml"
    config.write_text(config.read_text().replace('watch = "10s"', 'watch = "5s"'))
    file = directory / "example.zone"
    address = f"127.0.0.1:{pop.port}"

    def push(serial, without=(), *options):
        file.write_text(zone_text(serial, without))
        return pop.doorctl_json("push", file, "--wait", "canary", *options)

    code, _, err = push(1)  # nobody asks: nothing speaks against it
    expect(f"a first push\n{err}", code, 0)
    clients = Clients(address)
    clients.start()
    clients.ask_until(400)

    code, result, err = push(2)
    expect(f"a good push under questions\n{err}", (code, result["result"]), (0, "done"))
    expect("serial", ask(address, "example.", "SOA").serial(), 2)

    began = time.monotonic()
    code, result, err = push(3, ("www", "mail"))
    expect(f"a push without names that are asked for\n{err}", (code, result["result"]), (1, "rolled back"))
    expect_in("why", "NXDOMAIN rose from", result["reason"])
    expect_in("why", "stopped at the canary", err)
    rolled_back = time.monotonic() - began
    bad = [when for when, rcode in clients.rcodes if when > began and rcode == 3]
    expect("www.example. afterwards", ask(address, "www.example.").rcode, 0)
    expect("serial afterwards", ask(address, "example.", "SOA").serial(), 4)
    versions = pop.doorctl_json("history", "example.")[1]["versions"]
    # The second differs by its serial alone: its push sends the difference.
    expect("kinds of versions", [version["kind"] for version in versions], ["push", "change", "push", "rollback"])
    expect_in("comment", "NXDOMAIN rose from", versions[-1]["comment"])
    if rolled_back > 30:
        raise SystemExit(f"rolled back after {rolled_back:.1f} s")
    print(f"  vanished names: rolled back {rolled_back:.1f} s after doorctl was started; {len(bad)} NXDOMAIN answers")

    # A zone that is new and kills doord, as far as the canary can see, is deleted again.
    file.write_text(zone_text(1).replace("example.", "example.net."))
    pushed = {}
    pushing = threading.Thread(target=lambda: pushed.update(zip(
        ("code", "result", "err"), doorctl_json("--dir", pop.directory, "push", file, "--wait", "canary"))))
    pushing.start()
    wait_until(lambda: ask(address, "example.net.", "SOA").serial() == 1, "example.net. is served")
    clients.ending = True
    clients.join()
    pop.doord.stop(signal.SIGKILL)
    pop.doord = pop.start("doord")
    pushing.join()
    expect(f"doord killed at the canary\n{pushed['err']}", (pushed["code"], pushed["result"]["result"]),
           (1, "rolled back"))
    if not any(word in pushed["result"]["reason"] for word in ("restarted", "does not answer")):
        raise SystemExit(pushed["result"]["reason"])
    expect("the new zone is gone", ask(address, "example.net.", "SOA").rcode, 5)
    expect("the other zone stays", ask(address, "www.example.").rcode, 0)
    expect("--wait canary elsewhere", pop.doorctl("rollback", "example.", "--wait", "canary")[0], 1)
    pop.stop()


if __name__ == "__main__":
    main(canary)
