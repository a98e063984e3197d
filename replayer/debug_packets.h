/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gdb's remote protocol as bytes: "$packet#checksum", acknowledgements, the interrupt byte, and the
 * few packets that have to be understood to travel in time. Source: the chapter "gdb Remote Serial
 * Protocol" of gdb's manual. What comes in is not trusted. All functions are thread-safe on
 * distinct objects.
 */
#ifndef AIL_REPLAYER_DEBUG_PACKETS_H
#define AIL_REPLAYER_DEBUG_PACKETS_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct AilGdbReader AilGdbReader;

typedef enum {
    AIL_GDB_MORE,      /* nothing is complete */
    AIL_GDB_PACKET,    /* a packet */
    AIL_GDB_BROKEN,    /* a packet with a wrong checksum, or longer than any may be */
    AIL_GDB_INTERRUPT, /* 0x03 between packets: stop the machine */
    AIL_GDB_REFUSED,   /* "-": the other side wants the last packet again */
} AilGdbItem;

AilGdbReader *ail_gdb_reader_new(void); /* never NULL */
void ail_gdb_reader_free(AilGdbReader *reader);

/* Bytes that have come. */
void ail_gdb_reader_feed(AilGdbReader *reader, const void *bytes, size_t size);

/* The next thing in what was fed; a packet's bytes (as they were sent, escapes and all) go to
 * `packet`. "+" and what belongs to nothing is skipped. */
AilGdbItem ail_gdb_reader_next(AilGdbReader *reader, GString *packet);

/* Whether the interrupt byte is next; then it is skipped. For while the machine runs: packets stay.
 */
bool ail_gdb_reader_take_interrupt(AilGdbReader *reader);

/* Bytes that were fed and not looked at. */
size_t ail_gdb_reader_waiting(const AilGdbReader *reader);

/* Add the packet in its frame to `out`. */
void ail_gdb_frame(const char *packet, size_t size, GString *out);

/* What a packet that lets the machine run asks for; AIL_GDB_NO_RUN: it is none. */
typedef enum { AIL_GDB_NO_RUN, AIL_GDB_CONTINUE, AIL_GDB_STEP, AIL_GDB_NOT_POSSIBLE } AilGdbRun;

/* c, s, C, S and vCont; for one thread, because there is one processor. AIL_GDB_NOT_POSSIBLE: from
 * another address, or in another way. */
AilGdbRun ail_gdb_parse_run(const char *packet);

/* A breakpoint or watchpoint, as in packets Z and z. */
typedef struct AilGdbBreak {
    unsigned type; /* 0, 1: break; 2: watch writes; 3: reads; 4: both */
    uint64_t address;
    uint64_t kind; /* length, of watchpoints */
} AilGdbBreak;

/* "0,ffff80,1", what is behind the letter. False: it is not of this form. */
bool ail_gdb_parse_break(const char *text, AilGdbBreak *b);

/* Hexadecimal bytes to text; false: they are not, or have a zero byte. And back. */
bool ail_gdb_from_hex(const char *hex, GString *text);
void ail_gdb_to_hex(const char *text, GString *hex);

#endif
