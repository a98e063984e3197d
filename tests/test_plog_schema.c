/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records and their schema: what fits, what does not, and strangers' schemas and records. */
#include <criterion/criterion.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/registry.h"
#include "formats/plog_other.h"
#include "formats/plog_print.h"
#include "tests/made_plog.h"
#include "tests/shell.h"

static AilPlogSchema *own_schema(void)
{
    AilError err = {""};
    AilPlogSource source = ail_records_source();
    AilPlogSchema *s = ail_plog_schema_new(source.descriptor, source.descriptor_len, &err);
    cr_assert(s, "%s", err.text);
    return s;
}

Test(plog_schema, every_analysis_has_a_record_type)
{
    AilPlogSchema *s = own_schema();
    for (const AilAnalysisOps *const *a = ail_analyses; *a; a++) {
        /* "export-stacks" is a way of "export", with the same records. */
        char *name = g_strndup((*a)->name, strcspn((*a)->name, "-"));
        const AilPlogField *f = ail_plog_message_field(ail_plog_schema_entry(s), name);
        cr_expect(f && f->number >= AIL_PLOG_RECORDS && f->message,
                  "there is no analyzers/%s.plog with a record %s", name, name);
        g_free(name);
    }
    ail_plog_schema_free(s);
}

/* What the builder says of a record that `fill` puts together. */
static void expect_misfit(const char *analysis, void (*fill)(AilPlogBuilder *), const char *says)
{
    AilPlogSchema *s = own_schema();
    AilPlogBuilder *b = ail_plog_builder_new(s);
    AilError err = {""};
    ail_plog_builder_begin(b, analysis);
    fill(b);
    cr_expect_null(ail_plog_builder_end(b, &err));
    cr_expect(strstr(err.text, says), "%s", err.text);
    ail_plog_builder_begin(b, "hotblocks"); /* the next one is not in its way */
    cr_expect_not_null(ail_plog_builder_end(b, &err));
    ail_plog_builder_free(b);
    ail_plog_schema_free(s);
}

static void put_number(AilPlogBuilder *b, const char *key)
{
    ail_plog_builder_put(b, key, (AilPlogValue){AIL_PLOG_NUMBER, .number = 1});
}

static void unknown_key(AilPlogBuilder *b)
{
    put_number(b, "colour");
}

static void wrong_type(AilPlogBuilder *b)
{
    put_number(b, "user");
}

static void asid_as_text(AilPlogBuilder *b)
{
    ail_plog_builder_put(b, "asid", (AilPlogValue){AIL_PLOG_TEXT, .text = "rest"});
}

static void one_for_many(AilPlogBuilder *b)
{
    put_number(b, "cells");
}

static void many_for_one(AilPlogBuilder *b)
{
    ail_plog_builder_open(b, "instructions", true);
}

static void object_for_number(AilPlogBuilder *b)
{
    ail_plog_builder_open(b, "instructions", false);
}

static void unended(AilPlogBuilder *b)
{
    ail_plog_builder_open(b, "cells", true);
}

static void endless(AilPlogBuilder *b)
{
    for (int i = 0; i < 40; i++)
        ail_plog_builder_open(b, "x", false);
}

Test(plog_schema, what_does_not_fit_is_told)
{
    expect_misfit("hotblocks", unknown_key,
                  "ailurus.HotBlock has no field colour: add it to the analysis's .plog");
    expect_misfit("hotblocks", wrong_type, "what is written to user is of another type");
    expect_misfit("asidstory", asid_as_text, "what is written to asid is of another type");
    expect_misfit("asidstory", one_for_many, "what is written to cells is of another type");
    expect_misfit("asidstory", many_for_one, "what is written to instructions is of another type");
    expect_misfit("asidstory", object_for_number, "written to instructions is of another type");
    expect_misfit("asidstory", unended, "ends within a list");
    expect_misfit("unheard-of", endless, "more than 32 lists and objects in each other");
}

/* A FileDescriptorSet with AilPlogEntry { name = number; type } and what `more` is. */
typedef struct Lie {
    const char *name, *type_name, *says;
    uint64_t number, type, label;
    unsigned nested, copies;
} Lie;

static void put_varint(AilBuf *out, uint32_t number, uint64_t v)
{
    ail_wire_put_key(out, number, AIL_WIRE_VARINT);
    ail_buf_varint(out, v);
}

static void wrap(AilBuf *b, uint32_t number)
{
    AilBuf outer = {0};
    ail_wire_put_bytes(&outer, number, b->data, b->len);
    ail_buf_clear(b);
    *b = outer;
}

