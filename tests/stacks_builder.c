/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/stacks_builder.h"

#include <criterion/criterion.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

static void insn(ChunkBuilder *b, uint64_t pc, bool user, const char *bytes, unsigned size)
{
    chunk_run(b, chunk_block(b, pc, AIL_MODE_X86_64, user, bytes, size, 1, (int)size));
}

void nop(ChunkBuilder *b, uint64_t pc, bool user)
{
    insn(b, pc, user, "\x90", 1);
}

void call(ChunkBuilder *b, uint64_t pc, bool user, uint64_t slot)
{
    insn(b, pc, user, "\xe8\0\0\0\0", 5);
    chunk_write(b, 0, slot, 8, pc + 5);
}

void ret(ChunkBuilder *b, uint64_t pc, bool user, uint64_t slot)
{
    insn(b, pc, user, "\xc3", 1);
    chunk_read(b, 0, slot, 8, 0);
}

void syscall_insn(ChunkBuilder *b, uint64_t pc)
{
    insn(b, pc, USER, "\x0f\x05", 2);
}

void sysret(ChunkBuilder *b, uint64_t pc)
{
    insn(b, pc, KERNEL, "\x48\x0f\x07", 3);
}

void iret(ChunkBuilder *b, uint64_t pc)
{
    insn(b, pc, KERNEL, "\x48\xcf", 2);
}

void a64(ChunkBuilder *b, uint64_t pc, bool user, uint32_t code)
{
    uint8_t bytes[4];
    for (unsigned i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(code >> (8 * i));
    chunk_run(b, chunk_block(b, pc, AIL_MODE_A64, user, bytes, 4, 1, 4));
}

char *stacks_compact(char *json)
{
    GString *out = g_string_new(NULL);
    char **lines = g_strsplit(json, "\n", -1);
    for (char **line = lines; *line && **line; line++) {
        const char *p = strstr(*line, "\"frames\":");
        while (p && (p = strstr(p, "{\"pc\":\"0x"))) {
            uint64_t pc = strtoull(p + 7, NULL, 16);
            const char *entry = strchr(p + 7, ':') + 2, *kind = strstr(p, "\"kind\":\"") + 8;
            g_string_append_printf(out, "%" G_GINT64_MODIFIER "x:%" G_GINT64_MODIFIER "x%c ", pc,
                                   (guint64)strtoull(entry, NULL, 16), *kind);
            p = kind;
        }
        g_string_append(out, "|");
    }
    g_strfreev(lines);
    free(json);
    return g_string_free(out, FALSE);
}

void expect_stacks(ChunkBuilder *b, const char *analysis, uint32_t columns, const char *all)
{
    char *text = stacks_compact(chunk_analyse(b, analysis, columns, AIL_OUTPUT_JSON));
    cr_expect_str_eq(text, all);
    g_free(text);
    chunk_builder_free(b);
}
