/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The frames that a trace file is a sequence of: columns are ordinary ones, all else is metadata.
 */
#ifndef AIL_TRACE_FRAME_H
#define AIL_TRACE_FRAME_H

#include "formats/frame.h"

enum {
    AIL_FORMAT_VERSION = 4,
    AIL_FORMAT_OLDEST = 3, /* that is still read: it has no xlate column */
    AIL_COLUMN_MAX = 1 << 30,
    AIL_CHUNK_FLOW_MAX = 1 << 24,   /* executions in a chunk */
    AIL_CHUNK_ACCESS_MAX = 1 << 24, /* accesses in a chunk */
};

/* The columns by number: AIL_COL_CODE is 1 << COLUMN_CODE. */
enum {
    COLUMN_CODE,
    COLUMN_FLOW,
    COLUMN_ADDR,
    COLUMN_DATA,
    COLUMN_EVENT,
    COLUMN_SYNC,
    COLUMN_XLATE
};

#define AIL_TAG_HEADER "AILT"
#define AIL_TAG_CHUNK  "AILC"
#define AIL_TAG_BLOCKS "AILB"

#endif
