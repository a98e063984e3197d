/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the events of a guest's operating system say: the meaning of AilEvent.data for
 * AIL_EVENT_KERNEL and those behind it (docs/trace-format.md, "The guest's events"). The replay
 * plugin writes them, analyses read them. Keys are the kernel's addresses of its own objects; an
 * object may come to be where another was, after that one has gone.
 *
 * The running task is that of the last AIL_EVENT_SWITCH; there is none while no kernel is known,
 * and events of system calls come anyway. Reading functions return false for an event of another
 * type and for data that makes no sense; what they give points into the event and lives as long.
 * All functions are thread-safe on distinct objects.
 */
#ifndef AIL_TRACE_GUEST_H
#define AIL_TRACE_GUEST_H

#include "formats/bytes.h"
#include "formats/syscalls.h"
#include "trace/trace.h"

/* Bytes of the guest's, not terminated; may hold anything. */
typedef struct AilGuestText {
    const char *at;
    uint32_t len;
} AilGuestText;

/* AIL_EVENT_KERNEL: value = address of its first instruction. */
typedef struct AilGuestKernel {
    AilGuestText banner;    /* "Linux version 6.1.0-..." */
    const uint8_t *symbols; /* as formats/kallsyms.h writes them; may be empty */
    uint32_t symbols_len;
} AilGuestKernel;

enum { AIL_TASK_KERNEL = 1 }; /* a thread of the kernel's own */

/*
 * AIL_EVENT_TASK: comes when a task is first seen, which is before it runs, and whenever something
 * here has changed. Tasks of one process have one tgid.
 */
typedef struct AilGuestTask {
    uint64_t key;
    uint64_t mm;              /* key of its user address space; 0: it has none */
    uint64_t asid;            /* as AIL_EVENT_ASID has it when it runs user code; 0: unknown */
    uint64_t files;           /* key of its table of open files; 0: none */
    uint64_t start_ns;        /* nanoseconds from the guest's boot to its start */
    uint32_t pid, tgid, ppid; /* pid: of the thread, tgid: of the process */
    uint32_t flags;           /* AIL_TASK_* */
    AilGuestText comm;
} AilGuestTask;

/* AIL_EVENT_EXEC: the program of a process, before the first user instruction that is traced of
 * it; pc = 1: not one that it begins with now, but its parent's, or the one it had when the trace
 * began. */
typedef struct AilGuestExec {
    AilGuestText path; /* of the program, as the guest has it from its root */
    uint32_t n_args;   /* next: ail_guest_next_text */
    AilCursor args;
} AilGuestExec;

/* AIL_EVENT_MAPS: in from..to-1 are these mappings and nothing else; parts of ones that reach
 * beyond are the mappings' whole. */
typedef struct AilGuestMaps {
    uint64_t from, to;
    uint32_t n;
    AilCursor next; /* ail_guest_next_map */
} AilGuestMaps;

enum {
    AIL_MAP_READ = 1,
    AIL_MAP_WRITE = 2,
    AIL_MAP_EXEC = 4,
    AIL_MAP_SHARED = 8, /* as /proc's maps have it: "s" rather than "p" */
    AIL_MAP_STACK = 16, /* grows down */
    AIL_MAP_HEAP = 32,
};

typedef struct AilGuestMap {
    uint64_t start, end;
    uint64_t offset; /* in the file, bytes */
    uint64_t inode;  /* of the file; 0: none */
    uint32_t dev;    /* major << 20 | minor, as the kernel has it */
    uint32_t flags;  /* AIL_MAP_* */
    AilGuestText path;
} AilGuestMap;

/* A piece of the task's memory at the time of the event, at the address it has there: what the
 * arguments point to, as far as it was captured. */
typedef struct AilGuestPiece {
    uint64_t addr;
    const uint8_t *bytes;
    uint32_t len;
} AilGuestPiece;

/* AIL_EVENT_SYSCALL: comes right before the instruction that makes it. */
typedef struct AilGuestSyscall {
    uint8_t abi; /* AilAbi */
    uint64_t args[6];
    uint32_t n_pieces;
    AilCursor pieces; /* ail_guest_next_piece */
} AilGuestSyscall;

