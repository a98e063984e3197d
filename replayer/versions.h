/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a recording can be replayed here. */
#ifndef AIL_REPLAYER_VERSIONS_H
#define AIL_REPLAYER_VERSIONS_H

#include "formats/manifest.h"
#include "recorder/qemu.h"

/* A replay is exact only with the QEMU that recorded: is `qemu`, which was found, the same? */
AilStatus ail_replay_check_version(const AilManifest *manifest, const AilQemu *qemu, AilError *err);

#endif
