/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of the machine: the names of what is in a run's folder. */
#ifndef AIL_RECORDER_MACHINE_PRIVATE_H
#define AIL_RECORDER_MACHINE_PRIVATE_H

#include "recorder/machine.h"

/* The snapshot that QEMU takes when a recording starts and loads when a replay does. */
#define START_SNAPSHOT "init"

/* What takes disk %u's writes during a run. */
#define OVERLAY "overlay%u.qcow2"

/* The node of that overlay, which disk %u's device writes to. */
#define TOP_NODE "top%u"

/* The device of disk %u. */
#define DISK_DEVICE "drive%u"

/* Make an empty qcow2 image `name` in `dir`; size as qemu-img takes it. */
AilStatus ail_machine_create_image(const char *dir, const char *name, const char *size,
                                   AilError *err);

/* Run qemu-img (the first of args, which end with NULL) in `dir`. */
AilStatus ail_machine_qemu_img(const char *dir, const char *const *args, AilError *err);

/* File `name` of folder `from` as `to` in `dir`, replacing what is there; holes stay holes. */
AilStatus ail_machine_copy_file(const char *from, const char *name, const char *dir, const char *to,
                                AilError *err);

/* The size that the guest sees of a disk, in bytes, for qemu-img; from the overlay in `dir`. */
AilStatus ail_machine_guest_size(const char *dir, unsigned disk, char size[24], AilError *err);

/* The recording's image of disk i, which has what was read of it. */
static inline const char *ail_machine_disk_image(unsigned i)
{
    return ail_member_name((AilMember)(AIL_MEMBER_DISK + i));
}

#endif
