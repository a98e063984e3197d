/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of each system call, for who prints them. All is constant and lives as long as the
 * program; all functions are thread-safe.
 */
#ifndef AIL_FORMATS_SYSCALLS_TABLE_H
#define AIL_FORMATS_SYSCALLS_TABLE_H

#include "formats/syscalls.h"

/* Named values. `mask`: the bits that are one of several, which come first in `at`; the others are
 * flags. Of two names for a value the first counts. */
typedef struct AilSyscallName {
    const char *name;
    uint64_t value;
} AilSyscallName;

typedef struct AilSyscallSet {
    uint64_t mask;
    uint32_t n;
    const AilSyscallName *at;
} AilSyscallSet;

/* What an argument or a field means. */
typedef enum {
    AIL_ARG_NUM,
    AIL_ARG_HEX,
    AIL_ARG_ADDRESS, /* as HEX, 0 is NULL */
    AIL_ARG_OCT,
    AIL_ARG_FD,
    AIL_ARG_DIRFD,    /* or AT_FDCWD */
    AIL_ARG_PATH,     /* a string that names a file */
    AIL_ARG_STRING,   /* ends with a zero byte */
    AIL_ARG_MODE,     /* of a file */
    AIL_ARG_OPENMODE, /* a mode that counts if the flags before it say so */
    AIL_ARG_SIGNAL,
    AIL_ARG_SIGMASK,
    AIL_ARG_DEV,
    AIL_ARG_STATUS,  /* of a child that was waited for */
    AIL_ARG_HANDLER, /* of a signal: SIG_DFL, SIG_IGN or an address */
    AIL_ARG_RLIM,
    AIL_ARG_NONE,  /* without meaning here: not printed */
    AIL_ARG_ONE,   /* one of `set` */
    AIL_ARG_FLAGS, /* some of `set` */
    AIL_ARG_BYTES, /* a buffer */
    AIL_ARG_TEXT,  /* a buffer that holds text */
    AIL_ARG_STRUCT,
    AIL_ARG_IOVEC,
    AIL_ARG_ADDR, /* of a socket */
    AIL_ARG_MSG,  /* struct msghdr */
    AIL_ARG_FDSET,
    AIL_ARG_ARGV,
    AIL_ARG_ENVP,
    AIL_ARG_CHARS,      /* a field: text in an array */
    AIL_ARG_SOCKETCALL, /* the arguments of the call that another argument is the number of */
    AIL_ARG_ID,         /* of a user or group; or none */
    AIL_ARG_RLIM64,
    AIL_ARG_NODEDEV,  /* a device that counts if the mode before it is of one */
    AIL_ARG_HEXBYTES, /* a buffer of bytes that are never text */
    AIL_ARG_CPUS,     /* a set of processors, as bits */
    AIL_ARG_EPOLLDATA,
} AilArgKind;

typedef struct AilSyscallField {
    const char *name; /* "-": a plain value; begins with ".": of less interest, "?": if not zero */
    uint8_t kind;
    uint8_t size; /* bytes, of one */
    bool is_signed;
    uint16_t offset, count; /* count: of an array; 1 */
    const AilSyscallSet *set;
} AilSyscallField;

typedef struct AilSyscallStruct {
    const char *name;
    uint16_t size, n; /* n: fields */
    const AilSyscallField *fields;
} AilSyscallStruct;

/* Where the length of a buffer, or the number of an array's elements, is. */
typedef enum {
    AIL_LEN_ONE = 0, /* a single one */
    AIL_LEN_REG,     /* in a register */
    AIL_LEN_RESULT,  /* the call's result */
    AIL_LEN_FIXED,
} AilLenFrom;

typedef struct AilSyscallArg {
    const char *name, *type; /* as in C; name may be "" */
    uint8_t kind;            /* AilArgKind */
    bool out, in;            /* the call writes, reads what it points to */
    uint8_t reg;             /* its register, or the low half's */
    uint8_t size;            /* bytes; 8 with 32-bit registers: reg and reg + 1 */
    bool is_signed;
    uint8_t len_from; /* AilLenFrom */
    uint8_t len;      /* the register, or the number */
    const AilSyscallSet *set;
    const AilSyscallStruct *layout;
} AilSyscallArg;

typedef struct AilSyscall AilSyscall;

/* The call with such a value in a register. */
typedef struct AilSyscallVariant {
    uint8_t reg;
    uint32_t value;
    const AilSyscall *call;
} AilSyscallVariant;

struct AilSyscall {
    const char *name;
    uint8_t n_args;
    bool known;     /* it has a prototype */
    uint8_t result; /* AilArgKind */
    const AilSyscallSet *result_set;
    const AilSyscallArg *args;
    const AilSyscallVariant *variants; /* ends with call NULL; NULL: none */
    const AilCaptureRule *captures;
};

/* NULL: unknown. */
const AilSyscall *ail_syscall_find(unsigned abi, uint64_t number);
/* The same, or the variant of it that such arguments make it. */
const AilSyscall *ail_syscall_variant(const AilSyscall *call, const uint64_t args[6]);

/* The call that i386's socketcall makes; its arguments' registers are places in the array that
 * socketcall is given. NULL: there is none of that number. */
const AilSyscall *ail_syscall_socketcall(uint64_t number);

/* The number of a call; AIL_SYSCALL_NONE: the ABI has none of that name. */
#define AIL_SYSCALL_NONE UINT64_MAX
uint64_t ail_syscall_number(unsigned abi, const char *name);

/* The constants of that name in formats/syscalls/rules ("errno"), or the structure ("timespec");
 * NULL: the ABI has none. */
const AilSyscallSet *ail_syscall_set(unsigned abi, const char *name);
const AilSyscallStruct *ail_syscall_struct(unsigned abi, const char *name);

/* The name of a single value; NULL: it has none. */
const char *ail_syscall_name(const AilSyscallSet *set, uint64_t value);

const char *ail_abi_name(unsigned abi); /* "x86_64"; "abi" for an unknown one */

#endif
