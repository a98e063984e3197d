/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The trace: what is written is read back, in order and by seeking; damage is found. */
#include "tests/raw_builder.h"
#include "trace/reader.h"
#include "trace/writer.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNKS = 6 };

typedef struct Sample {
    char path[64];
    RawChunk *chunks[CHUNKS];
    uint64_t end_of[CHUNKS]; /* bytes in the file up to the end of each chunk, when sequential */
} Sample;

static const AilReg registers[] = {{"rip", 0, 8}, {"xmm0", 8, 16}};

static void make_sample(Sample *s, uint32_t seed, uint32_t columns, unsigned threads, bool finish)
{
    strcpy(s->path, "/tmp/ailurus-trace-XXXXXX");
    int fd = mkstemp(s->path);
    cr_assert(fd >= 0);
    AilTraceInfo info = {.columns = columns,
                         .arch = AIL_ARCH_X86,
                         .tool = "test",
                         .recording = "none",
                         .machine = "made up",
                         .n_regs = 2,
                         .regs = registers};
    RawBuilder *b = raw_builder_new(seed);
    AilTraceWriter *w = ail_trace_writer_new();
    cr_assert_eq(ail_trace_writer_open(w, fd, &info, threads), AIL_OK);
    for (int i = 0; i < CHUNKS; i++) {
        s->chunks[i] = raw_builder_chunk(b, i == 3 ? 1 : 3000);
        cr_assert_eq(ail_trace_writer_add(w, &s->chunks[i]->raw, NULL, NULL), AIL_OK);
    }
    if (finish)
        cr_assert_eq(ail_trace_writer_finish(w), AIL_OK, "%s", ail_trace_writer_error(w));
    ail_trace_writer_free(w);
    raw_builder_free(b);
    close(fd);
}

static void drop_sample(Sample *s)
{
    unlink(s->path);
    for (int i = 0; i < CHUNKS; i++)
        raw_chunk_free(s->chunks[i]);
}

static void expect_flow(const AilChunk *c, const AilRawChunk *raw)
{
    cr_assert_eq(c->n_flow, raw->n_flow);
    for (uint32_t i = 0; i < c->n_flow; i++)
        cr_assert_eq(c->flow[i], (uint32_t)raw->flow[i], "execution %u", i);
    cr_assert_eq(c->n_cuts, raw->n_cuts);
    cr_assert(!c->n_cuts || !memcmp(c->cuts, raw->cuts, c->n_cuts * sizeof *c->cuts));
}

static void expect_values(const AilChunk *c, const AilRawChunk *raw)
{
    uint32_t wide = 0;
    for (uint32_t i = 0; i < raw->n_access; i++) {
        cr_assert_eq(c->value[i], raw->value[i], "access %u", i);
        if ((raw->what[i] & AIL_ACCESS_SIZE_SHIFT) < 4)
            continue;
        cr_assert_lt(wide, c->n_wide);
        cr_assert_eq(c->wide[wide].at, i);
        cr_assert_eq(c->wide[wide].high, raw->wide[wide]);
        wide++;
    }
    cr_assert_eq(wide, c->n_wide);
}

static void expect_accesses(const AilChunk *c, const AilRawChunk *raw)
{
    cr_assert_eq(c->n_access, raw->n_access);
    for (uint32_t i = 0; i < raw->n_access; i++) {
        cr_assert_eq(c->addr[i], raw->addr[i], "access %u", i);
        cr_assert_eq(c->access_insn[i], AIL_RAW_INSN(raw->what[i]));
        cr_assert_eq(c->access_info[i], AIL_RAW_INFO(raw->what[i]));
    }
    for (uint32_t i = 1; i < raw->n_flow; i++)
        cr_assert_eq(c->access_end[i - 1], raw->flow[i] >> 32);
    cr_assert_eq(c->access_end[c->n_flow - 1], raw->n_access);
}

