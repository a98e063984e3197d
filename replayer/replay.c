/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "replayer/replay.h"

#include "replayer/drive.h"
#include "replayer/pump.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    START_MS = 60000, /* loading a snapshot from a slow disk takes a while */
    QMP_MS = 20000,
    TURN_MS = 100,
    STALL_SECONDS = 60,
};

struct AilReplay {
    const AilReplayConfig *config; /* borrowed, during run */
    AilDrive *drive;
    AilQemu *qemu; /* the drive's */
    AilDriveConfig driving;
    AilPump *pump;
    AilTraceWriter *writer;
    int console_fd; /* owned; what the guest writes to its serial port */
    char *log;      /* owned; path */
    bool write_failed;
    bool quit_sent, gone; /* QEMU was told to end; has ended */
    bool finished;        /* the plugin has handed over its last segment */
    AilStatus turned;     /* what the last turn of the pump came to */
    uint64_t seen;        /* icount at the last look, */
    gint64 seen_at;       /* and when it was reached, microseconds */
    AilError error;
};

AilReplay *ail_replay_new(void)
{
    AilReplay *r = g_new0(AilReplay, 1);
    r->drive = ail_drive_new();
    r->qemu = ail_drive_qemu(r->drive);
    r->pump = ail_pump_new();
    r->writer = ail_trace_writer_new();
    r->console_fd = -1;
    return r;
}

void ail_replay_free(AilReplay *r)
{
    if (!r)
        return;
    ail_drive_free(r->drive); /* first: it writes to the pump's memory */
    ail_trace_writer_free(r->writer);
    ail_pump_free(r->pump);
    if (r->console_fd >= 0)
        close(r->console_fd);
    g_free(r->log);
    g_free(r);
}

const char *ail_replay_error(const AilReplay *r)
{
    return r->error.text;
}

bool ail_replay_write_failed(const AilReplay *r)
{
    return r->write_failed;
}

void ail_replay_sizes(AilReplay *r, AilTraceSizes *sizes)
{
    ail_trace_writer_sizes(r->writer, sizes);
}

const char *ail_replay_osi_note(const AilReplay *r)
{
    return ail_pump_osi_note(r->pump);
}

static AilStatus open_pump(AilReplay *r)
{
    const AilReplayConfig *c = r->config;
    r->console_fd = memfd_create("console", MFD_CLOEXEC);
    if (r->console_fd < 0)
        return ail_error_set_errno(&r->error, errno, "cannot make a memory file");
    r->log = g_build_filename(c->dir, ail_member_name(AIL_MEMBER_LOG), NULL);
    AilPumpConfig pump = {.log = r->log,
                          .from = c->from,
                          .to = c->to,
                          .log_at = c->checkpoint ? c->checkpoint->log_at : 0,
                          .columns = c->columns,
                          .check_xlate = c->check_xlate,
                          .chunk_insns = c->chunk_insns,
                          .dict_blocks = c->dict_blocks,
                          .introspect = c->introspect,
                          .profile = c->profile,
                          .n_segments = c->threads ? c->threads + 3 : 0,
                          .console_fd = r->console_fd};
    if (ail_pump_open(r->pump, &pump) != AIL_OK)
        return ail_error_set(&r->error, "%s", ail_pump_error(r->pump));
    if (ail_pump_total(r->pump) != c->manifest->instructions)
        return ail_error_set(&r->error,
                             "the recording is damaged: its manifest has %" PRIu64
                             " instructions, its log %" PRIu64,
                             c->manifest->instructions, ail_pump_total(r->pump));
    return AIL_OK;
}

/* On the way to where the trace begins. */
static bool on_the_way(void *user, uint64_t icount, uint64_t target)
{
    const AilReplay *r = user;
    (void)target;
    return !r->config->progress ||
           r->config->progress(r->config->user, icount, ail_pump_end(r->pump));
}

static AilStatus start_qemu(AilReplay *r)
{
    const AilReplayConfig *c = r->config;
    int fd = ail_pump_fd(r->pump);
    char *plugin = g_strdup_printf("file=%s,fd=%d", c->plugin, fd);
    const char *const extra[] = {"-plugin", plugin, NULL};
    r->driving = (AilDriveConfig){.manifest = c->manifest,
                                  .dir = c->dir,
                                  .extra = extra,
                                  .snapshot = c->checkpoint ? c->checkpoint->tag : NULL,
                                  .serial_fd = r->console_fd,
                                  .pass_fd = fd,
                                  .steps = c->from > 0,
                                  .stall_seconds = c->stall_seconds,
                                  .progress = on_the_way,
                                  .user = r};
    AilStatus status = ail_drive_start(r->drive, &r->driving);
    if (status != AIL_OK)
        status = ail_error_set(&r->error, "%s", ail_drive_error(r->drive));
    r->driving.extra = NULL;
    g_free(plugin);
    return status;
}

