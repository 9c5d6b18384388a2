#!/usr/bin/env python3
"""What every command of doorctl has: its help, one JSON object, its exit code; and warnings that do not flood a terminal."""
import itertools
import json

from ctl_support import Pop, ask, doorctl, doorctl_json, expect, expect_in, fail, main

COMMANDS = ("init", "check", "diff", "push", "status", "rollout", "pin", "unpin", "promote", "history", "rollback", "delete", "refresh", "retransfer", "drain", "undrain", "weight", "doctor", "why", "serve",
            "help")
WARNINGS = 60


def helps(_):
    code, out, err = doorctl()
    expect("without a command", (code, out), (1, ""))
    expect_in("without a command", "doorctl help", err)
    code, everything, _ = doorctl("help")
    expect("help", code, 0)
    for command in COMMANDS:
        expect_in("help", f"\n  {command} ", everything)
        code, said, err = doorctl("help", command)
        expect(f"help {command} {err}", code, 0)
        expect_in(f"help {command}", f"Usage: doorctl {command}", said)
        expect_in(f"help {command}", "Examples:", said)
        code, own, _ = doorctl(command, "--help")
        expect(f"{command} --help", (code, own), (0, said))
    expect("help of no command", doorctl("help", "sing")[0], 1)
    for wrong in (("sing",), ("push",), ("check", "--sing", "x"), ("status", "--color", "blue", "")):
        code, out, err = doorctl(*wrong)
        expect(f"{wrong}: exit code and stdout", (code, out), (1, ""))
        expect_in(f"{wrong}", "doorctl: ", err)


def json_without_a_server(directory):
    """Where nobody answers: exit code 3, and still one object on stdout that says so."""
    pop = directory / "pop"
    code, made, err = doorctl_json("--dir", pop, "init", "--listen", "127.0.0.1:5398")
    expect(f"init {err}", (code, made["result"], len(made["configs"])), (0, "done", 4))
    file = directory / "example.zone"
    file.write_text("$ORIGIN example.\n@ 60 IN SOA ns host 1 3600 600 86400 300\n@ 60 IN NS ns\nns 60 IN A 192.0.2.1\n")
    for command in (("diff", file), ("push", file), ("status",), ("history", "example."), ("rollback", "example."), ("delete", "example."),
                    ("refresh", "."), ("retransfer", "."), ("rollout",), ("pin", "a", "."), ("promote", "a"), ("drain",), ("drain", "--wait"), ("undrain",), ("weight", "here", "far"), ("why",)):
        code, said, err = doorctl_json("--dir", pop, *command)
        expect(f"{command}: exit code and result\n{err}", (code, said["result"]), (3, "unreachable"))
        expect_in(f"{command}", "cannot reach", said["error"])
    other = directory / "other.zone"
    other.write_text(file.read_text().replace("example", "other"))
    for options in (("push", "--force", "shrink"), ("serve", "--cookie-secret", "x")):
        _, _, err = doorctl("--dir", pop, *options, file, other)
        for taken in (file, other):  # by the option
            if str(taken) in err:
                fail(f"{options}, and then files: {err}")
    bad = directory / "bad.zone"
    bad.write_text("@ IN SOA\n")
    expect("diff of a bad file without a server", doorctl("--dir", pop, "diff", bad)[0], 3)


