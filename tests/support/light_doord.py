"""Many doords at once, as far as doorsync looks at them: each takes every offer, swaps, and remembers what it runs."""
import os
import select
import socket
import threading

import control


class LightDoords(threading.Thread):
    """One thread for all; `running[path]` is {zone: (epoch, seq)} of the doord whose control socket that is."""

    def __init__(self, paths):
        super().__init__(daemon=True)
        self.running = {str(path): {} for path in paths}
        self.poll = select.epoll()
        self.listeners, self.clients = {}, {}
        for path in self.running:
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            listener.bind(path)
            listener.listen(4)
            self.listeners[listener.fileno()] = (listener, path)
            self.poll.register(listener, select.EPOLLIN)
        self.ending = False

    def run(self):
        while not self.ending:
            for fd, _ in self.poll.poll(0.2):
                if fd in self.listeners:
                    listener, path = self.listeners[fd]
                    client = listener.accept()[0]
                    self.clients[client.fileno()] = (client, path, {})
                    self.poll.register(client, select.EPOLLIN)
                elif not self.answer(*self.clients[fd]):
                    self.poll.unregister(fd)
                    self.clients.pop(fd)[0].close()

    def answer(self, client, path, staged):
        """False: the client has left."""
        try:
            packet, fds, _, _ = socket.recv_fds(client, 65536, 8)
            for fd in fds:
                os.close(fd)
            if not packet:
                return False
            verb, fields = control.decode(packet)
            fields = dict(fields)
            if verb == 'zones':
                for zone, (epoch, seq) in self.running[path].items():
                    client.send(control.encode('zone', [('zone', zone), ('epoch', str(epoch)), ('seq', str(seq))]))
                client.send(control.encode('end'))
            elif verb == 'offer':
                staged[fields['zone']] = (int(fields['epoch']), int(fields['seq']))
                client.send(control.encode('staged'))
            elif verb == 'remove':
                staged[fields['zone']] = None
                client.send(control.encode('staged'))
            elif verb == 'swap':
                for zone, number in staged.items():
                    before = self.running[path].get(zone)
                    if number is None:
                        self.running[path].pop(zone, None)
                    elif before is None or number >= before:
                        self.running[path][zone] = number
                    else:
                        raise AssertionError('%s was offered %s after %s' % (path, number, before))
                staged.clear()
                client.send(control.encode('swapped'))
            elif verb == 'await_notify':
                pass  # there never is one
            else:
                client.send(control.encode('error', [('reason', 'not known here')]))
            return True
        except OSError:
            return False

    def end(self):
        self.ending = True
        self.join()
        for listener, _ in self.listeners.values():
            listener.close()
        for client, _, _ in self.clients.values():
            client.close()
