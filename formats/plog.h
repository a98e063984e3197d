/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plogs: files of typed records, what analyses found, as protobuf messages of the one type
 * AilPlogEntry. docs/plog-format.md has the file format; it and its idea of one entry type for all
 * analyses follow PANDA's pandalog. A file has its own schema in it.
 *
 * A writer or reader belongs to one thread. Failures are told by AIL_ERR and the handle's message.
 */
#ifndef AIL_FORMATS_PLOG_H
#define AIL_FORMATS_PLOG_H

#include "formats/bytes.h"
#include "formats/error.h"
#include "formats/plog_schema.h"

/* The field of AilPlog, which a decompressed plog is as a whole. */
enum { AIL_PLOG_ENTRY = 1 };

/* Fields of AilPlogEntry, the same in every plog. Those from AIL_PLOG_OTHER on are records, of
 * which an entry has one. */
enum {
    AIL_PLOG_ICOUNT = 1, /* uint64: the moment */
    AIL_PLOG_ASID = 2,   /* fixed64: the address space */
    AIL_PLOG_PC = 3,     /* fixed64: the instruction */
    AIL_PLOG_OTHER = 15, /* a record that says itself what is in it: plog_other.h */
    AIL_PLOG_RECORDS = 16,
};

enum { AIL_PLOG_ENTRY_MAX = 4 << 20 }; /* bytes of an entry */

typedef struct AilPlogEntry {
    AilCursor bytes; /* the whole message; borrowed */
    bool has_icount, has_asid, has_pc;
    uint64_t icount, asid, pc;
    uint32_t record; /* its field number; 0: the entry has none */
    AilCursor body;  /* of the record; borrowed */
} AilPlogEntry;

/* Find out what the message says of itself; false when it is none. */
bool ail_plog_entry_parse(AilCursor bytes, AilPlogEntry *e);

/* What plogs of this program describe their records with; borrowed. */
typedef struct AilPlogSource {
    const char *text; /* the .proto, for people and compilers */
    const uint8_t *descriptor;
    size_t descriptor_len;
} AilPlogSource;

typedef struct AilPlogWriter AilPlogWriter;

AilPlogWriter *ail_plog_writer_new(void);

/* What was not finished is removed, as far as it is a file. w may be NULL. */
void ail_plog_writer_free(AilPlogWriter *w);

/* Begin the plog `path`. It is PATH.partial until it is finished, unless it is no regular file but
 * a pipe, say, or "-", standard output. tool: version of the program. */
AilStatus ail_plog_writer_open(AilPlogWriter *w, const char *path, const AilPlogSource *source,
                               const char *tool);

/* Append an entry, a message of type AilPlogEntry. */
AilStatus ail_plog_writer_add(AilPlogWriter *w, const AilBuf *message);

/* Write what is left, and the index. An older file of the name is replaced. */
AilStatus ail_plog_writer_finish(AilPlogWriter *w);

const char *ail_plog_writer_error(const AilPlogWriter *w);

typedef struct AilPlogReader AilPlogReader;

/* Which entries are wanted. All zero but `to`, UINT64_MAX: all. */
typedef struct AilPlogFilter {
    const char *type; /* of this record type; NULL: of any */
    bool timed;       /* only with from <= icount < to; those without icount are left out */
    uint64_t from, to;
} AilPlogFilter;

AilPlogReader *ail_plog_reader_new(void);
void ail_plog_reader_free(AilPlogReader *r); /* may be NULL */

/* Open the plog `path`; "-" is standard input. */
AilStatus ail_plog_reader_open(AilPlogReader *r, const char *path);

/* Begin anew, with those entries only (on a pipe only before the first); what is in chunks that
 * have none of them is not decompressed. Strings are borrowed until the next call or the end. */
AilStatus ail_plog_reader_select(AilPlogReader *r, const AilPlogFilter *filter);

/* The next entry, valid until the next call. AIL_END: there are no more. */
AilStatus ail_plog_reader_next(AilPlogReader *r, AilPlogEntry *e);

/* Whether the writer came to its end; known when the file, or on a pipe all of it, has been read.
 * Else the entries are those up to the last whole chunk. */
bool ail_plog_reader_complete(const AilPlogReader *r);

/* What was opened; valid as long as the reader. Text and tool may hold anything but zeros. */
const AilPlogSchema *ail_plog_reader_schema(const AilPlogReader *r);
const char *ail_plog_reader_text(const AilPlogReader *r); /* the .proto */
const char *ail_plog_reader_tool(const AilPlogReader *r);
const uint8_t *ail_plog_reader_descriptor(const AilPlogReader *r, size_t *len);

/* The bytes of chunks that were decompressed so far: what a search by index spares. */
uint64_t ail_plog_reader_decompressed(const AilPlogReader *r);

const char *ail_plog_reader_error(const AilPlogReader *r);

#endif
