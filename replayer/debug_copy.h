/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that replays of one recording share, or have each for itself. Thread-safe. */
#ifndef AIL_REPLAYER_DEBUG_COPY_H
#define AIL_REPLAYER_DEBUG_COPY_H

#include <stdint.h>

#include "formats/error.h"

/* File `name` of folder `from` in folder `to`, as the same file: for what is only read. */
AilStatus ail_debug_link(const char *from, const char *to, const char *name, AilError *err);

/* The same as a file of its own; holes stay holes. */
AilStatus ail_debug_copy(const char *from, const char *to, const char *name, AilError *err);

/* What the files of a folder take on the disk, in bytes; folders in it are not looked at. */
uint64_t ail_debug_folder_size(const char *path);

#endif
