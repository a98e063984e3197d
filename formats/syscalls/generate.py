#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""generate.py --rules FILE --cc COMPILER --out FILE [--root DIR]: the tables of system calls as C,
from the kernel's headers as Debian's packages install them (below DIR) and from the rules (see
there)."""
import argparse
import glob
import re
import sys

from constants import Constants
from layout import ABIS, word
from prototypes import Prototypes, numbers
from rulesfile import Failure, Rules
from tables import Tables, c_string


def newest(pattern):
    """The newest folder of that pattern, by version."""
    def key(path):
        return [int(n) if n.isdigit() else 0 for n in re.split(r"[^0-9]+", path)]
    found = sorted(glob.glob(pattern), key=key)
    if not found:
        raise Failure(f"there is no {pattern}: ./setup.sh installs what packages.txt names")
    return found[-1]


def generate(options):
    rules = Rules(options.rules)
    kernel = newest(options.root + "/usr/src/linux-headers-*-common")
    out = ["/* Made by formats/syscalls/generate.py; do not change. */",
           '#include "formats/syscalls_private.h"', "",
           "static const AilSyscallArg args_unknown[] = {"]
    out += [f'    {{"", "long", AIL_ARG_HEX, false, true, {i}, 8, false, AIL_LEN_ONE, 0, NULL, NULL}},'
            for i in range(6)]
    out.append("};")
    tables, names = [], {}
    for abi in ABIS:
        constants = Constants(kernel, ABIS[abi].arch)
        prototypes = Prototypes(kernel, word(abi))
        t = Tables(abi, rules, constants, prototypes, out, names)
        for entry in rules.sets:
            t.add_set(*entry)
        for name, abis, fields in rules.structs:
            if abi in abis:
                t.add_struct(name, fields)
        for missing in {n for n, _, _ in rules.structs} - set(t.structs):
            t.add_struct(missing, "u32 _none") # of calls that this ABI does not have
        entries = [(number, t.add_call(name))
                   for number, name in sorted(numbers(abi, kernel, options).items())]
        if len(entries) < 250:
            raise Failure(f"{abi}: only {len(entries)} system calls found")
        if abi == "i386": # the only one that has a table and this call
            calls = [f"    &{c}," for c in t.socketcalls()]
            out += ["const AilSyscall *const ail_socketcalls[] = {", "    NULL,"] + calls + ["};"]
            out.append(f"const unsigned ail_n_socketcalls = {len(calls) + 1};")
        out.append(f"static const AilSyscallEntry calls_{abi}[] = {{")
        out += [f"    {{{number:#x}u, &{symbol}}}," for number, symbol in entries]
        out.append("};")
        out.append(f"static const AilSyscallNamedSet sets_{abi}[] = {{")
        out += [f"    {{{c_string(n)}, &{s}}}," for n, (s, _) in t.sets.items()]
        out.append("};")
        out.append(f"static const AilSyscallStruct *const structs_{abi}[] = {{")
        out += [f"    &{s}," for s, _ in t.structs.values()]
        out.append("};")
        tables.append((abi, len(entries), len(t.sets), len(t.structs)))
    out.append("const AilSyscallTable ail_syscall_tables[AIL_ABI_COUNT] = {")
    for abi, n_calls, n_sets, n_structs in tables:
        out.append(f"    [AIL_ABI_{abi.upper()}] = {{calls_{abi}, {n_calls}, {n_sets}, {n_structs}, "
                   f"sets_{abi}, structs_{abi}}},")
    out.append("};")
    with open(options.out, "w", encoding="ascii") as file:
        file.write("\n".join(out) + "\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rules", required=True)
    parser.add_argument("--cc", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--root", default="")
    try:
        generate(parser.parse_args())
    except (Failure, OSError) as error:
        sys.exit(f"generate.py: {error}")


main()
