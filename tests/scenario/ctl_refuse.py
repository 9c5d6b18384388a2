#!/usr/bin/env python3
"""Zones that cannot be served are refused by `doorctl push`, with file, line and reason, and the old zone stays; and a
wrong config key is refused with its line."""
from ctl_support import BIN, Pop, Program, ask, doorctl, expect, expect_in, fail, main

GOOD = """$ORIGIN example.
$TTL 300
@   IN SOA ns host {serial} 3600 600 86400 300
@   IN NS  ns
ns  IN A   192.0.2.1
www IN A   192.0.2.2
a   IN A   192.0.2.3
b   IN A   192.0.2.4
c   IN A   192.0.2.5
"""
LONG_NAME = ".".join(["x" * 49] * 4 + ["x" * 46])  # below example.: 256 octets on the wire


def bad_zones():
    """What is wrong, the text, the line, and a word of the reason."""
    new = GOOD.format(serial=2)
    return [
        ("syntax error", new + "d IN A 192.0.2.\n", 10, "192.0.2."),
        ("second SOA", new + "@ IN SOA ns host 3 3600 600 86400 300\n", 10, "SOA"),
        ("CNAME beside other data", new + "www IN CNAME ns\n", 10, "CNAME"),
        ("a name of 256 octets", new + LONG_NAME + " IN A 192.0.2.6\n", 10, "255 octets"),
        ("no NS at the apex", new.replace("@   IN NS  ns\n", ""), 3, "no NS"),
        ("data out of the zone", new + "www.example.net. IN A 192.0.2.6\n", 10, "out of zone"),
        ("a cut file", new + "d IN TXT ( \"x\"\n", 10, "not closed"),
        ("a cut string", new + "d IN TXT \"x\n", 10, "not closed"),
        ("no SOA", "\n".join(new.splitlines()[:2] + new.splitlines()[3:]) + "\n", 0, "SOA"),
    ]


def refuses_bad_zones(directory):
    pop = Pop(directory / "pop")
    address = f"127.0.0.1:{pop.port}"
    file = directory / "example.zone"
    file.write_text(GOOD.format(serial=1))
    code, out, err = pop.doorctl("push", file)
    expect(f"push of a good zone\n{out}{err}", code, 0)
    expect("serial", ask(address, "example.", "SOA").serial(), 1)
    for what, text, line, reason in bad_zones():
        file.write_text(text)
        for command in (("check",), ("push",)):
            code, out, err = pop.doorctl(*command, file)
            expect(f"{command[0]} with {what}: exit code\n{err}", code, 1)
            expect_in(f"{command[0]} with {what}", f"{file}:{line}" if line else str(file), err)
            expect_in(f"{command[0]} with {what}", reason, err)
        code, result, _ = pop.doorctl_json("push", file)
        expect(f"{what}: exit code with --json", (code, result["result"]), (1, "refused"))
        problem = result["problems"][0]
        expect(f"{what}: the problem", (problem["file"], problem["gate"]), (str(file), "syntax"))
        response = ask(address, "www.example.")
        expect(f"{what}: the old zone", (response.rcode, response.answers), (0, [(1, bytes([192, 0, 2, 2]))]))
        expect(f"{what}: the old serial", ask(address, "example.", "SOA").serial(), 1)
        print(f"  {what}: {err.splitlines()[0]}")

    # One bad zone of a directory holds the whole push back.
    zones = directory / "zones"
    zones.mkdir()
    (zones / "bad.zone").write_text("@ IN SOA\n")
    (zones / "example.zone").write_text(GOOD.format(serial=5))
    expect("push of a directory with a bad zone", pop.doorctl("push", zones)[0], 1)
    expect("serial", ask(address, "example.", "SOA").serial(), 1)
    pop.stop()