static AilBuf descriptor_of(const Lie *lie)
{
    AilBuf field = {0}, message = {0}, file = {0}, nest = {0};
    ail_wire_put_bytes(&field, 1, lie->name, strlen(lie->name));
    put_varint(&field, 3, lie->number);
    put_varint(&field, 4, lie->label);
    put_varint(&field, 5, lie->type);
    if (lie->type_name)
        ail_wire_put_bytes(&field, 6, lie->type_name, strlen(lie->type_name));
    ail_wire_put_bytes(&message, 1, "AilPlogEntry", 12);
    for (unsigned i = 0; i < lie->copies; i++)
        ail_wire_put_bytes(&message, 2, field.data, field.len);
    for (unsigned i = 0; i < lie->nested; i++) {
        AilBuf inner = {0};
        ail_wire_put_bytes(&inner, 1, "N", 1);
        if (i)
            ail_wire_put_bytes(&inner, 3, nest.data, nest.len);
        ail_buf_clear(&nest);
        nest = inner;
    }
    if (lie->nested)
        ail_wire_put_bytes(&message, 3, nest.data, nest.len);
    ail_wire_put_bytes(&file, 2, "ailurus", 7);
    ail_wire_put_bytes(&file, 4, message.data, message.len);
    wrap(&file, 1);
    ail_buf_clear(&field);
    ail_buf_clear(&message);
    ail_buf_clear(&nest);
    return file;
}

Test(plog_schema, hostile_schemas_are_refused)
{
    static const Lie lies[] = {
        {"good", NULL, NULL, 16, AIL_PROTO_UINT64, 1, 0, 1},
        {"deep", NULL, NULL, 16, AIL_PROTO_UINT64, 1, 10, 1},
        {"self", ".ailurus.AilPlogEntry", NULL, 16, AIL_PROTO_MESSAGE, 1, 0, 1},
        {"twice", NULL, "two fields", 16, AIL_PROTO_UINT64, 1, 0, 2},
        {"none", ".ailurus.None", "type of none", 16, AIL_PROTO_MESSAGE, 1, 0, 1},
        {"untold", NULL, "type of untold", 16, AIL_PROTO_MESSAGE, 1, 0, 1},
        {"zero", NULL, "impossible field", 0, AIL_PROTO_UINT64, 1, 0, 1},
        {"large", NULL, "impossible field", 1 << 29, AIL_PROTO_UINT64, 1, 0, 1},
        {"group", NULL, "impossible field", 16, 10, 1, 0, 1},
        {"type", NULL, "impossible field", 16, 19, 1, 0, 1},
        {"label", NULL, "impossible field", 16, AIL_PROTO_UINT64, 4, 0, 1},
        {"a\033[2J", NULL, "impossible field", 16, AIL_PROTO_UINT64, 1, 0, 1},
        {"", NULL, "impossible field", 16, AIL_PROTO_UINT64, 1, 0, 1},
        {"abyss", NULL, "no descriptor", 16, AIL_PROTO_UINT64, 1, 20000, 1},
        {"many", NULL, "more than 4096 fields", 16, AIL_PROTO_UINT64, 1, 0, 4097},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(lies); i++) {
        AilError err = {""};
        AilBuf b = descriptor_of(&lies[i]);
        AilPlogSchema *s = ail_plog_schema_new(b.data, b.len, &err);
        cr_expect_eq(s != NULL, lies[i].says == NULL, "%s: %s", lies[i].name, err.text);
        cr_expect(!lies[i].says || strstr(err.text, lies[i].says), "%s: %s", lies[i].name,
                  err.text);
        ail_plog_schema_free(s);
        ail_buf_clear(&b);
    }
}

/* The entry as JSON, or NULL when it is refused. Free with g_free. */
static char *print(const AilPlogSchema *s, const AilBuf *entry)
{
    AilPlogEntry e;
    AilError err = {""};
    if (!ail_plog_entry_parse(ail_cursor(entry->data, entry->len), &e))
        return NULL;
    GString *line = g_string_new(NULL);
    AilStatus status = ail_plog_print(s, &e, AIL_PLOG_AS_JSON, line, &err);
    return g_string_free(line, status != AIL_OK);
}

static void expect_print(const AilBuf *entry, const char *want)
{
    AilPlogSchema *s = own_schema();
    char *text = print(s, entry);
    cr_expect_eq(!text, !want);
    cr_expect(!want || !g_strcmp0(text, want), "%s", text);
    g_free(text);
    ail_plog_schema_free(s);
}

static void put_stack(AilBuf *entry, const void *body, size_t len)
{
    entry->len = 0;
    ail_wire_put_bytes(entry, 18, body, len);
}

