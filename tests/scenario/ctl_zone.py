#!/usr/bin/env python3
"""Single records of a large zone changed under load, each change a version: no query lost, none answered from a version
before the one that was confirmed, doord's memory bounded; changes come, go and are rolled back; what is served is found
again after restarts. Prints the time from the change being sent to its receipt."""
import json
import pathlib
import subprocess
import time

from ctl_support import BIN, LONG, Pop, expect, expect_in, fail, main, wait_until

RECORDS = 3_000_000 if LONG else 60_000
CHANGES = 300 if LONG else 40
RATE = 5000 if LONG else 1000
ORIGIN = "big.example."


def write_zone(path):
    with open(path, "w", encoding="ascii") as zone:
        zone.write(f"$ORIGIN {ORIGIN}\n$TTL 300\n@ SOA ns hostmaster 1 3600 600 86400 300\n@ NS ns\nns A 192.0.2.1\n"
                   "www A 192.0.2.80\n")
        for i in range(RECORDS - 4):
            zone.write(f"h{i} A 10.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}\n")


def dig(pop, name, rrtype):
    """rcode and the answer's records; nothing if nobody answers."""
    done = subprocess.run(["dig", "+noall", "+answer", "+comments", "+tries=2", "@127.0.0.1", "-p", str(pop.port), name, rrtype],
                          capture_output=True, text=True, timeout=20, check=False)
    if done.returncode != 0:
        return None
    rcode = done.stdout.split("status: ")[1].split(",")[0]
    return rcode, sorted(line.split(None, 4)[4] for line in done.stdout.splitlines() if line and line[0] != ";")


