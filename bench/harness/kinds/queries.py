"""CPU per answer, rate, loss and latency under questions: datagrams as fast as they go or at a fixed rate, and TCP."""
from harness import agreement, loader
from harness.echo import Echo, EchoBatch, EchoTcp
from harness.kinds.kind import Kind
from harness.machine import say
from harness.trouble import Trouble


class Queries(Kind):
    mode = "udp"
    rate = 0.0

    def sample_all(self, zones, mixes):
        samples, servers = [], []
        try:
            servers = [self.make(server, zones) for server in self.classes()]
            servers = self.start_all(zones, servers)
            comparable = [server for server in servers if type(server) not in self.floors]
            told = {mix: agreement.compare(comparable, zones, mix) for mix in mixes}
            for server in servers:  # so that no one pays for the first touch
                for mix in mixes:
                    self.burst(zones, mix, server, min(1.0, self.options.seconds))
            for number in range(self.options.rounds):
                for mix in mixes:
                    for server in servers:
                        seen = self.burst(zones, mix, server, self.options.seconds)
                        if seen is None:
                            continue
                        samples.append(self.sample(zones, mix, server, number, seen | told[mix].get(server.name, {})))
                        say(f"{self.name} {zones.name} {mix} round {number + 1}/{self.options.rounds} {server.name:10} "
                            f"{seen['us']:7.2f} µs ({seen['user_us']:.2f} user), {seen['rate']:9,.0f}/s, {seen['lost']} lost, "
                            f"busy {seen['busy']:.2f}, p50 {seen['p50_us']:.0f} p99 {seen['p99_us']:.0f} µs")
        finally:
            for server in servers:
                server.stop()
        return samples

    def make(self, server, zones):
        return server(zones, self.options.scratch, self.options)

    def burst(self, zones, mix, server, seconds):
        try:
            return loader.burst(server, zones.questions(mix), self.options, self.mode, mix.startswith("do-"),
                                self.rate and (self.options.rate or self.rate), seconds, mix.startswith("flood-"))
        except Trouble as trouble:
            say(f"{self.name} {zones.name} {mix}: {trouble}: no sample")
            return None


class Sockets(Queries):
    name = "sockets"
    about = "UDP, as many questions as are answered: 128 open at once"
    floors = (Echo, EchoBatch)
    zones = {"root": ("positive", "referral", "nxdomain"), "names-1k": ("positive",),
             "delegations-1m": ("referral", "nxdomain"), "zones-100k": ("random",),
             "nsec-100k": ("do-positive", "do-nxdomain"), "nsec3-100k": ("do-nxdomain",)}


class Fixed(Queries):
    name = "fixed"
    about = "UDP at 50,000 questions a second (--rate), evenly spaced; latency from when a question was due"
    rate = 50_000.0
    floors = (Echo, EchoBatch)
    zones = {"root": ("positive",), "names-1k": ("positive",)}


class Tcp(Queries):
    name, mode = "tcp", "tcp"
    about = "TCP, 8 connections that stay, 16 questions open on each"
    floors = (EchoTcp,)
    zones = {"names-1k": ("positive",)}


class TcpEach(Queries):
    name, mode = "tcp-each", "tcp-each"
    about = "TCP, one question a connection, 32 connections at once"
    floors = (EchoTcp,)
    zones = {"names-1k": ("positive",)}


KINDS = (Sockets, Fixed, Tcp, TcpEach)
