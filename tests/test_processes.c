/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `ailurus ps`, maps, files, modules and symbols, of traces with made-up guests: a hostile one
 * whose process ends, one without a kernel. */
#include "tests/made_guest.h"
#include "tests/raw_builder.h"
#include "tests/shell.h"
#include "trace/writer.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Events of a chunk, at its beginning or its end. */
typedef struct Made {
    RawChunk *chunk;
    GArray *events; /* of AilRawEvent */
    AilBuf data;
} Made;

static void put(void *user, const AilEvent *e)
{
    Made *m = user;
    AilRawEvent raw = {.icount = e->icount,
                       .value = e->value,
                       .pc = e->pc,
                       .flow_index = e->icount ? m->chunk->raw.n_flow : 0,
                       .data_at = (uint32_t)m->data.len,
                       .data_len = e->len,
                       .type = e->type};
    ail_buf_put(&m->data, e->data, e->len);
    g_array_append_val(m->events, raw);
}

static void tell(Made *m)
{
    GuestEvents g = {.take = put, .user = m};
    const AilGuestMap map = guest_map(0x1000, 0x3000, 0x2000, "/bin/\033[2Jsh");
    guest_kernel(&g, "Linux");
    guest_task(&g, 0x10, 1, 0, 1, "in\nit");
    guest_exec(&g, 0x10, "/sbin/init", "/sbin/init \033]0;x");
    guest_task(&g, 0x20, 7, 1, 2, "sh");
    guest_exec(&g, 0x20, "/bin/sh", "sh -c x");
    guest_thread(&g, 0x21, 9, 7, 2, "worker"); /* what it has is the process's */
    guest_maps(&g, 2, 0, UINT64_MAX, &map, 1);
    guest_text(&g, AIL_EVENT_FILE, 3, 4, "/tmp/\033x");
    guest_text(&g, AIL_EVENT_MODULE, 0xc0000000, 0x1000, "ext4\n");
    guest_plain(&g, AIL_EVENT_SWITCH, 0x20, 0);
    g.icount = m->chunk->raw.insns;
    guest_plain(&g, AIL_EVENT_EXIT, 0x20, 11);
    guest_plain(&g, AIL_EVENT_EXIT, 0x21, 0); /* the last thread is not the first */
    guest_maps(&g, 2, 0, UINT64_MAX, NULL, 0);
    guest_task(&g, 0x30, 8, 7, 3, "orphan");
}

/* File `t` in the folder; returns its instructions. */
static uint64_t write_trace(const char *dir, bool kernel)
{
    AilTraceInfo info = {.columns = AIL_COL_FLOW | AIL_COL_CODE | AIL_COL_EVENT,
                         .arch = AIL_ARCH_X86,
                         .tool = "test",
                         .recording = "none",
                         .machine = "made up"};
    char *path = g_build_filename(dir, "t", NULL);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    RawBuilder *b = raw_builder_new(7);
    Made m = {.chunk = raw_builder_chunk(b, 500),
              .events = g_array_new(FALSE, FALSE, sizeof(AilRawEvent))};
    uint64_t insns = m.chunk->raw.insns;
    if (kernel)
        tell(&m);
    m.chunk->raw.events = (const AilRawEvent *)(void *)m.events->data;
    m.chunk->raw.n_events = m.events->len;
    m.chunk->raw.event_data = m.data.data;
    m.chunk->raw.event_data_len = (uint32_t)m.data.len;
    AilTraceWriter *w = ail_trace_writer_new();
    cr_assert_eq(ail_trace_writer_open(w, fd, &info, 1), AIL_OK);
    cr_assert_eq(ail_trace_writer_add(w, &m.chunk->raw, NULL, NULL), AIL_OK);
    cr_assert_eq(ail_trace_writer_finish(w), AIL_OK, "%s", ail_trace_writer_error(w));
    ail_trace_writer_free(w);
    raw_chunk_free(m.chunk);
    raw_builder_free(b);
    g_array_free(m.events, TRUE);
    ail_buf_clear(&m.data);
    close(fd);
    g_free(path);
    return insns;
}

static void expect(const char *dir, const char *command, const char *out, const char *note)
{
    AilOutcome o = ail_shell(dir, command);
    cr_expect_eq(o.status, 0, "%s: %s", command, o.err);
    cr_expect_str_eq(o.out, out, "%s: %s", command, o.out);
    cr_expect(*note ? strstr(o.err, note) != NULL : !*o.err, "%s: %s", command, o.err);
    ail_outcome_clear(&o);
}

