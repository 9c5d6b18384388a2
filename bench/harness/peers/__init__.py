"""The servers that we compare with, each with one worker and without limits on its rate."""
from harness.peers.knot import Knot
from harness.peers.named import Named
from harness.peers.nsd import Nsd
from harness.peers.pdns import Pdns

PEERS = {server.name: server for server in (Nsd, Knot, Named, Pdns)}
