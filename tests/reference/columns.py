# SPDX-License-Identifier: GPL-2.0-or-later
"""Reference decoder of traces, part 2: what the columns of a chunk say.

Written from docs/trace-format.md alone; see container.py.
"""

from container import U64, Bytes, check

MAX_BLOCKS = 1 << 26
U32 = (1 << 32) - 1
INFINITY = 1 << 70
TABLE = 32768
IMAGE_WORDS = 131072


def streams(column, what, n):
    """The n streams of a column."""
    f = Bytes(column, what)
    sizes = [f.varint() for _ in range(n)]
    parts = [Bytes(f.take(size), f"{what}, stream {i}") for i, size in enumerate(sizes)]
    f.finish()
    return parts


class Runs:
    """Symbols that are mostly 0."""

    def __init__(self, lengths, symbols, highest):
        self.lengths, self.symbols, self.highest = lengths, symbols, highest
        self._next_run()

    def _next_run(self):
        self.zeros = self.lengths.varint() if self.lengths.left() else INFINITY

    def next(self):
        if self.zeros:
            self.zeros -= 1
            return 0
        symbol = self.symbols.u8()
        check(1 <= symbol <= self.highest, f"{self.symbols.what}: unknown symbol {symbol}")
        self._next_run()
        return symbol

    def finish(self):
        self.lengths.finish()
        self.symbols.finish()


class Block:
    def __init__(self, pc, flags, lengths, code):
        self.pc, self.flags, self.lengths, self.code = pc, flags, lengths, code
        self.n_insns = len(lengths)


def decode_code(column, blocks):
    """Append the blocks that a code column defines to the dictionary `blocks`."""
    head, lengths, code = streams(column, "code", 3)
    expected = 0
    while head.left():
        pc = (expected + head.zigzag()) & U64
        flags, n_insns = head.u8(), head.varint()
        check(flags & 15 <= 6 and flags >> 5 == 0, "code: unknown flags")
        check(1 <= n_insns <= 4096, "code: bad number of instructions")
        sizes = lengths.take(n_insns)
        check(min(sizes) >= 1 and max(sizes) <= 15, "code: bad instruction length")
        blocks.append(Block(pc, flags, sizes, code.take(sum(sizes))))
        check(len(blocks) <= MAX_BLOCKS, "code: too many blocks")
        expected = (pc + sum(sizes)) & U64
    lengths.finish()
    code.finish()


def decode_flow(column, chunk, blocks):
    """(ids of the blocks that ran, {execution: instructions} of those that were cut)."""
    lengths, symbols, literals, cut_stream = streams(column, "flow", 4)
    runs = Runs(lengths, symbols, 3)
    by_history, last, other = [0] * TABLE, [0] * TABLE, [0] * TABLE
    b1 = b2 = b3 = 0
    ids = []
    for _ in range(chunk.n_flow):
        h = (((b1 * 0x9E3779B1) ^ (b2 * 0x85EBCA6B) ^ (b3 * 0xC2B2AE35)) & U32) >> 17
        l = b1 & 0x7FFF
        symbol = runs.next()
        if symbol == 0:
            block = by_history[h]
        elif symbol == 1:
            block = last[l]
        elif symbol == 2:
            block = other[l]
        else:
            block = (b1 + literals.zigzag()) & U32
        check(block < len(blocks), "flow: unknown block")
        by_history[h] = block
        if block != last[l]:
            other[l] = last[l]
            last[l] = block
        b1, b2, b3 = block, b1, b2
        ids.append(block)
    runs.finish()
    literals.finish()
    cuts = decode_cuts(cut_stream, chunk, ids, blocks)
    check(sum(blocks[i].n_insns for i in ids)
          - sum(blocks[ids[at]].n_insns - done for at, done in cuts.items()) == chunk.insns,
          "flow: wrong number of instructions")
    return ids, cuts


def decode_cuts(f, chunk, ids, blocks):
    cuts, at = {}, 0
    for i in range(chunk.n_cuts):
        step, executed = f.varint(), f.varint()
        at += step
        check((i == 0 or step > 0) and at < chunk.n_flow, "flow: bad cut")
        check(executed < blocks[ids[at]].n_insns, "flow: cut behind the block's end")
        cuts[at] = executed
    f.finish()
    return cuts


class Op:
    """Predictor state of one access of a shape."""

    def __init__(self, insn, info):
        self.insn, self.info = insn, info
        self.last = self.stride = self.delta = self.addr_guess = 0
        self.relative = [0, 0, 0, 0]
        self.value = self.vstride = self.vdelta = self.value_guess = 0
        self.from_load = self.from_image = 0


