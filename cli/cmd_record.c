/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `ailurus record`: run a machine so that its run can be replayed. */
#include "cli/cli.h"
#include "recorder/machine.h"
#include "recorder/session.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#define NAME "record"

typedef struct Record {
    GOptionEntry *entries; /* owned; options follow */
    char *arch, *mem, *cpu, *kernel, *initrd, *firmware, *append, *net, *serial_log, *input, *until,
        *output, *accel;
    char **disks;
    double seconds;
    int smp;
    gboolean console, force, json, kvm;

    AilMachine machine;
    AilScript *script;       /* owned */
    FILE *log;               /* owned; the serial log */
    int signals;             /* owned; a signalfd: the user wants to end */
    bool raw;                /* the terminal is in raw mode */
    struct termios terminal; /* as it was */
} Record;

static GOptionEntry *options(void **state)
{
    Record *r = g_new0(Record, 1);
    *state = r;
    r->signals = -1;
    r->smp = 1;
#define TEXT(name, place, help, value)                                                             \
    {                                                                                              \
        name, 0, 0, G_OPTION_ARG_FILENAME, &r->place, help, value                                  \
    }
#define FLAG(name, place, help)                                                                    \
    {                                                                                              \
        name, 0, 0, G_OPTION_ARG_NONE, &r->place, help, NULL                                       \
    }
    const GOptionEntry table[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &r->output, "write the recording here",
         "NAME.rr"},
        FLAG("force", force, "replace an existing recording or serial log"),
        TEXT("arch", arch, "x86_64 (default) or aarch64", "ARCH"),
        TEXT("mem", mem, "memory: 512M, 2G, a number alone is MiB (default 256)", "SIZE"),
        TEXT("cpu", cpu, "QEMU's name of a CPU model (default qemu64 or cortex-a57)", "MODEL"),
        TEXT("kernel", kernel, "boot this kernel: Linux, or on x86 a multiboot ELF", "FILE"),
        TEXT("initrd", initrd, "initial RAM disk for the kernel", "FILE"),
        TEXT("append", append, "the kernel's command line", "TEXT"),
        TEXT("firmware", firmware, "run this firmware instead of QEMU's", "FILE"),
        {"disk", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &r->disks,
         "attach a disk image, raw or qcow2; never modified; repeatable", "FILE"},
        TEXT("net", net, "none (default) or user: a network card and the host's network", "KIND"),
        FLAG("console", console, "the guest's serial port on this terminal; Ctrl-] ends"),
        TEXT("serial-log", serial_log, "write the serial port's output here", "FILE"),
        TEXT("input", input, "type what this file says (see above)", "FILE"),
        TEXT("until", until, "end when the guest has printed this", "TEXT"),
        {"seconds", 0, 0, G_OPTION_ARG_DOUBLE, &r->seconds, "end after so many seconds", "N"},
        FLAG("json", json, "print the result as a JSON object"),
        /* Asked for by habit; answered with why not. */
        {"smp", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_INT, &r->smp, "", "N"},
        {"enable-kvm", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &r->kvm, "", NULL},
        {"accel", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME, &r->accel, "", "NAME"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
#undef TEXT
#undef FLAG
    r->entries = g_memdup2(table, sizeof table);
    return r->entries;
}

static void discard(void *state)
{
    Record *r = state;
    char *texts[] = {r->arch, r->mem,        r->cpu,   r->kernel, r->initrd, r->firmware, r->append,
                     r->net,  r->serial_log, r->input, r->until,  r->output, r->accel};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    g_strfreev(r->disks);
    ail_machine_clear(&r->machine);
    ail_script_free(r->script);
    if (r->log)
        fclose(r->log);
    if (r->signals >= 0)
        close(r->signals);
    g_free(r->entries);
    g_free(r);
}

/* "512M", "2G", "256" -> MiB; 0 when it is none of them. */
static uint64_t parse_size(const char *text)
{
    char *end;
    errno = 0;
    uint64_t n = g_ascii_strtoull(text, &end, 10);
    if (errno || end == text || *text == '-' || n > UINT32_MAX)
        return 0;
    if (!*end || !g_ascii_strcasecmp(end, "M"))
        return n;
    return !g_ascii_strcasecmp(end, "G") ? n << 10 : 0;
}

static int check_options(const Record *r, int argc)
{
    if (argc)
        return ail_cli_usage(NAME, "takes no arguments, only options");
    if (!r->output)
        return ail_cli_usage(NAME, "needs -o NAME.rr");
    if (r->smp != 1)
        return ail_cli_fail(NAME,
                            "--smp %d: only machines with one processor can be replayed: "
                            "QEMU logs no order between several",
                            r->smp);
    if (r->kvm || (r->accel && strcmp(r->accel, "tcg")))
        return ail_cli_fail(NAME, "only QEMU's emulation (tcg) can be replayed: hardware "
                                  "virtualisation does not count instructions exactly");
    if (r->seconds < 0)
        return ail_cli_usage(NAME, "--seconds must not be negative");
    if (r->until && !*r->until)
        return ail_cli_usage(NAME, "--until wants a text that is not empty");
    return AIL_EXIT_OK;
}

static void replace(char **place, const char *text)
{
    if (!text)
        return;
    g_free(*place);
    *place = g_strdup(text);
}

static int add_disks(Record *r)
{
    AilError err = {0};
    for (char **path = r->disks; path && *path; path++) {
        if (r->machine.n_disks == AIL_MACHINE_MAX_DISKS)
            return ail_cli_fail(NAME, "at most %d disks", AIL_MACHINE_MAX_DISKS);
        if (ail_machine_describe_disk(*path, &r->machine.disks[r->machine.n_disks], &err) != AIL_OK)
            return ail_cli_fail(NAME, "%s", err.text);
        r->machine.n_disks++;
    }
    return AIL_EXIT_OK;
}

static int describe_machine(Record *r)
{
    int arch = ail_machine_arch_parse(r->arch ? r->arch : "x86_64");
    if (arch < 0)
        return ail_cli_usage(NAME, "--arch is x86_64 or aarch64, not '%s'", r->arch);
    AilMachine *m = &r->machine;
    ail_machine_init(m, (AilMachineArch)arch);
    if (r->mem && !(m->mem_mib = parse_size(r->mem)))
        return ail_cli_usage(NAME, "--mem is a size like 512M or 2G, not '%s'", r->mem);
    if (r->net && strcmp(r->net, "none") && strcmp(r->net, "user"))
        return ail_cli_usage(NAME, "--net is none or user, not '%s'", r->net);
    replace(&m->cpu, r->cpu);
    replace(&m->append, r->append);
    m->net = r->net && !strcmp(r->net, "user") ? AIL_NET_USER : AIL_NET_NONE;
    m->kernel = r->kernel;
    m->initrd = r->initrd;
    m->firmware = r->firmware;
    m->rtc_base = g_get_real_time() / G_USEC_PER_SEC;
    int status = add_disks(r);
    AilError err = {0};
    if (status == AIL_EXIT_OK && ail_machine_check(m, &err) != AIL_OK)
        status = ail_cli_fail(NAME, "%s", err.text);
    return status;
}

static int open_files(Record *r)
{
    AilError err = {0};
    if (r->input && ail_script_load(r->input, &r->script, &err) != AIL_OK)
        return ail_cli_fail(NAME, "%s", err.text);
    if (!r->serial_log)
        return AIL_EXIT_OK;
    r->log = fopen(r->serial_log, r->force ? "we" : "wxe");
    if (!r->log && errno == EEXIST)
        return ail_cli_fail(NAME, "%s exists already; --force replaces it", r->serial_log);
    if (!r->log)
        return ail_cli_fail(NAME, "%s: %s", r->serial_log, g_strerror(errno));
    return AIL_EXIT_OK;
}

/* From here on these signals do not end the program, but the recording. */
static int take_signals(Record *r, sigset_t *before)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, before);
    r->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    /* A reader of our output that goes away must not leave the recording unsealed. */
    sigaddset(&set, SIGPIPE);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return r->signals < 0 ? ail_cli_fail(NAME, "signalfd: %s", g_strerror(errno)) : AIL_EXIT_OK;
}

