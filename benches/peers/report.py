"""The result as tables, as a picture, and raw.

The rule: a figure is the median over the rounds; a ratio is the median of the ratios of single rounds, each within its round.
"""

import json
from statistics import median

SIZES = ("1 KB", "16 KB")
PROTOCOLS = ("HTTP/1.1", "HTTP/2")
CELLS = [(size, protocol) for protocol in PROTOCOLS for size in SIZES]
BASE, PEER, PEER_EDITS = "minimal hyper", "nginx", "nginx+Lua"
WIDTH, LABEL, BAR, GAP = 860, 150, 16, 6


class Found:
    def __init__(self, machine, contestants, results):
        self.machine = machine
        self.contestants = contestants
        self.results = results

    def turns(self, name, edits, cell):
        return {one["round"]: one for one in self.results
                if (one["name"], one["edits"], one["size"], one["protocol"]) == (name, edits, *cell)}

    def figure(self, name, edits, cell, what):
        turns = self.turns(name, edits, cell)
        return median(one[what] for one in turns.values()) if turns else None

    def ratio(self, name, edits, cell, base, base_edits=False):
        mine, its = self.turns(name, edits, cell), self.turns(base, base_edits, cell)
        shared = [mine[number]["cpu"] / its[number]["cpu"] for number in mine if number in its]
        return median(shared) if shared else None

    def rows(self, edits):
        able = [one for one in self.contestants if (one.edits if edits else one.passes)]
        return sorted(able, key=lambda one: self.figure(one.name, edits, CELLS[0], "cpu"))

    def short(self):
        """What the README shows."""
        machine = self.machine
        where = (f"Measured on {machine['date']}: {machine['cores']} cores ({machine['processor']}), {machine['system']}, rustc {machine['rustc']}; "
                 + ", ".join(sorted({f"{one.name.split(',')[0].split('+')[0]} {one.version}" for one in self.contestants})) + ".")
        return "\n\n".join([where, "CPU for one request, nothing withheld. " + self.costs(False),
                            "The same with ten members removed. " + self.costs(True), self.searching(), self.budget()])

    def tables(self):
        """Everything, in Markdown."""
        parts = [self.short(), "### Requests per second, and delay (median / 99th percentile), nothing withheld", self.pace(False),
                 "### The same, ten members removed", self.pace(True)]
        return "\n\n".join(parts)

    def costs(self, edits):
        def cell(one, cell):
            words = [f"{self.figure(one.name, edits, cell, 'cpu'):.1f} µs"]
            for base, its in ((BASE, False), (PEER_EDITS if edits else PEER, edits)):
                ratio = self.ratio(one.name, edits, cell, base, its)
                words.append(f"{ratio:.2f} ×" if ratio else "–")
            return " · ".join(words)
        about = f"Time · to {BASE} (nothing withheld) · to {PEER_EDITS if edits else PEER}, median of {self.rounds()} rounds."
        return about + "\n\n" + self.table(edits, cell)

    def pace(self, edits):
        def cell(one, cell):
            rate, half, most = (self.figure(one.name, edits, cell, what) for what in ("rate", "p50", "p99"))
            return f"{rate:,.0f}/s · {half / 1000:.2f} / {most / 1000:.2f} ms"
        return self.table(edits, cell, ("memory", lambda one: f"{self.most_memory(one) / (1 << 20):.0f} MB"))

    def most_memory(self, one):
        return max(turn["memory"] for turn in self.results if turn["name"] == one.name)

    def table(self, edits, cell, *more):
        head = ["", *(f"{protocol}, {size}" for size, protocol in CELLS), *(name for name, _ in more)]
        lines = [head, ["---"] * len(head)]
        for one in self.rows(edits):
            lines.append([f"**{one.name}**" if one.name == "Assentry" else one.name, *(cell(one, at) for at in CELLS),
                          *(show(one) for _, show in more)])
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)

    def budget(self):
        """Each row of the budget that this run can judge."""
        lines = []
        for size, protocol in CELLS:
            cell, where = (size, protocol), f"{size}, {protocol}"
            if ratio := self.ratio("Assentry", False, cell, BASE):
                lines.append((f"nothing withheld, {where}: at most 1.10 × {BASE}", f"{ratio:.2f} ×", ratio <= 1.10))
            if None not in (plain := self.figure("Assentry", False, cell, "cpu"), acting := self.figure("Assentry", True, cell, "cpu")):
                most = 2 if size == "1 KB" else 8
                lines.append((f"ten members removed, {where}: at most {most} µs more", f"{acting - plain:+.1f} µs", acting - plain <= most))
            if size == "16 KB" and (ratio := self.ratio(PEER_EDITS, True, cell, "Assentry", True)):
                lines.append((f"ten members removed, {where}: {PEER_EDITS} takes at least 2 ×", f"{ratio:.2f} ×", ratio >= 2))
        head = "| budget | found | |\n|---|---|---|\n"
        return head + "\n".join(f"| {what} | {found} | {'met' if met else '**missed**'} |" for what, found, met in sorted(lines))

    def searching(self):
        """What it takes to search what people write, beside the same request without."""
        lines = []
        for name, what in (("Assentry, texts by patterns", "all kinds with a pattern"), ("Assentry, texts", "all kinds")):
            more = [(self.figure(name, True, cell, "cpu"), self.figure("Assentry", True, cell, "cpu")) for cell in CELLS]
            if all(None not in pair for pair in more):
                lines.append(f"| {what} | " + " | ".join(f"{one - base:+.1f} µs" for one, base in more) + " |")
        if not lines:
            return ""
        head = ["What people write searched (`in_text`), more than ten members removed", *(f"{protocol}, {size}" for size, protocol in CELLS)]
        return "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *lines])

    def rounds(self):
        return len({one["round"] for one in self.results})

    def raw(self):
        who = [{"name": one.name, "what": one.what, "version": one.version} for one in self.contestants]
        rounded = [{key: round(value, 2) if isinstance(value, float) else value for key, value in one.items()} for one in self.results]
        turns = ",\n  ".join(json.dumps(one, ensure_ascii=False) for one in rounded)
        return (f'{{"machine": {json.dumps(self.machine)},\n "contestants": {json.dumps(who, ensure_ascii=False)},\n "turns": [\n  {turns}\n ]}}\n')

    def picture(self):
        """Bars of CPU for one request over HTTP/1.1, the peers in grey and Assentry in colour, readable on light and dark."""
        panels = [(f"{what}, {size}", edits, (size, PROTOCOLS[0]))
                  for edits, what in ((False, "nothing withheld"), (True, "ten members removed")) for size in SIZES]
        drawn, y = [], 50
        for title, edits, cell in panels:
            rows = [(one.name, self.figure(one.name, edits, cell, "cpu")) for one in self.rows(edits)]
            rows.sort(key=lambda row: row[1])
            longest = max(value for _, value in rows)
            drawn.append(f'<text x="10" y="{y}" class="title">{title}</text>')
            y += 12
            for name, value in rows:
                drawn.append(self.bar(name, value, longest, y))
                y += BAR + GAP
            y += 28
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" height="{y}" role="img" '
                f'aria-label="CPU time for one request">\n<style>{STYLE}</style>\n'
                f'<text x="10" y="24" class="head">CPU time for one request over HTTP/1.1 and TLS 1.3, in microseconds (less is better)</text>\n'
                + "\n".join(drawn) + "\n</svg>\n")

    def bar(self, name, value, longest, y):
        length = value / longest * (WIDTH - LABEL - 90)
        kind = "ours" if name.startswith("Assentry") else "base" if name == BASE else "peer"
        middle = y + BAR * 0.75
        return (f'<text x="{LABEL}" y="{middle}" class="name">{name}</text>'
                f'<rect x="{LABEL + 8}" y="{y}" width="{length:.1f}" height="{BAR}" rx="2" class="{kind}"/>'
                f'<text x="{LABEL + 14 + length:.1f}" y="{middle}">{value:.1f}</text>')


STYLE = ("text{font:13px system-ui,sans-serif;fill:#24292f}.head{font-weight:600;font-size:15px}.title{font-weight:600}.name{text-anchor:end}"
         ".ours{fill:#0969da}.base{fill:#57606a}.peer{fill:#afb8c1}"
         "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.ours{fill:#4493f8}.base{fill:#9198a1}.peer{fill:#484f58}}")
