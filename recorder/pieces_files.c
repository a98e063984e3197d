/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A piece's files: the images that QEMU fills, the members that become a recording. */
#include "recorder/pieces_private.h"

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "formats/rrlog.h"
#include "formats/vmstate.h"
#include "recorder/workdir.h"

static AilStatus make_image(AilPiece *p, const char *what, int disk, const char *size)
{
    char *node = ail_piece_node(p, what, disk), *file = g_strconcat(node, ".qcow2", NULL);
    AilStatus s = ail_machine_create_image(p->pieces->dir, file, size, &p->pieces->err);
    g_free(file);
    g_free(node);
    return s;
}

AilStatus ail_piece_make_images(AilPiece *p)
{
    AilPieces *all = p->pieces;
    AilStatus s = make_image(p, "snapshot", -1, "1M");
    for (unsigned i = 0; i < all->machine->n_disks && s == AIL_OK; i++) {
        char size[24];
        s = ail_machine_guest_size(all->dir, i, size, &all->err);
        if (s == AIL_OK)
            s = make_image(p, "disk", (int)i, size);
        if (s == AIL_OK)
            s = make_image(p, "overlay", (int)i, size);
    }
    return s;
}

/* Member `name` of the piece, from a file of QEMU's directory. */
static AilStatus link_member(AilPiece *p, const char *file, const char *name)
{
    char *from = g_build_filename(p->pieces->dir, file, NULL),
         *to = g_build_filename(p->dir, name, NULL);
    AilStatus s = AIL_OK;
    /* Some file systems have no hard links. */
    if (link(from, to) < 0 && errno != EEXIST)
        s = ail_machine_copy_file(p->pieces->dir, file, p->dir, name, &p->pieces->err);
    g_free(from);
    g_free(to);
    return s;
}

static AilStatus link_image(AilPiece *p, const char *what, int disk, AilMember member)
{
    char *node = ail_piece_node(p, what, disk), *file = g_strconcat(node, ".qcow2", NULL);
    AilStatus s = link_member(p, file, ail_member_name(member));
    g_free(file);
    g_free(node);
    return s;
}

static AilStatus link_members(AilPiece *p)
{
    const AilMachine *m = p->pieces->machine;
    AilStatus s = link_image(p, "snapshot", -1, AIL_MEMBER_SNAPSHOT);
    for (int i = 0; i < (int)m->n_disks && s == AIL_OK; i++)
        s = link_image(p, "disk", i, (AilMember)(AIL_MEMBER_DISK + i));
    for (AilMember i = AIL_MEMBER_KERNEL; i <= AIL_MEMBER_FIRMWARE && s == AIL_OK; i++)
        if (ail_member_wanted(m, i))
            s = link_member(p, ail_member_name(i), ail_member_name(i));
    return s;
}

static AilStatus read_snapshot(AilPieces *all, const char *file, AilVmstate *state)
{
    char *path = g_build_filename(all->dir, file, NULL);
    AilStatus s = ail_vmstate_read(path, PIECE_SNAPSHOT, state, &all->err);
    g_free(path);
    return s;
}

AilStatus ail_piece_read_start(AilPiece *p)
{
    char *node = ail_piece_node(p, "snapshot", -1), *file = g_strconcat(node, ".qcow2", NULL);
    AilStatus s = read_snapshot(p->pieces, file, &p->at);
    g_free(file);
    g_free(node);
    return s;
}

static AilStatus rebase_snapshot(AilPiece *p, uint64_t log_offset)
{
    char *path = g_build_filename(p->dir, ail_member_name(AIL_MEMBER_SNAPSHOT), NULL);
    AilStatus s = ail_vmstate_rebase(path, PIECE_SNAPSHOT, p->pieces->machine->shift, log_offset,
                                     &p->pieces->err);
    g_free(path);
    return s;
}

/* The log behind the snapshot, and the snapshot as the beginning of that. */
static AilStatus cut_log(AilPiece *p, int64_t cause, bool live)
{
    const char *name = ail_member_name(AIL_MEMBER_LOG);
    char *log = g_build_filename(p->pieces->dir, name, NULL),
         *piece = g_build_filename(p->dir, name, NULL);
    AilVmstate first;
    AilStatus s = read_snapshot(p->pieces, ail_member_name(AIL_MEMBER_SNAPSHOT), &first);
    if (s == AIL_OK) {
        AilRrlogCut cut = {.start = first.log_offset,
                           .offset = p->at.log_offset,
                           .left = p->at.left,
                           .done = p->at.done,
                           .insns = p->insns,
                           .cause = cause,
                           .live = live};
        s = ail_rrlog_cut(log, &cut, piece, &p->pieces->err);
    }
    if (s == AIL_OK)
        s = rebase_snapshot(p, first.log_offset);
    g_free(piece);
    g_free(log);
    return s;
}

AilStatus ail_piece_end_at_last_event(AilPiece *p)
{
    AilPieces *all = p->pieces;
    uint64_t insns = 0;
    if (all->machine->n_disks && !p->insns)
        return ail_error_set(&all->err, "what QEMU had read of the disks died with it");
    char *log = g_build_filename(all->dir, ail_member_name(AIL_MEMBER_LOG), NULL);
    AilStatus s = ail_rrlog_reach(log, p->at.log_offset, &insns, &all->err);
    g_free(log);
    return s == AIL_OK ? ail_piece_end_at(p, p->at.icount - p->at.done + insns) : s;
}

AilStatus ail_piece_collect(AilPiece *p, int64_t cause, bool live)
{
    if (g_mkdir(p->dir, 0700) < 0 && errno != EEXIST)
        return ail_error_set_errno(&p->pieces->err, errno, "cannot make %s", p->dir);
    AilStatus s = link_members(p);
    return s == AIL_OK ? cut_log(p, cause, live) : s;
}

/* The disks' images stay: QEMU goes on to read from them. */
static void remove_files(AilPiece *p)
{
    ail_remove_tree(p->dir);
    char *node = ail_piece_node(p, "snapshot", -1), *file = g_strconcat(node, ".qcow2", NULL),
         *path = g_build_filename(p->pieces->dir, file, NULL);
    g_unlink(path);
    g_free(path);
    g_free(file);
    g_free(node);
}

void ail_piece_free(AilPiece *p)
{
    if (!p)
        return;
    if (!p->resumed)
        remove_files(p);
    for (unsigned i = 0; i < AIL_MACHINE_MAX_DISKS; i++)
        g_free(p->below[i]);
    g_free(p->dir);
    g_free(p->name);
    g_free(p);
}
