/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/registry.h"
#include "tests/chunk_builder.h"

#define COLUMNS (AIL_COL_ALL & ~AIL_COL_SYNC)

enum { KERNEL = false, USER = true };

/* Each of these runs one block of one instruction, so that the n-th of them is icount n. */
static void insn(ChunkBuilder *b, uint64_t pc, bool user, const char *bytes, unsigned size)
{
    chunk_run(b, chunk_block(b, pc, AIL_MODE_X86_64, user, bytes, size, 1, (int)size));
}

static void nop(ChunkBuilder *b, uint64_t pc, bool user)
{
    insn(b, pc, user, "\x90", 1);
}

static void call(ChunkBuilder *b, uint64_t pc, bool user, uint64_t slot)
{
    insn(b, pc, user, "\xe8\0\0\0\0", 5);
    chunk_write(b, 0, slot, 8, pc + 5);
}

static void ret(ChunkBuilder *b, uint64_t pc, bool user, uint64_t slot)
{
    insn(b, pc, user, "\xc3", 1);
    chunk_read(b, 0, slot, 8, 0);
}

static void syscall_insn(ChunkBuilder *b, uint64_t pc)
{
    insn(b, pc, USER, "\x0f\x05", 2);
}

static void sysret(ChunkBuilder *b, uint64_t pc)
{
    insn(b, pc, KERNEL, "\x48\x0f\x07", 3);
}

static void iret(ChunkBuilder *b, uint64_t pc)
{
    insn(b, pc, KERNEL, "\x48\xcf", 2);
}

static void a64(ChunkBuilder *b, uint64_t pc, bool user, uint32_t code)
{
    uint8_t bytes[4];
    for (unsigned i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(code >> (8 * i));
    chunk_run(b, chunk_block(b, pc, AIL_MODE_A64, user, bytes, 4, 1, 4));
}

#define A64_NOP  0xd503201f
#define A64_BL   0x94000000
#define A64_RET  0xd65f03c0
#define A64_SVC  0xd4000001
#define A64_ERET 0xd69f03e0
#define A64_SAVE 0xa9bf7bfd /* stp x29, x30, [sp, #-16]! */
#define A64_LOAD 0xa8c17bfd /* ldp x29, x30, [sp], #16 */

/* The frames of each printed stack as "PC:FUNCTIONkind ...", kind a letter; stacks end with "|". */
static char *compact(char *json)
{
    GString *out = g_string_new(NULL);
    char **lines = g_strsplit(json, "\n", -1);
    for (char **line = lines; *line && **line; line++) {
        const char *p = strstr(*line, "\"frames\":");
        while (p && (p = strstr(p, "{\"pc\":\"0x"))) {
            uint64_t pc = strtoull(p + 7, NULL, 16);
            const char *entry = strchr(p + 7, ':') + 2, *kind = strstr(p, "\"kind\":\"") + 8;
            g_string_append_printf(out, "%" G_GINT64_MODIFIER "x:%" G_GINT64_MODIFIER "x%c ", pc,
                                   (guint64)strtoull(entry, NULL, 16), *kind);
            p = kind;
        }
        g_string_append(out, "|");
    }
    g_strfreev(lines);
    free(json);
    return g_string_free(out, FALSE);
}

static void expect_stacks(ChunkBuilder *b, const char *analysis, uint32_t columns, const char *all)
{
    char *text = compact(chunk_analyse(b, analysis, columns, AIL_OUTPUT_JSON));
    cr_expect_str_eq(text, all);
    g_free(text);
    chunk_builder_free(b);
}

/* 0x100 calls 0x200, which calls 0x300; both return. */
static ChunkBuilder *nested(void)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    call(b, 0x100, USER, 0x7ff8); /* 0 */
    call(b, 0x200, USER, 0x7ff0); /* 1 */
    nop(b, 0x300, USER);          /* 2 */
    ret(b, 0x301, USER, 0x7ff0);  /* 3 */
    nop(b, 0x205, USER);          /* 4 */
    ret(b, 0x206, USER, 0x7ff8);  /* 5 */
    nop(b, 0x105, USER);          /* 6 */
    return b;
}

