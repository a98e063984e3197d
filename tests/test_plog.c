/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plog files: what is written is read, in whole and in part, and what is damaged is noticed. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "formats/plog_chunk.h"
#include "formats/plog_print.h"
#include "formats/wire.h"
#include "tests/made_plog.h"
#include "tests/shell.h"

enum { MANY = 12000 }; /* records: several chunks */

static char *dir, *path; /* of the running test; Criterion runs each in a process of its own */

static void set_up(void)
{
    dir = ail_folder_new();
    path = g_build_filename(dir, "t.plog", NULL);
}

static void tear_down(void)
{
    g_free(path);
    ail_folder_remove(dir);
}

TestSuite(plog, .init = set_up, .fini = tear_down);

static AilPlogReader *open_plog(const char *name)
{
    AilPlogReader *r = ail_plog_reader_new();
    cr_assert_eq(ail_plog_reader_open(r, name), AIL_OK, "%s", ail_plog_reader_error(r));
    return r;
}

/* The entry is record number i. */
static void expect_record(const AilPlogReader *r, const AilPlogEntry *e, unsigned i)
{
    AilError err = {""};
    GString *line = g_string_new(NULL);
    char *want = made_plog_json(i);
    cr_assert_eq(ail_plog_print(ail_plog_reader_schema(r), e, AIL_PLOG_AS_JSON, line, &err), AIL_OK,
                 "%s", err.text);
    cr_assert_str_eq(line->str, want);
    cr_expect_eq(e->has_icount, i % 4 != 0);
    cr_expect_eq(e->icount, i % 4 ? 10 * i : 0);
    g_free(want);
    g_string_free(line, TRUE);
}

/* Read all that is selected: records number `from`, `from` + step... Returns how many. */
static unsigned expect_records(AilPlogReader *r, unsigned from, unsigned step)
{
    AilPlogEntry e;
    AilStatus s;
    unsigned n = 0;
    while ((s = ail_plog_reader_next(r, &e)) == AIL_OK)
        expect_record(r, &e, from + step * n++);
    cr_assert_eq(s, AIL_END, "%s", ail_plog_reader_error(r));
    return n;
}

Test(plog, what_is_written_is_read)
{
    static const unsigned counts[] = {0, 1, 7, MANY};
    for (size_t i = 0; i < G_N_ELEMENTS(counts); i++) {
        made_plog(path, counts[i]);
        AilPlogReader *r = open_plog(path);
        cr_expect(ail_plog_reader_complete(r));
        cr_expect_eq(expect_records(r, 0, 1), counts[i]);
        ail_plog_reader_free(r);
    }
}

Test(plog, a_pipe_says_the_same)
{
    made_plog(path, MANY);
    char *fifo = g_build_filename(dir, "fifo", NULL);
    ail_run(dir, "mkfifo fifo; { cat t.plog >fifo; } >/dev/null 2>&1 &");
    AilPlogReader *r = open_plog(fifo);
    cr_expect_eq(expect_records(r, 0, 1), (unsigned)MANY);
    cr_expect(ail_plog_reader_complete(r));
    ail_plog_reader_free(r);
    g_free(fifo);
}

/* The records with from <= icount < to, which are not number 0, 4, 8...; and how much was read. */
static uint64_t expect_range(AilPlogReader *r, unsigned from, unsigned to)
{
    AilPlogFilter filter = {.timed = true, .from = 10ull * from, .to = 10ull * to};
    AilPlogEntry e;
    uint64_t before = ail_plog_reader_decompressed(r);
    cr_assert_eq(ail_plog_reader_select(r, &filter), AIL_OK);
    for (unsigned i = from; i < to; i++)
        if (i % 4) {
            cr_assert_eq(ail_plog_reader_next(r, &e), AIL_OK);
            expect_record(r, &e, i);
        }
    cr_expect_eq(ail_plog_reader_next(r, &e), AIL_END);
    return ail_plog_reader_decompressed(r) - before;
}

Test(plog, ranges_are_sought)
{
    made_plog(path, MANY);
    AilPlogReader *r = open_plog(path);
    uint64_t all = expect_range(r, 0, MANY), few = expect_range(r, 7001, 7010);
    cr_expect_gt(all, 6 * AIL_PLOG_CHUNK_SIZE);
    cr_expect(few > 0 && few < 3 * AIL_PLOG_CHUNK_SIZE, "%" G_GUINT64_FORMAT " bytes", few);
    cr_expect_eq(expect_range(r, MANY, MANY), 0);
    expect_range(r, 3, 20); /* backwards */
    ail_plog_reader_free(r);
}

