"""Turns a corpus of the CoNLL form (a token and its label a line, an empty line between texts) into rows of texts and spans.

python corpus.py CORPUS.conll OUT.jsonl
"""

import json
import re
import sys

LABELS = {"person": "PERSON", "per": "PERSON", "location": "LOCATION", "loc": "LOCATION", "org": "ORGANIZATION",
          "corporation": "ORGANIZATION", "group": "ORGANIZATION"}
NO_SPACE_BEFORE = re.compile(r"^([.,!?;:%)\]}…]|'s|'S|n't|'re|'ve|'ll|'m|'d|’s|…|\.\.\.)$")
NO_SPACE_BEHIND = {"(", "[", "{", "#", "$", "€", "£", "@"}


def sentences(path):
    rows = []
    for line in open(path, encoding="utf-8"):
        columns = line.split()
        if not columns or columns[0] == "-DOCSTART-":
            if rows:
                yield rows
            rows = []
        else:
            rows.append((columns[0], columns[-1]))
    if rows:
        yield rows


def row(tokens):
    text, spans, last = "", [], "O"
    for word, tag in tokens:
        is_stuck = not text or NO_SPACE_BEFORE.match(word) or text[-1] in NO_SPACE_BEHIND
        text += "" if is_stuck else " "
        start = len(text)
        text += word
        kind = LABELS.get(tag.split("-")[-1].lower())
        if kind and last.split("-")[-1] == tag.split("-")[-1] and not tag.startswith("B-"):
            spans[-1]["end"] = len(text)
        elif kind:
            spans.append({"start": start, "end": len(text), "label": kind})
        last = tag
    return {"text": text, "spans": spans}


def main():
    with open(sys.argv[2], "w", encoding="utf-8") as out:
        for tokens in sentences(sys.argv[1]):
            out.write(json.dumps(row(tokens), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
