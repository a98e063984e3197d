/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/partial.h"

#include <string.h>

#include "trace/frame.h"

#define MAGIC "ailurus partial result"

enum { FORMAT = 2, PARTIAL_MAX = 1 << 30 };

static void put_text(AilState *s, const char *text)
{
    ail_state_put_bytes(s, text, strlen(text));
}

static bool take_text(AilState *s, const char *expected)
{
    size_t len;
    const void *p = ail_state_take_bytes(s, &len);
    return len == strlen(expected) && (!len || !memcmp(p, expected, len));
}

/* "name,key=value,...": the same for the same analysis, in whichever order options were given. */
static char *spell(const AilMember *m)
{
    GString *text = g_string_new(m->ops.name);
    for (const AilOption *o = m->ops.options; o && o->key; o++)
        for (size_t i = 0; i < ail_options_count(m->options, o->key); i++) {
            const char *value = ail_options_text(m->options, o->key, i);
            g_string_append_printf(text, ",%s=%s", o->key, value ? value : "");
        }
    return g_string_free(text, FALSE);
}

/* What tells the trace from others. */
static void put_trace(AilState *s, const AilTraceReader *reader)
{
    const AilTraceInfo *info = ail_trace_reader_info(reader);
    put_text(s, info->recording);
    ail_state_put(s, info->columns);
    ail_state_put(s, ail_trace_reader_chunks(reader));
    ail_state_put(s, ail_trace_reader_total(reader));
}

static bool take_trace(AilState *s, const AilTraceReader *reader)
{
    const AilTraceInfo *info = ail_trace_reader_info(reader);
    bool fits = take_text(s, info->recording);
    fits &= ail_state_take(s) == info->columns;
    fits &= ail_state_take(s) == ail_trace_reader_chunks(reader);
    return (ail_state_take(s) == ail_trace_reader_total(reader)) & fits;
}

static AilStatus put_member(AilState *s, const AilMember *m, AilError *err)
{
    size_t len;
    char *spec = spell(m);
    AilState *state = ail_state_new();
    err->text[0] = 0;
    AilStatus status = m->ops.save(m->self, state, err);
    const void *bytes = ail_state_bytes(state, &len);
    put_text(s, spec);
    ail_state_put_bytes(s, bytes, len);
    ail_state_free(state);
    g_free(spec);
    return status == AIL_OK ? AIL_OK : ail_member_blame(m, err);
}

static AilStatus write_frame(const AilState *s, const char *path, AilError *err)
{
    AilBuf content = {0}, frame = {0};
    GError *error = NULL;
    const void *bytes = ail_state_bytes(s, &content.len);
    content.data = (uint8_t *)bytes;
    ZSTD_CCtx *zstd = ZSTD_createCCtx();
    AilStatus status = AIL_OK;
    if (content.len > PARTIAL_MAX)
        status = ail_error_set(err,
                               "%s: a result of more than %d bytes; share the trace out to more "
                               "shards",
                               path, PARTIAL_MAX);
    else if (!zstd || ZSTD_isError(ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1)) ||
             !ail_frame_put(&frame, zstd, &content))
        status = ail_error_set(err, "%s: zstd cannot be set up", path);
    else if (!g_file_set_contents(path, (const char *)frame.data, (gssize)frame.len, &error))
        status = ail_error_set(err, "%s", error->message);
    g_clear_error(&error);
    ZSTD_freeCCtx(zstd);
    ail_buf_clear(&frame);
    return status;
}

AilStatus ail_partial_write(const AilPass *pass, const AilTraceReader *reader, unsigned shard,
                            unsigned n, const char *path, AilError *err)
{
    AilState *s = ail_state_new();
    put_text(s, MAGIC);
    ail_state_put(s, FORMAT);
    ail_state_put(s, shard);
    ail_state_put(s, n);
    put_trace(s, reader);
    AilStatus status = AIL_OK;
    for (guint i = 0; i < pass->members->len && status == AIL_OK; i++)
        status = put_member(s, pass->members->pdata[i], err);
    if (status == AIL_OK)
        status = write_frame(s, path, err);
    ail_state_free(s);
    return status;
}

