#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Decode a trace with nothing but docs/trace-format.md in mind, and print what it holds.

  decode.py FILE               one line a part, columns as SHA-256 of their canonical arrays
  decode.py --dump FILE        everything in full, a line for each thing
  decode.py --chunks 2 FILE    two chunks only
  decode.py --skip 100 FILE    without the first hundred chunks, of which the blocks are read alone

The canonical form is in tests/reference/README.md; tests/reference/canonical.c prints the same by
means of the library.
"""

import argparse
import hashlib
import struct
import sys

sys.dont_write_bytecode = True # nothing appears beside the sources

import columns as col
from container import ADDR, CODE, COLUMN_NAMES, DATA, EVENT, FLOW, SYNC, XLATE, Bad, Trace, Truncated


def pack(letter, numbers):
    numbers = list(numbers)
    return struct.pack(f"<{len(numbers)}{letter}", *numbers)


def digest(*arrays):
    return hashlib.sha256(b"".join(arrays)).hexdigest()


class Printer:
    """Prints each part of a chunk as a hash of its arrays or, for a dump, in full."""

    def __init__(self, full):
        self.full = full

    def code(self, blocks, first):
        print(f"code {len(blocks)}", digest(
            pack("Q", (b.pc for b in blocks)), bytes(b.flags for b in blocks),
            pack("I", (b.n_insns for b in blocks)),
            *(b.lengths for b in blocks), *(b.code for b in blocks)))
        for i, b in enumerate(blocks if self.full else ()):
            print(f"  block {first + i} pc={b.pc:#x} flags={b.flags:#x}"
                  f" lengths={b.lengths.hex()} bytes={b.code.hex()}")

    def flow(self, ids, cuts):
        print(f"flow {len(ids)} {len(cuts)}",
              digest(pack("I", ids), pack("I", cuts), pack("I", cuts.values())))
        for i, block in enumerate(ids if self.full else ()):
            print(f"  {i} block {block}", f"cut after {cuts[i]}" if i in cuts else "")

    def accesses(self, accesses, with_data):
        print(f"addr {len(accesses)}", digest(
            pack("I", (a.execution for a in accesses)), pack("I", (a.insn for a in accesses)),
            bytes(a.info for a in accesses), pack("Q", (a.addr for a in accesses))))
        if with_data:
            print("data", digest(pack("Q", (a.low for a in accesses)),
                                 pack("Q", (a.high for a in accesses))))
        for a in accesses if self.full else ():
            print(f"  {a.execution}.{a.insn} {'write' if a.info & 8 else 'read'}{1 << (a.info & 7)}"
                  f" {a.addr:#x}", f"= {a.high << 64 | a.low:#x}" if with_data else "")

    def event(self, spans, events):
        print(f"event {len(spans)} {len(events)}", digest(
            *(struct.pack("<QQQ", *span) for span in spans),
            *(struct.pack("<BQQQQQ", e.type, e.icount, e.flow_index, e.value, e.pc, len(e.data))
              for e in events), *(e.data for e in events)))
        if self.full:
            for asid, insns, user in spans:
                print(f"  span asid={asid:#x} insns={insns} user={user}")
            for e in events:
                print(f"  event {e.type} icount={e.icount} flow={e.flow_index} value={e.value:#x}"
                      f" pc={e.pc:#x} data={e.data.hex()}")

    def sync(self, content):
        print("sync", digest(content))
        if self.full:
            print(f"  {content.hex()}")

    def xlate(self, phys, crossings):
        print(f"xlate {len(crossings)}", digest(
            pack("Q", phys), pack("I", (at for at, _ in crossings)),
            pack("Q", (second for _, second in crossings))))
        for i, addr in enumerate(phys if self.full else ()):
            print(f"  {i} at {addr:#x}")
        for at, second in crossings if self.full else ():
            print(f"  {at} goes on at {second:#x}")


def print_header(trace):
    print(f"format {trace.format} arch {trace.arch} columns",
          *(COLUMN_NAMES[c] for c in trace.columns))
    for name in ("tool", "recording", "machine"):
        print(name, getattr(trace, name).hex())
    for name, size in trace.regs:
        print(f"register {size} {name.hex()}")


def print_chunk(trace, chunk, blocks, out):
    print(f"chunk {chunk.number} icount {chunk.icount} insns {chunk.insns} asid {chunk.asid:#x}"
          f" dictionary {chunk.dictionary}")
    if chunk.dictionary == chunk.number:
        blocks.clear()
    content = trace.column_bytes(chunk, trace.columns)
    if CODE in content:
        first = len(blocks)
        col.decode_code(content[CODE], blocks)
        out.code(blocks[first:], first)
    if FLOW in content:
        flow = col.decode_flow(content[FLOW], chunk, blocks)
        out.flow(*flow)
    if ADDR in content:
        accesses = col.decode_accesses(content[ADDR], content.get(DATA), chunk, blocks, flow)
        out.accesses(accesses, DATA in content)
    if EVENT in content:
        out.event(*col.decode_event(content[EVENT], chunk))
    if SYNC in content:
        if len(content[SYNC]) != trace.sync_size():
            raise Bad("sync: wrong size")
        out.sync(content[SYNC])
    if XLATE in content:
        out.xlate(*col.decode_xlate(content[XLATE], accesses))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dump", action="store_true", help="print everything in full")
    parser.add_argument("--chunks", type=int, help="only N chunks", metavar="N")
    parser.add_argument("--skip", type=int, default=0, help="not the first N", metavar="N")
    parser.add_argument("file")
    args = parser.parse_args()
    out = Printer(args.dump)
    blocks = []
    try:
        trace = Trace(args.file)
        print_header(trace)
        chunks = trace.chunks[args.skip :][: args.chunks]
        for chunk in trace.chunks[: args.skip] if CODE in trace.columns else ():
            if chunks and chunk.number >= chunks[0].dictionary:
                col.decode_code(trace.column_bytes(chunk, [CODE])[CODE], blocks)
        for chunk in chunks:
            print_chunk(trace, chunk, blocks, out)
    except (Bad, OSError) as error:
        sys.exit(f"decode.py: {args.file}: {error}")
    except Truncated:
        sys.exit(f"decode.py: {args.file}: ends inside its header or index")
    print(f"{'finished' if trace.finished else 'unfinished'} chunks {len(chunks)}"
          f" insns {sum(chunk.insns for chunk in chunks)}")


if __name__ == "__main__":
    main()
