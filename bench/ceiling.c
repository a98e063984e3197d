/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How fast can a recording be replayed at all?  bench-ceiling FILE.rr PLUGIN KIND
 * Replays it under bench/callbacks.c and prints {"instructions":N,"seconds":S}: from the start of
 * the guest to its last instruction.
 */
#include "formats/rr.h"
#include "recorder/qemu.h"

#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { QMP_MS = 60000 };

typedef struct Ceiling {
    AilError error;
    AilManifest *manifest; /* owned */
    AilQemu *qemu;         /* owned */
    char *dir;             /* owned; the unpacked recording */
    double seconds;
} Ceiling;

static AilStatus failed(Ceiling *c, const char *why)
{
    return ail_error_set(&c->error, "%s", why);
}

static AilStatus start(Ceiling *c, const char *plugin, const char *kind)
{
    char *argument = g_strdup_printf("file=%s,kind=%s", plugin, kind);
    const char *const extra[] = {"-plugin", argument, NULL};
    const AilMachine *m = &c->manifest->machine;
    AilMachineRun run = {.mode = AIL_MACHINE_REPLAY, .qmp_fd = -1, .serial_fd = -1, .extra = extra};
    AilStatus status = ail_machine_prepare(m, run.mode, c->dir, &c->error);
    if (status == AIL_OK && (ail_qemu_find(c->qemu, m->arch) != AIL_OK ||
                             ail_qemu_start(c->qemu, m, &run, c->dir, NULL, 0) != AIL_OK))
        status = failed(c, ail_qemu_error(c->qemu));
    g_free(argument);
    return status;
}

/* Wait until the machine stops. */
static AilStatus wait_stop(Ceiling *c)
{
    AilQmp *qmp = ail_qemu_qmp(c->qemu);
    for (;;) {
        JsonObject *event = ail_qmp_take_event(qmp);
        bool stopped = event && !strcmp(ail_qmp_event_name(event), "STOP");
        if (stopped) {
            json_object_unref(event);
            return AIL_OK;
        }
        if (event)
            json_object_unref(event);
        else if (ail_qmp_receive(qmp, -1) != AIL_OK)
            return failed(c, ail_qmp_error(qmp));
    }
}

/* A guest that powers off stops some instructions before its end. */
static AilStatus run(Ceiling *c)
{
    AilQmp *qmp = ail_qemu_qmp(c->qemu);
    uint64_t icount = 0, total = c->manifest->instructions;
    gint64 begin = g_get_monotonic_time();
    while (icount < total) {
        if (ail_qmp_replay_seek(qmp, total, QMP_MS) != AIL_OK || wait_stop(c) != AIL_OK ||
            ail_qmp_icount(qmp, QMP_MS, &icount) != AIL_OK)
            return failed(c, c->error.text[0] ? c->error.text : ail_qmp_error(qmp));
    }
    c->seconds = (double)(g_get_monotonic_time() - begin) / 1e6;
    return AIL_OK;
}

static AilStatus measure(Ceiling *c, char **argv)
{
    char identity[AIL_RR_IDENTITY_SIZE];
    c->dir = g_dir_make_tmp("ailurus-ceiling-XXXXXX", NULL);
    if (!c->dir)
        return failed(c, "cannot make a temporary directory");
    if (ail_rr_unpack(argv[1], c->dir, NULL, NULL, &c->manifest, identity, &c->error) != AIL_OK ||
        start(c, argv[2], argv[3]) != AIL_OK || run(c) != AIL_OK)
        return AIL_ERR;
    printf("{\"instructions\":%" PRIu64 ",\"seconds\":%.3f}\n", c->manifest->instructions,
           c->seconds);
    return AIL_OK;
}

static void remove_dir(const char *dir)
{
    GDir *d = g_dir_open(dir, 0, NULL);
    for (const char *name; d && (name = g_dir_read_name(d));) {
        char *path = g_build_filename(dir, name, NULL);
        remove(path);
        g_free(path);
    }
    if (d)
        g_dir_close(d);
    remove(dir);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: bench-ceiling FILE.rr PLUGIN none|block|addr|data\n");
        return 2;
    }
    Ceiling c = {.qemu = ail_qemu_new()};
    AilStatus status = measure(&c, argv);
    if (status != AIL_OK)
        fprintf(stderr, "bench-ceiling: %s\n", c.error.text);
    ail_qemu_free(c.qemu);
    ail_manifest_free(c.manifest);
    if (c.dir)
        remove_dir(c.dir);
    g_free(c.dir);
    return status == AIL_OK ? 0 : 1;
}
