/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who writes a trace into a pipe must be able to write all of it: a reader that comes to the
 * trace's end has read what lies behind the chunks too. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "formats/bytes.h"
#include "tests/made_trace.h"
#include "trace/frame.h"
#include "trace/parallel.h"

enum { CHUNKS = 40, PIPE_SIZE = 4096 };

/* A process that writes a trace into a FIFO; it ends with status 0 when all could be written. */
typedef struct Writer {
    char *dir, *fifo; /* owned */
    pid_t pid;
} Writer;

/* The bytes behind the index, the first part that tells a reader that no chunk follows. */
static size_t rest(const char *data, size_t len)
{
    const uint8_t *d = (const uint8_t *)data;
    uint64_t index_at = ail_get_le64(d + len - 16);
    cr_assert_lt(index_at, len - AIL_TRAILER_SIZE);
    return len - index_at - 8 - ail_get_le32(d + index_at + 4);
}

static int write_into(const char *fifo, const char *data, size_t len)
{
    signal(SIGPIPE, SIG_IGN);
    int fd = open(fifo, O_WRONLY);
    if (fd < 0 || fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE) != PIPE_SIZE)
        return 2;
    while (len) {
        ssize_t n = write(fd, data, len);
        if (n < 0)
            return 1;
        data += n;
        len -= (size_t)n;
    }
    return 0;
}

static Writer writer_start(void)
{
    Writer w = {.dir = g_dir_make_tmp("ail-pipe-XXXXXX", NULL)};
    char *path = made_trace(CHUNKS, true), *data;
    gsize len;
    cr_assert(g_file_get_contents(path, &data, &len, NULL));
    made_trace_drop(path);
    cr_assert_gt(rest(data, len), PIPE_SIZE, "the pipe holds all that is behind the index");
    w.fifo = g_build_filename(w.dir, "trace", NULL);
    cr_assert_eq(mkfifo(w.fifo, 0600), 0);
    w.pid = fork();
    cr_assert_geq(w.pid, 0);
    if (!w.pid)
        _exit(write_into(w.fifo, data, len));
    g_free(data);
    return w;
}

static AilTraceReader *opened(const Writer *w)
{
    AilTraceReader *r = ail_trace_reader_new();
    cr_assert_eq(ail_trace_reader_open(r, w->fifo, 0, AIL_COL_ALL), AIL_OK, "%s",
                 ail_trace_reader_error(r));
    return r;
}

/* Frees the reader, which has come to the trace's end, and with it closes the pipe. */
static void expect_all_written(Writer *w, AilTraceReader *r)
{
    int status;
    cr_expect(ail_trace_reader_complete(r));
    ail_trace_reader_free(r);
    cr_assert_eq(waitpid(w->pid, &status, 0), w->pid);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the writer ended with %#x", status);
    g_unlink(w->fifo);
    g_rmdir(w->dir);
    g_free(w->fifo);
    g_free(w->dir);
}

Test(pipe, is_read_to_its_end_chunk_by_chunk)
{
    Writer w = writer_start();
    AilTraceReader *r = opened(&w);
    const AilChunk *chunk;
    unsigned n = 0;
    AilStatus status;
    while ((status = ail_trace_reader_next(r, &chunk)) == AIL_OK)
        n++;
    cr_expect_eq(status, AIL_END, "%s", ail_trace_reader_error(r));
    cr_expect_eq(n, CHUNKS);
    expect_all_written(&w, r);
}

static AilStatus count(void *self, unsigned worker, const AilChunk *chunk, AilError *err)
{
    (void)worker, (void)chunk, (void)err;
    ++*(unsigned *)self;
    return AIL_OK;
}

Test(pipe, is_read_to_its_end_by_threads)
{
    Writer w = writer_start();
    AilTraceReader *r = opened(&w);
    AilError err = {""};
    unsigned n = 0;
    AilChunkJob job = {.self = &n, .commit = count, .ordered = true};
    cr_expect_eq(ail_parallel_run(r, 3, &job, &err), AIL_END, "%s", err.text);
    cr_expect_eq(n, CHUNKS);
    expect_all_written(&w, r);
}

Test(pipe, is_read_to_its_end_for_a_summary)
{
    Writer w = writer_start();
    AilTraceReader *r = opened(&w);
    AilTraceSummary summary;
    cr_expect_eq(ail_trace_reader_summary(r, &summary), AIL_OK, "%s", ail_trace_reader_error(r));
    cr_expect_eq(summary.chunks, CHUNKS);
    expect_all_written(&w, r);
}

/* Somebody who reads the chunks of a trace, and nothing of its end. */
typedef struct Half {
    int fd;
    size_t wanted;
} Half;

static void *read_half(void *arg)
{
    const Half *h = arg;
    char bytes[4096];
    for (size_t left = h->wanted; left;) {
        ssize_t n = read(h->fd, bytes, MIN(left, sizeof bytes));
        cr_assert_gt(n, 0);
        left -= (size_t)n;
    }
    return NULL;
}

Test(pipe, a_writer_does_not_wait_for_its_end_to_be_read)
{
    int ends[2];
    char *path = made_trace(CHUNKS, true), *data;
    gsize len;
    pthread_t thread;
    cr_assert(g_file_get_contents(path, &data, &len, NULL));
    made_trace_drop(path);
    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(fcntl(ends[1], F_SETPIPE_SZ, PIPE_SIZE), PIPE_SIZE);
    Half half = {ends[0], len - rest(data, len)};
    cr_assert_eq(pthread_create(&thread, NULL, read_half, &half), 0);
    AilTraceWriter *w = made_trace_into(ends[1], CHUNKS);
    ail_trace_writer_end(w);
    pthread_join(thread, NULL);
    cr_expect_eq(ail_trace_writer_wait(w, 10), AIL_END);
    ail_trace_writer_free(w);
    close(ends[0]);
    close(ends[1]);
    g_free(data);
}
