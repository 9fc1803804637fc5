"""Writes the texts that the tagger is trained with: templates of this folder filled from pools, and corpora with names exchanged.

python texts.py SEED COUNT OUT.jsonl [CORPUS.jsonl…]

A corpus has rows {"text", "spans": [{"start", "end", "label"}]}; every fifth row is left out, to be judged by.
"""

import json
import pathlib
import random
import re
import sys

from machine import Machine
from narrative import Narrator
from pools import LANGUAGES, LOCALES, Pools

HERE = pathlib.Path(__file__).parent
HELD_OUT = 5
COPIES = 9
# Texts that machines write, and those of chats, are in English.
MACHINE = "machine"
ENGLISH = ("chat", MACHINE)
SHARES = {"en": 84, "de": 8, "fr": 8, "es": 6, "it": 4, "nl": 4, "pt": 3, "sv": 6, "other": 9, "chat": 20, "machine": 20}
LABELS = {"name": "PERSON", "first": "PERSON", "last": "PERSON", "lastfirst": "PERSON", "place": "LOCATION", "city": "LOCATION",
          "country": "LOCATION", "region": "LOCATION", "address": "ADDRESS", "street": "ADDRESS", "streetname": "ADDRESS",
          "postcode": "ADDRESS", "pobox": "ADDRESS", "unit": "ADDRESS", "org": "ORGANIZATION"}
# What is written in capitals now and then among small letters.
RAISED = ("PERSON", "LOCATION")
RELATIONS = """wife husband son daughter mother father brother sister uncle aunt cousin friend boss neighbour partner
grandmother grandfather colleague dog kid baby niece nephew fiancé girlfriend boyfriend roommate lawyer doctor""".split()
RELATIVES = {"de": "Frau Tochter Schwester Mutter Chefin", "fr": "femme fille sœur mère cheffe",
             "es": "mujer hija hermana madre jefa", "it": "moglie figlia sorella madre", "nl": "vrouw dochter zus moeder baas",
             "pt": "mulher filha irmã mãe"}
JOBS = """teacher engineer nurse plumber lawyer designer developer manager director consultant accountant driver chef
actor singer painter writer journalist professor student retired farmer electrician pilot analyst architect""".split()
NATIONS = """German French Spanish Italian Dutch Portuguese Swedish Danish Norwegian Finnish Polish Czech Hungarian
Romanian Greek Turkish Russian Ukrainian British Irish Scottish American Canadian Mexican Brazilian Argentinian Chinese
Japanese Korean Indian Pakistani Thai Vietnamese Australian Egyptian Nigerian Kenyan Moroccan Israeli Iranian Swiss
Austrian Belgian Croatian Slovenian Estonian Latvian Lithuanian Icelandic Serbian Bulgarian Cuban Peruvian""".split()
TITLES = ["Mr.", "Mr", "Mrs.", "Mrs", "Ms.", "Ms", "Dr.", "Dr", "Prof.", "Miss", "Sir", "Lady", "Professor", "Captain", "Judge"]
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()


