/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Beginning in the middle: with the copy of the code columns and without, all readers see the same
 * blocks; a copy that says otherwise than the chunks is refused. */
#include <criterion/criterion.h>
#include <glib.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "formats/bytes.h"
#include "tests/made_trace.h"
#include "trace/frame.h"
#include "trace/header.h"
#include "trace/reader.h"

enum { MADE_CHUNKS = 40 };

static AilTraceReader *opened(const char *path)
{
    AilTraceReader *r = ail_trace_reader_new();
    cr_assert_eq(ail_trace_reader_open(r, path, AIL_COL_FLOW, 0), AIL_OK, "%s",
                 ail_trace_reader_error(r));
    return r;
}

static void put(AilBuf *out, const AilBuf *content)
{
    ZSTD_CCtx *zstd = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1);
    cr_assert(ail_frame_put_meta(out, zstd, content));
    ZSTD_freeCCtx(zstd);
}

/* A file and its parts. */
typedef struct File {
    uint8_t *data; /* owned */
    size_t len, index_at, copy_at;
    AilBuf index; /* owned: its content */
    AilIndex parsed;
} File;

/* The content of the metadata frame there. */
static AilBuf content_at(const File *f, size_t at, const char *tag)
{
    AilBuf content = {0};
    ZSTD_DCtx *zstd = ZSTD_createDCtx();
    size_t len = ail_get_le32(f->data + at + 4);
    cr_assert(ail_frame_get(&content, zstd, f->data + at + 8, len, AIL_META_MAX));
    cr_assert(!memcmp(content.data, tag, 4));
    ZSTD_freeDCtx(zstd);
    return content;
}

static File load(const char *path)
{
    File f;
    gchar *data;
    cr_assert(g_file_get_contents(path, &data, &f.len, NULL));
    f.data = (uint8_t *)data;
    f.index_at = ail_get_le64(f.data + f.len - 16);
    f.copy_at = f.index_at + 8 + ail_get_le32(f.data + f.index_at + 4);
    f.index = content_at(&f, f.index_at, AIL_TAG_INDEX);
    cr_assert(ail_index_parse(ail_cursor(f.index.data, f.index.len), &f.parsed));
    return f;
}

static void drop(File *f)
{
    g_free(f->data);
    ail_buf_clear(&f->index);
    ail_index_clear(&f->parsed);
}

/* The index's content with `more` chunks of no instructions, one byte apart, up to where it says
 * what copies there are. */
static AilBuf chunks_of(const File *f, unsigned more)
{
    AilBuf out = {0};
    AilCursor in = ail_cursor(f->index.data + 4, f->index.len - 4);
    uint64_t n = ail_cursor_varint(&in), first = f->parsed.chunks[n - 1].first;
    const uint8_t *from = in.at;
    for (uint64_t i = 0; i < 1 + 3 * n; i++)
        ail_cursor_varint(&in);
    ail_buf_put(&out, AIL_TAG_INDEX, 4);
    ail_buf_varint(&out, n + more);
    ail_buf_put(&out, from, (size_t)(in.at - from));
    for (unsigned i = 0; i < more; i++) {
        ail_buf_varint(&out, 1);
        ail_buf_varint(&out, 0);
        ail_buf_varint(&out, n + i - first);
    }
    return out;
}

/* The file with bytes before its index, that index, these frames of a copy behind it, and bytes
 * before the trailer; each but the index may be NULL. */
static void store(const char *path, const File *f, const AilBuf *gap, const AilBuf *index,
                  const AilBuf *copies, const AilBuf *tail)
{
    AilBuf all = {0};
    ail_buf_put(&all, f->data, f->index_at);
    if (gap)
        ail_buf_put(&all, gap->data, gap->len);
    size_t index_at = all.len;
    put(&all, index);
    if (copies)
        ail_buf_put(&all, copies->data, copies->len);
    if (tail)
        ail_buf_put(&all, tail->data, tail->len);
    ail_buf_put(&all, f->data + f->len - AIL_TRAILER_SIZE, AIL_TRAILER_SIZE);
    ail_put_le64(all.data + all.len - 16, index_at);
    cr_assert(g_file_set_contents(path, (const char *)all.data, (gssize)all.len, NULL));
    ail_buf_clear(&all);
}