/* Each access's physical address is what was told of it last; the builder tells all. */
static void expect_phys(const AilChunk *c, const AilRawChunk *raw)
{
    uint32_t crossing = 0;
    for (uint32_t i = 0; i < raw->n_xlate; i++) {
        const AilRawXlate *x = &raw->xlate[i];
        if (!x->second) {
            cr_assert_eq(c->phys[x->at], x->phys, "access %u", x->at);
            continue;
        }
        cr_assert_lt(crossing, c->n_crossings);
        cr_assert_eq(c->crossings[crossing].at, x->at);
        cr_assert_eq(c->crossings[crossing].phys, x->phys, "access %u", x->at);
        crossing++;
    }
    cr_assert_eq(crossing, c->n_crossings);
    cr_assert_eq(raw->n_xlate, raw->n_access + crossing);
}

static void expect_events(const AilChunk *c, const AilRawChunk *raw)
{
    cr_assert_eq(c->n_events, raw->n_events);
    for (uint32_t i = 0; i < c->n_events; i++) {
        const AilEvent *a = &c->events[i];
        const AilRawEvent *b = &raw->events[i];
        cr_assert(a->icount == b->icount && a->value == b->value && a->pc == b->pc &&
                  a->type == b->type && a->flow_index == b->flow_index && a->len == b->data_len);
        cr_assert(!a->len || !memcmp(a->data, raw->event_data + b->data_at, a->len));
    }
    uint64_t at = c->icount;
    for (uint32_t i = 0; i < c->n_spans; i++) {
        cr_assert_eq(c->spans[i].first, at);
        at += c->spans[i].insns;
    }
    cr_assert_eq(at, c->icount + c->insns);
}

static void expect_chunk(const AilChunk *c, const AilRawChunk *raw, uint32_t columns)
{
    cr_assert(c->icount == raw->icount && c->insns == raw->insns && c->asid == raw->asid);
    if (columns & AIL_COL_FLOW)
        expect_flow(c, raw);
    if (columns & AIL_COL_ADDR)
        expect_accesses(c, raw);
    if (columns & AIL_COL_DATA)
        expect_values(c, raw);
    if (columns & AIL_COL_XLATE)
        expect_phys(c, raw);
    if (columns & AIL_COL_EVENT)
        expect_events(c, raw);
    if (columns & AIL_COL_SYNC)
        cr_assert_arr_eq(c->sync, raw->sync, RAW_BUILDER_SYNC);
}

static void expect_blocks(const AilDict *dict, const AilRawChunk *raw)
{
    AilRawBlock def;
    uint32_t at = 0;
    for (const uint8_t *lengths;
         (lengths = ail_raw_next_block(raw->defs, raw->defs_len, &at, &def));) {
        const AilBlock *b = ail_dict_get(dict, def.id);
        cr_assert(b->pc == def.pc && b->n_insns == def.n_insns && b->size == def.size &&
                  b->mode == def.mode && b->user == def.user && b->id == def.id);
        cr_assert_arr_eq(b->bytes, lengths + def.n_insns, def.size);
        for (uint32_t i = 0; i < def.n_insns; i++)
            cr_assert_eq(b->start[i + 1] - b->start[i], lengths[i]);
    }
}

static void round_trip(uint32_t seed, uint32_t written, uint32_t wanted, unsigned threads)
{
    Sample s;
    const AilChunk *c;
    make_sample(&s, seed, written, threads, true);
    AilTraceReader *r = ail_trace_reader_new();
    cr_assert_eq(ail_trace_reader_open(r, s.path, wanted, 0), AIL_OK, "%s",
                 ail_trace_reader_error(r));
    cr_assert(ail_trace_reader_complete(r));
    for (int i = 0; i < CHUNKS; i++) {
        cr_assert_eq(ail_trace_reader_next(r, &c), AIL_OK, "%s", ail_trace_reader_error(r));
        expect_chunk(c, &s.chunks[i]->raw, wanted);
        if (wanted & AIL_COL_CODE)
            expect_blocks(c->dict, &s.chunks[i]->raw);
    }
    cr_assert_eq(ail_trace_reader_next(r, &c), AIL_END);
    ail_trace_reader_free(r);
    drop_sample(&s);
}