Test(plog, types_are_chosen)
{
    AilPlogFilter filter = {.type = "callstack", .to = UINT64_MAX};
    made_plog(path, 1001);
    AilPlogReader *r = open_plog(path);
    cr_assert_eq(ail_plog_reader_select(r, &filter), AIL_OK);
    cr_expect_eq(expect_records(r, 1, 4), 250);
    filter.type = "probe";
    cr_assert_eq(ail_plog_reader_select(r, &filter), AIL_OK);
    cr_expect_eq(expect_records(r, 3, 4), 250);
    filter.type = "none";
    uint64_t before = ail_plog_reader_decompressed(r);
    cr_assert_eq(ail_plog_reader_select(r, &filter), AIL_OK);
    cr_expect_eq(expect_records(r, 0, 1), 0);
    filter.type = "asidstory"; /* in no chunk, as the index says */
    before = ail_plog_reader_decompressed(r);
    cr_assert_eq(ail_plog_reader_select(r, &filter), AIL_OK);
    cr_expect_eq(expect_records(r, 0, 1), 0);
    cr_expect_eq(ail_plog_reader_decompressed(r), before);
    ail_plog_reader_free(r);
}

static AilBuf slurp(void)
{
    AilBuf b = {0};
    char *bytes;
    gsize len;
    cr_assert(g_file_get_contents(path, &bytes, &len, NULL));
    ail_buf_put(&b, bytes, len);
    g_free(bytes);
    return b;
}

static void spill(const uint8_t *bytes, size_t len)
{
    cr_assert(g_file_set_contents(path, (const char *)bytes, (gssize)len, NULL));
}

/* Where the chunks end, and where the header does. */
static GArray *chunk_ends(const AilBuf *plog)
{
    GArray *ends = g_array_new(FALSE, FALSE, sizeof(size_t));
    AilBuf content = {0};
    ZSTD_DCtx *zstd = ZSTD_createDCtx();
    AilCursor in = ail_cursor(plog->data, plog->len);
    for (bool more = true; more;) {
        uint32_t magic = ail_cursor_le32(&in), size = ail_cursor_le32(&in);
        const uint8_t *frame = ail_cursor_take(&in, size);
        cr_assert(magic == AIL_SKIPPABLE_META && frame &&
                  ail_frame_get(&content, zstd, frame, size, AIL_META_MAX));
        more = memcmp(content.data, AIL_TAG_INDEX, 4) != 0;
        if (more && !memcmp(content.data, AIL_TAG_ENTRIES, 4))
            ail_cursor_take(&in, ZSTD_findFrameCompressedSize(in.at, ail_cursor_left(&in)));
        size_t end = (size_t)(in.at - plog->data);
        if (more)
            g_array_append_val(ends, end);
    }
    ZSTD_freeDCtx(zstd);
    ail_buf_clear(&content);
    return ends;
}

static unsigned read_cut(bool through_pipe, bool *complete)
{
    AilPlogReader *r;
    if (through_pipe) {
        int fd[2];
        char name[40];
        AilBuf b = slurp();
        cr_assert_eq(pipe(fd), 0);
        cr_assert_geq(fcntl(fd[1], F_SETPIPE_SZ, 1 << 20), 0);
        cr_assert_eq(write(fd[1], b.data, b.len), (ssize_t)b.len);
        close(fd[1]);
        g_snprintf(name, sizeof name, "/proc/self/fd/%d", fd[0]);
        r = open_plog(name);
        close(fd[0]);
        ail_buf_clear(&b);
    } else {
        r = open_plog(path);
    }
    unsigned n = expect_records(r, 0, 1);
    *complete = ail_plog_reader_complete(r);
    ail_plog_reader_free(r);
    return n;
}

/* Small chunks make a plog of a few kB, which is cut behind each of its bytes. */
static unsigned write_small_chunks(unsigned chunks, unsigned records)
{
    AilPlogSource source = ail_records_source();
    AilPlogWriter *w = ail_plog_writer_new();
    AilBuf entry = {0}, filler = {0};
    cr_assert_eq(ail_plog_writer_open(w, path, &source, "test"), AIL_OK);
    ail_buf_reserve(&filler, AIL_PLOG_CHUNK_SIZE);
    memset(filler.data, 'x', AIL_PLOG_CHUNK_SIZE);
    for (unsigned i = 0; i < chunks * records; i++) {
        entry.len = 0;
        ail_wire_put_key(&entry, AIL_PLOG_ICOUNT, AIL_WIRE_VARINT);
        ail_buf_varint(&entry, i);
        if (i % records == records - 1) /* a field that no schema has ends the chunk */
            ail_wire_put_bytes(&entry, 14, filler.data, AIL_PLOG_CHUNK_SIZE);
        cr_assert_eq(ail_plog_writer_add(w, &entry), AIL_OK);
    }
    cr_assert_eq(ail_plog_writer_finish(w), AIL_OK, "%s", ail_plog_writer_error(w));
    ail_plog_writer_free(w);
    ail_buf_clear(&entry);
    ail_buf_clear(&filler);
    return chunks * records;
}

