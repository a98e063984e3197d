/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The facts of our own guests, held against plain QEMU, without anything of Ailurus: each
 * instruction is a block of its own (one-insn-per-tb), so that `-d exec,nochain` logs a line when
 * one begins. What the other tests take for true is checked here.
 */
#include "tests/facts.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <glib/gstdio.h>
#include <string.h>

/* An exception, as a fact says it and as QEMU logs it. */
typedef struct Taken {
    uint64_t vector;
    uint64_t icount; /* instructions completed since `begin` */
} Taken;

/* What the log of a run says. */
typedef struct Run {
    char *serial;    /* owned */
    GArray *pcs;     /* owned; uint64_t: instructions begun from begin to end */
    GArray *flags;   /* owned; uint32_t: QEMU's block flags at each */
    GArray *taken;   /* owned; Taken: exceptions from begin to end */
    uint64_t undone; /* instructions that an exception kept from completing */
    GHashTable *all; /* owned; pc -> times begun from begin on, as pointer-sized integers */
} Run;

/* "Trace 0: HOST [CS/PC/FLAGS/CFLAGS] ..." */
static bool parse_trace(const char *line, uint64_t *pc, uint32_t *flags)
{
    const char *slash = g_str_has_prefix(line, "Trace") ? strchr(line, '/') : NULL;
    if (!slash)
        return false;
    char *end;
    *pc = g_ascii_strtoull(slash + 1, &end, 16);
    *flags = (uint32_t)g_ascii_strtoull(end + 1, NULL, 16);
    return true;
}

/* "Raise exception at ADDRESS => NAME (NUMBER)", where QEMU has names and numbers of its own. */
static bool parse_ppc_exception(const char *line, uint64_t *vector)
{
    static const struct {
        const char *name;
        uint64_t vector;
    } known[] = {
        {"=> DSI ", 3}, {"=> ISI ", 4}, {"=> PROGRAM ", 7}, {"=> HV_EMU ", 7}, {"=> SYSCALL ", 12}};
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
        if (!g_str_has_prefix(line, "Raise exception") || !strstr(line, known[i].name))
            continue;
        *vector = known[i].vector;
        return true;
    }
    return false;
}

/* x86: "N: v=VECTOR e=ERROR i=SOFTWARE cpl=N IP=CS:ADDRESS pc=..."; Arm: "...with ESR CLASS/...",
 * with a line "...with ELR ADDRESS" after it that tells where it came from. */
static bool parse_exception(const char *line, uint64_t *vector)
{
    const char *at = strstr(line, ": v=");
    if (at) {
        *vector = g_ascii_strtoull(at + 4, NULL, 16);
        return true;
    }
    if (parse_ppc_exception(line, vector))
        return true;
    if (!g_str_has_prefix(line, "...with ESR "))
        return false;
    *vector = g_ascii_strtoull(line + strlen("...with ESR "), NULL, 0);
    return true;
}

/* Exceptions that QEMU raises while an instruction is at work, which then does not count: x86
 * divide error, general protection and page fault; Arm data abort; PowerPC DSI. One that comes from
 * a fetch has no instruction; facts tell those apart by the address they return to. */
static bool undoes(const AilFacts *facts, const Run *run, uint64_t vector)
{
    uint64_t dsi = strstr(ail_facts_elf(facts), "/ppc-") ? 3 : 14;
    if (vector != 0 && vector != 13 && vector != 14 && vector != 0x25 && vector != dsi)
        return false;
    char **line = ail_facts_line(facts, "exception", run->taken->len, 3);
    bool at_last =
        line && run->pcs->len &&
        ail_facts_address(facts, line[2]) == g_array_index(run->pcs, uint64_t, run->pcs->len - 1);
    g_strfreev(line);
    return at_last;
}

static void note_exception(Run *run, const AilFacts *facts, uint64_t vector)
{
    /* Arm's class 0 is an undefined instruction, x86's vector 0 a divide error. */
    bool x86 = strstr(ail_facts_elf(facts), "/x86-");
    if ((x86 || vector) && undoes(facts, run, vector))
        run->undone++;
    Taken taken = {vector, run->pcs->len - run->undone};
    g_array_append_val(run->taken, taken);
}

