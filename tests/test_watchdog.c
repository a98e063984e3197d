/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replays that do not come to their end: each must say in one line how far it came and why it
 * stopped, fail, and leave nothing behind: no trace under the final name, no QEMU, no folder.
 */
#include "tests/altered.h"
#include "tests/shell.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char *dir; /* of the running test; Criterion runs each in a process of its own */

static void set_up(void)
{
    dir = ail_folder_new();
    ail_expect_success(dir, "$A record --no-check --kernel $G/x86-irq.elf -o g.rr");
}

static void tear_down(void)
{
    ail_folder_remove(dir);
}

TestSuite(watchdog, .init = set_up, .fini = tear_down);

/* A QEMU that works in a folder below `dir`; 0 when there is none. */
static pid_t find_qemu(void)
{
    char *below = g_strconcat(dir, "/.ailurus-", NULL);
    pid_t found = 0;
    GDir *proc = g_dir_open("/proc", 0, NULL);
    for (const char *name; !found && (name = g_dir_read_name(proc));) {
        char *link = g_build_filename("/proc", name, "cwd", NULL);
        char *cwd = g_file_read_link(link, NULL);
        if (cwd && g_str_has_prefix(cwd, below))
            found = (pid_t)g_ascii_strtoll(name, NULL, 10);
        g_free(cwd);
        g_free(link);
    }
    g_dir_close(proc);
    g_free(below);
    return found;
}

static void expect_nothing_left(void)
{
    AilOutcome o = ail_shell(dir, "ls -A | grep -v '[.]rr$'");
    cr_expect_str_eq(o.out, "", "left behind: %s", o.out);
    cr_expect_eq(find_qemu(), 0, "QEMU is still there");
    ail_outcome_clear(&o);
}

/* The number behind `word` in a message. */
static uint64_t number_behind(const char *message, const char *word)
{
    const char *at = strstr(message, word);
    return at ? g_ascii_strtoull(at + strlen(word), NULL, 10) : UINT64_MAX;
}

/* One line that says `how` it went wrong, not behind instruction `last`, of the log's total. */
static void expect_message(const char *message, const char *how, uint64_t last, uint64_t total)
{
    const char *line_end = strchr(message, '\n');
    cr_expect(line_end && !line_end[1], "more or less than a line: %s", message);
    cr_expect(strstr(message, how), "not '%s': %s", how, message);
    cr_expect_leq(number_behind(message, " at instruction "), last, "last %" PRIu64 ": %s", last,
                  message);
    cr_expect_eq(number_behind(message, " of "), total, "%s", message);
}

static uint64_t expect_failed_replay(const char *how, uint64_t last, uint64_t total)
{
    AilOutcome o = ail_shell(dir, "$A replay bad.rr --stall-timeout 4 -o t.trace");
    cr_expect_eq(o.status, 1, "status %d", o.status);
    expect_message(o.err, how, last, total);
    /* Whole chunks before the failure are kept, and named. */
    char *partial = g_build_filename(dir, "t.trace.partial", NULL);
    bool kept = strstr(o.err, "t.trace.partial has the first ") != NULL;
    cr_expect_eq(g_unlink(partial) == 0, kept, "%s", o.err);
    g_free(partial);
    expect_nothing_left();
    uint64_t at = number_behind(o.err, " at instruction ");
    ail_outcome_clear(&o);
    return at;
}

static uint64_t total_of(const AilAltered *a)
{
    return ail_altered_event(a, a->events->len - 1)->icount;
}

/* QEMU waits for ever: the processor wants an exception that the log does not have. */
Test(watchdog, a_stalled_replay_is_ended)
{
    AilAltered a;
    ail_altered_open(&a, dir, "g.rr");
    guint fault = ail_altered_find(&a, AIL_RRLOG_EXCEPTION, 0, 7);
    uint64_t last = ail_altered_event(&a, fault)->icount, total = total_of(&a);
    ail_altered_drop(&a, fault);
    ail_altered_save(&a, dir, "bad.rr");
    expect_failed_replay("stalled at instruction ", last, total);
}

/* The log has a timer's interrupt an instruction before the timer is due; the total is the same. */
Test(watchdog, an_interrupt_at_another_instruction_is_noticed)
{
    AilAltered a;
    ail_altered_open(&a, dir, "g.rr");
    guint timer = ail_altered_find(&a, AIL_RRLOG_INTERRUPT, 0, 3);
    guint behind = ail_altered_find(&a, AIL_RRLOG_INSNS, ail_altered_event(&a, timer)->icount, 0);
    guint before = behind;
    do
        before--;
    while (ail_altered_event(&a, before)->kind != AIL_RRLOG_INSNS);
    uint64_t last = ail_altered_event(&a, timer)->icount, total = total_of(&a);
    ail_altered_delay(&a, before, -1);
    ail_altered_delay(&a, behind, 1);
    ail_altered_save(&a, dir, "bad.rr");
    expect_failed_replay("stalled at instruction ", last, total);
}

