/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The replay plugin's parts and the state they share. QEMU hands its callbacks no state of ours,
 * so there is one object, `ail_plugin`; QEMU replays with one virtual CPU, and all callbacks but
 * the last run in its thread.
 */
#ifndef AIL_PLUGIN_PLUGIN_H
#define AIL_PLUGIN_PLUGIN_H

#include "formats/qemu_plugin.h"
#include "replayer/osi/osi.h"
#include "replayer/wire.h"
#include "trace/pages.h"

/* The reads, or the writes, of one instruction. QEMU describes each access anew; nearly always it
 * is as the last. */
typedef struct MemOp {
    qemu_plugin_meminfo_t info; /* QEMU's description of the last access */
    uint16_t what;              /* what it means: AIL_RAW_WHAT */
    uint8_t store;              /* AIL_ACCESS_STORE for writes */
    bool swap;                  /* QEMU's value has the bytes in the other order than memory */
} MemOp;

/* A virtual page whose physical one QEMU was asked for (xlate.c). */
typedef struct PageSlot {
    uint64_t key[2]; /* of reads and of writes: the page, and above it the epoch; 0: none */
    uint64_t frame;  /* physical page */
    uint64_t unused;
} PageSlot;

/* What an access does with a page: its second, when it reaches into that. */
typedef struct PageTouch {
    uint64_t page;
    bool store;
    uint32_t second;
} PageTouch;

/* How the last instruction of a block goes from user code to its kernel or back. */
typedef enum Crossing {
    NO_CROSSING = 0,
    CALLS, /* syscall in 64-bit code, svc */
    CALLS_INT80,
    CALLS_SYSENTER,
    CALLS_SYSCALL32, /* in 32-bit code */
    LEAVES_KERNEL,   /* iret, sysret, eret, ...: perhaps */
} Crossing;

/* What a block of the kernel's is to its memory, which user code that goes on behind it cannot
 * read: on Arm because it is the kernel's, elsewhere where it hides itself. */
typedef enum Hiding {
    HIDES_NOTHING,
    HIDES_KERNEL, /* its end hides it; the call's result is in its register already */
    MAY_LEAVE,    /* it goes to user code, or back into the kernel */
} Hiding;

/* The registers of a system call. */
typedef enum CallReg {
    CALL_NUMBER,
    CALL_ARG0, /* and five more */
    CALL_RESULT = 7,
    CALL_STACK,
    AIL_CALL_REGS,
} CallReg;

/* Functions of the guest's kernel at which it is followed. */
typedef enum HookKind {
    HOOK_SWITCH,
    HOOK_FORK,
    HOOK_EXIT,
    HOOK_SIGNAL,
    HOOK_MODULE,
    HOOK_SENT,
    HOOK_PIPE_LOCK,
    HOOK_PIPE_UNLOCK,
    N_HOOKS
} HookKind;

/* A block that QEMU translated; one object for all translations of the same bytes there. QEMU also
 * runs a translation where the same memory appears at another address; what it is there is a block
 * of its own, `now` (where.c). */
typedef struct Block {
    uint32_t id;
    uint32_t n; /* instructions */
    uint64_t pc;
    struct Block *now; /* of a translated block: what it was when it ran last */
    uint64_t next[2];  /* where it can go on by itself, from pc: see ail_where_successors */
    uint64_t expect;   /* what `reached` holds when nothing after the block needs a second look */
    uint64_t base;     /* x86: linear address of offset 0 in its code segment */
    uint64_t last_pc;  /* of its last instruction */
    uint32_t size;     /* bytes */
    uint8_t mode, user;
    uint8_t crossing;       /* Crossing; none while the guest's system is not followed */
    bool check_asid;        /* its last instruction may change the address space */
    bool flushes;           /* it may change where pages are; not looked for without xlate */
    bool in_use;            /* QEMU may hold a pointer to it: it was translated, not flushed yet */
    const uint8_t *lengths; /* owned: n lengths, then `size` instruction bytes */
    MemOp *ops;             /* owned: reads and writes of instruction i are 2 i and 2 i + 1 */
} Block;

/* The registers that are looked at during the run; NULL where the guest has none such. */
typedef struct GuestRegs {
    struct qemu_plugin_register *pc, *asid, *stack, *cs, *ss, *flags, *cr0, *efer; /* x86 */
    struct qemu_plugin_register *cr4;                                              /* x86 */
    struct qemu_plugin_register *cpsr, *vbar, *elr, *esr;                          /* Arm */
    struct qemu_plugin_register *spsr;                                             /* AArch64 */
    struct qemu_plugin_register *sctlr, *ttbcr, *lr;                               /* 32-bit Arm */
    struct qemu_plugin_register *msr, *srr0, *gpr[32];                             /* PowerPC */
} GuestRegs;

