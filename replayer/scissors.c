/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "replayer/scissors.h"

#include <glib.h>
#include <inttypes.h>
#include <string.h>

#include "formats/rrlog.h"
#include "recorder/pieces.h"

typedef struct Cutting {
    const AilScissors *cut;
    AilDrive *drive;
    AilPieces *pieces;
    AilPiece *piece;
    AilError *err;
} Cutting;

static AilStatus drive_to(Cutting *c, uint64_t icount)
{
    AilStatus s = ail_drive_to(c->drive, icount);
    return s == AIL_ERR ? ail_error_set(c->err, "%s", ail_drive_error(c->drive)) : s;
}

static AilStatus piece_failed(Cutting *c)
{
    return ail_error_set(c->err, "%s", ail_pieces_error(c->pieces));
}

/* The machine stands where the piece begins. */
static AilStatus begin(Cutting *c)
{
    AilStatus s = ail_piece_prepare(c->pieces, &c->piece);
    if (s == AIL_OK)
        s = ail_piece_begin(c->piece);
    if (s == AIL_END)
        return ail_error_set(c->err,
                             "at instruction %" PRIu64 " disk requests are on their way, so that "
                             "QEMU can take no snapshot there; begin some thousand instructions "
                             "earlier or later",
                             c->cut->from);
    return s == AIL_OK ? AIL_OK : piece_failed(c);
}

static AilStatus replay(Cutting *c)
{
    const AilScissors *x = c->cut;
    AilStatus s = ail_drive_start(c->drive, &x->drive);
    if (s != AIL_OK)
        return ail_error_set(c->err, "%s", ail_drive_error(c->drive));
    c->pieces = ail_pieces_new(ail_drive_qemu(c->drive), &x->drive.manifest->machine, x->drive.dir);
    s = drive_to(c, x->from);
    if (s == AIL_OK)
        s = begin(c);
    if (s == AIL_OK)
        s = drive_to(c, x->to);
    if (s == AIL_OK && ail_drive_end(c->drive) != AIL_OK)
        s = ail_error_set(c->err, "%s", ail_drive_error(c->drive));
    if (s == AIL_OK && ail_piece_end_at(c->piece, x->to) != AIL_OK)
        s = piece_failed(c);
    return s;
}

/* Why a piece says that it ended: as the recording, when it goes to its end. */
static int64_t cause_of(const AilScissors *x)
{
    const AilManifest *m = x->drive.manifest;
    for (int64_t i = 0; x->to == m->instructions && i < AIL_RRLOG_CAUSES; i++)
        if (!strcmp(m->end, ail_rrlog_shutdown_name(i)))
            return i;
    return AIL_RRLOG_CAUSE_QUIT;
}

static AilStatus pack(Cutting *c, AilManifest *m, uint64_t *size)
{
    if (ail_piece_collect(c->piece, cause_of(c->cut), false) != AIL_OK)
        return piece_failed(c);
    m->wall_ms = 0; /* nobody knows how long the host took for it */
    bool to_end = c->cut->to == c->cut->drive.manifest->instructions;
    m->instructions = c->cut->to - c->cut->from;
    if (!to_end) {
        g_free(m->end);
        m->end = g_strdup("scissors");
    }
    AilRrWrite w = {.path = c->cut->output,
                    .dir = ail_piece_dir(c->piece),
                    .force = c->cut->force,
                    .progress = c->cut->packing,
                    .user = c->cut->drive.user};
    return ail_rr_write(&w, m, size, c->err);
}

static AilManifest *copy_manifest(const AilManifest *m)
{
    AilManifest *copy = NULL;
    char *json = ail_manifest_to_json(m);
    AilError ignored = {{0}};
    ail_manifest_from_json("manifest", json, strlen(json), &copy, &ignored);
    g_free(json);
    return copy;
}

AilStatus ail_scissors_cut(const AilScissors *cut, AilManifest **manifest, uint64_t *size,
                           AilError *err)
{
    if (cut->drive.manifest->machine.arch == AIL_MACHINE_PPC && cut->from)
        return ail_error_set(err,
                             "a piece of a ppc machine's run cannot begin in its midst: QEMU does "
                             "not show in which address space that is");
    Cutting c = {.cut = cut, .drive = ail_drive_new(), .err = err};
    *manifest = NULL;
    AilStatus s = replay(&c);
    if (s == AIL_OK) {
        *manifest = copy_manifest(cut->drive.manifest);
        s = *manifest ? AIL_OK : ail_error_set(err, "the recording's manifest cannot be copied");
    }
    if (s == AIL_OK) {
        s = pack(&c, *manifest, size);
    }
    if (s != AIL_OK)
        g_clear_pointer(manifest, ail_manifest_free);
    ail_piece_free(c.piece);
    ail_pieces_free(c.pieces);
    ail_drive_free(c.drive);
    return s;
}
