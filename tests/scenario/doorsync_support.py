"""What the doorsync scenarios share: one PoP (doord and doorsync) below a directory of its own, and doorctl."""
import json
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'support'))
import control  # noqa: E402

BIN = pathlib.Path(os.environ.get('DOORS_BIN') or (sys.argv[1] if len(sys.argv) > 1 else '.build/dev/bin')).resolve()
LONG = os.environ.get('DOORS_LONG') == '1'
PATIENCE = 60.0  # bounds every wait, is never waited out: sanitized builds on a busy machine are slow


def wait_until(what, condition, patience=PATIENCE):
    """The first true value of condition()."""
    deadline = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError('not within %.0f s: %s' % (patience, what))
        time.sleep(0.01)


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float('nan')


def in_ms(values):
    return 'n=%d p50 %.0f ms  p99 %.0f ms  max %.0f ms' % (
        len(values), percentile(values, .5) * 1e3, percentile(values, .99) * 1e3, max(values, default=0) * 1e3)


def free_port():
    """A port that UDP and TCP can have now."""
    for _ in range(100):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp, \
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            tcp.bind(('127.0.0.1', 0))
            try:
                udp.bind(tcp.getsockname())
            except OSError:
                continue
            return tcp.getsockname()[1]
    raise AssertionError('no free port')


class Pop:
    """A PoP as `doorctl init` makes it; with-statement, leaves nothing behind."""

    def __init__(self, name='pop'):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix='doorsync-'))
        self.port = free_port()
        self.running = {}
        self.doorctl('init', '--pop', name, '--node', 'node1', '--listen', '127.0.0.1:%d' % self.port, check=True)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        for program in list(self.running):
            self.stop(program)
        if kind is not None:
            for program in ('doord', 'doorsync'):
                print('--- end of %s.log' % program)
                print('\n'.join(self.log(program).splitlines()[-40:]))
        shutil.rmtree(self.dir, ignore_errors=True)

    def config(self, program):
        return self.dir / 'config' / (program + '.toml')

    def log(self, program):
        path = self.dir / (program + '.log')
        return path.read_text(errors='replace') if path.exists() else ''

    def start(self, program, wait=True):
        log = open(self.dir / (program + '.log'), 'ab')
        process = subprocess.Popen([BIN / program, '--config', self.config(program)], stdin=subprocess.DEVNULL,
                                   stdout=log, stderr=log)
        log.close()
        self.running[program] = process
        if wait:
            wait_until(program + ' answers on its control socket', lambda: self.answers(program))
        return process

    def answers(self, program):
        if self.running[program].poll() is not None:
            raise AssertionError('%s ended with %s' % (program, self.running[program].returncode))
        try:
            client = self.client(program)
            client.close()
            return True
        except OSError:
            return False

    def kill(self, program, number=signal.SIGKILL):
        process = self.running.pop(program)
        process.send_signal(number)
        process.wait()
        return process.returncode

    def stop(self, program):
        process = self.running.pop(program)
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError('%s did not end in 20 s of SIGTERM' % program)
        return process.returncode

    def client(self, program='doorsync', timeout=PATIENCE):
        return control.Client(self.dir / 'run' / (program + '.sock'), timeout)

    def ask(self, verb, fields=(), program='doorsync'):
        """The replies to one request, as [(verb, {key: value})]."""
        client = self.client(program)
        try:
            return [(reply, dict(values)) for reply, values in client.stream(verb, fields)]
        finally:
            client.close()

    def doorctl_command(self, *arguments):
        return [str(BIN / 'doorctl'), '--dir', str(self.dir), *map(str, arguments)]

    def doorctl(self, *arguments, check=False):
        done = subprocess.run(self.doorctl_command(*arguments), stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=PATIENCE * 2)
        if check and done.returncode != 0:
            raise AssertionError('doorctl %s: %d\n%s%s' % (' '.join(map(str, arguments)), done.returncode,
                                                          done.stdout, done.stderr))
        return done

    def push(self, *files):
        """Seconds from sending to the last receipt, as doorctl measures it."""
        done = self.doorctl('push', '--json', *files, check=True)
        return json.loads(done.stdout)

    def heads(self):
        return {fields['zone']: fields for verb, fields in self.ask('heads') if verb == 'head'}

    def status(self):
        return {fields['zone']: fields for verb, fields in self.ask('status') if verb == 'zone'}


# -- asking ------------------------------------------------------------------------------------------------------------

def query(name, rrtype, ident):
    labels = b''.join(bytes([len(label)]) + label.encode() for label in name.rstrip('.').split('.') if label) + b'\0'
    return struct.pack('!HHHHHH', ident, 0, 1, 0, 0, 0) + labels + struct.pack('!HH', rrtype, 1)


class Asker(threading.Thread):
    """Asks for one TXT RRset of each zone, over and over, and judges every answer: `judge(zone, strings)` says what is
    wrong with the strings it holds, or ''."""

    def __init__(self, port, zones, judge, pause=0.002):
        super().__init__(daemon=True)
        self.zones, self.judge, self.pause = zones, judge, pause
        self.asked = self.lost = 0
        self.wrong = []
        self.ending = False
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(('127.0.0.1', port))
        self.socket.settimeout(2.0)

    def run(self):
        ident = 0
        while not self.ending:
            for zone in self.zones:
                ident = (ident + 1) % 65536
                self.asked += 1
                try:
                    self.socket.send(query('v.' + zone, 16, ident))
                    while True:
                        answer = self.socket.recv(65535)
                        if answer[:2] == struct.pack('!H', ident):
                            break
                except OSError:
                    self.lost += 1
                    continue
                wrong = self.judge(zone, txt_strings(answer))
                if wrong and len(self.wrong) < 20:
                    self.wrong.append(wrong)
            time.sleep(self.pause)

    def end(self):
        self.ending = True
        self.join()
        self.socket.close()


def txt_strings(answer):
    """The first character-string of each TXT record in the answer section."""
    def skip_name(at):
        while True:
            length = answer[at]
            if length == 0:
                return at + 1
            if length >= 192:
                return at + 2
            at += 1 + length
    count = struct.unpack('!H', answer[6:8])[0]
    at = skip_name(12) + 4
    strings = []
    for _ in range(count):
        at = skip_name(at)
        rrtype, _, _, length = struct.unpack('!HHIH', answer[at:at + 10])
        at += 10
        if rrtype == 16:
            strings.append(answer[at + 1:at + 1 + answer[at]].decode())
        at += length
    return strings
