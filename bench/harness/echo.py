"""The floor: a server that gives each query back."""
from harness import message
from harness.server import Server


class Echo(Server):
    """recvfrom() and sendto(), one datagram at a time."""
    name, mode, peer = "echo", "plain", False

    def command(self) -> list[str]:
        return [str(self.options.bin / "bench_echo"), f"{self.address}:{self.port}", self.mode]

    def right(self) -> bool:
        return self.ask(message.query("example.", "SOA"), 0.1) is not None


class EchoBatch(Echo):
    """recvmmsg() and sendmmsg()."""
    name, mode = "echo-batch", "batch"


class EchoTcp(Echo):
    """TCP by epoll."""
    name, mode = "echo-tcp", "tcp"

    def right(self) -> bool:
        return message.ask_tcp(self.port, message.query("example.", "SOA"), 0.1) is not None
