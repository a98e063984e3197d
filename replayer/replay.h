/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replaying a recording into a trace: starts QEMU with the plugin, takes what it emits, watches
 * that the replay goes on, and that it ends where the recording does.
 * A handle belongs to one thread.
 */
#ifndef AIL_REPLAYER_REPLAY_H
#define AIL_REPLAYER_REPLAY_H

#include "formats/error.h"
#include "formats/manifest.h"
#include "formats/osi_profile.h"
#include "replayer/checkpoints.h"
#include "trace/writer.h"

typedef struct AilReplay AilReplay;

typedef struct AilReplayConfig {
    const AilManifest *manifest;     /* of the recording; borrowed */
    const char *dir;                 /* where its members were unpacked to; borrowed */
    const char *plugin;              /* path of the plugin; borrowed */
    const char *identity;            /* the recording's, for the trace's header; borrowed */
    int out_fd;                      /* the trace goes here; borrowed */
    uint32_t columns;                /* AIL_COL_* */
    bool check_xlate;                /* compare each physical address with what QEMU says */
    uint64_t from, to;               /* trace only these instructions: the first, and the one behind
                                        the last; 0: to the end. from < to <= the recording's */
    const AilCheckpoint *checkpoint; /* before `from`, to begin at; NULL: at the beginning */
    uint64_t chunk_insns;            /* instructions in a chunk; 0: the usual */
    uint32_t dict_blocks;            /* blocks in a dictionary; 0: the usual */
    bool introspect;                 /* follow the guest's operating system (event column) */
    const AilOsiProfile *profile;    /* what is known of its kernel; borrowed; NULL: nothing */
    unsigned threads;                /* encoding threads; 0: the usual */
    unsigned stall_seconds;          /* without progress for so long is an error; 0: the usual */
    /* Called now and then from the same thread with the instruction that the replay is at and the
     * one where it ends; false: stop. May be NULL. */
    bool (*progress)(void *user, uint64_t icount, uint64_t total);
    void *user;
} AilReplayConfig;

AilReplay *ail_replay_new(void); /* never NULL */

/* Ends QEMU if it runs, releases everything; r may be NULL. */
void ail_replay_free(AilReplay *r);

const char *ail_replay_error(const AilReplay *r);

/*
 * Replay it, to the end of what is to be traced. AIL_OK: the trace is complete. AIL_END: `progress`
 * said stop; what was written is good up to its last whole chunk. AIL_ERR: the replay diverged,
 * stalled or ended early (the message says at which instruction), or the trace could not be written
 * (ail_replay_write_failed); what was written is good up to its last whole chunk.
 */
AilStatus ail_replay_run(AilReplay *r, const AilReplayConfig *config);

/* Whether the failure was in writing the trace. */
bool ail_replay_write_failed(const AilReplay *r);

/* Why the guest's operating system could not be followed, in a line; "": it could, or was not to
 * be. Valid as long as r. */
const char *ail_replay_osi_note(const AilReplay *r);

/* Sizes of what was written. */
void ail_replay_sizes(AilReplay *r, AilTraceSizes *sizes);

#endif