/* What code under an x86 code-segment selector was found to be. */
typedef struct SelectorMode {
    uint8_t mode;
    uint32_t confirmed; /* by so many blocks */
} SelectorMode;

typedef struct Plugin {
    /* Hot: touched at each block. */
    uint64_t *reached; /* in a scoreboard: the block whose last instruction was begun, or 0 */
    Block *prev;       /* entered last */
    Block *translated; /* and what was translated for it, which is in `reached` */
    uint64_t next[2];  /* where prev goes on by itself */
    uint64_t icount;   /* before the next block, if prev runs to its end */
    uint64_t limit;    /* at this icount something is due */
    AilRawFlow *flow;
    uint32_t n_access, n_wide, n_io; /* in the segment so far */
    uint64_t *addr, *value, *wide;   /* the segment's arrays */
    uint16_t *what;
    uint32_t *io;
    PageSlot *pages;     /* owned; NULL without the xlate column */
    uint64_t page_epoch; /* above a page's bits */
    AilRawXlate *xlate;  /* the segment's */
    uint32_t n_xlate;

    AilWire *wire; /* shared */
    const AilMark *marks;
    uint64_t mark;     /* the first that was not delivered */
    uint64_t redirect; /* the first interrupt or exception that was not */
    AilSegment *segment;
    uint32_t n_segments_done;
    AilRawFlow *flow_base;
    uint64_t asid;
    bool started, failed;
    bool swaps; /* QEMU reads and writes memory in either byte order, so it shows values as such */
    bool slept; /* not started at the first chance: asid is that of the instruction before */

    qemu_plugin_u64 reached_score;
    uint64_t addr_mask; /* of a virtual address */
    AilArch arch;
    bool x86_64;       /* not an i386 */
    GArray *registers; /* of qemu_plugin_reg_descriptor, owned */
    GuestRegs reg;
    /* x86: the tables of interrupts and of segments, from the replayer until lidt, lgdt. */
    uint64_t idt_base, idt_limit, gdt_base, gdt_limit;
    uint32_t port_read; /* x86: the last block ends in an `in` that is to be told: AIL_PORT_VALUE */
    /* Of hypercalls: magic, what, address, length; and x86's rdx. NULL: there are none. */
    struct qemu_plugin_register *spoken[5];
    uint32_t segment0;     /* PowerPC: what was written to segment register 0 */
    GHashTable *handlers;  /* uint64_t pc -> vector; owned; x86 */
    GHashTable *selectors; /* -> SelectorMode; owned; x86 */
    size_t capstone[3];    /* by mode; 0: not opened yet (capstone's csh) */
    GByteArray *scratch;
    Block none;         /* prev before the first block */
    Block stale;        /* `now` of blocks that are in no dictionary: at no address */
    GHashTable *blocks; /* set of Block, owned: the dictionary */
    GPtrArray *old;     /* of Block, owned: those of earlier ones that are still needed */

    /* The guest's operating system (osi.c). */
    AilOsi *osi;               /* owned; NULL: it is not followed */
    GByteArray *memory;        /* scratch; owned */
    uint64_t event_icount;     /* of what is being told */
    uint64_t osi_seen;         /* blocks of a kernel that were translated */
    uint64_t osi_scanned;      /* bytes in which it was looked for */
    bool osi_look;             /* the next block is a kernel's, which is to be looked for */
    bool osi_done;             /* it was found */
    bool osi_hides;            /* its memory cannot be read when user code goes on */
    uint64_t hook_at[N_HOOKS]; /* 0: none */
    struct qemu_plugin_register *call_regs[AIL_ABI_COUNT][AIL_CALL_REGS];
} Plugin;

extern Plugin ail_plugin;

/* blocks.c: translate-time. Hash and equality of Block by what it consists of. */
guint ail_plugin_block_hash(gconstpointer block);
gboolean ail_plugin_block_equal(gconstpointer a, gconstpointer b);
void ail_plugin_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
/* Index of the instruction of b at pc, or -1. */
int ail_plugin_insn_at(const Block *b, uint64_t pc);

/* Begin a new dictionary: ids from 0, and blocks are defined again when they run next. The object
 * `next`, which is about to run, stays valid, as does prev. */
void ail_plugin_forget_blocks(const Block *next);
/* QEMU has dropped all its translations. */
void ail_plugin_on_flush(qemu_plugin_id_t id);

/* hooks.c: run-time; the callbacks that blocks.c registers. */
void ail_plugin_on_block(unsigned vcpu, void *block);
/* What is called for each access, with its MemOp, when these columns are captured. maybe_io: it may
 * be a device's, for which QEMU left a block. */