/* The frames of the file's copy; the last has this content instead, if it is not NULL. index: what
 * the index says of them is added. */
static AilBuf copies_of(const File *f, const AilBuf *last, AilBuf *index)
{
    AilBuf out = {0};
    size_t n = f->parsed.n_copies;
    ail_buf_varint(index, n);
    for (size_t k = 0; k < n; k++) {
        const AilCopyEntry *e = &f->parsed.copies[k];
        size_t before = out.len;
        if (last && k == n - 1)
            put(&out, last);
        else
            ail_buf_put(&out, f->data + f->copy_at + e->offset, e->size);
        ail_buf_varint(index, out.len - before);
        ail_buf_varint(index, e->n);
    }
    return out;
}

/* Both readers are before the same chunk: it and the blocks up to it must be the same. */
static void expect_same(AilTraceReader *one, AilTraceReader *other)
{
    const AilChunk *a, *b;
    cr_assert_eq(ail_trace_reader_next(one, &a), AIL_OK, "%s", ail_trace_reader_error(one));
    cr_assert_eq(ail_trace_reader_next(other, &b), AIL_OK, "%s", ail_trace_reader_error(other));
    cr_assert(a->number == b->number && a->n_flow == b->n_flow);
    cr_assert(!memcmp(a->flow, b->flow, a->n_flow * sizeof *a->flow));
    cr_assert_eq(ail_dict_first(a->dict), ail_dict_first(b->dict));
    cr_assert_eq(ail_dict_count(a->dict), ail_dict_count(b->dict));
    for (uint32_t i = 0; i < ail_dict_count(a->dict); i++) {
        const AilBlock *x = ail_dict_get(a->dict, i), *y = ail_dict_get(b->dict, i);
        cr_assert(x->pc == y->pc && x->size == y->size && !memcmp(x->bytes, y->bytes, x->size));
    }
}

/* Seek to each of some chunks, from chunk 0 and from the place before, as a reader that reads all.
 */
static void expect_seeks(const char *path)
{
    static const unsigned order[] = {25, 3, 26, 39, 0};
    AilTraceReader *going = opened(path);
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++) {
        AilTraceReader *all = opened(path), *fresh = opened(path);
        const AilChunk *c;
        uint64_t at = 0;
        for (unsigned n = 0; n < order[i]; n++) {
            cr_assert_eq(ail_trace_reader_next(all, &c), AIL_OK);
            at = c->icount + c->insns;
        }
        cr_assert_eq(ail_trace_reader_seek(fresh, at), AIL_OK);
        cr_assert_eq(ail_trace_reader_seek(going, at), AIL_OK);
        expect_same(fresh, all);
        cr_assert_eq(ail_trace_reader_next(going, &c), AIL_OK);
        cr_assert_eq(c->number, order[i]);
        ail_trace_reader_free(all);
        ail_trace_reader_free(fresh);
    }
    ail_trace_reader_free(going);
}

/* Neither who seeks to the end nor who reads all gets through. */
static void expect_refused(const char *path, const char *what)
{
    AilTraceReader *r = opened(path);
    const AilChunk *c;
    AilStatus status = ail_trace_reader_seek(r, ail_trace_reader_total(r) - 1);
    status = status == AIL_OK ? ail_trace_reader_next(r, &c) : status;
    cr_expect_eq(status, AIL_ERR, "%s: seek", what);
    cr_expect(strstr(ail_trace_reader_error(r), "damaged: "), "%s", ail_trace_reader_error(r));
    cr_expect_eq(ail_trace_reader_seek(r, 0), AIL_ERR, "%s: again", what);
    ail_trace_reader_free(r);
    r = opened(path);
    do
        status = ail_trace_reader_next(r, &c);
    while (status == AIL_OK);
    cr_expect_eq(status, AIL_ERR, "%s: all", what);
    ail_trace_reader_free(r);
}

Test(seek, is_the_same_as_reading_all)
{
    char *path = made_trace(MADE_CHUNKS, true);
    expect_seeks(path);
    made_trace_drop(path);
}

