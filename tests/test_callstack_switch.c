/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stacks across what is no call: system calls, exceptions, interrupts, switches of threads. */
#include <criterion/criterion.h>
#include <glib.h>

#include "tests/stacks_builder.h"

/* A system call, interrupted in the kernel. */
Test(callstack_switch, syscall_and_nested_interrupt)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    call(b, 0x100, USER, 0x7ff8);
    syscall_insn(b, 0x200);
    call(b, 0xf000, KERNEL, 0xff80); /* 2 */
    nop(b, 0xf100, KERNEL);          /* 3 */
    chunk_trap(b, AIL_EVENT_INTERRUPT, 0x20, 0xf101);
    call(b, 0xe000, KERNEL, 0x3f80); /* 4: on the interrupt stack */
    nop(b, 0xe100, KERNEL);          /* 5 */
    ret(b, 0xe101, KERNEL, 0x3f80);
    iret(b, 0xe005);
    ret(b, 0xf101, KERNEL, 0xff80); /* 8 */
    sysret(b, 0xf005);              /* 9 */
    nop(b, 0x202, USER);            /* 10 */
    ret(b, 0x203, USER, 0x7ff8);
    nop(b, 0x105, USER); /* 12 */
    expect_stacks(b, "callstack,at=3,at=5,at=8,at=9,at=10,at=12", STACKS_COLUMNS,
                  "f100:f100c f000:f000s 202:200c 100:100r |"
                  "e100:e100c e000:e000i f101:f100c f000:f000s 202:200c 100:100r |"
                  "f101:f100c f000:f000s 202:200c 100:100r |"
                  "f005:f000s 202:200c 100:100r |202:200c 100:100r |105:100r |");
}

Test(callstack_switch, page_fault_in_the_middle_of_a_block)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    call(b, 0x100, USER, 0x7ff8); /* 0 */
    uint32_t id = chunk_block(b, 0x200, AIL_MODE_X86_64, USER, "\x90\x90\xc3", 3, 3, 1, 1, 1);
    uint32_t rest = chunk_block(b, 0x201, AIL_MODE_X86_64, USER, "\x90\xc3", 2, 2, 1, 1);
    chunk_run_cut(b, id, 1); /* 1 */
    chunk_trap(b, AIL_EVENT_EXCEPTION, 14, 0x201);
    nop(b, 0xe000, KERNEL); /* 2 */
    iret(b, 0xe001);        /* 3 */
    chunk_run(b, rest);     /* 4, 5 */
    chunk_read(b, 1, 0x7ff8, 8, 0x105);
    nop(b, 0x105, USER); /* 6 */
    expect_stacks(b, "callstack,at=2,at=4,at=6", STACKS_COLUMNS,
                  "e000:e000e 201:200c 100:100r |201:200c 100:100r |105:100r |");
}

/* The return itself is followed by an interrupt before anything runs at its target. */
Test(callstack_switch, interrupt_between_return_and_target)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    call(b, 0x100, USER, 0x7ff8);
    ret(b, 0x200, USER, 0x7ff8);
    chunk_trap(b, AIL_EVENT_INTERRUPT, 0x20, 0x105);
    nop(b, 0xe000, KERNEL); /* 2 */
    iret(b, 0xe001);
    nop(b, 0x105, USER); /* 4 */
    expect_stacks(b, "callstack,at=2,at=4", STACKS_COLUMNS, "e000:e000i 105:100r |105:100r |");
}

/* Process A (0x1000) enters the kernel and is switched away from; B (0x2000) was there before, in
 * the same function. As Linux does it: the stack pointer changes, calls that never return stuff the
 * return predictor, then a return pops the other thread's address. */
static void switch_threads(ChunkBuilder *b, uint64_t from, uint64_t to, uint64_t asid)
{
    call(b, 0xa000, KERNEL, from); /* context_switch calls the switch */
    chunk_asid(b, asid);
    for (unsigned i = 0; i < 4; i++) {
        call(b, 0xb000 + 16 * i, KERNEL, to - 0x38);
        call(b, 0xb008 + 16 * i, KERNEL, to - 0x40);
    }
    ret(b, 0xb100, KERNEL, to);
    nop(b, 0xa005, KERNEL);
}

static void enter(ChunkBuilder *b, uint64_t pc, uint64_t stack)
{
    call(b, pc, USER, 0x7ff8);
    syscall_insn(b, pc + 0x100);
    call(b, 0xf000, KERNEL, stack + 0xf80); /* do_syscall calls context_switch */
}

static void leave(ChunkBuilder *b, uint64_t pc, uint64_t stack)
{
    ret(b, 0xa006, KERNEL, stack + 0xf80);
    sysret(b, 0xf005);
    nop(b, pc + 0x102, USER);
}