static AilState *read_frame(const char *path, AilError *err)
{
    GError *error = NULL;
    GMappedFile *file = g_mapped_file_new(path, FALSE, &error);
    if (!file) {
        ail_error_set(err, "%s", error->message);
        g_clear_error(&error);
        return NULL;
    }
    AilBuf content = {0};
    AilState *s = NULL;
    ZSTD_DCtx *zstd = ZSTD_createDCtx();
    const uint8_t *bytes = (const uint8_t *)g_mapped_file_get_contents(file);
    if (zstd && bytes &&
        ail_frame_get(&content, zstd, bytes, g_mapped_file_get_length(file), PARTIAL_MAX))
        s = ail_state_of(content.data, content.len);
    else
        ail_error_set(err, "%s: not a whole partial result", path);
    ZSTD_freeDCtx(zstd);
    ail_buf_clear(&content);
    g_mapped_file_unref(file);
    return s;
}

static AilStatus merge_member(AilPass *pass, AilMember *m, AilState *s, const char *path,
                              AilError *err)
{
    char *spec = spell(m);
    size_t len;
    bool fits = take_text(s, spec);
    const void *bytes = ail_state_take_bytes(s, &len);
    AilStatus status = AIL_OK;
    if (!fits || ail_state_bad(s))
        status = ail_error_set(err, "%s: not of the analysis %s", path, spec);
    g_free(spec);
    if (status != AIL_OK)
        return status;
    void *other = ail_member_create(pass, m, err);
    if (!other)
        return AIL_ERR;
    AilState *state = ail_state_of(bytes, len);
    err->text[0] = 0;
    if (m->ops.load(other, state, err) != AIL_OK) {
        AilError why = *err;
        status = ail_error_set(err, "%s: the state of %s cannot be used: %s", path, m->ops.name,
                               why.text);
    } else if (!ail_state_done(state)) {
        status =
            ail_error_set(err, "%s: damaged: the state of %s makes no sense", path, m->ops.name);
    }
    if (status == AIL_OK && m->ops.merge(m->self, other, err) != AIL_OK)
        status = ail_member_blame(m, err);
    ail_state_free(state);
    m->ops.destroy(other);
    return status;
}

/* The part of the file before the analyses. */
static AilStatus check_head(AilState *s, const AilTraceReader *reader, const char *path,
                            bool **seen, unsigned *n, AilError *err)
{
    if (!take_text(s, MAGIC) || ail_state_take(s) != FORMAT)
        return ail_error_set(err, "%s: not a partial result that this version reads", path);
    uint64_t shard = ail_state_take(s), of = ail_state_take(s);
    if (!shard || shard > of || of > AIL_MAX_SHARDS)
        return ail_error_set(err, "%s: damaged: an impossible shard", path);
    if (!take_trace(s, reader))
        return ail_error_set(err, "%s: of another trace", path);
    if (!*seen) {
        *n = (unsigned)of;
        *seen = g_new0(bool, of + 1);
    }
    if (of != *n)
        return ail_error_set(err, "%s: one of %u shards, the others of %u", path, (unsigned)of, *n);
    if ((*seen)[shard])
        return ail_error_set(err, "%s: shard %u a second time", path, (unsigned)shard);
    (*seen)[shard] = true;
    return AIL_OK;
}

AilStatus ail_partial_merge(AilPass *pass, const AilTraceReader *reader, const char *path,
                            bool **seen, unsigned *n, AilError *err)
{
    AilState *s = read_frame(path, err);
    if (!s)
        return AIL_ERR;
    AilStatus status = check_head(s, reader, path, seen, n, err);
    for (guint i = 0; i < pass->members->len && status == AIL_OK; i++)
        status = merge_member(pass, pass->members->pdata[i], s, path, err);
    if (status == AIL_OK && !ail_state_done(s))
        status = ail_error_set(err, "%s: of more analyses than were asked for", path);
    ail_state_free(s);
    return status;
}