qemu_plugin_vcpu_mem_cb_t ail_plugin_access_hook(uint32_t columns, bool maybe_io, bool check);

/* Add the block to the dictionary, unless it is there; takes over its lengths if it was not. */
Block *ail_plugin_intern(const Block *key);

/* Where an instruction goes on: behind it; at a displacement; at either; somewhere else. */
typedef enum { AIL_FALLS, AIL_JUMPS, AIL_BRANCHES, AIL_ELSEWHERE } AilFlowsTo;

/* spoken.c: what instructions take in or say that no memory access shows. */
void ail_spoken_find_registers(void);
/* Hook what there is in the block. */
void ail_spoken_translate(struct qemu_plugin_tb *tb, const Block *b);
/* prev has run, to its end or not: tell what it has read from a port, if it has. */
void ail_spoken_settle(bool to_its_end);

/* where.c: the address at which a translated block really runs. */
typedef struct Prefixes {
    bool operand, repeat; /* 0x66; 0xf2 or 0xf3 */
} Prefixes;

/* Past an x86 instruction's prefixes, to `end` when it has nothing else. had: gets what they were;
 * may be NULL. */
const uint8_t *ail_where_skip_prefixes(const uint8_t *at, const uint8_t *end, uint8_t mode,
                                       Prefixes *had);
/* Where a block whose last instruction is `insn` goes on by itself, as offsets from its pc. */
void ail_where_successors(Block *b, const uint8_t *insn, size_t len);
/* The linear address of offset 0 in the code segment, when the next instruction is at pc. */
uint64_t ail_where_base(uint64_t pc);
/* What the translated block, which is about to run, is at the address where it does. */
Block *ail_where_locate(Block *translated);

/* xlate.c: physical addresses. Nothing is done without that column but by ail_xlate_start. */
void ail_xlate_start(void);
/* Where pages are may have changed. */
void ail_xlate_forget(void);
/* The same when the instruction, which ail_guest_flushes, runs. */
void ail_xlate_watch(struct qemu_plugin_insn *insn);

static inline bool ail_xlate_is_known(const Plugin *p, uint64_t page, bool store)
{
    const PageSlot *slot = &p->pages[ail_page_slot(page, AIL_PAGE_SLOT_BITS)];
    return slot->key[store] == (page | p->page_epoch);
}

/* Tell what is not known of the access's pages. what: AIL_RAW_WHAT. */
void ail_xlate_ask(qemu_plugin_meminfo_t info, uint64_t vaddr, uint32_t access, uint16_t what);
/* Compare what was told with what QEMU says now; a difference is a failure. */
void ail_xlate_check(qemu_plugin_meminfo_t info, uint64_t vaddr, uint16_t what);

/* guest_tlb.c: after the instruction a virtual page may be another physical one. */
bool ail_guest_flushes(const uint8_t *insn, size_t len, uint8_t mode);

/* segment.c: where everything goes. */
/* Take the next segment, waiting for the encoders to hand it back; `next` is its first block, NULL
 * when that is not known yet. Perhaps with a new dictionary. */
void ail_segment_begin(const Block *next);
/* Hand it over. */
void ail_segment_end(void);
bool ail_segment_is_full(void);
/* The array of the segment at this offset. */
void *ail_segment_array(uint64_t at);
/* Put down the registers as they are before block b. */
void ail_segment_put_sync(const Block *b);

/* marks.c: events. */
/* Put one before the next execution, with data of the plugin's own; icount and what it means are
 * set. */
void ail_plugin_put_event(AilRawEvent event, const void *data, size_t len);
/* The mark is of an interrupt or exception. */
bool ail_marks_redirects(const AilMark *m);
/* p->redirect gets to the next such from where it is, or to the end. */
void ail_marks_seek_redirect(void);
/* Put the marks that do not change where execution goes, up to icount. */
void ail_marks_deliver(uint64_t icount);

/* step.c: what is rare: ends of blocks cut short, events. */
/* Begin, when the first block is translated at the place where the trace does; false: not there
 * yet. */
bool ail_plugin_start(void);
/* Settle what happened between prev and `next`; true when recording goes on. The dictionary may be
 * another one afterwards. */
bool ail_plugin_step(Block *next);
/* The machine stopped for good. */
void ail_plugin_finish(void);
void ail_plugin_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* guest.c: what an architecture's registers mean. */
void ail_guest_find_registers(void);
uint64_t ail_guest_read(struct qemu_plugin_register *reg);
/* The low `size` bytes of the number, as the guest has them in a register of that size. */
void ail_guest_put(uint8_t *to, uint64_t number, size_t size);
uint64_t ail_guest_asid(void);
void ail_guest_mode(uint8_t *mode, uint8_t *user, const uint8_t *lengths, size_t n,
                    const uint8_t *bytes, size_t size, uint64_t pc);
