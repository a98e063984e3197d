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
#include "trace/reader.h"

enum { MADE_CHUNKS = 40 };

static AilTraceReader *opened(const char *path)
{
    AilTraceReader *r = ail_trace_reader_new();
    cr_assert_eq(ail_trace_reader_open(r, path, AIL_COL_FLOW, 0), AIL_OK, "%s",
                 ail_trace_reader_error(r));
    return r;
}

/* A file's bytes without its index, and what was at its end. */
typedef struct File {
    uint8_t *data; /* owned */
    size_t len, index_at, copy_at;
} File;

static File load(const char *path)
{
    File f;
    gchar *data;
    cr_assert(g_file_get_contents(path, &data, &f.len, NULL));
    f.data = (uint8_t *)data;
    f.index_at = ail_get_le64(f.data + f.len - 16);
    f.copy_at = f.index_at + 8 + ail_get_le32(f.data + f.index_at + 4);
    return f;
}

/* The file with these bytes between index and trailer. */
static void store(const char *path, const File *f, const AilBuf *middle)
{
    AilBuf all = {0};
    ail_buf_put(&all, f->data, f->copy_at);
    ail_buf_put(&all, middle->data, middle->len);
    ail_buf_put(&all, f->data + f->len - AIL_TRAILER_SIZE, AIL_TRAILER_SIZE);
    cr_assert(g_file_set_contents(path, (const char *)all.data, (gssize)all.len, NULL));
    ail_buf_clear(&all);
}

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

/* The content of the file's copy, which is one frame. */
static AilBuf copy_of(const File *f)
{
    cr_assert_eq(f->copy_at + 8 + ail_get_le32(f->data + f->copy_at + 4) + AIL_TRAILER_SIZE,
                 f->len);
    return content_at(f, f->copy_at, AIL_TAG_BLOCKS);
}

static void put(AilBuf *out, const AilBuf *content)
{
    ZSTD_CCtx *zstd = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1);
    cr_assert(ail_frame_put_meta(out, zstd, content));
    ZSTD_freeCCtx(zstd);
}