Test(callstack, calls_and_returns)
{
    static const char all[] = "100:100r |200:200c 100:100r |300:300c 200:200c 100:100r |"
                              "205:200c 100:100r |105:100r |";
    static const char what[] = "callstack,at=0,at=1,at=2,at=4,at=6";
    expect_stacks(nested(), what, COLUMNS, all);
    expect_stacks(nested(), what, COLUMNS & ~(AIL_COL_ADDR | AIL_COL_DATA), all);
}

/* A pass that gets a chunk for each execution: what a transfer waits for comes with the next. */
Test(callstack, transfers_across_chunks)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    const AilAnalysisOps *ops;
    AilOptions *options;
    AilError err = {""};
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    AilOutput *out = ail_output_new(file, AIL_OUTPUT_JSON, 100);
    AilPass *pass = ail_pass_new();
    cr_assert_eq(
        ail_analysis_parse("callstack,at=0,at=1,at=2,at=3,at=4,at=5,at=6", &ops, &options, &err),
        AIL_OK);
    cr_assert_eq(ail_pass_add(pass, ops, options), AIL_OK);
    cr_assert_eq(ail_pass_begin(pass, chunk_info(b), COLUMNS, out), AIL_OK);
    for (unsigned i = 0; i <= 6; i++) {
        switch (i) {
        case 0:
            call(b, 0x100, USER, 0x7ff8);
            break;
        case 1:
            call(b, 0x200, USER, 0x7ff0);
            break;
        case 2:
            ret(b, 0x300, USER, 0x7ff0);
            break;
        case 3:
            chunk_trap(b, AIL_EVENT_INTERRUPT, 0x20, 0x205);
            iret(b, 0xe000);
            break;
        case 4:
            ret(b, 0x205, USER, 0x7ff8);
            break;
        case 5:
            syscall_insn(b, 0x105);
            break;
        default:
            nop(b, 0xf000, KERNEL);
        }
        cr_assert_neq(ail_pass_chunk(pass, chunk_builder_take(b)), AIL_ERR);
    }
    ail_pass_free(pass);
    ail_output_free(out);
    fclose(file);
    chunk_builder_free(b);
    text = compact(text);
    cr_expect_str_eq(text, "100:100r |200:200c 100:100r |300:300c 200:200c 100:100r |"
                           "e000:e000i 205:200c 100:100r |205:200c 100:100r |105:100r |"
                           "f000:f000s 107:100r |");
    g_free(text);
}

Test(callstack, text)
{
    ChunkBuilder *b = nested();
    char *text = chunk_analyse(b, "callstack,at=2,max-depth=2", COLUMNS, AIL_OUTPUT_TEXT);
    cr_expect_str_eq(text, "icount 2, asid 0x1000 (at):\n"
                           "  #0   0x300              in 0x300\n"
                           "  #1   0x200              in 0x200\n"
                           "  ... and 1 more frames (max-depth)\n");
    free(text);
    chunk_builder_free(b);
}

Test(callstack, moments_inside_a_block)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    call(b, 0x100, USER, 0x7ff8);
    uint32_t id =
        chunk_block(b, 0x200, AIL_MODE_X86_64, USER, "\x90\x90\x90\xc3", 4, 4, 1, 1, 1, 1);
    chunk_run_cut(b, id, 2); /* a fault before the third */
    expect_stacks(b, "callstack,at=2,when-pc=0x200,when-pc=0x202", COLUMNS,
                  "200:200c 100:100r |201:200c 100:100r |");
}

