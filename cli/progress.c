/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line that says how far long work is. */
#include "cli/cli.h"

#include <unistd.h>

#define REDRAW_US  100000  /* ten times a second */
#define SETTLE_US  1000000 /* a time left that is guessed earlier than this is noise */
#define LINE_CLEAR "\r\033[K"

struct AilProgress {
    char *what;    /* owned */
    int64_t start; /* microseconds, monotonic clock */
    int64_t drawn; /* when the line was last drawn */
};

AilProgress *ail_progress_start(const char *what)
{
    if (!isatty(STDERR_FILENO))
        return NULL;
    AilProgress *p = g_new0(AilProgress, 1);
    p->what = g_strdup(what);
    p->start = g_get_monotonic_time();
    return p;
}

static void draw(const AilProgress *p, uint64_t done, uint64_t total, int64_t elapsed, bool bytes)
{
    GString *line = g_string_new(LINE_CLEAR);
    g_string_append(line, p->what);
    if (total)
        g_string_append_printf(line, " %3.0f%%", 100.0 * (double)MIN(done, total) / (double)total);
    double rate = (double)done / (double)elapsed; /* instructions a microsecond = MIPS */
    g_string_append_printf(line,
                           bytes ? "  %.2f GB  %.0f MB/s" : "  %.2f G instructions  %.0f MIPS",
                           (double)done / 1e9, rate);
    if (total > done && rate > 0 && elapsed > SETTLE_US) {
        uint64_t left = (uint64_t)((double)(total - done) / rate / 1e6);
        g_string_append_printf(line, "  %" G_GUINT64_FORMAT ":%02u left", left / 60,
                               (unsigned)(left % 60));
    }
    fputs(line->str, stderr);
    fflush(stderr);
    g_string_free(line, TRUE);
}

static void update(AilProgress *p, uint64_t done, uint64_t total, bool bytes)
{
    if (!p)
        return;
    int64_t now = g_get_monotonic_time();
    if (now - p->drawn < REDRAW_US || now == p->start)
        return;
    p->drawn = now;
    draw(p, done, total, now - p->start, bytes);
}

void ail_progress_update(AilProgress *p, uint64_t done, uint64_t total)
{
    update(p, done, total, false);
}

void ail_progress_bytes(AilProgress *p, uint64_t done, uint64_t total)
{
    update(p, done, total, true);
}

void ail_progress_end(AilProgress *p)
{
    if (!p)
        return;
    if (p->drawn) {
        fputs(LINE_CLEAR, stderr);
        fflush(stderr);
    }
    g_free(p->what);
    g_free(p);
}