static void note_instruction(Run *run, uint64_t pc, uint32_t flags, bool measured)
{
    gpointer key = GSIZE_TO_POINTER(pc);
    gsize n = GPOINTER_TO_SIZE(g_hash_table_lookup(run->all, key));
    g_hash_table_insert(run->all, key, GSIZE_TO_POINTER(n + 1));
    if (!measured)
        return;
    g_array_append_val(run->pcs, pc);
    g_array_append_val(run->flags, flags);
}

static void read_log(Run *run, const AilFacts *facts, const char *path)
{
    uint64_t begin = ail_facts_begin(facts), end = ail_facts_end(facts);
    bool begun = false, ended = false;
    char *text;
    cr_assert(g_file_get_contents(path, &text, NULL, NULL));
    for (char *line = text, *next; line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        uint64_t pc, vector;
        uint32_t flags;
        if (parse_trace(line, &pc, &flags)) {
            begun |= pc == begin;
            ended |= begun && pc == end;
            if (begun)
                note_instruction(run, pc, flags, !ended);
        } else if (begun && !ended && parse_exception(line, &vector)) {
            note_exception(run, facts, vector);
        }
    }
    g_free(text);
    cr_assert(ended, "%s did not arrive at its end", ail_facts_elf(facts));
}

static void run_guest(Run *run, const AilFacts *facts, const char *guest)
{
    bool x86 = g_str_has_prefix(guest, "x86"), ppc = g_str_has_prefix(guest, "ppc");
    char *log = NULL;
    int fd = g_file_open_tmp("ailurus-XXXXXX.log", &log, NULL);
    cr_assert(fd >= 0);
    /* The firmware's instructions would fill the log; the guest and its window are enough. */
    char *line =
        g_strdup_printf("%s '%s' -m 64 -icount shift=4 -accel tcg,one-insn-per-tb=on -rtc clock=vm "
                        "-display none -monitor none -nic none -serial stdio -no-reboot "
                        "-d exec,nochain,int -D '%s'",
                        x86   ? "qemu-system-x86_64 -M pc,hpet=off "
                                "-dfilter 0x100000+0x100000,0x40000000+0x10000 -kernel"
                        : ppc ? "qemu-system-ppc -M g3beige -vga none -bios"
                              : "qemu-system-aarch64 -M virt -cpu cortex-a57 "
                                "-dfilter 0x40200000+0x200000,0x80000000+0x10000 -kernel",
                        ail_facts_elf(facts), log);
    char **argv;
    cr_assert(g_shell_parse_argv(line, NULL, &argv, NULL));
    GError *error = NULL;
    int status;
    bool ran = g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &run->serial, NULL,
                            &status, &error);
    cr_assert(ran, "%s", error ? error->message : "");
    cr_assert(g_spawn_check_wait_status(status, NULL), "QEMU failed");
    run->pcs = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    run->flags = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    run->taken = g_array_new(FALSE, FALSE, sizeof(Taken));
    run->all = g_hash_table_new(NULL, NULL);
    read_log(run, facts, log);
    g_close(fd, NULL);
    g_strfreev(argv);
    g_free(line);
    g_unlink(log);
    g_free(log);
}

static void clear_run(Run *run)
{
    g_hash_table_unref(run->all);
    g_array_unref(run->taken);
    g_array_unref(run->flags);
    g_array_unref(run->pcs);
    g_free(run->serial);
}

/* Times an instruction was begun. */
static uint64_t begun_at(const Run *run, uint64_t pc)
{
    uint64_t n = 0;
    for (guint i = 0; i < run->pcs->len; i++)
        n += g_array_index(run->pcs, uint64_t, i) == pc;
    return n;
}

/* Exceptions that return to the instruction they came from: it did not complete. ud2, brk and udf
 * return to themselves as well, but are counted. */
static uint64_t faults_at(const AilFacts *facts, uint64_t pc)
{
    uint64_t n = 0;
    char **line;
    for (unsigned i = 0; (line = ail_facts_line(facts, "exception", i, 3)); i++) {
        n += ail_facts_address(facts, line[2]) == pc;
        g_strfreev(line);
    }
    return n;
}