Test(callstack, a_moment_beyond_the_end_is_an_error)
{
    ChunkBuilder *b = nested();
    char *text = chunk_analyse(b, "callstack,at=7", COLUMNS, AIL_OUTPUT_TEXT);
    cr_expect_str_eq(text, "error: callstack: at=7: the trace ends at icount 7");
    free(text);
    chunk_builder_free(b);
    b = nested();
    text = chunk_analyse(b, "callstack", COLUMNS, AIL_OUTPUT_TEXT);
    cr_expect_str_eq(text, "error: callstack: say when: at=ICOUNT, when-pc=ADDRESS, on-match or "
                           "folded");
    free(text);
    chunk_builder_free(b);
}

Test(callstack, folded_counts_every_instruction_once)
{
    ChunkBuilder *b = nested();
    char *text = chunk_analyse(b, "callstack,folded", COLUMNS, AIL_OUTPUT_TEXT);
    cr_expect_str_eq(text, "asid:0x1000;0x100 2\n"
                           "asid:0x1000;0x100;0x200 3\n"
                           "asid:0x1000;0x100;0x200;0x300 2\n");
    free(text);
    chunk_builder_free(b);
    b = nested();
    text = chunk_analyse(b, "callstack,folded,max-depth=2", COLUMNS, AIL_OUTPUT_TEXT);
    cr_expect_str_eq(text, "asid:0x1000;0x100 2\nasid:0x1000;0x100;0x200 5\n");
    free(text);
    chunk_builder_free(b);
}

Test(callstack, limit_is_said)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    for (unsigned i = 0; i < 5; i++)
        nop(b, 0x100, USER);
    char *text = chunk_analyse(b, "callstack,when-pc=0x100,limit=2", COLUMNS, AIL_OUTPUT_TEXT);
    cr_expect(strstr(text, "icount 1, asid 0x1000 (when-pc):\n"));
    cr_expect(!strstr(text, "icount 2,"));
    cr_expect(g_str_has_suffix(text, "3 more matches were not printed (limit=2).\n"));
    free(text);
    chunk_builder_free(b);
}

Test(callstack, retpoline_shows_its_target)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    call(b, 0x100, KERNEL, 0x7ff8); /* the thunk */
    call(b, 0x900, KERNEL, 0x7ff0);
    ret(b, 0x910, KERNEL, 0x7ff0); /* to the function */
    nop(b, 0x300, KERNEL);         /* 3 */
    ret(b, 0x301, KERNEL, 0x7ff8);
    nop(b, 0x105, KERNEL); /* 5 */
    expect_stacks(b, "callstack,at=3,at=5", COLUMNS, "300:300c 100:100r |105:100r |");
}

Test(callstack, longjmp_drops_frames)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    call(b, 0x100, USER, 0x7ff8);
    call(b, 0x200, USER, 0x7fe8);
    call(b, 0x300, USER, 0x7fd8);
    nop(b, 0x400, USER);          /* 3: jumps to 0x210, back in the first function called */
    call(b, 0x210, USER, 0x7fe8); /* 4 */
    nop(b, 0x500, USER);          /* 5 */
    ret(b, 0x501, USER, 0x7fe8);
    ret(b, 0x215, USER, 0x7ff8);
    nop(b, 0x105, USER); /* 8 */
    expect_stacks(b, "callstack,at=5,at=8", COLUMNS, "500:500c 210:200c 100:100r |105:100r |");
}

/* A system call, interrupted in the kernel. */
Test(callstack, syscall_and_nested_interrupt)
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
    expect_stacks(b, "callstack,at=3,at=5,at=8,at=9,at=10,at=12", COLUMNS,
                  "f100:f100c f000:f000s 202:200c 100:100r |"
                  "e100:e100c e000:e000i f101:f100c f000:f000s 202:200c 100:100r |"
                  "f101:f100c f000:f000s 202:200c 100:100r |"
                  "f005:f000s 202:200c 100:100r |202:200c 100:100r |105:100r |");
}

