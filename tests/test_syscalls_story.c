/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `ailurus syscalls` makes of a story: who calls when, what returns, filters, sums, records.
 */
#include <criterion/criterion.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "formats/syscalls_table.h"
#include "tests/calls_guest.h"

/* One that is not the first of its process is given the first one's number in the midst of it. */
Test(syscalls_story, a_thread_begins_a_program)
{
    const Piece *path = PIECES(TEXT_AT(0x8000, "/bin/ls"));
    CallsGuest g = calls_begin(true);
    guest_thread(&g.to, 0x5000, 44, 42, 0x50, "worker");
    guest_switch(&g.to, 0x5000);
    guest_call(&g.to, AIL_ABI_X86_64, 59, ARGS(0x8000, 0, 0), path);
    calls_run(g);
    guest_exit(&g.to, CAT, 0);
    guest_task(&g.to, 0x5000, 42, 7, 0x60, "ls");
    guest_return(&g.to, AIL_ABI_X86_64, 59, 0, NULL);
    calls_expect(g, "syscalls,call=execve",
                 "           0 [42 worker] execve(\"/bin/ls\", NULL, NULL) = 0 <4>\n");
}

/* A machine that is reset, or whose kernel starts another. */
Test(syscalls_story, another_kernel_begins)
{
    CallsGuest g = calls_begin(true);
    guest_call(&g.to, AIL_ABI_X86_64, 39, ARGS(0), NULL);
    calls_run(g);
    guest_kernel(&g.to, "Linux version 7");
    guest_task(&g.to, CAT, 1, 0, 0x10, "init");
    guest_switch(&g.to, CAT);
    guest_call(&g.to, AIL_ABI_X86_64, 39, ARGS(0), NULL);
    calls_run(g);
    guest_return(&g.to, AIL_ABI_X86_64, 39, 1, NULL);
    calls_expect(g, "syscalls",
                 "           0 [42 cat] getpid( <unfinished ...>\n"
                 "           4 [1 init] getpid() = 1 <4>\n");
}

static CallsGuest interleaved_calls(void)
{
    CallsGuest g = calls_begin(true);
    guest_call(&g.to, AIL_ABI_X86_64, 0, ARGS(0, 0x8000, 10), NULL);
    calls_run(g);
    guest_switch(&g.to, SH);
    guest_call(&g.to, AIL_ABI_X86_64, 57, ARGS(0), NULL);
    calls_run(g);
    guest_task(&g.to, 0x3000, 43, 7, MM + 4, "sh");
    guest_return(&g.to, AIL_ABI_X86_64, 57, 43, NULL);
    calls_run(g);
    guest_switch(&g.to, 0x3000);
    guest_return(&g.to, AIL_ABI_X86_64, 57, 0, NULL);
    calls_run(g);
    guest_switch(&g.to, CAT);
    guest_return(&g.to, AIL_ABI_X86_64, 0, 2, PIECES(BYTES_AT(0x8000, "hi")));
    calls_run(g);
    guest_call(&g.to, AIL_ABI_X86_64, 0, ARGS(0, 0x8000, 10), NULL);
    return g;
}

Test(syscalls_story, in_order_of_return)
{
    calls_expect(interleaved_calls(), "syscalls",
                 "           4 [7 sh] fork() = 43 <4>\n"
                 "          12 [43 sh] <... fork resumed>) = 0\n"
                 "           0 [42 cat] read(0, \"hi\", 10) = 2 <16>\n"
                 "          20 [42 cat] read(0, <unfinished ...>\n");
}

Test(syscalls_story, in_order_of_time)
{
    calls_expect(interleaved_calls(), "syscalls,interleaved",
                 "           0 [42 cat] read(0, <unfinished ...>\n"
                 "           4 [7 sh] fork() = 43 <4>\n"
                 "          12 [43 sh] <... fork resumed>) = 0\n"
                 "          16 [42 cat] <... read resumed>\"hi\", 10) = 2 <16>\n"
                 "          20 [42 cat] read(0, <unfinished ...>\n");
}

