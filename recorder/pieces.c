/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recorder/pieces_private.h"

#include <glib.h>
#include <inttypes.h>
#include <string.h>

enum { QMP_MS = 60000 };

AilPieces *ail_pieces_new(AilQemu *qemu, const AilMachine *machine, const char *dir)
{
    AilPieces *p = g_new0(AilPieces, 1);
    p->qemu = qemu;
    p->machine = machine;
    p->dir = dir;
    for (unsigned i = 0; i < machine->n_disks; i++) {
        p->tops[i] = g_strdup_printf(TOP_NODE, i);
        p->chains[i] = g_ptr_array_new_with_free_func(g_free);
        g_ptr_array_add(p->chains[i], ail_machine_overlay(i));
    }
    return p;
}

void ail_pieces_free(AilPieces *p)
{
    if (!p)
        return;
    for (unsigned i = 0; i < AIL_MACHINE_MAX_DISKS; i++) {
        g_free(p->tops[i]);
        if (p->chains[i])
            g_ptr_array_unref(p->chains[i]);
    }
    g_free(p);
}

const char *ail_pieces_error(const AilPieces *p)
{
    return p->err.text;
}

char *ail_piece_node(const AilPiece *p, const char *what, int disk)
{
    return disk < 0 ? g_strdup_printf("%s-%s", p->name, what)
                    : g_strdup_printf("%s-%s%d", p->name, what, disk);
}

static AilPiece *new_piece(AilPieces *pieces, const char *name)
{
    AilPiece *p = g_new0(AilPiece, 1);
    p->pieces = pieces;
    p->name = g_strdup(name);
    p->dir = g_build_filename(pieces->dir, p->name, NULL);
    return p;
}

AilStatus ail_piece_prepare(AilPieces *pieces, AilPiece **piece)
{
    char *name = g_strdup_printf("piece%u", pieces->next++);
    AilPiece *p = new_piece(pieces, name);
    g_free(name);
    AilStatus s = ail_piece_make_images(p);
    if (s == AIL_OK)
        *piece = p;
    else
        ail_piece_free(p);
    return s;
}

AilPiece *ail_piece_resume(AilPieces *pieces, const char *name, const AilVmstate *at)
{
    AilPiece *p = new_piece(pieces, name);
    p->at = *at;
    p->resumed = true;
    return p;
}

const char *ail_piece_name(const AilPiece *p)
{
    return p->name;
}

const AilVmstate *ail_piece_start(const AilPiece *p)
{
    return &p->at;
}

uint64_t ail_piece_insns(const AilPiece *p)
{
    return p->insns;
}

const char *ail_piece_dir(const AilPiece *p)
{
    return p->dir;
}

static AilStatus take_snapshot(AilPiece *p)
{
    char *node = ail_piece_node(p, "snapshot", -1);
    char *file = g_strconcat(node, ".qcow2", NULL);
    AilStatus s = ail_pieces_save(p->pieces, node, file, PIECE_SNAPSHOT, "");
    g_free(file);
    g_free(node);
    return s;
}

static AilStatus icount(AilPieces *p, uint64_t *n)
{
    AilQmp *qmp = ail_qemu_qmp(p->qemu);
    return ail_qmp_icount(qmp, QMP_MS, n) == AIL_OK
               ? AIL_OK
               : ail_error_set(&p->err, "%s", ail_qmp_error(qmp));
}

static AilStatus check_idle(AilPieces *p)
{
    return ail_machine_disks_idle(p->machine, ail_qemu_qmp(p->qemu), &p->err);
}

static AilStatus find_start(AilPiece *p)
{
    uint64_t now = 0;
    AilStatus s = ail_piece_read_start(p);
    if (s == AIL_OK)
        s = icount(p->pieces, &now);
    if (s == AIL_OK && now != p->at.icount)
        s = ail_error_set(&p->pieces->err,
                          "the snapshot was taken at another instruction than the piece's");
    return s;
}

/* All disks' layers, also should one of them fail: the machine goes on without the piece. The first
 * failure is the one that is told. */
static AilStatus close_all_layers(AilPiece *p, AilStatus s)
{
    for (; p->n_layers; p->n_layers--) {
        AilError before = p->pieces->err;
        if (ail_piece_close_layers(p, p->n_layers - 1) == AIL_OK)
            continue;
        if (s != AIL_OK)
            p->pieces->err = before;
        s = AIL_ERR;
    }
    return s;
}

/* The snapshot first: it may have to wait, and until it is there nothing must be written above the
 * layers. */
AilStatus ail_piece_begin(AilPiece *p)
{
    AilStatus s = check_idle(p->pieces);
    if (s == AIL_OK)
        s = take_snapshot(p);
    if (s == AIL_OK)
        s = find_start(p);
    while (s == AIL_OK && p->n_layers < p->pieces->machine->n_disks) {
        s = ail_piece_add_layers(p, p->n_layers);
        if (s == AIL_OK)
            p->n_layers++;
    }
    return s == AIL_ERR ? close_all_layers(p, s) : s;
}

AilStatus ail_piece_end_at(AilPiece *p, uint64_t now)
{
    if (now <= p->at.icount)
        return ail_error_set(&p->pieces->err, "the machine executed nothing since the piece began");
    p->insns = now - p->at.icount;
    return AIL_OK;
}

AilStatus ail_piece_end(AilPiece *p)
{
    uint64_t now = 0;
    AilStatus s = check_idle(p->pieces);
    if (s == AIL_OK)
        s = icount(p->pieces, &now);
    if (s == AIL_OK && now == p->at.icount) {
        ail_error_set(&p->pieces->err, "the machine executed nothing since the piece began");
        s = AIL_END;
    }
    if (s == AIL_OK)
        s = close_all_layers(p, s);
    return s == AIL_OK ? ail_piece_end_at(p, now) : s;
}
