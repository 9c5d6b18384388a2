#!/usr/bin/env python3
"""`doorctl serve`: ready when it says so, bad files named and the rest served, SIGHUP, --state, and a clean end."""
import os
import signal
import socket
import time

from ctl_support import (LONG, Serve, ask, expect, expect_in, fail, is_alive, main, wait_until)

ZONE = """@   300 IN SOA ns host {serial} 3600 600 86400 300
    300 IN NS  ns
ns  300 IN A   192.0.2.1
www 300 IN A   192.0.2.2
v   300 IN TXT "{serial}"
"""


def zone(origin, serial=1, more=""):
    return f"$ORIGIN {origin}\n" + ZONE.format(serial=serial) + more


def answers_at_once(directory):
    """The moment it is ready, every address answers over UDP and TCP, with the NSID that was given."""
    (directory / "one").write_text(zone("one.example."))
    serve = Serve(directory / "one", "--listen", "127.0.0.1:0", "--listen", "[::1]:0", "--nsid", "a \"name\"")
    expect("zones", serve.zones, 1)
    expect("addresses", [a.rsplit(":", 1)[0] for a in serve.addresses], ["127.0.0.1", "[::1]"])
    for address in serve.addresses:
        for tcp in (False, True):
            response = ask(address, "www.one.example.", tcp=tcp)
            expect(f"{address} tcp={tcp}", (response.rcode, response.aa, response.answers, response.nsid),
                   (0, True, [(1, bytes([192, 0, 2, 2]))], b"a \"name\""))
    response = ask(serve.addresses[0], "id.server.", "TXT", rrclass=3)
    expect("id.server", response.answers, [(16, b"\x08a \"name\"")])
    expect("another zone", ask(serve.addresses[0], "example.net.").rcode, 5)
    doord = serve.children()
    expect("children", len(doord), 1)
    expect("exit code after Ctrl-C", serve.stop(signal.SIGINT), 0)
    expect("doord lives on", is_alive(doord[0]), False)
    expect("stderr", serve.stderr(), "")
    return "ready after %.0f ms" % (serve.ready_after * 1000)


def origins(directory):
    """--origin, else $ORIGIN, else the SOA's absolute owner, else the file's name."""
    (directory / "by-name.example.zone").write_text(ZONE.format(serial=1))
    (directory / "by-soa.zone").write_text(ZONE.format(serial=1).replace("@  ", "soa.example.", 1)
                                           .replace("ns  300", "ns.soa.example. 300").replace("www", "www.soa.example.")
                                           .replace("v   ", "v.soa.example. ").replace(" ns host", " ns.soa.example. h.")
                                           .replace("NS  ns", "NS  ns.soa.example."))
    serve = Serve(directory, "--listen", "127.0.0.1:0")
    for name in ("www.by-name.example.", "www.soa.example."):
        expect(name, ask(serve.addresses[0], name).answers, [(1, bytes([192, 0, 2, 2]))])
    serve.stop()
    serve = Serve(directory / "by-name.example.zone", "--origin", "given.example", "--listen", "127.0.0.1:0")
    expect("--origin", ask(serve.addresses[0], "www.given.example.").answers, [(1, bytes([192, 0, 2, 2]))])
    serve.stop()