/* poll was stopped; sh ran while it went on. */
Test(syscalls_story, what_goes_on)
{
    const Piece *fd = PIECES(WORDS32_AT(0x8000, 3, 1));
    CallsGuest g = calls_begin(true);
    guest_call(&g.to, AIL_ABI_X86_64, 7, ARGS(0x8000, 1, 5), fd);
    calls_run(g);
    guest_return_flags(&g.to, AIL_ABI_X86_64, 7, -516, AIL_SYSRET_RESTART);
    guest_call(&g.to, AIL_ABI_X86_64, 219, ARGS(0), NULL);
    calls_run(g);
    guest_switch(&g.to, SH);
    guest_call(&g.to, AIL_ABI_X86_64, 39, ARGS(0), NULL);
    guest_return(&g.to, AIL_ABI_X86_64, 39, 7, NULL);
    guest_switch(&g.to, CAT);
    guest_return(&g.to, AIL_ABI_X86_64, 219, 0, NULL);
    calls_expect(
        g, "syscalls,interleaved",
        "           0 [42 cat] poll([{fd=3, events=POLLIN}], 1, 5) = ? ERESTART_RESTARTBLOCK (To "
        "be restarted) <4>\n"
        "           4 [42 cat] restart_syscall(<... resuming interrupted poll ...> <unfinished "
        "...>\n"
        "           8 [7 sh] getpid() = 7 <0>\n"
        "           8 [42 cat] <... restart_syscall resumed>) = 0 <4>\n");
}

Test(syscalls_story, signals_and_restarts)
{
    CallsGuest g = calls_begin(true);
    guest_call(&g.to, AIL_ABI_X86_64, 0, ARGS(0, 0x8000, 10), NULL);
    calls_run(g);
    guest_return_flags(&g.to, AIL_ABI_X86_64, 0, -512, AIL_SYSRET_HANDLER | AIL_SYSRET_RESTART);
    guest_signal(&g.to, 17, 1, 43 | 1000ull << 32);
    calls_run(g);
    guest_signal(&g.to, 11, 1, 0xdead);
    guest_signal(&g.to, 10, 0, 7);
    guest_signal(&g.to, 14, 0x80, 0);
    calls_expect(
        g, "syscalls",
        "           0 [42 cat] read(0, 0x8000, 10) = ? ERESTARTSYS (To be restarted) <4>\n"
        "           4 [42 cat] --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=43, "
        "si_uid=1000} ---\n"
        "           8 [42 cat] --- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_MAPERR, "
        "si_addr=0xdead} ---\n"
        "           8 [42 cat] --- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_USER, si_pid=7, "
        "si_uid=0} ---\n"
        "           8 [42 cat] --- SIGALRM {si_signo=SIGALRM, si_code=SI_KERNEL} ---\n");
}

Test(syscalls_story, without_a_kernel)
{
    CallsGuest g = calls_begin(false);
    guest_call(&g.to, AIL_ABI_ARM64, 172, ARGS(0), NULL);
    calls_run(g);
    chunk_asid(g.b, 0x3000);
    guest_call(&g.to, AIL_ABI_ARM64, 173, ARGS(0), NULL);
    calls_run(g);
    chunk_asid(g.b, 0x1ffa000);
    guest_return(&g.to, AIL_ABI_ARM64, 172, 5, NULL);
    guest_call(&g.to, AIL_ABI_ARM64, 9999, ARGS(1, 2), NULL);
    guest_return(&g.to, AIL_ABI_ARM64, 9999, -38, NULL);
    guest_return(&g.to, AIL_ABI_PPC, 4, 1, NULL);
    calls_expect(
        g, "syscalls",
        "           0 [0x1ffa000] getpid() = 5 <8>\n"
        "           8 [0x1ffa000] syscall_0x270f(0x1, 0x2, 0, 0, 0, 0) = -1 ENOSYS (Function not "
        "implemented) <0>\n"
        "           8 [0x1ffa000] <... syscall_0x4 resumed>) = 1\n"
        "           4 [0x3000] getppid( <unfinished ...>\n");
}