/* QEMU itself notices that the guest prints where the log says it does not, and aborts. */
Test(watchdog, a_diverging_replay_has_qemus_words)
{
    AilAltered a;
    ail_altered_open(&a, dir, "g.rr");
    guint print = ail_altered_find(&a, AIL_RRLOG_CHAR_WRITE, 0, 9);
    uint64_t at = ail_altered_event(&a, print)->icount, total = total_of(&a);
    ail_altered_drop(&a, print);
    ail_altered_save(&a, dir, "bad.rr");
    uint64_t said = expect_failed_replay("Missing character write event", at, total);
    cr_expect_geq(said + 100, at, "%" PRIu64 " is before %" PRIu64, said, at);
}

Test(watchdog, a_log_that_is_shorter_than_the_manifest_says_is_refused)
{
    AilAltered a;
    ail_altered_open(&a, dir, "g.rr");
    guint timer = ail_altered_find(&a, AIL_RRLOG_INTERRUPT, 0, 3);
    const AilRrlogEvent *end = ail_altered_event(&a, a.events->len - 1);
    uint8_t code = end->code;
    char *says = g_strdup_printf("its manifest has %" PRIu64 " instructions, its log %" PRIu64,
                                 end->icount, ail_altered_event(&a, timer)->icount);
    g_byte_array_set_size(a.log, (guint)ail_altered_event(&a, timer)->offset);
    g_byte_array_append(a.log, &code, 1);
    ail_altered_save(&a, dir, "bad.rr");
    ail_expect_failure(dir, "$A replay bad.rr -o t.trace", says);
    expect_nothing_left();
    g_free(says);
}

/* A replay that cannot end yet: its trace goes into a pipe that nobody reads, and is larger than
 * all that the way there can hold. Returns when the first of it has come. */
static pid_t start_noise(int *out, int *err)
{
    char *argv[] = {
        (char *)AIL_PROGRAM, (char *)"replay", (char *)"noise.rr", (char *)"--stall-timeout",
        (char *)"4",         (char *)"-o",     (char *)"-",        NULL};
    GPid pid;
    char first[4096];
    char **env = g_environ_unsetenv(g_get_environ(), "TMPDIR");
    ail_expect_success(dir, "$A record --no-check --kernel $G/x86-noise.elf -o noise.rr");
    cr_assert(g_spawn_async_with_pipes(dir, argv, env, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid,
                                       NULL, out, err, NULL));
    g_strfreev(env);
    for (size_t got = 0; got < 64 << 10;) { /* more than a header: the first chunk is there */
        ssize_t n = read(*out, first, sizeof first);
        cr_assert_gt(n, 0, "no trace came");
        got += (size_t)n;
    }
    return pid;
}

/* Read on until it ends; what it said. */
static char *finish_noise(pid_t pid, int out, int err)
{
    char bytes[65536], message[4096];
    while (read(out, bytes, sizeof bytes) > 0)
        ;
    size_t len = 0;
    for (ssize_t n; (n = read(err, message + len, sizeof message - 1 - len)) > 0;)
        len += (size_t)n;
    message[len] = '\0';
    int status;
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 1, "status %x", status);
    close(out);
    close(err);
    return g_strdup(message);
}

static void expect_noise_to_fail(int signal, const char *how)
{
    int out, err;
    pid_t pid = start_noise(&out, &err), qemu = find_qemu();
    AilAltered a;
    cr_assert_gt(qemu, 0, "QEMU is not there");
    cr_assert_eq(kill(qemu, signal), 0);
    char *message = finish_noise(pid, out, err);
    ail_altered_open(&a, dir, "noise.rr");
    uint64_t total = total_of(&a);
    expect_message(message, how, total - 1, total);
    cr_expect_gt(number_behind(message, " at instruction "), 0);
    ail_altered_save(&a, dir, "noise2.rr");
    expect_nothing_left();
    g_free(message);
}

Test(watchdog, a_qemu_that_hangs_is_ended)
{
    expect_noise_to_fail(SIGSTOP, "stalled at instruction ");
}

Test(watchdog, a_qemu_that_dies_is_noticed)
{
    expect_noise_to_fail(SIGKILL, "QEMU was killed by signal 9");
}
