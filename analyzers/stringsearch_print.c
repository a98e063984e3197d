/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stringsearch: from options to patterns, and from places to a report. */
#include "analyzers/stringsearch_private.h"

#include "formats/text.h"

#include <inttypes.h>
#include <string.h>

static void pattern_free(gpointer p)
{
    Pattern *pattern = p;
    g_free(pattern->label);
    g_free(pattern->bytes);
    g_free(pattern);
}

/* Takes over bytes. A pattern that is already there is not added again. */
static void add(GPtrArray *list, const char *label, const char *encoding, void *bytes, size_t len)
{
    for (guint i = 0; i < list->len; i++) {
        const Pattern *p = list->pdata[i];
        if (p->len == len && !memcmp(p->bytes, bytes, len)) {
            g_free(bytes);
            return;
        }
    }
    Pattern *p = g_new0(Pattern, 1);
    *p = (Pattern){g_strdup(label), encoding, bytes, len};
    g_ptr_array_add(list, p);
}

static AilStatus add_utf16(GPtrArray *list, const char *text, AilError *err)
{
    glong n = 0;
    gunichar2 *units = g_utf8_to_utf16(text, -1, NULL, &n, NULL);
    if (!units)
        return ail_error_set(err, "\"%s\" is not UTF-8, so it has no UTF-16 form", text);
    uint8_t *bytes = g_malloc(2 * (gsize)n);
    for (glong i = 0; i < n; i++) {
        bytes[2 * i] = (uint8_t)units[i];
        bytes[2 * i + 1] = (uint8_t)(units[i] >> 8);
    }
    g_free(units);
    add(list, text, "utf-16le", bytes, 2 * (size_t)n);
    return AIL_OK;
}

/* Pairs of hexadecimal digits; blanks and colons between them are allowed. */
static AilStatus add_hex(GPtrArray *list, const char *text, AilError *err)
{
    GByteArray *bytes = g_byte_array_new();
    const char *p = text;
    while (*p) {
        if (*p == ' ' || *p == ':') {
            p++;
            continue;
        }
        int high = g_ascii_xdigit_value(p[0]), low = high < 0 ? -1 : g_ascii_xdigit_value(p[1]);
        if (low < 0)
            break;
        uint8_t byte = (uint8_t)(high << 4 | low);
        g_byte_array_append(bytes, &byte, 1);
        p += 2;
    }
    size_t len = bytes->len;
    uint8_t *data = g_byte_array_free(bytes, FALSE);
    if (*p || !len) {
        g_free(data);
        return ail_error_set(err,
                             "hex=%s: give pairs of hexadecimal digits, as in "
                             "\"de ad be ef\"",
                             text);
    }
    add(list, text, "hex", data, len);
    return AIL_OK;
}

GPtrArray *stringsearch_patterns(const AilOptions *o, AilError *err)
{
    GPtrArray *list = g_ptr_array_new_with_free_func(pattern_free);
    AilStatus status = AIL_OK;
    for (size_t i = 0; i < ail_options_count(o, "string") && status == AIL_OK; i++) {
        const char *text = ail_options_text(o, "string", i);
        if (!*text) {
            status = ail_error_set(err, "an empty string is everywhere");
            break;
        }
        add(list, text, "bytes", g_memdup2(text, strlen(text)), strlen(text));
        if (ail_options_flag(o, "utf16"))
            status = add_utf16(list, text, err);
    }
    for (size_t i = 0; i < ail_options_count(o, "hex") && status == AIL_OK; i++)
        status = add_hex(list, ail_options_text(o, "hex", i), err);
    if (status == AIL_OK && !list->len)
        status = ail_error_set(err, "nothing to search for: give string=TEXT or "
                                    "hex=BYTES");
    if (status != AIL_OK) {
        g_ptr_array_free(list, TRUE);
        return NULL;
    }
    return list;
}

