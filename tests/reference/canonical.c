/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/reference/canonical.h"

#include "formats/bytes.h"
#include "trace/reader.h"

#include <inttypes.h>

static const char *const column_names[] = {"code",  "flow", "addr", "data",
                                           "event", "sync", "xlate"};

/* Appends the hash of `bytes` to the line and empties them. */
static void end_line(GString *out, AilBuf *bytes)
{
    gchar *hash = g_compute_checksum_for_data(G_CHECKSUM_SHA256, bytes->data, bytes->len);
    g_string_append_printf(out, " %s\n", hash);
    g_free(hash);
    bytes->len = 0;
}

static void append_hex(GString *out, const char *text)
{
    for (; *text; text++)
        g_string_append_printf(out, "%02x", (uint8_t)*text);
    g_string_append_c(out, '\n');
}

static void header(const AilTraceInfo *info, GString *out)
{
    g_string_append_printf(out, "format %u arch %u columns", info->format, (unsigned)info->arch);
    for (unsigned i = 0; i < G_N_ELEMENTS(column_names); i++)
        if (info->columns >> i & 1)
            g_string_append_printf(out, " %s", column_names[i]);
    g_string_append(out, "\ntool ");
    append_hex(out, info->tool);
    g_string_append(out, "recording ");
    append_hex(out, info->recording);
    g_string_append(out, "machine ");
    append_hex(out, info->machine);
    for (uint32_t i = 0; i < info->n_regs; i++) {
        g_string_append_printf(out, "register %u ", info->regs[i].size);
        append_hex(out, info->regs[i].name);
    }
}

static void code(const AilDict *dict, uint32_t first, AilBuf *bytes, GString *out)
{
    uint32_t end = ail_dict_count(dict);
    for (uint32_t i = first; i < end; i++)
        ail_buf_le64(bytes, ail_dict_get(dict, i)->pc);
    for (uint32_t i = first; i < end; i++) {
        const AilBlock *b = ail_dict_get(dict, i);
        ail_buf_u8(bytes, (uint8_t)(b->mode | b->user << 4));
    }
    for (uint32_t i = first; i < end; i++)
        ail_buf_le32(bytes, ail_dict_get(dict, i)->n_insns);
    for (uint32_t i = first; i < end; i++) {
        const AilBlock *b = ail_dict_get(dict, i);
        for (uint32_t k = 0; k < b->n_insns; k++)
            ail_buf_u8(bytes, (uint8_t)(b->start[k + 1] - b->start[k]));
    }
    for (uint32_t i = first; i < end; i++) {
        const AilBlock *b = ail_dict_get(dict, i);
        ail_buf_put(bytes, b->bytes, b->size);
    }
    g_string_append_printf(out, "code %u", end - first);
    end_line(out, bytes);
}

static void flow(const AilChunk *c, AilBuf *bytes, GString *out)
{
    for (uint32_t i = 0; i < c->n_flow; i++)
        ail_buf_le32(bytes, c->flow[i]);
    for (uint32_t i = 0; i < c->n_cuts; i++)
        ail_buf_le32(bytes, c->cuts[i].at);
    for (uint32_t i = 0; i < c->n_cuts; i++)
        ail_buf_le32(bytes, c->cuts[i].executed);
    g_string_append_printf(out, "flow %u %u", c->n_flow, c->n_cuts);
    end_line(out, bytes);
}

static void addr(const AilChunk *c, AilBuf *bytes, GString *out)
{
    for (uint32_t i = 0, at = 0; i < c->n_flow; i++)
        for (; at < c->access_end[i]; at++)
            ail_buf_le32(bytes, i);
    for (uint32_t i = 0; i < c->n_access; i++)
        ail_buf_le32(bytes, c->access_insn[i]);
    for (uint32_t i = 0; i < c->n_access; i++)
        ail_buf_u8(bytes, c->access_info[i]);
    for (uint32_t i = 0; i < c->n_access; i++)
        ail_buf_le64(bytes, c->addr[i]);
    g_string_append_printf(out, "addr %u", c->n_access);
    end_line(out, bytes);
}

static void data(const AilChunk *c, AilBuf *bytes, GString *out)
{
    for (uint32_t i = 0; i < c->n_access; i++)
        ail_buf_le64(bytes, c->value[i]);
    for (uint32_t i = 0, wide = 0; i < c->n_access; i++) {
        bool has_high = wide < c->n_wide && c->wide[wide].at == i;
        ail_buf_le64(bytes, has_high ? c->wide[wide++].high : 0);
    }
    g_string_append(out, "data");
    end_line(out, bytes);
}