class Writer:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.pools = Pools(seed)
        self.narrator = Narrator(self.random)
        self.machine = Machine(self.random, self.narrator)
        self.templates = {
            language: (HERE / "templates" / f"{language}.txt").read_text().splitlines() for language in SHARES if language != MACHINE}

    def value(self, kind, language, locale):
        pools, choose = self.pools, self.random.choice
        of_person = locale if self.random.random() < 0.5 else pools.locale(language, for_name=True)
        match kind:
            case "name": return pools.name(of_person)
            case "first": return pools.given(of_person)
            case "last": return pools.family(of_person)
            case "lastfirst": return pools.last_first(of_person)
            case "city": return pools.city(locale)
            case "country": return pools.country(language)
            case "region": return pools.region()
            case "place": return choose([pools.city(locale), pools.country(language), pools.region(), pools.city(locale)])
            case "address": return pools.address(locale)
            case "street": return pools.street(locale)
            case "streetname": return pools.street_name(locale)
            case "postcode": return pools.postcode(locale)
            case "pobox": return pools.box()
            case "unit": return pools.unit()
            case "org": return pools.company(locale)
            case "date": return pools.date(locale)
            case "year": return str(self.random.randint(1900, 2030))
            case "time": return f"{self.random.randint(0, 23)}:{self.random.randint(0, 59):02}"
            case "weekday": return choose(DAYS)
            case "title": return choose(TITLES)
            case "relation": return choose(RELATIONS)
            case "rel": return choose(RELATIVES.get(language, "friend").split())
            case "job": return choose([choose(JOBS), choose(JOBS).title(), f"Senior {choose(JOBS).title()}"])
            case "nat": return choose(NATIONS)
            case "num": return str(choose([self.random.randint(1, 99), self.random.randint(1, 9999), self.random.randint(10000, 99999999)]))
            case "money": return choose(["$%d", "%d euros", "€%d", "%d.50 USD", "£%d"]) % self.random.randint(1, 5000)
            case "phone": return pools.phone(locale)
            case "email": return pools.faker("en_US").email()
            case "handle": return pools.faker("en_US").user_name()
        raise KeyError(kind)

    def fill(self, template, language):
        language = "en" if language in ENGLISH else language
        locale = self.pools.locale(language)
        text, spans = "", []
        for part in re.split(r"(\{\w+\})", template.replace("\\n", "\n")):
            if not part.startswith("{") or part[1:-1] not in KINDS:
                text += part
                continue
            value = " ".join(self.value(part[1:-1], language, locale).split(" "))
            label = LABELS.get(part[1:-1])
            if label in RAISED and self.random.random() < 0.03:
                value = raised(value)
            if label and value:
                spans.append((len(text), len(text) + len(value), label))
            text += value
        return text, spans

    def sentence(self, language):
        if language == MACHINE:
            template = self.machine.sentence()
        elif language == "en" and self.random.random() < 0.4:
            template = self.narrator.sentence()
        else:
            template = self.random.choice(self.templates[language])
        text, spans = self.fill(template, language)
        draw = self.random.random()
        if is_shouted(template) and draw < 0.9:
            text = raised(text)
        elif draw < 0.05:
            text = lowered(text)
        elif draw < 0.08:
            text = raised(text)
        elif draw < 0.11:
            kept = max((end for _, end, _ in spans), default=0)
            text = text[:kept] + text[kept:].rstrip(".!?")
        return text, spans

    def row(self):
        language = self.random.choices(list(SHARES), list(SHARES.values()))[0]
        text, spans = "", []
        for _ in range(self.random.choice([1, 1, 1, 1, 2, 2, 3])):
            more, found = self.sentence(language)
            joint = self.random.choice([" ", " ", "\n", "\n\n"]) if text else ""
            start = len(text) + len(joint)
            text += joint + more
            spans += [(start + begin, start + end, label) for begin, end, label in found]
        return row(text, spans)

    def exchanged(self, given):
        """A row of a corpus with other names."""
        text, spans, last = "", [], 0
        locale = self.pools.locale(for_name=True)
        locale = locale if locale in LOCALES else "en_US"
        for span in sorted(given["spans"], key=lambda span: span["start"]):
            if span["start"] < last:
                continue
            text += given["text"][last:span["start"]]
            old, last = given["text"][span["start"]:span["end"]], span["end"]
            new = old
            if self.random.random() < 0.85:
                new = self.other(old, span["label"], locale)
            spans.append((len(text), len(text) + len(new), span["label"]))
            text += new
        return row(text + given["text"][last:], spans)

    def other(self, old, label, locale):
        pools = self.pools
        if label == "PERSON":
            new = pools.name(pools.locale(for_name=True)) if " " in old else self.random.choice([pools.first, pools.last])(pools.locale(for_name=True))
        elif label == "LOCATION":
            new = self.random.choice([pools.city(locale), pools.city(locale), pools.country(), pools.region()])
        else:
            new = pools.company(locale)
        return lowered(new) if old == old.lower() else raised(new) if old == old.upper() and len(old) > 3 else new


def is_shouted(template):
    """Whether all that is not to be filled in is in capitals, and is more than a word."""
    own = re.sub(r"\{\w+\}", "", template)
    return own.isupper() and len(own.split()) > 1


def lowered(text):
    """Small letters, none more or fewer."""
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def raised(text):
    return "".join(c.upper() if len(c.upper()) == 1 else c for c in text)


def row(text, spans):
    return {"text": text, "spans": [{"start": start, "end": end, "label": label} for start, end, label in spans]}


KINDS = set(LABELS) | set("date year time weekday title relation rel job nat num money phone email handle".split())


def main():
    seed, count, out, *corpora = sys.argv[1:]
    writer = Writer(int(seed))
    with open(out, "w", encoding="utf-8") as lines:
        def write(made):
            lines.write(json.dumps(made, ensure_ascii=False) + "\n")

        for _ in range(int(count)):
            write(writer.row())
        for corpus in corpora:
            rows = [json.loads(line) for line in open(corpus, encoding="utf-8")]
            for number, given in enumerate(rows):
                if number % HELD_OUT == HELD_OUT - 1:
                    continue
                write(given)
                for _ in range(COPIES if given["spans"] else 1):
                    write(writer.exchanged(given))


if __name__ == "__main__":
    main()