Test(trace, round_trips_all_columns)
{
    for (uint32_t seed = 1; seed <= 12; seed++)
        round_trip(seed, AIL_COL_ALL, AIL_COL_ALL, 1 + seed % 3);
}

Test(trace, round_trips_some_columns)
{
    uint32_t flow = AIL_COL_CODE | AIL_COL_FLOW;
    round_trip(21, flow | AIL_COL_EVENT, flow | AIL_COL_EVENT, 2);
    round_trip(22, AIL_COL_ALL, AIL_COL_EVENT, 2);
    round_trip(23, AIL_COL_ALL, flow | AIL_COL_ADDR, 1);
    round_trip(25, AIL_COL_ALL, flow | AIL_COL_ADDR | AIL_COL_XLATE, 1);
    round_trip(26, flow | AIL_COL_ADDR | AIL_COL_XLATE, flow | AIL_COL_ADDR | AIL_COL_XLATE, 1);
    round_trip(24, flow | AIL_COL_ADDR, flow | AIL_COL_ADDR, 1);
}

Test(trace, says_which_columns_are_missing)
{
    Sample s;
    make_sample(&s, 5, AIL_COL_CODE | AIL_COL_FLOW, 1, true);
    AilTraceReader *r = ail_trace_reader_new();
    cr_assert_eq(ail_trace_reader_open(r, s.path, AIL_COL_DATA | AIL_COL_EVENT, 0), AIL_ERR);
    cr_assert(strstr(ail_trace_reader_error(r), "no column data,event"), "%s",
              ail_trace_reader_error(r));
    ail_trace_reader_free(r);
    drop_sample(&s);
}

Test(trace, seeks_forwards_and_backwards)
{
    static const int order[] = {4, 1, 5, 0, 3, 2};
    Sample s;
    const AilChunk *c;
    make_sample(&s, 7, AIL_COL_ALL, 2, true);
    AilTraceReader *r = ail_trace_reader_new();
    cr_assert_eq(ail_trace_reader_open(r, s.path, AIL_COL_ALL, 0), AIL_OK);
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++) {
        const AilRawChunk *raw = &s.chunks[order[i]]->raw;
        if (!raw->insns)
            continue;
        cr_assert_eq(ail_trace_reader_seek(r, raw->icount + raw->insns - 1), AIL_OK);
        cr_assert_eq(ail_trace_reader_next(r, &c), AIL_OK, "%s", ail_trace_reader_error(r));
        expect_chunk(c, raw, AIL_COL_ALL);
    }
    cr_assert_eq(ail_trace_reader_seek(r, ail_trace_reader_total(r)), AIL_OK);
    cr_assert_eq(ail_trace_reader_next(r, &c), AIL_END);
    ail_trace_reader_free(r);
    drop_sample(&s);
}

static uint8_t *read_file(const char *path, size_t *len)
{
    gchar *data;
    gsize n;
    cr_assert(g_file_get_contents(path, &data, &n, NULL));
    *len = n;
    return (uint8_t *)data;
}

static void write_file(const char *path, const uint8_t *data, size_t len)
{
    cr_assert(g_file_set_contents(path, (const gchar *)data, (gssize)len, NULL));
}

static void add(GChecksum *sum, const void *data, size_t size)
{
    g_checksum_update(sum, data, (gssize)size);
}

static void add_number(GChecksum *sum, uint64_t n)
{
    add(sum, &n, sizeof n);
}

static void add_text(GChecksum *sum, const char *text)
{
    add(sum, text, strlen(text) + 1);
}

