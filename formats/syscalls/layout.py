# SPDX-License-Identifier: GPL-2.0-or-later
"""Structures as the C compiler of each ABI lays them out."""
import re
from collections import namedtuple

# arch: its folder in the kernel's arch; word: bytes of a long; align8: of a 64-bit number.
Abi = namedtuple("Abi", "arch word align8")
ABIS = {
    "x86_64": Abi("x86", 8, 8),
    "i386": Abi("x86", 4, 4),
    "arm64": Abi("arm64", 8, 8),
    "arm": Abi("arm", 4, 8),
}
Field = namedtuple("Field", "name kind size signed offset count")


def word(abi):
    return ABIS[abi].word


def scalar_type(text, abi):
    """(bytes, signed, kind by default)"""
    if text in ("long", "ulong"):
        return word(abi), text == "long", "num"
    if text == "ptr":
        return word(abi), False, "address"
    if text == "char":
        return 1, False, "chars"
    sign, bits = re.fullmatch(r"([su])(8|16|32|64)", text).groups()
    return int(bits) // 8, sign == "s", "num"


def layout_struct(text, abi):
    """(size, fields) of "TYPE NAME, ..."; without those that are padding."""
    packed = text.startswith("packed ")
    if packed:
        text = text[len("packed "):]
    at, align, fields = 0, 1, []
    for item in text.split(", "):
        ctype, name = item.split()
        ctype, _, kind = ctype.partition("/")
        size, signed, usual = scalar_type(ctype, abi)
        name, _, place = name.partition("^")
        name, _, count = name.partition("[")
        count = int(count.rstrip("]")) if count else 1
        own = 1 if packed else ABIS[abi].align8 if size == 8 else size
        at = (at + own - 1) // own * own
        align = max(align, own)
        if not name.startswith("_"):
            fields.insert(int(place) if place else len(fields),
                          Field(name, kind or usual, size, signed, at, count))
        at += size * count
    return (at + align - 1) // align * align, fields
