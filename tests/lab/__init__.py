"""The lab: PoPs, transits and clients in network namespaces. See tests/README.md."""