static void event(const AilChunk *c, AilBuf *bytes, GString *out)
{
    for (uint32_t i = 0; i < c->n_spans; i++) {
        ail_buf_le64(bytes, c->spans[i].asid);
        ail_buf_le64(bytes, c->spans[i].insns);
        ail_buf_le64(bytes, c->spans[i].user);
    }
    for (uint32_t i = 0; i < c->n_events; i++) {
        const AilEvent *e = &c->events[i];
        ail_buf_u8(bytes, e->type);
        ail_buf_le64(bytes, e->icount);
        ail_buf_le64(bytes, e->flow_index);
        ail_buf_le64(bytes, e->value);
        ail_buf_le64(bytes, e->pc);
        ail_buf_le64(bytes, e->len);
    }
    for (uint32_t i = 0; i < c->n_events; i++)
        ail_buf_put(bytes, c->events[i].data, c->events[i].len);
    g_string_append_printf(out, "event %u %u", c->n_spans, c->n_events);
    end_line(out, bytes);
}

static void xlate(const AilChunk *c, AilBuf *bytes, GString *out)
{
    for (uint32_t i = 0; i < c->n_access; i++)
        ail_buf_le64(bytes, c->phys[i]);
    for (uint32_t i = 0; i < c->n_crossings; i++)
        ail_buf_le32(bytes, c->crossings[i].at);
    for (uint32_t i = 0; i < c->n_crossings; i++)
        ail_buf_le64(bytes, c->crossings[i].phys);
    g_string_append_printf(out, "xlate %u", c->n_crossings);
    end_line(out, bytes);
}

static void chunk(const AilTraceReader *r, const AilChunk *c, uint32_t first_block, AilBuf *bytes,
                  GString *out)
{
    uint32_t columns = ail_trace_reader_columns(r);
    g_string_append_printf(out,
                           "chunk %" PRIu64 " icount %" PRIu64 " insns %" PRIu64 " asid 0x%" PRIx64
                           " dictionary %" PRIu64 "\n",
                           c->number, c->icount, c->insns, c->asid, ail_dict_first(c->dict));
    if (columns & AIL_COL_CODE)
        code(c->dict, first_block, bytes, out);
    if (columns & AIL_COL_FLOW)
        flow(c, bytes, out);
    if (columns & AIL_COL_ADDR)
        addr(c, bytes, out);
    if (columns & AIL_COL_DATA)
        data(c, bytes, out);
    if (columns & AIL_COL_EVENT)
        event(c, bytes, out);
    if (columns & AIL_COL_SYNC) {
        ail_buf_put(bytes, c->sync, c->sync_len);
        g_string_append(out, "sync");
        end_line(out, bytes);
    }
    if (columns & AIL_COL_XLATE)
        xlate(c, bytes, out);
}

static AilStatus all_chunks(AilTraceReader *r, uint64_t skip, uint64_t chunks, GString *out)
{
    AilBuf bytes = {0};
    AilStatus status = AIL_OK;
    const AilChunk *c;
    uint64_t insns = 0, n = 0;
    uint32_t known = 0;
    while (n < chunks && (status = ail_trace_reader_next(r, &c)) == AIL_OK) {
        if (c->number == ail_dict_first(c->dict))
            known = 0;
        if (c->number >= skip) {
            chunk(r, c, known, &bytes, out);
            insns += c->insns;
            n++;
        }
        known = ail_dict_count(c->dict);
    }
    ail_buf_clear(&bytes);
    if (status != AIL_ERR)
        g_string_append_printf(out, "%s chunks %" PRIu64 " insns %" PRIu64 "\n",
                               ail_trace_reader_complete(r) ? "finished" : "unfinished", n, insns);
    return status == AIL_ERR ? AIL_ERR : AIL_OK;
}

AilStatus ail_canonical(const char *path, uint64_t skip, uint64_t chunks, GString *out)
{
    AilTraceReader *r = ail_trace_reader_new();
    AilStatus status = ail_trace_reader_open(r, path, 0, AIL_COL_ALL);
    if (status == AIL_OK) {
        header(ail_trace_reader_info(r), out);
        status = all_chunks(r, skip, chunks, out);
    }
    if (status != AIL_OK)
        g_string_append_printf(out, "%s\n", ail_trace_reader_error(r));
    ail_trace_reader_free(r);
    return status;
}
