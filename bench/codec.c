/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a column costs, by part of the benchmark guest's run: bench-codec TRACE
 * A line for each part and column: PART COLUMN OURS ZSTD3 ZSTD19, all in bits an instruction. The
 * latter two are the same column as plain records (a block's id in 4 bytes, an address in 8, a
 * value in its size) compressed at zstd's levels 3 and 19. Parts are found by what the guest wrote
 * to its console (see work-init.sh); of each, SAMPLES chunks spread over it are looked at, one of
 * them with level 19, which takes half a minute a chunk.
 */
#include "trace/encode.h"
#include "trace/reader.h"

#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <zstd.h>

enum { SAMPLES = 8, COLUMNS = AIL_COL_FLOW | AIL_COL_ADDR | AIL_COL_DATA };
enum { FLOW, ADDR, DATA, N };

typedef struct Part {
    const char *name;
    uint64_t from, to; /* icounts */
} Part;

typedef struct Costs {
    uint64_t insns, insns19;
    double ours[N], zstd3[N], zstd19[N]; /* bytes */
} Costs;

/* The guest's console, line by line. */
typedef struct Lines {
    GString *line;
    int numbers; /* lines of digits alone since READY; -1 before that */
    Part work, kernel;
} Lines;

static bool is_number(const char *s)
{
    return *s && strspn(s, "0123456789") == strlen(s);
}

static void end_line(Lines *l, uint64_t icount)
{
    g_strstrip(l->line->str);
    const char *s = l->line->str;
    if (!strcmp(s, "READY")) {
        l->work.from = icount;
        l->numbers = 0;
    } else if (!strcmp(s, "WORKDONE")) {
        l->work.to = icount;
    } else if (l->numbers >= 0 && is_number(s)) {
        l->numbers++;
        if (l->numbers == 1) /* gzip -c | wc: next come find and sort */
            l->kernel.from = icount;
        else if (l->numbers == 2)
            l->kernel.to = icount;
    }
    g_string_truncate(l->line, 0);
}

static void read_console(Lines *l, const AilChunk *c)
{
    for (uint32_t i = 0; i < c->n_events; i++) {
        const AilEvent *e = &c->events[i];
        for (uint32_t k = 0; e->type == AIL_EVENT_CONSOLE && k < e->len; k++) {
            if (e->data[k] == '\n')
                end_line(l, e->icount);
            else
                g_string_append_c(l->line, (char)e->data[k]);
        }
    }
}

static size_t compressed(const GByteArray *bytes, int level)
{
    size_t cap = ZSTD_compressBound(bytes->len);
    void *to = g_malloc(cap);
    size_t n = ZSTD_compress(to, cap, bytes->data, bytes->len, level);
    g_free(to);
    return ZSTD_isError(n) ? 0 : n;
}

static void plain_records(const AilChunk *c, GByteArray *to[N])
{
    for (int i = 0; i < N; i++)
        to[i] = g_byte_array_new();
    g_byte_array_append(to[FLOW], (const guint8 *)c->flow, c->n_flow * (guint)sizeof *c->flow);
    g_byte_array_append(to[ADDR], (const guint8 *)c->addr, c->n_access * (guint)sizeof *c->addr);
    uint32_t wide = 0;
    for (uint32_t i = 0; i < c->n_access; i++) {
        guint size = 1u << (c->access_info[i] & AIL_ACCESS_SIZE_SHIFT);
        g_byte_array_append(to[DATA], (const guint8 *)&c->value[i], MIN(size, 8));
        if (size > 8)
            g_byte_array_append(to[DATA], (const guint8 *)&c->wide[wide++].high, 8);
    }
}

