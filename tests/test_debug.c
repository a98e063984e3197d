/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `ailurus debug` under real gdb: breakpoints, watchpoints and steps, forward and backward, stop at
 * the instructions at which the trace has them, with the same registers both ways.
 */
#include "tests/shell.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <glib.h>
#include <inttypes.h>
#include <string.h>

enum { MAX_STOPS = 64 };

typedef struct Guest {
    char name[16], options[40];
    char symbol[12]; /* where a breakpoint is set */
    unsigned hits;   /* how often it is looked at */
    uint64_t tail;   /* it happens in the last so many instructions */
} Guest;

static Guest guests[] = {
    {"x86-count", "--kernel", "leaf", 5, 3000},
    {"x86-count", "--arch i386 --kernel", "leaf", 5, 3000},
    {"arm64-count", "--arch aarch64 --kernel", "leaf", 5, 3000},
    {"ppc-count", "--arch ppc --firmware", "leaf", 5, 3000},
    {"x86-irq", "--kernel", "tick", 4, 800000},
    {"arm64-irq", "--arch aarch64 --kernel", "tick", 4, 800000},
};

typedef struct Stops {
    uint64_t icounts[MAX_STOPS]; /* from gdb's stderr: what `monitor icount` printed */
    unsigned n;
    char **states; /* owned: lines of gdb's stdout that begin with "state" */
    char *out;     /* owned: all of it */
} Stops;