class Image:
    """What memory holds as far as the accesses have told."""

    def __init__(self):
        self.words = [0] * IMAGE_WORDS

    @staticmethod
    def slot(granule):
        return ((((granule >> 3) * 0x9E3779B97F4A7C15) & U64) >> 50) * 8 + (granule & 7)

    def read(self, addr, k):
        shift, bits = 8 * (addr & 7), 8 << k
        value = self.words[self.slot(addr >> 3)] >> shift
        if shift + bits > 64:
            value |= self.words[self.slot((addr >> 3) + 1)] << (64 - shift)
        return value & ((1 << bits) - 1)

    def write(self, addr, k, value):
        shift, bits = 8 * (addr & 7), 8 << k
        mask = (1 << bits) - 1
        s = self.slot(addr >> 3)
        self.words[s] = ((self.words[s] & ~(mask << shift)) | (value << shift)) & U64
        if shift + bits > 64:
            s = self.slot((addr >> 3) + 1)
            self.words[s] = (self.words[s] & ~(mask >> (64 - shift))) | (value >> (64 - shift))


class Addresses:
    def __init__(self, lengths, symbols, literals):
        self.runs, self.literals = Runs(lengths, symbols, 7), literals
        self.prev = [0, 0, 0, 0]

    def _guess(self, op, guess):
        if guess == 0:
            return (op.last + op.stride) & U64
        return (self.prev[guess] + op.relative[guess]) & U64

    def next(self, op):
        symbol, prev = self.runs.next(), self.prev
        if symbol == 0:
            addr = self._guess(op, op.addr_guess)
            op.last = addr
        else:
            if symbol <= 4:
                op.addr_guess = symbol - 1
                addr = self._guess(op, op.addr_guess)
            else:
                base = (op.last, prev[1], prev[2])[symbol - 5]
                addr = (base + self.literals.zigzag()) & U64
            d = (addr - op.last) & U64
            if d == op.delta:
                op.stride = d
            op.delta, op.last = d, addr
            op.relative = [0] + [(addr - prev[k]) & U64 for k in (1, 2, 3)]
        self.prev = [0, addr, prev[1], prev[2]]
        return addr

    def finish(self):
        self.runs.finish()
        self.literals.finish()


class Values:
    def __init__(self, parts):
        self.runs, self.wide = Runs(parts[0], parts[1], 6), Runs(parts[2], parts[3], 2)
        self.literals = parts[4:]
        self.image = Image()
        self.load1 = self.load2 = 0

    def _guess(self, op, guess, image, mask):
        if guess == 0:
            return image
        if guess == 1:
            return (op.value + op.vstride) & mask
        if guess == 2:
            return (self.load1 + op.from_load) & mask
        if guess == 3:
            return self.load2 & mask
        return (image + op.from_image) & mask

    def next(self, op, addr):
        k = min(op.info & 7, 3)
        mask = (1 << (8 << k)) - 1
        image = self.image.read(addr, k)
        symbol = self.runs.next()
        if symbol == 0:
            v = self._guess(op, op.value_guess, image, mask)
            if op.value_guess == 1:
                op.value = v
        else:
            if symbol <= 5:
                op.value_guess = symbol - 1
                v = self._guess(op, op.value_guess, image, mask)
            else:
                v = int.from_bytes(self.literals[k].take(1 << k), "little")
            d = (v - op.value) & U64
            if d == op.vdelta:
                op.vstride = d
            op.vdelta, op.value = d, v
            op.from_load, op.from_image = (v - self.load1) & U64, (v - image) & U64
        self.image.write(addr, k, v)
        if not op.info & 8:
            self.load1, self.load2 = v, self.load1
        return v

    def next_wide(self, addr, low):
        addr = (addr + 8) & U64
        symbol = self.wide.next()
        if symbol == 0:
            high = self.image.read(addr, 3)
        elif symbol == 1:
            high = low
        else:
            high = int.from_bytes(self.literals[3].take(8), "little")
        self.image.write(addr, 3, high)
        return high

    def finish(self):
        self.runs.finish()
        self.wide.finish()
        for literal in self.literals:
            literal.finish()


class Access:
    __slots__ = ("execution", "insn", "info", "addr", "low", "high")


