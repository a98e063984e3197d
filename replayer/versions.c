/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "replayer/versions.h"

#include <string.h>

AilStatus ail_replay_check_version(const AilManifest *m, const AilQemu *qemu, AilError *err)
{
    if (strcmp(ail_qemu_version(qemu), m->qemu_version))
        return ail_error_set(err,
                             "it was recorded with QEMU %s, but the installed one is %s; a replay "
                             "needs the same version: install it, or record again",
                             m->qemu_version, ail_qemu_version(qemu));
    return AIL_OK;
}
