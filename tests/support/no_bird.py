"""Things on BIRD's control socket that are no BIRD: hung, flooding, talking garbage, cut in mid-reply, lying, and more."""
import os
import socket
import threading
import time

# How each is told by `doorctl why`.
MANNERS = {
    'full': 'not connected',
    'hung': 'greeting: no answer within 1 s',
    'silent': 'command: no answer within 1 s',
    'flooding': "breaks BIRD's protocol",
    'garbage': "breaks BIRD's protocol",
    'cut': 'not connected',
    'too much': "breaks BIRD's protocol",
    'denied': 'refused with code 8007',
    'lying': 'bird: has not 192.0.2.0/24',
}


class NoBird(threading.Thread):
    """Sits on BIRD's socket and behaves as `manner` says."""

    def __init__(self, path, manner):
        super().__init__(daemon=True)
        self.manner, self.path, self.ending, self.commands = manner, path, False, 0
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(0 if manner == 'full' else 8)
        self.listener.settimeout(0.1)
        self.start()

    def run(self):
        kept = []
        while not self.ending:
            if self.manner == 'full':
                time.sleep(0.1)
                continue
            try:
                client = self.listener.accept()[0]
            except TimeoutError:
                continue
            kept.append(client)
            client.settimeout(2)
            try:
                self.serve(client)
            except OSError:
                pass

    def serve(self, client):
        if self.manner == 'hung':
            return
        if self.manner == 'flooding':
            while True: client.sendall(b'1000-' + b'x' * 4000 + b'\n')
        if self.manner == 'garbage':
            client.sendall(b'\x00\xff\x17garbage\n')
            return
        client.sendall(b'0001 BIRD 9.9 ready.\n')
        while not self.ending:
            command = client.recv(2000)
            if not command: return
            self.commands += 1
            assert len(command) <= 1000 and command.count(b'\n') == 1, command
            if self.manner == 'silent': continue
            if self.manner == 'cut':
                client.sendall(b'0010-door4: alr')
                client.close()
                return
            client.sendall({'denied': b'8007 Access denied\n', 'lying': b'0010-door4: already enabled\n0000 \n',
                            'too much': b'0000 \n0000 \n'}[self.manner])

    def stop(self):
        self.ending = True
        self.join()
        self.listener.close()
        os.unlink(self.path)