static AilStatus open_writer(AilReplay *r)
{
    const AilReplayConfig *c = r->config;
    const AilMachine *m = &c->manifest->machine;
    char *machine =
        g_strdup_printf("%s, cpu %s, %" PRIu64 " MiB, QEMU %s", ail_machine_arch_name(m->arch),
                        m->cpu, m->mem_mib, c->manifest->qemu_version);
    static const AilArch archs[] = {
        [AIL_MACHINE_X86_64] = AIL_ARCH_X86, [AIL_MACHINE_AARCH64] = AIL_ARCH_ARM64,
        [AIL_MACHINE_I386] = AIL_ARCH_X86,   [AIL_MACHINE_ARM] = AIL_ARCH_ARM,
        [AIL_MACHINE_PPC] = AIL_ARCH_PPC,
    };
    AilTraceInfo info = {.columns = c->columns,
                         .arch = archs[m->arch],
                         .tool = "ailurus " AIL_VERSION,
                         .recording = c->identity,
                         .machine = machine};
    AilStatus status = ail_pump_describe(r->pump, START_MS, &info);
    if (status != AIL_OK)
        status = ail_error_set(&r->error, "the plugin did not start: %s",
                               status == AIL_END ? ail_qemu_last_words(r->qemu)
                                                 : ail_pump_error(r->pump));
    else if (ail_trace_writer_open(r->writer, c->out_fd, &info, c->threads ? c->threads : 1) !=
             AIL_OK) {
        r->write_failed = true;
        status = ail_error_set(&r->error, "%s", ail_trace_writer_error(r->writer));
    }
    g_free(machine);
    return status;
}

/* Pass on what the plugin has, if it has something. */
static void turn(AilReplay *r, int timeout_ms)
{
    r->turned = ail_pump_turn(r->pump, r->writer, timeout_ms, &r->finished);
}

static bool wants_to_stop(const AilReplay *r)
{
    const AilReplayConfig *c = r->config;
    return c->progress && !c->progress(c->user, ail_pump_icount(r->pump), ail_pump_end(r->pump));
}

/* While QEMU is to answer: once the plugin has filled all segments, it keeps QEMU from that. Until
 * somebody has read what is to make room for them, there is no point in waiting for QEMU. */
static bool turn_meanwhile(void *user)
{
    AilReplay *r = user;
    if (!r->finished)
        turn(r, ail_pump_has_segment(r->pump) ? TURN_MS : 0);
    return r->turned != AIL_ERR && !wants_to_stop(r);
}

/* What the pump said is why the replay fails. */
static AilStatus pump_failed(AilReplay *r)
{
    r->write_failed = *ail_trace_writer_error(r->writer) != 0;
    return ail_error_set(&r->error, "%s%s",
                         r->write_failed ? "" : "diverged: ", ail_pump_error(r->pump));
}

/* "IDT=     00000000 000003ff": a table's address and limit. */
static bool parse_table(const char *registers, const char *name, uint64_t *base, uint64_t *limit)
{
    const char *line = strstr(registers, name);
    return line && sscanf(line + 4, " %" SCNx64 " %" SCNx64, base, limit) == 2;
}

/* No register that plugins can read says where x86's tables are; QEMU's monitor does. */
static AilStatus find_tables(AilReplay *r)
{
    AilQmp *qmp = ail_qemu_qmp(r->qemu);
    char *text = NULL;
    uint64_t base, limit;
    if (ail_qmp_monitor(qmp, "info registers", QMP_MS, &text) != AIL_OK)
        return ail_error_set(&r->error, "%s", ail_qmp_error(qmp));
    if (parse_table(text, "IDT=", &base, &limit))
        ail_pump_set_idt(r->pump, base, limit);
    if (parse_table(text, "GDT=", &base, &limit))
        ail_pump_set_gdt(r->pump, base, limit);
    g_free(text);
    return AIL_OK;
}

/* To where the trace begins, with the plugin asleep. The last instruction is a step of its own:
 * after it no block that the plugin has not seen is in use, and no interrupt has come. */
static AilStatus go_to_start(AilReplay *r)
{
    uint64_t from = r->config->from;
    AilStatus status = from ? ail_drive_to(r->drive, from - 1) : AIL_OK;
    if (from && status == AIL_OK)
        status = ail_drive_step(r->drive);
    return status == AIL_ERR ? ail_error_set(&r->error, "%s", ail_drive_error(r->drive)) : status;
}

/* Run on, and stop exactly where the trace ends. */
static AilStatus begin(AilReplay *r)
{
    AilQmp *qmp = ail_qemu_qmp(r->qemu);
    AilStatus status = go_to_start(r);
    if (status == AIL_OK)
        status = find_tables(r);
    if (status != AIL_OK)
        return status;
    ail_pump_begin(r->pump);
    ail_qmp_set_idle(qmp, turn_meanwhile, r);
    if (ail_qmp_replay_seek(qmp, ail_pump_end(r->pump), QMP_MS) != AIL_OK)
        return r->turned == AIL_ERR ? pump_failed(r)
               : wants_to_stop(r)   ? AIL_END
                                    : ail_error_set(&r->error, "%s", ail_qmp_error(qmp));
    r->seen_at = g_get_monotonic_time();
    return AIL_OK;
}

