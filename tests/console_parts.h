/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest has printed of itself, in parts: from a line "@ NAME" to one "@ end". */
#ifndef AIL_TESTS_CONSOLE_PARTS_H
#define AIL_TESTS_CONSOLE_PARTS_H

#include <glib.h>
#include <stdint.h>

/* A part of what the guest printed. */
typedef struct Part {
    char *name;      /* "maps 1" */
    GPtrArray *text; /* of char *: its lines */
    uint64_t at;     /* icount at which the first byte was printed */
} Part;

void console_part_free(gpointer part);

/* The parts (of Part, owned) in the console output of trace `name` in folder dir. */
GPtrArray *console_parts(const char *dir, const char *name);

#endif
