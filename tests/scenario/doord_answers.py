#!/usr/bin/env python3
"""doord answers over UDP and TCP, IPv4 and IPv6, in any segmentation, as long as the client may expect."""

from doord_support import *


class Answers(DoordTest):
    def test_udp_and_tcp_over_both_families(self):
        doord = self.start()
        self.serve_example(doord)
        addresses = doord.listening()
        self.assertEqual(len(addresses["udp"]), 2)
        self.assertEqual(addresses["udp"], addresses["tcp"])
        for address in addresses["udp"]:
            for ask in (ask_udp, ask_tcp):
                with self.subTest(address=address, ask=ask.__name__):
                    reply = ask(address, "www.example", "A")
                    self.assertEqual((reply.id, reply.rcode, reply.aa, reply.answers), (0x1234, 0, True, 1))
                    self.assertIn(bytes([192, 0, 2, 2]), reply)
                    self.assertEqual(ask(address, "nothing.example", "A").rcode, 3)
                    self.assertEqual(ask(address, "www.elsewhere", "A").rcode, 5)

    def test_identity(self):
        doord = self.start("[identity]\nnsid = \"here.fra\"\nid_server = \"who\"\n")
        address = doord.listening()["udp"][0]
        self.assertIn(b"here.fra", ask_udp(address, "www.example", nsid=True))
        self.assertIn(b"\x03who", ask_udp(address, "id.server", "TXT", rrclass="CH"))

    def test_identity_by_default_is_node_and_pop(self):
        doord = self.start()
        self.assertIn(b"n1.fra", ask_udp(doord.listening()["udp"][0], "www.example", nsid=True))

    def test_truncation_and_retry(self):
        doord = self.start()
        self.serve_example(doord)
        address = doord.listening()["udp"][0]
        reply = ask_udp(address, "large.example", "TXT")
        self.assertTrue(reply.tc)
        self.assertLessEqual(len(reply.octets), 1232)
        whole = ask_tcp(address, "large.example", "TXT")
        self.assertFalse(whole.tc)
        self.assertGreater(len(whole.octets), 3000)
        self.assertGreaterEqual(int(doord.control().status()["truncated"]), 1)

    def test_silence_is_the_answer_to_what_is_no_query(self):
        doord = self.start()
        self.serve_example(doord)
        address = doord.listening()["udp"][0]
        with udp_socket(address) as sock:
            reply_to_reply = bytearray(query("www.example", ident=1))
            reply_to_reply[2] |= 0x80
            for silent in (b"", b"short", bytes(reply_to_reply), b"\0" * 5000):
                sock.send(silent)
            sock.send(query("www.example", ident=2))
            self.assertEqual(Response(sock.recv(65535)).id, 2)  # the first reply there is
        status = doord.control().status()
        self.assertEqual(int(status["dropped.oversize"]), 1)
        self.assertGreaterEqual(int(status["dropped.silent"]), 2)

    def test_a_wildcard_socket_answers_from_the_address_asked(self):
        doord = self.start(udp=("0.0.0.0:0", "[::]:0"))
        self.serve_example(doord)
        v4, v6 = (endpoint(address)[1] for address in doord.listening()["udp"])
        for address in (f"127.0.0.1:{v4}", f"127.3.2.1:{v4}", f"[::1]:{v6}"):
            with self.subTest(address=address):
                # A connected socket takes replies from that address alone.
                self.assertEqual(ask_udp(address, "www.example").answers, 1)
                self.assertEqual(ask_tcp(address, "www.example").answers, 1)

    def test_an_address_that_is_not_here_yet_can_be_bound(self):
        doord = self.start(udp=("127.0.0.1:0", "192.0.2.77:0", "[2001:db8::77]:0"))
        self.assertEqual(len(doord.listening()["udp"]), 3)


