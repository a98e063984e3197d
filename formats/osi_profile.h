/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What introspection knows of a guest's Linux kernel: run-time addresses of symbols and offsets of
 * structure members. One plain struct without pointers, so that it can travel through shared
 * memory; and its text form, that of PANDA's kernelinfo.conf (panda/plugins/osi_linux,
 * utils/kernelinfo: one group of a GLib key file), with keys of our own for what PANDA lacks
 * (docs/introspection.md lists them).
 *
 * Which symbols and members: formats/osi_members.h. All functions are thread-safe on distinct
 * objects.
 */
#ifndef AIL_FORMATS_OSI_PROFILE_H
#define AIL_FORMATS_OSI_PROFILE_H

#include "formats/btf.h"
#include "formats/kallsyms.h"
#include "formats/osi_members.h"

#define AIL_OSI_SYMBOL_MEMBER(member, key, names) uint64_t member;
#define AIL_OSI_OFFSET_MEMBER(member, key, from)  int32_t member;

/* 0 where the kernel has none. Per-CPU variables of x86_64 are offsets, and may truly be at 0:
 * has_symbol says. */
typedef struct AilOsiSymbols {
    AIL_OSI_SYMBOLS(AIL_OSI_SYMBOL_MEMBER)
} AilOsiSymbols;

enum { AIL_OSI_NONE = -1 };

/* In bytes; AIL_OSI_NONE where the kernel has none. Differences may be negative. */
typedef struct AilOsiOffsets {
    AIL_OSI_OFFSETS(AIL_OSI_OFFSET_MEMBER)
} AilOsiOffsets;

#undef AIL_OSI_SYMBOL_MEMBER
#undef AIL_OSI_OFFSET_MEMBER

enum {
    AIL_OSI_N_SYMBOLS = sizeof(AilOsiSymbols) / sizeof(uint64_t),
    AIL_OSI_N_OFFSETS = sizeof(AilOsiOffsets) / sizeof(int32_t),
};

typedef struct AilOsiProfile {
    uint32_t size;         /* of this struct, for whom it is handed to */
    uint32_t arch;         /* AilMachineArch; UINT32_MAX: not known */
    uint32_t pointer_size; /* 4 or 8; 0: not known */
    uint32_t big_endian;   /* 0 or 1 */
    uint32_t version[3];   /* of Linux: 6, 1, 0; 0: not known */
    uint32_t reserved;
    char banner[AIL_KERNEL_BANNER_SIZE]; /* "Linux version ..."; in a file: `name` */
    AilOsiSymbols sym;
    AilOsiOffsets off;
    uint8_t has_symbol[AIL_OSI_N_SYMBOLS]; /* 0 or 1, in the order of sym */
} AilOsiProfile;

/* Nothing known. */
void ail_osi_profile_init(AilOsiProfile *profile);

/* Whether `member` of profile->sym is known, if only to be 0. */
#define AIL_OSI_HAS(profile, member)                                                               \
    ((profile)->has_symbol[offsetof(AilOsiSymbols, member) / sizeof(uint64_t)] != 0)

/* Fill in what is not known yet: symbols, and offsets. */
void ail_osi_profile_add_symbols(AilOsiProfile *profile, const AilKallsyms *table);
void ail_osi_profile_add_btf(AilOsiProfile *profile, const AilBtf *btf);

/*
 * Whether the profile has what following tasks takes, by the offsets and symbols without which
 * nothing works (init_task; task_struct's pid, tgid, comm, mm, tasks, real_parent; mm_struct's
 * pgd). AIL_ERR: the message names all that is missing.
 */
AilStatus ail_osi_profile_check(const AilOsiProfile *profile, AilError *err);

/*
 * All from a kernel's memory: symbols, banner, BTF.
 * given: from a file, or NULL; what it says of offsets goes before BTF, its symbols fill in those
 * that the image's own table lacks (shifted by how far linux_banner was moved, if it names it).
 * *symbols: free with ail_kallsyms_free; NULL: the image has no table.
 * AIL_ERR: not enough for introspection; the message says what was looked for and what is missing,
 * and *profile and *symbols hold what was found.
 */
AilStatus ail_osi_profile_find(const AilKernelImage *image, const AilOsiProfile *given,
                               AilOsiProfile *profile, AilKallsyms **symbols, AilError *err);

/*
 * From an ELF file: a vmlinux with BTF (section .BTF) or DWARF, with the addresses that symbols
 * have before KASLR if it has a symbol table. AIL_ERR: not an ELF file, or it has neither.
 */
AilStatus ail_osi_profile_from_elf(const char *path, AilOsiProfile *profile, AilError *err);

/* As text; free with g_free. group: the name of its group. */
char *ail_osi_profile_text(const AilOsiProfile *profile, const char *group);

/*
 * And back. group: which one of the file; NULL: the first. Unknown keys are ignored, as PANDA's
 * files of other versions have them; missing ones stay unknown; a number out of bounds is an error.
 */
AilStatus ail_osi_profile_parse(const char *text, size_t size, const char *where, const char *group,
                                AilOsiProfile *profile, AilError *err);
AilStatus ail_osi_profile_read(const char *path, const char *group, AilOsiProfile *profile,
                               AilError *err);

#endif