def bad_files(directory):
    """Bad files are named with line and reason, other files passed over, and the rest is served."""
    (directory / "good.zone").write_text(zone("good.example."))
    (directory / "plain").write_text(zone("plain.example."))
    (directory / "syntax.zone").write_text(zone("syntax.example.") + "x 300 IN A 192.0.2.300\n")
    (directory / "cname.zone").write_text(zone("cname.example.") + "www 300 IN CNAME ns\n")
    (directory / "cut.zone").write_text(zone("cut.example.") + "x 300 IN TXT (\"a\"\n")
    (directory / "soas.zone").write_text(zone("soas.example.") + "@ 300 IN SOA a b 9 1 1 1 1\n")
    (directory / "second.zone").write_text(zone("good.example.", serial=9))
    (directory / "empty.zone").write_text("")
    (directory / "binary.zone").write_bytes(bytes(range(256)) * 16)
    (directory / "README.md").write_text("# Zones\n\nnot a zone\n")
    (directory / "good.zone~").write_text("backup")
    (directory / ".hidden.zone").write_text("hidden")
    (directory / "sub").mkdir()
    (directory / "sub" / "below.zone").write_text(zone("below.example."))
    os.symlink("gone", directory / "dangling.zone")
    serve = Serve(directory, "--listen", "127.0.0.1:0")
    expect("zones", serve.zones, 2)
    for name, rcode in (("www.good.example.", 0), ("www.plain.example.", 0), ("www.syntax.example.", 2),
                        ("www.below.example.", 5)):
        expect(name, ask(serve.addresses[0], name).rcode, rcode)
    for name in ("www.cname.example.", "cut.example.", "soas.example."):  # the zone is ours, but what it says nobody knows
        expect(name, ask(serve.addresses[0], name).rcode, 2)
    expect("the first file counts", ask(serve.addresses[0], "good.example.", "SOA").serial(), 1)
    said = serve.stderr()
    for part in ("syntax.zone:7:", "cname.zone:", "cut.zone:7:", "soas.zone:7:", "empty.zone", "binary.zone", "README.md",
                 "second.zone: zone good.example. is served from"):
        expect_in("stderr", part, said)
    expect("exit code", serve.stop(signal.SIGTERM), 0)
    for line in said.splitlines():
        if not line.startswith("doorctl: "):
            fail(f"a line on stderr without its prefix: {line!r}")


def nothing_to_serve(directory):
    """Without a single zone, or an address, it says why and does not start."""
    (directory / "bad.zone").write_text("nonsense\n")
    (directory / "good.zone").write_text(zone("good.example."))
    (directory / "empty").mkdir()
    taken = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    taken.bind(("127.0.0.1", 0))
    port = taken.getsockname()[1]
    for arguments, reason in (([directory / "bad.zone"], "bad.zone:1"), ([directory / "empty"], "no zone file"),
                              ([directory / "missing"], "missing"),
                              ([directory / "good.zone", "--listen", f"127.0.0.1:{port}"], "did not start"),
                              ([directory / "good.zone", "--listen", "localhost:53"], "no address and port"),
                              ([directory / "good.zone", "--origin", "a..b"], "--origin")):
        listen = [] if "--listen" in arguments else ["--listen", "127.0.0.1:0"]
        serve = Serve(*arguments, *listen, ready=False)
        expect(f"exit code of {arguments}", serve.process.wait(60), 1)
        serve.stop()
        expect_in(f"{arguments}", reason, serve.stderr())
    taken.close()


def reload(directory):
    """SIGHUP takes what changed, came and went; a file that has become bad leaves its zone as it was."""
    for name in ("a", "b", "c", "d"):
        (directory / f"{name}.zone").write_text(zone(f"{name}.example."))
    (directory / "part").write_text('v2 300 IN TXT "old"\n')
    (directory / "e.zone").write_text(zone("e.example.", more=f"$INCLUDE {directory}/part\n"))
    serve = Serve(directory, "--listen", "127.0.0.1:0")
    address = serve.addresses[0]
    expect("zones", serve.zones, 5)
    expect("nothing changed", serve.reload(), {"zones": 5, "changed": 0, "removed": 0, "failed": 0})

    (directory / "a.zone").write_text(zone("a.example.", 2))
    (directory / "b.zone").write_text(zone("b.example.", 2) + "x (\n")
    (directory / "c.zone").unlink()
    (directory / "part").write_text('v2 300 IN TXT "new"\n')
    (directory / "f.zone").write_text(zone("f.example."))
    expect("changes", serve.reload(), {"zones": 5, "changed": 3, "removed": 1, "failed": 1})
    for name, serial in (("a", 2), ("b", 1), ("c", None), ("d", 1), ("f", 1)):
        expect(name, ask(address, f"{name}.example.", "SOA").serial(), serial)
    expect("what was included", ask(address, "v2.e.example.", "TXT").answers, [(16, b"\3new")])
    expect_in("stderr", "b.zone:7:", serve.stderr())

    (directory / "b.zone").write_text(zone("b.example.", 3))
    expect("mended", serve.reload(), {"zones": 5, "changed": 1, "removed": 0, "failed": 0})
    expect("b", ask(address, "b.example.", "SOA").serial(), 3)
    for name in ("a", "b", "d", "e", "f"):
        (directory / f"{name}.zone").unlink()
    (directory / "z.zone").write_text(zone("z.example."))
    expect("all replaced", serve.reload(), {"zones": 1, "changed": 1, "removed": 5, "failed": 0})
    expect("z", ask(address, "z.example.", "SOA").serial(), 1)
    expect("exit code", serve.stop(), 0)


