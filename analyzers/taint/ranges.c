/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory as a source: a range of addresses, of one address space or of physical memory, at a
 * moment. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/taint/taint_private.h"

struct TaintRanges {
    Taint *taint;
    GArray *all;      /* of TaintRange, by icount; owned */
    GPtrArray *texts; /* owned, with its strings */
    guint next;
    uint64_t missed;
};

static bool number(const char **at, uint64_t *value)
{
    char *end;
    *value = g_ascii_strtoull(*at, &end, 0);
    bool ok = end != *at && **at != '-';
    *at = end;
    return ok;
}

/* "[phys:]ADDR+LEN@ICOUNT[,asid=A][,pid=P]", with ":" for "," */
bool taint_range_parse(const char *text, TaintRange *r)
{
    const char *at = text;
    *r = (TaintRange){.text = text, .physical = g_str_has_prefix(text, "phys:")};
    if (r->physical)
        at += strlen("phys:");
    if (!number(&at, &r->addr) || *at++ != '+' || !number(&at, &r->len) || *at++ != '@' ||
        !number(&at, &r->icount) || !r->len || r->len > TAINT_RANGE_MAX)
        return false;
    if (g_str_has_prefix(at, ":asid=")) {
        at += strlen(":asid=");
        r->has_asid = true;
        return number(&at, &r->asid) && !*at;
    }
    uint64_t pid = 0;
    if (g_str_has_prefix(at, ":pid=")) {
        at += strlen(":pid=");
        if (!number(&at, &pid) || !pid || pid > UINT32_MAX)
            return false;
        r->pid = (uint32_t)pid;
    }
    return !*at;
}

static gint by_icount(gconstpointer a, gconstpointer b)
{
    const TaintRange *x = a, *y = b;
    return x->icount < y->icount ? -1 : x->icount > y->icount;
}

TaintRanges *taint_ranges_new(Taint *t, const AilOptions *options, AilError *err)
{
    TaintRanges *r = g_new0(TaintRanges, 1);
    r->taint = t;
    r->all = g_array_new(FALSE, FALSE, sizeof(TaintRange));
    r->texts = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < ail_options_count(options, "label-range"); i++) {
        char *text = g_strdup(ail_options_text(options, "label-range", i));
        TaintRange range;
        g_ptr_array_add(r->texts, text);
        if (!taint_range_parse(text, &range)) {
            ail_error_set(err,
                          "taint: label-range=%s: not ADDR+LEN@ICOUNT, with :pid=N, :asid=A or "
                          "phys: before it, of 1 to %u bytes",
                          text, TAINT_RANGE_MAX);
            taint_ranges_free(r);
            return NULL;
        }
        g_array_append_val(r->all, range);
    }
    g_array_sort(r->all, by_icount);
    return r;
}

void taint_ranges_free(TaintRanges *r)
{
    if (!r)
        return;
    g_array_free(r->all, TRUE);
    g_ptr_array_free(r->texts, TRUE);
    g_free(r);
}

/* The address space that the range is in. */
static uint64_t space_of(const TaintRanges *r, const TaintRange *range)
{
    const AilTask *task = range->pid ? ail_guest_find_pid(r->taint->guest, range->pid) : NULL;
    if (range->has_asid)
        return range->asid;
    return task && task->asid ? task->asid : ail_taint_engine_asid(r->taint->engine);
}

static void label(TaintRanges *r, const TaintRange *range)
{
    const AilTaintSpaces *spaces = ail_taint_engine_spaces(r->taint->engine);
    AilTaintSource *source = taint_source(r->taint, "range", range->text, (uint32_t)range->len);
    uint64_t asid = space_of(r, range);
    for (uint32_t i = 0; source && i < range->len; i++) {
        uint64_t phys = range->addr + i;
        bool known = range->physical || ail_taint_spaces_find(spaces, asid, phys, &phys) ||
                     ail_taint_spaces_find(spaces, asid ^ 0x1000, phys, &phys);
        if (known)
            taint_label(r->taint, source, i, phys, -1);
        else
            r->missed++;
    }
}

uint64_t taint_ranges_due(TaintRanges *r, uint64_t icount)
{
    for (; r->next < r->all->len; r->next++) {
        const TaintRange *range = &g_array_index(r->all, TaintRange, r->next);
        if (range->icount > icount)
            return range->icount;
        label(r, range);
    }
    return UINT64_MAX;
}

uint64_t taint_ranges_missed(const TaintRanges *r)
{
    return r->missed;
}