static uint64_t number(const char *dir, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static uint64_t number(const char *dir, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *command = g_strdup_vprintf(format, args);
    va_end(args);
    AilOutcome o = ail_shell(dir, command);
    cr_assert(o.status == 0 && g_ascii_isxdigit(*o.out), "%s: %s%s", command, o.out, o.err);
    uint64_t n = g_ascii_strtoull(o.out, NULL, 0);
    ail_outcome_clear(&o);
    g_free(command);
    return n;
}

/* Record r.rr, trace r.trace; returns its instructions. */
static uint64_t record(const char *dir, const char *options, const char *guest)
{
    ail_run(dir, "$A record --no-check %s $G/%s.elf -o r.rr && $A replay r.rr -o r.trace", options,
            guest);
    return number(dir, "$A info --json r.rr | sed 's/.*\"instructions\":\\([0-9]*\\).*/\\1/'");
}

static uint64_t address(const char *dir, const char *guest, const char *symbol)
{
    return number(dir, "sed -n 's/^\\([0-9a-f]*\\) . %s$/0x\\1/p' $G/%s.sym", symbol, guest);
}

/* The n-th time that the trace has this instruction, from instruction `from` on. */
static uint64_t traced(const char *dir, uint64_t pc, uint64_t from, unsigned n)
{
    return number(dir,
                  "$A trace dump r.trace --from %" PRIu64 " | awk '$3 == \"%016" PRIx64
                  "\" && $1 ~ /^[0-9]+$/ && ++n == %u { print $1 }'",
                  from, pc, n);
}

static Stops parse(AilOutcome *o)
{
    Stops s = {.out = g_strdup(o->out)};
    GPtrArray *states = g_ptr_array_new();
    char **err = g_strsplit(o->err, "\n", -1), **out = g_strsplit(o->out, "\n", -1);
    for (char **line = err; *line && s.n < MAX_STOPS; line++)
        if (**line && strspn(*line, "0123456789") == strlen(*line))
            s.icounts[s.n++] = g_ascii_strtoull(*line, NULL, 10);
    for (char **line = out; *line; line++)
        if (g_str_has_prefix(*line, "state"))
            g_ptr_array_add(states, g_strdup(*line));
    g_ptr_array_add(states, NULL);
    s.states = (char **)g_ptr_array_free(states, FALSE);
    g_strfreev(out);
    g_strfreev(err);
    return s;
}

static void stops_clear(Stops *s)
{
    g_strfreev(s->states);
    g_free(s->out);
}

/* gdb does this; `here` prints where the machine is. */
static Stops debug(const char *dir, const char *options, const char *script)
{
    char *file = g_build_filename(dir, "script", NULL);
    char *text = g_strconcat("set pagination off\nset confirm off\nset width 0\n"
                             "define here\nmonitor icount\n"
                             "printf \"state pc=%lx sp=%lx\\n\", (long)$pc, (long)$sp\nend\n",
                             script, NULL);
    cr_assert(g_file_set_contents(file, text, -1, NULL));
    char *command = g_strdup_printf(
        "timeout 200 $A debug r.rr %s --gdb unix:sock -- -nx -q -batch -x script", options);
    AilOutcome o = ail_shell(dir, command);
    cr_assert_eq(o.status, 0, "%s: %d: %s%s", command, o.status, o.out, o.err);
    Stops s = parse(&o);
    ail_outcome_clear(&o);
    ail_run(dir, "test -z \"$(ls -A | grep -e '^.ailurus' -e sock)\"");
    g_free(command);
    g_free(text);
    g_free(file);
    return s;
}

static void expect_icounts(const Stops *s, const uint64_t *expected, unsigned n)
{
    cr_assert_eq(s->n, n, "%u stops instead of %u: %s", s->n, n, s->out);
    for (unsigned i = 0; i < n; i++)
        cr_expect_eq(s->icounts[i], expected[i], "stop %u: %" PRIu64 ", not %" PRIu64, i,
                     s->icounts[i], expected[i]);
}

static GString *repeat(const char *text, unsigned n, GString *script)
{
    while (n--)
        g_string_append(script, text);
    return script;
}

ParameterizedTestParameters(debug, breakpoints_forward_and_backward)
{
    return cr_make_param_array(Guest, guests, G_N_ELEMENTS(guests));
}

/* Some of the first hits, then the end, then the same backward, then the beginning. */
ParameterizedTest(Guest *g, debug, breakpoints_forward_and_backward)
{
    char *dir = ail_folder_new();
    uint64_t total = record(dir, g->options, g->name), expected[MAX_STOPS];
    uint64_t pc = address(dir, g->name, g->symbol), from = total > g->tail ? total - g->tail : 0;
    unsigned n = g->hits;
    for (unsigned i = 0; i < n; i++)
        expected[i] = expected[2 * n - i] = traced(dir, pc, from, i + 1);
    expected[n] = total;
    expected[2 * n + 1] = 0;
    GString *script = g_string_new(NULL);
    g_string_printf(script, "break *0x%" PRIx64 "\n", pc);
    repeat("continue\nhere\n", n, script);
    g_string_append(script, "disable\ncontinue\nhere\n");
    g_string_append_printf(script, "monitor seek %" PRIu64 "\nmaintenance flush register-cache\n",
                           expected[n - 1] + 1);
    g_string_append(script, "enable\n");
    repeat("reverse-continue\nhere\n", n, script);
    g_string_append(script, "reverse-continue\nhere\nkill\n");
    Stops s = debug(dir, "", script->str);
    expect_icounts(&s, expected, 2 * n + 2);
    cr_assert_eq(g_strv_length(s.states), 2 * n + 2);
    char *at = g_strdup_printf("state pc=%" PRIx64 " ", pc);
    for (unsigned i = 0; i < n; i++) {
        cr_expect(g_str_has_prefix(s.states[i], at), "%s: %s", s.states[i], at);
        cr_expect_str_eq(s.states[i], s.states[2 * n - i]);
    }
    cr_expect(strstr(s.out, "No more reverse-execution history") ||
                  strstr(s.out, "Reached end of recorded history"), /* gdb 16 */
              "%s", s.out);
    g_free(at);
    stops_clear(&s);
    g_string_free(script, TRUE);
    ail_folder_remove(dir);
}

static Guest watched[] = {
    {"x86-count", "--kernel", "leaf_count", 5, 3000},
    {"arm64-count", "--arch aarch64 --kernel", "leaf_count", 1, 3000},
};

ParameterizedTestParameters(debug, watchpoints_forward_and_backward)
{
    return cr_make_param_array(Guest, watched, G_N_ELEMENTS(watched));
}

/* A watchpoint stops behind the access, going back before it; each time the value has changed. */
ParameterizedTest(Guest *g, debug, watchpoints_forward_and_backward)
{
    char *dir = ail_folder_new();
    uint64_t total = record(dir, g->options, g->name), expected[MAX_STOPS];
    uint64_t from = total > g->tail ? total - g->tail : 0;
    uint64_t variable = address(dir, g->name, "leaf_count");
    for (unsigned i = 0; i < g->hits; i++) {
        uint64_t at = number(dir,
                             "$A trace dump r.trace --from %" PRIu64 " | grep '0x%" PRIx64 "\\]<-'"
                             " | awk '++n == %u { print $1 }'",
                             from, variable, i + 1);
        expected[i] = at + 1;
        expected[2 * g->hits - 1 - i] = at;
    }
    GString *script = g_string_new(NULL);
    g_string_printf(script, "watch *(int *)0x%" PRIx64 "\n", variable);
    repeat("continue\nmonitor icount\n", g->hits, script);
    repeat("reverse-continue\nmonitor icount\n", g->hits, script);
    g_string_append(script, "kill\n");
    char *at = g_strdup_printf("--at %" PRIu64, from);
    Stops s = debug(dir, at, script->str);
    expect_icounts(&s, expected, 2 * g->hits);
    if (g->hits == 5) {
        cr_expect(strstr(s.out, "Old value = 4\nNew value = 5"), "%s", s.out);
        cr_expect(strstr(s.out, "Old value = 5\nNew value = 4"), "%s", s.out);
        cr_expect(strstr(s.out, "Old value = 1\nNew value = 0"), "%s", s.out);
    }
    g_free(at);
    stops_clear(&s);
    g_string_free(script, TRUE);
    ail_folder_remove(dir);
}

/* count.s: 1000 rounds of two instructions, of which the first decrements ecx. */
Test(debug, steps_are_single_instructions)
{
    char *dir = ail_folder_new();
    uint64_t total = record(dir, "--kernel", "x86-count");
    uint64_t loop = address(dir, "x86-count", "loop_body");
    uint64_t l = traced(dir, loop, total - 3000, 1);
    GString *script = g_string_new("define ecx\nmonitor icount\nprintf \"state %d\\n\", $ecx\nend\n"
                                   "ecx\nstepi 3\necx\nreverse-stepi 4\necx\nreverse-stepi\necx\n");
    g_string_append_printf(script, "break *0x%" PRIx64 " if $ecx == 904\n", loop);
    g_string_append(script, "reverse-continue\necx\ndelete\n");
    /* The last of a thousand hits, and a hardware breakpoint. */
    g_string_append_printf(script, "seek %" PRIu64 "\nhbreak *0x%" PRIx64 "\n", l + 2100, loop);
    g_string_append(script, "reverse-continue\necx\nicount\nkill\n");
    char *at = g_strdup_printf("--at %" PRIu64, l + 200);
    Stops s = debug(dir, at, script->str);
    const uint64_t expected[] = {l + 200, l + 203, l + 199, l + 198, l + 192, l + 1998, l + 1998};
    static const char *const ecx[] = {"state 900", "state 898", "state 900",
                                      "state 901", "state 904", "state 1"};
    expect_icounts(&s, expected, G_N_ELEMENTS(expected));
    cr_assert_eq(g_strv_length(s.states), G_N_ELEMENTS(ecx), "%s", s.out);
    for (size_t i = 0; i < G_N_ELEMENTS(ecx); i++)
        cr_expect_str_eq(s.states[i], ecx[i]);
    g_free(at);
    stops_clear(&s);
    g_string_free(script, TRUE);
    ail_folder_remove(dir);
}

static Guest disks[] = {{"", "--disk-bus virtio", "", 0, 0}, {"", "--disk-bus ide", "", 0, 0}};

ParameterizedTestParameters(debug, seeks_with_disks)
{
    return cr_make_param_array(Guest, disks, G_N_ELEMENTS(disks));
}

/* Wherever one comes from, by checkpoints or not, the registers are the same. */
ParameterizedTest(Guest *g, debug, seeks_with_disks)
{
    char *dir = ail_folder_new();
    ail_run(dir, "cp $G/x86-boot.img disk.img && $A record --no-check --disk disk.img %s -o r.rr",
            g->options);
    uint64_t n =
        number(dir, "$A info --json r.rr | sed 's/.*\"instructions\":\\([0-9]*\\).*/\\1/'");
    uint64_t places[] = {n / 2, n - 1000, n / 2, n - 1000, n / 3, n / 2, n};
    GString *script = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++)
        g_string_append_printf(script, "seek %" PRIu64 "\nhere\n", places[i]);
    g_string_append(script, "reverse-stepi 3\nmonitor icount\nkill\n");
    for (unsigned round = 0; round < 2; round++) {
        Stops s = debug(dir, "", script->str);
        cr_assert_eq(s.n, 8, "%u: %s", s.n, s.out);
        cr_expect_eq(s.icounts[s.n - 1], n - 3);
        cr_expect_str_eq(s.states[0], s.states[2]);
        cr_expect_str_eq(s.states[0], s.states[5]);
        cr_expect_str_eq(s.states[1], s.states[3]);
        stops_clear(&s);
        ail_run(dir, "test -e r.rr.checkpoints || $A replay r.rr --checkpoints 2");
    }
    g_string_free(script, TRUE);
    ail_folder_remove(dir);
}

