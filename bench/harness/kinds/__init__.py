"""What is measured, a kind to a file; each has NAME, ABOUT, ZONES (default zones and mixes) and run(options, zones, mixes)."""
from harness.kinds import flat, memory, publish, queries, start, update, xdp

KINDS = {kind.name: kind for kind in (*queries.KINDS, flat.Flat, start.Start, memory.Memory, update.Update, publish.Publish, xdp.Xdp)}
