"""Makes plain sentences of everyday words, with names of people, places and companies where such stand, and without."""

import pathlib

import wonderwords

ASSETS = pathlib.Path(wonderwords.__file__).parent / "assets"
VERBS = """saw met called thanked knew asked told left helped liked loved hated married visited hired fired trusted blamed
followed joined beat replaced interviewed praised criticised ignored remembered missed killed arrested accused inspired
taught raised introduced invited warned convinced surprised believed described sued paid owed mentioned photographed
painted recorded covered played defeated succeeded supported""".split()
INTRANSITIVE = """laughed left arrived smiled resigned died retired agreed refused apologised disappeared won lost cried waited
moved sings dances lies snores writes cooks works drives teaches knows was is has had seems looks became felt came went
""".split()
PREPOSITIONS = """to from with by for of about against unlike like including featuring under behind without between beside near
after before versus than and or except said via through""".split()
THE_NOUNS = """novel trial case fund brothers version estate family record murders building papers doctrine administration
concert biography method award film song book lecture campaign theory report scandal sisters house museum trophy""".split()
OPENERS = """However Yesterday Today Then Later Meanwhile Suddenly Honestly Apparently Unfortunately Luckily Finally Actually
Still Sometimes Perhaps So But And Well Anyway Also Once Recently Again Moreover Instead""".split()
PLAIN = """new old big small good bad long short early late great little other same own high low young next last early main local
full free open whole real sure hard easy early""".split()
TIMES = ["last week", "yesterday", "in 1987", "in 2014", "this morning", "for years", "on Monday", "at last", "every day", "twice"]
PRONOUNS = "He She They We I You It Everyone Nobody Somebody Who".split()
RELATIVES = "brother sister mother father boss friend neighbour lawyer agent assistant wife husband".split()
PLACES = ["in {place}", "from {place}", "to {city}", "at the {city} office", "near {city}", "across {country}", "outside {place}",
          "at {org}", "for {org}", "in {city}, {region}", "around {place}", "of {country}", "through {country}", "at {place}",
          "on {streetname}", "at {street}"]


class Narrator:
    """Makes templates, for a source of random numbers."""

    def __init__(self, random):
        self.random = random
        read = lambda name: [word for word in (ASSETS / name).read_text().split("\n") if word.isalpha() and word.islower()]
        self.nouns, self.adjectives, self.verbs = read("nounlist.txt"), read("adjectivelist.txt"), read("verblist.txt")
        self.adjectives += PLAIN * 6

    def noun(self):
        choose = self.random.choice
        noun = choose(self.nouns)
        draw = self.random.random()
        if draw < 0.3:
            return f"{choose(self.adjectives)} {noun}"
        return noun + "s" if draw < 0.5 else noun

    def thing(self):
        return f"{self.random.choice(['the', 'a', 'his', 'her', 'my', 'our', 'their', 'this', 'some', 'every'])} {self.noun()}"

    def title(self):
        """The title of a work, a slogan, a heading: capitals that name nobody."""
        words = [self.random.choice(self.random.choice([self.nouns, self.adjectives, self.verbs])) for _ in range(self.random.choice([1, 2, 2, 3]))]
        joint = self.random.choice([" ", " ", " of the ", " and ", " & ", ", "])
        made = joint.join(word.title() for word in words)
        return made if self.random.random() < 0.6 else f'"{made}"'

    def someone(self):
        draw = self.random.random()
        kinds = [(0.3, "{name}"), (0.55, "{first}"), (0.7, "{last}"), (0.74, "{title} {last}"), (0.77, "{title} {name}"),
                 (0.8, "{name} ({year})"), (0.83, "{first} and {first}"), (0.86, "{name}, {name} and {name}"), (0.89, "{job} {name}"),
                 (0.92, "{name} of {org}"), (0.95, "{name} from {place}")]
        for most, kind in kinds:
            if draw < most:
                return kind
        return f"the {{last}} {self.random.choice(THE_NOUNS)}"

    def subject(self):
        draw = self.random.random()
        choose = self.random.choice
        if draw < 0.45:
            return self.someone()
        if draw < 0.5:
            return f"{{first}}'s {choose(RELATIVES)}"
        if draw < 0.55:
            return choose(["{place}", "{country}", "{city}", "{org}", "{org}", f"{{country}} {choose(self.nouns)}", f"{{city}} {choose(self.nouns)}"])
        if draw < 0.75:
            return choose(PRONOUNS)
        thing = self.thing()
        return thing[0].upper() + thing[1:] if draw < 0.95 else self.title()

    def behind(self):
        draw = self.random.random()
        choose = self.random.choice
        if draw < 0.4:
            return f" {choose(PREPOSITIONS)} {self.someone()}"
        if draw < 0.7:
            return f" {choose(PLACES)}"
        if draw < 0.85:
            return f" {choose(PREPOSITIONS)} {self.thing()}"
        return f" {choose(TIMES)}"

    def clause(self):
        choose = self.random.choice
        draw = self.random.random()
        subject = self.subject()
        if draw < 0.3:
            made = f"{subject} {choose(VERBS)} {self.someone() if self.random.random() < 0.5 else self.thing()}"
        elif draw < 0.5:
            made = f"{subject} {choose(INTRANSITIVE)}"
        elif draw < 0.6:
            made = f"{subject} had {choose(VERBS)} {self.someone()} {choose(['his', 'her', 'the', 'an'])} {self.noun()}"
        elif draw < 0.7:
            made = f"{subject} is {choose(['a', 'the', 'not a', 'such a', 'very'])} {choose(self.adjectives)} {choose(self.nouns)}"
        elif draw < 0.8:
            made = f"{subject} {choose(self.verbs)} {self.noun()} and {self.noun()}"
        elif draw < 0.9:
            made = f"{self.title()} {choose(['was', 'is', 'has been', 'will be'])} {choose(self.verbs)}ed by {self.someone()}"
        else:
            made = f"{choose(['I', 'We', 'You', 'They'])} {choose(['want', 'need', 'like', 'would like', 'have', 'can tell', 'think'])} {choose([self.thing, self.someone])()}"
        return made + "".join(self.behind() for _ in range(choose([0, 1, 1, 2])))

    def sentence(self):
        choose = self.random.choice
        draw = self.random.random()
        made = self.clause()
        if draw < 0.2:
            made = f"{choose(OPENERS)}{choose([',', ''])} {made}"
        elif draw < 0.35:
            made = f"{made}, {choose(['but', 'and', 'so', 'because', 'while', 'although', 'when', 'who'])} {self.clause()}"
        elif draw < 0.42:
            made = f'"{made}," said {self.someone()}'
        elif draw < 0.48:
            made = f'"{made}"'
        elif draw < 0.52:
            made = f"{made} ({self.clause()})"
        elif draw < 0.56:
            made = f"{choose(['Why', 'When', 'How', 'Where', 'Who', 'What'])} {choose(['is', 'did', 'does', 'was', 'has', 'will'])} {self.someone()} {choose(self.verbs)}"
        elif draw < 0.62:
            return f"{self.title()}, {self.title()}, {self.title()}"
        elif draw < 0.7:
            nouns = ", ".join(self.noun() for _ in range(3))
            made = f"{self.clause()} {choose(['such as', 'including', ':', 'with'])} {nouns} and {self.noun()}"
        return made + choose([".", ".", ".", "!", "?", "", "...", ";"])
