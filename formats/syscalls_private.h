/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the generated tables and the functions that use them. */
#ifndef AIL_FORMATS_SYSCALLS_PRIVATE_H
#define AIL_FORMATS_SYSCALLS_PRIVATE_H

#include "formats/syscalls_table.h"

enum {
    AIL_CAPTURE_END = 0,
    AIL_CAPTURE_STRING, /* up to its zero byte */
    AIL_CAPTURE_BYTES,  /* as many as len says, times `unit`; at most `limit` */
    AIL_CAPTURE_BITS,   /* as many bits as len says, in whole words */
    AIL_CAPTURE_ADDR,   /* as many bytes as the number that register len points to; at most limit */
    AIL_CAPTURE_IOVEC,  /* an array of them, and what they point to */
    AIL_CAPTURE_MSG,    /* a struct msghdr, and what it points to */
    AIL_CAPTURE_STRINGS,    /* an array of pointers up to NULL, and the strings */
    AIL_CAPTURE_SOCKETCALL, /* an array of arguments, and what they point to: see reg 0 */
    AIL_CAPTURE_POINTERS    /* an array of pointers up to NULL */
};

struct AilCaptureRule {
    uint8_t what;
    uint8_t reg;       /* where the address is */
    uint8_t at_return; /* else at entry */
    uint8_t len_from;  /* AilLenFrom */
    uint8_t len;       /* register or number */
    uint8_t if_reg;    /* the rule is for calls with if_value there; 255: for all */
    uint16_t unit;
    uint16_t limit;
    uint32_t if_value;
};

/* A call of an ABI; sorted by number. */
typedef struct AilSyscallEntry {
    uint32_t number;
    const AilSyscall *call;
} AilSyscallEntry;

typedef struct AilSyscallNamedSet {
    const char *name;
    const AilSyscallSet *set;
} AilSyscallNamedSet;

typedef struct AilSyscallTable {
    const AilSyscallEntry *calls; /* NULL: there is no table */
    uint32_t n_calls, n_sets, n_structs;
    const AilSyscallNamedSet *sets; /* in no order */
    const AilSyscallStruct *const *structs;
} AilSyscallTable;

/* By number; generated. */
extern const AilSyscall *const ail_socketcalls[];
extern const unsigned ail_n_socketcalls;

extern const AilSyscallTable ail_syscall_tables[AIL_ABI_COUNT]; /* by AilAbi; generated */

#endif
