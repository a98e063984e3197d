/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BTF, the type information that a Linux kernel carries in its own memory (CONFIG_DEBUG_INFO_BTF,
 * since 5.2), read with libbpf. Format: Linux, Documentation/bpf/btf.rst. All of it is checked
 * before libbpf sees it. Thread-safe: nothing changes once it is there.
 */
#ifndef AIL_FORMATS_BTF_H
#define AIL_FORMATS_BTF_H

#include "formats/error.h"
#include "formats/kernel_image.h"

typedef struct AilBtf AilBtf;

/* From the bytes of a section .BTF. The bytes are copied.
 * pointer_size: of the kernel, 4 or 8. where: names the bytes in messages.
 * *btf: free with ail_btf_free; NULL if AIL_ERR. */
AilStatus ail_btf_open(const void *bytes, size_t size, unsigned pointer_size, const char *where,
                       AilBtf **btf, AilError *err);

/* The largest sound one in a kernel's memory. AIL_END: there is none (and *btf is NULL). */
AilStatus ail_btf_find(const AilKernelImage *image, AilBtf **btf, AilError *err);

void ail_btf_free(AilBtf *btf); /* NULL is fine */

/*
 * A member of a structure or union, also one inside members without a name, or, with dots, inside
 * those with one ("f_path.dentry").
 * *offset_bits: from the structure's beginning; *size: in bytes, 0 for a bit field. Both may be
 * NULL. false: no such structure or member, and nothing is written.
 */
bool ail_btf_member(const AilBtf *btf, const char *structure, const char *member,
                    uint32_t *offset_bits, uint32_t *size);

/* The size of a structure or union in bytes; 0: there is none of this name. */
uint32_t ail_btf_size(const AilBtf *btf, const char *structure);

#endif
