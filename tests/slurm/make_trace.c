/* SPDX-License-Identifier: GPL-2.0-or-later */
/* make-trace FILE CHUNKS: a generated trace of many small chunks, the same every time. */
#include "tests/raw_builder.h"
#include "trace/writer.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void release(void *user)
{
    raw_chunk_free(user);
}

static AilStatus write_trace(AilTraceWriter *w, int fd, int chunks)
{
    static const AilReg registers[] = {{"all", 0, RAW_BUILDER_SYNC}};
    const AilTraceInfo info = {.columns = AIL_COL_ALL,
                               .arch = AIL_ARCH_X86,
                               .tool = "test",
                               .recording = "none",
                               .machine = "made up",
                               .n_regs = 1,
                               .regs = registers};
    RawBuilder *b = raw_builder_new(77);
    AilStatus status = ail_trace_writer_open(w, fd, &info, 1);
    for (int i = 0; status == AIL_OK && i < chunks; i++) {
        RawChunk *c = raw_builder_chunk(b, 200 + (uint32_t)i % 7 * 300);
        status = ail_trace_writer_add(w, &c->raw, release, c);
    }
    raw_builder_free(b);
    return status == AIL_OK ? ail_trace_writer_finish(w) : status;
}

int main(int argc, char **argv)
{
    int chunks = argc == 3 ? atoi(argv[2]) : 0;
    if (chunks < 1) {
        fprintf(stderr, "usage: make-trace FILE CHUNKS\n");
        return 2;
    }
    int fd = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0) {
        perror(argv[1]);
        return 1;
    }
    AilTraceWriter *w = ail_trace_writer_new();
    AilStatus status = write_trace(w, fd, chunks);
    if (status != AIL_OK)
        fprintf(stderr, "%s: %s\n", argv[1], ail_trace_writer_error(w));
    ail_trace_writer_free(w);
    return close(fd) < 0 || status != AIL_OK;
}
