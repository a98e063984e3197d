/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON objects with a fixed set of typed, bounded keys. A table's row says a key's type, bounds and
 * place in a struct; reading and writing both go by it, so that what is written is what is
 * accepted. All functions are thread-safe on distinct objects.
 */
#ifndef AIL_FORMATS_FIELDS_H
#define AIL_FORMATS_FIELDS_H

#include <json-glib/json-glib.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/error.h"

/* The member's type in C. */
typedef enum {
    AIL_FIELD_UINT,     /* uint64_t, to INT64_MAX */
    AIL_FIELD_UNSIGNED, /* unsigned */
    AIL_FIELD_INT,      /* int64_t */
    AIL_FIELD_BOOL,     /* bool */
    AIL_FIELD_ENUM,     /* an enumeration from 0 on, by name */
    AIL_FIELD_TEXT,     /* char *, without control characters; owned by the struct */
} AilFieldType;

typedef struct AilField {
    const char *key;
    AilFieldType type;
    size_t offset;            /* of the member in its struct */
    int64_t min, max;         /* of a number; of a text's length in bytes */
    const char *const *names; /* of an enumeration, ends with NULL */
} AilField;

/* Read one key's value, `node` (NULL: it is missing), into the member at `place`. where: the
 * object's name, for messages. */
AilStatus ail_field_read(const AilField *field, JsonNode *node, void *place, const char *where,
                         AilError *err);

/*
 * Read all keys of a table, which ends with a NULL key, into the struct `record`. A missing, an
 * unknown, a mistyped and an out-of-range key are errors. others: keys that the caller reads
 * itself, ends with NULL; NULL: none.
 */
AilStatus ail_fields_read(const AilField *fields, JsonObject *object, void *record,
                          const char *where, const char *const *others, AilError *err);

/* Add all keys of a table, from the struct `record`, to the object that the builder is in. */
void ail_fields_write(const AilField *fields, const void *record, JsonBuilder *b);

#endif