def gates(directory):
    """Gates refuse, name themselves, and can be overridden; an unchanged zone gets no new version."""
    pop = Pop(directory / "pop")
    file = directory / "example.zone"

    def push(text, *options):
        file.write_text(text)
        return pop.doorctl_json("push", file, *options)

    code, result, _ = push(GOOD.format(serial=5))
    expect("first", (code, result["result"], result["zones"][0]["added"]), (0, "done", 7))
    code, result, _ = push(GOOD.format(serial=5))
    expect("unchanged", (code, result["result"], result["zones"][0]["state"]), (0, "unchanged", "unchanged"))
    code, result, err = push(GOOD.format(serial=4))
    expect("an older serial", (code, result["result"]), (1, "refused"))
    expect_in("an older serial", "gate serial", err)
    shrunk = "\n".join(GOOD.format(serial=6).splitlines()[:5]) + "\n"
    code, _, err = push(shrunk)
    expect("shrunk", code, 1)
    expect_in("shrunk", "gate shrink", err)
    code, result, err = push(shrunk, "--force", "shrink")
    expect("shrunk, by force", (code, result["zones"][0]["removed"]), (0, 4))
    expect_in("shrunk, by force", "overridden by --force", err)
    expect("--force of no gate", push(shrunk, "--force", "all")[0], 1)

    code, out, err = pop.doorctl("rollback", "example.")
    expect(f"rollback\n{out}{err}", code, 0)
    address = f"127.0.0.1:{pop.port}"
    expect("serial after rollback", ask(address, "example.", "SOA").serial(), 7)
    expect("content after rollback", ask(address, "c.example.").answers, [(1, bytes([192, 0, 2, 5]))])
    code, result, _ = pop.doorctl_json("history", "example.")
    expect("history", [(v["seq"], v["serial"], v["kind"]) for v in result["versions"]],
           [(1, 5, "push"), (2, 6, "push"), (3, 7, "rollback")])
    expect("rollback --to", pop.doorctl("rollback", "example.", "--to", "2")[0], 0)
    expect("content after rollback --to", ask(address, "c.example.").rcode, 3)
    code, status, _ = pop.doorctl_json("status")
    expect("status", (code, status["zones"][0]["serial"], status["nodes"][0]["behind"]), (0, 8, 0))
    code, out, _ = pop.doorctl("diff", file)
    expect("diff", (code, "unchanged" not in out), (0, True))
    pop.doord.stop()
    expect("status without doord", pop.doorctl("status")[0], 2)
    pop.doorsync.stop()
    expect("status without doorsync", pop.doorctl("status")[0], 3)
    expect("push without doorsync", pop.doorctl("push", file)[0], 3)


def milder_gates(directory):
    """What the operator's config only warns of, doorsync, which looks again, does not refuse either."""
    pop = Pop(directory / "pop")
    file = directory / "example.zone"

    def push(text):
        file.write_text(text)
        return pop.doorctl_json("push", file)

    expect("first", push(GOOD.format(serial=5))[0], 0)
    config = pop.directory / "config" / "doorctl.toml"
    strict = config.read_text()
    config.write_text(strict.replace('serial = "refuse"', 'serial = "warn"')
                      .replace("shrink_percent = 20", "shrink_percent = 90"))
    code, result, err = push("\n".join(GOOD.format(serial=5).splitlines()[:5]) + "\n")
    expect(f"a push by milder gates\n{err}", (code, result["result"], result["zones"][0]["removed"]), (0, "done", 4))
    expect_in("what the gate says", "gate serial", err)
    config.write_text(strict)
    expect("the same serial again", push(GOOD.format(serial=5))[0], 1)
    pop.stop()


def wrong_config_keys(directory):
    """Each program refuses a key it does not know, with its line, and does not start."""
    code, _, err = doorctl("--dir", directory / "pop", "init", "--listen", "127.0.0.1:5399")
    expect(f"init {err}", code, 0)
    config = directory / "pop" / "config"
    for name in ("doord", "doorsync", "doorkeeper", "doorctl"):
        file = config / f"{name}.toml"
        text = file.read_text()
        lines = text.splitlines()
        expect(f"{name} with init's config",
               0 if name == "doorctl" else
               Program(BIN / name, "--config", file, "--check-config", log=directory / "log").process.wait(60), 0)
        file.write_text(text + "surprise = 1\n")
        if name == "doorctl":
            code, _, said = doorctl("--dir", directory / "pop", "status")
        else:
            program = Program(BIN / name, "--config", file, log=directory / f"{name}.log")
            code, said = program.process.wait(60), program.said()
        if code == 0:
            fail(f"{name} took an unknown key")
        expect_in(f"{name} with an unknown key", f"{file}:{len(lines) + 1}:", said)
        expect_in(f"{name} with an unknown key", "surprise", said)
    expect("init again", doorctl("--dir", directory / "pop", "init")[0], 1)
    key = (config / "publisher.key").read_bytes()
    expect("init --force", doorctl("--dir", directory / "pop", "init", "--force")[0], 0)
    expect("the key after init --force", (config / "publisher.key").read_bytes(), key)
    expect("the key's mode", (config / "publisher.key").stat().st_mode & 0o777, 0o600)


if __name__ == "__main__":
    main(refuses_bad_zones, gates, milder_gates, wrong_config_keys)