/* A debugger that gdb is not: what it says, and what it gets for it, one a line. */
static const char client[] =
    "import socket, sys\n"
    "def connect():\n"
    "    s = socket.socket(socket.AF_UNIX); s.settimeout(60); s.connect('sock'); return s\n"
    "def ask(s, text, more=b''):\n"
    "    data = text.encode()\n"
    "    s.sendall(b'$' + data + b'#%02x' % (sum(data) % 256) + more)\n"
    "    got = b''\n"
    "    while b'#' not in got or len(got) < got.index(b'#') + 3: got += s.recv(4096)\n"
    "    return got[got.index(b'$') + 1:got.index(b'#')].decode()\n"
    "s = connect()\n";

static AilOutcome serve(const char *dir, const char *end, const char *talk)
{
    char *file = g_build_filename(dir, "client.py", NULL), *text = g_strconcat(client, talk, NULL);
    cr_assert(g_file_set_contents(file, text, -1, NULL));
    char *command = g_strdup_printf(
        "$A debug r.rr --gdb unix:sock >said 2>&1 & p=$!; "
        "while ! grep -q 'connect with' said; do kill -0 $p || exit 9; sleep 0.05; done; "
        "ls -l sock | cut -c 1-10; python3 client.py || { kill $p; exit 8; }; %s wait $p; "
        "e=$?; cat said >&2; ls -A | grep -e '^.ailurus' -e sock; exit $e",
        end);
    AilOutcome o = ail_shell(dir, command);
    g_free(command);
    g_free(text);
    g_free(file);
    return o;
}

