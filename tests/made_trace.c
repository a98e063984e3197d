/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/made_trace.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "tests/raw_builder.h"

static void release(void *user)
{
    raw_chunk_free(user);
}

AilTraceWriter *made_trace_into(int fd, int chunks)
{
    static const AilReg registers[] = {{"all", 0, RAW_BUILDER_SYNC}};
    AilTraceInfo info = {.columns = AIL_COL_ALL,
                         .arch = AIL_ARCH_X86,
                         .tool = "test",
                         .recording = "none",
                         .machine = "made up",
                         .n_regs = 1,
                         .regs = registers};
    RawBuilder *b = raw_builder_new(77);
    AilTraceWriter *w = ail_trace_writer_new();
    cr_assert_eq(ail_trace_writer_open(w, fd, &info, 1), AIL_OK);
    for (int i = 0; i < chunks; i++) {
        RawChunk *c = raw_builder_chunk(b, 200 + (uint32_t)i % 7 * 300);
        cr_assert_eq(ail_trace_writer_add(w, &c->raw, release, c), AIL_OK);
    }
    raw_builder_free(b);
    return w;
}

char *made_trace(int chunks, bool finish)
{
    char *path = g_build_filename(g_get_tmp_dir(), "ail-made-XXXXXX", NULL);
    int fd = g_mkstemp(path);
    cr_assert(fd >= 0);
    AilTraceWriter *w = made_trace_into(fd, chunks);
    if (finish)
        cr_assert_eq(ail_trace_writer_finish(w), AIL_OK);
    ail_trace_writer_free(w);
    close(fd);
    return path;
}

void made_trace_drop(char *path)
{
    g_unlink(path);
    g_free(path);
}