static void add_info(GChecksum *sum, const AilTraceInfo *info)
{
    uint64_t head[] = {info->format, info->columns, info->arch, info->n_regs, info->sync_len};
    add(sum, head, sizeof head);
    add_text(sum, info->tool);
    add_text(sum, info->recording);
    add_text(sum, info->machine);
    for (uint32_t i = 0; i < info->n_regs; i++) {
        add_text(sum, info->regs[i].name);
        add_number(sum, info->regs[i].offset);
        add_number(sum, info->regs[i].size);
    }
}

static void add_accesses(GChecksum *sum, const AilChunk *c)
{
    add(sum, c->access_end, c->n_flow * sizeof *c->access_end);
    add(sum, c->addr, c->n_access * sizeof *c->addr);
    add(sum, c->access_insn, c->n_access * sizeof *c->access_insn);
    add(sum, c->access_info, c->n_access * sizeof *c->access_info);
    add(sum, c->value, c->n_access * sizeof *c->value);
    for (uint32_t i = 0; i < c->n_wide; i++) { /* by field: there are bytes between them */
        add_number(sum, c->wide[i].at);
        add_number(sum, c->wide[i].high);
    }
}

static void add_events(GChecksum *sum, const AilChunk *c)
{
    for (uint32_t i = 0; i < c->n_events; i++) {
        const AilEvent *e = &c->events[i];
        uint64_t fields[] = {e->icount, e->value, e->pc, e->len, e->flow_index, e->type};
        add(sum, fields, sizeof fields);
        add(sum, e->data ? e->data : (const uint8_t *)"", e->len);
    }
}

/* Take all that a chunk says into the checksum. */
static void add_chunk(GChecksum *sum, const AilChunk *c)
{
    uint64_t head[] = {c->number,   c->icount, c->insns,    c->asid,    c->n_flow,  c->n_cuts,
                       c->n_access, c->n_wide, c->n_events, c->n_spans, c->sync_len};
    add(sum, head, sizeof head);
    add(sum, c->flow, c->n_flow * sizeof *c->flow);
    add(sum, c->cuts, c->n_cuts * sizeof *c->cuts);
    add_accesses(sum, c);
    add_events(sum, c);
    add(sum, c->spans, c->n_spans * sizeof *c->spans);
    add(sum, c->sync, c->sync_len);
}

static void add_blocks(GChecksum *sum, const AilDict *dict)
{
    for (uint32_t i = 0; i < ail_dict_count(dict); i++) {
        const AilBlock *b = ail_dict_get(dict, i);
        uint64_t fields[] = {b->pc, b->id, b->size, b->n_insns, b->mode, b->user};
        add(sum, fields, sizeof fields);
        add(sum, b->bytes, b->size);
        add(sum, b->start, (b->n_insns + 1u) * sizeof *b->start);
    }
}

/* Read everything; *chunks: how many came; sum: of all that the trace says, or NULL. */
static AilStatus read_all(const char *path, int *chunks, bool *complete, GChecksum *sum)
{
    const AilChunk *c;
    AilTraceReader *r = ail_trace_reader_new();
    AilStatus status = ail_trace_reader_open(r, path, 0, AIL_COL_ALL);
    if (status == AIL_OK && sum)
        add_info(sum, ail_trace_reader_info(r));
    for (*chunks = 0; status == AIL_OK; (*chunks)++) {
        status = ail_trace_reader_next(r, &c);
        if (status != AIL_OK)
            break;
        if (sum) {
            add_chunk(sum, c);
            add_blocks(sum, c->dict);
        }
    }
    *complete = ail_trace_reader_complete(r);
    cr_assert(status != AIL_ERR || *ail_trace_reader_error(r));
    ail_trace_reader_free(r);
    return status;
}

