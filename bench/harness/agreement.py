"""Before anything is measured: do the servers give the same answers?"""
import collections
import random

from harness import message
from harness.machine import say

SAMPLE = 40  # questions of each mix
SIGNED = message.TYPES["RRSIG"]
PROOFS = {message.TYPES["NSEC"], message.TYPES["NSEC3"]}


def meaning(reply: bytes | None, dnssec: bool) -> tuple:
    """What a resolver would take from a reply: servers differ in what they add beside it."""
    if reply is None:
        return ("no reply",)
    try:
        response = message.Response(reply)
    except (ValueError, IndexError, message.struct.error):
        return ("unreadable",)
    if response.tc:
        return ("truncated",)
    answers, authority, _ = response.sections
    said = [response.rcode, response.aa, tuple(sorted(answers))]
    if not answers:
        kept = [record for record in authority if record[1] != SIGNED and (dnssec or record[1] not in PROOFS)]
        said.append(tuple(sorted(kept)))
        said.append(any(record[1] == SIGNED for record in authority))
    return tuple(said)


def compare(servers: list, zones, mix: str) -> dict[str, dict]:
    """Asks all servers a sample of a mix. Gives for each that answers otherwise than most what is to be told of it, and
    whether it is no measure for others (over a tenth is otherwise); says so too."""
    lines = zones.questions(mix).read_text().splitlines()
    dnssec = mix.startswith("do-")
    wrong: dict[str, list[str]] = collections.defaultdict(list)
    for line in random.Random(7).sample(lines, min(SAMPLE, len(lines))):
        name, rtype = line.split()
        said = {server.name: meaning(server.ask(message.query(name, rtype, dnssec)), dnssec)
                for server in servers}
        most, votes = collections.Counter(said.values()).most_common(1)[0]
        for server, what in said.items():
            if what != most and votes > 1:
                wrong[server].append(f"{line}: {what} where {votes} others say {most}")
    told = {}
    for server, cases in wrong.items():
        told[server] = {"told": f"{len(cases)} of {SAMPLE} answered otherwise", "excluded": 10 * len(cases) > SAMPLE}
        say(f"{zones.name} {mix}: {server}: {told[server]['told']}; first: {cases[0][:600]}")
    return told
