/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Single values of a plog as text. */
#include "formats/plog_print_private.h"

#include "formats/text.h"

#include <inttypes.h>
#include <math.h>

AilWireType ail_plog_wire_type(AilProtoType type)
{
    switch (type) {
    case AIL_PROTO_DOUBLE:
    case AIL_PROTO_FIXED64:
    case AIL_PROTO_SFIXED64:
        return AIL_WIRE_64;
    case AIL_PROTO_FLOAT:
    case AIL_PROTO_FIXED32:
    case AIL_PROTO_SFIXED32:
        return AIL_WIRE_32;
    case AIL_PROTO_STRING:
    case AIL_PROTO_BYTES:
    case AIL_PROTO_MESSAGE:
        return AIL_WIRE_BYTES;
    default:
        return AIL_WIRE_VARINT;
    }
}

/* Punctuation */

void ail_plog_put_char(const AilPlogPrinter *p, char c)
{
    g_string_append_c(p->out, c);
}

void ail_plog_put_separator(const AilPlogPrinter *p, bool *first)
{
    if (!*first)
        g_string_append_c(p->out, p->style == AIL_PLOG_AS_JSON ? ',' : ' ');
    *first = false;
}

void ail_plog_put_text(const AilPlogPrinter *p, const char *text)
{
    char *json = ail_text_json(text);
    g_string_append(p->out, json);
    g_free(json);
}

void ail_plog_put_key(const AilPlogPrinter *p, bool *first, const char *key)
{
    ail_plog_put_separator(p, first);
    if (p->style == AIL_PLOG_AS_JSON) {
        ail_plog_put_text(p, key);
        g_string_append_c(p->out, ':');
    } else {
        char *copy = g_strdup(key);
        g_string_append_printf(p->out, "%s=", ail_text_disarm(copy));
        g_free(copy);
    }
}

/* Values */

/* A copy with an end; a zero byte within, which no writer of ours writes, becomes a question mark.
 */
char *ail_plog_text_of(AilCursor bytes)
{
    size_t len = ail_cursor_left(&bytes);
    char *text = g_malloc(len + 1);
    memcpy(text, bytes.at, len);
    text[len] = 0;
    for (size_t i = 0; i < len; i++)
        text[i] = text[i] ? text[i] : '?';
    return text;
}

static void put_string(const AilPlogPrinter *p, AilCursor bytes)
{
    char *text = ail_plog_text_of(bytes);
    ail_plog_put_text(p, text);
    g_free(text);
}

static void put_hex(const AilPlogPrinter *p, AilCursor bytes)
{
    g_string_append_c(p->out, '"');
    while (bytes.at < bytes.end)
        g_string_append_printf(p->out, "%02x", *bytes.at++);
    g_string_append_c(p->out, '"');
}

void ail_plog_put_address(const AilPlogPrinter *p, uint64_t v)
{
    const char *quote = p->style == AIL_PLOG_AS_JSON ? "\"" : "";
    g_string_append_printf(p->out, "%s0x%" PRIx64 "%s", quote, v, quote);
}

static void put_real(const AilPlogPrinter *p, double v)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append(p->out, isfinite(v) ? g_ascii_formatd(text, sizeof text, "%.6g", v) : "null");
}

static void put_double(const AilPlogPrinter *p, uint64_t bits)
{
    double v;
    memcpy(&v, &bits, sizeof v);
    put_real(p, v);
}

static void put_float(const AilPlogPrinter *p, uint32_t bits)
{
    float v;
    memcpy(&v, &bits, sizeof v);
    put_real(p, (double)v);
}

static void put_signed(const AilPlogPrinter *p, int64_t v)
{
    g_string_append_printf(p->out, "%" PRId64, v);
}

/* Anything but a message. */
void ail_plog_put_scalar(const AilPlogPrinter *p, AilProtoType type, const AilWire *w)
{
    switch (type) {
    case AIL_PROTO_DOUBLE:
        put_double(p, w->value);
        break;
    case AIL_PROTO_FLOAT:
        put_float(p, (uint32_t)w->value);
        break;
    case AIL_PROTO_INT64:
    case AIL_PROTO_SFIXED64:
        put_signed(p, (int64_t)w->value);
        break;
    case AIL_PROTO_INT32:
    case AIL_PROTO_ENUM:
    case AIL_PROTO_SFIXED32:
        put_signed(p, (int32_t)w->value);
        break;
    case AIL_PROTO_SINT32:
    case AIL_PROTO_SINT64:
        put_signed(p, ail_unzigzag(w->value));
        break;
    case AIL_PROTO_FIXED64:
        ail_plog_put_address(p, w->value);
        break;
    case AIL_PROTO_BOOL:
        g_string_append(p->out, w->value ? "true" : "false");
        break;
    case AIL_PROTO_STRING:
        put_string(p, w->bytes);
        break;
    case AIL_PROTO_BYTES:
        put_hex(p, w->bytes);
        break;
    default:
        g_string_append_printf(p->out, "%" PRIu64, w->value);
    }
}
