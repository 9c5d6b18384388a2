#!/usr/bin/env python3
"""doord's control socket: images in, status out, and clients of every kind."""

import ctypes

from doord_support import *


class HandOver(DoordTest):
    def test_an_image_is_served_after_the_swap_and_not_before(self):
        doord = self.start()
        address = doord.listening()["udp"][0]
        self.assertEqual(ask_udp(address, "www.example").rcode, 5)
        control = doord.control()
        image = make_image(self.directory / "a.img", EXAMPLE.replace("{serial}", "7"), 3, 9)
        self.assertEqual(control.offer(image, epoch=3, seq=9),
                         ("staged", {"zone": "example.", "epoch": "3", "seq": "9", "serial": "7"}))
        self.assertEqual(ask_udp(address, "www.example").rcode, 5)
        verb, fields = control.ask("swap")
        self.assertEqual((verb, fields["zones"]), ("swapped", "1"))
        self.assertEqual(ask_udp(address, "www.example").answers, 1)
        rows = control.stream("zones")
        self.assertEqual([(row["zone"], row["epoch"], row["seq"], row["serial"]) for row in rows], [("example.", "3", "9", "7")])
        self.assertEqual(len(rows[0]["digest"]), 64)
        self.assertEqual(int(rows[0]["records"]), 6)
        self.assertEqual(control.stream("zones", {"zone": "example."}), rows)
        self.assertEqual(control.stream("zones", {"zone": "other."}), [])

        self.assertEqual(control.ask("remove", {"zone": "EXAMPLE"})[0], "staged")
        self.assertEqual(ask_udp(address, "www.example").answers, 1)
        self.assertEqual(control.ask("swap")[1]["zones"], "0")
        self.assertEqual(ask_udp(address, "www.example").rcode, 5)

    def test_a_bad_offer_is_refused_with_a_reason_and_changes_nothing(self):
        doord = self.start()
        control = self.serve_example(doord)
        good = make_image(self.directory / "good.img", EXAMPLE.replace("{serial}", "2"), 1, 2).read_bytes()
        flipped = bytearray(good)
        flipped[len(flipped) // 2] ^= 0x10
        for name, octets in {"empty": b"", "text": b"no image\n" * 1000, "cut": good[:-100], "flipped": bytes(flipped),
                             "only a head": good[:64]}.items():
            with self.subTest(name):
                (self.directory / "bad.img").write_bytes(octets)
                verb, fields = control.offer(self.directory / "bad.img", seq=2)
                self.assertEqual(verb, "refused")
                self.assertTrue(fields["reason"])
        for name, more in {"version": {"seq": 3}, "zone": {"zone": "elsewhere."}, "name": {"zone": "a..b"}}.items():
            with self.subTest(name):
                verb, fields = control.offer(self.directory / "good.img", **{"seq": 2, **more})
                self.assertEqual(verb, "refused", fields)
        self.assertEqual(control.ask("offer", {"zone": "example.", "epoch": 1, "seq": 2})[0], "refused")
        reader, writer = os.pipe()
        self.assertEqual(control.ask("offer", {"zone": "example.", "epoch": 1, "seq": 2}, [reader])[0], "refused")
        os.close(reader)
        os.close(writer)
        self.assertEqual(control.ask("swap")[1]["zones"], "1")
        self.assertIn(b"serial 1", ask_udp(doord.listening()["udp"][0], "www.example", "TXT"))

    def test_staging_is_per_connection_and_goes_with_it(self):
        doord = self.start()
        image = make_image(self.directory / "a.img", EXAMPLE.replace("{serial}", "7"))
        first, second = doord.control(), doord.control()
        self.assertEqual(first.offer(image)[0], "staged")
        self.assertEqual(second.ask("swap")[1]["zones"], "0")
        first.close()
        self.assertEqual(doord.control().ask("swap")[1]["zones"], "0")

    def test_thousands_of_offers_before_the_first_reply_is_read(self):
        count = 100_000 if LONG else 13_000
        many = self.directory / "many"
        many.mkdir()
        subprocess.run([BIN / "image_tool", "--many", str(count), "1", "1", many], check=True)
        doord = self.start()
        control = doord.control()
        control.sock.settimeout(300)
        started = time.monotonic()
        for i in range(count):
            with open(many / f"{i}.img", "rb") as file:
                control.send("offer", {"zone": f"z{i}.example.", "epoch": 1, "seq": 1}, [file.fileno()])
        control.send("swap")
        self.assertEqual(doord.control().status()["generation"], "2")  # others are heard meanwhile
        for i in range(count):
            verb, fields = control.receive()
            self.assertEqual((verb, dict(fields).get("zone")), ("staged", f"z{i}.example."))
        verb, fields = control.receive()
        self.assertEqual((verb, dict(fields)["zones"]), ("swapped", str(count)))
        print(f"{count} images handed over in {time.monotonic() - started:.1f} s")
        address = doord.listening()["udp"][0]
        for i in (0, 1, count // 2, count - 1):
            self.assertEqual(ask_udp(address, f"www.z{i}.example").answers, 1)
        started = time.monotonic()
        rows = control.stream("zones")
        self.assertEqual(len({row["zone"] for row in rows}), count)
        print(f"{count} zones listed in {time.monotonic() - started:.1f} s")
        open_files = len(os.listdir(f"/proc/{doord.process.pid}/fd"))
        self.assertLess(open_files, 60)


class Clients(DoordTest):
    def test_status_adds_up(self):
        doord = self.start("workers = 2\n")
        control = self.serve_example(doord)
        addresses = doord.listening()
        for i in range(30):
            ask_udp(addresses["udp"][i % 2], "www.example")
        for i in range(10):
            ask_tcp(addresses["tcp"][i % 2], "nothing.example")
        status = control.status()
        self.assertEqual(status["workers"], "2")
        self.assertEqual(status["pid"], str(doord.process.pid))
        self.assertEqual((status["udp_queries"], status["udp4_queries"], status["udp6_queries"]), ("30", "15", "15"))
        self.assertEqual((status["tcp_queries"], status["tcp_responses"]), ("10", "10"))
        self.assertEqual((status["rcode.noerror"], status["rcode.nxdomain"]), ("30", "10"))
        self.assertEqual(int(status["worker.0.udp_queries"]) + int(status["worker.1.udp_queries"]), 30)
        self.assertEqual(status["draining"], "no")
        self.assertLess(int(status["beat_age_ms"]), 5000)

    def test_who_drains_the_pop_has_tcp_clients_told_to_leave(self):
        doord = self.start("[tcp]\nidle_timeout = \"7s\"\n")
        control = doord.control()
        asked = (struct.pack("!HHHHHH", 1, 0, 1, 0, 0, 1) + wire_name("id.server") + struct.pack("!HH", 16, 3) + b"\0" +
                 struct.pack("!HHIH", TYPES["OPT"], 1232, 0, 4) + struct.pack("!HH", 11, 0))
        with tcp_socket(doord.listening()["tcp"][0]) as client:
            def told():
                client.sendall(frame(asked))
                answer = read_frame(client)
                return struct.unpack("!H", answer[answer.index(struct.pack("!HH", 11, 2)) + 4:][:2])[0]
            self.assertEqual(told(), 70)  # in units of 100 ms (RFC 7828)
            for draining, timeout in (("yes", 0), ("no", 70)):
                self.assertEqual(control.ask("status", {"draining": draining})[1]["draining"], draining)
                wait_until(lambda: told() == timeout, f"a timeout of {timeout}")
            self.assertEqual(control.status()["draining"], "no")

    def test_the_beat_shows_a_hung_thread_and_a_swap_waits_for_it(self):
        doord = self.start("workers = 2\n")
        for thread in ("worker-1", "udp-1"):
            with self.subTest(thread=thread):
                self.check_hung_thread(doord, thread)

    def check_hung_thread(self, doord, name):
        control = doord.control()
        wait_until(lambda: int(control.status()["beat_age_ms"]) < 200, "a young beat")
        tasks = pathlib.Path(f"/proc/{doord.process.pid}/task")
        hung = [int(task.name) for task in tasks.iterdir() if (task / "comm").read_text() == name + "\n"][0]
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.ptrace(16, hung, None, None) != 0:  # PTRACE_ATTACH stops that thread alone
            self.skipTest("ptrace is not allowed here")
        os.waitpid(hung, 0x40000000)  # __WALL
        try:
            wait_until(lambda: int(control.status()["worker.1.beat_age_ms"]) > 1000, "an old beat")
            status = control.status()
            self.assertEqual(status["beat_age_ms"], max((status[f"worker.{i}.beat_age_ms"] for i in (0, 1)), key=int))
            self.assertLess(int(status["worker.0.beat_age_ms"]), 500)
            swapper = doord.control()
            swapper.send("swap")
            swapper.sock.settimeout(0.3)
            with self.assertRaises(TimeoutError):
                swapper.receive()
        finally:
            libc.ptrace(17, hung, None, None)  # PTRACE_DETACH
        swapper.sock.settimeout(PATIENCE)
        self.assertEqual(swapper.receive()[0], "swapped")
        wait_until(lambda: int(control.status()["beat_age_ms"]) < 200, "a young beat")

    def test_what_is_no_request_gets_an_error_and_harms_nobody(self):
        doord = self.start()
        control = doord.control()
        self.assertEqual(control.ask("nonsense")[0], "error")
        for wrong in (b"x", b"DOR1", b"DOR1\0\0\0", b"DOR1\x06status\xff\xff", os.urandom(500), b"\0" * 60_000):
            control.sock.send(wrong)
            verb, fields = control.receive()
            self.assertEqual(verb, "error", fields)
        with open("/dev/null", "rb") as null:
            socket.send_fds(control.sock, [encode("status")], [null.fileno()] * 20)
            self.assertEqual(control.receive()[0], "error")
            socket.send_fds(control.sock, [b"junk"], [null.fileno()] * 3)
            self.assertEqual(control.receive()[0], "error")
        self.assertEqual(control.status()["zones"], "0")
        self.assertLess(len(os.listdir(f"/proc/{doord.process.pid}/fd")), 60)

    def test_a_client_that_does_not_read_holds_up_nobody(self):
        doord = self.start()
        stuck = doord.control()
        stuck.sock.setblocking(False)
        sent = 0
        while sent < 200_000:
            try:
                stuck.sock.send(encode("status"))
                sent += 1
            except BlockingIOError:
                break
        self.assertEqual(doord.control().status()["zones"], "0")
        resident = int(pathlib.Path(f"/proc/{doord.process.pid}/statm").read_text().split()[1]) * 4096
        if "dev" not in str(BIN):
            self.assertLess(resident, 200 << 20)
        # What was asked is answered once it reads.
        stuck.sock.settimeout(PATIENCE)
        for _ in range(sent):
            self.assertEqual(stuck.receive()[0], "status")

    def test_more_clients_than_there_are_places(self):
        doord = self.start()
        clients = [doord.control() for _ in range(300)]
        self.assertEqual(clients[0].status()["zones"], "0")
        for client in clients:
            client.close()
        wait_until(lambda: doord.control().ask("status")[0] == "status", "a free place")

    def test_a_parent_that_goes_takes_doord_with_it(self):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        os.set_inheritable(theirs.fileno(), True)
        doord = self.start(arguments=("--control-fd", str(theirs.fileno())), pass_fds=(theirs.fileno(),))
        theirs.close()
        parent = Control(sock=ours)
        self.assertEqual(parent.status()["zones"], "0")
        self.assertEqual(doord.control().status()["zones"], "0")  # the socket is there beside it
        doord.control().close()
        parent.close()
        self.assertEqual(doord.process.wait(PATIENCE), 0)
        self.assertFalse(doord.socket.exists())
        self.assertEqual(doord.end(), 0)


if __name__ == "__main__":
    main()
