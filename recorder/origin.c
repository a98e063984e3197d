/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recorder/origin.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "formats/qcow2.h"
#include "formats/text.h"
#include "recorder/pieces_private.h"

/* In QEMU's directory: the state that is loaded, and one that only sets the clock. */
#define STATE "origin.qcow2"
#define CLOCK "clock.qcow2"

static AilStatus has_state(const char *path, const char *tag, AilError *err)
{
    AilQcow2 *image = ail_qcow2_new();
    AilStatus s = ail_qcow2_open(image, path, tag, false);
    if (s != AIL_OK)
        ail_error_set(err, "%s", ail_qcow2_error(image));
    ail_qcow2_free(image);
    return s;
}

/* The image that has the state; NULL: none has. */
static const char *find_state(const AilOrigin *o, const AilMachine *m, AilError *err)
{
    if (o->image)
        return has_state(o->image, o->tag, err) == AIL_OK ? o->image : NULL;
    if (!m->n_disks)
        ail_error_set(err, "the machine has no disk that could have a snapshot '%s'", o->tag);
    for (unsigned i = 0; i < m->n_disks; i++)
        if (has_state(m->disks[i].path, o->tag, err) == AIL_OK)
            return m->disks[i].path;
    return NULL;
}

static AilStatus copy(const char *path, const char *dir, const char *to, AilError *err)
{
    char *parent = g_path_get_dirname(path), *name = g_path_get_basename(path);
    AilStatus s = ail_machine_copy_file(parent, name, dir, to, err);
    g_free(name);
    g_free(parent);
    return s;
}

/* Disk i as it was in the snapshot: a copy of the same name, in a directory of its own. */
static AilStatus prepare_disk(const AilOrigin *o, AilDisk *disk, unsigned i, const char *dir,
                              AilError *err)
{
    char number[16], *name = g_path_get_basename(disk->path);
    g_snprintf(number, sizeof number, "disk%u", i);
    char *folder = g_build_filename(dir, number, NULL),
         *path = g_build_filename(folder, name, NULL);
    const char *const apply[] = {"qemu-img", "snapshot", "-q", "-a", o->tag, path, NULL};
    AilDisk copied = {0};
    AilStatus s = AIL_OK;
    if (!disk->qcow2)
        s = ail_error_set(err, "%s: a raw image has no snapshots; convert it before they are taken",
                          disk->path);
    else if (g_mkdir(folder, 0700) < 0)
        s = ail_error_set_errno(err, errno, "%s", folder);
    if (s == AIL_OK)
        s = copy(disk->path, folder, name, err);
    if (s == AIL_OK && ail_machine_qemu_img(dir, apply, NULL) != AIL_OK)
        s = ail_error_set(err, "%s has no snapshot '%s'; `qemu-img snapshot -l` lists those it has",
                          disk->path, o->tag);
    if (s == AIL_OK)
        s = ail_machine_describe_disk(path, &copied, err);
    if (s == AIL_OK) {
        copied.bus = disk->bus;
        g_free(disk->path);
        *disk = copied;
    }
    g_free(path);
    g_free(folder);
    g_free(name);
    return s;
}

AilStatus ail_origin_prepare(AilOrigin *o, AilMachine *m, const char *dir, AilError *err)
{
    const char *image = find_state(o, m, err);
    AilStatus s = image ? copy(image, dir, STATE, err) : AIL_ERR;
    char *state = g_build_filename(dir, STATE, NULL);
    if (s == AIL_OK)
        s = ail_vmstate_restart(state, o->tag, m->shift, &o->counts, &o->clock_ns, err);
    for (unsigned i = 0; i < m->n_disks && s == AIL_OK; i++)
        if (m->disks[i].bus != AIL_BUS_CDROM)
            s = prepare_disk(o, &m->disks[i], i, dir, err);
    g_free(state);
    return s;
}

static AilStatus load(AilPieces *pieces, const char *file, const char *tag, AilError *err)
{
    return ail_pieces_load(pieces, file, tag) == AIL_OK
               ? AIL_OK
               : ail_error_set(err, "%s", ail_pieces_error(pieces));
}

/* A state without a count leaves count and clock as they are: so one that has them is loaded
 * before, the machine's own at its start. */
static AilStatus set_clock(const AilOrigin *o, AilPieces *pieces, const char *dir, AilError *err)
{
    char *path = g_build_filename(dir, CLOCK, NULL);
    AilStatus s = ail_machine_copy_file(dir, ail_member_name(AIL_MEMBER_SNAPSHOT), dir, CLOCK, err);
    if (s == AIL_OK)
        s = ail_vmstate_set_clock(path, START_SNAPSHOT, o->clock_ns, err);
    if (s == AIL_OK)
        s = load(pieces, CLOCK, START_SNAPSHOT, err);
    g_unlink(path);
    g_free(path);
    return s;
}

