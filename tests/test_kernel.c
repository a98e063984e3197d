/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A real Linux kernel: two replays give the same bytes, the instruction total is the log's, and
 * the flow column is, execution by execution, what QEMU's own `-d exec,nochain` log of the same
 * replay says. AIL_EXACT_INSNS in the environment sets how much of the log is compared.
 */
#include "formats/rr.h"
#include "recorder/qemu.h"
#include "recorder/workdir.h"
#include "trace/reader.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum { USUAL_INSNS = 20000000, QMP_MS = 120000, CF_MEMI_ONLY = 0x1000 };

static char *run(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *line = g_strdup_vprintf(format, args), *out = NULL, *err = NULL;
    int status = -1;
    va_end(args);
    cr_assert(g_spawn_command_line_sync(line, &out, &err, &status, NULL), "%s", line);
    cr_assert_eq(status, 0, "%s: status %d: %s", line, status, err);
    g_free(line);
    g_free(err);
    return out;
}

static uint64_t instructions_in(const char *json)
{
    const char *at = strstr(json, "\"instructions\":");
    cr_assert_not_null(at, "%s", json);
    return g_ascii_strtoull(at + strlen("\"instructions\":"), NULL, 10);
}

/* Replay the first `insns` instructions with QEMU alone, its log in exec.log in the work folder. */
static void log_executions(const AilManifest *m, const char *dir, uint64_t insns)
{
    AilError err = {{0}};
    AilQemu *q = ail_qemu_new();
    const char *const extra[] = {"-d", "exec,nochain", "-D", "exec.log", NULL};
    AilMachineRun how = {.mode = AIL_MACHINE_REPLAY, .serial_fd = -1, .extra = extra};
    cr_assert_eq(ail_machine_prepare(&m->machine, how.mode, dir, &err), AIL_OK, "%s", err.text);
    cr_assert_eq(ail_qemu_find(q, m->machine.arch), AIL_OK, "%s", ail_qemu_error(q));
    cr_assert_eq(ail_qemu_start(q, &m->machine, &how, dir, NULL, 0), AIL_OK, "%s",
                 ail_qemu_error(q));
    AilQmp *qmp = ail_qemu_qmp(q);
    cr_assert_eq(ail_qmp_replay_seek(qmp, insns, QMP_MS), AIL_OK, "%s", ail_qmp_error(qmp));
    for (bool stopped = false; !stopped;) {
        cr_assert_eq(ail_qmp_receive(qmp, QMP_MS), AIL_OK, "%s", ail_qmp_error(qmp));
        for (JsonObject *e; (e = ail_qmp_take_event(qmp)); json_object_unref(e))
            stopped = stopped || !strcmp(ail_qmp_event_name(e), "STOP");
    }
    ail_qmp_execute(qmp, "quit", NULL, QMP_MS, NULL);
    ail_qemu_wait(q, QMP_MS);
    ail_qemu_free(q);
}

/* The log, a line ahead: a block that QEMU did not begin after all is followed by a line that
 * says so. */
typedef struct Log {
    FILE *file;
    char line[512], ahead[512];
    bool has_ahead;
} Log;

static bool next_line(Log *log)
{
    if (log->has_ahead) {
        memcpy(log->line, log->ahead, sizeof log->line);
        log->has_ahead = false;
        return true;
    }
    return fgets(log->line, sizeof log->line, log->file) != NULL;
}

/* Address of the next executed block. Not counted: a device access that QEMU runs by itself to
 * complete the block it left for it. */
static bool next_pc(Log *log, uint64_t *pc)
{
    while (next_line(log)) {
        const char *at = g_str_has_prefix(log->line, "Trace") ? strchr(log->line, '[') : NULL;
        unsigned flags, cflags;
        uint64_t base;
        if (!at || sscanf(at, "[%" SCNx64 "/%" SCNx64 "/%x/%x]", &base, pc, &flags, &cflags) != 4)
            continue;
        log->has_ahead = fgets(log->ahead, sizeof log->ahead, log->file) != NULL;
        if (log->has_ahead && g_str_has_prefix(log->ahead, "Stopped")) {
            log->has_ahead = false;
            continue;
        }
        if (!(cflags & CF_MEMI_ONLY))
            return true;
    }
    return false;
}

