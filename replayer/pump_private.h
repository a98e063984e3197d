/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of the pump. */
#ifndef AIL_REPLAYER_PUMP_PRIVATE_H
#define AIL_REPLAYER_PUMP_PRIVATE_H

#include <glib.h>

#include "formats/bytes.h"
#include "formats/rrlog.h"
#include "replayer/pump.h"
#include "replayer/wire.h"

/* A segment that the writer has. */
typedef struct AilPumpSlot {
    AilPump *pump;
    AilSegment *segment;
    AilBuf event_data;
} AilPumpSlot;

struct AilPump {
    int fd; /* of the shared memory; owned */
    AilWire *wire;
    size_t size;
    uint64_t total, from, end;
    uint32_t taken; /* segments taken so far */
    AilPumpSlot slots[AIL_WIRE_SEGMENTS_MAX];
    GArray *n_insns; /* uint16_t, by block id of the dictionary at hand */
    AilRrlog *log;   /* owned; for the payloads of input events, read in step */
    int console_fd;  /* borrowed */
    uint64_t console_at;
    AilReg *regs; /* owned */
    AilError error;
};

/* pump_events.c: put the events' data into `data`, which is emptied before, and where it is there
 * into the events. own: what the plugin itself wrote. */
AilStatus pump_fill_events(AilPump *p, AilRawEvent *events, uint32_t n, const uint8_t *own,
                           AilBuf *data);

#endif
