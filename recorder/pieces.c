/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recorder/pieces_private.h"

#include <glib.h>
#include <inttypes.h>
#include <string.h>

enum { QMP_MS = 60000, JOB_MS = 120000, JOB_POLL_US = 2000 };

AilPieces *ail_pieces_new(AilQemu *qemu, const AilMachine *machine, const char *dir)
{
    AilPieces *p = g_new0(AilPieces, 1);
    p->qemu = qemu;
    p->machine = machine;
    p->dir = dir;
    for (unsigned i = 0; i < machine->n_disks; i++)
        p->tops[i] = g_strdup_printf(TOP_NODE, i);
    return p;
}

void ail_pieces_free(AilPieces *p)
{
    if (!p)
        return;
    for (unsigned i = 0; i < AIL_MACHINE_MAX_DISKS; i++)
        g_free(p->tops[i]);
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

AilStatus ail_piece_prepare(AilPieces *pieces, AilPiece **piece)
{
    AilPiece *p = g_new0(AilPiece, 1);
    p->pieces = pieces;
    p->name = g_strdup_printf("piece%u", pieces->next++);
    p->dir = g_build_filename(pieces->dir, p->name, NULL);
    AilStatus s = ail_piece_make_images(p);
    if (s == AIL_OK)
        *piece = p;
    else
        ail_piece_free(p);
    return s;
}

uint64_t ail_piece_start(const AilPiece *p)
{
    return p->start;
}

uint64_t ail_piece_insns(const AilPiece *p)
{
    return p->insns;
}

const char *ail_piece_dir(const AilPiece *p)
{
    return p->dir;
}

/* Run a command whose arguments are printed. */
static AilStatus execute(AilPieces *p, const char *command, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static AilStatus execute(AilPieces *p, const char *command, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *arguments = g_strdup_vprintf(format, args);
    va_end(args);
    AilQmp *qmp = ail_qemu_qmp(p->qemu);
    AilStatus s = ail_qmp_execute(qmp, command, arguments, QMP_MS, NULL);
    g_free(arguments);
    return s == AIL_OK ? AIL_OK : ail_error_set(&p->err, "%s", ail_qmp_error(qmp));
}

/* Look at our job, the only one. *status: "concluded" and so on; error: gets its error, which may
 * be NULL. Both are the caller's. */
static AilStatus query_job(AilPieces *p, char **status, char **error)
{
    AilQmp *qmp = ail_qemu_qmp(p->qemu);
    JsonNode *jobs = NULL;
    if (ail_qmp_execute(qmp, "query-jobs", NULL, QMP_MS, &jobs) != AIL_OK)
        return ail_error_set(&p->err, "%s", ail_qmp_error(qmp));
    JsonArray *list = JSON_NODE_HOLDS_ARRAY(jobs) ? json_node_get_array(jobs) : NULL;
    JsonObject *job =
        list && json_array_get_length(list) ? json_array_get_object_element(list, 0) : NULL;
    if (job) {
        *status = g_strdup(json_object_get_string_member_with_default(job, "status", ""));
        *error = g_strdup(json_object_get_string_member_with_default(job, "error", NULL));
    }
    json_node_unref(jobs);
    return job ? AIL_OK : ail_error_set(&p->err, "QEMU has lost the job of taking a snapshot");
}

static AilStatus finish_job(AilPieces *p, const char *id)
{
    char *status = NULL, *error = NULL;
    AilStatus s;
    int64_t deadline = g_get_monotonic_time() + (int64_t)JOB_MS * 1000;
    while ((s = query_job(p, &status, &error)) == AIL_OK && strcmp(status, "concluded")) {
        g_clear_pointer(&status, g_free);
        g_clear_pointer(&error, g_free);
        if (g_get_monotonic_time() > deadline)
            return ail_error_set(&p->err, "QEMU took no snapshot within %d ms", JOB_MS);
        g_usleep(JOB_POLL_US);
    }
    if (s == AIL_OK)
        s = execute(p, "job-dismiss", "{\"id\":\"%s\"}", id);
    if (s == AIL_OK && error) {
        /* Disk requests are on their way: QEMU wants to be asked again later. */
        s = strstr(error, "Try once more") ? AIL_END : AIL_ERR;
        ail_error_set(&p->err, "QEMU took no snapshot: %s", error);
    }
    g_free(status);
    g_free(error);
    return s;
}

/* State into image NODE.qcow2, which is open only for as long as that takes; more: further devices
 * that get a snapshot, options: of that image, both as JSON. */
static AilStatus save(AilPieces *p, const char *node, const char *tag, const char *more,
                      const char *options)
{
    AilStatus s = execute(p, "blockdev-add",
                          "{\"driver\":\"qcow2\",\"node-name\":\"%s\"%s,\"file\":{\"driver\":"
                          "\"file\",\"filename\":\"%s.qcow2\"}}",
                          node, options, node);
    if (s == AIL_OK) {
        s = execute(p, "snapshot-save",
                    "{\"job-id\":\"%s\",\"tag\":\"%s\",\"vmstate\":\"%s\","
                    "\"devices\":[\"%s\"%s]}",
                    node, tag, node, node, more);
        if (s == AIL_OK)
            s = finish_job(p, node);
        if (execute(p, "blockdev-del", "{\"node-name\":\"%s\"}", node) != AIL_OK)
            s = AIL_ERR;
    }
    return s;
}

static AilStatus take_snapshot(AilPiece *p)
{
    char *node = ail_piece_node(p, "snapshot", -1);
    AilStatus s = save(p->pieces, node, PIECE_SNAPSHOT, "", "");
    g_free(node);
    return s;
}

static AilStatus check_idle(AilPieces *p)
{
    return ail_machine_disks_idle(p->machine, ail_qemu_qmp(p->qemu), &p->err);
}

/* Who keeps these can make them anew: they need not wait until the host's disk has them. */
AilStatus ail_pieces_keep(AilPieces *p, const char *name, const char *tag)
{
    char *file = g_strconcat(name, ".qcow2", NULL);
    GString *disks = g_string_new(NULL);
    for (unsigned i = 0; i < p->machine->n_disks; i++)
        g_string_append_printf(disks, ",\"%s\"", p->tops[i]);
    AilStatus s = check_idle(p);
    if (s == AIL_OK)
        s = ail_machine_create_image(p->dir, file, "1M", &p->err);
    if (s == AIL_OK)
        s = save(p, name, tag, disks->str, ",\"cache\":{\"no-flush\":true}");
    g_string_free(disks, TRUE);
    g_free(file);
    return s;
}

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
    return execute(p->pieces, "blockdev-reopen",
                   "{\"options\":[{\"driver\":\"qcow2\",\"node-name\":\"%s\",\"file\":\"%s-file\","
                   "\"backing\":\"%s\"}]}",
                   overlay, overlay, backing);
}

/*
 * First the overlay goes on top, then a copy-on-read filter with its image between the two. It has
 * to be in this order: a node with a filter in front cannot take an overlay, and an overlay is
 * only accepted while nothing is below it.
 */
static AilStatus add_layers(AilPiece *p, unsigned disk)
{
    AilPieces *all = p->pieces;
    Layers l = layers_of(p, disk);
    AilStatus s =
        execute(all, "blockdev-add",
                "{\"driver\":\"qcow2\",\"node-name\":\"%s\",\"backing\":null,\"file\":"
                "{\"driver\":\"file\",\"node-name\":\"%s-file\",\"filename\":\"%s.qcow2\"}}",
                l.overlay, l.overlay, l.overlay);
    if (s == AIL_OK)
        s = execute(all, "blockdev-snapshot", "{\"node\":\"%s\",\"overlay\":\"%s\"}",
                    all->tops[disk], l.overlay);
    if (s == AIL_OK) {
        p->below[disk] = all->tops[disk];
        all->tops[disk] = g_strdup(l.overlay);
        s = execute(
            all, "blockdev-add",
            "{\"driver\":\"copy-on-read\",\"node-name\":\"%s\",\"read-only\":false,\"file\":"
            "{\"driver\":\"qcow2\",\"node-name\":\"%s\",\"read-only\":false,\"backing\":"
            "\"%s\",\"file\":{\"driver\":\"file\",\"node-name\":\"%s-file\",\"filename\":"
            "\"%s.qcow2\"}}}",
            l.reads, l.image, p->below[disk], l.image, l.image);
    }
    if (s == AIL_OK)
        s = set_backing(p, l.overlay, l.reads);
    clear_layers(&l);
    return s;
}

/* Nothing is to be copied any more; QEMU writes out what it holds of the image, and no more of it.
 */
static AilStatus close_layers(AilPiece *p, unsigned disk)
{
    Layers l = layers_of(p, disk);
    AilStatus s = set_backing(p, l.overlay, l.image);
    if (s == AIL_OK)
        s = execute(p->pieces, "blockdev-del", "{\"node-name\":\"%s\"}", l.reads);
    if (s == AIL_OK)
        s = execute(p->pieces, "blockdev-reopen",
                    "{\"options\":[{\"driver\":\"qcow2\",\"node-name\":\"%s\",\"read-only\":true,"
                    "\"file\":\"%s-file\",\"backing\":\"%s\"}]}",
                    l.image, l.image, p->below[disk]);
    clear_layers(&l);
    return s;
}

static AilStatus icount(AilPieces *p, uint64_t *n)
{
    AilQmp *qmp = ail_qemu_qmp(p->qemu);
    return ail_qmp_icount(qmp, QMP_MS, n) == AIL_OK
               ? AIL_OK
               : ail_error_set(&p->err, "%s", ail_qmp_error(qmp));
}

/* The snapshot first: it may have to wait, and until it is there nothing must be written above the
 * layers. */
AilStatus ail_piece_begin(AilPiece *p)
{
    AilStatus s = check_idle(p->pieces);
    if (s == AIL_OK)
        s = take_snapshot(p);
    if (s == AIL_OK)
        s = icount(p->pieces, &p->start);
    for (; s == AIL_OK && p->n_layers < p->pieces->machine->n_disks; p->n_layers++)
        s = add_layers(p, p->n_layers);
    return s;
}

AilStatus ail_piece_end_at(AilPiece *p, uint64_t now)
{
    if (now <= p->start)
        return ail_error_set(&p->pieces->err, "the machine executed nothing since the piece began");
    p->insns = now - p->start;
    return AIL_OK;
}

AilStatus ail_piece_end(AilPiece *p)
{
    uint64_t now = 0;
    AilStatus s = check_idle(p->pieces);
    if (s == AIL_OK)
        s = icount(p->pieces, &now);
    if (s == AIL_OK && now == p->start) {
        ail_error_set(&p->pieces->err, "the machine executed nothing since the piece began");
        s = AIL_END;
    }
    for (unsigned i = 0; i < p->n_layers && s == AIL_OK; i++)
        s = close_layers(p, i);
    return s == AIL_OK ? ail_piece_end_at(p, now) : s;
}