class Tcp(DoordTest):
    def test_pipelined_in_odd_segments(self):
        doord = self.start()
        self.serve_example(doord)
        address = doord.listening()["tcp"][0]
        stream = b"".join(frame(query("www.example", ident=i)) for i in range(200))
        for step in (1, 2, 3, 37, 1000, len(stream)):
            with self.subTest(step=step), tcp_socket(address) as sock:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for at in range(0, len(stream), step):
                    sock.sendall(stream[at:at + step])
                for i in range(200):
                    self.assertEqual(Response(read_frame(sock)).id, i)

    def test_the_longest_message_there_can_be_is_answered(self):
        doord = self.start()
        self.serve_example(doord)
        head = query("www.example", ident=9, edns=False)
        room = 65535 - len(head) - 11 - 4
        padding = struct.pack("!HH", 12, room) + b"\0" * room  # RFC 7830
        message = (head[:10] + struct.pack("!H", 1) + head[12:] + b"\0" +
                   struct.pack("!HHIH", TYPES["OPT"], 1232, 0, len(padding)) + padding)
        self.assertEqual(len(message), 65535)
        with tcp_socket(doord.listening()["tcp"][0]) as sock:
            sock.sendall(frame(message) + frame(query("www.example", ident=10)))
            first, second = Response(read_frame(sock)), Response(read_frame(sock))
            self.assertEqual((first.id, first.rcode, first.answers, second.id), (9, 0, 1, 10))

    def test_half_close_is_answered(self):
        doord = self.start()
        self.serve_example(doord)
        with tcp_socket(doord.listening()["tcp"][0]) as sock:
            sock.sendall(frame(query("www.example", ident=7)) + frame(query("large.example", "TXT", ident=8)))
            sock.shutdown(socket.SHUT_WR)
            self.assertEqual(Response(read_frame(sock)).id, 7)
            self.assertEqual(Response(read_frame(sock)).id, 8)
            self.assertEqual(sock.recv(1), b"")

    def test_an_idle_client_is_let_go_and_a_busy_one_is_not(self):
        doord = self.start("[tcp]\nidle_timeout = \"1s\"\n")
        self.serve_example(doord)
        address = doord.listening()["tcp"][0]
        with tcp_socket(address) as idle, tcp_socket(address) as busy:
            started = time.monotonic()
            while not is_closed(idle):
                busy.sendall(frame(query("www.example")))
                read_frame(busy)
                time.sleep(0.1)
                self.assertLess(time.monotonic() - started, PATIENCE)
            self.assertGreaterEqual(time.monotonic() - started, 0.9)
            busy.sendall(frame(query("www.example")))
            read_frame(busy)
        self.assertGreaterEqual(int(doord.control().status()["tcp_timeout_idle"]), 1)

    def test_a_message_has_one_deadline_however_it_drips(self):
        doord = self.start("[tcp]\nmessage_timeout = \"1s\"\nidle_timeout = \"60s\"\n")
        with tcp_socket(doord.listening()["tcp"][0]) as sock:
            started = time.monotonic()
            message = frame(query("www.example") + b"\0" * 1000)
            for i in range(len(message)):
                try:
                    sock.sendall(message[i:i + 1])
                except OSError:
                    break
                if is_closed(sock):
                    break
                time.sleep(0.05)
            self.assertGreaterEqual(time.monotonic() - started, 0.9)
            self.assertLess(time.monotonic() - started, 10)
        self.assertEqual(int(doord.control().status()["tcp_timeout_message"]), 1)

    def test_what_is_no_query_ends_the_connection(self):
        doord = self.start()
        for wrong in (b"\0\0", frame(b"short"), frame(b"\0\1\x80" + b"\0" * 20)):
            with self.subTest(wrong=wrong), tcp_socket(doord.listening()["tcp"][0]) as sock:
                sock.sendall(wrong)
                self.assertEqual(sock.recv(1), b"")

    def test_a_client_that_never_reads_is_bounded_and_ended(self):
        doord = self.start("[tcp]\nwrite_timeout = \"1s\"\nidle_timeout = \"60s\"\n")
        self.serve_example(doord)
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.connect(endpoint(doord.listening()["tcp"][0]))
        sock.setblocking(False)
        asked = 0
        stream = frame(query("large.example", "TXT")) * 100
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                asked += sock.send(stream)
            except BlockingIOError:
                if int(doord.control().status()["tcp_timeout_write"]) == 1:
                    break
                time.sleep(0.05)
            except OSError:
                break
        self.assertLess(asked, 8 << 20)  # it stopped taking queries
        wait_until(lambda: int(doord.control().status()["tcp_timeout_write"]) == 1, "the write deadline")
        sock.close()


if __name__ == "__main__":
    main()