Test(plog_schema, records_that_other_programs_write)
{
    AilBuf e = {0};
    /* Fields in another order, one twice, one unknown, a list in pieces. */
    put_stack(&e, "\x10\x05\x0a\x01x\x10\x07\xf8\x07\x01\x1a\x00\x32\x01n\x1a\x02\x22\x00", 19);
    put_varint(&e, AIL_PLOG_ICOUNT, 9);
    expect_print(&e, "{\"analysis\":\"callstack\",\"icount\":9,\"why\":\"x\",\"depth\":7,"
                     "\"frames\":[{},{\"kind\":\"\"}],\"note\":\"n\"}");
    /* Lists of numbers may be packed or not. */
    e.len = 0;
    ail_wire_put_bytes(&e, 16, "\x48\x05\x4a\x02\x06\x07", 6);
    expect_print(&e, "{\"analysis\":\"asidstory\",\"cells\":[5,6,7]}");
    /* No record; one that the schema does not know. */
    e.len = 0;
    expect_print(&e, "{\"analysis\":\"unknown-0\"}");
    ail_wire_put_bytes(&e, 999, "", 0);
    expect_print(&e, "{\"analysis\":\"unknown-999\"}");
    ail_buf_clear(&e);
}

Test(plog_schema, hostile_records_are_refused)
{
    AilBuf e = {0}, deep = {0};
    put_stack(&e, "\x0a\x05x", 3); /* a string that is longer than the record */
    expect_print(&e, NULL);
    put_stack(&e, "\x08\x05", 2); /* a number where the schema says string */
    expect_print(&e, NULL);
    put_stack(&e, "\x12\x01\x05", 3); /* and packed where it is no list */
    expect_print(&e, NULL);
    put_stack(&e, "\x1b", 1); /* a group */
    expect_print(&e, NULL);
    put_stack(&e, "\x00", 1); /* field 0 */
    expect_print(&e, NULL);
    e.len = 0;
    ail_wire_put_bytes(&e, 16, "\x4a\x02\x06\x87", 4); /* half a number at the end of a list */
    expect_print(&e, NULL);
    e.len = 0;
    put_varint(&e, 18, 5); /* a record that is none */
    expect_print(&e, NULL);
    put_stack(&e, "", 0);
    ail_wire_put_bytes(&e, 19, "", 0); /* two */
    expect_print(&e, NULL);
    for (int i = 0; i < 10000; i++) { /* lists in lists in a record that says itself what it has */
        wrap(&deep, AIL_OTHER_LIST);
        wrap(&deep, i == 9999 ? AIL_OTHER_MEMBER : AIL_OTHER_ELEMENT);
    }
    e.len = 0;
    ail_wire_put_bytes(&e, AIL_PLOG_OTHER, deep.data, deep.len);
    expect_print(&e, NULL);
    ail_buf_clear(&deep);
    ail_buf_clear(&e);
}

Test(plog_schema, clashing_fragments_do_not_build)
{
    char *dir = ail_folder_new();
#define FRAGMENT(file, line) "printf '" line "\\nmessage M { }\\n' >" file "; "
#define ASSEMBLE                                                                                   \
    "S='" AIL_SOURCE "'; '" AIL_CMAKE "' -DTEMPLATE=$S/formats/plog.proto.in "                     \
    "-DFRAGMENTS=\"$F\" -DOUTPUT=out.proto -P $S/formats/plog.cmake 2>&1 | tr -s '\\n ' ' ' >&2; " \
    "! test -e out.proto || { rm out.proto; exit 0; }; echo >&2; exit 1"
    ail_expect_failure(
        dir,
        FRAGMENT("a.plog", "record A a = 16;") FRAGMENT("b.plog", "record B b = 16;")
            FRAGMENT("c.plog", "record C c = 17;") "F='a.plog;b.plog;c.plog'; " ASSEMBLE,
        "b.plog: the record's number 16 is already that of a.plog (the next free "
        "number is 18)");
    ail_expect_failure(dir, FRAGMENT("b.plog", "record B a = 20;") "F='a.plog;b.plog'; " ASSEMBLE,
                       "b.plog: the record's name a is already that of a.plog");
    ail_expect_failure(dir, FRAGMENT("b.plog", "record A b = 20;") "F='a.plog;b.plog'; " ASSEMBLE,
                       "b.plog: the record's message A is already that of a.plog");
    ail_expect_failure(dir, FRAGMENT("b.plog", "record B b = 15;") "F='a.plog;b.plog'; " ASSEMBLE,
                       "b.plog: record number 15 is not within 16 to 18999");
    ail_expect_failure(dir, FRAGMENT("b.plog", "// nothing") "F='a.plog;b.plog'; " ASSEMBLE,
                       "b.plog: wants one line `record MESSAGE name = NUMBER;`");
    ail_expect_success(dir, FRAGMENT("b.plog", "record B b = 20;") "F='a.plog;b.plog'; " ASSEMBLE);
    ail_folder_remove(dir);
}
