/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Timelines of made-up events, read back by a decoder of our own (timeline_reference.py), which
 * knows the formats and nothing of the code that writes them. */
#include "tests/chunk_builder.h"
#include "tests/made_guest.h"
#include "tests/shell.h"
#include "tests/stacks_builder.h"

#include <criterion/criterion.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_A = 0x10, KEY_B = 0x20, MM_A = 0x110, MM_B = 0x120 };

static void system_call(GuestEvents *g, uint64_t number)
{
    AilBuf b = {0};
    ail_guest_put_syscall(&b, &(AilGuestSyscall){.abi = AIL_ABI_X86_64, .args = {1, 0x20, 3}});
    chunk_event(g->user, (AilEvent){.type = AIL_EVENT_SYSCALL,
                                    .value = number,
                                    .pc = 0x400000,
                                    .data = b.data,
                                    .len = (uint32_t)b.len});
    ail_buf_clear(&b);
}

static void result(GuestEvents *g, uint64_t number, int64_t value)
{
    AilBuf b = {0};
    ail_guest_put_sysret(&b, &(AilGuestSysret){.number = number, .abi = AIL_ABI_X86_64});
    chunk_event(g->user, (AilEvent){.type = AIL_EVENT_SYSRET,
                                    .value = (uint64_t)value,
                                    .pc = 0x400002,
                                    .data = b.data,
                                    .len = (uint32_t)b.len});
    ail_buf_clear(&b);
}

/* Ten instructions pass. */
static void pass(ChunkBuilder *b, uint32_t id)
{
    for (int i = 0; i < 10; i++)
        chunk_run(b, id);
}

static ChunkBuilder *story(const char *comm)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x5000);
    GuestEvents g = {.take = chunk_take_event, .user = b};
    uint32_t nop = chunk_block(b, 0x400000, AIL_MODE_X86_64, true, "\x90", 1, 1, 1);
    pass(b, nop);
    guest_kernel(&g, "Linux");
    guest_task(&g, KEY_A, 1, 0, MM_A, comm);
    guest_plain(&g, AIL_EVENT_SWITCH, KEY_A, 0);
    pass(b, nop); /* 10 .. 20 */
    system_call(&g, 99999);
    guest_task(&g, KEY_B, 2, 1, MM_B, comm);
    guest_plain(&g, AIL_EVENT_SWITCH, KEY_B, 0);
    pass(b, nop); /* 20 .. 30 */
    guest_exec(&g, KEY_B, "/bin/ls", "ls -l");
    guest_task(&g, KEY_B, 2, 1, MM_B, "ls");
    chunk_console(b, "he");
    chunk_console(b, "llo\nwor");
    chunk_trap(b, AIL_EVENT_INTERRUPT, 0x30, 0x400000);
    pass(b, nop); /* 30 .. 40 */
    system_call(&g, 99998);
    guest_plain(&g, AIL_EVENT_EXIT, KEY_B, 3 << 8);
    guest_plain(&g, AIL_EVENT_SWITCH, KEY_A, 0);
    pass(b, nop); /* 40 .. 50 */
    result(&g, 99999, -4);
    guest_plain(&g, AIL_EVENT_SIGNAL, 17, 0x401000);
    chunk_event(b, (AilEvent){.type = AIL_EVENT_PACKET, .data = (const uint8_t *)"abc", .len = 3});
    system_call(&g, 99997);
    pass(b, nop);
    return b;
}

/* What the reference reads in what `analysis` wrote to the files in its options. */
static char *export(ChunkBuilder *b, const char *options, const char *file)
{
    char *dir = ail_folder_new(), *analysis = g_strdup_printf(options, dir, dir);
    char *got = chunk_analyse(b, analysis, STACKS_COLUMNS, AIL_OUTPUT_TEXT);
    char *command = g_strdup_printf("python3 %s %s", AIL_REFERENCE_SCRIPT, file);
    cr_assert(!g_str_has_prefix(got, "error"), "%s", got);
    AilOutcome o = ail_shell(dir, command);
    cr_assert_eq(o.status, 0, "%s", o.err);
    char *text = g_strdup(o.out);
    ail_outcome_clear(&o);
    ail_folder_remove(dir);
    free(got);
    g_free(command);
    g_free(analysis);
    chunk_builder_free(b);
    return text;
}

static void expect(const char *got, const char *want)
{
    cr_expect_str_eq(got, want, "%s\nnot\n%s", got, want);
}

