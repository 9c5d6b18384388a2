#!/usr/bin/env python3
"""The root zone's history, one version pushed after the other under load: no query lost, none answered with a mixture of
two versions, none from a version before the one that was confirmed; each push confirmed. Prints push-to-receipt times."""
import json
import subprocess
import time

from ctl_support import BIN, DATA, LONG, Pop, Serve, expect, fail, main

VERSIONS = 61 if LONG else 12
RATE = 5000 if LONG else 1000
# The SOA, its signature, the ZONEMD and the apex DNSKEY change with (nearly) every version; NXDOMAIN carries the SOA;
# referrals and DS change now and then.
QUESTIONS = [". SOA", ". TYPE63", "nonesuch-1. A", ". NS", "zz--nonesuch. SOA", "com. NS", "paris. DS", "a.root-servers.net. A",
             ". DNSKEY", "net. A", "nonesuch-2. TXT", "host.org. AAAA", "arpa. DS", "xn--nonesuch. A"]


class Load:
    """doorask in the background."""

    def __init__(self, address, names, log, seconds):
        self.log = log
        self.process = subprocess.Popen(
            [BIN / "doorask", "--server", address, "--rate", str(RATE), "--duration", str(seconds), "--names", names,
             "--log", log, "--dnssec", "--no-nsid", "--timeout", "2000"], stdout=subprocess.PIPE)

    def end(self):
        """Ends it early and gives its summary."""
        self.process.terminate()
        out, _ = self.process.communicate(timeout=60)
        return json.loads(out)


def lines_of(log):
    with open(log, encoding="ascii") as lines:
        for line in lines:
            sent, answered, rcode, _, serial, digest, _, _, name, rrtype = line.split()
            yield float(sent), answered, rcode, serial, digest, f"{name} {rrtype}"


def expected_answers(files, names, directory):
    """Per question: the answer's digest -> the versions (by index) that give it. Each version is served alone."""
    expected = {}
    for index, file in enumerate(files):
        serve = Serve(file, "--origin", ".", "--listen", "127.0.0.1:0")
        log = directory / "expected.log"
        subprocess.run([BIN / "doorask", "--server", serve.addresses[0], "--rate", "2000", "--count",
                        str(len(QUESTIONS)), "--names", names, "--log", log, "--dnssec", "--no-nsid"], check=True,
                       stdout=subprocess.DEVNULL, timeout=60)
        for _, answered, _, _, digest, question in lines_of(log):
            if answered == "-":
                fail(f"{file.name}: no answer to {question}")
            expected.setdefault(question, {}).setdefault(digest, set()).add(index)
        expect(f"exit code of serve {file.name}", serve.stop(), 0)
    return expected


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def history(directory):
    files = sorted((DATA / "root-history").glob("root-*.zone"))[:VERSIONS]
    expect("versions", len(files), VERSIONS)
    names = directory / "names"
    names.write_text("\n".join(QUESTIONS) + "\n")
    expected = expected_answers(files, names, directory)
    expect("questions", len(expected), len(QUESTIONS))
    expect("versions that the answers tell apart", len(expected[". SOA"]), VERSIONS)
    pop = Pop(directory / "pop")

    def push(file):
        """When it began, when it was confirmed, and doorctl's own figures."""
        began = time.monotonic()
        code, result, err = pop.doorctl_json("push", file, "--origin", ".", "--force", "signatures,zonemd,expired")
        confirmed = time.monotonic()
        expect(f"push of {file.name}\n{err}", (code, result["result"]), (0, "done"))
        return began, confirmed, result

    pushes = [push(files[0])]
    log = directory / "load.log"
    load = Load(f"127.0.0.1:{pop.port}", names, log, 600)
    # Queries before the first push and after the last one.
    time.sleep(0.3)
    for file in files[1:]:
        pushes.append(push(file))
    time.sleep(0.3)
    seen = load.end()
    code, _, err = pop.doorctl("rollback", ".")
    expect(f"rollback to signatures that are over\n{err}", (code, "(gate expired)" in err), (1, True))
    code, _, err = pop.doorctl("rollback", ".", "--force", "expired")
    expect(f"the same, forced\n{err}", (code, "overridden by --force" in err), (0, True))
    pop.stop()

    expect("lost", seen["lost"], 0)
    expect("malformed", seen["malformed"], 0)
    count = 0
    first = 0  # index of the last version confirmed before the query was sent; queries come in the order of sending
    for sent, answered, _, _, digest, question in lines_of(log):
        count += 1
        while first + 1 < len(pushes) and pushes[first + 1][1] <= sent:
            first += 1
        at = float(answered)
        last = first
        while last + 1 < len(pushes) and pushes[last + 1][0] <= at:
            last += 1
        versions = expected[question].get(digest)
        if versions is None:
            fail(f"query {count}, {question}: an answer that no version gives")
        if not any(first <= version <= last for version in versions):
            fail(f"query {count}, {question}: answered from version {sorted(versions)}, allowed were {first}..{last}")
    receipts = [result["receipt_ms"] for _, _, result in pushes]
    whole = [(confirmed - began) * 1000 for began, confirmed, _ in pushes]
    return (f"{len(files)} versions, {count} queries at {seen['achieved_rate']:.0f}/s, none lost, each from one version; "
            f"push to receipt p50 {percentile(receipts, 0.5):.0f} ms, p99 {percentile(receipts, 0.99):.0f} ms; "
            f"the whole command p50 {percentile(whole, 0.5):.0f} ms, p99 {percentile(whole, 0.99):.0f} ms")


if __name__ == "__main__":
    main(history)
