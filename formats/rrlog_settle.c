/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moving a guest's power-off behind its last instructions: see ail_rrlog_settle. */
#include "formats/rrlog.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <inttypes.h>
#include <stdbool.h>
#include <unistd.h>

/* What follows a guest's shutdown: some instructions, a few timer events, the end. */
#define MAX_TAIL (1u << 20)

/* Where the log's shutdown events are, and how it ends. */
typedef struct Ending {
    GArray *shutdowns; /* of uint64_t: their offsets */
    uint8_t code;      /* event byte of the first */
    int64_t cause;     /* of the first */
    bool early;        /* instructions follow the first */
    uint64_t total;    /* instructions */
    uint64_t end;      /* offset of the end event */
} Ending;

static AilStatus find_ending(const char *path, Ending *x, AilError *err)
{
    AilRrlog *log = ail_rrlog_new();
    AilRrlogEvent e;
    AilStatus s = ail_rrlog_open(log, path, 0, 0);
    while (s == AIL_OK && (s = ail_rrlog_next(log, &e)) == AIL_OK) {
        if (e.kind == AIL_RRLOG_SHUTDOWN) {
            if (!x->shutdowns->len) {
                x->code = e.code;
                x->cause = e.value;
            }
            g_array_append_val(x->shutdowns, e.offset);
        } else if (e.kind == AIL_RRLOG_INSNS && x->shutdowns->len) {
            x->early = true;
        } else if (e.kind == AIL_RRLOG_END) {
            x->end = e.offset;
        }
    }
    x->total = ail_rrlog_icount(log);
    if (s == AIL_ERR)
        ail_error_set(err, "%s", ail_rrlog_error(log));
    ail_rrlog_free(log);
    return s == AIL_END ? AIL_OK : s;
}

/* The bytes from the first shutdown on without the shutdowns, then the first one and the end.
 * Works in place: what is taken out makes room for what is put behind. */
static size_t move_shutdown(uint8_t *tail, size_t len, uint64_t base, const Ending *x)
{
    size_t out = 0;
    guint next = 0;
    for (size_t i = 0; i + 1 < len; i++) {
        if (next < x->shutdowns->len && g_array_index(x->shutdowns, uint64_t, next) == base + i) {
            next++;
            continue;
        }
        tail[out++] = tail[i];
    }
    uint8_t end = tail[len - 1];
    tail[out++] = x->code;
    tail[out++] = end;
    return out;
}

static AilStatus rewrite(const char *path, const Ending *x, AilError *err)
{
    uint64_t base = g_array_index(x->shutdowns, uint64_t, 0);
    size_t len = (size_t)(x->end + 1 - base);
    if (len > MAX_TAIL)
        return ail_error_set(err, "%s: the guest ran on after its shutdown (offset %" PRIu64 ")",
                             path, base);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return ail_error_set_errno(err, errno, "%s", path);
    uint8_t *tail = g_malloc(len);
    AilStatus s = AIL_ERR;
    if (pread(fd, tail, len, (off_t)base) == (ssize_t)len) {
        size_t out = move_shutdown(tail, len, base, x);
        if (pwrite(fd, tail, out, (off_t)base) == (ssize_t)out &&
            ftruncate(fd, (off_t)(base + out)) == 0)
            s = AIL_OK;
    }
    if (s != AIL_OK)
        ail_error_set_errno(err, errno, "%s: cannot rewrite the end of the log", path);
    g_free(tail);
    close(fd);
    return s;
}

AilStatus ail_rrlog_settle(const char *path, uint64_t *total, int64_t *cause, AilError *err)
{
    Ending x = {.shutdowns = g_array_new(FALSE, FALSE, sizeof(uint64_t))};
    AilStatus s = find_ending(path, &x, err);
    if (s == AIL_OK && !x.shutdowns->len)
        s = ail_error_set(err, "%s: the log has no shutdown event", path);
    if (s == AIL_OK && x.early)
        s = rewrite(path, &x, err);
    *total = x.total;
    *cause = x.cause;
    g_array_free(x.shutdowns, TRUE);
    return s;
}
