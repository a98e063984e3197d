/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Replay logs from strangers: reading, counting, and settling, which writes to the file. */
#include "formats/rrlog.h"
#include "tests/fuzz/input.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

/* Read events up to the end or the defect, which *status tells. Returns the instructions. */
static uint64_t read_log(const char *path, size_t len, AilStatus *status)
{
    AilRrlog *log = ail_rrlog_new();
    AilRrlogEvent e;
    uint64_t icount = 0, offset = 0;
    *status = ail_rrlog_open(log, path, 0, 0);
    while (*status == AIL_OK && (*status = ail_rrlog_next(log, &e)) == AIL_OK) {
        EXPECT(e.offset >= offset && e.offset < len && e.icount >= icount);
        EXPECT(e.kind <= AIL_RRLOG_END && e.len <= AIL_RRLOG_MAX_PAYLOAD);
        EXPECT(!e.len == !e.payload && *ail_rrlog_kind_name(e.kind));
        for (size_t i = 0; i < e.len; i++)
            (void)*(const volatile uint8_t *)&e.payload[i]; /* every byte of it can be read */
        offset = e.offset + 1;
        icount = e.icount;
    }
    EXPECT(*status != AIL_ERR || *ail_rrlog_error(log));
    icount = ail_rrlog_icount(log);
    ail_rrlog_free(log);
    return icount;
}

/* Settling keeps all instructions, ends with the shutdown it tells, and is done after once. */
static void settle(const char *path, int fd, uint64_t insns, bool good)
{
    uint64_t total = 0;
    int64_t cause = -1, again = -1;
    AilError err = {{0}};
    AilStatus status = ail_rrlog_settle(path, &total, &cause, &err);
    EXPECT(status != AIL_ERR || *err.text);
    if (status != AIL_OK)
        return;
    EXPECT(good && total == insns && *ail_rrlog_shutdown_name(cause));
    EXPECT(read_log(path, (size_t)lseek(fd, 0, SEEK_END), &status) == insns && status == AIL_END);
    EXPECT(ail_rrlog_settle(path, &total, &again, &err) == AIL_OK && total == insns);
    EXPECT(again == cause);
}

/* A piece has just the instructions that were asked for, and is a whole log. */
static void cut(const char *path, uint64_t insns)
{
    char to[] = "/tmp/ailurus-cut-XXXXXX";
    AilError err = {{0}};
    AilStatus status;
    int fd = mkstemp(to);
    unlink(to);
    AilRrlogCut cut = {.start = AIL_RRLOG_HEADER_SIZE,
                       .offset = AIL_RRLOG_HEADER_SIZE,
                       .insns = insns / 2 + 1,
                       .cause = AIL_RRLOG_CAUSE_QUIT};
    EXPECT(ail_rrlog_cut(path, &cut, to, &err) == AIL_OK);
    close(fd);
    fd = open(to, O_RDONLY);
    EXPECT(read_log(to, (size_t)lseek(fd, 0, SEEK_END), &status) == cut.insns && status == AIL_END);
    close(fd);
    unlink(to);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char path[INPUT_PATH];
    AilStatus status;
    uint64_t total;
    AilError err = {{0}};
    int fd = input_file(data, len, path);
    uint64_t insns = read_log(path, len, &status);
    EXPECT(ail_rrlog_total(path, &total, &err) == (status == AIL_END ? AIL_OK : AIL_ERR));
    EXPECT(status == AIL_ERR || total == insns);
    if (status == AIL_END && insns)
        cut(path, insns);
    settle(path, fd, insns, status == AIL_END);
    close(fd);
    return 0;
}
