# SPDX-License-Identifier: GPL-2.0-or-later
"""Reference decoder of traces, part 1: the file (header, chunk headers, index, trailer).

Written from docs/trace-format.md alone. It shares nothing with trace/, and must not: what the two
agree on is what the document says. Simple rather than fast.
"""

import struct
import subprocess

SKIPPABLE_METADATA = 0x184D2A5A
SKIPPABLE_TRAILER = 0x184D2A5B
ZSTD_MAGIC = 0xFD2FB528
TRAILER_SIZE = 32
MAX_METADATA = 64 << 20
MAX_COLUMN = 1 << 30
MAX_ITEMS = 1 << 24
U64 = (1 << 64) - 1

CODE, FLOW, ADDR, DATA, EVENT, SYNC, XLATE = range(7)
COLUMN_NAMES = ("code", "flow", "addr", "data", "event", "sync", "xlate")
NEEDS = {XLATE: ADDR, DATA: ADDR, ADDR: FLOW, FLOW: CODE}


class Bad(Exception):
    """The trace contradicts the document."""


class Truncated(Exception):
    """The file ends inside something."""


def check(condition, message):
    if not condition:
        raise Bad(message)


class Bytes:
    """A cursor over bytes: the primitive fields of the document's notation."""

    def __init__(self, data, what):
        self.data = data
        self.pos = 0
        self.what = what

    def left(self):
        return len(self.data) - self.pos

    def take(self, size):
        check(size <= self.left(), f"{self.what}: ends early")
        self.pos += size
        return self.data[self.pos - size : self.pos]

    def u8(self):
        return self.take(1)[0]

    def varint(self):
        value = 0
        for i in range(10):
            byte = self.u8()
            check(i < 9 or byte <= 1, f"{self.what}: varint beyond 64 bits")
            value |= (byte & 127) << (7 * i)
            if byte < 128:
                return value
        raise Bad(f"{self.what}: varint beyond 64 bits")

    def zigzag(self):
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def string(self):
        text = self.take(self.varint())
        check(0 not in text, f"{self.what}: zero byte in a string")
        return text

    def finish(self):
        check(self.left() == 0, f"{self.what}: {self.left()} bytes left over")


def frame_layout(data):
    """(size of the zstd frame that data begins with, content size it states), by RFC 8878."""
    check(len(data) >= 5 and struct.unpack_from("<I", data)[0] == ZSTD_MAGIC, "no zstd frame")
    descriptor = data[4]
    single = descriptor >> 5 & 1
    dictionary = (0, 1, 2, 4)[descriptor & 3]
    content_bytes = (single, 2, 4, 8)[descriptor >> 6]
    check(content_bytes > 0, "frame states no content size")
    check(dictionary == 0, "frame needs a dictionary")
    check(descriptor >> 2 & 1, "frame without a checksum")
    pos = 5 + (0 if single else 1)
    check(pos + content_bytes <= len(data), "frame ends early")
    content = int.from_bytes(data[pos : pos + content_bytes], "little")
    if content_bytes == 2:
        content += 256
    pos += content_bytes
    last = False
    while not last:
        check(pos + 3 <= len(data), "frame ends early")
        block = int.from_bytes(data[pos : pos + 3], "little")
        last, kind, size = block & 1, block >> 1 & 3, block >> 3
        check(kind != 3, "reserved zstd block")
        pos += 3 + (1 if kind == 1 else size)
    pos += 4 # the checksum
    check(pos <= len(data), "frame ends early")
    return pos, content


def decompress(frames):
    """The contents of frames, each bytes of exactly one frame; one run of `zstd` for them all."""
    sizes = []
    for frame in frames:
        size, content = frame_layout(frame)
        check(size == len(frame), "bytes after a frame")
        check(content <= MAX_COLUMN, "frame is too large")
        sizes.append(content)
    done = subprocess.run(["zstd", "-dcq", "--long=30"], input=b"".join(frames),
                          capture_output=True, check=False)
    check(done.returncode == 0, "zstd: " + done.stderr.decode(errors="replace").strip())
    check(len(done.stdout) == sum(sizes), "frames do not decompress to the sizes they state")
    out = Bytes(done.stdout, "frame")
    return [out.take(size) for size in sizes]


