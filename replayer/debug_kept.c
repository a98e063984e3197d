/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "replayer/debug_kept.h"

#include <glib.h>

#include "recorder/workdir.h"
#include "replayer/checkpoints.h"
#include "replayer/debug_copy.h"

enum {
    MAX_NEAR = 6,
    PARTS = 8, /* states at even distances, at most */
};

#define MIN_STRIDE (UINT64_C(1) << 27)
#define MAX_BYTES  (UINT64_C(4) << 30) /* of states on the disk */

typedef struct State {
    uint64_t icount;
    char *folder; /* owned; NULL: the recording's beginning */
    bool ours;    /* was kept, and is to be removed */
    bool near;    /* for going back by little */
} State;

struct AilKept {
    GArray *states; /* of State; owned */
    uint64_t bytes; /* of those that are ours */
};

static void clear_state(void *item)
{
    State *state = item;
    g_free(state->folder);
}

static void add_checkpoints(AilKept *k, const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        State state = {.icount = ail_checkpoint_of(name)};
        if (!state.icount)
            continue;
        state.folder = g_strdup(path);
        g_array_append_val(k->states, state);
    }
    if (dir)
        g_dir_close(dir);
}

AilKept *ail_kept_new(const char *checkpoints)
{
    AilKept *k = g_new0(AilKept, 1);
    State beginning = {0};
    k->states = g_array_new(FALSE, FALSE, sizeof(State));
    g_array_set_clear_func(k->states, clear_state);
    g_array_append_val(k->states, beginning);
    add_checkpoints(k, checkpoints);
    return k;
}

void ail_kept_free(AilKept *k)
{
    if (!k)
        return;
    g_array_unref(k->states);
    g_free(k);
}

static const State *last_state(const AilKept *k, uint64_t icount)
{
    const State *best = NULL;
    for (guint i = 0; i < k->states->len; i++) {
        const State *state = &g_array_index(k->states, State, i);
        if (state->icount <= icount && (!best || state->icount > best->icount))
            best = state;
    }
    return best;
}

uint64_t ail_kept_last(const AilKept *k, uint64_t icount)
{
    return last_state(k, icount)->icount;
}

const char *ail_kept_folder(const AilKept *k, uint64_t icount)
{
    return last_state(k, icount)->folder;
}

void ail_kept_add(AilKept *k, uint64_t icount, const char *folder, bool near)
{
    State state = {icount, g_strdup(folder), true, near};
    k->bytes += ail_debug_folder_size(folder);
    g_array_append_val(k->states, state);
}

static void remove_state(AilKept *k, guint i)
{
    const State *state = &g_array_index(k->states, State, i);
    if (state->ours) {
        k->bytes -= MIN(k->bytes, ail_debug_folder_size(state->folder));
        ail_remove_tree(state->folder);
    }
    g_array_remove_index(k->states, i);
}

void ail_kept_make_room(AilKept *k)
{
    guint n = 0, oldest = 0;
    for (guint i = k->states->len; i-- > 0;) {
        if (!g_array_index(k->states, State, i).near)
            continue;
        oldest = i;
        n++;
    }
    if (n >= MAX_NEAR)
        remove_state(k, oldest);
}

bool ail_kept_forget(AilKept *k, uint64_t icount)
{
    uint64_t at = ail_kept_last(k, icount);
    for (guint i = k->states->len; at && i-- > 0;)
        if (g_array_index(k->states, State, i).icount == at)
            remove_state(k, i);
    return at > 0;
}

uint64_t ail_kept_next(const AilKept *k, uint64_t icount, uint64_t instructions)
{
    uint64_t stride = MAX(instructions / (PARTS + 1), MIN_STRIDE);
    uint64_t next = icount / stride * stride + stride;
    if (k->bytes >= MAX_BYTES)
        return UINT64_MAX;
    while (next < instructions && ail_kept_last(k, next + stride / 2) > next - stride / 2)
        next += stride;
    return next;
}
