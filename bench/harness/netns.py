"""A veth pair between two network namespaces of our own: the server at one end, the loader at the other."""
import contextlib
import ctypes
import os
import pathlib
import subprocess

from harness.trouble import Trouble

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


def ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        raise Trouble(f"ip {' '.join(words)}: {done.stdout.strip()}")


@contextlib.contextmanager
def inside(namespace: str | None):
    """This thread in a namespace, for as long as it lasts; None: where it is."""
    if namespace is None:
        yield
        return
    here = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        enter(namespace)
        yield
    finally:
        LIBC.setns(here, CLONE_NEWNET)
        os.close(here)


def enter(namespace: str) -> None:
    there = os.open(f"/run/netns/{namespace}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        if LIBC.setns(there, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
    finally:
        os.close(there)


class Link:
    """The n-th pair: the server has 10.77.N.1 on `interface`, the loader 10.77.N.2."""

    def __init__(self, number: int):
        stem = f"doorsbench{os.getpid()}-{number}"
        self.server_ns, self.client_ns = stem + "s", stem + "c"
        self.interface, other = f"db{number}s", f"db{number}c"
        self.address, client = f"10.77.{number}.1", f"10.77.{number}.2"
        try:
            for namespace in (self.server_ns, self.client_ns):
                ip("netns", "add", namespace)
                ip("-n", namespace, "link", "set", "lo", "up")
            ip("link", "add", self.interface, "netns", self.server_ns, "numtxqueues", "1", "numrxqueues", "1", "type", "veth",
               "peer", "name", other, "netns", self.client_ns, "numtxqueues", "1", "numrxqueues", "1")
            for namespace, interface, address in ((self.server_ns, self.interface, self.address), (self.client_ns, other, client)):
                # A pair leaves checksums to be filled in by hardware that is not there; past the kernel nobody does it.
                subprocess.run(["ip", "netns", "exec", namespace, "ethtool", "-K", interface, "tx", "off"], check=False,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                ip("-n", namespace, "addr", "add", f"{address}/24", "dev", interface)
                ip("-n", namespace, "link", "set", interface, "up")
        except Trouble:
            self.remove()
            raise

    def remove(self) -> None:
        for namespace in (self.server_ns, self.client_ns):
            if pathlib.Path(f"/run/netns/{namespace}").exists():
                subprocess.run(["ip", "netns", "del", namespace], check=False, stderr=subprocess.DEVNULL)