class Chunk:
    """A chunk header, and (raw_size, frame's offset, frame's size) by column."""

    def __init__(self, content, offset, frames_offset):
        f = Bytes(content, "chunk header")
        self.offset = offset
        self.number = f.varint()
        self.icount = f.varint()
        self.insns = f.varint()
        self.asid = f.varint()
        since = f.varint()
        check(since <= self.number, "chunk: a dictionary from before the first chunk")
        self.dictionary = self.number - since
        self.n_flow = f.varint()
        self.n_cuts = f.varint()
        self.n_access = f.varint()
        check(self.icount + self.insns <= U64, "chunk: icount overflows")
        check(self.n_flow <= MAX_ITEMS and self.n_access <= MAX_ITEMS, "chunk: too many items")
        check(self.n_cuts <= self.n_flow, "chunk: more cuts than executions")
        entries = {}
        while f.left():
            column, raw_size, size = f.u8(), f.varint(), f.varint()
            check(column not in entries, "chunk: column given twice")
            check(raw_size <= MAX_COLUMN and size <= MAX_COLUMN, "chunk: column is too large")
            entries[column] = (raw_size, size)
        self.columns = {}
        for column in sorted(entries):
            raw_size, size = entries[column]
            self.columns[column] = (raw_size, frames_offset, size)
            frames_offset += size
        self.end = frames_offset