/* Compare executions up to instruction `insns`; how many there were. */
static uint64_t compare(const char *trace, const char *log_path, uint64_t insns)
{
    Log log = {.file = fopen(log_path, "r")};
    AilTraceReader *r = ail_trace_reader_new();
    const AilChunk *c;
    uint64_t n = 0, icount = 0;
    cr_assert_not_null(log.file);
    cr_assert_eq(ail_trace_reader_open(r, trace, AIL_COL_FLOW, 0), AIL_OK);
    while (icount < insns && ail_trace_reader_next(r, &c) == AIL_OK) {
        uint32_t cut = 0;
        for (uint32_t i = 0; i < c->n_flow; i++, n++) {
            const AilBlock *b = ail_trace_reader_block(r, c->flow[i]);
            uint32_t executed = b->n_insns;
            uint64_t pc = 0;
            if (cut < c->n_cuts && c->cuts[cut].at == i)
                executed = c->cuts[cut++].executed;
            if (icount + executed > insns)
                goto done; /* QEMU stopped inside this block */
            cr_assert(next_pc(&log, &pc), "the log ends at instruction %" PRIu64, icount);
            cr_assert_eq(pc, b->pc, "instruction %" PRIu64 ": trace 0x%" PRIx64 ", log 0x%" PRIx64,
                         icount, b->pc, pc);
            icount += executed;
        }
    }
done:
    fclose(log.file);
    ail_trace_reader_free(r);
    return n;
}

static void expect_same_bytes(const char *a, const char *b)
{
    GMappedFile *x = g_mapped_file_new(a, FALSE, NULL), *y = g_mapped_file_new(b, FALSE, NULL);
    cr_assert(x && y);
    gsize n = g_mapped_file_get_length(x);
    cr_expect(n == g_mapped_file_get_length(y) &&
                  !memcmp(g_mapped_file_get_contents(x), g_mapped_file_get_contents(y), n),
              "two replays differ");
    g_mapped_file_unref(x);
    g_mapped_file_unref(y);
}

Test(kernel, boots_and_replays_exactly)
{
    AilError err = {{0}};
    AilManifest *m = NULL;
    char identity[AIL_RR_IDENTITY_SIZE], *dir = NULL;
    const char *wish = g_getenv("AIL_EXACT_INSNS");
    uint64_t insns = wish ? g_ascii_strtoull(wish, NULL, 10) : USUAL_INSNS;
    g_free(run("%s amd64 %s", AIL_DEBIAN_GUEST, AIL_DEBIAN_DIR));
    cr_assert_eq(ail_workdir_make(AIL_DEBIAN_DIR "/x", &dir, &err), AIL_OK, "%s", err.text);
    char *json = run("%s record --json --kernel %s/amd64/vmlinuz --append console=ttyS0 "
                     "--until 'Linux version' --seconds 120 -o %s/k.rr",
                     AIL_PROGRAM, AIL_DEBIAN_DIR, dir);
    g_free(run("%s replay %s/k.rr --columns flow,event -o %s/1.trace", AIL_PROGRAM, dir, dir));
    g_free(run("%s replay %s/k.rr --columns flow,event -o %s/2.trace", AIL_PROGRAM, dir, dir));
    char *info = run("%s trace info --json %s/1.trace", AIL_PROGRAM, dir);
    cr_expect_eq(instructions_in(json), instructions_in(info), "%s %s", json, info);
    char *one = g_build_filename(dir, "1.trace", NULL),
         *two = g_build_filename(dir, "2.trace", NULL);
    expect_same_bytes(one, two);

    char *rr = g_build_filename(dir, "k.rr", NULL), *log = g_build_filename(dir, "exec.log", NULL);
    cr_assert_eq(ail_rr_unpack(rr, dir, NULL, NULL, &m, identity, &err), AIL_OK, "%s", err.text);
    cr_expect_eq(m->instructions, instructions_in(info));
    insns = MIN(insns, m->instructions);
    log_executions(m, dir, insns);
    uint64_t n = compare(one, log, insns);
    cr_expect_gt(n, insns / 100);
    g_print("%" PRIu64 " executions in %" PRIu64 " instructions are as in QEMU's log\n", n, insns);
    ail_manifest_free(m);
    g_free(json);
    g_free(info);
    g_free(one);
    g_free(two);
    g_free(rr);
    g_free(log);
    ail_workdir_remove(dir);
}