static void enter_raw_mode(Record *r)
{
    if (!r->console || !isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &r->terminal) < 0)
        return;
    struct termios raw = r->terminal;
    cfmakeraw(&raw);
    r->raw = tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw) == 0;
}

static void leave_raw_mode(Record *r)
{
    if (r->raw)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &r->terminal);
    r->raw = false;
}

static void console(void *user, const void *bytes, size_t len)
{
    Record *r = user;
    if (r->console) {
        fwrite(bytes, 1, len, stdout);
        fflush(stdout);
    }
    if (r->log) {
        fwrite(bytes, 1, len, r->log);
        fflush(r->log);
    }
}

/* While sealing: another Ctrl-C gives up. */
static bool go_on(void *user, uint64_t done, uint64_t total)
{
    (void)done;
    (void)total;
    struct pollfd p = {((Record *)user)->signals, POLLIN, 0};
    return poll(&p, 1, 0) <= 0;
}

static void forget_signal(const Record *r)
{
    struct signalfd_siginfo info;
    while (read(r->signals, &info, sizeof info) > 0)
        ;
}

static void print_result(const Record *r, const AilSessionResult *x)
{
    const AilManifest *m = x->manifest;
    double seconds = (double)m->wall_ms / 1000;
    double mips = seconds > 0 ? (double)m->instructions / seconds / 1e6 : 0;
    if (r->json) {
        printf("{\"instructions\":%" PRIu64 ",\"seconds\":%.3f,\"end\":\"%s\",\"snapshot_bytes\":"
               "%" PRIu64 ",\"log_bytes\":%" PRIu64 ",\"archive_bytes\":%" PRIu64 "}\n",
               m->instructions, seconds, m->end, x->snapshot_bytes, x->log_bytes, x->archive_bytes);
        return;
    }
    char *snapshot = g_format_size(x->snapshot_bytes), *log = g_format_size(x->log_bytes),
         *archive = g_format_size(x->archive_bytes);
    printf("%s: %" PRIu64 " instructions in %.1f s (%.0f MIPS), ended by: %s\n"
           "snapshot %s, log %s, recording %s\n",
           r->output, m->instructions, seconds, mips, m->end, snapshot, log, archive);
    g_free(snapshot);
    g_free(log);
    g_free(archive);
}