Test(trace, a_summary_counts_the_dictionaries)
{
    Sample s;
    AilTraceSummary summary;
    uint64_t fresh = 1;
    make_sample(&s, 9, AIL_COL_ALL, 1, true);
    for (int i = 1; i < CHUNKS; i++)
        fresh += s.chunks[i]->raw.fresh;
    AilTraceReader *r = ail_trace_reader_new();
    cr_assert_eq(ail_trace_reader_open(r, s.path, 0, 0), AIL_OK);
    cr_assert_eq(ail_trace_reader_summary(r, &summary), AIL_OK);
    cr_expect_eq(summary.chunks, CHUNKS);
    cr_expect_eq(summary.dictionaries, fresh);
    ail_trace_reader_free(r);
    drop_sample(&s);
}

Test(trace, every_prefix_is_readable_up_to_its_last_whole_chunk)
{
    Sample s;
    size_t len;
    int chunks, before = 0;
    bool complete;
    make_sample(&s, 9, AIL_COL_ALL, 1, true);
    uint8_t *data = read_file(s.path, &len);
    for (size_t cut = len; cut > 400; cut -= MIN(cut, 1 + cut / 37)) {
        write_file(s.path, data, cut);
        cr_assert_eq(read_all(s.path, &chunks, &complete, NULL), AIL_END, "%zu bytes", cut);
        cr_assert_eq(complete, cut == len);
        cr_assert(cut == len ? chunks == CHUNKS : chunks <= before, "%d chunks", chunks);
        before = chunks;
    }
    cr_assert_eq(before, 0);
    g_free(data);
    drop_sample(&s);
}

Test(trace, every_flipped_bit_is_found)
{
    Sample s;
    size_t len;
    int chunks;
    bool complete;
    make_sample(&s, 11, AIL_COL_ALL, 1, true);
    uint8_t *data = read_file(s.path, &len);
    int unseen = 0;
    GChecksum *whole = g_checksum_new(G_CHECKSUM_SHA256);
    cr_assert_eq(read_all(s.path, &chunks, &complete, whole), AIL_END);
    for (size_t at = 0; at < len; at += 1 + len / 400) {
        data[at] ^= 1 << at % 8;
        write_file(s.path, data, len);
        GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
        AilStatus status = read_all(s.path, &chunks, &complete, sum);
        /* A flip in the trailer may look like a trace that was not finished, no worse; and zstd
         * has bits that say nothing: only then all that the trace says is as it was. */
        unseen += status != AIL_ERR && complete &&
                  strcmp(g_checksum_get_string(sum), g_checksum_get_string(whole)) != 0;
        g_checksum_free(sum);
        data[at] ^= 1 << at % 8;
    }
    g_checksum_free(whole);
    cr_assert_eq(unseen, 0, "%d flips went unseen", unseen);
    g_free(data);
    drop_sample(&s);
}

Test(trace, refuses_what_is_no_trace)
{
    AilTraceReader *r = ail_trace_reader_new();
    cr_assert_eq(ail_trace_reader_open(r, "/nonexistent/x.trace", 0, 0), AIL_ERR);
    cr_assert(strstr(ail_trace_reader_error(r), "No such file"));
    ail_trace_reader_free(r);
    r = ail_trace_reader_new();
    cr_assert_eq(ail_trace_reader_open(r, "/dev/null", 0, 0), AIL_ERR);
    ail_trace_reader_free(r);
    r = ail_trace_reader_new();
    cr_assert_eq(ail_trace_reader_open(r, AIL_PROGRAM, 0, 0), AIL_ERR);
    cr_assert(strstr(ail_trace_reader_error(r), "not a trace"));
    ail_trace_reader_free(r);
}

Test(trace, a_full_disk_is_an_error)
{
    int fd = open("/dev/full", O_WRONLY);
    cr_assert(fd >= 0);
    AilTraceInfo info = {.columns = AIL_COL_ALL, .arch = AIL_ARCH_X86};
    AilTraceWriter *w = ail_trace_writer_new();
    cr_assert_eq(ail_trace_writer_open(w, fd, &info, 1), AIL_ERR);
    cr_assert(strstr(ail_trace_writer_error(w), "No space left"), "%s", ail_trace_writer_error(w));
    ail_trace_writer_free(w);
    close(fd);
}
