/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/calls_guest.h"

#include <criterion/criterion.h>
#include <stdlib.h>

CallsGuest calls_begin(bool kernel)
{
    CallsGuest g = {.b = chunk_builder_new(AIL_ARCH_X86, 0x1ffa000)};
    g.to = (GuestEvents){chunk_take_event, g.b, 0};
    g.block = chunk_block(g.b, 0x100, AIL_MODE_X86_64, true, "\x90\x90\x90\x90", 4, 4, 1, 1, 1, 1);
    if (kernel) {
        guest_task(&g.to, CAT, 42, 1, MM, "cat");
        guest_task(&g.to, SH, 7, 1, MM + 2, "sh");
        guest_switch(&g.to, CAT);
    }
    return g;
}

void calls_run(CallsGuest g)
{
    chunk_run(g.b, g.block);
}

char *calls_told(CallsGuest g, const char *analysis, AilOutputKind kind)
{
    calls_run(g);
    char *text = chunk_analyse(g.b, analysis, AIL_COL_EVENT, kind);
    chunk_builder_free(g.b);
    return text;
}

void calls_expect(CallsGuest g, const char *analysis, const char *want)
{
    char *text = calls_told(g, analysis, AIL_OUTPUT_TEXT);
    cr_expect_str_eq(text, want, "got:\n%s\nwanted:\n%s", text, want);
    free(text);
}