def read_shape(f, ops_left, block):
    n = f.varint()
    check(n <= ops_left and n <= f.left() // 2, "addr: shape is too long")
    shape = []
    for _ in range(n):
        insn, info = f.varint(), f.u8()
        check(insn < block.n_insns, "addr: access behind the block's end")
        check(info & 7 <= 4 and info >> 4 == 0, "addr: unknown kind of access")
        shape.append(Op(insn, info))
    return shape


def decode_accesses(addr_column, data_column, chunk, blocks, flow):
    """The accesses of a chunk in order; without a data column, their values are 0."""
    ids, cuts = flow
    parts = streams(addr_column, "addr", 6)
    choices, shapes = Runs(parts[0], parts[1], 3), parts[2]
    addresses = Addresses(*parts[3:])
    values = Values(streams(data_column, "data", 8)) if data_column is not None else None
    recent, older = {}, {}
    ops_left = chunk.n_access # of all shapes that are read
    accesses = []
    for execution, block in enumerate(ids):
        symbol = choices.next()
        limit = cuts.get(execution, INFINITY)
        if symbol == 0:
            shape = recent.get(block, ())
        elif symbol == 1:
            shape = older.get(block, ())
            older[block], recent[block] = recent.get(block, ()), shape
        else:
            shape = read_shape(shapes, ops_left, blocks[block])
            ops_left -= len(shape)
            if symbol == 2:
                older[block], recent[block] = recent.get(block, ()), shape
            else:
                limit = INFINITY
        for op in shape:
            if op.insn >= limit:
                break
            access = Access()
            access.execution, access.insn, access.info = execution, op.insn, op.info
            access.addr = addresses.next(op)
            access.low = values.next(op, access.addr) if values else 0
            wide = values and op.info & 7 == 4
            access.high = values.next_wide(access.addr, access.low) if wide else 0
            accesses.append(access)
            check(len(accesses) <= chunk.n_access, "addr: too many accesses")
    check(len(accesses) == chunk.n_access, "addr: too few accesses")
    choices.finish()
    shapes.finish()
    addresses.finish()
    if values:
        values.finish()
    return accesses


class Event:
    __slots__ = ("type", "icount", "flow_index", "value", "pc", "data")


def decode_spans(f, chunk):
    spans, left = [], chunk.insns
    while f.left():
        asid, insns, user = f.varint(), f.varint(), f.varint()
        check(0 < insns <= left and user <= insns, "event: bad span")
        left -= insns
        spans.append((asid, insns, user))
    check(left == 0, "event: spans do not cover the chunk")
    return spans


def decode_event(column, chunk):
    """([(asid, insns, user)], [Event])"""
    span_stream, f, data = streams(column, "event", 3)
    spans = decode_spans(span_stream, chunk)
    events, icount, flow_index = [], chunk.icount, 0
    while f.left():
        event = Event()
        event.type = f.u8()
        icount += f.varint()
        flow_index += f.varint()
        check(icount <= chunk.icount + chunk.insns, "event: behind the chunk's end")
        check(flow_index <= chunk.n_flow, "event: behind the chunk's executions")
        event.icount, event.flow_index = icount, flow_index
        event.value = (f.varint() - 1) & U64
        event.pc = f.varint()
        event.data = data.take(f.varint())
        events.append(event)
    data.finish()
    return spans, events


NO_FRAME = (1 << 52) - 1


class Pages:
    """Which physical page each virtual one is."""

    def __init__(self, column):
        lengths, symbols, self.literals, self.changes = streams(column, "xlate", 4)
        self.runs = Runs(lengths, symbols, 3)
        self.slot = [(None, 0)] * 2048
        self.known = [(None, 0, 0)] * 8192
        self.near, self.far, self.last = [0] * 1024, [0] * 64, 0
        self.change = 0
        self._next_change(True)

    def _next_change(self, first=False):
        if not self.changes.left():
            self.change = None
            return
        step = self.changes.varint()
        check(step > 0 or first, "xlate: changes out of order")
        self.change += step

    @staticmethod
    def _hash(key, bits):
        return ((key * 0x9E3779B97F4A7C15) & U64) >> (64 - bits)

    def _place(self, page, bits):
        return self._hash(page >> 2, bits - 2) * 4 + (page & 3)

    def _missing(self, page):
        k = self._place(page, 13)
        near, far = self._hash(page >> 9, 10), self._hash(page >> 18, 6)
        symbol = self.runs.next()
        if symbol == 0:
            known = self.known[k]
            frame = known[1] if known[0] == page else (page + self.near[near]) & NO_FRAME
        elif symbol == 1:
            frame = (page + self.far[far]) & NO_FRAME
        elif symbol == 2:
            frame = (self.last + self.literals.zigzag()) & NO_FRAME
        else:
            frame = NO_FRAME
        if self.known[k][0] != page:
            self.known[k] = (page, frame, frame)
        if self.known[k][1] != frame:
            self.known[k] = (page, frame, self.known[k][1])
        if frame != NO_FRAME:
            self.near[near] = self.far[far] = (frame - page) & NO_FRAME
            self.last = frame
        return frame

    def touch(self, number, page):
        place, k = self._place(page, 11), self._place(page, 13)
        if self.slot[place][0] != page:
            self.slot[place] = (page, self._missing(page))
        frame = self.slot[place][1]
        if number == self.change:
            other = self.known[k][2] if self.known[k][0] == page else frame
            changed = (other + self.changes.zigzag()) & NO_FRAME
            self.slot[place], self.known[k] = (page, changed), (page, changed, frame)
            frame = changed
            self._next_change()
        return frame

    def finish(self):
        check(self.change is None, "xlate: a change of what is not accessed")
        self.runs.finish()
        self.literals.finish()


def decode_xlate(column, accesses):
    """([physical address], [(access, physical address of its second page)]); U64: none."""
    pages, phys, crossings = Pages(column), [], []
    for i, a in enumerate(accesses):
        page, offset = a.addr >> 12, a.addr & 4095
        frame = pages.touch(2 * i, page)
        phys.append(U64 if frame == NO_FRAME else frame << 12 | offset)
        if offset + (1 << (a.info & 7)) > 4096:
            frame = pages.touch(2 * i + 1, (page + 1) & NO_FRAME)
            crossings.append((i, U64 if frame == NO_FRAME else frame << 12))
    pages.finish()
    return phys, crossings