enum {
    AIL_SYSRET_HANDLER = 1, /* user code goes on with a signal's handler; the result is what the
                               interrupted code will get */
    AIL_SYSRET_RESTART = 2, /* the call was interrupted and is going to be made again */
};

/*
 * AIL_EVENT_SYSRET: comes before the first user instruction behind the call, in the task that made
 * it. value = the result, sign-extended to 64 bits: -4095 .. -1 are errors. A fork returns twice,
 * in either task; the child's return has no AIL_EVENT_SYSCALL in its task. Calls that do not return
 * (exit) have none. After an exec the result is that of the new program.
 */
typedef struct AilGuestSysret {
    uint64_t number; /* of the call */
    uint8_t abi;
    uint8_t flags; /* AIL_SYSRET_* */
    uint32_t n_pieces;
    AilCursor pieces; /* of what the call wrote */
} AilGuestSysret;

/* AIL_EVENT_SIGNAL */
typedef struct AilGuestSignal {
    int32_t code;  /* si_code */
    uint64_t addr; /* si_addr, or what else is in its place */
} AilGuestSignal;

enum {
    AIL_SYMBOLS_WHOLE = 1, /* nothing of the table was missing */
    AIL_SYMBOLS_ALL = 2,   /* of .symtab; else of .dynsym alone, what others may use */
};

/*
 * AIL_EVENT_SYMBOLS: functions of a file that processes run code of, by what the guest's memory has
 * of it. One with more, or of what the file has become since, may come later; it stands for the one
 * before. The file is that of mappings with this inode and device.
 */
typedef struct AilGuestSymbols {
    AilGuestText build_id; /* bytes; empty: not known */
    uint32_t flags;        /* AIL_SYMBOLS_* */
    uint32_t n;
    uint64_t last;  /* offset of the one that was read last */
    AilCursor next; /* ail_guest_next_symbol */
} AilGuestSymbols;

typedef struct AilGuestSymbol {
    uint64_t offset; /* in the file, bytes; they rise */
    uint64_t size;   /* 0: not known */
    AilGuestText name;
} AilGuestSymbol;

/* AIL_EVENT_HYPERCALL: what the guest says by an instruction (docs/recording.md). value is one of
 * formats/hypercall.h, or anything. */
typedef struct AilGuestHypercall {
    uint32_t insn;      /* index of the instruction in the block that is executed next */
    uint64_t addr, len; /* of what it speaks of: virtual, bytes */
} AilGuestHypercall;

/* A stretch of physical memory. */
typedef struct AilGuestPlace {
    uint64_t phys;   /* of its first byte; AIL_PHYS_NONE: not known */
    uint64_t offset; /* that its first byte has in what it is a part of */
    uint32_t len;    /* bytes, at least 1 */
} AilGuestPlace;

/*
 * AIL_EVENT_SENT: the kernel gives a frame to a network device, which then reads it by itself. One
 * that the device does not take at once comes again. Places follow each other in the frame; all
 * but perhaps its end.
 */
typedef struct AilGuestSent {
    AilGuestText device; /* its name: "eth0" */
    AilGuestText head;   /* the frame's first bytes, as they are then */
    uint32_t hardware;   /* kind of device, as in Linux' if_arp.h: 1 Ethernet, 772 loopback */
    uint64_t socket;     /* inode of the socket that it is of, as in "socket:[7]"; 0: not known */
    uint64_t len;        /* of the frame, bytes: the event's value */
    uint32_t n;          /* places */
    uint64_t told;       /* bytes before the place that comes next */
    AilCursor next;      /* ail_guest_next_sent */
} AilGuestSent;

/*
 * AIL_EVENT_FILE_PAGES: comes in a system call that moves bytes of a file without a buffer of the
 * process, once they are in a pipe (its own, or the one that they go to) and before they are taken
 * out. The same place may be told again.
 */
typedef struct AilGuestPages {
    AilGuestText path; /* of the file, as the call has it open */
    uint32_t n;        /* places */
    AilCursor next;    /* ail_guest_next_page */
} AilGuestPages;