/* Entries with icounts 0, 1, 2...: how many, in a file or pipe that is cut. */
static unsigned count_cut(const uint8_t *bytes, size_t len, bool pipes, AilStatus *status,
                          bool *complete)
{
    AilPlogReader *r = ail_plog_reader_new();
    AilPlogEntry e;
    unsigned n = 0;
    char name[40];
    int fd[2];
    if (pipes) {
        cr_assert_eq(pipe(fd), 0);
    } else {
        fd[0] = memfd_create("plog", 0);
        fd[1] = dup(fd[0]);
    }
    cr_assert(fd[1] >= 0 && write(fd[1], bytes, len) == (ssize_t)len);
    close(fd[1]);
    g_snprintf(name, sizeof name, "/proc/self/fd/%d", fd[0]);
    *status = ail_plog_reader_open(r, name);
    while (*status == AIL_OK && (*status = ail_plog_reader_next(r, &e)) == AIL_OK)
        cr_assert_eq(e.icount, n++);
    *complete = ail_plog_reader_complete(r);
    ail_plog_reader_free(r);
    close(fd[0]);
    return n;
}

Test(plog, cut_anywhere_it_is_good_up_to_the_last_whole_chunk)
{
    enum { RECORDS = 3 };
    unsigned all = write_small_chunks(5, RECORDS);
    AilBuf whole = slurp();
    GArray *ends = chunk_ends(&whole);
    cr_assert_eq(ends->len, 6); /* of the header, and of the chunks */
    cr_assert_lt(whole.len, 8000);
    for (size_t len = 0; len <= whole.len; len++) {
        unsigned chunks = 0;
        while (chunks < 5 && g_array_index(ends, size_t, chunks + 1) <= len)
            chunks++;
        bool head = len >= g_array_index(ends, size_t, 0);
        for (int pipes = 0; pipes < 2; pipes++) {
            AilStatus status;
            bool complete;
            unsigned n = count_cut(whole.data, len, pipes, &status, &complete);
            cr_assert_eq(status, head ? AIL_END : AIL_ERR, "%zu bytes: %d", len, status);
            cr_assert_eq(n, head ? chunks * RECORDS : 0, "%zu bytes: %u", len, n);
            cr_assert_eq(complete, len == whole.len, "%zu bytes", len);
        }
    }
    cr_expect_eq(all, 15);
    g_array_unref(ends);
    ail_buf_clear(&whole);
}

Test(plog, a_changed_bit_is_noticed)
{
    write_small_chunks(3, 2);
    AilBuf whole = slurp();
    for (size_t bit = 0; bit < whole.len * 8; bit += 3) {
        whole.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        AilStatus status;
        bool complete;
        unsigned n = count_cut(whole.data, whole.len, false, &status, &complete);
        /* zstd ignores one bit of a frame's header: then nothing was lost. */
        cr_assert(status == AIL_ERR || !complete || n == 6, "bit %zu: %u entries", bit, n);
        n = count_cut(whole.data, whole.len, true, &status, &complete);
        cr_assert(status == AIL_ERR || !complete || n == 6, "bit %zu on a pipe", bit);
        whole.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    ail_buf_clear(&whole);
}

Test(plog, nothing_half_written_has_the_name)
{
    AilRecords *r = ail_records_new();
    cr_assert_eq(ail_records_open(r, path), AIL_OK);
    made_plog_record(r, 1);
    char *partial = g_strconcat(path, ".partial", NULL);
    cr_expect(!g_file_test(path, G_FILE_TEST_EXISTS));
    cr_expect(g_file_test(partial, G_FILE_TEST_EXISTS));
    ail_records_free(r); /* given up */
    cr_expect(!g_file_test(path, G_FILE_TEST_EXISTS));
    cr_expect(!g_file_test(partial, G_FILE_TEST_EXISTS));
    r = ail_records_new();
    cr_expect_eq(ail_records_open(r, "/nowhere/x.plog"), AIL_ERR);
    cr_expect(strstr(ail_records_error(r), "cannot write /nowhere/x.plog: No such file"), "%s",
              ail_records_error(r));
    ail_records_free(r);
    g_free(partial);
}

Test(plog, a_full_disk_is_told)
{
    AilRecords *r = ail_records_new();
    cr_assert_eq(ail_records_open(r, "/dev/full"), AIL_ERR);
    cr_expect(strstr(ail_records_error(r), "cannot write /dev/full: No space"), "%s",
              ail_records_error(r));
    ail_records_free(r);
}

Test(plog, a_truncated_real_one)
{
    bool complete;
    made_plog(path, MANY);
    AilBuf whole = slurp();
    spill(whole.data, whole.len - 100);
    unsigned n = read_cut(false, &complete);
    cr_expect(n > MANY / 2 && n <= MANY && !complete, "%u", n);
    cr_expect_eq(read_cut(true, &complete), n);
    ail_buf_clear(&whole);
}