static void print_notes(const Record *r, const AilSessionResult *x)
{
    const char *waited = r->script ? ail_script_waits_for(r->script) : NULL;
    if (waited)
        fprintf(stderr, "ailurus record: note: --input still waited for '%s'\n", waited);
    if (r->until && strcmp(x->manifest->end, "until"))
        fprintf(stderr, "ailurus record: note: the guest never printed '%s'\n", r->until);
    if (r->log && ferror(r->log))
        fprintf(stderr, "ailurus record: note: %s is incomplete: writing failed\n", r->serial_log);
}

static AilStatus record(Record *r, AilSession *session, const AilSessionConfig *config)
{
    AilStatus s = ail_session_start(session, config);
    if (s != AIL_OK)
        return s;
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "recording to %s; %s ends and seals it\n", r->output,
                r->console && isatty(STDIN_FILENO) ? "Ctrl-]" : "Ctrl-C");
    enter_raw_mode(r);
    s = ail_session_run(session);
    leave_raw_mode(r);
    if (s != AIL_OK)
        return s;
    forget_signal(r);
    return ail_session_seal(session, go_on, r);
}

static int record_machine(Record *r)
{
    AilSession *session = ail_session_new();
    AilSessionConfig config = {
        .machine = &r->machine,
        .kernel = r->kernel,
        .initrd = r->initrd,
        .firmware = r->firmware,
        .output = r->output,
        .force = r->force,
        .until = r->until,
        .seconds = r->seconds,
        .stop_fd = r->signals,
        .input_fd = r->console && isatty(STDIN_FILENO) ? STDIN_FILENO : -1,
        .script = r->script,
        .console = console,
        .user = r,
    };
    int status = AIL_EXIT_OK;
    if (record(r, session, &config) != AIL_OK) {
        status = ail_cli_fail(NAME, "%s", ail_session_error(session));
    } else {
        print_result(r, ail_session_result(session));
        print_notes(r, ail_session_result(session));
    }
    ail_session_free(session);
    return status;
}

static int run(void *state, int argc, char **argv)
{
    (void)argv;
    Record *r = state;
    sigset_t before;
    int status = check_options(r, argc);
    if (status == AIL_EXIT_OK)
        status = describe_machine(r);
    if (status == AIL_EXIT_OK)
        status = open_files(r);
    if (status == AIL_EXIT_OK) {
        status = take_signals(r, &before);
        if (status == AIL_EXIT_OK)
            status = record_machine(r);
        forget_signal(r);
        sigprocmask(SIG_SETMASK, &before, NULL);
    }
    discard(r);
    return status;
}

static const AilExample examples[] = {
    {"ailurus record --kernel vmlinuz --initrd initrd.img --append console=ttyS0 --console -o "
     "boot.rr",
     "boots Linux with its console on this terminal; ends when it powers off, or with Ctrl-]"},
    {"ailurus record --arch aarch64 --mem 512M --kernel Image --initrd initrd.img --append "
     "console=ttyAMA0 --until 'login:' --seconds 60 --serial-log boot.log -o boot.rr",
     "boots an Arm machine up to its login prompt, unattended"},
    {"ailurus record --kernel vmlinuz --append 'console=ttyS0 root=/dev/vda1' --disk debian.qcow2 "
     "--net user --input keys.txt -o session.rr",
     "logs in and works by what keys.txt says, on a disk that stays as it is"},
    {NULL, NULL},
};

const AilCommand ail_command_record = {
    .name = "record",
    .usage = "(--kernel FILE | --disk FILE | --firmware FILE) [OPTIONS] -o NAME.rr",
    .summary = "Run a machine so that its run can be replayed",
    .description =
        "Starts QEMU (10.0 or later) on the machine that the options describe, records all that "
        "comes from outside, and writes one file that holds what a replay needs: the machine's "
        "description, the state at its start, kernel and initrd, and the log. Disks are the "
        "exception: their images stay outside, and must still be the same at the replay.\n\n"
        "The recording ends when the guest powers off or resets, when it has printed the text of "
        "--until, after --seconds, or with Ctrl-C. It is sealed in all these cases. With --console "
        "on a terminal Ctrl-C goes to the guest, and Ctrl-] ends.\n\n"
        "The machine has one processor, no display, and a clock that counts instructions: 32 ns "
        "each. An idle guest does not run ahead of the host's time, a busy one does.\n\n"
        "The file of --input is typed line by line, a key each 30 ms, Enter after each line. Lines "
        "that begin with @ are different: @wait TEXT goes on when the guest has printed TEXT, "
        "@sleep SECONDS after so long, @type TEXT types TEXT without Enter (with \\r \\n \\t \\e "
        "\\\\ \\xHH), @# is a comment, @@ types a line that begins with @. For example:\n\n"
        "@wait login:\n\nroot\n\n@wait #\n\npoweroff",
    .examples = examples,
    .options = options,
    .run = run,
    .discard = discard,
};
