/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/plog_parts.h"

#include "analyzers/records.h"
#include "formats/wire.h"
#include "tests/fuzz/input.h"

#include <glib.h>

static void put(AilPlogBuilder *b, const char *key, AilPlogKind kind, uint64_t v)
{
    ail_plog_builder_put(b, key, (AilPlogValue){kind, .number = v});
}

static void put_text(AilPlogBuilder *b, const char *key, const char *text)
{
    ail_plog_builder_put(b, key, (AilPlogValue){AIL_PLOG_TEXT, .text = text});
}

/* Of each type one, then one without a type that has all there is. */
static void fill(AilPlogBuilder *b, unsigned i)
{
    static const char *const analyses[] = {"hotblocks", "callstack", "asidstory", "stringsearch"};
    ail_plog_builder_begin(b, i < 4 ? analyses[i] : "other");
    put(b, "pc", AIL_PLOG_ADDRESS, 0x1000);
    if (i != 2)
        put(b, "icount", AIL_PLOG_NUMBER, 7 + i);
    if (i == 1 || i == 4) {
        ail_plog_builder_open(b, "frames", true);
        ail_plog_builder_open(b, NULL, false);
        put(b, "function", AIL_PLOG_ADDRESS, 0x2000);
        put_text(b, "kind", "call");
        ail_plog_builder_close(b);
        ail_plog_builder_close(b);
    }
    if (i == 2) {
        put(b, "first_icount", AIL_PLOG_NUMBER, 3);
        ail_plog_builder_open(b, "cells", true);
        put(b, NULL, AIL_PLOG_NUMBER, 300);
        ail_plog_builder_close(b);
    }
    if (i == 3)
        put_text(b, "string", "panda");
    if (i == 4) {
        put(b, "flag", AIL_PLOG_FLAG, 1);
        put(b, "real", AIL_PLOG_REAL, 1ull << 62);
        put(b, "signed", AIL_PLOG_SIGNED, 5);
    }
}

static void put_entries(AilBuf *out, const AilPlogSchema *schema, unsigned from, unsigned to)
{
    AilPlogBuilder *b = ail_plog_builder_new(schema);
    AilBuf entries = {0};
    AilError err = {""};
    for (unsigned i = from; i < to; i++) {
        fill(b, i);
        const AilBuf *entry = ail_plog_builder_end(b, &err);
        EXPECT(entry);
        ail_wire_put_bytes(&entries, AIL_PLOG_ENTRY, entry->data, entry->len);
    }
    plog_part_put(out, PLOG_ENTRIES, entries.data, entries.len);
    ail_buf_clear(&entries);
    ail_plog_builder_free(b);
}

void plog_seeds(const char *dir)
{
    static const uint8_t options[] = {0, 64, 128, 192, PLOG_NO_TRAILER, PLOG_CUT, PLOG_NO_INDEX};
    AilError err = {""};
    AilPlogSource own = ail_records_source();
    AilPlogSchema *schema = ail_plog_schema_new(own.descriptor, own.descriptor_len, &err);
    EXPECT(schema);
    for (unsigned i = 0; i < G_N_ELEMENTS(options); i++) {
        char *name = g_strdup_printf("%s/plog/seed-%u", dir, i);
        AilBuf bytes = {0};
        ail_buf_u8(&bytes, options[i]);
        if (i % 3 == 2)
            plog_part_put(&bytes, PLOG_SCHEMA, own.descriptor, own.descriptor_len);
        if (i == 3)
            plog_part_put(&bytes, PLOG_HEADER, "\1\1", 2);
        put_entries(&bytes, schema, 0, i % 2 ? 3 : 5);
        if (i == 1)
            plog_part_put(&bytes, PLOG_INDEX, "\1\1", 2);
        if (i % 2)
            put_entries(&bytes, schema, 3, 5);
        EXPECT(g_file_set_contents(name, (const char *)bytes.data, (gssize)bytes.len, NULL));
        ail_buf_clear(&bytes);
        g_free(name);
    }
    ail_plog_schema_free(schema);
}