Test(seek, does_without_a_copy)
{
    char *path = made_trace(MADE_CHUNKS, true);
    File f = load(path);
    AilBuf tail = {0}, content = {0}, index = chunks_of(&f, 0);
    cr_assert_gt(f.parsed.n_copies, 2);
    ail_buf_varint(&index, 0);
    store(path, &f, NULL, &index, NULL, NULL);
    expect_seeks(path);
    ail_buf_put(&content, "AILZ?", 5); /* of a later version */
    put(&tail, &content);
    store(path, &f, NULL, &index, NULL, &tail);
    expect_seeks(path);
    ail_buf_clear(&index);
    index = chunks_of(&f, 0);
    AilBuf copies = copies_of(&f, NULL, &index);
    store(path, &f, NULL, &index, &copies, &tail);
    expect_seeks(path);
    ail_buf_clear(&tail);
    ail_buf_clear(&content);
    ail_buf_clear(&index);
    ail_buf_clear(&copies);
    drop(&f);
    made_trace_drop(path);
    path = made_trace(MADE_CHUNKS, false);
    expect_seeks(path);
    made_trace_drop(path);
}

Test(seek, refuses_another_copy)
{
    char *path = made_trace(MADE_CHUNKS, true);
    File f = load(path);
    const AilCopyEntry *last = &f.parsed.copies[f.parsed.n_copies - 1];
    AilBuf content = content_at(&f, f.copy_at + last->offset, AIL_TAG_BLOCKS);
    const struct {
        const char *what;
        int at, change; /* byte of the content (from the end when negative), what it becomes */
    } cases[] = {{"it begins later", 4, (int)last->first + 1},
                 {"an entry is missing", 5, (int)last->n - 1},
                 {"an entry too many", 5, (int)last->n + 1},
                 {"no entries", 5, 0},
                 {"an instruction's byte", -1, -1}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        AilBuf changed = {0}, index = chunks_of(&f, 0);
        ail_buf_put(&changed, content.data, content.len);
        uint8_t *byte = changed.data + cases[i].at + (cases[i].at < 0 ? changed.len : 0);
        *byte = (uint8_t)(cases[i].change < 0 ? *byte ^ 1 : cases[i].change);
        AilBuf copies = copies_of(&f, &changed, &index);
        store(path, &f, NULL, &index, &copies, NULL);
        expect_refused(path, cases[i].what);
        ail_buf_clear(&changed);
        ail_buf_clear(&index);
        ail_buf_clear(&copies);
    }
    ail_buf_clear(&content);
    drop(&f);
    made_trace_drop(path);
}

static AilStatus read_all(AilTraceReader *r, const char *path, unsigned *n)
{
    const AilChunk *c;
    AilStatus status = ail_trace_reader_open(r, path, AIL_COL_FLOW, 0);
    for (*n = 0; status == AIL_OK && (status = ail_trace_reader_next(r, &c)) == AIL_OK;)
        ++*n;
    return status;
}

/* The same bytes through a pipe. */
static AilStatus read_piped(AilTraceReader *r, const char *path, unsigned *n)
{
    g_autofree char *fifo = g_strconcat(path, ".pipe", NULL);
    char *argv[] = {(char *)"dd", g_strconcat("if=", path, NULL), g_strconcat("of=", fifo, NULL),
                    NULL};
    GPid child;
    int status;
    cr_assert_eq(mkfifo(fifo, 0600), 0);
    GSpawnFlags flags =
        G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL;
    cr_assert(g_spawn_async(NULL, argv, NULL, flags, NULL, NULL, &child, NULL));
    AilStatus done = read_all(r, fifo, n);
    kill(child, SIGTERM); /* should it still wait to write what nobody reads */
    waitpid(child, &status, 0);
    unlink(fifo);
    g_free(argv[1]);
    g_free(argv[2]);
    return done;
}

static void expect_all_refused(const char *path, const char *what, bool by_pipe)
{
    AilTraceSummary summary;
    unsigned n;
    AilTraceReader *r = ail_trace_reader_new();
    cr_expect_eq(read_all(r, path, &n), AIL_ERR, "%s: %u chunks", what, n);
    cr_expect(strstr(ail_trace_reader_error(r), "damaged: "), "%s: %s", what,
              ail_trace_reader_error(r));
    ail_trace_reader_free(r);
    r = ail_trace_reader_new();
    cr_expect(ail_trace_reader_open(r, path, 0, 0) != AIL_OK ||
                  ail_trace_reader_summary(r, &summary) != AIL_OK,
              "%s: summary", what);
    ail_trace_reader_free(r);
    r = ail_trace_reader_new();
    cr_expect_eq(read_piped(r, path, &n), by_pipe ? AIL_ERR : AIL_END, "%s: pipe: %s", what,
                 ail_trace_reader_error(r));
    ail_trace_reader_free(r);
}