def with_a_server(directory):
    pop = Pop(directory / "pop")
    bad = directory / "bad.zone"
    bad.write_text("$ORIGIN bad.example.\n@ IN SOA\n")
    code, said, _ = pop.doorctl_json("diff", bad)
    expect("diff of a bad file", (code, said["result"], len(said["problems"]) > 0), (1, "refused", True))
    for command in ("history", "rollback", "delete"):
        code, said, _ = pop.doorctl_json(command, "nowhere.example.")
        expect(f"{command} of an unknown zone", (code, said["result"]), (1, "refused"))

    serials = itertools.count(1)

    def file():
        """A zone with warnings, in its next version."""
        path = directory / "w.zone"
        path.write_text(f"$ORIGIN w.example.\n@ 60 IN SOA ns host {next(serials)} 3600 600 86400 300\n@ 60 IN NS ns\n"
                        "ns 60 IN A 192.0.2.1\n" + "".join(f"sub{i} 60 IN NS ns.sub{i}\n" for i in range(WARNINGS)))
        return path
    for command in ("check", "push"):
        code, _, err = pop.doorctl(command, file())
        expect(f"{command} with warnings {err}", code, 0)
        lines = [line for line in err.splitlines() if "warning: " in line]
        expect(f"{command}: lines of warnings", len(lines), 21)
        expect_in(f"{command}: the last of them", f"and {WARNINGS - 20} more", lines[-1])
        code, _, err = pop.doorctl(command, "--verbose", file())
        expect(f"{command} --verbose", (code, err.count("warning: ")), (0, WARNINGS))
    code, out, _ = pop.doorctl("check", "--json", file())
    expect("check --json", (code, len(json.loads(out)["files"][0]["problems"])), (0, WARNINGS))
    code, said, _ = pop.doorctl_json("push", file())
    expect("push --json", (code, len(said["zones"][0]["findings"])), (0, WARNINGS))

    # doorsync lost behind the publication: what was published stays published.
    pop.doord.stop()
    code, said, _ = pop.doorctl_json("push", file(), "--wait", "500ms")
    expect("push without doord", (code, said["result"]), (2, "partly"))
    if "doord is lost" not in said["receipts"][0]["reason"]:
        fail(f"the receipt does not say why: {said['receipts']}")
    pop.doorsync.stop()


def deletes(directory):
    """Zones that are deleted are refused by the servers, stay in the history, and come back by a rollback or a push."""
    pop = Pop(directory / "pop")
    address = f"127.0.0.1:{pop.port}"

    def rcodes():
        return [ask(address, f"ns.{name}.example.").rcode for name in "abc"]

    zones = directory / "zones"
    zones.mkdir()
    for name in "abc":
        (zones / f"{name}.zone").write_text(f"$ORIGIN {name}.example.\n@ 60 IN SOA ns host 7 3600 600 86400 300\n"
                                            "@ 60 IN NS ns\nns 60 IN A 192.0.2.1\n")
    expect("push", (pop.doorctl("push", zones)[0], rcodes()), (0, [0, 0, 0]))
    code, said, err = pop.doorctl_json("delete", "a.example.", "no.example.")
    expect(f"delete of an unknown zone {err}", (code, said["result"], rcodes()), (1, "refused", [0, 0, 0]))
    code, said, err = pop.doorctl_json("delete", "A.example.", "b.example.", "a.example.", "--comment", "moved away")
    expect(f"delete {err}", (code, said["result"], [zone["zone"] for zone in said["zones"]], rcodes()),
           (0, "done", ["a.example.", "b.example."], [5, 5, 0]))
    code, said, _ = pop.doorctl_json("history", "a.example.")
    expect("history", [(v["kind"], v["serial"], v["comment"]) for v in said["versions"]],
           [("push", 7, ""), ("tombstone", 7, "moved away")])
    code, said, _ = pop.doorctl_json("status")
    expect("status", (code, [zone["zone"] for zone in said["zones"]]), (0, ["c.example."]))
    expect("delete again", pop.doorctl("delete", "a.example.")[0], 1)
    code, out, err = pop.doorctl("rollback", "a.example.")
    expect(f"rollback {out}{err}", (code, rcodes()), (0, [0, 5, 0]))
    expect("push", (pop.doorctl("push", zones / "b.zone")[0], rcodes()), (0, [0, 0, 0]))
    pop.stop()


if __name__ == "__main__":
    main(helps, json_without_a_server, with_a_server, deletes)
