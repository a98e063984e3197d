/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/altered.h"

#include "formats/bytes.h"
#include "formats/rr.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>

static char *log_path(const AilAltered *a)
{
    return g_build_filename(a->dir, ail_member_name(AIL_MEMBER_LOG), NULL);
}

static void read_events(AilAltered *a, const char *path)
{
    AilRrlog *log = ail_rrlog_new();
    AilRrlogEvent e;
    AilStatus s = ail_rrlog_open(log, path, 0, 0);
    while (s == AIL_OK && (s = ail_rrlog_next(log, &e)) == AIL_OK) {
        e.payload = NULL;
        g_array_append_val(a->events, e);
    }
    cr_assert_eq(s, AIL_END, "%s", ail_rrlog_error(log));
    ail_rrlog_free(log);
}

void ail_altered_open(AilAltered *a, const char *dir, const char *from)
{
    AilError err = {0};
    AilManifest *manifest;
    char *text, *rr = g_build_filename(dir, from, NULL);
    gsize len;
    a->dir = g_build_filename(dir, "unpacked", NULL);
    cr_assert_eq(g_mkdir(a->dir, 0700), 0);
    cr_assert_eq(ail_rr_unpack(rr, a->dir, NULL, NULL, &manifest, NULL, &err), AIL_OK, "%s",
                 err.text);
    a->manifest = manifest;
    a->log = g_byte_array_new();
    a->events = g_array_new(FALSE, FALSE, sizeof(AilRrlogEvent));
    char *path = log_path(a);
    cr_assert(g_file_get_contents(path, &text, &len, NULL));
    g_byte_array_append(a->log, (const guint8 *)text, (guint)len);
    read_events(a, path);
    g_free(path);
    g_free(text);
    g_free(rr);
}

void ail_altered_save(AilAltered *a, const char *dir, const char *to)
{
    AilError err = {0};
    char *path = log_path(a), *rr = g_build_filename(dir, to, NULL);
    cr_assert(g_file_set_contents(path, (const char *)a->log->data, a->log->len, NULL));
    AilRrWrite w = {.path = rr, .dir = a->dir};
    cr_assert_eq(ail_rr_write(&w, a->manifest, NULL, &err), AIL_OK, "%s", err.text);
    for (int m = 0; m < AIL_MEMBER_COUNT; m++) {
        char *member = g_build_filename(a->dir, ail_member_name((AilMember)m), NULL);
        g_unlink(member);
        g_free(member);
    }
    g_rmdir(a->dir);
    ail_manifest_free(a->manifest);
    g_byte_array_unref(a->log);
    g_array_unref(a->events);
    g_free(a->dir);
    g_free(path);
    g_free(rr);
}

const AilRrlogEvent *ail_altered_event(const AilAltered *a, guint index)
{
    cr_assert_lt(index, a->events->len);
    return &g_array_index(a->events, AilRrlogEvent, index);
}

guint ail_altered_find(const AilAltered *a, AilRrlogKind kind, uint64_t from, unsigned n)
{
    guint i = 0;
    for (; i < a->events->len; i++) {
        const AilRrlogEvent *e = ail_altered_event(a, i);
        if (e->kind == kind && e->icount >= from && !n--)
            break;
    }
    cr_assert_lt(i, a->events->len, "the log has not so many events '%s'",
                 ail_rrlog_kind_name(kind));
    return i;
}

void ail_altered_drop(AilAltered *a, guint index)
{
    uint64_t at = ail_altered_event(a, index)->offset;
    uint64_t end = ail_altered_event(a, index + 1)->offset;
    g_byte_array_remove_range(a->log, (guint)at, (guint)(end - at));
}

void ail_altered_delay(AilAltered *a, guint index, int more)
{
    const AilRrlogEvent *e = ail_altered_event(a, index);
    cr_assert_eq(e->kind, AIL_RRLOG_INSNS);
    uint32_t n = (uint32_t)(e->value + more);
    for (int i = 0; i < 4; i++)
        a->log->data[e->offset + 1 + (uint64_t)i] = (uint8_t)(n >> (24 - 8 * i));
}
