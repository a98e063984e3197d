/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether QEMU has disk requests on their way. */
#include "recorder/machine_private.h"

#include <stdio.h>
#include <string.h>

enum { QMP_MS = 60000 };

/* A virtio disk has so many requests of its queue in hand. */
static AilStatus requests_of(AilQmp *qmp, unsigned disk, int64_t *n, AilError *err)
{
    JsonNode *result = NULL;
    char *arguments = g_strdup_printf(
        "{\"path\":\"/machine/peripheral/" DISK_DEVICE "/virtio-backend\",\"queue\":0}", disk);
    AilStatus s = ail_qmp_execute(qmp, "x-query-virtio-queue-status", arguments, QMP_MS, &result);
    if (s != AIL_OK)
        s = ail_error_set(err, "%s", ail_qmp_error(qmp));
    *n = s == AIL_OK && JSON_NODE_HOLDS_OBJECT(result)
             ? json_object_get_int_member_with_default(json_node_get_object(result), "inuse", -1)
             : -1;
    if (s == AIL_OK && *n < 0)
        s = ail_error_set(err, "QEMU does not say how many disk requests are on their way");
    g_clear_pointer(&result, json_node_unref);
    g_free(arguments);
    return s;
}

/* The alternative status ports of the two channels; reading them changes nothing. */
static const unsigned ide_status[] = {0x3f6, 0x376};

enum { IDE_BUSY = 0x80, IDE_DATA_REQUEST = 0x08 };

/* What is connected to a channel works at a command. */
static AilStatus is_ide_busy(AilQmp *qmp, unsigned port, bool *busy, AilError *err)
{
    char line[32], *text = NULL;
    unsigned value = 0;
    g_snprintf(line, sizeof line, "i/b 0x%x", port);
    if (ail_qmp_monitor(qmp, line, QMP_MS, &text) != AIL_OK)
        return ail_error_set(err, "%s", ail_qmp_error(qmp));
    const char *equals = strchr(text, '=');
    AilStatus s = equals && sscanf(equals, "= %x", &value) == 1
                      ? AIL_OK
                      : ail_error_set(err, "QEMU does not show the IDE disks' status");
    *busy = value & (IDE_BUSY | IDE_DATA_REQUEST);
    g_free(text);
    return s;
}

static AilStatus is_busy(const AilMachine *m, AilQmp *qmp, bool *busy, AilError *err)
{
    bool ide = false;
    AilStatus s = AIL_OK;
    for (unsigned i = 0; i < m->n_disks && s == AIL_OK && !*busy; i++) {
        int64_t n = 0;
        if (m->disks[i].bus == AIL_BUS_VIRTIO)
            s = requests_of(qmp, i, &n, err);
        else
            ide = true;
        *busy = n > 0;
    }
    for (size_t i = 0; ide && i < G_N_ELEMENTS(ide_status) && s == AIL_OK && !*busy; i++)
        s = is_ide_busy(qmp, ide_status[i], busy, err);
    return s;
}

AilStatus ail_machine_disks_idle(const AilMachine *m, AilQmp *qmp, AilError *err)
{
    bool busy = false;
    AilStatus s = is_busy(m, qmp, &busy, err);
    if (s != AIL_OK || !busy)
        return s;
    ail_error_set(err, "disk requests are on their way");
    return AIL_END;
}