#define MAP "00001000-00003000 r-xp 00002000 00:00 1                                  /bin/?[2Jsh\n"

Test(processes, what_they_have_now_and_had_at_last)
{
    char *dir = ail_folder_new();
    write_trace(dir, true);
    expect(dir, "$A maps t --pid 7 --at 0", MAP, "");
    expect(dir, "$A maps t --pid 7", MAP, "7 had ended by then: this is its last moment");
    expect(dir, "cat t | $A maps - --pid 7", MAP, "last moment");
    expect(dir, "$A files t --pid 7 --at 0", "      7  sh                  4  /tmp/?x\n", "");
    expect(dir, "$A files t --pid 7", "      7  sh                  4  /tmp/?x\n", "last moment");
    expect(dir, "$A files t", "", "");
    expect(dir, "$A modules t", "ext4?                          4096  0xc0000000\n", "");
    expect(dir, "$A symbols t 0x1004 c0000010 77 --at 0",
           "0x1004             /bin/?[2Jsh+0x2004\n0xc0000010         [ext4?]+0x10\n"
           "0x77               ?\n",
           "no function is known of /bin/?[2Jsh: stripped");
    expect(dir, "$A symbols t 0x1004", "0x1004             ?\n", "");
    expect(dir, "$A symbols t 1004 --pid 7 --json",
           "{\"analysis\":\"symbols\",\"address\":\"0x1004\",\"symbol\":\"/bin/?[2Jsh+0x2004\"}\n",
           "last moment");
    ail_folder_remove(dir);
}

Test(processes, are_listed)
{
    char *dir = ail_folder_new();
    uint64_t insns = write_trace(dir, true);
    char *died = g_strdup_printf("%" G_GUINT64_FORMAT, insns);
    ail_run(dir, "$A ps t --at 0 | awk '{ print $1, $2, $3 }' >now && "
                 "printf 'pid tid ppid\\n1 1 0\\n7 7 1\\n' | cmp - now");
    ail_run(dir, "$A ps t | grep -q '^ *1 .* in?it  *.sbin.init ?]0;x$'");
    ail_run(dir, "! $A ps t | grep '^ *7 '");
    ail_run(dir, "$A ps t --all | grep -q '^ *7  *7  *1 <  *0  *%s signal 11 *sh  *sh -c x$'",
            died);
    ail_run(dir, "$A ps t --all --tree | grep -q '  *orphan  *    .orphan.$'");
    ail_run(dir, "$A ps t --tree | grep -q '  *orphan  *.orphan.$'");
    ail_run(dir, "$A ps t --all --json | grep -q '\"pid\":7,\"tid\":7,\"ppid\":1,\"comm\":\"sh\","
                 "\"path\":\"/bin/sh\",\"args\":.\"sh\",\"-c\",\"x\".,\"kernel\":false.*"
                 "\"exit_status\":0,\"exit_signal\":11,'");
    g_free(died);
    ail_folder_remove(dir);
}

Test(processes, what_cannot_be_told_is_said)
{
    char *dir = ail_folder_new();
    write_trace(dir, false);
    static const char *const commands[] = {"ps t",      "maps t --pid 1",   "files t",
                                           "modules t", "symbols t --list", "symbols t 1000"};
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        char *command = g_strdup_printf("$A %s", commands[i]);
        ail_expect_failure(dir, command, "no kernel was found in the guest");
        g_free(command);
    }
    ail_run(dir, "$A asidstory t | grep -q '^asid '");
    write_trace(dir, true);
    ail_expect_failure(dir, "$A maps t --pid 99", "no process had the number 99");
    ail_expect_failure(dir, "$A symbols t --list", "its kernel has no symbols");
    ail_expect_failure(dir, "$A symbols t 1000 --sysroot none", "folder with the guest's files");
    ail_run(dir, "$A maps t; test $? = 2");
    ail_run(dir, "$A symbols t zzz; test $? = 2");
    ail_run(dir, "$A symbols t; test $? = 2");
    ail_run(dir, "$A hotblocks t --no-symbols --sysroot .; test $? = 2");
    ail_folder_remove(dir);
}