/* The block, whose last instruction has `last` bytes, may have changed the address space when it
 * ends. */
bool ail_guest_changes_asid(const Block *b, size_t last);
/* What an instruction that loads a table's address (x86 lidt, lgdt) is to be hooked with; else
 * NULL. */
qemu_plugin_vcpu_mem_cb_t ail_guest_table_hook(const uint8_t *insn, size_t len);
/* The trace begins: where the tables are then. */
void ail_guest_start(void);
/* Exceptions and interrupts start at pc; *vector: which, or AIL_VECTOR_UNKNOWN. */
bool ail_guest_is_handler(uint64_t pc, uint64_t *vector);
/* Where the handler just entered (a block of `mode`) will return to. vector: the exception's, or
 * AIL_VECTOR_UNKNOWN; before: the block that ended with it. */
uint64_t ail_guest_resume_pc(uint8_t mode, uint64_t vector, const Block *before);
/* The last instruction of b goes back to itself without storing: jmp ., rep lods, ... */
bool ail_guest_may_repeat(const Block *b);

/* osi.c: the guest's operating system. All but start are for when there is ail_plugin.osi. */
void ail_plugin_osi_start(void);
void ail_plugin_osi_translate(struct qemu_plugin_tb *tb, const Block *b);
/* User code called with the last instruction of prev, at this icount. */
void ail_plugin_osi_call(const Block *prev, uint64_t icount);
/* The kernel went to user code. */
void ail_plugin_osi_user(const Block *next);
bool ail_plugin_read_memory(uint64_t addr, void *to, size_t len);
AilMachineArch ail_plugin_machine(void);
/* The kernel was found. */
void ail_plugin_osi_take(const AilOsiProfile *profile, const AilKallsyms *symbols);

/* osi_find.c: whether the block may be of a kernel, by where and how it runs. */
bool ail_plugin_may_be_kernel(const Block *b);
/* Look for the kernel around the next block, which is at pc. */
void ail_plugin_osi_look(uint64_t pc);

/* calls.c: conventions of system calls. */
Crossing ail_calls_crossing(const Block *b, const uint8_t *insn, size_t len);
/* low, high: where the kernel's code is. */
Hiding ail_calls_hiding(const Block *b, const uint8_t *insn, size_t len, uint64_t low,
                        uint64_t high);
void ail_calls_find_registers(void);
AilAbi ail_calls_abi(uint8_t mode, Crossing crossing);
uint64_t ail_calls_read(AilAbi abi, CallReg reg);
/* The call that is being made in code of `mode`. */
void ail_calls_get(Crossing crossing, uint8_t mode, AilOsiCall *call);
/* Argument `n`, of up to three, of a function of a kernel whose native calls are of this ABI. */
uint64_t ail_calls_argument(AilAbi abi, unsigned n);

/* guest_x86.c: the same for x86. */
uint64_t ail_x86_asid(void);
void ail_x86_mode(uint8_t *mode, uint8_t *user, const uint8_t *lengths, size_t n,
                  const uint8_t *bytes, size_t size, uint64_t pc);
bool ail_x86_changes_asid(const uint8_t *insn, size_t len, uint8_t mode);
bool ail_x86_is_handler(uint64_t pc, uint64_t *vector);
uint64_t ail_x86_resume_pc(uint8_t mode, uint64_t vector, const Block *before);

/* guest_arm.c: for 32-bit Arm. */
#define PSR_T (1u << 5) /* T32 code */
uint64_t ail_arm_asid(void);
bool ail_arm_changes_asid(const uint8_t *insn, size_t len, uint8_t mode);
bool ail_arm_is_handler(uint64_t pc, uint64_t *vector);
uint64_t ail_arm_resume_pc(uint64_t vector, const Block *before);
/* Which of the two instruction sets code of 32-bit programs on AArch64 is of. */
uint8_t ail_arm_user_mode(const uint8_t *lengths, size_t n, const uint8_t *bytes, uint64_t pc);
/* *displacement: of a direct branch, from the instruction's own address. */
AilFlowsTo ail_arm_flow(const uint8_t *insn, size_t len, uint8_t mode, int64_t *displacement);

/* guest_ppc.c: for PowerPC. */
/* Watch the instruction if it may write the segment register that tells the address space. */
void ail_ppc_watch(struct qemu_plugin_insn *insn, const uint8_t *code);
bool ail_ppc_changes_asid(const uint8_t *code, size_t size);
bool ail_ppc_is_handler(uint64_t pc, uint64_t *vector);
AilFlowsTo ail_ppc_flow(const uint8_t *insn, int64_t *displacement);

#endif
