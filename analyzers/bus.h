/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Typed events from one analysis to others of the same pass (a string match, say). Topics are
 * names; who publishes and who subscribes need not know each other, and may come in any order.
 *
 * An analysis is given whole chunks, so events of a chunk are published before an analysis of a
 * higher stage sees that chunk: a subscriber notes them down, each with its icount, and takes them
 * up when it comes to that icount. Not thread-safe: a bus belongs to one pass.
 */
#ifndef AIL_ANALYZERS_BUS_H
#define AIL_ANALYZERS_BUS_H

#include <stdint.h>

/* How every event starts; the topic says what follows. */
typedef struct AilBusEvent {
    uint32_t size;   /* bytes of the whole event: fields are only ever added at the end */
    uint64_t icount; /* the instruction it is about */
} AilBusEvent;

typedef struct AilBus AilBus;
typedef struct AilTopic AilTopic;
typedef void (*AilSubscriber)(void *self, const AilBusEvent *event);

AilBus *ail_bus_new(void);
void ail_bus_free(AilBus *bus);

/* The topic of that name, made when it is new. Owned by the bus. */
AilTopic *ail_bus_topic(AilBus *bus, const char *name);

/* Call fn(self, event) for each event published on the topic from now on. */
void ail_bus_subscribe(AilTopic *topic, AilSubscriber fn, void *self);

/* Hand event to all subscribers, now. It is theirs during the call only. */
void ail_bus_publish(const AilTopic *topic, const AilBusEvent *event);

/* A string match: topic AIL_TOPIC_STRING_MATCH, published by stringsearch. */
#define AIL_TOPIC_STRING_MATCH "stringsearch.match"
typedef struct AilStringMatch {
    AilBusEvent base;   /* icount of the instruction that accessed the last byte */
    const char *string; /* the pattern as the user gave it */
    uint64_t pc;        /* the instruction */
    uint64_t caller;    /* return address of its function, 0 when unknown */
    uint64_t asid;
    uint64_t addr;     /* virtual address of the string's last byte */
    uint32_t length;   /* bytes of the pattern */
    uint8_t write;     /* 1: written, 0: read */
    uint8_t ascending; /* 1: its bytes are at addr - length + 1 .. addr; 0: only that an instruction
                          moved them, one after the other, is known */
} AilStringMatch;

#endif