/* QEMU stopped: where the trace ends, so that it is told to end, or some instructions before,
 * because it noticed that the guest has powered off. */
static AilStatus on_stop(AilReplay *r, AilQmp *qmp)
{
    uint64_t icount = 0;
    AilStatus status = ail_qmp_icount(qmp, QMP_MS, &icount);
    if (status != AIL_OK)
        return status;
    if (icount < ail_pump_end(r->pump))
        return ail_qmp_replay_seek(qmp, ail_pump_end(r->pump), QMP_MS);
    r->quit_sent = true;
    return ail_qmp_execute(qmp, "quit", NULL, QMP_MS, NULL);
}

static void watch_qemu(AilReplay *r)
{
    AilQmp *qmp = ail_qemu_qmp(r->qemu);
    bool stopped = false;
    if (r->gone)
        return;
    if (ail_qmp_receive(qmp, 0) != AIL_OK) {
        r->gone = true;
        return;
    }
    for (JsonObject *e; (e = ail_qmp_take_event(qmp)); json_object_unref(e))
        stopped = stopped || !strcmp(ail_qmp_event_name(e), "STOP");
    if (stopped && !r->quit_sent && on_stop(r, qmp) != AIL_OK)
        r->gone = true;
}

/* The watchdog. A slow reader of the trace does not set it off. */
static AilStatus check_progress(AilReplay *r)
{
    unsigned limit = r->config->stall_seconds ? r->config->stall_seconds : STALL_SECONDS;
    uint64_t icount = ail_pump_icount(r->pump), total = ail_pump_end(r->pump);
    gint64 now = g_get_monotonic_time();
    if (icount != r->seen || ail_trace_writer_wait(r->writer, 0) == AIL_END) {
        r->seen = icount;
        r->seen_at = now;
    } else if (now - r->seen_at > (gint64)limit * G_USEC_PER_SEC) {
        return ail_error_set(&r->error,
                             "stalled at instruction %" PRIu64 " of %" PRIu64
                             ": no progress for %u seconds; record again, or, if the host was "
                             "only busy, raise --stall-timeout",
                             icount, total, limit);
    }
    return wants_to_stop(r) ? AIL_END : AIL_OK;
}

/* QEMU is gone, or about to be, and there were more instructions to come. */
static AilStatus ended_early(AilReplay *r)
{
    bool failed = ail_qemu_wait(r->qemu, 5000) != AIL_OK;
    return ail_error_set(&r->error,
                         "diverged: the replay ended at instruction %" PRIu64 " of %" PRIu64
                         "%s%s; record again",
                         ail_pump_icount(r->pump), ail_pump_end(r->pump), failed ? ": " : "",
                         failed ? ail_qemu_error(r->qemu) : "");
}

/* Pass segments on until the plugin has handed over its last one. */
static AilStatus pump_all(AilReplay *r)
{
    bool was_gone = false;
    while (!r->finished) {
        if (r->turned != AIL_ERR)
            turn(r, TURN_MS);
        if (r->turned == AIL_ERR)
            return pump_failed(r);
        if (r->turned == AIL_END && was_gone && !r->finished && !ail_pump_has_segment(r->pump))
            return ended_early(r);
        was_gone = r->gone;
        watch_qemu(r);
        AilStatus status = check_progress(r);
        if (status != AIL_OK)
            return status;
    }
    return ail_pump_icount(r->pump) == ail_pump_end(r->pump) ? AIL_OK : ended_early(r);
}

/* Complete the trace. */
static AilStatus finish(AilReplay *r)
{
    AilStatus status = AIL_OK;
    ail_trace_writer_end(r->writer);
    while (status == AIL_OK && ail_trace_writer_wait(r->writer, TURN_MS) == AIL_END) {
        r->seen_at = g_get_monotonic_time(); /* that is nothing to watch over */
        status = check_progress(r);
    }
    if (status == AIL_OK && ail_trace_writer_finish(r->writer) != AIL_OK) {
        r->write_failed = true;
        status = ail_error_set(&r->error, "%s", ail_trace_writer_error(r->writer));
    }
    return status;
}

AilStatus ail_replay_run(AilReplay *r, const AilReplayConfig *config)
{
    r->config = config;
    AilStatus status = open_pump(r);
    if (status == AIL_OK)
        status = start_qemu(r);
    if (status == AIL_OK)
        status = open_writer(r);
    if (status == AIL_OK)
        status = begin(r);
    if (status == AIL_OK)
        status = pump_all(r);
    if (status == AIL_OK)
        status = finish(r);
    return status;
}