/* Two tasks, a file, a failure. */
static CallsGuest files_and_failures(void)
{
    CallsGuest g = calls_begin(true);
    guest_file(&g.to, FILES, 0, "/dev/tty");
    guest_call(&g.to, AIL_ABI_X86_64, 257, ARGS(0xffffff9c, 0x8000, 0),
               PIECES(TEXT_AT(0x8000, "/etc/passwd")));
    calls_run(g);
    guest_file(&g.to, FILES, 3, "/etc/passwd");
    guest_return(&g.to, AIL_ABI_X86_64, 257, 3, NULL);
    guest_call(&g.to, AIL_ABI_X86_64, 3, ARGS(3), NULL);
    guest_file(&g.to, FILES, 3, "");
    guest_return(&g.to, AIL_ABI_X86_64, 3, 0, NULL);
    guest_switch(&g.to, SH);
    guest_call(&g.to, AIL_ABI_X86_64, 257, ARGS(0xffffff9c, 0x8000, 0),
               PIECES(TEXT_AT(0x8000, "/etc/none")));
    calls_run(g);
    calls_run(g);
    guest_return(&g.to, AIL_ABI_X86_64, 257, -2, NULL);
    guest_call(&g.to, AIL_ABI_X86_64, 3, ARGS(3), NULL);
    guest_return(&g.to, AIL_ABI_X86_64, 3, -9, NULL);
    guest_call(&g.to, AIL_ABI_X86_64, 39, ARGS(0), NULL);
    return g;
}

Test(syscalls_story, descriptors_have_names)
{
    calls_expect(
        files_and_failures(), "syscalls,fds,pid=42",
        "           0 [42 cat] openat(AT_FDCWD, \"/etc/passwd\", O_RDONLY) = 3</etc/passwd> <4>\n"
        "           4 [42 cat] close(3</etc/passwd>) = 0 <0>\n");
}

Test(syscalls_story, filters)
{
    static const char none[] = "           4 [7 sh] openat(AT_FDCWD, \"/etc/none\", O_RDONLY) = -1 "
                               "ENOENT (No such file or "
                               "directory) <8>\n";
    static const char bad[] = "          12 [7 sh] close(3) = -1 EBADF (Bad file descriptor) <0>\n";
    char *both = g_strconcat(none, bad, NULL);
    calls_expect(files_and_failures(), "syscalls,errors", both);
    calls_expect(files_and_failures(), "syscalls,comm=sh,call=close", bad);
    calls_expect(files_and_failures(), "syscalls,call=openat\\,mkdir,pid=7", none);
    calls_expect(files_and_failures(), "syscalls,path=*/none", none);
    calls_expect(files_and_failures(), "syscalls,path=/etc/p*,call=close",
                 "           4 [42 cat] close(3) = 0 <0>\n");
    calls_expect(files_and_failures(), "syscalls,path=/usr/*", "No system call matches.\n");
    calls_expect(
        files_and_failures(), "syscalls,call=opneat",
        "error: syscalls: call=opneat: no system call of that name (open is often openat, stat "
        "newfstatat)");
    calls_expect(
        files_and_failures(), "syscalls,interleaved,errors",
        "error: syscalls: interleaved prints calls before it is known how they end: leave out "
        "errors and count");
    g_free(both);
}

Test(syscalls_story, summary)
{
    calls_expect(files_and_failures(), "syscalls,count",
                 " share     instructions         a call     calls    errors system call\n"
                 "100.00               12              6         2         1 openat\n"
                 "  0.00                0              0         2         1 close\n"
                 "100.00               12              3         4         2 total\n"
                 "1 more had not returned when their task or the trace ended.\n");
    char *text = calls_told(files_and_failures(), "syscalls,count,call=openat", AIL_OUTPUT_JSON);
    cr_expect_str_eq(text,
                     "{\"analysis\":\"syscalls\",\"call\":\"openat\",\"calls\":2,\"errors\":1,"
                     "\"instructions\":12}\n");
    free(text);
}

Test(syscalls_story, json)
{
    char *text = calls_told(files_and_failures(), "syscalls,call=openat", AIL_OUTPUT_JSON);
    char **lines = g_strsplit(text, "\n", -1);
    cr_assert_eq(g_strv_length(lines), 3);
    cr_expect_str_eq(
        lines[1],
        "{\"analysis\":\"syscalls\",\"event\":\"call\",\"icount\":4,\"pid\":7,\"tid\":7,\"comm\":"
        "\"sh\","
        "\"abi\":\"x86_64\",\"number\":257,\"call\":\"openat\",\"args\":[{\"name\":\"dfd\","
        "\"type\":\"int\",\"value\":\"0xffffffffffffff9c\",\"text\":\"AT_FDCWD\"},"
        "{\"name\":\"filename\",\"type\":\"const char *\",\"value\":\"0x8000\","
        "\"text\":\"\\\"/etc/none\\\"\",\"string\":\"/etc/none\"},{\"name\":\"flags\","
        "\"type\":\"int\",\"value\":\"0x0\",\"text\":\"O_RDONLY\"}],\"returned\":true,"
        "\"result\":-2,\"errno\":\"ENOENT\",\"return_icount\":12,\"instructions\":8}");
    g_strfreev(lines);
    free(text);
    text = calls_told(interleaved_calls(), "syscalls", AIL_OUTPUT_JSON);
    cr_expect(strstr(text, "\"tid\":43,\"comm\":\"sh\",\"abi\":\"x86_64\",\"number\":57,"
                           "\"call\":\"fork\",\"returned\":true,\"result\":0,"));
    free(text);
}