def keeps_state(directory):
    """With --state the second start takes the images of files that have not changed, and only those."""
    zones, state = directory / "zones", directory / "state"
    zones.mkdir()
    for name in ("a", "b", "c"):
        (zones / f"{name}.zone").write_text(zone(f"{name}.example."))
    serve = Serve(zones, "--listen", "127.0.0.1:0", "--state", state)
    other = Serve(zones, "--listen", "127.0.0.1:0", "--state", state, ready=False)
    expect("exit code of a second process on one state", other.process.wait(60), 1)
    other.stop()
    expect("exit code", serve.stop(), 0)
    images = {path.name: path.stat().st_mtime_ns for path in (state / "images").iterdir()}
    expect("images", len(images), 3)

    (zones / "b.zone").write_text(zone("b.example.", 2))
    (zones / "c.zone").unlink()
    serve = Serve(zones, "--listen", "127.0.0.1:0", "--state", state)
    expect("zones", serve.zones, 2)
    for name, serial in (("a", 1), ("b", 2), ("c", None)):
        expect(name, ask(serve.addresses[0], f"{name}.example.", "SOA").serial(), serial)
    expect("exit code", serve.stop(), 0)
    now = {path.name: path.stat().st_mtime_ns for path in (state / "images").iterdir()}
    kept = [name for name in now if images.get(name) == now[name]]
    expect("images kept and now", (len(kept), len(now)), (1, 2))

    # A damaged image and a damaged index are made anew.
    for damaged in (next((state / "images").iterdir()), state / "index"):
        octets = bytearray(damaged.read_bytes())
        octets[len(octets) // 2] ^= 0xff
        damaged.write_bytes(octets)
        serve = Serve(zones, "--listen", "127.0.0.1:0", "--state", state)
        expect(f"zones with a damaged {damaged.name}", serve.zones, 2)
        for name, serial in (("a", 1), ("b", 2)):
            expect(name, ask(serve.addresses[0], f"{name}.example.", "SOA").serial(), serial)
        expect("exit code", serve.stop(), 0)
        expect("stderr", serve.stderr(), "")


def lives_and_dies_with_doord(directory):
    """When doord dies serve says so and ends; when serve dies, doord does too."""
    (directory / "a.zone").write_text(zone("a.example."))
    serve = Serve(directory, "--listen", "127.0.0.1:0")
    os.kill(serve.children()[0], signal.SIGKILL)
    expect("exit code", serve.process.wait(60), 3)
    serve.stop()
    expect_in("stderr", "doord ended by itself: killed by signal 9", serve.stderr())
    serve = Serve(directory, "--listen", "127.0.0.1:0")
    doord = serve.children()[0]
    serve.stop(signal.SIGKILL)
    wait_until(lambda: not is_alive(doord), "doord to die with serve")


def many_zones(directory):
    """13,000 small zones (2,000 in the short run): started, asked, one changed."""
    count = 13_000 if LONG else 2_000
    for number in range(count):
        (directory / f"z{number}.example.zone").write_text(zone(f"z{number}.example."))
    serve = Serve(directory, "--listen", "127.0.0.1:0")
    expect("zones", serve.zones, count)
    for number in (0, 1, count // 2, count - 1):
        expect("SOA", ask(serve.addresses[0], f"z{number}.example.", "SOA").serial(), 1)
    (directory / "z7.example.zone").write_text(zone("z7.example.", 2))
    began = time.monotonic()
    expect("reload", serve.reload(), {"zones": count, "changed": 1, "removed": 0, "failed": 0})
    reloaded = time.monotonic() - began
    expect("SOA", ask(serve.addresses[0], "z7.example.", "SOA").serial(), 2)
    expect("exit code", serve.stop(), 0)
    expect("stderr", serve.stderr(), "")
    return f"{count} zones ready after {serve.ready_after:.2f} s, one changed in {reloaded * 1000:.0f} ms"


if __name__ == "__main__":
    main(answers_at_once, origins, bad_files, nothing_to_serve, reload, keeps_state, lives_and_dies_with_doord, many_zones)
