/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a trace holds, as analyses see it: blocks, chunks of decoded columns, events. How columns
 * are encoded is known to the codecs alone (docs/trace-format.md).
 *
 * All structures are plain arrays that the reader owns; they are valid until the next chunk is
 * asked for and must not be changed.
 */
#ifndef AIL_TRACE_TRACE_H
#define AIL_TRACE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Columns, as bits of a set. */
enum {
    AIL_COL_CODE = 1 << 0,  /* dictionary of blocks; always written with flow */
    AIL_COL_FLOW = 1 << 1,  /* which block ran, and how many of its instructions */
    AIL_COL_ADDR = 1 << 2,  /* virtual address of each memory access */
    AIL_COL_DATA = 1 << 3,  /* value of each memory access; needs addr */
    AIL_COL_EVENT = 1 << 4, /* everything rare, with its icount */
    AIL_COL_SYNC = 1 << 5,  /* all registers at each chunk's start */
    AIL_COL_XLATE = 1 << 6, /* physical address of each memory access; needs addr */
    AIL_COL_ALL = (1 << 7) - 1,
    AIL_N_COLUMNS = 7,
};

typedef enum {
    AIL_ARCH_NONE = 0,
    AIL_ARCH_X86 = 1,   /* i386 and x86_64: a block's mode says which */
    AIL_ARCH_ARM64 = 2, /* AArch64 */
    AIL_ARCH_ARM = 3,   /* 32-bit Arm: A32 and T32 */
    AIL_ARCH_PPC = 4,   /* 32-bit PowerPC; big-endian */
    AIL_ARCH_COUNT,
} AilArch;

/* How the instructions of a block are decoded. */
typedef enum {
    AIL_MODE_X86_16 = 0,
    AIL_MODE_X86_32 = 1,
    AIL_MODE_X86_64 = 2,
    AIL_MODE_A64 = 3,
    AIL_MODE_A32 = 4,
    AIL_MODE_T32 = 5, /* Thumb */
    AIL_MODE_PPC = 6,
    AIL_MODE_COUNT,
} AilMode;

/* The dictionary of blocks that ids refer to: trace/dict.h. */
typedef struct AilDict AilDict;

/* A straight run of guest instructions as the emulator translated it. */
typedef struct AilBlock {
    uint64_t pc;          /* virtual address of the first instruction */
    const uint8_t *bytes; /* `size` instruction bytes */
    const uint16_t
        *start;       /* n_insns + 1 offsets into bytes: instruction i is start[i]..start[i+1] */
    uint32_t id;      /* index in the dictionary */
    uint32_t size;    /* bytes */
    uint16_t n_insns; /* at least 1, at most AIL_BLOCK_MAX_INSNS */
    uint8_t mode;     /* AilMode */
    bool user;        /* runs without privilege (x86 CPL 3, Arm EL0) */
} AilBlock;

#define AIL_BLOCK_MAX_INSNS 4096

/* One execution of a block that did not run to its end. */
typedef struct AilCut {
    uint32_t at;       /* index of the execution in AilChunk.flow */
    uint32_t executed; /* instructions that completed: 0 .. n_insns - 1 */
} AilCut;

/* What a memory access is, beside its address: bits of AilChunk.access_info. */
enum {
    AIL_ACCESS_SIZE_SHIFT = 7, /* info & 7: log2 of the size in bytes, 0 .. 4 */
    AIL_ACCESS_STORE = 1 << 3, /* a write; else a read */
};

typedef enum {
    AIL_EVENT_ASID = 1,      /* value = the new address space */
    AIL_EVENT_EXCEPTION = 2, /* value = vector or AIL_VECTOR_UNKNOWN, pc = where it resumes */
    AIL_EVENT_INTERRUPT = 3, /* the same, for an external interrupt */
    AIL_EVENT_CONSOLE = 4,   /* data = bytes that the guest wrote to its serial port */
    AIL_EVENT_INPUT = 5,     /* data = bytes that the guest's serial port received */
    AIL_EVENT_PACKET = 6,    /* data = a network packet that the guest received */
    AIL_EVENT_SHUTDOWN = 7,  /* value = QEMU's shutdown cause: power-off, reset, ... */
    /* What the guest's operating system did; data: see trace/guest.h. */
    AIL_EVENT_KERNEL = 8,  /* a kernel was found */
    AIL_EVENT_TASK = 9,    /* value = a task's key: what is known of it from here on */
    AIL_EVENT_SWITCH = 10, /* value = key of the task that runs from here on */
    AIL_EVENT_EXIT = 11,   /* value = key of the task that ends; pc = its exit code, as wait(2) has
                              it: status << 8, or the signal that killed it */
    AIL_EVENT_EXEC = 12,   /* value = key of the task whose program is told */
    AIL_EVENT_MAPS = 13,   /* value = key of a user address space: what is mapped in a part of it */
    AIL_EVENT_MODULE = 14, /* value = address of a kernel module, pc = its size; 0: it is gone */
    AIL_EVENT_FILE = 15,   /* value = key of a table of open files, pc = descriptor: what it is */
    AIL_EVENT_SYSCALL = 16, /* value = number, pc = of the instruction */
    AIL_EVENT_SYSRET = 17,  /* value = result, pc = where user code goes on */
    AIL_EVENT_SIGNAL = 18,  /* value = number of a signal that is delivered to the running task's
                               handler, pc = the handler */
    AIL_EVENT_SYMBOLS = 19, /* value = inode of a file, pc = its device: functions in it */
    AIL_EVENT_MODULE_SYMBOLS = 20, /* value = address of a kernel module: its symbols */
    /* What an instruction did that no memory access shows. */
    AIL_EVENT_PORT = 21,      /* x86: the instruction before it, at pc, read from a port that hands
                                 over data; value = AIL_PORT_VALUE */
    AIL_EVENT_HYPERCALL = 22, /* value = what it asks for, pc = of the instruction, which is one of
                                 the execution that comes next; data: ail_guest_hypercall */
    /* What devices do with memory by themselves; data: see trace/guest.h. */
    AIL_EVENT_SENT = 23,       /* value = bytes of a frame that a network device is given to send */
    AIL_EVENT_FILE_PAGES = 24, /* value = inode of a file, pc = its device: where in memory parts of
                                  it are that a system call is about to move */
    AIL_EVENT_COUNT,
} AilEventType;

