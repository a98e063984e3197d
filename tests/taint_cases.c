/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/taint_cases.h"

#include <json-glib/json-glib.h>
#include <stdio.h>
#include <string.h>

#include "tests/guests/cases/cases.h"

enum { MOST = 64, FOREIGN = 1 << 16 }; /* bytes of a result; a label of something else */

typedef struct Case {
    const char *name;
    unsigned bytes;
    const char *answer, *with_pointers;
    bool bare;
} Case;

#define BARE_ENTRY(name, bytes, answer, with)  {#name, bytes, answer, with, true},
#define OTHER_ENTRY(name, bytes, answer, with) {#name, bytes, answer, with, false},
static const Case cases[] = {BARE_CASES(BARE_ENTRY) OTHER_CASES(OTHER_ENTRY)};

gint64 ail_taint_case_number(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
        if (!strcmp(cases[i].name, name))
            return i + 1;
    return -1;
}

/* Bits first .. last, from "4" or "4-6" at *at, which moves behind it. */
static guint parse_range(const char **at)
{
    guint first = (guint)g_ascii_strtoull(*at, (char **)at, 10), last = first;
    if (**at == '-')
        last = (guint)g_ascii_strtoull(*at + 1, (char **)at, 10);
    return last > 15 || first > last ? FOREIGN : (2u << last) - (1u << first);
}

/* "file /tmp/cases[0-3], file /tmp/cases[5]": of the file, and each once, as each case has read it
 * anew. */
static guint parse_labels(const char *labels)
{
    static const char source[] = "file /tmp/cases[";
    guint set = 0;
    for (const char *at = labels; *at; at += strspn(at, "], ")) {
        if (!g_str_has_prefix(at, source))
            return set | FOREIGN;
        at += strlen(source);
        guint range = parse_range(&at);
        set |= set & range ? FOREIGN : range;
    }
    return set;
}

/* What a word of an answer says, "0,4-6"; *least: ">" is before it. */
static guint parse_word(const char *at, bool *least)
{
    guint set = 0;
    *least = *at == '>';
    if (*at == '-')
        return 0;
    for (at += *least; *at; at += *at == ',')
        set |= parse_range(&at);
    return set;
}

/* On what each byte of the answer to a question depends; false: it was not asked, or of other
 * bytes. */
static bool find_answer(const GPtrArray *records, guint number, unsigned bytes, guint sets[MOST])
{
    bool found = false;
    memset(sets, 0, MOST * sizeof *sets);
    for (guint i = 0; i < records->len; i++) {
        JsonObject *o = json_node_get_object(records->pdata[i]);
        const char *kind = json_object_get_string_member_with_default(o, "kind", "");
        if (json_object_get_int_member_with_default(o, "query", 0) != number)
            continue;
        gint64 n = json_object_get_int_member_with_default(o, "bytes", 0);
        if (!strcmp(kind, "query"))
            found = n == bytes;
        gint64 from = json_object_get_int_member_with_default(o, "offset", 0);
        for (gint64 k = from; !strcmp(kind, "answer") && k < from + n && k < MOST; k++)
            sets[k] = parse_labels(json_object_get_string_member_with_default(o, "labels", "?"));
    }
    return found;
}

static void print_set(guint set)
{
    const char *comma = "";
    for (int i = 0, last; i < 16; i = last + 1) {
        last = i;
        if (!(set >> i & 1))
            continue;
        while (set >> (last + 1) & 1 && last < 15)
            last++;
        fprintf(stderr, "%s%d", comma, i);
        if (last > i)
            fprintf(stderr, "-%d", last);
        comma = ",";
    }
    fprintf(stderr, "%s ", set & FOREIGN ? "?" : set ? "" : "-");
}

static void tell(const Case *c, const char *answer, bool pointers, const guint sets[MOST])
{
    fprintf(stderr, "%s%s: expected %s\n    is ", c->name, pointers ? " (tainted pointers)" : "",
            answer);
    for (unsigned i = 0; i < c->bytes; i++)
        print_set(sets[i]);
    fprintf(stderr, "\n");
}

static bool check(const Case *c, const char *answer, bool at_least, const guint sets[MOST])
{
    char **words = g_strsplit(answer, " ", -1);
    bool ok = g_strv_length(words) == c->bytes;
    for (unsigned i = 0; ok && i < c->bytes; i++) {
        bool least;
        guint expected = parse_word(words[i], &least);
        ok = sets[i] == expected || (at_least && !(expected & ~sets[i])) ||
             (least && !(expected & ~sets[i]) && !(sets[i] & FOREIGN));
    }
    g_strfreev(words);
    return ok;
}

guint ail_taint_cases_check(const GPtrArray *records, bool pointers)
{
    guint wrong = 0, sets[MOST];
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        const Case *c = &cases[i];
        const char *answer = pointers && c->with_pointers ? c->with_pointers : c->answer;
        bool found = find_answer(records, i + 1, c->bytes, sets);
        if (found && check(c, answer, pointers && !c->bare, sets))
            continue;
        wrong++;
        if (found)
            tell(c, answer, pointers, sets);
        else
            fprintf(stderr, "%s: was not asked\n", c->name);
    }
    return wrong;
}
