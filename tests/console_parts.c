/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/console_parts.h"

#include <criterion/criterion.h>
#include <string.h>

#include "trace/reader.h"

void console_part_free(gpointer p)
{
    Part *part = p;
    g_free(part->name);
    g_ptr_array_free(part->text, TRUE);
    g_free(part);
}

typedef struct Console {
    GString *line;
    uint64_t at; /* of its first byte */
    GPtrArray *parts;
    Part *part; /* the one that goes on; NULL: none */
} Console;

static void take_line(Console *c)
{
    const char *line = g_strchomp(c->line->str);
    if (!strcmp(line, "@ end")) {
        c->part = NULL;
    } else if (g_str_has_prefix(line, "@ ")) {
        c->part = g_new0(Part, 1);
        c->part->name = g_strdup(line + 2);
        c->part->text = g_ptr_array_new_with_free_func(g_free);
        g_ptr_array_add(c->parts, c->part);
    } else if (c->part) {
        if (!c->part->text->len)
            c->part->at = c->at;
        g_ptr_array_add(c->part->text, g_strdup(line));
    }
    g_string_truncate(c->line, 0);
}

static void take_event(Console *c, const AilEvent *e)
{
    for (uint32_t i = 0; e->type == AIL_EVENT_CONSOLE && i < e->len; i++) {
        if (!c->line->len)
            c->at = e->icount;
        if (e->data[i] == '\n')
            take_line(c);
        else
            g_string_append_c(c->line, (char)e->data[i]);
    }
}

GPtrArray *console_parts(const char *dir, const char *name)
{
    char *path = g_build_filename(dir, name, NULL);
    Console c = {.line = g_string_new(NULL),
                 .parts = g_ptr_array_new_with_free_func(console_part_free)};
    AilTraceReader *r = ail_trace_reader_new();
    const AilChunk *chunk;
    cr_assert_eq(ail_trace_reader_open(r, path, AIL_COL_EVENT, 0), AIL_OK);
    while (ail_trace_reader_next(r, &chunk) == AIL_OK)
        for (uint32_t i = 0; i < chunk->n_events; i++)
            take_event(&c, &chunk->events[i]);
    ail_trace_reader_free(r);
    g_string_free(c.line, TRUE);
    g_free(path);
    return c.parts;
}