#define AIL_VECTOR_UNKNOWN UINT64_MAX

/* AIL_EVENT_PORT: port in bits 0-15, size in bytes in 16-23, what was read above 32. */
#define AIL_PORT_VALUE(port, size, read)                                                           \
    ((uint64_t)(uint16_t)(port) | (uint64_t)(size) << 16 | (uint64_t)(read) << 32)
#define AIL_PORT_NUMBER(value) ((uint16_t)(value))
#define AIL_PORT_SIZE(value)   ((uint8_t)((value) >> 16))
#define AIL_PORT_READ(value)   ((uint32_t)((value) >> 32))

typedef struct AilEvent {
    uint64_t icount;     /* instructions executed before it */
    uint64_t value;      /* by type, see AilEventType */
    uint64_t pc;         /* by type; 0 where it has no meaning */
    const uint8_t *data; /* `len` bytes, NULL when len is 0 */
    uint32_t len;
    uint32_t flow_index; /* it comes before the execution chunk->flow[flow_index] */
    uint8_t type;        /* AilEventType; an unknown (newer) type is to be skipped */
} AilEvent;

/* A stretch of a chunk in which one address space ran. Spans cover their chunk without gaps. */
typedef struct AilSpan {
    uint64_t asid;
    uint64_t first; /* icount of its first instruction */
    uint64_t insns; /* instructions in it */
    uint64_t user;  /* of these, executed without privilege */
} AilSpan;

/* Upper half of a 16-byte access's value. */
typedef struct AilWide {
    uint32_t at; /* index of the access */
    uint64_t high;
} AilWide;

/* The physical address of what is no memory, or not known. */
#define AIL_PHYS_NONE UINT64_MAX

/* An access that reaches into another page. */
typedef struct AilCrossing {
    uint32_t at;   /* index of the access */
    uint64_t phys; /* physical address of the second page's first byte, or AIL_PHYS_NONE */
} AilCrossing;

/* A slice of the trace, decoded. Arrays of columns that were not asked for are NULL. */
typedef struct AilChunk {
    uint64_t number; /* 0 for the first chunk of the trace */
    uint64_t icount; /* instructions executed before the chunk */
    uint64_t insns;  /* instructions in the chunk */
    uint64_t asid;   /* address space at its start */

    /* flow */
    const AilDict *dict; /* what ids mean: the blocks known up to the end of this chunk */
    uint32_t n_flow;
    const uint32_t *flow; /* ids of the executed blocks, in order */
    uint32_t n_cuts;
    const AilCut *cuts; /* in order of `at` */

    /* addr: the accesses of execution i are access_end[i - 1] .. access_end[i] - 1 (from 0 for
     * i = 0) */
    uint32_t n_access;
    const uint32_t *access_end;  /* n_flow entries */
    const uint64_t *addr;        /* virtual addresses */
    const uint16_t *access_insn; /* index of the accessing instruction within its block */
    const uint8_t *access_info;  /* AIL_ACCESS_* */

    /* data */
    const uint64_t *value; /* the (low 8 bytes of the) value, zero-extended: the bytes
                            * in memory as a little-endian number, whatever the guest is */
    uint32_t n_wide;
    const AilWide *wide; /* high halves of the 16-byte accesses, in order of `at` */

    /* xlate */
    const uint64_t *phys; /* physical address of each access's first byte; AIL_PHYS_NONE: it is of
                           * a device, or not known */
    uint32_t n_crossings;
    const AilCrossing *crossings; /* accesses that reach into another page, in order of `at` */

    /* event */
    uint32_t n_events;
    const AilEvent *events; /* in order of icount */
    uint32_t n_spans;
    const AilSpan *spans;

    /* sync: the registers' bytes, laid out as AilTraceInfo.regs says */
    uint32_t sync_len;
    const uint8_t *sync;
} AilChunk;

/* One register in the sync column. */
typedef struct AilReg {
    const char *name; /* as QEMU's gdb description names it: "rip", "cr3", "x0" */
    uint32_t offset;  /* in AilChunk.sync */
    uint32_t size;    /* bytes, guest byte order (little-endian, but for PPC) */
} AilReg;

/* What the trace's header says. */
typedef struct AilTraceInfo {
    uint32_t format;  /* format version */
    uint32_t columns; /* set of AIL_COL_* present */
    AilArch arch;
    const char *tool;      /* version of the program that wrote it */
    const char *recording; /* identity of the recording: checksum of its manifest, hex */
    const char *machine;   /* machine description, for people */
    uint32_t n_regs;
    const AilReg *regs;
    uint32_t sync_len; /* bytes of all registers */
} AilTraceInfo;

/* "flow,event" <-> set of columns. ail_columns_parse gives 0 for an unknown name; code is implied
 * by flow, flow by addr, and addr by data and xlate. ail_columns_format writes into buf (at least
 * 64 bytes), returns buf.
 */
uint32_t ail_columns_parse(const char *names);
const char *ail_columns_format(uint32_t columns, char *buf, size_t size);

#endif
