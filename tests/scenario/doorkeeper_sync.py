"""doorkeeper beside the real doord and doorsync: it learns from doorsync which serial is to be served, notices a worker
that hangs while the others answer, and takes another config by SIGHUP."""
import ctypes
import os
import re
import signal
import time

from doorkeeper_support import BIN, PROMISE, World, holds, need_root, run, wait_for

need_root()

ZONE = '''$ORIGIN example.
@ 60 IN SOA ns host %d 3600 600 86400 300
@ 60 IN NS ns
ns 60 IN A 192.0.2.53
'''
QUICK = '[hold_down]\nfirst = "100ms"\nmost = "200ms"\n'


class FrozenThread:
    """One thread of a process stopped by ptrace(2), as if it hung; the others run on."""
    SEIZE, INTERRUPT, DETACH = 0x4206, 0x4207, 17
    WALL = 0x40000000

    def __init__(self, thread):
        self.thread = thread
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]

    def call(self, request):
        if self.libc.ptrace(request, self.thread, None, None) != 0:
            raise OSError(ctypes.get_errno(), 'ptrace of thread %d' % self.thread)

    def __enter__(self):
        self.call(self.SEIZE)
        self.call(self.INTERRUPT)
        os.waitpid(self.thread, self.WALL)
        return self

    def __exit__(self, *_):
        self.call(self.DETACH)


def workers(pid):
    """The ids of doord's worker threads."""
    threads = []
    for thread in os.listdir('/proc/%d/task' % pid):
        with open('/proc/%d/task/%s/comm' % (pid, thread)) as file:
            if file.read().startswith(('worker-', 'udp-')):
                threads.append(int(thread))
    return threads


with World('sync') as world:
    pop = world.path('pop')
    config = os.path.join(pop, 'config')
    run(os.path.join(BIN, 'doorctl'), '--dir', pop, 'init', '--pop', 'test', '--node', 'a', '--listen', '192.0.2.53:53',
        '--listen', '[2001:db8:53::53]:53')

    def rewrite(path, pattern, new):
        with open(path) as file:
            text, count = re.subn(pattern, new, file.read(), flags=re.M)
        assert count == 1, '%d times %r in %s' % (count, pattern, path)
        with open(path, 'w') as file:
            file.write(text)

    def start(program):
        process = world.start(program, os.path.join(BIN, program), '--config', os.path.join(config, program + '.toml'))
        wait_for(program + "'s socket", lambda: os.path.exists(os.path.join(pop, 'run', program + '.sock')), 20)
        return process

    def push(serial, *options, zone='example'):
        path = os.path.join(pop, zone + '.zone')
        with open(path, 'w') as file:
            file.write((ZONE % serial).replace('example', zone))
        run('ip', 'netns', 'exec', world.ns, os.path.join(BIN, 'doorctl'), '--dir', pop, 'push', path, *options)

    def restart_doorsync(doord_socket):
        doorsync.terminate()
        assert doorsync.wait(20) == 0
        rewrite(os.path.join(config, 'doorsync.toml'), r'(?<=\[doord\]\nsocket = ).*', '"%s"' % doord_socket)
        return start('doorsync')

    rewrite(os.path.join(config, 'doord.toml'), r'^workers = 0', 'workers = 3')
    doord, doorsync = start('doord'), start('doorsync')
    push(1)
    world.configure(QUICK + '[probe]\nzone = "example."\nzones = ["other.", "example."]\n', doord=os.path.join(pop, 'run', 'doord.sock'),
                    doorsync=os.path.join(pop, 'run', 'doorsync.sock'))
    world.start_keeper()
    wait_for('announced', world.announced, 15)

    # Zones that are asked for by turns: one that is not served here is told, and closes nothing.
    refused = 'zone other. at 192.0.2.53:53 answers REFUSED'
    wait_for('a zone that is missing told', lambda: world.why_has(refused), 6)
    holds('and still announced', world.announced, 1)
    push(7, zone='other')
    wait_for('forgotten once it is served', lambda: not world.why_has('zone other.'), 6)
    wait_for('its serial expected', lambda: world.why_has('zones asked by turns: 2, serials to expect known of 2'), 5)

    # Which serial is expected, doorsync says; that of a push on its way is no fault.
    wait_for('serial 1 expected', lambda: world.why_has('expected serial: 1'), 5)
    push(2)
    wait_for('serial 2 expected', lambda: world.why_has('expected serial: 2'), 5)
    holds('a served serial is no soft cause', lambda: not world.why_has('serves serial'), 6)
    doorsync = restart_doorsync(world.path('no-such-doord.sock'))
    push(3, '--wait', 'none')
    print('an old serial told after %.1f s' % wait_for('an old serial told', lambda: world.why_has('serves serial 2, not 3'), 15))
    wait_for('by turns too', lambda: world.why_has('zone example. at 192.0.2.53:53 serves serial 2, not 3'), 10)
    holds('and still announced', world.announced, 1)
    doorsync = restart_doorsync(os.path.join(pop, 'run', 'doord.sock'))
    wait_for('forgotten once it is served', lambda: not world.why_has('serves serial'), 15)
    doorsync.kill()
    doorsync.wait()
    wait_for('no doorsync, nothing expected', lambda: world.why_has('expected serial: not known'), 5)
    holds('announced without doorsync', world.announced, 4)

    # One worker of three hangs: the others answer most probes, but its beat has stopped.
    for thread in workers(doord.pid):
        began = time.monotonic()
        with FrozenThread(thread):
            wait_for('withdrawn with one worker frozen', world.withdrawn, PROMISE)
            gone = time.monotonic() - began
            assert world.why_has('worker beat stopped'), world.why()
            holds('and it stays so', world.withdrawn, 2)
        print('one worker of %d frozen: withdrawn after %.2f s; announced again %.2f s after it ran on' %
              (len(workers(doord.pid)), gone, wait_for('announced again', world.announced, 15)))

    # SIGHUP: another way to be identified, a wrong identity, a bad config, one that needs a restart.
    def reload(pattern, new):
        rewrite(world.path('doorkeeper.toml'), pattern, new)
        world.keeper.send_signal(signal.SIGHUP)

    def log_has(text):
        with open(world.path('doorkeeper.log')) as file:
            return text in file.read()

    reload(r'^zone = "example."$', 'zone = "example."\nidentify = "id.server"\nidentity = "a.test"')
    wait_for('config reloaded', lambda: log_has('config reloaded'), 5)
    holds('announced while identified by id.server', world.announced, 5)
    reload(r'^identity = .*$', 'identity = "b.test"')
    print('answered by another: withdrawn after %.2f s' % wait_for('withdrawn', world.withdrawn, PROMISE))
    assert world.why_has('but from "a.test", not "b.test"'), world.why()
    reload(r'^identity = .*$', 'identity = "a.test"')
    wait_for('announced', world.announced, 15)
    reload(r'^identity = .*$', 'identity = "b.test"\nsurprise = 1')
    wait_for('the bad key named', lambda: log_has('surprise'), 5)
    holds('the old config stays', world.announced, 4)
    reload(r'^identity = .*\nsurprise = 1$', 'identity = "a.test"')
    reload(r'^address = "192.0.2.53:53"$', 'address = "192.0.2.54:53"')
    wait_for('a restart asked for', lambda: log_has('change only with a restart'), 5)
    holds('the old services stay', world.announced, 2)
print('fine')