def memory(program):
    """PSS in KiB: what it has of shared pages too."""
    for line in pathlib.Path(f"/proc/{program.process.pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def zone(pop, *words):
    code, result, err = pop.doorctl_json("zone", *words)
    expect(f"zone {words}\n{err}", (code, result["result"]), (0, "done"))
    return result


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def edits(pop):
    """What each kind of edit does, one name at a time."""
    zone(pop, "add", ORIGIN, "new.below", "60", "TXT", "a b")
    expect("an added name", dig(pop, f"new.below.{ORIGIN}", "TXT"), ("NOERROR", ['"a b"']))
    expect("the empty non-terminal above it", dig(pop, f"below.{ORIGIN}", "A"), ("NOERROR", []))
    zone(pop, "add", ORIGIN, "new.below", "60", "TXT", "c")
    zone(pop, "del", ORIGIN, "new.below", "TXT", "a b")
    expect("one of two records", dig(pop, f"new.below.{ORIGIN}", "TXT"), ("NOERROR", ['"c"']))
    zone(pop, "del", ORIGIN, "new.below")
    expect("a removed name", dig(pop, f"new.below.{ORIGIN}", "TXT"), ("NXDOMAIN", []))
    expect("and the one above it", dig(pop, f"below.{ORIGIN}", "A"), ("NXDOMAIN", []))
    zone(pop, "add", ORIGIN, "*.wild", "60", "A", "192.0.2.7")
    expect("a wildcard", dig(pop, f"x.wild.{ORIGIN}", "A"), ("NOERROR", ["192.0.2.7"]))
    for words, why in ((("add", ORIGIN, "www", "60", "CNAME", "ns"), "CNAME"),
                       (("del", ORIGIN, "nonesuch"), "no such record"),
                       (("del", ORIGIN, "@", "NS"), "NS"),
                       (("add", ORIGIN, "www", "300", "A", "192.0.2.300"), "A"),
                       (("add", "nonesuch.example.", "@", "1", "A", "192.0.2.1"), "no zone")):
        code, _, err = pop.doorctl("zone", *words)
        expect(f"exit code of zone {words}", code, 1)
        expect_in(f"zone {words}", why, err)


def changes_under_load(pop, names, log):
    load = subprocess.Popen([BIN / "doorask", "--server", f"127.0.0.1:{pop.port}", "--rate", str(RATE), "--duration", "600",
                             "--names", names, "--log", log, "--no-nsid", "--timeout", "2000"], stdout=subprocess.PIPE)
    time.sleep(0.3)  # queries before the first change
    steps = []
    most = before = memory(pop.doord)
    for i in range(CHANGES):
        began = time.monotonic()
        result = zone(pop, "replace", ORIGIN, "www", "300", "A", f"192.0.2.{i % 200 + 1}")
        steps.append((began, time.monotonic(), result["serial"], result["receipt_ms"]))
        most = max(most, memory(pop.doord))
    time.sleep(0.3)  # and after the last one
    load.terminate()
    seen = json.loads(load.communicate(timeout=60)[0])
    expect("lost", seen["lost"], 0)
    expect("malformed", seen["malformed"], 0)
    return steps, seen["achieved_rate"], before, most


def judge(log, steps):
    """Each serial that was answered is one that was served then."""
    count = first = 0
    serials = [steps[0][2] - 1] + [step[2] for step in steps]
    with open(log, encoding="ascii") as lines:
        for line in lines:
            sent, answered, _, _, serial, *_ = line.split()
            if serial == "-":
                continue
            count += 1
            while first < len(steps) and steps[first][1] <= float(sent):
                first += 1
            last = first
            while last < len(steps) and steps[last][0] <= float(answered):
                last += 1
            if int(serial) not in serials[first:last + 1]:
                fail(f"query {count}: serial {serial}, served were {serials[first:last + 1]}")
    if count == 0:
        fail("no answer told a serial")
    return count


def pushes(pop, file):
    """A push sends what is different, and the whole zone when it is told to."""
    text = "".join(f"h{i} A 192.0.2.{i % 250}\n" for i in range(500))
    for serial, words, sent in ((1, (), "whole"), (2, (), "difference"), (3, (), "difference"), (4, ("--whole",), "whole")):
        file.write_text(f"$ORIGIN other.example.\n$TTL 300\n@ SOA ns hostmaster {serial} 3600 600 86400 300\n@ NS ns\n"
                        f"ns A 192.0.2.{serial}\n" + text)
        code, result, err = pop.doorctl_json("push", file, *words)
        expect(f"push of {serial}\n{err}", (code, result["result"]), (0, "done"))
        expect(f"what was sent of {serial}", result["zones"][0]["sent"], sent)
        expect(f"what is served of {serial}", dig(pop, "ns.other.example.", "A"), ("NOERROR", [f"192.0.2.{serial}"]))
        if sent == "difference" and result["zones"][0]["octets"] > 400:
            fail(f"the difference has {result['zones'][0]['octets']} octets")
    expect("a rollback over differences", pop.doorctl("rollback", "other.example.", "--to", "3")[0], 0)
    expect("what it leads to", dig(pop, "ns.other.example.", "A"), ("NOERROR", ["192.0.2.3"]))


def change(directory):
    pop = Pop(directory / "pop")
    file = directory / "big.zone"
    write_zone(file)
    code, result, err = pop.doorctl_json("push", file, timeout=600)
    expect(f"push\n{err}", (code, result["result"]), (0, "done"))
    edits(pop)
    names = directory / "names"
    names.write_text(f"{ORIGIN} SOA\nnonesuch.{ORIGIN} A\nwww.{ORIGIN} A\nh77.{ORIGIN} A\nh59999.{ORIGIN} AAAA\n")
    steps, rate, before, most = changes_under_load(pop, names, directory / "log")
    count = judge(directory / "log", steps)
    if most > before * 1.2 + 8192:
        fail(f"doord's memory grew from {before} to {most} KiB")

    # A restart finds base and overlay again: doord alone, and doorsync, whose next change follows.
    last = ("NOERROR", [f"192.0.2.{(CHANGES - 1) % 200 + 1}"])
    expect("doorsync's exit code", pop.doorsync.stop(), 0)
    expect("doord's exit code", pop.doord.stop(), 0)
    pop.doord = pop.start("doord")
    wait_until(lambda: dig(pop, f"www.{ORIGIN}", "A") == last, "the last change, after a restart")
    pop.doorsync = pop.start("doorsync")
    wait_until(pop.is_up, "doorsync")
    zone(pop, "replace", ORIGIN, "www", "300", "A", "192.0.2.250")
    expect("a change after a restart", dig(pop, f"www.{ORIGIN}", "A"), ("NOERROR", ["192.0.2.250"]))

    code, result, err = pop.doorctl_json("rollback", ORIGIN, timeout=600)
    expect(f"rollback\n{err}", (code, result["result"]), (0, "done"))
    expect("the change is rolled back", dig(pop, f"www.{ORIGIN}", "A"), last)
    zone(pop, "replace", ORIGIN, "www", "300", "A", "192.0.2.251")
    expect("a change after that", dig(pop, f"www.{ORIGIN}", "A"), ("NOERROR", ["192.0.2.251"]))
    pushes(pop, directory / "other.zone")
    pop.stop()
    receipts = [step[3] for step in steps]
    return (f"{RECORDS} records, {CHANGES} changes under {rate:.0f} queries/s, none lost, {count} serials judged; change to "
            f"receipt p50 {percentile(receipts, 0.5):.1f} ms, p99 {percentile(receipts, 0.99):.1f} ms; memory {before} to {most} KiB")


if __name__ == "__main__":
    main(change)
