/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of a machine in a qcow2 image: finding a snapshot, reading the stream of its state and
 * changing bytes of it in place. Facts of the format from QEMU's docs/interop/qcow2.rst. Everything
 * read from the image is checked. A handle belongs to one thread at a time.
 */
#ifndef AIL_FORMATS_QCOW2_H
#define AIL_FORMATS_QCOW2_H

#include <stddef.h>
#include <stdint.h>

#include "formats/error.h"

typedef struct AilQcow2 AilQcow2;

/* Never NULL. ail_qcow2_free closes; may be given NULL. */
AilQcow2 *ail_qcow2_new(void);
void ail_qcow2_free(AilQcow2 *image);

/* The last failure's message, with the file's name. */
const char *ail_qcow2_error(const AilQcow2 *image);

/* Open image `path`, to write to it as well if `writable`, and find its snapshot `tag`. */
AilStatus ail_qcow2_open(AilQcow2 *image, const char *path, const char *tag, int writable);

/* Bytes of the snapshot's machine state. */
uint64_t ail_qcow2_state_size(const AilQcow2 *image);

/* Read or overwrite `len` bytes of the state, from byte `at` of it; they must be within its size.
 */
AilStatus ail_qcow2_read_state(AilQcow2 *image, uint64_t at, void *bytes, size_t len);
AilStatus ail_qcow2_write_state(AilQcow2 *image, uint64_t at, const void *bytes, size_t len);

/* Set the instruction count that the snapshot's table entry has, if it has one. */
AilStatus ail_qcow2_set_icount(AilQcow2 *image, uint64_t icount);

#endif