Test(debug, changes_nothing_and_outlives_its_guests)
{
    char *dir = ail_folder_new();
    record(dir, "--kernel", "x86-count");
    AilOutcome o =
        serve(dir, "",
              "for p in ('M1000,1:00', 'X1000,1:a', 'G00', 'P0=00', 'vCont;t', 'Z9,1,1', 'Z0,1'):\n"
              "    print(ask(s, p), end=' ')\n"
              "print(ask(s, 'vMustReplyEmpty') + '.', ask(s, 'Qqemu.sstep=1') + '.')\n"
              "print(ask(s, 'bs'), ask(s, 'bc'))\n"
              "s.sendall(b'garbage$c#00\\xff\\x03$$$#'); s.close(); s = connect()\n"
              "print(ask(s, '?'), ask(s, 'D;1')); s.close(); s = connect()\n"
              "print(ask(s, 'c'), ask(s, 'qRcmd,' + 'nothing'.encode().hex())[:12])\n"
              "s.sendall(b'$k#6b')\n");
    cr_expect_eq(o.status, 0, "%d: %s%s", o.status, o.out, o.err);
    cr_expect_str_eq(o.out, "srwx------\nE01 E01 E01 E01 E01 E01 E01 . .\n"
                            "T05thread:01;replaylog:begin; T05thread:01;replaylog:begin;\n"
                            "T05thread:01; OK\n"
                            "T05thread:01;replaylog:end; 69636f756e74\n");
    ail_outcome_clear(&o);
    ail_folder_remove(dir);
}

/* Ctrl-C from gdb stops the machine on its way, if it comes in time; SIGTERM ends all. */
Test(debug, can_be_interrupted)
{
    char *dir = ail_folder_new();
    record(dir, "--kernel", "x86-count");
    AilOutcome o = serve(dir, "kill $p;",
                         "for i in range(50):\n"
                         "    answer = ask(s, 'c', b'\\x03')\n"
                         "    if answer == 'T02thread:01;': break\n"
                         "    ask(s, 'qRcmd,' + 'seek 0'.encode().hex())\n"
                         "print(answer, 0 < int(bytes.fromhex(ask(s, 'qRcmd,69636f756e74'))))\n"
                         "print(ask(s, 's'), ask(s, 'bs'))\n");
    cr_expect_eq(o.status, 0, "%d: %s%s", o.status, o.out, o.err);
    cr_expect_str_eq(o.out, "srwx------\nT02thread:01; True\nT05thread:01; T05thread:01;\n");
    ail_outcome_clear(&o);
    ail_folder_remove(dir);
}

static void expect_usage(const char *dir, const char *command)
{
    AilOutcome o = ail_shell(dir, command);
    cr_expect_eq(o.status, 2, "%s: %s", command, o.err);
    ail_outcome_clear(&o);
}

Test(debug, says_what_is_wrong)
{
    char *dir = ail_folder_new();
    record(dir, "--kernel", "x86-count");
    expect_usage(dir, "$A debug");
    expect_usage(dir, "$A debug r.rr --gdb :0");
    expect_usage(dir, "$A debug r.rr --gdb 0.0.0.0:1234");
    expect_usage(dir, "$A debug r.rr --gdb unix:");
    expect_usage(dir, "$A debug r.rr --at -1");
    ail_expect_failure(dir, "$A debug missing.rr", "missing.rr: No such file");
    ail_expect_failure(dir, "$A debug r.rr --at 99999999999", "r.rr ends at instruction");
    ail_expect_failure(dir, "$A debug r.rr --gdb unix:r.rr", "r.rr: Address already in use");
    ail_expect_failure(dir, "$A debug r.rr --gdb-program ./none -- -q", "./none is not installed");
    ail_run(dir, "test \"$(ls -A | tr '\\n' ' ')\" = 'r.rr r.trace '");
    ail_folder_remove(dir);
}