Test(callstack, page_fault_in_the_middle_of_a_block)
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
    expect_stacks(b, "callstack,at=2,at=4,at=6", COLUMNS,
                  "e000:e000e 201:200c 100:100r |201:200c 100:100r |105:100r |");
}

/* The return itself is followed by an interrupt before anything runs at its target. */
Test(callstack, interrupt_between_return_and_target)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    call(b, 0x100, USER, 0x7ff8);
    ret(b, 0x200, USER, 0x7ff8);
    chunk_trap(b, AIL_EVENT_INTERRUPT, 0x20, 0x105);
    nop(b, 0xe000, KERNEL); /* 2 */
    iret(b, 0xe001);
    nop(b, 0x105, USER); /* 4 */
    expect_stacks(b, "callstack,at=2,at=4", COLUMNS, "e000:e000i 105:100r |105:100r |");
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

Test(callstack, threads_switch_in_the_kernel)
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
    expect_stacks(b, what, COLUMNS,
                  "a005:a000c f000:f000s 1202:1200c 1100:1100r |1202:1200c 1100:1100r |"
                  "a005:a000c f000:f000s 2602:2600c 2500:2202r |2602:2600c 2500:2202r |");
    g_free(what);
}

/* Two user threads of one process take turns by interrupts that the trace shows at user level
 * only: their stacks are told apart by address. */
Test(callstack, user_threads_of_one_address_space)
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
    expect_stacks(b, "callstack,at=6,at=9", COLUMNS, "201:200c 100:100r |505:500r |");
}

Test(callstack, arm64_calls_and_system_calls)
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
    expect_stacks(b, "callstack,at=3,at=5,at=7,at=8,at=10", COLUMNS,
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

Test(callstack, arm64_threads_switch_in_the_kernel)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_ARM64, 0x1000);
    a64_in_switch(b, 0x1100, 0x20f00);     /* 0..3: thread 1 leaves */
    a64(b, 0x2000, KERNEL, A64_NOP);       /* 4: thread 2 runs for the first time */
    a64_in_switch(b, 0x2100, 0x24f00);     /* 5..8 */
    a64_out_of_switch(b, 0x1100, 0x20f00); /* 9..11: thread 1 */
    a64_in_switch(b, 0x1200, 0x20f00);     /* 12..15 */
    a64_out_of_switch(b, 0x2100, 0x24f00); /* 16..18: thread 2 */
    expect_stacks(b, "callstack,at=11,at=18", COLUMNS, "1104:1100r |2104:2000r |");
}

Test(callstack, at_each_string_match_of_the_same_pass)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    call(b, 0x100, USER, 0x7ff8);
    nop(b, 0x200, USER);
    chunk_read_bytes(b, 0, 0x9000, "a secret", 8);
    AilPass *pass = ail_pass_new();
    static const char *const given[] = {"callstack,on-match", "stringsearch,string=secret"};
    AilError err = {""};
    for (unsigned i = 0; i < 2; i++) {
        const AilAnalysisOps *ops;
        AilOptions *options;
        cr_assert_eq(ail_analysis_parse(given[i], &ops, &options, &err), AIL_OK);
        cr_assert_eq(ail_pass_add(pass, ops, options), AIL_OK);
    }
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    AilOutput *out = ail_output_new(file, AIL_OUTPUT_TEXT, 100);
    cr_assert_eq(ail_pass_begin(pass, chunk_info(b), COLUMNS, out), AIL_OK);
    cr_assert_eq(ail_pass_chunk(pass, chunk_builder_take(b)), AIL_OK);
    ail_pass_free(pass);
    ail_output_free(out);
    fclose(file);
    cr_expect_str_eq(text, "icount 1, asid 0x1000 (string match):\n"
                           "  #0   0x200              in 0x200\n"
                           "  #1   0x100              first seen at 0x100\n");
    free(text);
    chunk_builder_free(b);
}