/* Both readers are before the same chunk: it and the blocks up to it must be the same. */
static void expect_same(AilTraceReader *one, AilTraceReader *other)
{
    const AilChunk *a, *b;
    cr_assert_eq(ail_trace_reader_next(one, &a), AIL_OK, "%s", ail_trace_reader_error(one));
    cr_assert_eq(ail_trace_reader_next(other, &b), AIL_OK, "%s", ail_trace_reader_error(other));
    cr_assert(a->number == b->number && a->n_flow == b->n_flow);
    cr_assert(!memcmp(a->flow, b->flow, a->n_flow * sizeof *a->flow));
    cr_assert_eq(ail_trace_reader_n_blocks(one), ail_trace_reader_n_blocks(other));
    for (uint32_t i = 0; i < ail_trace_reader_n_blocks(one); i++) {
        const AilBlock *x = ail_trace_reader_block(one, i), *y = ail_trace_reader_block(other, i);
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
    AilBuf middle = {0}, content = {0};
    store(path, &f, &middle);
    expect_seeks(path);
    ail_buf_put(&content, "AILZ?", 5); /* of a later version */
    put(&middle, &content);
    store(path, &f, &middle);
    expect_seeks(path);
    ail_buf_put(&middle, f.data + f.copy_at, f.len - AIL_TRAILER_SIZE - f.copy_at);
    store(path, &f, &middle);
    expect_seeks(path);
    ail_buf_clear(&middle);
    ail_buf_clear(&content);
    g_free(f.data);
    made_trace_drop(path);
    path = made_trace(MADE_CHUNKS, false);
    expect_seeks(path);
    made_trace_drop(path);
}

Test(seek, refuses_another_copy)
{
    char *path = made_trace(MADE_CHUNKS, true);
    File f = load(path);
    AilBuf content = copy_of(&f), middle = {0};
    static const struct {
        const char *what;
        int at, change; /* byte of the content (from the end when negative), what it becomes */
    } cases[] = {{"it begins later", 4, 1},
                 {"an entry is missing", 5, MADE_CHUNKS - 1},
                 {"an entry too many", 5, MADE_CHUNKS + 1},
                 {"no entries", 5, 0},
                 {"an instruction's byte", -1, -1}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        AilBuf changed = {0};
        ail_buf_put(&changed, content.data, content.len);
        uint8_t *byte = changed.data + cases[i].at + (cases[i].at < 0 ? changed.len : 0);
        *byte = (uint8_t)(cases[i].change < 0 ? *byte ^ 1 : cases[i].change);
        middle.len = 0;
        put(&middle, &changed);
        store(path, &f, &middle);
        expect_refused(path, cases[i].what);
        ail_buf_clear(&changed);
    }
    ail_buf_clear(&content);
    ail_buf_clear(&middle);
    g_free(f.data);
    made_trace_drop(path);
}

/* The file with bytes before its index, another index, and bytes behind its copy; either may be
 * NULL. */
static void store_changed(const char *path, const File *f, const AilBuf *gap, const AilBuf *index,
                          const AilBuf *tail)
{
    AilBuf all = {0};
    ail_buf_put(&all, f->data, f->index_at);
    if (gap)
        ail_buf_put(&all, gap->data, gap->len);
    size_t index_at = all.len, behind = f->len - AIL_TRAILER_SIZE;
    if (index)
        put(&all, index);
    else
        ail_buf_put(&all, f->data + f->index_at, f->copy_at - f->index_at);
    ail_buf_put(&all, f->data + f->copy_at, behind - f->copy_at);
    if (tail)
        ail_buf_put(&all, tail->data, tail->len);
    ail_buf_put(&all, f->data + behind, AIL_TRAILER_SIZE);
    ail_put_le64(all.data + all.len - 16, index_at);
    cr_assert(g_file_set_contents(path, (const char *)all.data, (gssize)all.len, NULL));
    ail_buf_clear(&all);
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

/* The index with another number of chunks: of no instructions, one byte apart. */
static AilBuf index_of(const File *f, int more)
{
    AilBuf index = content_at(f, f->index_at, AIL_TAG_INDEX);
    index.data[4] = (uint8_t)(MADE_CHUNKS + more);
    for (int i = 0; i < more; i++) {
        ail_buf_varint(&index, 1);
        ail_buf_varint(&index, 0);
    }
    return index;
}

Test(seek, an_index_is_of_all_chunks)
{
    char *path = made_trace(MADE_CHUNKS, true);
    File f = load(path);
    unsigned n;
    for (int more = 0; more <= 2; more++) {
        AilBuf index = index_of(&f, more);
        store_changed(path, &f, NULL, &index, NULL);
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
    g_free(f.data);
    made_trace_drop(path);
}

Test(seek, nothing_lies_between_the_parts)
{
    char *path = made_trace(MADE_CHUNKS, true);
    File f = load(path);
    AilBuf bytes = {0}, frame = {0}, content = {0};
    ail_buf_put(&bytes, "anything", 8);
    ail_buf_put(&content, "AILZ?", 5);
    put(&frame, &content);
    store_changed(path, &f, &bytes, NULL, NULL);
    expect_all_refused(path, "bytes before the index", true);
    store_changed(path, &f, &frame, NULL, NULL);
    expect_all_refused(path, "a frame before the index", true);
    store_changed(path, &f, NULL, NULL, &bytes);
    expect_all_refused(path, "bytes before the trailer", true);
    bytes.len = 0;
    ail_buf_le32(&bytes, AIL_SKIPPABLE_META);
    ail_buf_le32(&bytes, 100);
    store_changed(path, &f, NULL, NULL, &bytes);
    expect_all_refused(path, "a frame beyond the end", false);
    ail_buf_clear(&bytes);
    ail_buf_clear(&frame);
    ail_buf_clear(&content);
    g_free(f.data);
    made_trace_drop(path);
}
