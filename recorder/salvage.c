/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recorder/salvage.h"

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "formats/rrlog.h"
#include "recorder/machine_private.h"
#include "recorder/pieces.h"
#include "recorder/unsealed.h"
#include "recorder/workdir.h"

/* One recording that is being salvaged. */
typedef struct Job {
    const AilSalvage *salvage;
    const char *dir; /* absolute */
    AilUnsealed u;   /* owned */
    bool torn;
    uint64_t bytes;
    AilError err;
} Job;

static AilStatus lost(Job *j, const char *why)
{
    ail_error_set(&j->err, "%s", why);
    return AIL_END;
}

/* It ends here, and was not ended by anybody. */
static void set_end(Job *j, uint64_t insns)
{
    AilManifest *m = j->u.manifest;
    j->torn = true;
    j->u.cause = AIL_RRLOG_CAUSE_QUIT;
    m->instructions = insns;
    m->wall_ms = 0; /* nobody knows */
    g_free(m->end);
    m->end = g_strdup("host-error");
}

static AilStatus seal(Job *j, const char *dir)
{
    const AilSalvage *c = j->salvage;
    AilRrWrite w = {.path = j->u.output,
                    .dir = dir,
                    .force = j->u.force || c->force,
                    .progress = c->progress,
                    .user = c->user};
    return ail_rr_write(&w, j->u.manifest, &j->bytes, &j->err);
}

/* The log of all of a run, up to its last event. */
static AilStatus end_log(Job *j)
{
    const char *name = ail_member_name(AIL_MEMBER_LOG);
    char *log = g_build_filename(j->dir, name, NULL), *cut = g_strconcat(log, ".cut", NULL),
         *snapshot = g_build_filename(j->dir, ail_member_name(AIL_MEMBER_SNAPSHOT), NULL);
    AilVmstate first = {0};
    uint64_t insns = 0;
    AilStatus s = ail_vmstate_read(snapshot, START_SNAPSHOT, &first, &j->err);
    if (s == AIL_OK)
        s = ail_rrlog_reach(log, first.log_offset, &insns, &j->err);
    if (s != AIL_OK || !insns) {
        s = lost(j, "QEMU had not written anything of its log");
    } else {
        AilRrlogCut c = {.start = first.log_offset,
                         .offset = first.log_offset,
                         .insns = insns,
                         .cause = AIL_RRLOG_CAUSE_QUIT,
                         .live = true};
        g_unlink(cut);
        s = ail_rrlog_cut(log, &c, cut, &j->err);
        if (s == AIL_OK && g_rename(cut, log) < 0)
            s = ail_error_set_errno(&j->err, errno, "%s", log);
        set_end(j, insns);
    }
    g_free(snapshot);
    g_free(cut);
    g_free(log);
    return s;
}

/* From now on it is as one that had ended, should we be killed too. */
static AilStatus note_end(Job *j)
{
    j->u.ended = true;
    return ail_unsealed_write(j->dir, &j->u, &j->err);
}

static AilStatus salvage_all(Job *j)
{
    const AilMachine *m = &j->u.manifest->machine;
    AilStatus s = AIL_OK;
    if (!j->u.ended) {
        s = end_log(j);
        if (s == AIL_OK)
            s = ail_machine_copy_disks(m, j->dir, &j->err);
        if (s == AIL_OK)
            s = note_end(j);
    } else {
        s = ail_machine_detach_disks(m, j->dir, &j->err);
    }
    return s == AIL_OK ? seal(j, j->dir) : s;
}

/* Find its end, and put together its files. */
static AilStatus collect(Job *j, AilPiece *p, AilPieces *all)
{
    uint64_t start = j->u.at.icount;
    AilStatus s = j->u.ended ? ail_piece_end_at(p, start + j->u.manifest->instructions)
                             : ail_piece_end_at_last_event(p);
    if (s != AIL_OK)
        return lost(j, ail_pieces_error(all));
    j->torn = !j->u.ended;
    ail_remove_tree(ail_piece_dir(p));
    s = ail_piece_collect(p, j->u.cause, true);
    if (s == AIL_END) { /* the log does not go to its end */
        j->torn = true;
        if (ail_piece_end_at_last_event(p) != AIL_OK)
            return lost(j, ail_pieces_error(all));
        s = ail_piece_collect(p, AIL_RRLOG_CAUSE_QUIT, true);
    }
    if (j->torn)
        set_end(j, ail_piece_insns(p));
    return s == AIL_ERR ? ail_error_set(&j->err, "%s", ail_pieces_error(all)) : s;
}

