/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of a machine's state: the way past memory (vmstate_memory.c), the sections
 * behind it (vmstate.c). */
#ifndef AIL_FORMATS_VMSTATE_PRIVATE_H
#define AIL_FORMATS_VMSTATE_PRIVATE_H

#include "formats/qcow2.h"
#include "formats/vmstate.h"

/*
 * Find where in the state the sections of devices begin: behind those of memory, whose contents are
 * the guest's and may look like anything. They are walked through, page by page. AIL_END: the state
 * is not laid out as QEMU 10.0 does it; AIL_ERR: the image's message says what failed.
 * number: unless 0, the sections of memory get this number on the way.
 */
AilStatus ail_vmstate_skip_memory(AilQcow2 *image, uint32_t number, uint64_t *at);

#endif
