"""doord with AF_XDP over veth: the same answers as by sockets, what is left to the kernel, and what happens when
interfaces, processes and configs come and go."""
import pathlib
import random
import signal
import socket
import struct
import time

from doord_support import *  # noqa: F403
from xdp_support import *  # noqa: F403

XDP = '[cookies]\nsecrets = ["000102030405060708090a0b0c0d0e0f"]\n[xdp]\nenabled = true\ninterface = ["door"]\n'
SOCKETS = XDP.replace("true", "false")
A4, B4, CLIENT4 = (socket.inet_aton(f"10.77.0.{number}") for number in (1, 3, 2))
A6, CLIENT6 = (socket.inet_pton(socket.AF_INET6, f"fd77::{number}") for number in (1, 2))
QUESTIONS = 6000 if LONG else 1500  # by each path and family
# For what should not come.
SILENCE = 0.3


def questions(names, count):
    """Queries of every kind, right and wrong."""
    chosen = random.Random(7)
    for number in range(count):
        name = chosen.choice(names)
        if chosen.random() < 0.3:
            name = f"x{number}." + name
        flags = chosen.choice([0, 0, 0x0100, 0x0110, 0x2000, 0x2800, 0x8000]) if number % 9 == 0 else 0
        rrtype = chosen.choice([1, 2, 5, 6, 15, 16, 28, 43, 46, 48, 250, 251, 252, 255, 65280])
        rrclass = chosen.choice([1, 1, 1, 1, 1, 3, 255])
        options = b""
        if chosen.random() < 0.3:
            options += struct.pack("!HH", 3, 0)
        if chosen.random() < 0.2:
            options += struct.pack("!HH", 10, 8) + bytes(range(8))
        if chosen.random() < 0.05:
            options += struct.pack("!HH", 10, 3) + b"bad"
        edns = chosen.random() < 0.8
        opt = b"\0" + struct.pack("!HHBBHH", 41, chosen.choice([0, 512, 1232, 4096]), 0, int(chosen.random() < 0.05),
                                  chosen.choice([0, 0x8000]), len(options)) + options if edns else b""
        message = struct.pack("!HHHHHH", number & 0xFFFF, flags, 1, 0, 0, int(edns)) + wire_name(name) + \
            struct.pack("!HH", rrtype, rrclass) + opt
        if number % 41 == 0:  # cut, or with something behind it
            message = message[:chosen.randrange(12, len(message))]
        elif number % 43 == 0:
            message += bytes(chosen.randrange(1, 200))
        yield message


def response_to(sock, message, patience=PATIENCE):
    sock.settimeout(patience)
    sock.send(message)
    while True:
        octets = sock.recv(65535)
        if octets[:2] == message[:2]:
            return octets


def ask_in(sock, name):
    return Response(response_to(sock, query(name, ident=0x77)))