static AilStatus salvage_piece(Job *j)
{
    const AilMachine *m = &j->u.manifest->machine;
    if (!j->u.begun)
        return lost(j, "it had not begun yet");
    if (!j->u.ended && m->n_disks)
        return lost(j, "what was written to the disks before died with QEMU");
    AilPieces *all = ail_pieces_new(NULL, m, j->dir);
    AilPiece *p = ail_piece_resume(all, j->u.name, &j->u.at);
    if (!j->u.ended)
        j->u.cause = AIL_RRLOG_CAUSE_QUIT;
    AilStatus s = collect(j, p, all);
    if (s == AIL_OK)
        s = ail_machine_verify_disks(m, &j->err);
    if (s == AIL_OK)
        s = seal(j, ail_piece_dir(p));
    ail_piece_free(p);
    ail_pieces_free(all);
    return s;
}

/* It was killed between the last byte of the archive and the note that it is there. */
static bool is_sealed(const Job *j)
{
    const AilManifest *want = j->u.manifest;
    AilManifest *is = NULL;
    AilError ignored = {{0}};
    if (!j->u.ended || ail_rr_read_manifest(j->u.output, &is, NULL, &ignored) != AIL_OK)
        return false;
    bool same = !strcmp(is->created, want->created) && is->instructions == want->instructions &&
                is->wall_ms == want->wall_ms && !strcmp(is->end, want->end);
    ail_manifest_free(is);
    return same;
}

static void tell(const Job *j, AilStatus s)
{
    AilSalvaged x = {.status = s,
                     .output = j->u.output,
                     .why = j->err.text,
                     .torn = j->torn,
                     .insns = j->u.manifest->instructions,
                     .bytes = j->bytes};
    j->salvage->report(j->salvage->user, &x);
}

static AilStatus salvage_one(const AilSalvage *c, const char *dir, const char *name, AilError *err)
{
    Job j = {.salvage = c, .dir = dir};
    if (ail_unsealed_read(dir, name, &j.u, err) != AIL_OK)
        return AIL_ERR;
    if (c->output) {
        g_free(j.u.output);
        j.u.output = g_strdup(c->output);
    }
    AilStatus s = AIL_OK;
    if (!is_sealed(&j)) {
        s = strcmp(name, AIL_UNSEALED_ALL) ? salvage_piece(&j) : salvage_all(&j);
        tell(&j, s);
    }
    if (s != AIL_ERR)
        ail_unsealed_remove(dir, name);
    else
        ail_error_set(err, "%s stays: not all in it is saved", dir);
    ail_unsealed_clear(&j.u);
    return s == AIL_ERR ? AIL_ERR : AIL_OK;
}

AilStatus ail_salvage_run(const AilSalvage *c, AilError *err)
{
    AilWorkdir *work = NULL;
    if (ail_workdir_adopt(c->dir, &work, err) != AIL_OK)
        return AIL_ERR;
    const char *dir = ail_workdir_path(work);
    char **names = ail_unsealed_list(dir);
    AilStatus s = AIL_OK;
    if (c->output && g_strv_length(names) > 1)
        s = ail_error_set(err, "%s has %u recordings, which have names of their own", c->dir,
                          g_strv_length(names));
    for (char **name = names; *name && (s == AIL_OK || !c->output); name++)
        if (salvage_one(c, dir, *name, err) != AIL_OK)
            s = AIL_ERR;
    g_strfreev(names);
    if (s == AIL_OK)
        ail_workdir_remove(work);
    else
        ail_workdir_leave(work);
    return s;
}
