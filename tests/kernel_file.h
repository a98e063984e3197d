/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel as it lies in a running guest's memory, made from the file that boots: unpacked, laid
 * out and moved as KASLR does it, without running it. For tests: what fails aborts the test. */
#ifndef AIL_TESTS_KERNEL_FILE_H
#define AIL_TESTS_KERNEL_FILE_H

#include "formats/bytes.h"
#include "formats/kernel_image.h"

typedef struct KernelFile {
    AilKernelImage image;
    AilKernelRange range;
    AilBuf memory;   /* from the kernel's first byte on */
    AilBuf unpacked; /* what was packed: an ELF file, on x86 */
} KernelFile;

/* What tests know of kernels is true of Debian 12's. Elsewhere debian.sh gets others, and the test
 * is skipped, which says so. */
#define kernel_file_need_known()                                                                   \
    do {                                                                                           \
        if (!kernel_file_is_known())                                                               \
            cr_skip_test("the facts are those of Debian 12's kernels");                            \
    } while (0)
bool kernel_file_is_known(void);

/*
 * The kernel that tests/guests/debian.sh gets for Debian's architecture `debian`, moved by `moved`
 * bytes from where it was linked to (which must be 0 where the kernel cannot be moved: armhf).
 */
void kernel_file_open(KernelFile *k, const char *debian, uint64_t moved);
void kernel_file_close(KernelFile *k);

#endif
