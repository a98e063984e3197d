/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The layers that a piece lays on a disk, and taking them away. */
#include "recorder/pieces_private.h"

/* The names of a disk's layers. */
typedef struct Layers {
    char *overlay, *reads, *image;
} Layers;

static Layers layers_of(const AilPiece *p, unsigned disk)
{
    return (Layers){ail_piece_node(p, "overlay", (int)disk), ail_piece_node(p, "reads", (int)disk),
                    ail_piece_node(p, "disk", (int)disk)};
}

static void clear_layers(Layers *l)
{
    g_free(l->overlay);
    g_free(l->reads);
    g_free(l->image);
}

/* What an overlay stands on, once it is there. */
static AilStatus set_backing(AilPiece *p, const char *overlay, const char *backing)
{
    return ail_pieces_execute(
        p->pieces, "blockdev-reopen",
        "{\"options\":[{\"driver\":\"qcow2\",\"node-name\":\"%s\",\"file\":\"%s-file\","
        "\"backing\":\"%s\"}]}",
        overlay, overlay, backing);
}

/* A node that is of no use after all. What failed before is what is told. */
static void remove_node(AilPieces *all, const char *node)
{
    AilError before = all->err;
    ail_pieces_execute(all, "blockdev-del", "{\"node-name\":\"%s\"}", node);
    all->err = before;
}

static AilStatus put_overlay(AilPiece *p, unsigned disk, const Layers *l)
{
    AilPieces *all = p->pieces;
    if (ail_pieces_execute(all, "blockdev-add",
                           "{\"driver\":\"qcow2\",\"node-name\":\"%s\",\"backing\":null,\"file\":"
                           "{\"driver\":\"file\",\"node-name\":\"%s-file\",\"filename\":"
                           "\"%s.qcow2\"}}",
                           l->overlay, l->overlay, l->overlay) != AIL_OK)
        return AIL_ERR;
    if (ail_pieces_execute(all, "blockdev-snapshot", "{\"node\":\"%s\",\"overlay\":\"%s\"}",
                           all->tops[disk], l->overlay) != AIL_OK) {
        remove_node(all, l->overlay);
        return AIL_ERR;
    }
    p->below[disk] = all->tops[disk];
    all->tops[disk] = g_strdup(l->overlay);
    g_ptr_array_add(all->chains[disk], g_strconcat(l->overlay, ".qcow2", NULL));
    return AIL_OK;
}

static AilStatus put_reads(AilPiece *p, unsigned disk, const Layers *l)
{
    if (ail_pieces_execute(
            p->pieces, "blockdev-add",
            "{\"driver\":\"copy-on-read\",\"node-name\":\"%s\",\"read-only\":false,\"file\":"
            "{\"driver\":\"qcow2\",\"node-name\":\"%s\",\"read-only\":false,\"backing\":"
            "\"%s\",\"file\":{\"driver\":\"file\",\"node-name\":\"%s-file\",\"filename\":"
            "\"%s.qcow2\"}}}",
            l->reads, l->image, p->below[disk], l->image, l->image) != AIL_OK)
        return AIL_ERR;
    AilStatus s = set_backing(p, l->overlay, l->reads);
    if (s != AIL_OK)
        remove_node(p->pieces, l->reads);
    return s;
}

/*
 * First the overlay goes on top, then a copy-on-read filter with its image between the two. It has
 * to be in this order: a node with a filter in front cannot take an overlay, and an overlay is
 * only accepted while nothing is below it.
 */
AilStatus ail_piece_add_layers(AilPiece *p, unsigned disk)
{
    Layers l = layers_of(p, disk);
    AilStatus s = put_overlay(p, disk, &l);
    if (s == AIL_OK)
        s = put_reads(p, disk, &l);
    clear_layers(&l);
    return s;
}

/* Nothing is to be copied any more; QEMU writes out what it holds of the image, and no more of it.
 */
AilStatus ail_piece_close_layers(AilPiece *p, unsigned disk)
{
    Layers l = layers_of(p, disk);
    AilStatus s = set_backing(p, l.overlay, l.image);
    if (s == AIL_OK)
        s = ail_pieces_execute(p->pieces, "blockdev-del", "{\"node-name\":\"%s\"}", l.reads);
    if (s == AIL_OK)
        s = ail_pieces_execute(
            p->pieces, "blockdev-reopen",
            "{\"options\":[{\"driver\":\"qcow2\",\"node-name\":\"%s\",\"read-only\":true,"
            "\"file\":\"%s-file\",\"backing\":\"%s\"}]}",
            l.image, l.image, p->below[disk]);
    clear_layers(&l);
    return s;
}
