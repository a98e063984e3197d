/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `ailurus debug`: a recording under gdb, forward and backward. */
#include "cli/listening.h"
#include "cli/recording.h"
#include "replayer/debug.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "debug"

enum { REST_US = 20000 };

/* Our words for gdb that we start: `seek`, whose end gdb would not notice, and `icount`. */
#define GDB_WORDS                                                                                  \
    "define seek\nmonitor seek $arg0\nmaintenance flush register-cache\nframe\nend\n"              \
    "document seek\nGo to instruction ICOUNT of the recording.\nend\n"                             \
    "define icount\nmonitor icount\nend\n"                                                         \
    "document icount\nPrint how many instructions the machine has executed.\nend\n"

typedef struct Debug {
    GOptionEntry *entries;
    char *address, *program; /* owned */
    gint64 at;
    gint stall;
    AilStop stop;
    AilProgress *bar;
    AilListening listening;
    bool has_gdb, gdb_ended; /* one that we started */
    GPid gdb;
} Debug;

static GOptionEntry *options(void **state)
{
    Debug *d = g_new0(Debug, 1);
    *state = d;
    d->stop.fd = d->listening.fd = -1;
    const GOptionEntry table[] = {
        {"at", 0, 0, G_OPTION_ARG_INT64, &d->at, "begin before this instruction (default: 0)",
         "ICOUNT"},
        {"gdb", 0, 0, G_OPTION_ARG_FILENAME, &d->address,
         "wait for gdb at :PORT of 127.0.0.1 or at unix:PATH (default: a free port)", "ADDRESS"},
        {"gdb-program", 0, 0, G_OPTION_ARG_FILENAME, &d->program,
         "the gdb to start with the arguments behind -- (default: gdb-multiarch, else gdb)",
         "PROGRAM"},
        {"stall-timeout", 0, 0, G_OPTION_ARG_INT, &d->stall,
         "give up when a replay makes no progress for so long (default 60)", "SECONDS"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    d->entries = g_memdup2(table, sizeof table);
    return d->entries;
}

static void discard(void *state)
{
    Debug *d = state;
    ail_stop_end(&d->stop);
    ail_listening_end(&d->listening);
    g_free(d->address);
    g_free(d->program);
    g_free(d->entries);
    g_free(d);
}

/* Ctrl-C is for the gdb on our terminal while there is one; other signals end both. */
static bool is_stopped(const Debug *d)
{
    struct signalfd_siginfo info;
    if (!d->has_gdb)
        return ail_stop_wanted(&d->stop);
    while (read(d->stop.fd, &info, sizeof info) == sizeof info)
        if (info.ssi_signo != SIGINT)
            return true;
    return false;
}

static bool progress(void *user, uint64_t icount, uint64_t total)
{
    Debug *d = user;
    ail_progress_update(d->bar, icount, total);
    if (d->has_gdb && !d->gdb_ended)
        d->gdb_ended = waitpid(d->gdb, NULL, WNOHANG) == d->gdb;
    return !is_stopped(d) && !d->gdb_ended;
}

static void unblock(void *unused)
{
    (void)unused;
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static char *find_gdb(const Debug *d)
{
    char *found = g_find_program_in_path(d->program ? d->program : "gdb-multiarch");
    return found || d->program ? found : g_find_program_in_path("gdb");
}

/* gdb on our terminal, with its arguments from the command line. */
static int spawn_gdb(Debug *d, const char *program, const char *words, char **args)
{
    char *connect = g_strdup_printf("target remote %s", d->listening.address);
    GPtrArray *argv = g_ptr_array_new();
    const char *const first[] = {program, "-x", words, "-ex", connect};
    for (size_t i = 0; i < G_N_ELEMENTS(first); i++)
        g_ptr_array_add(argv, (char *)first[i]);
    for (; *args; args++)
        g_ptr_array_add(argv, *args);
    g_ptr_array_add(argv, NULL);
    GError *error = NULL;
    d->has_gdb = g_spawn_async(NULL, (char **)argv->pdata, NULL,
                               G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_CHILD_INHERITS_STDIN, unblock,
                               NULL, &d->gdb, &error);
    int status =
        d->has_gdb ? AIL_EXIT_OK : ail_cli_fail(NAME, "cannot run %s: %s", program, error->message);
    g_clear_error(&error);
    g_ptr_array_free(argv, TRUE);
    g_free(connect);
    return status;
}

/* gdb takes the bytes' order from an executable, and without one for that of x86. */
static const char *words_for(AilMachineArch arch)
{
    return arch == AIL_MACHINE_PPC ? "set endian big\n" GDB_WORDS : GDB_WORDS;
}

static int start_gdb(Debug *d, const AilRecording *r, char **args)
{
    char *program = find_gdb(d), *words = g_build_filename(r->dir, "gdb-words", NULL);
    int status;
    if (!program)
        status = ail_cli_fail(NAME, "%s is not installed: install the Debian package gdb-multiarch",
                              d->program ? d->program : "gdb");
    else if (!g_file_set_contents(words, words_for(r->manifest->machine.arch), -1, NULL))
        status = ail_cli_fail(NAME, "%s: cannot write it", words);
    else
        status = spawn_gdb(d, program, words, args);
    g_free(words);
    g_free(program);
    return status;
}

/* Having killed the machine, gdb goes on until its user leaves it. */
static void end_gdb(Debug *d, bool killed)
{
    while (killed && progress(d, 0, 0) && d->has_gdb)
        g_usleep(REST_US);
    if (!d->has_gdb || d->gdb_ended)
        return;
    kill(d->gdb, SIGTERM);
    while (waitpid(d->gdb, NULL, 0) < 0 && errno == EINTR)
        ;
}

static void say_where(const Debug *d, AilMachineArch arch)
{
    printf("at instruction %" PRId64 "; connect with: gdb-multiarch %s-ex 'target remote %s'\n",
           d->at, arch == AIL_MACHINE_PPC ? "-ex 'set endian big' " : "", d->listening.address);
    fflush(stdout);
}

static int serve(Debug *d, AilDebug *debug, const char *path, const AilRecording *r,
                 char **gdb_args)
{
    d->bar = ail_progress_start("replaying");
    AilStatus s = ail_debug_begin(debug, (uint64_t)d->at);
    ail_progress_end(d->bar);
    d->bar = NULL;
    if (s == AIL_END)
        return ail_cli_fail(NAME, "%s: interrupted", path);
    int status = AIL_EXIT_OK;
    if (s == AIL_OK && gdb_args)
        status = start_gdb(d, r, gdb_args);
    else if (s == AIL_OK)
        say_where(d, r->manifest->machine.arch);
    if (s == AIL_OK && status == AIL_EXIT_OK)
        s = ail_debug_serve(debug);
    end_gdb(d, s == AIL_OK);
    return s == AIL_ERR ? ail_cli_fail(NAME, "%s: %s", path, ail_debug_error(debug)) : status;
}

static int debug_unpacked(Debug *d, const char *path, const AilRecording *r, char **gdb_args)
{
    if ((uint64_t)d->at > r->manifest->instructions)
        return ail_cli_fail(NAME, "--at %" PRId64 ": %s ends at instruction %" PRIu64, d->at, path,
                            r->manifest->instructions);
    char *checkpoints = g_strconcat(path, ".checkpoints", NULL);
    AilDebugConfig config = {.manifest = r->manifest,
                             .identity = r->identity,
                             .dir = r->dir,
                             .checkpoints = checkpoints,
                             .listen_fd = d->listening.fd,
                             .stall_seconds = (unsigned)d->stall,
                             .progress = progress,
                             .user = d};
    AilDebug *debug = ail_debug_new(&config);
    int status = serve(d, debug, path, r, gdb_args);
    ail_debug_free(debug);
    g_free(checkpoints);
    return status;
}

static int check_options(const Debug *d, int argc)
{
    if (argc < 1)
        return ail_cli_usage(NAME, "wants one recording");
    if (d->at < 0 || d->stall < 0)
        return ail_cli_usage(NAME, "--at and --stall-timeout must not be negative");
    if (d->program && argc < 2)
        return ail_cli_usage(NAME, "--gdb-program wants arguments for gdb behind --");
    return AIL_EXIT_OK;
}

/* Behind the recording there may be `--` and gdb's arguments. */
static int run(void *state, int argc, char **argv)
{
    Debug *d = state;
    int status = check_options(d, argc);
    char **gdb_args = argc > 1 ? argv + 1 : NULL;
    if (gdb_args && !strcmp(*gdb_args, "--"))
        gdb_args++;
    if (status == AIL_EXIT_OK)
        status = ail_listening_begin(&d->listening, NAME, d->address);
    if (status == AIL_EXIT_OK && !ail_stop_begin(&d->stop))
        status = ail_cli_fail(NAME, "signalfd: %s", g_strerror(errno));
    if (status == AIL_EXIT_OK) {
        AilRecording r;
        status = ail_cli_open_recording(NAME, argv[0], argv[0], &d->stop, &r);
        if (status == AIL_EXIT_OK)
            status = debug_unpacked(d, argv[0], &r, gdb_args);
        ail_cli_close_recording(&r);
    }
    discard(d);
    return status;
}

static const AilExample examples[] = {
    {"ailurus debug boot.rr --at 5200000000 -- vmlinux",
     "gdb with the kernel's symbols, at that instruction"},
    {"ailurus debug boot.rr --gdb :1234", "wait for a gdb elsewhere on this machine"},
    {"ailurus debug boot.rr --gdb unix:boot.sock", "the same, for this user only"},
    {NULL, NULL},
};

const AilCommand ail_command_debug = {
    .name = "debug",
    .usage = "NAME.rr [-- GDB-ARGUMENT...]",
    .summary = "Look at a recording with gdb, forward and backward",
    .description =
        "Replays the recording up to the instruction of --at and serves gdb there: breakpoints, "
        "watchpoints, stepi and continue, and backward reverse-stepi, reverse-continue and what "
        "gdb makes of them. What runs is what was recorded: memory and registers cannot be "
        "changed.\n\n"
        "With -- gdb is started on the terminal, connected, with the arguments behind it; `seek "
        "ICOUNT` goes to an instruction and `icount` prints where one is. Else the command to "
        "connect is printed, and `monitor help` in gdb says what there is. The instructions have "
        "the numbers that they have in traces.\n\n"
        "Going back replays from a state before. States are kept on the way, and used from "
        "NAME.rr.checkpoints (see ailurus replay --checkpoints), which makes the first step back "
        "quicker. They take as much disk as the guest uses memory, beside the recording or in "
        "$TMPDIR, until the session ends.\n\n"
        "gdb's `kill` and Ctrl-C here end the session; after `detach`, or when gdb is gone, the "
        "next gdb is waited for. A port of 127.0.0.1 is open to all users of this machine, a "
        "socket only to this one.",
    .examples = examples,
    .options = options,
    .run = run,
    .discard = discard,
};
