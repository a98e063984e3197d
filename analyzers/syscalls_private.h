/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of the analysis syscalls: who runs, which calls are under way, and how a call
 * is put into words. */
#ifndef AIL_ANALYZERS_SYSCALLS_PRIVATE_H
#define AIL_ANALYZERS_SYSCALLS_PRIVATE_H

#include <glib.h>

#include "analyzers/output.h"
#include "formats/syscalls_table.h"
#include "trace/guest.h"

enum {
    SYSCALLS_MAX_TASKS = 32768,   /* of more, calls cannot be put together */
    SYSCALLS_MAX_OPEN = 8,        /* calls under way in one task or address space */
    SYSCALLS_MAX_DATA = 65536,    /* bytes kept of a call's pieces */
    SYSCALLS_MAX_HELD = 64 << 20, /* of all calls' pieces */
    SYSCALLS_MAX_ROWS = 4096,     /* of the summary */
    SYSCALLS_MAX_ELEMENTS = 64,   /* shown of an array */
    SYSCALLS_COMM = 24,
};

/* Pieces of the task's memory, as an event has them. */
typedef struct SyscallPieces {
    const uint8_t *data;
    size_t len;
    uint32_t n;
} SyscallPieces;

/* A call under way. */
typedef struct SyscallOpen {
    const AilSyscall *call; /* with what its arguments make of it; never NULL */
    unsigned abi;
    uint64_t number, icount;
    uint64_t args[6];
    SyscallPieces in; /* owned: in.data */
    char *fd_path[6]; /* by argument: what the descriptor is, or NULL; owned */
    char name[32];    /* of a call without a table */
    char resumes[32]; /* restart_syscall: the call that it goes on with */
    char comm[SYSCALLS_COMM];
    bool hidden; /* no filter lets it through */
    bool begun;  /* its beginning has been printed */
} SyscallOpen;

/* A task; where no kernel is known, an address space. */
typedef struct SyscallTask {
    uint64_t key;
    uint64_t files; /* key of its table of open files */
    uint32_t pid, tgid;
    bool is_space; /* key is that of an address space */
    bool is_known; /* the trace has told its pid */
    uint8_t abi;   /* of its last call */
    char comm[SYSCALLS_COMM];
    char stopped[32]; /* the call that will be made again, or gone on with */
    unsigned n_open;
    SyscallOpen *open[SYSCALLS_MAX_OPEN]; /* owned */
} SyscallTask;

/* What of a call is put into words, and how. */
typedef struct SyscallView {
    GString *to;
    const SyscallOpen *open;
    SyscallPieces out;     /* what the call wrote */
    bool returned, failed; /* it has a result; which is an error, or that it will be made again */
    bool as_data;          /* each argument for itself, as the call left it */
    int64_t result;
    unsigned max_string;     /* bytes shown of a buffer */
    const char *result_path; /* what the resulting descriptor is, or NULL */
    bool paths;              /* show what descriptors are */
} SyscallView;

/* Append arguments from..to-1, with ", " between them. */
void syscalls_put_args(SyscallView *v, unsigned from, unsigned to);
/* Append the value of one argument; a hidden one gives nothing and false. */
bool syscalls_put_arg(SyscallView *v, unsigned i);
/* How many arguments are known as soon as the call is made. */
unsigned syscalls_args_at_entry(const AilSyscall *call);
uint64_t syscalls_arg_value(const SyscallOpen *open, const AilSyscallArg *arg);
/* Whether what an argument points to, and the call read, is not known. */
bool syscalls_misses(const SyscallOpen *open);
/* The string that argument points to, NULL if it is not known. Free with g_free. */
char *syscalls_arg_string(const SyscallOpen *open, const AilSyscallArg *arg);
/* Append " = RESULT". restarted: the call will be made again. */
void syscalls_put_result(SyscallView *v, bool restarted);

/* syscalls_values.c: append a value that stands for itself. */
void syscalls_put_value(SyscallView *v, unsigned kind, const AilSyscallSet *set, uint64_t value,
                        unsigned size, bool is_signed);
void syscalls_put_set(GString *to, const AilSyscallSet *set, uint64_t value, bool one);
void syscalls_put_quoted(GString *to, const uint8_t *bytes, size_t len, bool more);
void syscalls_put_hex_bytes(GString *to, const uint8_t *bytes, size_t len, bool more);
void syscalls_put_signal_name(GString *to, unsigned abi, uint64_t signal);
/* What a code says of a signal, for programs as for the kernel. */
void syscalls_put_code(GString *to, unsigned abi, uint64_t signal, int code);
void syscalls_put_signal(GString *to, unsigned abi, const AilEvent *e, const AilGuestSignal *s);

/* syscalls_memory.c. A number in the guest's memory; one of the ABI's words. */
uint64_t syscalls_get(const uint8_t *at, unsigned size, bool is_signed);
uint64_t syscalls_get_word(const SyscallView *v, const uint8_t *at);
/* How many elements an argument points to, or bytes. */
uint64_t syscalls_length(const SyscallView *v, const AilSyscallArg *arg);
/* Append an address that is all there is to show. */
void syscalls_put_pointer(SyscallView *v, uint64_t addr);
/* At most max_string bytes of a buffer that has `whole`. */
void syscalls_put_buffer(SyscallView *v, const uint8_t *at, size_t len, uint64_t whole, bool hex);
/* At most max bytes of a string, up to its zero byte. True. */
bool syscalls_put_string(SyscallView *v, const uint8_t *at, size_t len, size_t max);

/* Append what is at an address; false: it is not known. In syscalls_structs.c: structures; in
 * syscalls_messages.c: vectors, messages, addresses of sockets. out: what the call wrote. */
bool syscalls_put_structs(SyscallView *v, const AilSyscallArg *arg, uint64_t addr);
bool syscalls_put_vectors(SyscallView *v, bool out, uint64_t addr, uint64_t count, uint64_t total);
bool syscalls_put_message(SyscallView *v, const AilSyscallArg *arg, uint64_t addr);
bool syscalls_put_address(SyscallView *v, bool out, uint64_t addr, uint64_t size);
/* syscalls_memory.c: any of these. */
bool syscalls_put_memory(SyscallView *v, const AilSyscallArg *arg, uint64_t addr);
/* The bytes at an address, *len of them; NULL: not known. */
const uint8_t *syscalls_memory_at(const SyscallPieces *pieces, uint64_t addr, size_t *len);

/* The bytes at an address after the call (out), or else before it. */
const uint8_t *syscalls_find(const SyscallView *v, bool out, uint64_t addr, size_t *len);
/* Append a structure, and a set of descriptors below n. */
void syscalls_put_struct(SyscallView *v, const AilSyscallStruct *s, const uint8_t *at);
void syscalls_put_fds(SyscallView *v, const uint8_t *at, size_t len, uint64_t n);

/* syscalls_special.c: calls whose arguments are not printed one by one; false: this is another. */
bool syscalls_put_special(SyscallView *v);
bool syscalls_is_special(const char *name);
/* What strace tells behind the result: what poll found, the signal that came. */
void syscalls_put_found(SyscallView *v);

/* The summary: calls by name. */
typedef struct SyscallCounts SyscallCounts;
SyscallCounts *syscalls_counts_new(void);
void syscalls_counts_free(SyscallCounts *c);
void syscalls_counts_add(SyscallCounts *c, const char *name, bool failed, uint64_t insns);
void syscalls_counts_print(SyscallCounts *c, AilOutput *out);

#endif
