/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A Linux kernel's memory as it was copied out of a running guest: ranges of virtual memory, from
 * which kallsyms.h, btf.h and osi_find.h read what the kernel says of itself. Plain values that
 * the caller fills in; nothing here owns the bytes. Reading is thread-safe.
 */
#ifndef AIL_FORMATS_KERNEL_IMAGE_H
#define AIL_FORMATS_KERNEL_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/machine.h"

/* Memory without a hole. Ranges that touch should be given as one: a table that lies across a
 * border is not found. */
typedef struct AilKernelRange {
    uint64_t vaddr;       /* of the first byte; a multiple of 8 */
    const uint8_t *bytes; /* borrowed */
    size_t size;
} AilKernelRange;

typedef struct AilKernelImage {
    AilMachineArch arch;
    unsigned pointer_size; /* 4 or 8, of the kernel */
    bool big_endian;
    const AilKernelRange *ranges; /* borrowed; in no order, without overlaps */
    size_t n_ranges;
} AilKernelImage;

/* The pointer size and byte order that Linux has on `arch` as QEMU's machines of it begin; without
 * ranges. */
AilKernelImage ail_kernel_image(AilMachineArch arch);

/* The `size` bytes at virtual address `vaddr`, borrowed; NULL: not all are in the image. */
const uint8_t *ail_kernel_image_at(const AilKernelImage *image, uint64_t vaddr, size_t size);

/* Numbers in the image's byte order, from anywhere. */
uint16_t ail_kernel_get16(const AilKernelImage *image, const uint8_t *p);
uint32_t ail_kernel_get32(const AilKernelImage *image, const uint8_t *p);
uint64_t ail_kernel_get64(const AilKernelImage *image, const uint8_t *p);

/* A pointer. */
uint64_t ail_kernel_get_pointer(const AilKernelImage *image, const uint8_t *p);

enum { AIL_KERNEL_BANNER_SIZE = 256 };

/*
 * The kernel's banner ("Linux version 6.1.0-... (...) ..."), without the newline at its end, into
 * `banner`, NUL-terminated. Control characters are question marks.
 * Returns its virtual address; 0: there is none.
 */
uint64_t ail_kernel_banner(const AilKernelImage *image, char banner[AIL_KERNEL_BANNER_SIZE]);

#endif
