# SPDX-License-Identifier: GPL-2.0-or-later
"""Coverage found in another way: blocks, bytes and branches of a guest's own code from the list of
its executed instructions (`ailurus trace dump`, standard input) and its disassembly (objdump).
Compares with what `ailurus coverage` wrote: a drcov file and a list of edges.

    coverage_reference.py DISASSEMBLY DRCOV EDGES
"""
import re
import struct
import sys

BRANCH = re.compile(
    r"^(j\w+|l?call\w*|l?ret\w*|iret\w*|loop\w*|ljmp\w*|int\d*|ud2|sys\w+|"
    r"b|b\.\w+|bl|blr|br|ret|eret|cbz|cbnz|tbz|tbnz|svc|hvc|smc|brk)$")
QUIET = ("console", "packet")  # events that are nothing to the program


def disassembly(path):
    """address -> (length, is a branch)"""
    code = {}
    for line in open(path):
        m = re.match(r"^\s*([0-9a-f]+):\s+((?:[0-9a-f]{2} )+|[0-9a-f]{8} )\s*(\S*)", line)
        if not m:
            continue
        raw = m.group(2).replace(" ", "")
        code[int(m.group(1), 16)] = (len(raw) // 2, bool(BRANCH.match(m.group(3))))
    return code


def walk(code, lines):
    """What ran, what was jumped to, and how often each branch went where."""
    ran, leaders, edges = set(), set(), {}
    before = None
    for line in lines:
        if line.startswith("--"):
            if line.split()[2] not in QUIET and line[2] == " ":
                before = None
            continue
        fields = line.split(None, 3)
        if fields[0].startswith("("):  # accesses of an instruction that did not complete
            continue
        at, mode = int(fields[2], 16), fields[1]
        if at not in code:
            before = None
            continue
        ran.add(at)
        if before and before[1] == mode:
            last = before[0]
            length, branch = code[last]
            if at != last + length:
                leaders.add(at)
            if branch or at != last + length:
                edges[last, at] = edges.get((last, at), 0) + 1
        before = (at, mode)
    return ran, leaders, edges


def blocks_of(code, ran, leaders):
    blocks, start, end, closed = set(), None, None, True
    for at in sorted(ran):
        if closed or at != end or at in leaders:
            if start is not None:
                blocks.add((start, end))
            start = at
        end = at + code[at][0]
        closed = code[at][1]
    blocks.add((start, end))
    return blocks


def drcov(path, code):
    head, rest = open(path, "rb").read().split(b"BB Table: ", 1)
    n, rest = rest.split(b" bbs\n", 1)
    assert head.startswith(b"DRCOV VERSION: 2\nDRCOV FLAVOR: drcov\nModule Table: version 2, count ")
    modules = [line.split(b", ") for line in head.split(b"path\n", 1)[1].splitlines()]
    assert len(rest) == 8 * int(n)
    blocks = set()
    for start, size, module in struct.iter_unpack("<IHH", rest):
        at = int(modules[module][1], 16) + start
        assert int(modules[module][0]) == module
        assert at + size <= int(modules[module][2], 16)
        if at in code:
            blocks.add((at, at + size))
    return blocks


def edges_of(path, code):
    edges = {}
    for line in open(path):
        count, _, here, there = line.rstrip("\n").split("\t")
        here, there = int(here, 16), int(there, 16)
        if here in code and there in code and (code[here][1] or there != here + code[here][0]):
            edges[here, there] = edges.get((here, there), 0) + int(count)
    return edges


def same(what, want, got):
    want, got = set(want), set(got)
    if want != got:
        show = lambda s: [tuple(hex(x) for x in e) for e in sorted(s)[:5]]
        sys.exit(f"{what}: missing {show(want - got)}, too many {show(got - want)}")


def main():
    code = disassembly(sys.argv[1])
    ran, leaders, edges = walk(code, sys.stdin)
    assert len(ran) > 20 and len(edges) > 5, (len(ran), len(edges))
    got_edges = edges_of(sys.argv[3], code)
    same("blocks", blocks_of(code, ran, leaders), drcov(sys.argv[2], code))
    same("edges", edges, got_edges)
    same("counts of edges", [(*e, n) for e, n in edges.items()],
         [(*e, n) for e, n in got_edges.items()])


main()
