/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the serial port received. The trace has the bytes when QEMU gives them to the port, which
 * keeps them until the guest reads its data register. On x86 an event tells what was read from a
 * port. Elsewhere it is a load from a device; which address the data register has shows when the
 * guest writes to it: then the trace has the byte as console output. What is read is a received
 * byte if it is the next one.
 */
#include <string.h>

#include "analyzers/taint/taint_private.h"

enum { COM1 = 0x3f8, MAX_ADDRESSES = 64, MAX_WAITING = 1 << 20 };

struct TaintSerial {
    Taint *taint;
    GByteArray *waiting; /* not read yet; owned */
    guint next;          /* the first of them */
    uint64_t received;   /* bytes up to that one */
    uint64_t missed;
    AilVar al;         /* x86: what `in` reads into */
    uint64_t expected; /* how many bytes had been received before the one to come in the source */
    uint64_t address[MAX_ADDRESSES]; /* of the data register, as far as they are known */
    unsigned n_addresses;
};

TaintSerial *taint_serial_new(Taint *t)
{
    TaintSerial *s = g_new0(TaintSerial, 1);
    s->taint = t;
    s->waiting = g_byte_array_new();
    if (t->env.info->arch == AIL_ARCH_X86)
        s->al = ail_lift_find(AIL_ARCH_X86, "al");
    return s;
}

void taint_serial_free(TaintSerial *s)
{
    if (!s)
        return;
    g_byte_array_free(s->waiting, TRUE);
    g_free(s);
}

static bool is_known(const TaintSerial *s, uint64_t addr)
{
    for (unsigned i = 0; i < s->n_addresses; i++)
        if (s->address[i] == addr)
            return true;
    return false;
}

/* --- what came --- */

static void receive(TaintSerial *s, const AilEvent *event)
{
    g_byte_array_remove_range(s->waiting, 0, s->next);
    s->next = 0;
    uint32_t len = MIN(event->len, MAX_WAITING - s->waiting->len);
    g_byte_array_append(s->waiting, event->data, len);
    s->missed += event->len - len;
}

/* The guest has written a byte to the port. */
static void learn(TaintSerial *s, const AilEvent *event)
{
    uint64_t addr;
    uint8_t byte;
    if (event->len && s->n_addresses < MAX_ADDRESSES &&
        ail_taint_engine_device_write(s->taint->engine, &addr, &byte) &&
        byte == event->data[event->len - 1] && !is_known(s, addr))
        s->address[s->n_addresses++] = addr;
}

/* --- what is read --- */

/* Whether a byte that was read from the port is one that was received. It is the first; or those
 * before it were lost, as the guest emptied the port. (What is read of an empty port is often 0.)
 */
static bool take(TaintSerial *s, uint8_t byte)
{
    const guint8 *from = s->waiting->data + s->next;
    guint left = s->waiting->len - s->next;
    const guint8 *found = left && (byte || !*from) ? memchr(from, byte, left) : NULL;
    if (!found)
        return false;
    guint lost = (guint)(found - from);
    s->missed += lost;
    s->received += lost + 1;
    s->next += lost + 1;
    return true;
}

/* The cell of the byte that was taken last; 0: there are too many sources. */
static AilCell cell_of_taken(TaintSerial *s)
{
    AilTaintSources *sources = s->taint->sources;
    bool follows = s->expected == s->received - 1;
    AilTaintSource *source = follows ? ail_taint_sources_extend(sources, "serial") : NULL;
    uint64_t icount = ail_taint_engine_icount(s->taint->engine);
    if (!source) /* of no process: which one the interrupt came to says nothing */
        source = ail_taint_sources_add(sources, "serial", "input", 1, icount, 0, NULL);
    if (source && source->bytes == 1)
        source->offset = s->received - 1;
    s->expected = s->received;
    if (!source)
        return 0;
    AilSets *sets = ail_taint_engine_taint(s->taint->engine)->sets;
    return ail_sets_one(sets, ail_taint_sources_label(sources, source, source->bytes - 1));
}

static void read_port(TaintSerial *s, const AilEvent *event)
{
    if (AIL_PORT_NUMBER(event->value) != COM1 || AIL_PORT_SIZE(event->value) != 1 || !s->al.kind ||
        !take(s, (uint8_t)AIL_PORT_READ(event->value)))
        return;
    ail_taint_set_reg(ail_taint_engine_taint(s->taint->engine), s->al.at, cell_of_taken(s));
}

void taint_serial_event(TaintSerial *s, const AilEvent *event)
{
    switch (event->type) {
    case AIL_EVENT_INPUT:
        receive(s, event);
        break;
    case AIL_EVENT_CONSOLE:
        learn(s, event);
        break;
    case AIL_EVENT_PORT:
        read_port(s, event);
        break;
    default:
        break;
    }
}

bool taint_serial_waiting(const TaintSerial *s)
{
    return s->n_addresses && s->next < s->waiting->len;
}

void taint_serial_load(TaintSerial *s, AilTaintAccess *access)
{
    if (access->phys == AIL_TAINT_NOWHERE && access->has_value && is_known(s, access->addr) &&
        take(s, (uint8_t)access->value[0]))
        access->given = cell_of_taken(s);
}

uint64_t taint_serial_missed(const TaintSerial *s)
{
    return s->missed + (s->waiting->len - s->next);
}