static const char *via_name(unsigned via)
{
    static const char *const names[] = {"", "instruction", "addresses", "both"};
    return names[via];
}

static void print_json(const Pattern *p, const Place *place, bool each, AilOutput *out)
{
    ail_json_begin(out, "stringsearch");
    ail_json_text(out, "string", p->label);
    ail_json_text(out, "encoding", p->encoding);
    ail_json_address(out, "pc", place->pc);
    if (place->caller)
        ail_json_address(out, "caller", place->caller);
    if (place->pc_name)
        ail_json_text(out, "symbol", place->pc_name);
    if (place->caller_name)
        ail_json_text(out, "caller_symbol", place->caller_name);
    ail_json_address(out, "asid", place->asid);
    if (place->comm) {
        ail_json_number(out, "pid", place->pid);
        ail_json_number(out, "tid", place->tid);
        ail_json_text(out, "comm", place->comm);
    }
    ail_json_text(out, "access", place->write ? "write" : "read");
    ail_json_number(out, each ? "icount" : "first_icount", place->first);
    if (!each) {
        ail_json_number(out, "last_icount", place->last);
        ail_json_number(out, "matches", place->matches);
    }
    ail_json_address(out, "address", place->addr - p->len + 1);
    ail_json_text(out, "via", via_name(place->via));
    ail_json_end(out);
}

/* "  sh 81: function+0x12 < its caller+0x34", "" if nothing of it is known; free with g_free. */
static char *names_of(const Place *place)
{
    GString *text = g_string_new(NULL);
    if (place->comm)
        g_string_append_printf(text, "  %s %u:", place->comm, place->pid);
    if (place->pc_name)
        g_string_append_printf(text, "%s%s", place->comm ? " " : "  ", place->pc_name);
    if (place->caller_name)
        g_string_append_printf(text, "%s< %s", place->pc_name || place->comm ? " " : "  ",
                               place->caller_name);
    return ail_text_disarm(g_string_free(text, FALSE));
}

/* What the user typed, safe for a terminal. */
static char *printable(const Pattern *p)
{
    char *text = g_strescape(p->label, NULL);
    char *whole = g_strdup_printf("\"%s\" (%s, %zu bytes)", text, p->encoding, p->len);
    g_free(text);
    return whole;
}

void stringsearch_print_match(const Pattern *p, const Place *place, AilOutput *out)
{
    if (ail_output_wants_records(out))
        print_json(p, place, true, out);
    if (!ail_output_wants_text(out))
        return;
    char *text = printable(p), *names = names_of(place);
    ail_output_text(out,
                    "%s at icount %" PRIu64 ": %s by pc 0x%" PRIx64 ", caller 0x%" PRIx64
                    ", asid 0x%" PRIx64 ", address 0x%" PRIx64 "%s\n",
                    text, place->first, place->write ? "written" : "read", place->pc, place->caller,
                    place->asid, place->addr - p->len + 1, names);
    g_free(text);
    g_free(names);
}

/* Most matches first, then by first match; the rest only makes the order the same each time. */
static gint by_matches(gconstpointer a, gconstpointer b)
{
    const Place *x = *(Place *const *)a, *y = *(Place *const *)b;
    const uint64_t keys[][2] = {{y->matches, x->matches}, {x->first, y->first},
                                {x->write, y->write},     {x->pc, y->pc},
                                {x->caller, y->caller},   {x->asid, y->asid}};
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        if (keys[i][0] != keys[i][1])
            return keys[i][0] < keys[i][1] ? -1 : 1;
    return 0;
}