Test(callstack_switch, threads_switch_in_the_kernel)
{
    enum { A = 0x20000, B = 0x24000 };
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    enter(b, 0x1100, A);                             /* 0..2 */
    switch_threads(b, A + 0xf00, B + 0xf00, 0x2000); /* 3..13: B is unknown */
    leave(b, 0x2100, B);                             /* 14..16: and has no frames */
    enter(b, 0x2500, B);                             /* 17..19 */
    switch_threads(b, B + 0xf00, A + 0xf00, 0x1000); /* 20..30: back to A */
    uint64_t in_a = chunk_icount(b) - 1;
    leave(b, 0x1100, A); /* 31..33 */
    uint64_t user_a = chunk_icount(b) - 1;
    enter(b, 0x1500, A);                             /* 34..36 */
    switch_threads(b, A + 0xf00, B + 0xf00, 0x2000); /* to B, which is known now */
    uint64_t in_b = chunk_icount(b) - 1;
    leave(b, 0x2500, B);
    uint64_t user_b = chunk_icount(b) - 1;
    char *what = g_strdup_printf("callstack,at=%u,at=%u,at=%u,at=%u", (unsigned)in_a,
                                 (unsigned)user_a, (unsigned)in_b, (unsigned)user_b);
    expect_stacks(b, what, STACKS_COLUMNS,
                  "a005:a000c f000:f000s 1202:1200c 1100:1100r |1202:1200c 1100:1100r |"
                  "a005:a000c f000:f000s 2602:2600c 2500:2202r |2602:2600c 2500:2202r |");
    g_free(what);
}

/* Two user threads of one process take turns by interrupts that the trace shows at user level
 * only: their stacks are told apart by address. */
Test(callstack_switch, user_threads_of_one_address_space)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    call(b, 0x100, USER, 0x107ff8); /* 0: thread 1 */
    nop(b, 0x200, USER);
    chunk_trap(b, AIL_EVENT_INTERRUPT, 0x20, 0x201);
    iret(b, 0xe000);                /* 2 */
    call(b, 0x500, USER, 0x907ff8); /* 3: thread 2 */
    nop(b, 0x600, USER);            /* 4 */
    chunk_trap(b, AIL_EVENT_INTERRUPT, 0x20, 0x601);
    iret(b, 0xe000);
    nop(b, 0x201, USER); /* 6: thread 1 again */
    chunk_trap(b, AIL_EVENT_INTERRUPT, 0x20, 0x202);
    iret(b, 0xe000);
    ret(b, 0x601, USER, 0x907ff8); /* 8: thread 2 */
    nop(b, 0x505, USER);           /* 9 */
    expect_stacks(b, "callstack,at=6,at=9", STACKS_COLUMNS, "201:200c 100:100r |505:500r |");
}

Test(callstack_switch, arm64_calls_and_system_calls)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_ARM64, 0x1000);
    a64(b, 0x100, USER, A64_BL);   /* 0 */
    a64(b, 0x200, USER, A64_SAVE); /* 1 */
    chunk_write_bytes(b, 0, 0x7ff0, "0123456789abcdef", 16);
    a64(b, 0x204, USER, A64_BL);  /* 2 */
    a64(b, 0x300, USER, A64_SVC); /* 3 */
    chunk_trap(b, AIL_EVENT_EXCEPTION, 0x15, 0x304);
    a64(b, 0xf000, KERNEL, A64_BL);   /* 4 */
    a64(b, 0xf100, KERNEL, A64_RET);  /* 5 */
    a64(b, 0xf004, KERNEL, A64_ERET); /* 6 */
    a64(b, 0x304, USER, A64_RET);     /* 7 */
    a64(b, 0x208, USER, A64_LOAD);    /* 8 */
    chunk_read_bytes(b, 0, 0x7ff0, "0123456789abcdef", 16);
    a64(b, 0x20c, USER, A64_RET); /* 9 */
    a64(b, 0x104, USER, A64_NOP); /* 10 */
    expect_stacks(b, "callstack,at=3,at=5,at=7,at=8,at=10", STACKS_COLUMNS,
                  "300:300c 204:200c 100:100r |"
                  "f100:f100c f000:f000s 304:300c 204:200c 100:100r |"
                  "304:300c 204:200c 100:100r |208:200c 100:100r |104:100r |");
}

/* Both threads wait in the same function; which of them goes on shows when it loads its link. */
static void a64_in_switch(ChunkBuilder *b, uint64_t pc, uint64_t sp)
{
    a64(b, pc, KERNEL, A64_BL);
    a64(b, 0xa000, KERNEL, A64_SAVE);
    chunk_write_bytes(b, 0, sp, "0123456789abcdef", 16);
    a64(b, 0xa004, KERNEL, A64_BL);
    a64(b, 0xb000, KERNEL, A64_RET); /* the switch: on another stack from here */
}

static void a64_out_of_switch(ChunkBuilder *b, uint64_t pc, uint64_t sp)
{
    a64(b, 0xa008, KERNEL, A64_LOAD);
    chunk_read_bytes(b, 0, sp, "0123456789abcdef", 16);
    a64(b, 0xa00c, KERNEL, A64_RET);
    a64(b, pc + 4, KERNEL, A64_NOP);
}

Test(callstack_switch, arm64_threads_switch_in_the_kernel)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_ARM64, 0x1000);
    a64_in_switch(b, 0x1100, 0x20f00);     /* 0..3: thread 1 leaves */
    a64(b, 0x2000, KERNEL, A64_NOP);       /* 4: thread 2 runs for the first time */
    a64_in_switch(b, 0x2100, 0x24f00);     /* 5..8 */
    a64_out_of_switch(b, 0x1100, 0x20f00); /* 9..11: thread 1 */
    a64_in_switch(b, 0x1200, 0x20f00);     /* 12..15 */
    a64_out_of_switch(b, 0x2100, 0x24f00); /* 16..18: thread 2 */
    expect_stacks(b, "callstack,at=11,at=18", STACKS_COLUMNS, "1104:1100r |2104:2000r |");
}
