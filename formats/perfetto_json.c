/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chrome's format: every track is a process and thread; those of no process are of one that stands
 * for the machine. Times are microseconds, with three decimals. */
#include "formats/perfetto_private.h"

#include <inttypes.h>

enum { MACHINE = 1000000000 }; /* a pid that no process has: Linux's are below 4194304 */

static void put_text(AilTimeline *t, const char *text)
{
    char *valid = g_utf8_make_valid(text, -1);
    fputc('"', t->file);
    for (const char *c = valid; *c; c++) {
        unsigned char u = (unsigned char)*c;
        if (u < 0x20 || u == '"' || u == '\\' || u == 0x7f)
            fprintf(t->file, "\\u%04x", u);
        else
            fputc(u, t->file);
    }
    fputc('"', t->file);
    g_free(valid);
}

static void separate(AilTimeline *t)
{
    fputs(t->begun ? ",\n" : "\n", t->file);
    t->begun = true;
}

static void name(AilTimeline *t, const char *what, int64_t pid, int64_t tid, const char *is)
{
    separate(t);
    fprintf(t->file,
            "{\"ph\":\"M\",\"name\":\"%s\",\"pid\":%" PRId64 ",\"tid\":%" PRId64
            ",\"args\":{\"name\":",
            what, pid, tid);
    put_text(t, is);
    fputs("}}", t->file);
}

static void begin(AilTimeline *t)
{
    fputs("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[", t->file);
}

static void track(AilTimeline *t, const AilTrack *k)
{
    uint64_t place = (uint64_t)(uint32_t)k->pid << 32 | (uint32_t)k->tid;
    if (k->kind == AIL_TRACK_PROCESS) {
        name(t, "process_name", k->pid, k->pid, k->name);
        return;
    }
    if (k->kind == AIL_TRACK_OTHER) {
        const uint64_t *known = g_hash_table_lookup(t->places, &k->id);
        const uint64_t *parent = g_hash_table_lookup(t->places, &k->parent);
        if (!t->others)
            name(t, "process_name", MACHINE, MACHINE, "Machine");
        place = known ? *known : (parent ? *parent >> 32 : MACHINE) << 32 | (MACHINE + ++t->others);
    }
    g_hash_table_replace(t->places, g_memdup2(&k->id, sizeof k->id),
                         g_memdup2(&place, sizeof place));
    name(t, "thread_name", (int64_t)(place >> 32), (int64_t)(place & UINT32_MAX), k->name);
}

static void event(AilTimeline *t, const AilTrackEvent *e)
{
    static const char letters[] = {
        [AIL_SLICE_BEGIN] = 'B', [AIL_SLICE_END] = 'E', [AIL_INSTANT] = 'i'};
    const uint64_t *place = g_hash_table_lookup(t->places, &e->track);
    separate(t);
    fprintf(t->file,
            "{\"ph\":\"%c\",\"ts\":%" PRIu64 ".%03" PRIu64 ",\"pid\":%" PRIu64 ",\"tid\":%" PRIu64,
            letters[e->kind], e->ns / 1000, e->ns % 1000, place ? *place >> 32 : 0,
            place ? *place & UINT32_MAX : 0);
    if (e->name) {
        fputs(",\"name\":", t->file);
        put_text(t, e->name);
    }
    if (e->category) {
        fputs(",\"cat\":", t->file);
        put_text(t, e->category);
    }
    if (e->kind == AIL_INSTANT)
        fputs(",\"s\":\"t\"", t->file);
    for (size_t i = 0; i < e->n_args; i++) {
        fputs(i ? "," : ",\"args\":{", t->file);
        put_text(t, e->args[i].key);
        fputc(':', t->file);
        /* Numbers beyond 2^53 are not safe in JSON. */
        if (e->args[i].text)
            put_text(t, e->args[i].text);
        else
            fprintf(t->file, e->args[i].number >> 53 ? "\"%" PRIu64 "\"" : "%" PRIu64,
                    e->args[i].number);
    }
    fputs(e->n_args ? "}}" : "}", t->file);
}

/* There is nothing for it: the tracks' slices tell the same. */
static void change(AilTimeline *t, const AilTrackSwitch *s)
{
    (void)t, (void)s;
}

static void end(AilTimeline *t)
{
    fputs("\n]}\n", t->file);
}

const AilTimelineOps ail_timeline_chrome = {begin, track, event, change, end};
