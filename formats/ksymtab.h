/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a Linux kernel exports to its modules, found in its memory by structure alone. Kernels
 * without CONFIG_KALLSYMS_ALL (Debian's for arm64, i386 and armhf) have no variables in kallsyms;
 * those that are exported, init_task among them, are here.
 *
 * Format: Linux, include/linux/export.h and kernel/module: an array of value, name and (since 5.4)
 * namespace; each is a pointer, or (since 4.19, CONFIG_HAVE_ARCH_PREL32_RELOCATIONS: x86, arm64,
 * not arm) 32 bits that are relative to their own place. Two such arrays, for all modules and for
 * those under the GPL, lie one behind the other. Thread-safe.
 */
#ifndef AIL_FORMATS_KSYMTAB_H
#define AIL_FORMATS_KSYMTAB_H

#include "formats/kernel_image.h"

/*
 * Calls `each` for each export; `name` is borrowed from the image, NUL-terminated.
 * Returns how many there are; 0: no such array was found.
 */
size_t ail_ksymtab_each(const AilKernelImage *image,
                        void (*each)(void *user, const char *name, uint64_t address), void *user);

#endif