bool ail_guest_kernel(const AilEvent *e, AilGuestKernel *kernel);
bool ail_guest_task(const AilEvent *e, AilGuestTask *task);
bool ail_guest_exec(const AilEvent *e, AilGuestExec *exec);
bool ail_guest_maps(const AilEvent *e, AilGuestMaps *maps);
bool ail_guest_syscall(const AilEvent *e, AilGuestSyscall *call);
bool ail_guest_sysret(const AilEvent *e, AilGuestSysret *ret);
bool ail_guest_signal(const AilEvent *e, AilGuestSignal *signal);
bool ail_guest_file_symbols(const AilEvent *e, AilGuestSymbols *symbols);
bool ail_guest_hypercall(const AilEvent *e, AilGuestHypercall *call);
bool ail_guest_sent(const AilEvent *e, AilGuestSent *sent);
bool ail_guest_file_pages(const AilEvent *e, AilGuestPages *pages);
/* AIL_EVENT_MODULE: its name. AIL_EVENT_FILE: path of the file, "socket:[INODE]" or the like;
 * empty: closed. Behind a NUL, if there is one, follows what a socket is: "tcp 10.0.2.15:22 ->
 * 10.0.2.2:54321". */
bool ail_guest_text(const AilEvent *e, AilGuestText *text);

/* AIL_EVENT_FILE with this for a descriptor: nothing is known of the table any more, because its
 * last process has ended, or because there are too many. */
#define AIL_GUEST_ALL_FILES UINT64_MAX

/*
 * AIL_EVENT_MODULE_SYMBOLS: comes behind the module's AIL_EVENT_MODULE. *bytes: its symbols as
 * formats/kallsyms.h writes them, *len of them.
 */
bool ail_guest_module_kallsyms(const AilEvent *e, const uint8_t **bytes, uint32_t *len);

/* The next of several; false: no more, or (cursor->bad) they make no sense. */
bool ail_guest_next_text(AilCursor *at, AilGuestText *text);
bool ail_guest_next_map(AilCursor *at, AilGuestMap *map);
bool ail_guest_next_piece(AilCursor *at, AilGuestPiece *piece);
bool ail_guest_next_symbol(AilGuestSymbols *from, AilGuestSymbol *symbol);
bool ail_guest_next_sent(AilGuestSent *from, AilGuestPlace *place);
bool ail_guest_next_page(AilGuestPages *from, AilGuestPlace *place);

/* Writing: append an event's data to `out`. Those with a count are followed by so many of what is
 * counted. key of a task is the event's value, not written. */
void ail_guest_put_text(AilBuf *out, const void *text, size_t len);
void ail_guest_put_kernel(AilBuf *out, const AilGuestKernel *kernel);
void ail_guest_put_task(AilBuf *out, const AilGuestTask *task);
void ail_guest_put_exec(AilBuf *out, const AilGuestExec *exec);
void ail_guest_put_maps(AilBuf *out, const AilGuestMaps *maps);
void ail_guest_put_map(AilBuf *out, const AilGuestMap *map);
void ail_guest_put_syscall(AilBuf *out, const AilGuestSyscall *call);
void ail_guest_put_sysret(AilBuf *out, const AilGuestSysret *ret);
void ail_guest_put_piece(AilBuf *out, const AilGuestPiece *piece);
void ail_guest_put_signal(AilBuf *out, const AilGuestSignal *signal);
void ail_guest_put_file_symbols(AilBuf *out, const AilGuestSymbols *symbols);
/* *last: offset of the one before; 0 for the first. */
void ail_guest_put_symbol(AilBuf *out, uint64_t *last, const AilGuestSymbol *symbol);
void ail_guest_put_hypercall(AilBuf *out, const AilGuestHypercall *call);
void ail_guest_put_sent(AilBuf *out, const AilGuestSent *sent);
void ail_guest_put_sent_place(AilBuf *out, uint64_t phys, uint32_t len);
void ail_guest_put_file_pages(AilBuf *out, const AilGuestPages *pages);
void ail_guest_put_page(AilBuf *out, const AilGuestPlace *place);

#endif