class Trace:
    """A file of a trace, its parts found and checked; column bytes are read on demand."""

    def __init__(self, path):
        self.file = open(path, "rb")
        self.size = self.file.seek(0, 2)
        content, position = self._metadata(0, b"AILT")
        self._read_header(Bytes(content, "header"))
        self.finished = self._read_trailer()
        self.chunks = self._read_index() if self.finished else list(self._walk(position))
        self.insns = sum(chunk.insns for chunk in self.chunks)
        if self.finished:
            check(self.trailer_insns == self.insns, "trailer: wrong number of instructions")
            end = self.chunks[-1].end if self.chunks else position
            check(end == self.index_offset, "index does not follow the last chunk")
            check(not self.chunks or self.chunks[0].offset == position,
                  "the first chunk does not follow the header")

    def _read(self, offset, size):
        if offset + size > self.size:
            raise Truncated()
        self.file.seek(offset)
        return self.file.read(size)

    def _metadata(self, offset, tag):
        """Content of the metadata frame at offset, behind its tag, and where the frame ends."""
        magic, length = struct.unpack("<II", self._read(offset, 8))
        check(magic == SKIPPABLE_METADATA, f"no metadata frame at {offset}")
        check(length <= MAX_METADATA, "metadata frame is too large")
        frame = self._read(offset + 8, length)
        check(frame_layout(frame)[1] <= MAX_METADATA, "metadata is too large")
        content = decompress([frame])[0]
        check(tag in (None, content[:4]), f"{(tag or b'').decode()} expected at {offset}")
        return content[4:], offset + 8 + length

    def _read_header(self, f):
        self.format = f.varint()
        check(self.format in (3, 4), f"format {self.format} is not known")
        columns = f.varint()
        known = 6 if self.format == 3 else 7
        check(columns >> known == 0, "header: unknown column")
        self.columns = [c for c in range(known) if columns >> c & 1]
        for column, needed in NEEDS.items():
            check(column not in self.columns or needed in self.columns,
                  f"{COLUMN_NAMES[column]} without {COLUMN_NAMES[needed]}")
        self.arch = f.varint()
        check(self.arch in (1, 2, 3, 4), "header: unknown processor")
        self.tool, self.recording, self.machine = f.string(), f.string(), f.string()
        self.regs = []
        n_regs = f.varint()
        check(n_regs <= f.left(), "header: too many registers")
        for _ in range(n_regs):
            name, size = f.string(), f.varint()
            check(size <= 4096, "header: register is too large")
            self.regs.append((name, size))
        check(self.sync_size() <= 1 << 20, "header: registers are too large")

    def sync_size(self):
        return sum(size for _, size in self.regs)

    def _read_trailer(self):
        if self.size < TRAILER_SIZE:
            return False
        magic, length, tag, version, offset, insns = struct.unpack(
            "<II4sIQQ", self._read(self.size - TRAILER_SIZE, TRAILER_SIZE))
        if (magic, length, tag) != (SKIPPABLE_TRAILER, 24, b"AILE"):
            return False
        check(version == self.format, "trailer: another format")
        self.index_offset, self.trailer_insns = offset, insns
        return True

    def _chunk_at(self, offset, number, before):
        """The chunk there; before: the one that it follows, or None."""
        content, end = self._metadata(offset, b"AILC")
        chunk = Chunk(content, offset, end)
        check(chunk.number == number, f"chunk {number} expected at {offset}")
        check(before is None or chunk.icount == before.icount + before.insns,
              f"chunk {number}: wrong icount")
        check(chunk.dictionary in (number, before and before.dictionary),
              f"chunk {number}: not the dictionary of the chunk before")
        check(list(chunk.columns) == self.columns, f"chunk {number}: wrong columns")
        check(ADDR in self.columns or chunk.n_access == 0, f"chunk {number}: accesses without addr")
        return chunk

    def _read_index(self):
        content, end = self._metadata(self.index_offset, b"AILX")
        copies = end
        while end < self.size - TRAILER_SIZE: # what else the document allows between them
            _, end = self._metadata(end, None)
        check(end == self.size - TRAILER_SIZE, "trailer does not follow the index")
        f = Bytes(content, "index")
        count, icount = f.varint(), f.varint()
        check(count <= f.left(), "index: too many entries")
        check(count or icount == 0, "index: icount without chunks")
        chunks, offset = [], 0
        for number in range(count):
            step, insns, since = f.varint(), f.varint(), f.varint()
            offset += step
            check(step > 0 and offset < self.index_offset, "index: bad offset")
            check(not chunks or chunks[-1].end == offset, "index: chunks do not join")
            chunks.append(self._chunk_at(offset, number, chunks[-1] if chunks else None))
            check(chunks[-1].icount == icount, "index: wrong icount")
            check(chunks[-1].insns == insns, "index: wrong number of instructions")
            check(number - since == chunks[-1].dictionary, "index: wrong dictionary")
            icount += insns
        self._read_copies(f, chunks, copies)
        f.finish()
        return chunks

    def _read_copies(self, index, chunks, offset):
        """The copy of the code columns, which must be what the chunks have."""
        count, first = index.varint(), 0
        for _ in range(count):
            size, n = index.varint(), index.varint()
            content, end = self._metadata(offset, b"AILB")
            check(end == offset + size, "index: wrong size of a frame of the copy")
            f = Bytes(content, "copy")
            check((f.varint(), f.varint()) == (first, n), "copy: not as the index says")
            part = chunks[first : first + n]
            check(0 < n == len(part), "copy: of chunks that there are not")
            check(len({chunk.dictionary for chunk in part}) == 1, "copy: of two dictionaries")
            for chunk in part:
                check(f.take(f.varint()) == self.column_bytes(chunk, [CODE])[CODE],
                      "copy: not what the chunk has")
            f.finish()
            offset, first = end, first + n
        check(count == 0 or first == len(chunks), "copy: not of all chunks")

    def _walk(self, offset):
        """The whole chunks of an unfinished trace."""
        number, before = 0, None
        while True:
            try:
                chunk = self._chunk_at(offset, number, before)
                self._read(chunk.end, 0)
            except Truncated:
                return
            except Bad as bad:
                if "AILC expected" in str(bad): # the index, which a lost trailer leaves behind
                    return
                raise
            yield chunk
            number, before, offset = number + 1, chunk, chunk.end

    def column_bytes(self, chunk, columns):
        """Decompressed bytes of these columns of a chunk, by column."""
        frames = [self._read(chunk.columns[c][1], chunk.columns[c][2]) for c in columns]
        contents = dict(zip(columns, decompress(frames) if frames else []))
        for column, content in contents.items():
            check(len(content) == chunk.columns[column][0],
                  f"chunk {chunk.number}: {COLUMN_NAMES[column]}: wrong size")
        return contents