Test(seek, an_index_is_of_all_chunks)
{
    char *path = made_trace(MADE_CHUNKS, true);
    File f = load(path);
    unsigned n;
    for (unsigned more = 0; more <= 2; more++) {
        AilBuf index = chunks_of(&f, more);
        ail_buf_varint(&index, 0);
        store(path, &f, NULL, &index, NULL, NULL);
        ail_buf_clear(&index);
        if (more) {
            expect_all_refused(path, "more chunks", true);
            continue;
        }
        AilTraceReader *r = ail_trace_reader_new(), *piped = ail_trace_reader_new();
        cr_expect_eq(read_all(r, path, &n), AIL_END, "%s", ail_trace_reader_error(r));
        cr_expect_eq(n, MADE_CHUNKS);
        cr_expect_eq(read_piped(piped, path, &n), AIL_END, "%s", ail_trace_reader_error(piped));
        cr_expect_eq(n, MADE_CHUNKS);
        ail_trace_reader_free(r);
        ail_trace_reader_free(piped);
    }
    drop(&f);
    made_trace_drop(path);
}

/* The chunks' dictionaries are as the index says: chunk `at` does not begin one there, or does. */
Test(seek, an_index_knows_the_dictionaries)
{
    char *path = made_trace(MADE_CHUNKS, true);
    File f = load(path);
    for (size_t at = 1; at < MADE_CHUNKS; at++) {
        AilBuf index = {0};
        uint64_t offset = 0, first = 0;
        ail_buf_put(&index, AIL_TAG_INDEX, 4);
        ail_buf_varint(&index, MADE_CHUNKS);
        ail_buf_varint(&index, 0);
        for (size_t i = 0; i < MADE_CHUNKS; i++) {
            const AilIndexEntry *e = &f.parsed.chunks[i];
            bool begins = (e->first == i) != (i == at);
            first = begins ? i : first;
            ail_buf_varint(&index, e->offset - offset);
            ail_buf_varint(&index, e->insns);
            ail_buf_varint(&index, i - first);
            offset = e->offset;
        }
        ail_buf_varint(&index, 0);
        store(path, &f, NULL, &index, NULL, NULL);
        AilTraceReader *r = ail_trace_reader_new();
        unsigned n;
        cr_expect_eq(read_all(r, path, &n), AIL_ERR, "at chunk %zu", at);
        ail_trace_reader_free(r);
        ail_buf_clear(&index);
    }
    drop(&f);
    made_trace_drop(path);
}

Test(seek, nothing_lies_between_the_parts)
{
    char *path = made_trace(MADE_CHUNKS, true);
    File f = load(path);
    AilBuf bytes = {0}, frame = {0}, content = {0}, index = chunks_of(&f, 0);
    ail_buf_varint(&index, 0);
    ail_buf_put(&bytes, "anything", 8);
    ail_buf_put(&content, "AILZ?", 5);
    put(&frame, &content);
    store(path, &f, &bytes, &index, NULL, NULL);
    expect_all_refused(path, "bytes before the index", true);
    store(path, &f, &frame, &index, NULL, NULL);
    expect_all_refused(path, "a frame before the index", true);
    store(path, &f, NULL, &index, NULL, &bytes);
    expect_all_refused(path, "bytes before the trailer", true);
    bytes.len = 0;
    ail_buf_le32(&bytes, AIL_SKIPPABLE_META);
    ail_buf_le32(&bytes, 100);
    store(path, &f, NULL, &index, NULL, &bytes);
    expect_all_refused(path, "a frame beyond the end", false);
    ail_buf_clear(&bytes);
    ail_buf_clear(&frame);
    ail_buf_clear(&content);
    ail_buf_clear(&index);
    drop(&f);
    made_trace_drop(path);
}
