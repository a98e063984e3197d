/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events of a guest's operating system, and memory of its programs. The input: a byte that says how
 * to print (bits 0-2), then events, each u8 type, varint instructions since the one before, value,
 * pc, length of its data, data. With bit 7 it is memory instead, of which calls are captured.
 */
#include "analyzers/builtin.h"
#include "analyzers/pass.h"
#include "tests/fuzz/input.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "formats/bytes.h"
#include "formats/syscalls.h"

typedef struct Memory {
    const uint8_t *bytes;
    size_t len, kept;
    unsigned n;
} Memory;

static bool read_memory(void *user, uint64_t addr, void *buf, size_t len)
{
    const Memory *m = user;
    EXPECT(len && addr / 4096 == (addr + len - 1) / 4096);
    if (addr < 0x1000 || addr - 0x1000 > m->len || len > m->len - (addr - 0x1000))
        return false;
    memcpy(buf, m->bytes + (addr - 0x1000), len);
    return true;
}

static void take_piece(void *user, uint64_t addr, const void *bytes, size_t len)
{
    Memory *m = user;
    (void)addr;
    EXPECT(len && bytes);
    m->kept += len;
    m->n++;
}

static void capture(const uint8_t *data, size_t len)
{
    Memory m = {data, len, 0, 0};
    AilCursor c = ail_cursor(data, len);
    uint64_t args[6];
    unsigned abi = ail_cursor_u8(&c) % (AIL_ABI_COUNT + 1);
    uint64_t number = ail_cursor_varint(&c) % 512;
    for (unsigned i = 0; i < 6; i++)
        args[i] = ail_cursor_varint(&c);
    int64_t result = (int64_t)ail_cursor_varint(&c);
    for (unsigned at_return = 0; at_return < 2; at_return++) {
        m.kept = m.n = 0;
        unsigned n = ail_syscall_capture(ail_syscall_captures(abi, number), abi, args, result,
                                         at_return, read_memory, take_piece, &m);
        n &= ~(unsigned)AIL_CAPTURE_MISSED;
        EXPECT(n == m.n && n <= AIL_CAPTURE_PIECES && m.kept <= AIL_CAPTURE_TOTAL);
    }
}

/* The events of the input; their data stays where it is. */
static GArray *events_of(AilCursor c)
{
    GArray *events = g_array_new(FALSE, TRUE, sizeof(AilEvent));
    uint64_t icount = 0;
    while (ail_cursor_left(&c) && !c.bad && events->len < 1000) {
        AilEvent e = {.type = ail_cursor_u8(&c)};
        icount += ail_cursor_varint(&c) % 0x10000;
        e.icount = icount;
        e.value = ail_cursor_varint(&c);
        e.pc = ail_cursor_varint(&c);
        uint64_t len = ail_cursor_varint(&c);
        e.len = (uint32_t)MIN(len, ail_cursor_left(&c));
        e.data = e.len ? ail_cursor_take(&c, e.len) : NULL;
        g_array_append_val(events, e);
    }
    return events;
}

static char *analyse(const GArray *events, const char *given, bool json)
{
    static const AilTraceInfo info = {.columns = AIL_COL_EVENT, .arch = AIL_ARCH_X86};
    char *text = NULL;
    size_t size;
    AilError err = {{0}};
    const AilAnalysisOps *ops = &ail_syscalls_ops;
    AilOptions *options = ail_options_new(ops->name, ops->options);
    AilPass *pass = ail_pass_new();
    FILE *file = open_memstream(&text, &size);
    AilOutput *out = ail_output_new(file, json ? AIL_OUTPUT_JSON : AIL_OUTPUT_TEXT, 100);
    AilChunk chunk = {.n_events = events->len, .events = (const AilEvent *)(void *)events->data};
    EXPECT(!*given || ail_options_parse(options, given, &err) == AIL_OK);
    EXPECT(ail_pass_add(pass, ops, options) == AIL_OK);
    EXPECT(ail_pass_begin(pass, &info, AIL_COL_EVENT, out) == AIL_OK);
    EXPECT(ail_pass_chunk(pass, &chunk) == AIL_OK);
    EXPECT(ail_pass_finish(pass) == AIL_OK);
    ail_pass_free(pass);
    ail_output_free(out);
    fclose(file);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const char *const ways[] = {"",       "interleaved,fds",  "fds",    "count",
                                       "errors", "path=/*,size=256", "pid=42", "comm=sh,size=0"};
    if (!len)
        return 0;
    if (data[0] & 0x80) {
        capture(data + 1, len - 1);
        return 0;
    }
    GArray *events = events_of(ail_cursor(data + 1, len - 1));
    bool json = data[0] & 8;
    char *text = analyse(events, ways[data[0] & 7], json);
    for (const char *p = text; *p; p++)
        EXPECT(*p == '\n' || ((unsigned char)*p >= 0x20 && *p != 0x7f));
    g_array_free(events, TRUE);
    free(text);
    return 0;
}
