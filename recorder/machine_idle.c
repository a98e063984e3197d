/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether QEMU has disk requests on their way. */
#include "recorder/machine_private.h"

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

AilStatus ail_machine_disks_idle(const AilMachine *m, AilQmp *qmp, AilError *err)
{
    for (unsigned i = 0; i < m->n_disks; i++) {
        int64_t n;
        if (requests_of(qmp, i, &n, err) != AIL_OK)
            return AIL_ERR;
        if (n) {
            ail_error_set(err, "disk requests are on their way");
            return AIL_END;
        }
    }
    return AIL_OK;
}