class XdpTest(DoordTest):
    def setUp(self):
        super().setUp()
        self.network = Network()
        self.addCleanup(self.network.remove)
        self.wire = Wire(self.network)
        self.addCleanup(self.wire.close)

    def start(self, settings=XDP, number=1, ready=True, port=53, as_user=None, capabilities=(), **more):
        """doord on 10.77.0.NUMBER and fd77::NUMBER, in a directory of its own."""
        directory = self.directory / f"doord-{len(list(self.directory.glob('doord-*')))}"
        directory.mkdir()
        if as_user is not None:
            os.chown(directory, as_user, as_user)
            os.chmod(self.directory, 0o755)

        def before():
            enter(self.network.server)
            if as_user is not None:
                become(as_user, capabilities)
        self.udp = (f"10.77.0.{number}:{port}", f"[fd77::{number}]:{port}")
        doord = Doord(directory, settings, udp=self.udp, preexec_fn=before, **more)
        self.addCleanup(lambda: self.assertEqual(doord.end(), 0, doord.log()) if doord.process.returncode is None else None)
        return doord.wait_ready() if ready else doord

    def client(self, address):
        sock = self.network.in_client(lambda: udp_socket(address))
        self.addCleanup(sock.close)
        return sock

    def wait_on(self, doord, times=1):
        doord.wait_log('event="xdp on"', times)

    def counter(self, doord, name):
        control = doord.control()
        value = int(control.status()[name])
        control.close()
        return value

    def state(self, doord):
        control = doord.control()
        state = control.status()["xdp.door"]
        control.close()
        return state

    def offer(self, doord, path, zone):
        control = doord.control()
        self.addCleanup(control.close)
        self.assertEqual(control.offer(path, zone=zone)[0], "staged")
        self.assertEqual(control.ask("swap")[0], "swapped")

    def test_the_same_answers_as_by_sockets(self):
        text = (pathlib.Path(os.environ["DOORS_TEST_DATA"]) / "root-2021-signed.zone").read_text()
        root = make_image(self.directory / "root.img", text)
        example = make_image(self.directory / "example.img", EXAMPLE.replace("{serial}", "1"))
        names = ["example", "www.example", "large.example", "none.example", "com", "org", "arpa", "net", "uk", "",
                 "a.root-servers.net", "id.server", "version.bind"]
        by_xdp, by_socket = self.start(XDP, 1), self.start(SOCKETS, 3)
        self.wait_on(by_xdp)
        for doord in (by_xdp, by_socket):
            self.offer(doord, example, "example.")
            self.offer(doord, root, ".")
        asked = answered = large = 0
        for a, b in (("10.77.0.1:53", "10.77.0.3:53"), ("[fd77::1]:53", "[fd77::3]:53")):
            clients = self.client(a), self.client(b)
            for message in questions(names, QUESTIONS):
                if message[2] & 0x80:  # a response itself: silence, which the next answer's ID shows
                    for sock in clients:
                        sock.send(message)
                    asked += 1
                    continue
                for _ in range(3):  # a server cookie has the second in it
                    xdp, sockets = (response_to(sock, message) for sock in clients)
                    asked += 1
                    if xdp == sockets:
                        break
                self.assertEqual(xdp.hex(), sockets.hex(), message.hex())
                answered += 1
                large += len(xdp) > 1000
        self.assertEqual(self.counter(by_xdp, "xdp_queries"), asked)
        self.assertEqual(self.counter(by_socket, "xdp_queries"), 0)
        self.assertGreater(large, 20)
        one, other = (doord.control().status() for doord in (by_xdp, by_socket))
        for name in ("udp4_queries", "udp6_queries", "udp_responses", "truncated", "udp_octets_in", "udp_octets_out",
                     "dropped.silent", "rcode.noerror", "rcode.nxdomain", "rcode.refused", "rcode.formerr", "rcode.badvers"):
            self.assertEqual(one[name], other[name], name)
        print(f"{answered} answers the same by AF_XDP and by sockets, {large} of them over 1,000 octets")

    def test_what_is_out_of_the_ordinary_goes_to_the_kernel_and_is_answered(self):
        doord = self.start()
        self.wait_on(doord)
        message = [0]

        def fresh(**more):
            message[0] += 1
            return query("id.server", "TXT", ident=message[0], rrclass="CH", **more)
        plain = udp_octets(CLIENT4, A4, fresh())
        half = len(plain) // 2 // 8 * 8
        four = lambda udp, **more: ethernet(ipv4_packet(udp, CLIENT4, A4, **more))
        # The kernel has to know who asks, for it answers by its own neighbour table.
        self.wire.send(four(plain))
        self.assertIsNotNone(self.wire.answer(message[0], PATIENCE))
        self.client("10.77.0.1:53").send(fresh())
        self.client("[fd77::1]:53").send(fresh())
        wait_until(lambda: self.counter(doord, "xdp_queries") == 3, "three queries by AF_XDP")

        def by_kernel(what, *frames):
            before = self.counter(doord, "udp_queries")
            for one in frames:
                self.wire.send(one)
            self.assertIsNotNone(self.wire.answer(message[0], PATIENCE), what)
            self.assertEqual(self.counter(doord, "xdp_queries"), 3, what)
            self.assertEqual(self.counter(doord, "udp_queries"), before + 1, what)
        by_kernel("IPv4 options", four(udp_octets(CLIENT4, A4, fresh()), options=b"\1\1\1\1"))
        plain = udp_octets(CLIENT4, A4, fresh())
        by_kernel("fragments", four(plain[:half], fragment=0x2000), four(plain[half:], fragment=half // 8))
        udp = udp_octets(CLIENT6, A6, fresh())
        by_kernel("an IPv6 extension header",
                  ethernet(ipv6_packet(udp, CLIENT6, A6, extension=bytes([17, 0, 1, 4, 0, 0, 0, 0]))))
        # TCP, and so ARP and neighbour discovery.
        for address in self.udp:
            with self.network.in_client(lambda: tcp_socket(address)) as sock:
                sock.sendall(frame(fresh()))
                self.assertEqual(Response(read_frame(sock)).answers, 1)
        self.assertEqual(self.counter(doord, "xdp_queries"), 3)
        # Nobody's: another port, another address, two tags, damaged on the way.
        for what, octets in {
                "another port": four(udp_octets(CLIENT4, A4, fresh(), port=54)),
                "another address": ethernet(ipv4_packet(udp_octets(CLIENT4, B4, fresh()), CLIENT4, B4)),
                "two tags": ethernet(ipv4_packet(udp_octets(CLIENT4, A4, fresh()), CLIENT4, A4), tags=(5, 6)),
                "a group": ethernet(ipv4_packet(udp_octets(CLIENT4, A4, fresh()), CLIENT4, A4), to=b"\xff" * 6, tags=(5,))}.items():
            self.wire.send(octets)
            self.assertIsNone(self.wire.answer(message[0], SILENCE), what)
            self.assertEqual(self.counter(doord, "xdp_queries"), 3, what)

    def test_a_vlan_tag_comes_back(self):
        doord = self.start()
        self.wait_on(doord)
        for ident, packet in ((7, ipv4_packet(udp_octets(CLIENT4, A4, query("id.server", "TXT", 7, "CH")), CLIENT4, A4)),
                              (8, ipv6_packet(udp_octets(CLIENT6, A6, query("id.server", "TXT", 8, "CH")), CLIENT6, A6))):
            self.wire.send(ethernet(packet, tags=(0x6123,)))
            octets, tag = self.wire.answer(ident, PATIENCE)
            self.assertEqual(tag, 0x6123)
            self.assertEqual(Response(message_of(octets)).answers, 1)
        self.assertEqual(self.counter(doord, "xdp_queries"), 2)

    def test_nobody_is_answered_at_a_source_that_is_none(self):
        doord = self.start()
        self.wait_on(doord)
        sources = ["255.255.255.255", "224.0.0.1", "127.0.0.1", "0.0.0.0"]
        for ident, source in enumerate(sources, 100):
            octets = socket.inet_aton(source)
            self.wire.send(ethernet(ipv4_packet(udp_octets(octets, A4, query("id.server", "TXT", ident, "CH")), octets, A4)))
        udp = bytearray(udp_octets(CLIENT4, A4, query("id.server", "TXT", 200, "CH")))
        udp[-1] ^= 1
        self.wire.send(ethernet(ipv4_packet(bytes(udp), CLIENT4, A4)))
        self.wire.send(ethernet(ipv4_packet(udp_octets(CLIENT4, A4, query("id.server", "TXT", 201, "CH"), source_port=0), CLIENT4, A4)))
        wait_until(lambda: self.counter(doord, "dropped.frame") == 5, "five frames dropped")
        wait_until(lambda: self.counter(doord, "dropped.port_zero") == 1, "one dropped for its port")
        self.assertEqual(self.counter(doord, "udp_responses"), 0)
        self.assertEqual(self.counter(doord, "dropped"), 6)

    def test_an_interface_goes_down_and_comes_again_and_another_takes_its_name(self):
        doord = self.start()
        self.wait_on(doord)
        sock = self.client("10.77.0.1:53")
        message = query("id.server", "TXT", rrclass="CH")
        response_to(sock, message)
        self.network.set_link("down")
        doord.wait_log('event="xdp off')
        self.assertEqual(self.state(doord), "off: the interface is down")
        self.assertEqual(self.counter(doord, "xdp_fallbacks"), 1)
        self.network.set_link("up")
        self.wait_on(doord, 2)
        wait_until(lambda: self.answers(sock, message), "an answer")
        before = self.counter(doord, "xdp_queries")
        response_to(sock, message)
        self.assertEqual(self.counter(doord, "xdp_queries"), before + 1)
        self.assertEqual(self.state(doord), "on: native, copy")

        self.network.disconnect()
        doord.wait_log('reason="the interface is gone"')
        wait_until(lambda: self.state(doord) == "off: no such interface", "its state")
        self.network.connect()
        self.wait_on(doord, 3)
        sock = self.client("10.77.0.1:53")
        wait_until(lambda: self.answers(sock, message), "an answer")
        self.assertEqual(self.counter(doord, "xdp_fallbacks"), 2)
        self.assertGreater(self.counter(doord, "xdp_queries"), before + 1)

    def answers(self, sock, message):
        try:
            return response_to(sock, message, 0.5)
        except OSError:  # no answer, or no route yet
            return None

    def test_killed_it_leaves_the_queries_to_the_kernel_and_the_next_takes_over(self):
        first = self.start()
        self.wait_on(first)
        self.assertTrue(self.network.has_program())
        first.process.kill()
        first.process.wait()
        wait_until(lambda: not self.network.has_program(), "the program to go with its process")
        second = self.start()
        self.wait_on(second)
        response_to(self.client("10.77.0.1:53"), query("id.server", "TXT", rrclass="CH"))
        self.assertEqual(self.counter(second, "xdp_queries"), 1)

    def test_who_finds_the_interface_taken_says_so_and_waits(self):
        first = self.start(number=1)
        self.wait_on(first)
        second = self.start(number=3)
        second.wait_log("another XDP program is there")
        sock = self.client("10.77.0.3:53")
        message = query("id.server", "TXT", rrclass="CH")
        response_to(sock, message)
        self.assertEqual(self.counter(second, "xdp_queries"), 0)
        self.assertIn("another XDP program", self.state(second))
        first.process.kill()
        first.process.wait()
        self.wait_on(second)
        response_to(sock, message)
        self.assertEqual(self.counter(second, "xdp_queries"), 1)
        self.assertEqual(second.log().count("another XDP program is there"), 1, "told once, not at each try")

    def test_a_reload_turns_it_off_and_on_and_loses_no_query(self):
        doord = self.start()
        self.wait_on(doord)
        sock = self.client("10.77.0.1:53")
        message = query("id.server", "TXT", rrclass="CH")

        def turn(settings, text, times):
            doord.write_config(settings, self.udp)
            doord.process.send_signal(signal.SIGHUP)
            deadline = time.monotonic() + PATIENCE
            while doord.log().count(text) < times and time.monotonic() < deadline:
                response_to(sock, message)
            self.assertEqual(doord.log().count(text), times)
        response_to(sock, message)
        turn(SOCKETS, 'reason="the config says so"', 1)
        self.assertFalse(self.network.has_program())
        by_xdp = self.counter(doord, "xdp_queries")
        self.assertGreater(by_xdp, 0)
        response_to(sock, message)
        self.assertEqual(self.counter(doord, "xdp_queries"), by_xdp)
        turn(XDP, 'event="xdp on"', 2)
        response_to(sock, message)
        self.assertGreater(self.counter(doord, "xdp_queries"), by_xdp)
        # An address that is not in the config any more is the kernel's, one that is new is ours.
        self.udp = ("10.77.0.3:53",)
        turn_from = self.client("10.77.0.3:53")
        doord.write_config(XDP, self.udp)
        doord.process.send_signal(signal.SIGHUP)
        wait_until(lambda: self.answers(turn_from, message), "the new address to answer")
        wait_until(lambda: self.counter(doord, "xdp_queries") > by_xdp and self.by_xdp(doord, turn_from, message), "AF_XDP there")
        self.assertIsNone(self.answers(sock, message))

    def by_xdp(self, doord, sock, message):
        before = self.counter(doord, "xdp_queries")
        response_to(sock, message)
        return self.counter(doord, "xdp_queries") == before + 1

    def test_generic_mode_and_fewer_queues_than_there_are(self):
        doord = self.start(XDP + 'mode = "generic"\nqueues = 1\nring = 64\n')
        self.wait_on(doord)
        self.assertEqual(self.state(doord), "on: generic, copy")
        for _ in range(200):
            response_to(self.client("[fd77::1]:53"), query("id.server", "TXT", rrclass="CH"))
        self.assertEqual(self.counter(doord, "udp_queries"), 200)
        self.assertEqual(self.counter(doord, "xdp.door.queues"), 1)

    def test_a_flood_fills_and_empties_the_rings(self):
        doord = self.start(XDP + "ring = 64\n")
        self.wait_on(doord)
        sock = self.client("10.77.0.1:53")
        message = query("id.server", "TXT", ident=1, rrclass="CH")
        for _ in range(20000):
            sock.send(message)
        after = query("id.server", "TXT", ident=2, rrclass="CH")
        wait_until(lambda: self.answers(sock, after), "an answer after the flood")
        wait_until(lambda: self.counter(doord, "udp_responses") == self.counter(doord, "xdp_queries"), "the last responses")
        taken = self.counter(doord, "xdp_queries")
        self.assertGreater(taken, 1000)
        self.assertEqual(self.counter(doord, "xdp.door.lost_unfit"), 0)
        print(f"of 20,000 queries at once {taken} were answered")

    def test_without_privileges_it_says_what_is_missing_and_answers_by_sockets(self):
        doord = self.start(port=5300, as_user=65534)
        doord.wait_log("CAP_NET_ADMIN")
        response_to(self.client("10.77.0.1:5300"), query("id.server", "TXT", rrclass="CH"))
        self.assertIn("CAP_BPF", self.state(doord))

    def test_three_capabilities_are_enough(self):
        net_bind_service, net_admin, net_raw, bpf = 10, 12, 13, 39
        doord = self.start(XDP + "ring = 256\n", as_user=65534, capabilities=(net_bind_service, net_admin, net_raw, bpf))
        self.wait_on(doord)
        response_to(self.client("10.77.0.1:53"), query("id.server", "TXT", rrclass="CH"))
        self.assertEqual(self.counter(doord, "xdp_queries"), 1)

    def test_a_thread_that_hangs_costs_no_more_than_a_second(self):
        doord = self.start()
        self.wait_on(doord)
        sock = self.client("10.77.0.1:53")
        message = query("id.server", "TXT", rrclass="CH")
        response_to(sock, message)
        frozen = Frozen(doord.process.pid, "xdp-0")
        try:
            doord.wait_log("a queue's thread hangs")
            response_to(sock, message, 5)
            self.assertFalse(self.network.has_program())
            self.serve_example(doord)  # nobody waits for the one that hangs
            self.assertEqual(ask_in(sock, "www.example").answers, 1)
        finally:
            frozen.thaw()
        self.wait_on(doord, 2)
        response_to(sock, message)
        before = self.counter(doord, "xdp_queries")
        self.assertEqual(ask_in(sock, "www.example").answers, 1)
        self.assertEqual(self.counter(doord, "xdp_queries"), before + 1)

    def test_wildcards_are_the_kernels_and_it_says_so(self):
        self.udp = ("0.0.0.0:53",)
        directory = self.directory / "doord-wild"
        directory.mkdir()
        doord = Doord(directory, XDP, udp=self.udp, preexec_fn=lambda: enter(self.network.server))
        self.addCleanup(doord.end)
        doord.wait_ready()
        doord.wait_log("takes no wildcard")
        response_to(self.client("10.77.0.1:53"), query("id.server", "TXT", rrclass="CH"))
        self.assertIn("off: no address", self.state(doord))


if __name__ == "__main__":
    need_root_and_namespaces()
    need_xdp()
    main()