/* TRACK, then for a slice begin-end and for an instant its time, name, what more is known. */
static const char whole[] =
    "CPU 0: 0-10 address space 0x5000\n"
    "CPU 0: 10-20 sh [1]\n"
    "CPU 0: 20-40 sh [2]\n"
    "CPU 0: 40-60 sh [1]\n"
    "CPU 0 interrupts and exceptions: 30 interrupt 0x30 resumes at=0x400000\n"
    "Console: 30 hello\n"
    "Console: 30 wor\n"
    "Kernel: 10 kernel found banner=Linux\n"
    "Network: 50 packet received bytes=3\n"
    "thread 1/1 sh: 20-50 syscall 99999 arg 1=0x1 arg 2=0x20 arg 3=0x3 arg 4=0x0 arg 5=0x0 "
    "arg 6=0x0 result=-4\n"
    "thread 1/1 sh: 50 signal 17 handler=0x401000\n"
    "thread 1/1 sh: 50-60 syscall 99997 arg 1=0x1 arg 2=0x20 arg 3=0x3 arg 4=0x0 arg 5=0x0 "
    "arg 6=0x0\n"
    "thread 2/2 ls: 30 exec /bin/ls arguments=ls -l path=/bin/ls\n"
    "thread 2/2 ls: 40-40 syscall 99998 arg 1=0x1 arg 2=0x20 arg 3=0x3 arg 4=0x0 arg 5=0x0 "
    "arg 6=0x0\n"
    "thread 2/2 ls: 40 exit signal=0 status=3\n";

Test(export, perfetto_has_all_of_it)
{
    char *got = export(story("sh"), "export,perfetto=%s/t,chrome=%s/j", "t");
    char *want = g_strconcat(whole, "process 1 sh\nprocess 2 ls\n",
                             "switch 10: 0  (0) -> 1 sh\nswitch 20: 1 sh (1) -> 2 sh\n"
                             "switch 40: 2 sh (32) -> 1 sh\n",
                             NULL);
    expect(got, want);
    g_free(got);
    g_free(want);
}

Test(export, chrome_has_all_of_it)
{
    char *got = export(story("sh"), "export,perfetto=%s/t,chrome=%s/j", "j");
    char *want = g_strconcat(whole, "process 1 sh\nprocess 2 ls\n", NULL);
    expect(got, want);
    g_free(got);
    g_free(want);
}

Test(export, a_window_has_what_is_open_at_its_edges)
{
    char *got = export(story("sh"), "export,from=25,to=45,chrome=%s/j", "j");
    expect(got, "CPU 0: 25-40 sh [2]\n"
                "CPU 0: 40-45 sh [1]\n"
                "CPU 0 interrupts and exceptions: 30 interrupt 0x30 resumes at=0x400000\n"
                "Console: 30 hello\n"
                "thread 1/1 sh: 25-45 syscall 99999\n"
                "thread 2/2 ls: 30 exec /bin/ls arguments=ls -l path=/bin/ls\n"
                "thread 2/2 ls: 40-40 syscall 99998 arg 1=0x1 arg 2=0x20 arg 3=0x3 arg 4=0x0 "
                "arg 5=0x0 arg 6=0x0\n"
                "thread 2/2 ls: 40 exit signal=0 status=3\n"
                "process 1 sh\nprocess 2 ls\n");
    g_free(got);
}

Test(export, time_is_the_guests_when_its_shift_is_said)
{
    char *got = export(story("sh"), "export,shift=3,perfetto=%s/t", "t");
    cr_expect(strstr(got, "thread 1/1 sh: 160-400 syscall 99999 "), "%s", got);
    g_free(got);
}

Test(export, hostile_names_are_text)
{
    static const char *const files[] = {"t", "j"};
    for (int i = 0; i < 2; i++) {
        char *got =
            export(story("\"\\\n\x1b\xff\x80"), "export,perfetto=%s/t,chrome=%s/j", files[i]);
        cr_expect(strstr(got, "process 1 \"\\\\n\\x1b\ufffd\ufffd\n"), "%s", got);
        g_free(got);
    }
}

Test(export, says_what_is_missing)
{
    static const char *const wrong[][2] = {
        {"export", "error: export: say what to write: perfetto=FILE or chrome=FILE, or both"},
        {"export,chrome=/no/such/folder/x",
         "error: export: /no/such/folder/x: No such file or directory"},
        {"export,chrome=x,from=5,to=5", "error: export: from=5 is not before to=5"},
        {"export,chrome=x,shift=11", "error: export: shift=11: it is 0 to 10"}};
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        ChunkBuilder *b = story("sh");
        char *got = chunk_analyse(b, wrong[i][0], AIL_COL_EVENT, AIL_OUTPUT_TEXT);
        cr_expect_str_eq(got, wrong[i][1], "%s", got);
        free(got);
        chunk_builder_free(b);
    }
}

