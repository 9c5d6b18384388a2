#!/usr/bin/env python3
"""doord's TCP limits: nobody shuts others out by holding connections, and descriptors may run out."""

import resource

from doord_support import *


def open_many(address, count, octets=b"", sources=("127.0.0.1",)):
    """Connections that do not ask; sent to each: `octets`."""
    sockets = []
    for i in range(count):
        sock = tcp_socket(address, sources[i % len(sources)])
        if octets:
            try:
                sock.sendall(octets)
            except OSError:
                pass
        sockets.append(sock)
    return sockets


class Limits(DoordTest):
    def assert_good_clients_are_served(self, address, source=None):
        for i in range(20):
            with tcp_socket(address, source) as sock:
                started = time.monotonic()
                sock.sendall(frame(query("www.example", ident=i)))
                self.assertEqual(Response(read_frame(sock)).id, i)
                self.assertLess(time.monotonic() - started, 5)

    def test_silent_and_half_sent_connections_make_room(self):
        doord = self.start("[tcp]\nclients = 40\nclients_per_source = 40\nidle_timeout = \"60s\"\nmessage_timeout = \"60s\"\n",
                           udp=("127.0.0.1:0",))
        control = self.serve_example(doord)
        address = doord.listening()["tcp"][0]
        for name, octets in {"silent": b"", "one octet": b"\0", "half": frame(query("www.example"))[:15]}.items():
            with self.subTest(name):
                hostile = open_many(address, 200, octets, sources=[f"127.0.1.{i}" for i in range(1, 50)])
                self.assert_good_clients_are_served(address, "127.0.0.9")
                self.assertLessEqual(int(control.status()["tcp_clients"]), 40)
                for sock in hostile:
                    sock.close()
        self.assertGreater(int(control.status()["tcp_evicted"]), 0)

    def test_one_source_has_its_share(self):
        # One worker, so that the share is exact.
        doord = self.start("workers = 1\n[tcp]\nclients = 100\nclients_per_source = 10\nidle_timeout = \"60s\"\n",
                           udp=("127.0.0.1:0",))
        control = self.serve_example(doord)
        address = doord.listening()["tcp"][0]
        kept = tcp_socket(address, "127.0.0.2")
        hostile = open_many(address, 60, sources=["127.0.0.3"])
        # There are 11 clients while those behind the share still come and go.
        wait_until(lambda: int(control.status()["tcp_evicted_share"]) >= 50, "all beyond the share to go")
        self.assertEqual(int(control.status()["tcp_evicted_share"]), 50)
        self.assertEqual(int(control.status()["tcp_clients"]), 11)
        self.assertEqual([is_closed(sock) for sock in hostile], [True] * 50 + [False] * 10)
        kept.sendall(frame(query("www.example", ident=5)))
        self.assertEqual(Response(read_frame(kept)).id, 5)
        for sock in hostile + [kept]:
            sock.close()

    def test_idle_time_shortens_when_places_run_out(self):
        doord = self.start("workers = 1\n[tcp]\nclients = 10\nclients_per_source = 10\nidle_timeout = \"60s\"\n",
                           udp=("127.0.0.1:0",))
        control = self.serve_example(doord)
        hostile = open_many(doord.listening()["tcp"][0], 10)
        wait_until(lambda: int(control.status()["tcp_timeout_idle"]) >= 1, "an idle client to be let go")
        for sock in hostile:
            sock.close()

    def test_no_descriptors_left(self):
        """The limit is low, the clients are many: the oldest go, nothing spins, UDP and control go on."""
        doord = self.start("[tcp]\nclients = 100000\nclients_per_source = 100000\nidle_timeout = \"60s\"\n",
                           udp=("127.0.0.1:0",))
        control = self.serve_example(doord)
        # UBSan looks at an object's type by means of a pipe the first time, which would fail without descriptors.
        ask_tcp(doord.listening()["tcp"][0], "www.example")
        in_use = len(os.listdir(f"/proc/{doord.process.pid}/fd"))
        resource.prlimit(doord.process.pid, resource.RLIMIT_NOFILE, (in_use + 30, in_use + 30))
        address = doord.listening()["tcp"][0]
        hostile = open_many(address, 300)
        self.assert_good_clients_are_served(address)
        self.assertEqual(ask_udp(address, "www.example").answers, 1)
        before = doord.cpu_seconds()
        time.sleep(0.5)  # what is measured is what doord does with time
        self.assertLess(doord.cpu_seconds() - before, 0.3, "half a second of rest costs too much")
        status = control.status()
        self.assertEqual(status["zones"], "1")
        self.assertGreater(int(status["tcp_evicted"]) + int(status["tcp_timeout_idle"]), 200)
        for sock in hostile:
            sock.close()
        self.assert_good_clients_are_served(address)

    def test_fewer_clients_than_configured_when_descriptors_are_few(self):
        def few_descriptors():
            resource.setrlimit(resource.RLIMIT_NOFILE, (120, 120))
        doord = self.start("[tcp]\nclients = 1000\n", udp=("127.0.0.1:0",), preexec_fn=few_descriptors)
        self.assertIn("fewer tcp clients than configured", doord.log())
        self.serve_example(doord)
        address = doord.listening()["tcp"][0]
        hostile = open_many(address, 200)
        self.assert_good_clients_are_served(address)
        for sock in hostile:
            sock.close()

    def test_many_hostile_connections(self):
        count = 5000 if LONG else 1000
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, count + 500), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        doord = self.start("[tcp]\nclients = 500\n", udp=("127.0.0.1:0",))
        control = self.serve_example(doord)
        address = doord.listening()["tcp"][0]
        hostile = open_many(address, count, b"\0")
        self.assert_good_clients_are_served(address)
        self.assertLessEqual(int(control.status()["tcp_clients"]), 500)
        for sock in hostile:
            sock.close()
        wait_until(lambda: int(control.status()["tcp_clients"]) == 0, "all clients to be gone")


if __name__ == "__main__":
    main()
