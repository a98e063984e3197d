/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What QEMU is told of pieces: commands, and jobs with the machine's state. */
#include "recorder/pieces_private.h"

#include <string.h>

#include "formats/text.h"

enum { QMP_MS = 60000, JOB_MS = 120000, JOB_POLL_US = 2000 };

AilStatus ail_pieces_execute(AilPieces *p, const char *command, const char *format, ...)
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
    return job ? AIL_OK : ail_error_set(&p->err, "QEMU has lost the job");
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
            return ail_error_set(&p->err, "QEMU did not finish within %d ms", JOB_MS);
        g_usleep(JOB_POLL_US);
    }
    if (s == AIL_OK)
        s = ail_pieces_execute(p, "job-dismiss", "{\"id\":\"%s\"}", id);
    if (s == AIL_OK && error) {
        /* Disk requests are on their way: QEMU wants to be asked again later. */
        s = strstr(error, "Try once more") ? AIL_END : AIL_ERR;
        ail_error_set(&p->err, "QEMU: %s", error);
    }
    g_free(status);
    g_free(error);
    return s;
}

/* Job `command` with the state in image `file`, which is open as `node` only for as long as that
 * takes; more: further devices, options: of that image, both as JSON. */
static AilStatus with_image(AilPieces *p, const char *command, const char *node, const char *file,
                            const char *tag, const char *more, const char *options)
{
    char *name = ail_text_json(file), *quoted = ail_text_json(tag);
    AilStatus s = ail_pieces_execute(p, "blockdev-add",
                                     "{\"driver\":\"qcow2\",\"node-name\":\"%s\"%s,\"file\":{"
                                     "\"driver\":\"file\",\"filename\":%s}}",
                                     node, options, name);
    if (s == AIL_OK) {
        s = ail_pieces_execute(p, command,
                               "{\"job-id\":\"%s\",\"tag\":%s,\"vmstate\":\"%s\","
                               "\"devices\":[\"%s\"%s]}",
                               node, quoted, node, node, more);
        if (s == AIL_OK)
            s = finish_job(p, node);
        if (ail_pieces_execute(p, "blockdev-del", "{\"node-name\":\"%s\"}", node) != AIL_OK &&
            s != AIL_ERR)
            s = AIL_ERR;
    }
    g_free(quoted);
    g_free(name);
    return s;
}

AilStatus ail_pieces_save(AilPieces *p, const char *node, const char *file, const char *tag,
                          const char *more)
{
    return with_image(p, "snapshot-save", node, file, tag, more, "");
}

AilStatus ail_pieces_load(AilPieces *p, const char *file, const char *tag)
{
    AilStatus s = with_image(p, "snapshot-load", "origin", file, tag, "", "");
    const char *words = ail_qemu_last_words(p->qemu);
    if (s == AIL_ERR && *words) /* they tell more */
        ail_error_set(&p->err, "QEMU cannot load it: %s", words);
    return s;
}

/* Who keeps these can make them anew: they need not wait until the host's disk has them. */
AilStatus ail_pieces_keep(AilPieces *p, const char *name, const char *tag)
{
    char *file = g_strconcat(name, ".qcow2", NULL);
    GString *disks = g_string_new(NULL);
    for (unsigned i = 0; i < p->machine->n_disks; i++)
        g_string_append_printf(disks, ",\"%s\"", p->tops[i]);
    AilStatus s = ail_machine_disks_idle(p->machine, ail_qemu_qmp(p->qemu), &p->err);
    if (s == AIL_OK)
        s = ail_machine_create_image(p->dir, file, "1M", &p->err);
    if (s == AIL_OK)
        s = with_image(p, "snapshot-save", name, file, tag, disks->str,
                       ",\"cache\":{\"no-flush\":true}");
    g_string_free(disks, TRUE);
    g_free(file);
    return s;
}
