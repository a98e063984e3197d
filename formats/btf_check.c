/* SPDX-License-Identifier: GPL-2.0-or-later */
/* BTF from strangers, before libbpf relies on it. */
#include "formats/btf_private.h"

#include <linux/btf.h>

#include "formats/bytes.h"

const uint8_t btf_mark_le[8] = {0x9f, 0xeb, 1, 0, BTF_HEADER, 0, 0, 0};
const uint8_t btf_mark_be[8] = {0xeb, 0x9f, 1, 0, 0, 0, 0, BTF_HEADER};

enum { TYPE_SIZE = 12 };

typedef struct Check {
    const uint8_t *types, *strings;
    uint32_t types_size, strings_size;
    uint32_t n_types; /* with type 0, void */
    bool big_endian;
} Check;

static uint32_t get32(const Check *x, const uint8_t *p)
{
    return x->big_endian ? ail_get_be32(p) : ail_get_le32(p);
}

/* How many bytes follow a type's record, for each element and once; SIZE_MAX: an unknown kind. */
static size_t more(uint32_t kind, uint32_t n)
{
    static const struct {
        uint8_t each, once;
        bool known;
    } sizes[] = {
        [BTF_KIND_INT] = {0, 4, true},        [BTF_KIND_PTR] = {0, 0, true},
        [BTF_KIND_ARRAY] = {0, 12, true},     [BTF_KIND_STRUCT] = {12, 0, true},
        [BTF_KIND_UNION] = {12, 0, true},     [BTF_KIND_ENUM] = {8, 0, true},
        [BTF_KIND_FWD] = {0, 0, true},        [BTF_KIND_TYPEDEF] = {0, 0, true},
        [BTF_KIND_VOLATILE] = {0, 0, true},   [BTF_KIND_CONST] = {0, 0, true},
        [BTF_KIND_RESTRICT] = {0, 0, true},   [BTF_KIND_FUNC] = {0, 0, true},
        [BTF_KIND_FUNC_PROTO] = {8, 0, true}, [BTF_KIND_VAR] = {0, 4, true},
        [BTF_KIND_DATASEC] = {12, 0, true},   [BTF_KIND_FLOAT] = {0, 0, true},
        [BTF_KIND_DECL_TAG] = {0, 4, true},   [BTF_KIND_TYPE_TAG] = {0, 0, true},
        [BTF_KIND_ENUM64] = {12, 0, true},
    };
    if (kind >= sizeof sizes / sizeof *sizes || !sizes[kind].known)
        return SIZE_MAX;
    return (size_t)sizes[kind].each * n + sizes[kind].once;
}

/* Whether the type's field is another type's number, not a size. */
static bool refers(uint32_t kind)
{
    return kind == BTF_KIND_PTR || kind == BTF_KIND_TYPEDEF || kind == BTF_KIND_VOLATILE ||
           kind == BTF_KIND_CONST || kind == BTF_KIND_RESTRICT || kind == BTF_KIND_FUNC ||
           kind == BTF_KIND_FUNC_PROTO || kind == BTF_KIND_VAR || kind == BTF_KIND_DECL_TAG ||
           kind == BTF_KIND_TYPE_TAG;
}

static bool is_string(const Check *x, const uint8_t *p)
{
    return get32(x, p) < x->strings_size;
}

static bool is_type(const Check *x, const uint8_t *p)
{
    return get32(x, p) < x->n_types;
}

/* What follows the record of a type, `p`. */
static bool check_rest(const Check *x, uint32_t kind, uint32_t n, const uint8_t *p)
{
    if (kind == BTF_KIND_ARRAY)
        return is_type(x, p) && is_type(x, p + 4);
    for (uint32_t i = 0; i < n; i++) {
        if (kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION) {
            if (!is_string(x, p + 12 * i) || !is_type(x, p + 12 * i + 4))
                return false;
        } else if (kind == BTF_KIND_ENUM || kind == BTF_KIND_ENUM64) {
            if (!is_string(x, p + (kind == BTF_KIND_ENUM ? 8 : 12) * i))
                return false;
        } else if (kind == BTF_KIND_FUNC_PROTO) {
            if (!is_string(x, p + 8 * i) || !is_type(x, p + 8 * i + 4))
                return false;
        } else if (kind == BTF_KIND_DATASEC && !is_type(x, p + 12 * i)) {
            return false;
        }
    }
    return true;
}

/* Go over all types; once to count them, then, `deep`, to look at what they refer to. */
static bool check_types(Check *x, bool deep)
{
    uint32_t n_types = 1;
    for (uint32_t at = 0; at < x->types_size; n_types++) {
        if (x->types_size - at < TYPE_SIZE)
            return false;
        const uint8_t *p = x->types + at;
        uint32_t info = get32(x, p + 4), kind = info >> 24 & 0x1f, n = info & 0xffff;
        size_t rest = more(kind, n);
        if (rest > x->types_size - at - TYPE_SIZE)
            return false;
        if (deep && (!is_string(x, p) || (refers(kind) && !is_type(x, p + 8)) ||
                     !check_rest(x, kind, n, p + TYPE_SIZE)))
            return false;
        at += TYPE_SIZE + (uint32_t)rest;
    }
    x->n_types = n_types;
    return true;
}

/* libbpf measures from the header's end, whatever the header says of its size. */
size_t btf_check(const uint8_t *p, size_t left, const char **why)
{
    Check x = {0};
    *why = "it has no header of version 1";
    if (left < BTF_HEADER)
        return 0;
    x.big_endian = !memcmp(p, btf_mark_be, sizeof btf_mark_be);
    if (!x.big_endian && memcmp(p, btf_mark_le, sizeof btf_mark_le) != 0)
        return 0;
    uint32_t types_at = get32(&x, p + 8), strings_at = get32(&x, p + 16);
    x.types_size = get32(&x, p + 12);
    x.strings_size = get32(&x, p + 20);
    size_t size = BTF_HEADER + (size_t)strings_at + x.strings_size;
    *why = "its sections do not follow one another";
    if (types_at != 0 || x.types_size % 4 || strings_at != x.types_size || !x.strings_size)
        return 0;
    *why = "it is cut";
    if (size > left || size > BTF_MAX_SIZE)
        return 0;
    x.types = p + BTF_HEADER;
    x.strings = x.types + strings_at;
    *why = "its names are not text";
    if (x.strings[0] || x.strings[x.strings_size - 1])
        return 0;
    *why = "a type in it is damaged or of an unknown kind";
    return check_types(&x, false) && check_types(&x, true) ? size : 0;
}
