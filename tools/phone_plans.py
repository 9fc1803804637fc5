#!/usr/bin/env python3
"""Makes src/detect/phone/plans.txt, the compact table of the world's numbering plans.

    pip install phonenumbers regex
    python3 tools/phone_plans.py > src/detect/phone/plans.txt

The facts come from the `phonenumbers` package (Apache-2.0), which has them from libphonenumber's metadata (Apache-2.0). For each region
and each length of its national numbers, this asks which first three digits a number of any type can have, and merges regions that share a
country calling code.
"""

import collections

import phonenumbers
import regex
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

TYPES = [
    "fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip", "pager", "uan", "voicemail",
]


def patterns(metadata):
    """The pattern and the lengths of each type of number that there is."""
    for name in TYPES:
        kind = getattr(metadata, name)
        if kind is None or kind.national_number_pattern is None:
            continue
        lengths = [n for n in (kind.possible_length or metadata.general_desc.possible_length) if n > 0]
        yield regex.compile(kind.national_number_pattern.replace("\n", "").replace(" ", "")), lengths


def beginnings(metadata):
    """For each length, the first three digits that numbers of that length can have."""
    found = collections.defaultdict(set)
    for pattern, lengths in patterns(metadata):
        for beginning in range(1000):
            digits = f"{beginning:03}"
            if pattern.fullmatch(digits, partial=True) is None:
                continue
            for length in lengths:
                found[length].add(beginning)
    return found


def ranges(numbers):
    """`100-129,130` for the numbers in order."""
    out, run = [], []
    for number in sorted(numbers):
        if run and number == run[-1] + 1:
            run.append(number)
            continue
        if run:
            out.append(run)
        run = [number]
    if run:
        out.append(run)
    return ",".join(f"{run[0]:03}" if len(run) == 1 else f"{run[0]:03}-{run[-1]:03}" for run in out)


def plans():
    for code, regions in sorted(COUNTRY_CODE_TO_REGION_CODE.items()):
        lengths, prefixes = collections.defaultdict(set), set()
        for region in regions:
            if region == "001":
                metadata = PhoneMetadata.metadata_for_nongeo_region(code, None)
            else:
                metadata = PhoneMetadata.metadata_for_region(region, None)
            if metadata is None:
                continue
            if metadata.national_prefix:
                prefixes.add(metadata.national_prefix)
            for length, found in beginnings(metadata).items():
                lengths[length] |= found
        by_beginnings = collections.defaultdict(list)
        for length, found in sorted(lengths.items()):
            by_beginnings[ranges(found)].append(str(length))
        plan = " ".join(f"{'/'.join(lengths)}:{found}" for found, lengths in by_beginnings.items())
        yield f"{code} {'/'.join(sorted(prefixes)) or '-'} {plan}"


print("# Made by tools/phone_plans.py from phonenumbers " + phonenumbers.__version__ + " (Apache-2.0, from libphonenumber, Apache-2.0).")
print("# Country calling code, national prefixes, then for lengths of national numbers: how these begin.")
for plan in plans():
    print(plan)
