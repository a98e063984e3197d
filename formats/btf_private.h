/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef AIL_FORMATS_BTF_PRIVATE_H
#define AIL_FORMATS_BTF_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BTF_HEADER = 24, BTF_MAX_SIZE = 32 << 20 };

/*
 * Whether BTF lies here, whole and sound as far as libbpf relies on it without looking: sections in
 * their order, records that end where the section does, names and types that are there.
 * Returns its size; 0: no, and *why says what is wrong.
 */
size_t btf_check(const uint8_t *bytes, size_t left, const char **why);

/* Its first bytes, for a search: magic, version 1, no flags, the header's size. */
extern const uint8_t btf_mark_le[8], btf_mark_be[8];

#endif
