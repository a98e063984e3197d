/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `ailurus record`: run a machine so that its run can be replayed. */
#include "cli/record.h"
#include "formats/text.h"
#include "recorder/session.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define NAME "record"

static int open_files(AilRecord *r)
{
    AilError err = {0};
    if (r->input && ail_script_load(r->input, &r->script, &err) != AIL_OK)
        return ail_cli_fail(NAME, "%s", err.text);
    if (r->script && ail_script_has_commands(r->script) && r->output)
        return ail_cli_fail(NAME,
                            "%s: @do is for recording pieces: use --interactive, --control or "
                            "--hypercalls instead of -o",
                            r->input);
    if (!r->serial_log)
        return AIL_EXIT_OK;
    r->log = fopen(r->serial_log, r->force ? "we" : "wxe");
    if (!r->log && errno == EEXIST)
        return ail_cli_fail(NAME, "%s exists already; --force replaces it", r->serial_log);
    if (!r->log)
        return ail_cli_fail(NAME, "%s: %s", r->serial_log, g_strerror(errno));
    return AIL_EXIT_OK;
}

void ail_record_raw_mode(AilRecord *r)
{
    if (!r->console || !isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &r->terminal) < 0)
        return;
    struct termios raw = r->terminal;
    cfmakeraw(&raw);
    r->raw = tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw) == 0;
}

void ail_record_cooked_mode(AilRecord *r)
{
    if (r->raw)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &r->terminal);
    r->raw = false;
}

void ail_record_log(AilRecord *r, const void *bytes, size_t len)
{
    if (!r->log)
        return;
    fwrite(bytes, 1, len, r->log);
    fflush(r->log);
}

static void console(void *user, const void *bytes, size_t len)
{
    AilRecord *r = user;
    if (r->console) {
        fwrite(bytes, 1, len, stdout);
        fflush(stdout);
    }
    ail_record_log(r, bytes, len);
}

/* While sealing: another Ctrl-C gives up. */
static bool go_on(void *user, uint64_t done, uint64_t total)
{
    (void)done;
    (void)total;
    return !ail_stop_wanted(&((AilRecord *)user)->stop);
}

static void print_disk(const AilDisk *disk, uint64_t packed)
{
    char *name = ail_text_disarm(g_path_get_basename(disk->path)), *all = g_format_size(disk->size),
         *part = g_format_size(packed);
    printf("disk %s: %s, of which the recording has what was read, %s\n", name, all, part);
    g_free(name);
    g_free(all);
    g_free(part);
}

static void print_json(const AilSessionResult *x, AilReplays replays)
{
    static const char *const words[] = {"null", "true", "false"};
    const AilManifest *m = x->manifest;
    printf("{\"instructions\":%" PRIu64 ",\"seconds\":%.3f,\"end\":\"%s\",\"snapshot_bytes\":"
           "%" PRIu64 ",\"log_bytes\":%" PRIu64 ",\"disk_bytes\":%" PRIu64
           ",\"archive_bytes\":%" PRIu64 ",\"replays\":%s}\n",
           m->instructions, (double)m->wall_ms / 1000, m->end, x->snapshot_bytes, x->log_bytes,
           x->disk_bytes, x->archive_bytes, words[replays]);
}

static void print_result(const AilRecord *r, const AilSessionResult *x)
{
    const AilManifest *m = x->manifest;
    double seconds = (double)m->wall_ms / 1000;
    double mips = seconds > 0 ? (double)m->instructions / seconds / 1e6 : 0;
    char *snapshot = g_format_size(x->snapshot_bytes), *log = g_format_size(x->log_bytes),
         *archive = g_format_size(x->archive_bytes);
    printf("%s: %" PRIu64 " instructions in %.1f s (%.0f MIPS), ended by: %s\n"
           "snapshot %s, log %s, recording %s\n",
           r->output, m->instructions, seconds, mips, m->end, snapshot, log, archive);
    g_free(snapshot);
    g_free(log);
    g_free(archive);
    for (unsigned i = 0; i < m->machine.n_disks; i++)
        print_disk(&m->machine.disks[i], m->members[AIL_MEMBER_DISK + i].size);
}

void ail_record_notes(const AilRecord *r, const char *end)
{
    const char *waited = r->script ? ail_script_waits_for(r->script) : NULL;
    if (waited)
        fprintf(stderr, "ailurus record: note: --input still waited for '%s'\n", waited);
    if (r->until && strcmp(end, "until"))
        fprintf(stderr, "ailurus record: note: the guest never printed '%s'\n", r->until);
    if (r->log && ferror(r->log))
        fprintf(stderr, "ailurus record: note: %s is incomplete: writing failed\n", r->serial_log);
}

/* The recording is sealed, whatever comes now. */
static int conclude(const AilRecord *r, const AilSessionResult *x)
{
    if (!r->json)
        print_result(r, x);
    ail_record_notes(r, x->manifest->end);
    AilReplays replays = ail_record_replay(r, x->manifest->wall_ms);
    if (r->json)
        print_json(x, replays);
    return replays == AIL_REPLAYS_NO ? AIL_EXIT_FAILURE : AIL_EXIT_OK;
}

static AilStatus record(AilRecord *r, AilSession *session, const AilSessionConfig *config)
{
    AilStatus s = ail_session_start(session, config);
    if (s != AIL_OK)
        return s;
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "recording to %s; %s ends and seals it\n", r->output,
                r->console && isatty(STDIN_FILENO) ? "Ctrl-]" : "Ctrl-C");
    ail_record_raw_mode(r);
    s = ail_session_run(session);
    ail_record_cooked_mode(r);
    if (s != AIL_OK)
        return s;
    ail_stop_forget(&r->stop);
    return ail_session_seal(session, go_on, r);
}

