/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "replayer/debug_packets.h"

#include <string.h>

enum { MAX_PACKET = 1 << 20, INTERRUPT = 0x03 };

typedef enum { BETWEEN, BODY, FIRST_DIGIT, SECOND_DIGIT } Where;

struct AilGdbReader {
    GByteArray *in; /* owned; fed, not yet looked at from `at` on */
    guint at;
    GString *body; /* owned; of the packet that has begun */
    Where where;
    uint8_t sum;
    int digit;
    bool too_long;
};

AilGdbReader *ail_gdb_reader_new(void)
{
    AilGdbReader *r = g_new0(AilGdbReader, 1);
    r->in = g_byte_array_new();
    r->body = g_string_new(NULL);
    return r;
}

void ail_gdb_reader_free(AilGdbReader *r)
{
    if (!r)
        return;
    g_byte_array_unref(r->in);
    g_string_free(r->body, TRUE);
    g_free(r);
}

void ail_gdb_reader_feed(AilGdbReader *r, const void *bytes, size_t size)
{
    g_byte_array_remove_range(r->in, 0, r->at);
    r->at = 0;
    g_byte_array_append(r->in, bytes, (guint)size);
}

static void begin_packet(AilGdbReader *r)
{
    g_string_truncate(r->body, 0);
    r->where = BODY;
    r->sum = 0;
    r->too_long = false;
}

static AilGdbItem between(AilGdbReader *r, uint8_t c)
{
    if (c == '$')
        begin_packet(r);
    return c == INTERRUPT ? AIL_GDB_INTERRUPT : c == '-' ? AIL_GDB_REFUSED : AIL_GDB_MORE;
}

static void in_body(AilGdbReader *r, uint8_t c)
{
    if (c == '$') { /* escaped inside of packets: the one before was cut off */
        begin_packet(r);
    } else if (c == '#') {
        r->where = FIRST_DIGIT;
    } else {
        r->sum = (uint8_t)(r->sum + c);
        r->too_long = r->too_long || r->body->len >= MAX_PACKET;
        if (!r->too_long)
            g_string_append_c(r->body, (char)c);
    }
}

static AilGdbItem end_packet(AilGdbReader *r, uint8_t c, GString *packet)
{
    int low = g_ascii_xdigit_value((char)c);
    r->where = BETWEEN;
    if (r->digit < 0 || low < 0 || r->digit * 16 + low != r->sum || r->too_long)
        return AIL_GDB_BROKEN;
    g_string_truncate(packet, 0);
    g_string_append_len(packet, r->body->str, (gssize)r->body->len);
    return AIL_GDB_PACKET;
}

AilGdbItem ail_gdb_reader_next(AilGdbReader *r, GString *packet)
{
    AilGdbItem item = AIL_GDB_MORE;
    while (item == AIL_GDB_MORE && r->at < r->in->len) {
        uint8_t c = r->in->data[r->at++];
        if (r->where == BETWEEN) {
            item = between(r, c);
        } else if (r->where == BODY) {
            in_body(r, c);
        } else if (r->where == FIRST_DIGIT) {
            r->digit = g_ascii_xdigit_value((char)c);
            r->where = SECOND_DIGIT;
        } else {
            item = end_packet(r, c, packet);
        }
    }
    return item;
}

bool ail_gdb_reader_take_interrupt(AilGdbReader *r)
{
    while (r->where == BETWEEN && r->at < r->in->len && r->in->data[r->at] == '+')
        r->at++;
    bool is = r->where == BETWEEN && r->at < r->in->len && r->in->data[r->at] == INTERRUPT;
    r->at += is;
    return is;
}

size_t ail_gdb_reader_waiting(const AilGdbReader *r)
{
    return r->in->len - r->at;
}

void ail_gdb_frame(const char *packet, size_t size, GString *out)
{
    uint8_t sum = 0;
    for (size_t i = 0; i < size; i++)
        sum = (uint8_t)(sum + (uint8_t)packet[i]);
    g_string_append_c(out, '$');
    g_string_append_len(out, packet, (gssize)size);
    g_string_append_printf(out, "#%02x", sum);
}

/* "C05" and "S05" name a signal, which a machine does not get. */
static bool is_signal(const char *text)
{
    return g_ascii_isxdigit(text[0]) && g_ascii_isxdigit(text[1]) && !text[2];
}

static AilGdbRun run_of_letter(char c)
{
    return c == 'c' || c == 'C'   ? AIL_GDB_CONTINUE
           : c == 's' || c == 'S' ? AIL_GDB_STEP
                                  : AIL_GDB_NOT_POSSIBLE;
}

AilGdbRun ail_gdb_parse_run(const char *packet)
{
    static const char vcont[] = "vCont;";
    if (g_str_has_prefix(packet, vcont)) /* the first action is the one of the only processor */
        return run_of_letter(packet[sizeof vcont - 1]);
    if (*packet == 'c' || *packet == 's')
        return packet[1] ? AIL_GDB_NOT_POSSIBLE : run_of_letter(*packet);
    if (*packet == 'C' || *packet == 'S')
        return is_signal(packet + 1) ? run_of_letter(*packet) : AIL_GDB_NOT_POSSIBLE;
    return AIL_GDB_NO_RUN;
}

/* A hexadecimal number that ends with `end`; *text gets to what is behind it. */
static bool take_number(const char **text, char end, uint64_t *value)
{
    const char *start = *text, *p = start;
    *value = 0;
    for (; g_ascii_isxdigit(*p); p++)
        *value = *value << 4 | (uint64_t)g_ascii_xdigit_value(*p);
    if (p == start || p - start > 16 || *p != end)
        return false;
    *text = end ? p + 1 : p;
    return true;
}

bool ail_gdb_parse_break(const char *text, AilGdbBreak *b)
{
    if (*text < '0' || *text > '4' || text[1] != ',')
        return false;
    b->type = (unsigned)(*text - '0');
    text += 2;
    return take_number(&text, ',', &b->address) && take_number(&text, '\0', &b->kind);
}

bool ail_gdb_from_hex(const char *hex, GString *text)
{
    g_string_truncate(text, 0);
    for (; *hex; hex += 2) {
        int high = g_ascii_xdigit_value(hex[0]);
        int low = high < 0 ? -1 : g_ascii_xdigit_value(hex[1]);
        if (low < 0 || !(high | low))
            return false;
        g_string_append_c(text, (char)(high << 4 | low));
    }
    return true;
}

void ail_gdb_to_hex(const char *text, GString *hex)
{
    for (; *text; text++)
        g_string_append_printf(hex, "%02x", (unsigned char)*text);
}
