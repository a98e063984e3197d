/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/codec_internal.h"

/* Streams: head (pc, flags, count), instruction lengths, instruction bytes. */
enum { HEAD, LENGTHS, BYTES, N_STREAMS };

void ail_code_encode(const AilRawChunk *raw, AilBuf *out)
{
    AilBuf s[N_STREAMS] = {0};
    uint64_t expected = 0;
    AilRawBlock def;
    uint32_t at = 0;
    for (const uint8_t *lengths;
         (lengths = ail_raw_next_block(raw->defs, raw->defs_len, &at, &def));) {
        ail_buf_varint(&s[HEAD], ail_zigzag((int64_t)(def.pc - expected)));
        ail_buf_u8(&s[HEAD], (uint8_t)(def.mode | (def.user ? 0x10 : 0)));
        ail_buf_varint(&s[HEAD], def.n_insns);
        ail_buf_put(&s[LENGTHS], lengths, def.n_insns);
        ail_buf_put(&s[BYTES], lengths + def.n_insns, def.size);
        expected = def.pc + def.size;
    }
    ail_streams_write(out, s, N_STREAMS);
    for (int i = 0; i < N_STREAMS; i++)
        ail_buf_clear(&s[i]);
}

bool ail_code_decode(AilCursor in, AilDict *dict)
{
    AilCursor s[N_STREAMS];
    if (!ail_streams_read(in, s, N_STREAMS))
        return false;
    uint64_t expected = 0;
    while (s[HEAD].at != s[HEAD].end) {
        uint64_t pc = expected + (uint64_t)ail_unzigzag(ail_cursor_varint(&s[HEAD]));
        uint8_t flags = ail_cursor_u8(&s[HEAD]);
        uint64_t n = ail_cursor_varint(&s[HEAD]);
        if (s[HEAD].bad || n == 0 || n > AIL_BLOCK_MAX_INSNS || flags & ~0x1f)
            return false;
        const uint8_t *lengths = ail_cursor_take(&s[LENGTHS], n);
        uint32_t size = 0;
        for (uint64_t i = 0; lengths && i < n; i++)
            size += lengths[i];
        const uint8_t *bytes = ail_cursor_take(&s[BYTES], size);
        if (!lengths || !bytes ||
            !ail_dict_add(dict, pc, flags & 0xf, flags & 0x10, (uint16_t)n, lengths, bytes))
            return false;
        expected = pc + size;
    }
    return s[LENGTHS].at == s[LENGTHS].end && s[BYTES].at == s[BYTES].end;
}
