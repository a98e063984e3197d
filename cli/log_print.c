/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/log_print.h"

#include <glib.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

enum { SHOWN = 32 }; /* bytes of a payload in text */

static bool has_device(AilRrlogKind kind)
{
    return kind == AIL_RRLOG_CHAR_INPUT || kind == AIL_RRLOG_PACKET || kind == AIL_RRLOG_CLOCK;
}

static bool has_value(AilRrlogKind kind)
{
    switch (kind) {
    case AIL_RRLOG_INTERRUPT:
    case AIL_RRLOG_EXCEPTION:
    case AIL_RRLOG_INPUT_SYNC:
    case AIL_RRLOG_CHAR_INPUT:
    case AIL_RRLOG_CHAR_READ:
    case AIL_RRLOG_END:
        return false;
    default:
        return true;
    }
}

static bool is_text(const uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!g_ascii_isprint((char)p[i]) && p[i] != '\r' && p[i] != '\n' && p[i] != '\t')
            return false;
    return true;
}

static void put_hex(const uint8_t *p, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        putchar(digits[p[i] >> 4]);
        putchar(digits[p[i] & 15]);
    }
}

static void put_text(const uint8_t *p, size_t len)
{
    putchar('"');
    for (size_t i = 0; i < len; i++) {
        if (p[i] == '\r' || p[i] == '\n' || p[i] == '\t')
            printf("\\%c", p[i] == '\r' ? 'r' : p[i] == '\n' ? 'n' : 't');
        else
            printf("%s%c", p[i] == '"' || p[i] == '\\' ? "\\" : "", (char)p[i]);
    }
    putchar('"');
}

static void put_payload(const AilRrlogEvent *e)
{
    size_t shown = MIN(e->len, SHOWN);
    printf("  %zu bytes: ", e->len);
    if (is_text(e->payload, shown))
        put_text(e->payload, shown);
    else
        put_hex(e->payload, shown);
    if (shown < e->len)
        printf("...");
}

void ail_log_print_heading(void)
{
    printf("%10s %14s  %-14s %6s %14s\n", "offset", "icount", "kind", "device", "value");
}

void ail_log_print_event(const AilRrlogEvent *e)
{
    char device[8] = "-", value[24] = "-";
    if (has_device(e->kind))
        g_snprintf(device, sizeof device, "%u", e->device);
    if (has_value(e->kind))
        g_snprintf(value, sizeof value, "%" PRId64, e->value);
    printf("%10" PRIu64 " %14" PRIu64 "  %-14s %6s %14s", e->offset, e->icount,
           ail_rrlog_kind_name(e->kind), device, value);
    if (e->kind == AIL_RRLOG_SHUTDOWN)
        printf("  %s", ail_rrlog_shutdown_name(e->value));
    if (e->len)
        put_payload(e);
    putchar('\n');
}

void ail_log_print_json(const AilRrlogEvent *e)
{
    printf("{\"offset\":%" PRIu64 ",\"icount\":%" PRIu64 ",\"kind\":\"%s\",\"code\":%u", e->offset,
           e->icount, ail_rrlog_kind_name(e->kind), e->code);
    if (has_device(e->kind))
        printf(",\"device\":%u", e->device);
    if (has_value(e->kind))
        printf(",\"value\":%" PRId64, e->value);
    if (e->kind == AIL_RRLOG_SHUTDOWN)
        printf(",\"cause\":\"%s\"", ail_rrlog_shutdown_name(e->value));
    printf(",\"length\":%zu", e->len);
    if (e->len) {
        printf(",\"data\":\"");
        put_hex(e->payload, e->len);
        putchar('"');
    }
    puts("}");
}

static void sum(const AilLogTally *t, uint64_t *events, uint64_t *bytes)
{
    *events = *bytes = 0;
    for (int k = 0; k <= AIL_RRLOG_END; k++) {
        *events += t->events[k];
        *bytes += t->bytes[k];
    }
}

void ail_log_print_tally(const AilLogTally *t)
{
    uint64_t events, bytes;
    sum(t, &events, &bytes);
    printf("%-14s %12s %14s\n", "kind", "events", "bytes");
    for (int k = 0; k <= AIL_RRLOG_END; k++)
        if (t->events[k])
            printf("%-14s %12" PRIu64 " %14" PRIu64 "\n", ail_rrlog_kind_name((AilRrlogKind)k),
                   t->events[k], t->bytes[k]);
    printf("%-14s %12" PRIu64 " %14" PRIu64 "\n%" PRIu64 " instructions\n", "all", events, bytes,
           t->insns);
}

void ail_log_print_tally_json(const AilLogTally *t)
{
    uint64_t events, bytes;
    const char *comma = "";
    sum(t, &events, &bytes);
    printf("{\"events\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"instructions\":%" PRIu64 ",\"kinds\":{",
           events, bytes, t->insns);
    for (int k = 0; k <= AIL_RRLOG_END; k++) {
        if (!t->events[k])
            continue;
        printf("%s\"%s\":{\"events\":%" PRIu64 ",\"bytes\":%" PRIu64 "}", comma,
               ail_rrlog_kind_name((AilRrlogKind)k), t->events[k], t->bytes[k]);
        comma = ",";
    }
    puts("}}");
}
