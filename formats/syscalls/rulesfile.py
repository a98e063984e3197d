# SPDX-License-Identifier: GPL-2.0-or-later
"""The rules file; it says itself what its lines mean."""
import re

from layout import ABIS


class Failure(Exception):
    pass


class Rules:
    """The rules file, by kind of line."""

    def __init__(self, path):
        self.sets, self.structs, self.defaults = [], [], []
        self.aliases, self.protos, self.calls = {}, {}, {}
        for number, line in enumerate(open(path, encoding="ascii"), 1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            word_, rest = line.split(None, 1)
            try:
                getattr(self, "read_" + word_)(rest)
            except (AttributeError, ValueError) as error:
                raise Failure(f"{path}:{number}: cannot read this line ({error})") from error

    def read_set(self, text):
        left, patterns = text.split(" : ", 1)
        name, *headers = left.split()
        mask, last, by_value = None, None, headers[0] == "sorted"
        if by_value:
            headers.pop(0)
        if headers[0].startswith("last="):
            last = headers.pop(0)[5:]
        if headers[0].startswith("mask="):
            mask = headers.pop(0)[5:]
        yes, _, no = patterns.partition(" -")
        self.sets.append((name, by_value, last, mask, tuple(headers), re.compile(yes), re.compile(no or "$^")))

    def read_struct(self, text):
        left, fields = text.split(" : ", 1)
        name, _, abis = left.partition("@")
        self.structs.append((name, abis.split(",") if abis else list(ABIS), fields))

    def read_default(self, text):
        ctype, name, kind = text.split()
        self.defaults.append((re.compile(ctype), re.compile(name), kind))

    def read_alias(self, text):
        call, prototype = text.split()
        self.aliases[call] = prototype

    def read_proto(self, text):
        call, args = re.fullmatch(r"(?:(?:\w+):)?(\w+)\((.*)\)", text).group(1, 2)
        self.protos[text.partition("(")[0]] = (call, args)

    def read_call(self, text):
        left, _, right = text.partition(" :")
        name, _, condition = left.strip().partition("[")
        right, _, result = right.partition("->")
        self.calls.setdefault(name, []).append((condition.rstrip("]"), right.split(), result.strip()))
