#!/usr/bin/env python3
"""A publisher's key is changed: both are valid side by side, then the old one goes; what it signed is served on, and is
taken by a node that knows nothing any more. Then a new epoch supersedes what was taken."""
import re
import shutil
import signal

from ctl_support import Pop, ask, expect, expect_in, main, wait_until

ZONE = """$ORIGIN {zone}
$TTL 300
@ SOA ns host {serial} 3600 600 86400 300
@ NS ns
ns A 192.0.2.1
"""


def changes_a_key(directory):
    pop = Pop(directory / "pop")
    address = f"127.0.0.1:{pop.port}"
    config = pop.directory / "config" / "doorsync.toml"

    def push(zone, serial, *options):
        file = directory / "pushed.zone"
        file.write_text(ZONE.format(zone=zone, serial=serial))
        return pop.doorctl_json("push", file, *options)

    def reload(text):
        reloads = pop.doorsync.said().count("config reloaded")
        config.write_text(text)
        pop.doorsync.process.send_signal(signal.SIGHUP)
        wait_until(lambda: pop.doorsync.said().count("config reloaded") > reloads, "the config is reloaded")

    def keys():
        return {row["id"]: row for row in pop.doorctl_json("key", "list")[1]["keys"]}

    for zone in ("a.example.", "b.example."):
        expect(f"push of {zone}", push(zone, 1)[0], 0)
    old, = keys()
    expect("rotate without a next key", pop.doorctl("key", "rotate")[0], 1)
    code, made, err = pop.doorctl_json("key", "new")
    expect(f"key new\n{err}", code, 0)
    expect("key new once more", pop.doorctl("key", "new")[0], 1)
    code, _, err = pop.doorctl("key", "rotate")
    expect("rotate before doorsync knows the next key", code, 1)
    expect_in("rotate before doorsync knows the next key", "add it to every doorsync.toml", err)

    before = config.read_text()
    table = re.search(r'\[\[publisher\]\]\nkey = .*\nzones = .*\n', before).group()
    fresh = re.sub(r'key = "[^"]*"', f'key = "{made["publisher"]}"', table)
    reload(before.replace(table, table + "\n" + fresh))
    expect("keys side by side", {key: (row["here"], row["newest_of"]) for key, row in keys().items()},
           {old: ("in use", 2), made["publisher_id"]: ("next", 0)})
    code, rotated, err = pop.doorctl_json("key", "rotate")
    expect(f"key rotate\n{err}", (code, rotated["publisher_id"], rotated["retired_id"], rotated["zones"]),
           (0, made["publisher_id"], old, 2))
    reload(before.replace(table, fresh))
    expect("a push by the new key", push("a.example.", 2)[0], 0)
    expect("serials", [ask(address, zone, "SOA").serial() for zone in ("a.example.", "b.example.")], [2, 1])
    expect("keys afterwards", {key: (row["here"], row["zones"], row["newest_of"]) for key, row in keys().items()},
           {old: ("", "", 1), made["publisher_id"]: ("in use", '"*"', 1)})

    # The node forgets all it has taken: b.example. comes back, though the key that signed it is not known here.
    pop.doorsync.stop()
    for name in ("journal", "images"):
        shutil.rmtree(pop.directory / "state" / name)
    pop.doorsync = pop.start("doorsync")
    wait_until(lambda: pop.doorctl("status")[0] == 0, "both zones are served")
    images = [path.name for path in (pop.directory / "state" / "images").iterdir()]
    expect("images", sorted(images), ["a.example.1-2.img", "b.example.1-1.img"])

    code, result, err = push("b.example.", 1, "--epoch", "2")
    expect("a new epoch with the old serial", code, 1)
    expect_in("a new epoch with the old serial", "gate serial", err)
    code, result, err = push("b.example.", 1, "--epoch", "2", "--force", "serial")
    expect(f"a new epoch\n{err}", (code, result["zones"][0]["epoch"], result["zones"][0]["seq"]), (0, 2, 2))
    expect("an epoch that is over", push("b.example.", 3, "--epoch", "2")[0], 1)
    expect("a push in the new epoch", push("b.example.", 4)[1]["zones"][0]["epoch"], 2)
    expect("checkpoint", pop.doorctl_json("checkpoint")[1], {"result": "done", "zones": 2})
    pop.stop()


if __name__ == "__main__":
    main(changes_a_key)