AilSessionConfig ail_record_config(AilRecord *r)
{
    return (AilSessionConfig){
        .machine = &r->machine,
        .kernel = r->kernel,
        .initrd = r->initrd,
        .firmware = r->firmware,
        .output = r->output,
        .from = r->from,
        .from_image = r->from_image,
        .force = r->force,
        .vnc = r->vnc_at,
        .forwards = (const char *const *)r->forwarding->pdata,
        .until = r->until,
        .seconds = r->seconds,
        .stop_fd = r->stop.fd,
        .input_fd = -1,
        .control_fd = -1,
        .script = r->script,
        .user = r,
    };
}

static int record_machine(AilRecord *r)
{
    AilSession *session = ail_session_new();
    AilSessionConfig config = ail_record_config(r);
    config.console = console;
    config.input_fd = r->console && isatty(STDIN_FILENO) ? STDIN_FILENO : -1;
    int status = record(r, session, &config) == AIL_OK
                     ? conclude(r, ail_session_result(session))
                     : ail_cli_fail(NAME, "%s", ail_session_error(session));
    ail_session_free(session);
    return status;
}

static int run(void *state, int argc, char **argv)
{
    (void)argv;
    AilRecord *r = state;
    int status = ail_record_check(r, argc);
    if (status == AIL_EXIT_OK)
        status = open_files(r);
    if (status == AIL_EXIT_OK && !ail_stop_begin(&r->stop))
        status = ail_cli_fail(NAME, "signalfd: %s", g_strerror(errno));
    if (status == AIL_EXIT_OK) {
        ail_cli_sweep(NAME, r->output ? r->output : "./-");
        status = ail_record_is_live(r) ? ail_record_live(r) : record_machine(r);
    }
    ail_record_discard(r);
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
    {"ailurus record --arch i386 --disk old.img --disk-bus ide --vnc :1 -o desktop.rr",
     "boots a PC from an IDE disk; a VNC viewer at localhost:1 has its screen, keyboard and mouse"},
    {"ailurus record --disk debian.qcow2 --net user --forward tcp::2222-:22 -o server.rr",
     "`ssh -p 2222 localhost` is the guest's"},
    {"ailurus record --disk booted.qcow2 --record-from booted --seconds 10 -o next.rr",
     "goes on where a machine was saved as booted"},
    {"ailurus record --kernel vmlinuz --initrd initrd.img --append console=ttyS0 --interactive",
     "runs the machine; begin_record NAME and end_record record pieces of its run"},
    {NULL, NULL},
};

const AilCommand ail_command_record = {
    .name = "record",
    .usage = "(--kernel FILE | --disk FILE | --firmware FILE) [OPTIONS] -o NAME.rr",
    .summary = "Run a machine so that its run can be replayed",
    .description =
        "Starts QEMU (10.0 or later) on the machine that the options describe, records all that "
        "comes from outside, and writes one file that holds what a replay needs: the machine's "
        "description, the state at its start, kernel and initrd, the log, and of the disks what "
        "the "
        "machine read of them. Nothing else is needed, and the disks' images stay as they are: "
        "what the guest writes is thrown away at the end.\n\n"
        "The recording ends when the guest powers off or resets, when it has printed the text of "
        "--until, after --seconds, or with Ctrl-C. It is sealed in all these cases. With --console "
        "on a terminal Ctrl-C goes to the guest, and Ctrl-] ends.\n\n"
        "When the file is there and the recording took under a minute, or with --check, it is "
        "replayed once, without making a trace, to see whether it replays. If it does not, the "
        "file stays, and the exit status is 1. Ctrl-C ends only this check; --no-check leaves it "
        "out.\n\n"
        "With --interactive, --control or --hypercalls, instead of -o, the machine runs and pieces "
        "of its run are recorded, each to a file of its own: commands say when one begins and "
        "ends. "
        "They come from the terminal (--interactive; help lists them, console shows the guest's "
        "serial port, Ctrl-] comes back), from `ailurus ctl` (--control), from the guest "
        "(--hypercalls, with the program recctl in it), or from the file of --input, as @do lines: "
        "begin_record NAME, end_record, save NAME, status, type TEXT, quit. A piece that took "
        "under a minute "
        "is replayed once while the machine runs on.\n\n"
        "--record-from begins at a snapshot of the machine, which the command save NAME made, or "
        "savevm in a QEMU of your own with the same machine; the options must describe that "
        "machine. Its disks are as they were in the snapshot; the images stay as they are.\n\n"
        "A recording that is killed (SIGKILL, power) leaves a directory .ailurus-XXXXXX beside "
        "the output; later runs name it, and `ailurus salvage` saves what can be saved of "
        "it.\n\n"
        "The machine has one processor and a clock that counts instructions: 32 ns "
        "each. An idle guest does not run ahead of the host's time, a busy one does.\n\n"
        "The file of --input is typed line by line, a key each 30 ms, Enter after each line. Lines "
        "that begin with @ are different: @wait TEXT goes on when the guest has printed TEXT, "
        "@sleep SECONDS after so long, @type TEXT types TEXT without Enter (with \\r \\n \\t \\e "
        "\\\\ \\xHH), @do COMMAND does a command (see above), @# is a comment, @@ types a line "
        "that begins with @. For example:\n\n"
        "@wait login:\n\nroot\n\n@wait #\n\npoweroff",
    .examples = examples,
    .options = ail_record_options,
    .run = run,
    .discard = ail_record_discard,
};
