/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/records.h"

#include <glib.h>

/* Generated from plog.proto: formats/embed.cmake. */
extern const uint8_t ail_plog_proto[], ail_plog_descriptor[];
extern const size_t ail_plog_descriptor_len;

struct AilRecords {
    AilPlogSchema *schema;   /* owned */
    AilPlogBuilder *builder; /* owned */
    AilPlogWriter *writer;   /* owned */
    char *analysis;          /* owned; of the record that is begun */
    uint64_t count;
    bool failed;
    AilError error;
};

AilPlogSource ail_records_source(void)
{
    return (AilPlogSource){(const char *)ail_plog_proto, ail_plog_descriptor,
                           ail_plog_descriptor_len};
}

AilRecords *ail_records_new(void)
{
    AilRecords *r = g_new0(AilRecords, 1);
    r->writer = ail_plog_writer_new();
    return r;
}

void ail_records_free(AilRecords *r)
{
    if (!r)
        return;
    ail_plog_writer_free(r->writer);
    ail_plog_builder_free(r->builder);
    ail_plog_schema_free(r->schema);
    g_free(r->analysis);
    g_free(r);
}

static AilStatus fail(AilRecords *r, const AilError *why, const char *prefix)
{
    if (!r->failed)
        ail_error_copy(&r->error, why, prefix);
    r->failed = true;
    return AIL_ERR;
}

static AilStatus fail_writer(AilRecords *r)
{
    AilError why;
    ail_error_set(&why, "%s", ail_plog_writer_error(r->writer));
    return fail(r, &why, NULL);
}

AilStatus ail_records_open(AilRecords *r, const char *path)
{
    AilError why = {""};
    AilPlogSource source = ail_records_source();
    r->schema = ail_plog_schema_new(source.descriptor, source.descriptor_len, &why);
    if (!r->schema)
        return fail(r, &why, "the schema of plogs");
    r->builder = ail_plog_builder_new(r->schema);
    return ail_plog_writer_open(r->writer, path, &source, AIL_VERSION) == AIL_OK ? AIL_OK
                                                                                 : fail_writer(r);
}

AilStatus ail_records_finish(AilRecords *r)
{
    if (r->failed)
        return AIL_ERR;
    return ail_plog_writer_finish(r->writer) == AIL_OK ? AIL_OK : fail_writer(r);
}

const char *ail_records_error(const AilRecords *r)
{
    return r->error.text;
}

uint64_t ail_records_count(const AilRecords *r)
{
    return r->count;
}

void ail_records_begin(AilRecords *r, const char *analysis)
{
    g_free(r->analysis);
    r->analysis = g_strdup(analysis);
    ail_plog_builder_begin(r->builder, analysis);
}

void ail_records_put(AilRecords *r, const char *key, AilPlogValue value)
{
    ail_plog_builder_put(r->builder, key, value);
}

void ail_records_nest(AilRecords *r, const char *key, bool list)
{
    ail_plog_builder_open(r->builder, key, list);
}

void ail_records_unnest(AilRecords *r)
{
    ail_plog_builder_close(r->builder);
}

void ail_records_end(AilRecords *r)
{
    AilError why = {""};
    const AilBuf *entry = ail_plog_builder_end(r->builder, &why);
    if (!entry)
        fail(r, &why, r->analysis);
    else if (!r->failed && ail_plog_writer_add(r->writer, entry) != AIL_OK)
        fail_writer(r);
    else
        r->count++;
}