AilStatus ail_origin_load(const AilOrigin *o, AilPieces *pieces, const char *dir, AilError *err)
{
    char *path = g_build_filename(dir, STATE, NULL);
    AilStatus s = o->counts ? AIL_OK : set_clock(o, pieces, dir, err);
    if (s == AIL_OK)
        s = load(pieces, STATE, o->tag, err);
    g_unlink(path);
    g_free(path);
    return s;
}

/* What the device sees of a disk, for qemu-img: the latest file stands on the one before, and so
 * on; the first knows what it stands on. Free with g_free. */
static char *describe_chain(const GPtrArray *files)
{
    GString *json = g_string_new("json:");
    for (guint i = files->len; i-- > 0;)
        g_string_append_printf(json,
                               "{\"driver\":\"qcow2\",\"file\":{\"driver\":\"file\","
                               "\"filename\":\"%s\"}%s",
                               (const char *)files->pdata[i], i ? ",\"backing\":" : "");
    for (guint i = 0; i < files->len; i++)
        g_string_append_c(json, '}');
    return g_string_free(json, FALSE);
}

/* Nothing is to be replaced. */
static AilStatus check_new(AilPieces *p, const char *file)
{
    return g_file_test(file, G_FILE_TEST_EXISTS) || g_file_test(file, G_FILE_TEST_IS_SYMLINK)
               ? ail_error_set(&p->err, "%s exists already", file)
               : AIL_OK;
}

static AilStatus convert(AilPieces *p, unsigned disk, const char *file)
{
    char *chain = describe_chain(p->chains[disk]);
    const char *const args[] = {"qemu-img", "convert", "-q", "-U", "-O",
                                "qcow2",    chain,     file, NULL};
    AilStatus s = ail_machine_qemu_img(p->dir, args, &p->err);
    g_free(chain);
    return s;
}

/* Make the images, with the disks' contents; *files: their absolute names, owned. */
static AilStatus make_images(AilPieces *p, const char *path, GPtrArray *files)
{
    AilStatus s = AIL_OK;
    for (unsigned i = 0; i < p->machine->n_disks && s == AIL_OK; i++) {
        if (p->machine->disks[i].bus == AIL_BUS_CDROM)
            continue;
        char *file = files->len ? g_strdup_printf("%s.disk%u.qcow2", path, files->len)
                                : g_strdup_printf("%s.qcow2", path);
        s = check_new(p, file);
        if (s == AIL_OK) {
            g_ptr_array_add(files, g_strdup(file));
            s = convert(p, i, file);
        }
        g_free(file);
    }
    if (s == AIL_OK && !files->len) {
        char *file = g_strdup_printf("%s.qcow2", path);
        s = check_new(p, file);
        if (s == AIL_OK) {
            g_ptr_array_add(files, g_strdup(file));
            s = ail_machine_create_image(p->dir, file, "1M", &p->err);
        }
        g_free(file);
    }
    return s;
}

static AilStatus open_others(AilPieces *p, const GPtrArray *files, GString *devices)
{
    AilStatus s = AIL_OK;
    for (guint i = 1; i < files->len && s == AIL_OK; i++) {
        char *name = ail_text_json(files->pdata[i]);
        s = ail_pieces_execute(p, "blockdev-add",
                               "{\"driver\":\"qcow2\",\"node-name\":\"save%u\",\"file\":{"
                               "\"driver\":\"file\",\"filename\":%s}}",
                               i, name);
        if (s == AIL_OK)
            g_string_append_printf(devices, ",\"save%u\"", i);
        g_free(name);
    }
    return s;
}

static void close_others(AilPieces *p, const GPtrArray *files)
{
    AilError before = p->err;
    for (guint i = 1; i < files->len; i++)
        ail_pieces_execute(p, "blockdev-del", "{\"node-name\":\"save%u\"}", i);
    p->err = before;
}

AilStatus ail_origin_save(AilPieces *p, const char *path, const char *tag)
{
    char *absolute = g_canonicalize_filename(path, NULL);
    GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
    GString *devices = g_string_new(NULL);
    AilStatus s = ail_machine_disks_idle(p->machine, ail_qemu_qmp(p->qemu), &p->err);
    if (s == AIL_OK)
        s = make_images(p, absolute, files);
    if (s == AIL_OK) {
        s = open_others(p, files, devices);
        if (s == AIL_OK)
            s = ail_pieces_save(p, "save0", files->pdata[0], tag, devices->str);
        close_others(p, files);
    }
    for (guint i = 0; i < files->len && s != AIL_OK; i++)
        g_unlink(files->pdata[i]);
    g_string_free(devices, TRUE);
    g_ptr_array_unref(files);
    g_free(absolute);
    return s;
}
