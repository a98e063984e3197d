/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of one `ailurus replay`, and what it does. */
#ifndef AIL_CLI_REPLAYING_H
#define AIL_CLI_REPLAYING_H

#include "cli/cli.h"
#include "cli/recording.h"

typedef struct AilReplaying {
    char *output, *columns; /* owned */
    char *profile;          /* owned */
    gboolean force, json, no_osi, check_xlate;
    gint threads, stall, chunk, dictionary;
    gint64 from, to;
    gint checkpoints;
    GOptionEntry *entries; /* owned */
    const char *recording;
    char *partial; /* owned; the trace's name until it is whole; NULL on a pipe */
    int out_fd;
    AilStop stop;
    AilProgress *bar;
} AilReplaying;

/* The trace goes to a pipe. */
bool ail_replaying_to_stdout(const AilReplaying *r);

/* Keep checkpoints beside the recording, which is unpacked; or write its trace. Both return an exit
 * status, and leave the unpacked recording in disorder; what is wrong has been said. */
int ail_replaying_checkpoints(AilReplaying *r, const AilRecording *recording);
int ail_replaying_trace(AilReplaying *r, const AilRecording *recording, uint32_t columns);

#endif
