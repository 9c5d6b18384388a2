"""Rows as a bar chart in SVG, written by hand: no library."""
from html import escape

from harness.summary import MAIN

BAR, GAP, LEFT, WIDTH = 15, 14, 260, 900
COLOURS = {"ours": "#1b6ca8", "peer": "#b9b4a7", "floor": "#7fb77e"}
UNITS = {"us": "µs", "seconds": "s", "octets_per_record": "octets", "ms": "ms"}


def draw(rows: list[dict]) -> str:
    """A block of bars for each kind, zone and mix, each block on its own scale; whiskers from the least to the most."""
    blocks: dict[tuple, list[dict]] = {}
    for row in rows:
        flat = row["kind"] == "flat"  # compares zones, not servers
        row = {**row, "zone": "", "server": f"{row['server']}, {row['zone']}"} if flat else row
        blocks.setdefault(tuple(row[key] for key in ("kind", "zone", "scale", "mix")), []).append(row)
    parts, y = [], 10
    for (kind, zone, scale, mix), block in blocks.items():
        head = escape(" ".join(word for word in (f"{kind}:", zone, "(small)" if scale == "small" else "", mix) if word))
        parts.append(f'<text x="10" y="{y + 12}" class="head">{head}</text>')
        y += 20
        largest = max(row["most"] for row in block) or 1
        unit = (WIDTH - LEFT - 120) / largest
        for row in block:
            length = row["main"] * unit
            parts.append(f'<text x="{LEFT - 8}" y="{y + 11}" text-anchor="end">{escape(row["server"])}</text>')
            parts.append(f'<rect x="{LEFT}" y="{y}" width="{max(length, 1):.1f}" height="{BAR - 3}" fill="{COLOURS[row["role"]]}"/>')
            parts.append(f'<path d="M{LEFT + row["least"] * unit:.1f} {y + 6}H{LEFT + row["most"] * unit:.1f}" stroke="#333"/>')
            ratio = f'  ({row["to_best_peer"]:.2f})' if row["role"] == "ours" and row["to_best_peer"] else ""
            number = f"{row['main']:,.0f}" if row["main"] >= 1000 else f"{row['main']:.3g}"
            label = f"{number} {UNITS[MAIN[kind]]}{ratio}"
            parts.append(f'<text x="{LEFT + row["most"] * unit + 6:.1f}" y="{y + 11}">{label}</text>')
            y += BAR
        y += GAP
    style = "text{font:12px sans-serif;fill:#222}.head{font-weight:bold}"
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" viewBox="0 0 {WIDTH} {y}">'
            f'<style>{style}</style><rect width="100%" height="100%" fill="#fff"/>' + "\n".join(parts) + "</svg>\n")