static void check_counts(const AilFacts *facts, const Run *run)
{
    char **line;
    for (unsigned i = 0; (line = ail_facts_line(facts, "count", i, 2)); i++) {
        uint64_t pc = ail_facts_address(facts, line[0]);
        uint64_t expected = g_ascii_strtoull(line[1], NULL, 0);
        uint64_t completed = begun_at(run, pc) - faults_at(facts, pc);
        cr_expect_eq(completed, expected, "%s: %s ran %" G_GUINT64_FORMAT " times",
                     ail_facts_elf(facts), line[0], completed);
        g_strfreev(line);
    }
}

static void check_exceptions(const AilFacts *facts, const Run *run)
{
    char **line;
    unsigned n = 0;
    for (; (line = ail_facts_line(facts, "exception", n, 3)); n++) {
        cr_assert_lt(n, run->taken->len, "exception %u did not happen", n);
        const Taken *taken = &g_array_index(run->taken, Taken, n);
        cr_expect_eq(taken->vector, g_ascii_strtoull(line[0], NULL, 0), "vector of exception %u",
                     n);
        cr_expect_eq(taken->icount, g_ascii_strtoull(line[1], NULL, 0),
                     "exception %u after %" G_GUINT64_FORMAT " instructions", n, taken->icount);
        g_strfreev(line);
    }
    if (n) /* guests that do not say leave them out: they enter and leave user mode by them */
        cr_expect_eq(n, run->taken->len);
    cr_expect_eq(run->undone, n ? ail_facts_number(facts, "begun") : 0);
}

/* x86 keeps the privilege level in the low bits of the flags; a block of EL0 is one that runs in
 * the window. */
static void check_user(const AilFacts *facts, const Run *run, const char *guest)
{
    uint64_t expected = 0, user = 0;
    char **line;
    for (unsigned i = 0; (line = ail_facts_line(facts, "space", i, 3)); i++) {
        expected += g_ascii_strtoull(line[2], NULL, 0);
        g_strfreev(line);
    }
    if (!expected)
        return;
    bool x86 = g_str_has_prefix(guest, "x86");
    if (g_str_has_prefix(guest, "ppc")) { /* between its labels */
        uint64_t from = ail_facts_address(facts, "user"), to = ail_facts_address(facts, "user_end");
        for (guint i = 0; i < run->pcs->len; i++)
            user += g_array_index(run->pcs, uint64_t, i) - from < to - from;
    }
    for (guint i = 0; i < run->pcs->len && !g_str_has_prefix(guest, "ppc"); i++)
        user += x86 ? (g_array_index(run->flags, uint32_t, i) & 3) == 3
                    : g_array_index(run->pcs, uint64_t, i) >> 31 == 1;
    cr_expect_eq(user, expected, "%" G_GUINT64_FORMAT " instructions of the user", user);
}

static void check_interrupts(const AilFacts *facts, const Run *run)
{
    char **line = ail_facts_line(facts, "interrupts", 0, 2);
    if (!line)
        return;
    gpointer handler = GSIZE_TO_POINTER(ail_facts_address(facts, line[1]));
    cr_expect_eq(GPOINTER_TO_SIZE(g_hash_table_lookup(run->all, handler)),
                 g_ascii_strtoull(line[0], NULL, 0));
    g_strfreev(line);
}

ParameterizedTestParameters(guests, facts)
{
    return ail_facts_guests();
}

ParameterizedTest(AilGuestName *guest, guests, facts)
{
    AilFacts *facts = ail_facts_load(guest->text);
    Run run = {0};
    run_guest(&run, facts, guest->text);

    char *serial = ail_facts_serial(facts);
    cr_expect_str_eq(run.serial, serial);
    cr_expect_eq(run.pcs->len, ail_facts_number(facts, "insns") + ail_facts_number(facts, "begun"));
    check_counts(facts, &run);
    check_exceptions(facts, &run);
    check_user(facts, &run, guest->text);
    check_interrupts(facts, &run);

    g_free(serial);
    clear_run(&run);
    ail_facts_free(facts);
}
