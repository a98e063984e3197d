/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steps of the way back: which instructions are told, with what said of them. */
#include <criterion/criterion.h>
#include <glib.h>

#include "analyzers/taint/back.h"
#include "tests/chunk_builder.h"

typedef struct Told {
    GString *text; /* a line for each step: instruction, its flags, users */
} Told;

static void on_step(void *self, const AilBackStep *step)
{
    Told *told = self;
    g_string_append_printf(told->text, "%u%s%s%s <-", step->at.insn,
                           step->constant ? " constant" : "", step->device ? " device" : "",
                           step->rough ? " rough" : "");
    for (uint32_t i = 0; i < step->n_users; i++)
        g_string_append_printf(told->text, " %u-%u", step->users[i].first, step->users[i].last);
    g_string_append_c(told->text, '\n');
}

static void no_device(void *self, uint64_t icount, uint64_t phys, const AilLabelRange *users,
                      uint32_t n_users)
{
    (void)self, (void)icount, (void)phys, (void)users, (void)n_users;
    cr_expect_fail("a device is told");
}

/* The steps back from so many bytes at 0x6000 after the chunk. */
static char *steps_to(ChunkBuilder *b, AilArch arch, unsigned bytes)
{
    AilError err = {""};
    Told told = {g_string_new(NULL)};
    AilBackListener listener = {&told, on_step, no_device};
    AilBack *back = ail_back_new(arch, 0, 0, &listener, &err);
    cr_assert(back, "%s", err.text);
    ail_back_want_memory(back, 0x6000, bytes);
    ail_back_begin(back, chunk_builder_take(b));
    ail_back_to(back, UINT64_MAX, 0);
    ail_back_free(back);
    chunk_builder_free(b);
    return g_string_free(told.text, FALSE);
}

static void expect(char *told, const char *expected)
{
    cr_expect_str_eq(told, expected);
    g_free(told);
}

Test(taint_back, what_is_changed_in_place_is_told_and_goes_on)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    /* mov al, [rdi]; xor al, 0x5a; not al; add al, 5; neg al; mov [rsi], al */
    uint32_t block =
        chunk_block(b, 0x100, AIL_MODE_X86_64, true,
                    "\x8a\x07\x34\x5a\xf6\xd0\x04\x05\xf6\xd8\x88\x06", 12, 6, 2, 2, 2, 2, 2, 2);
    chunk_run(b, block);
    chunk_read(b, 0, 0x5000, 1, 0x11);
    chunk_write(b, 5, 0x6000, 1, 0x3f);
    expect(steps_to(b, AIL_ARCH_X86, 1), "5 <- 0-0\n4 <- 1-1\n3 <- 2-2\n2 <- 3-3\n1 <- 4-4\n"
                                         "0 <- 5-5\n");
}

Test(taint_back, the_same_without_flags)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_ARM64, 0x1000);
    /* ldrb w0, [x1]; eor w0, w0, #0x3c; add w0, w0, #7; strb w0, [x2] */
    uint32_t block = chunk_block(b, 0x100, AIL_MODE_A64, true,
                                 "\x20\x00\x40\x39\x00\x0c\x1e\x52\x00\x1c\x00\x11\x40\x00\x00\x39",
                                 16, 4, 4, 4, 4, 4);
    chunk_run(b, block);
    chunk_read(b, 0, 0x5000, 1, 0x11);
    chunk_write(b, 3, 0x6000, 1, 0x34);
    expect(steps_to(b, AIL_ARCH_ARM64, 1), "3 <- 0-0\n2 <- 1-1\n1 <- 2-2\n0 <- 3-3\n");
}

Test(taint_back, constants_are_told)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    /* mov ah, [rdi]; mov al, 7; and ah, 0; mov [rsi], ax */
    uint32_t block = chunk_block(b, 0x100, AIL_MODE_X86_64, true,
                                 "\x8a\x27\xb0\x07\x80\xe4\x00\x66\x89\x06", 10, 4, 2, 2, 3, 3);
    chunk_run(b, block);
    chunk_read(b, 0, 0x5000, 1, 0x11);
    chunk_write(b, 3, 0x6000, 2, 7);
    expect(steps_to(b, AIL_ARCH_X86, 2), "3 <- 0-0\n2 constant <- 1-1\n1 constant <- 1-1\n");
}