static void print_places(const Pattern *p, const GPtrArray *places, guint n, AilOutput *out)
{
    char *text = printable(p);
    uint64_t matches = 0;
    for (guint i = 0; i < places->len; i++)
        matches += ((const Place *)places->pdata[i])->matches;
    if (!places->len) {
        ail_output_text(out, "%s: not found\n", text);
        g_free(text);
        return;
    }
    ail_output_styled(out, AIL_STYLE_STRONG, "%s: %" PRIu64 " matches in %u places\n", text,
                      matches, places->len);
    g_free(text);
    ail_output_styled(out, AIL_STYLE_DIM, "  %-18s %-18s %-14s %-5s %9s %14s %14s  %s\n", "pc",
                      "caller", "asid", "", "matches", "first icount", "last icount",
                      "first address");
    for (guint i = 0; i < n; i++) {
        const Place *q = places->pdata[i];
        matches -= q->matches;
        char caller[24] = "?", asid[24], *names = names_of(q);
        if (q->caller)
            g_snprintf(caller, sizeof caller, "0x%" PRIx64, q->caller);
        g_snprintf(asid, sizeof asid, "0x%" PRIx64, q->asid);
        ail_output_text(out,
                        "  0x%-16" PRIx64 " %-18s %-14s %-5s %9" PRIu64 " %14" PRIu64 " %14" PRIu64
                        "  0x%" PRIx64 "%s\n",
                        q->pc, caller, asid, q->write ? "write" : "read", q->matches, q->first,
                        q->last, q->addr - p->len + 1, names);
        g_free(names);
    }
    if (n < places->len)
        ail_output_styled(out, AIL_STYLE_DIM,
                          "  and %u more places with %" PRIu64 " matches (--top=0 lists all)\n",
                          places->len - n, matches);
}

static void print_none(const Pattern *p, AilOutput *out)
{
    ail_json_begin(out, "stringsearch");
    ail_json_text(out, "string", p->label);
    ail_json_text(out, "encoding", p->encoding);
    ail_json_number(out, "matches", 0);
    ail_json_end(out);
}

/* A remark: as text, or as a record. */
static void note_text(AilOutput *out, const char *text, uint64_t n)
{
    if (n && ail_output_wants_text(out))
        ail_output_text(out, "%" PRIu64 " %s\n", n, text);
}

static void note_record(AilOutput *out, const char *text, uint64_t n)
{
    if (!n || !ail_output_wants_records(out))
        return;
    ail_json_begin(out, "stringsearch");
    ail_json_text(out, "note", text);
    ail_json_number(out, "count", n);
    ail_json_end(out);
}

/* n: how many of the places to list. */
static void record_places(const Pattern *p, const GPtrArray *places, guint n, AilOutput *out)
{
    if (!places->len)
        print_none(p, out);
    for (guint k = 0; k < n; k++)
        print_json(p, places->pdata[k], false, out);
    note_record(out, "more places of this string, with fewer matches (top)", places->len - n);
}

/* top: how many places to list, 0: all, < 0: as many as people read, and all records. */
static void print_pattern(const Pattern *p, const GPtrArray *places, int64_t top, AilOutput *out)
{
    guint n = top > 0 ? (guint)MIN(top, places->len) : places->len;
    if (ail_output_wants_records(out))
        record_places(p, places, n, out);
    if (ail_output_wants_text(out))
        print_places(p, places, top < 0 ? MIN(n, STRINGSEARCH_TOP) : n, out);
}

void stringsearch_print(GPtrArray *patterns, GHashTable *places, int64_t top, AilOutput *out)
{
    GPtrArray **lists = g_new(GPtrArray *, patterns->len);
    for (guint i = 0; i < patterns->len; i++)
        lists[i] = g_ptr_array_new();
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, places);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        g_ptr_array_add(lists[((const Place *)value)->pattern], value);
    for (guint i = 0; i < patterns->len; i++) {
        g_ptr_array_sort(lists[i], by_matches);
        print_pattern(patterns->pdata[i], lists[i], top, out);
        g_ptr_array_free(lists[i], TRUE);
    }
    g_free(lists);
}

void stringsearch_print_note(AilOutput *out, const char *text, uint64_t n)
{
    note_record(out, text, n);
    note_text(out, text, n);
}
