/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The types of the records in a plog, as the plog itself describes them: a FileDescriptorSet, which
 * `protoc --descriptor_set_out` makes (google/protobuf/descriptor.proto). Never changes once it is
 * made, so that threads may share it.
 */
#ifndef AIL_FORMATS_PLOG_SCHEMA_H
#define AIL_FORMATS_PLOG_SCHEMA_H

#include "formats/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Types of fields, by the numbers of FieldDescriptorProto.Type. */
typedef enum {
    AIL_PROTO_DOUBLE = 1,
    AIL_PROTO_FLOAT = 2,
    AIL_PROTO_INT64 = 3,
    AIL_PROTO_UINT64 = 4,
    AIL_PROTO_INT32 = 5,
    AIL_PROTO_FIXED64 = 6, /* in plogs: an address */
    AIL_PROTO_FIXED32 = 7,
    AIL_PROTO_BOOL = 8,
    AIL_PROTO_STRING = 9,
    AIL_PROTO_MESSAGE = 11,
    AIL_PROTO_BYTES = 12,
    AIL_PROTO_UINT32 = 13,
    AIL_PROTO_ENUM = 14,
    AIL_PROTO_SFIXED32 = 15,
    AIL_PROTO_SFIXED64 = 16,
    AIL_PROTO_SINT32 = 17,
    AIL_PROTO_SINT64 = 18,
} AilProtoType;

typedef struct AilPlogMessage AilPlogMessage;

typedef struct AilPlogField {
    char *name; /* owned; letters, digits and _ */
    uint32_t number;
    AilProtoType type;
    bool repeated;
    const AilPlogMessage *message; /* borrowed; of AIL_PROTO_MESSAGE */
} AilPlogField;

typedef struct AilPlogSchema AilPlogSchema;

/* The message whose fields are the record types. */
#define AIL_PLOG_ENTRY_TYPE "ailurus.AilPlogEntry"

enum { AIL_PLOG_SCHEMA_MAX = 1 << 18 }; /* bytes of a descriptor: more is not believed */

/* Take a descriptor in; NULL and err set when it makes no sense, or has no AilPlogEntry. */
AilPlogSchema *ail_plog_schema_new(const uint8_t *bytes, size_t len, AilError *err);
void ail_plog_schema_free(AilPlogSchema *schema);

/* The type AilPlogEntry. Never NULL. */
const AilPlogMessage *ail_plog_schema_entry(const AilPlogSchema *schema);

/* A field by its name or number; NULL: there is none. */
const AilPlogField *ail_plog_message_field(const AilPlogMessage *message, const char *name);
const AilPlogField *ail_plog_message_number(const AilPlogMessage *message, uint32_t number);

/* The message's name, "ailurus.CallStack.Frame". */
const char *ail_plog_message_name(const AilPlogMessage *message);

/* The fields, in order of their numbers; n: how many. */
const AilPlogField *ail_plog_message_fields(const AilPlogMessage *message, size_t *n);

#endif