Test(syscalls_story, nothing_to_tell)
{
    calls_expect(
        calls_begin(true), "syscalls",
        "This trace tells of no system call. A replay writes them into the event column: ailurus "
        "replay NAME.rr -o NAME.trace\n");
    CallsGuest g = calls_begin(true);
    chunk_event(g.b,
                (AilEvent){.type = AIL_EVENT_SYSCALL, .data = (const uint8_t *)"\x01", .len = 1});
    guest_call(&g.to, AIL_ABI_X86_64, 39, ARGS(0), NULL);
    guest_return(&g.to, AIL_ABI_X86_64, 39, 42, NULL);
    calls_expect(g, "syscalls",
                 "           0 [42 cat] getpid() = 42 <0>\n"
                 "1 events made no sense and are left out.\n");
}

Test(syscalls_story, tasks_beyond_the_limit_are_counted)
{
    CallsGuest g = calls_begin(true);
    for (uint64_t task = 1; task < 33000; task++) {
        guest_switch(&g.to, task << 20);
        guest_call(&g.to, AIL_ABI_X86_64, 39, ARGS(0), NULL);
    }
    char *text = calls_told(g, "syscalls,count", AIL_OUTPUT_TEXT);
    cr_expect(strstr(text,
                     "\n32766 more had not returned when their task or the trace ended.\n"
                     "More than 32768 tasks were alive: 233 events of others are left out.\n"));
    free(text);
}

/* Records have just the fields that the schema has, whatever the event; and text beside them. */
Test(syscalls_story, records_fit_their_schema)
{
    CallsGuest g = interleaved_calls();
    guest_signal(&g.to, 11, 1, 0xdead);
    guest_return_flags(&g.to, AIL_ABI_X86_64, 0, -4, AIL_SYSRET_HANDLER | AIL_SYSRET_RESTART);
    guest_exit(&g.to, CAT, 9);
    char *text = calls_told(g, "syscalls", AIL_OUTPUT_JSON), *schema;
    cr_assert(g_file_get_contents(AIL_SCHEMA, &schema, NULL, NULL));
    GRegex *keys = g_regex_new("\"([a-z_]+)\":", 0, 0, NULL);
    GMatchInfo *match;
    for (g_regex_match(keys, text, 0, &match); g_match_info_matches(match);
         g_match_info_next(match, NULL)) {
        char *key = g_match_info_fetch(match, 1), *field = g_strconcat(" ", key, " = ", NULL);
        cr_expect(!strcmp(key, "analysis") || !strcmp(key, "icount") || strstr(schema, field),
                  "%s is in no field", key);
        g_free(field);
        g_free(key);
    }
    g_match_info_free(match);
    g_regex_unref(keys);
    g_free(schema);
    free(text);
}

/* What comes from the guest does not reach the terminal as it is. */
Test(syscalls_story, text_is_harmless)
{
    CallsGuest g = calls_begin(true);
    guest_task(&g.to, CAT, 42, 1, MM, "\x1b[31m evil");
    guest_file(&g.to, FILES, 3, "/\x1b]0;x\a");
    guest_call(&g.to, AIL_ABI_X86_64, 257, ARGS(3, 0x8000, 0),
               PIECES(TEXT_AT(0x8000, "\x1b[2J\x9b")));
    guest_return(&g.to, AIL_ABI_X86_64, 257, 4, NULL);
    calls_expect(
        g, "syscalls,fds",
        "           0 [42 ?[31m evil] openat(3</\\033]0;x\\007>, \"\\33[2J\\233\", O_RDONLY) = "
        "4 <0>\n");
}
