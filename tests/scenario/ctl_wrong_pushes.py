#!/usr/bin/env python3
"""Pushes that nobody can have meant: each is refused with the reason, nothing is published, the old zone is served."""
import pathlib
import re
import signal

from ctl_support import DATA, LONG, Pop, ask, expect, expect_in, fail, main, wait_until

SIGNED = (pathlib.Path(__file__).resolve().parent.parent / "data" / "signed" / "ed25519.zone").read_text()
SHOP = """$ORIGIN shop.example.
$TTL 300
@   IN SOA ns host {serial} 3600 600 86400 300
@   IN NS  ns
ns  IN A   192.0.2.1
a   IN A   192.0.2.3
b   IN A   192.0.2.4
c   IN A   192.0.2.5
d   IN A   192.0.2.6
"""
ROOT = ". 300 IN SOA a. b. 1 3600 600 86400 300\n. 300 IN NS a.\na. 300 IN A 192.0.2.1\n"
MANY = 10_000_000 if LONG else 100_100  # records: over ten times the zone's, and 100,000 more


def broken_signature(text):
    """The signature of the MX RRset with one letter changed."""
    line = next(line for line in text.splitlines() if "RRSIG\tMX " in line)
    at = len(line) - 20
    return text.replace(line, line[:at] + ("A" if line[at] != "A" else "B") + line[at + 1:])


def wrong_pushes():
    """What is wrong, the zone whose old version must stay, the file's text, options, and the reasons to be found."""
    new = SHOP.format(serial=6)
    many = new + "".join(f"h{i} A 192.0.2.7\n" for i in range(MANY))
    return [
        ("an empty file", "shop.example.", "", (), ["SOA"]),
        ("a file cut inside a record", "shop.example.", new + "e IN TXT ( \"x\"\n", (), ["not closed"]),
        ("a file cut between records", "shop.example.", "\n".join(new.splitlines()[:6]) + "\n", (), ["gate shrink"]),
        ("over 20 % fewer records", "shop.example.", "\n".join(new.splitlines()[:7]) + "\n", (), ["gate shrink"]),
        ("an older serial", "shop.example.", SHOP.format(serial=4) + "e IN A 192.0.2.8\n", (), ["gate serial"]),
        ("the same serial, other data", "shop.example.", SHOP.format(serial=5) + "e IN A 192.0.2.8\n", (),
         ["gate serial"]),
        ("the file of another zone", "shop.example.", SIGNED, ("--origin", "shop.example."), ["out of zone"]),
        ("a zone that the key may not publish", "shop.example.", new.replace("shop.example.", "shop.test."), (),
         ["may not publish shop.test."]),
        (f"{MANY:,} records", "shop.example.", many, (), ["gate growth"]),
        ("expired signatures", ".", (DATA / "root-2021-signed.zone").read_text(), ("--force", "zonemd"),
         ["gate expired"]),
        ("a wrong ZONEMD", ".", (DATA / "root-2021-signed.zone").read_text(), ("--force", "expired"),
         ["gate zonemd"]),
        ("a broken signature", "example.", broken_signature(SIGNED), ("--force", "serial"), ["gate signatures"]),
        ("two SOA records", "shop.example.", new + "@ IN SOA ns host 7 3600 600 86400 300\n", (), ["SOA"]),
    ]


def refuses_wrong_pushes(directory):
    pop = Pop(directory / "pop")
    config = pop.directory / "config" / "doorsync.toml"
    config.write_text(re.sub(r'zones = \["\*"\]', 'zones = [".", "example.", "*.example."]', config.read_text()))
    pop.doorsync.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "config reloaded" in pop.doorsync.said(), "the narrower right of the key")
    address = f"127.0.0.1:{pop.port}"
    file = directory / "pushed.zone"
    serials = {"shop.example.": 5, ".": 1, "example.": 7}
    for zone, text in (("shop.example.", SHOP.format(serial=5)), (".", ROOT), ("example.", SIGNED)):
        file.write_text(text)
        code, out, err = pop.doorctl("push", file, "--origin", zone)
        expect(f"push of {zone}\n{out}{err}", code, 0)
    pushes = wrong_pushes()
    for what, zone, text, options, reasons in pushes:
        file.write_text(text)
        code, out, err = pop.doorctl("push", file, *options, timeout=1200 if LONG else 120)
        expect(f"{what}: exit code\n{out}{err}", code, 1)
        for reason in reasons:
            expect_in(what, reason, err)
        for each, serial in serials.items():
            expect(f"{what}: the serial of {each}", ask(address, each, "SOA").serial(), serial)
            versions = pop.doorctl_json("history", each)[1]["versions"]
            expect(f"{what}: the versions of {each}", len(versions), 1)
        line = next(line for line in err.splitlines() if any(reason in line for reason in reasons))
        print(f"  {what:36} {line.replace(str(directory), '')[:150]}", flush=True)
    print(f"  {len(pushes)} of {len(pushes)} refused, each with its reason")

    # --force names what it overrides, and no more than that.
    file.write_text("\n".join(SHOP.format(serial=4).splitlines()[:7]) + "\n")
    code, _, err = pop.doorctl("push", file, "--force", "shrink")
    expect_in("a forced gate beside another", "gate serial", err)
    expect("a forced gate beside another: exit code", code, 1)
    code, _, err = pop.doorctl("push", file, "--force", "shrink,serial")
    expect(f"both forced\n{err}", code, 0)
    if err.count("overridden by --force") != 2:
        fail(f"what was overridden is not named:\n{err}")
    pop.stop()


if __name__ == "__main__":
    main(refuses_wrong_pushes)