/* The decoded chunk as it was captured. */
static void encode(AilEncoder *encoder, const AilChunk *c, Costs *costs)
{
    uint64_t *flow = g_new(uint64_t, c->n_flow), *wide = g_new(uint64_t, c->n_wide + 1);
    uint64_t *addr = g_new0(uint64_t, c->n_access + AIL_RAW_BEFORE);
    uint16_t *what = g_new(uint16_t, c->n_access + 1);
    for (uint32_t i = 0; i < c->n_flow; i++)
        flow[i] = c->flow[i] | (uint64_t)(i ? c->access_end[i - 1] : 0) << 32;
    for (uint32_t i = 0; i < c->n_access; i++)
        what[i] = AIL_RAW_WHAT(c->access_insn[i], c->access_info[i]);
    for (uint32_t i = 0; i < c->n_wide; i++)
        wide[i] = c->wide[i].high;
    memcpy(addr + AIL_RAW_BEFORE, c->addr, c->n_access * sizeof *addr);
    AilRawChunk raw = {.icount = c->icount,
                       .insns = c->insns,
                       .flow = flow,
                       .cuts = c->cuts,
                       .addr = addr + AIL_RAW_BEFORE,
                       .value = c->value,
                       .wide = wide,
                       .what = what,
                       .n_flow = c->n_flow,
                       .n_cuts = c->n_cuts,
                       .n_access = c->n_access,
                       .n_wide = c->n_wide};
    AilBuf out = {0};
    uint64_t sizes[AIL_N_COLUMNS] = {0};
    if (!ail_encode_chunk(encoder, c->dict, &raw, c->number, COLUMNS, &out, sizes))
        g_error("zstd failed");
    for (int i = 0; i < N; i++)
        costs->ours[i] += (double)sizes[1 + i];
    ail_buf_clear(&out);
    g_free(flow);
    g_free(addr);
    g_free(what);
    g_free(wide);
}

static void add_plain(Costs *costs, const AilChunk *c, bool hard)
{
    GByteArray *records[N];
    plain_records(c, records);
    for (int i = 0; i < N; i++) {
        costs->zstd3[i] += (double)compressed(records[i], 3);
        if (hard)
            costs->zstd19[i] += (double)compressed(records[i], 19);
        g_byte_array_unref(records[i]);
    }
    costs->insns += c->insns;
    costs->insns19 += hard ? c->insns : 0;
}

static bool fail(AilTraceReader *r)
{
    fprintf(stderr, "bench-codec: %s\n", ail_trace_reader_error(r));
    return false;
}

static bool sample_part(AilTraceReader *r, const Part *part, Costs *costs)
{
    AilEncoder encoder;
    bool good = ail_encoder_init(&encoder);
    for (int i = 0; good && i < SAMPLES; i++) {
        const AilChunk *c;
        uint64_t at = part->from + (part->to - part->from) * (2u * (unsigned)i + 1) / (2 * SAMPLES);
        good = (ail_trace_reader_seek(r, at) == AIL_OK && ail_trace_reader_next(r, &c) == AIL_OK) ||
               fail(r);
        if (!good)
            break;
        encode(&encoder, c, costs);
        add_plain(costs, c, i == SAMPLES / 2);
    }
    ail_encoder_clear(&encoder);
    return good;
}

static bool report(const char *path, const Part *part)
{
    static const char *const names[N] = {"flow", "addr", "data"};
    Costs c = {0};
    AilTraceReader *r = ail_trace_reader_new();
    bool good = ail_trace_reader_open(r, path, COLUMNS, 0) == AIL_OK || fail(r);
    good = good && sample_part(r, part, &c);
    for (int i = 0; good && i < N; i++)
        printf("%s %s %.4f %.4f %.4f\n", part->name, names[i], 8 * c.ours[i] / (double)c.insns,
               8 * c.zstd3[i] / (double)c.insns, 8 * c.zstd19[i] / (double)c.insns19);
    ail_trace_reader_free(r);
    return good;
}

int main(int argc, char **argv)
{
    Lines lines = {.line = g_string_new(NULL),
                   .numbers = -1,
                   .work = {.name = "work"},
                   .kernel = {.name = "kernel-heavy"}};
    if (argc != 2) {
        fprintf(stderr, "usage: bench-codec TRACE\n");
        return 2;
    }
    AilTraceReader *r = ail_trace_reader_new();
    const AilChunk *c;
    AilStatus status = ail_trace_reader_open(r, argv[1], AIL_COL_EVENT, 0);
    while (status == AIL_OK && (status = ail_trace_reader_next(r, &c)) == AIL_OK)
        read_console(&lines, c);
    bool good = status == AIL_END || fail(r);
    ail_trace_reader_free(r);
    g_string_free(lines.line, TRUE);
    if (good && (!lines.work.to || !lines.kernel.to)) {
        fprintf(stderr, "bench-codec: %s: not a trace of bench/work-init.sh\n", argv[1]);
        good = false;
    }
    Part boot = {"boot", 0, lines.work.from};
    return good && report(argv[1], &boot) && report(argv[1], &lines.work) &&
                   report(argv[1], &lines.kernel)
               ? 0
               : 1;
}