Test(export, call_stacks_are_slices)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x5000);
    GuestEvents g = {.take = chunk_take_event, .user = b};
    AilGuestMap map = guest_map(0, 0x1000, 0x4000, "/bin/prog");
    guest_kernel(&g, "Linux");
    guest_task(&g, KEY_A, 1, 0, MM_A, "prog");
    guest_maps(&g, MM_A, 0, UINT64_MAX, &map, 1);
    guest_plain(&g, AIL_EVENT_SWITCH, KEY_A, 0);
    call(b, 0x100, USER, 0x7ff8); /* 0 */
    call(b, 0x200, USER, 0x7ff0); /* 1 */
    nop(b, 0x300, USER);          /* 2 */
    ret(b, 0x301, USER, 0x7ff0);  /* 3 */
    ret(b, 0x205, USER, 0x7ff8);  /* 4 */
    nop(b, 0x105, USER);          /* 5 */
    char *got = export(b, "export-stacks,perfetto=%s/t,chrome=%s/j", "t");
    const char *stacks = strstr(got, "call stack"), *end = strstr(got, "process 1");
    cr_assert(stacks && end > stacks, "%s", got);
    char *part = g_strndup(stacks, (gsize)(end - stacks));
    cr_expect_str_eq(part,
                     "call stack of 1: 0-6 /bin/prog+0x4100 function=0x100\n"
                     "call stack of 1: 1-5 /bin/prog+0x4200 function=0x200\n"
                     "call stack of 1: 2-4 /bin/prog+0x4300 function=0x300\n",
                     "%s", got);
    g_free(part);
    g_free(got);
}

/* Events of all types whose data is anything: from a stranger's trace. */
static ChunkBuilder *nonsense(guint32 seed)
{
    GRand *r = g_rand_new_with_seed(seed);
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x5000);
    GuestEvents g = {.take = chunk_take_event, .user = b};
    uint32_t ids[4];
    for (unsigned i = 0; i < 4; i++)
        ids[i] = chunk_block(b, i < 2 ? 0x400000 + i : UINT64_MAX - i, AIL_MODE_X86_64, i & 1,
                             "\x90\xeb\x10", 3, 2, 1, 2);
    guest_kernel(&g, "Linux");
    for (unsigned i = 0; i < 2000; i++) {
        uint8_t data[64];
        uint32_t len = (uint32_t)g_rand_int_range(r, 0, sizeof data);
        for (uint32_t k = 0; k < len; k++)
            data[k] = (uint8_t)(g_rand_int_range(r, 0, 4) ? g_rand_int_range(r, 0, 8)
                                                          : g_rand_int_range(r, 0, 256));
        chunk_event(b, (AilEvent){.type = (uint8_t)g_rand_int_range(r, 0, AIL_EVENT_COUNT + 2),
                                  .value = (uint64_t)g_rand_int_range(r, 0, 8),
                                  .pc = g_rand_boolean(r) ? 0 : UINT64_MAX - 5,
                                  .data = data,
                                  .len = len});
        if (i % 7 == 0)
            guest_task(&g, i % 5, i % 3, 1, i % 4, "x\x1b");
        if (i % 3 == 0)
            chunk_run_cut(b, ids[i % 4], 1 + i % 2);
    }
    g_rand_free(r);
    return b;
}

Test(export, events_that_make_no_sense_do_no_harm)
{
    for (guint32 seed = 1; seed <= 20; seed++) {
        static const char *const files[] = {"t", "j"};
        g_free(export(nonsense(seed), "export-stacks,from=5,perfetto=%s/t,chrome=%s/j",
                      files[seed % 2]));
        char *dir = ail_folder_new();
        char *analysis = g_strdup_printf("coverage,drcov=%s/d,edges=%s/e", dir, dir);
        ChunkBuilder *b = nonsense(seed);
        char *got = chunk_analyse(b, analysis, STACKS_COLUMNS, AIL_OUTPUT_TEXT);
        cr_expect(!g_str_has_prefix(got, "error"), "%s", got);
        free(got);
        g_free(analysis);
        chunk_builder_free(b);
        ail_folder_remove(dir);
    }
}
