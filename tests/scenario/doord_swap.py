#!/usr/bin/env python3
"""100 swaps under load: no query is lost, and none is answered from two versions at once."""

import threading

from doord_support import *

SWAPS = 1000 if LONG else 100


class Swap(DoordTest):
    def test_no_query_is_lost_or_mixed(self):
        doord = self.start()
        images = {}
        for seq in range(1, 11):
            images[seq] = make_image(self.directory / f"{seq}.img", EXAMPLE.replace("{serial}", str(seq)), 1, seq)
        control = doord.control()
        control.offer(images[1])
        self.assertEqual(control.ask("swap")[0], "swapped")
        addresses = doord.listening()["udp"]
        over = threading.Event()
        asked, wrong = [0] * len(addresses), []

        def load(number, address):
            newest = 0
            with udp_socket(address) as sock:
                sock.settimeout(5)
                while not over.is_set():
                    for ident in range(16):
                        sock.send(query("www.example", "TXT", ident=ident))
                    for _ in range(16):
                        try:
                            reply = Response(sock.recv(65535))
                        except OSError as problem:
                            return wrong.append(repr(problem))
                        asked[number] += 1
                        if reply.rcode != 0 or reply.answers != 1 or b"serial " not in reply:
                            return wrong.append(reply.octets)

        threads = [threading.Thread(target=load, args=pair) for pair in enumerate(addresses)]
        for thread in threads:
            thread.start()
        waits = []
        try:
            for swap in range(SWAPS):
                seq = 2 + swap % 9
                self.assertEqual(control.offer(images[seq], seq=seq)[0], "staged")
                started = time.monotonic()
                self.assertEqual(control.ask("swap")[0], "swapped")
                waits.append(time.monotonic() - started)
                # Acknowledged means that every worker answers from it: each new socket may meet another worker.
                for address in addresses:
                    self.assertIn(b"serial %d" % seq, ask_udp(address, "www.example", "TXT"))
        finally:
            over.set()
            for thread in threads:
                thread.join()
        self.assertEqual(wrong, [])
        waits.sort()
        print(f"{SWAPS} swaps, {sum(asked)} queries, none lost; swap acknowledged in "
              f"{waits[len(waits) // 2] * 1000:.1f} ms (median), {waits[-1] * 1000:.1f} ms (most)")


if __name__ == "__main__":
    main()
