/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A replay up to where its trace begins: the pump, QEMU with the plugin, the trace's header. */
#include "replayer/replay_private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

enum {
    START_MS = 60000, /* loading a snapshot from a slow disk takes a while */
    QMP_MS = 20000,
};

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

AilStatus replay_start(AilReplay *r)
{
    AilStatus status = open_pump(r);
    if (status == AIL_OK)
        status = start_qemu(r);
    return status == AIL_OK ? open_writer(r) : status;
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

/* The last instruction is a step of its own: after it no block that the plugin has not seen is in
 * use, and no interrupt has come. */
AilStatus replay_go_to_start(AilReplay *r)
{
    uint64_t from = r->config->from;
    AilStatus status = from ? ail_drive_to(r->drive, from - 1) : AIL_OK;
    if (from && status == AIL_OK)
        status = ail_drive_step(r->drive);
    if (status == AIL_ERR)
        ail_error_set(&r->error, "%s", ail_drive_error(r->drive));
    return status == AIL_OK ? find_tables(r) : status;
}
