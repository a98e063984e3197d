/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `ailurus log`: what a replay log has, for people and for programs. */
#include "tests/altered.h"
#include "tests/rrlog_builder.h"
#include "tests/shell.h"

#include <criterion/criterion.h>
#include <glib.h>
#include <string.h>

static char *dir; /* of the running test; Criterion runs each in a process of its own */

static void set_up(void)
{
    dir = ail_folder_new();
}

static void tear_down(void)
{
    ail_folder_remove(dir);
}

TestSuite(log, .init = set_up, .fini = tear_down);

static void array(AilBuf *b, const char *text)
{
    rrlog_be32(b, (uint32_t)strlen(text));
    ail_buf_put(b, text, strlen(text));
}

/* A log of 1000 instructions, in which a key was typed, a packet came, and the guest powers off. */
static void write_log(void)
{
    AilBuf b = {0};
    rrlog_header(&b);
    ail_buf_u8(&b, 30 + 7);
    rrlog_insns(&b, 400);
    ail_buf_u8(&b, 7);
    ail_buf_u8(&b, 2);
    array(&b, "a \"key\"\r");
    rrlog_insns(&b, 600);
    ail_buf_u8(&b, 9);
    ail_buf_u8(&b, 1);
    rrlog_be32(&b, 3);
    array(&b, "\x01\x02 a packet of more than thirty-two bytes");
    ail_buf_u8(&b, 10 + 6);
    ail_buf_u8(&b, 39);
    char *path = g_build_filename(dir, "log", NULL);
    cr_assert(g_file_set_contents(path, (const char *)b.data, (gssize)b.len, NULL));
    g_free(path);
    ail_buf_clear(&b);
}

static void expect_output(const char *command, const char *want)
{
    AilOutcome o = ail_shell(dir, command);
    cr_expect_eq(o.status, 0, "%s: status %d, %s", command, o.status, o.err);
    cr_expect_str_eq(o.out, want, "%s", command);
    ail_outcome_clear(&o);
}

#define HEADING "    offset         icount  kind           device          value\n"

Test(log, as_text)
{
    write_log();
    expect_output("$A log log",
                  HEADING "        12              0  checkpoint          -              7\n"
                          "        13              0  insns               -            400\n"
                          "        18            400  char-input          2              -"
                          "  8 bytes: \"a \\\"key\\\"\\r\"\n"
                          "        32            400  insns               -            600\n"
                          "        37           1000  packet              1              3"
                          "  41 bytes: "
                          "01022061207061636b6574206f66206d6f7265207468616e207468697274792d...\n"
                          "        88           1000  shutdown            -              6"
                          "  guest-shutdown\n"
                          "        89           1000  end                 -              -\n");
}

Test(log, a_range)
{
    write_log();
    expect_output("$A log log --from 1 --to 1000 | tail -n +2 | tr -s ' ' | cut -d' ' -f2-5",
                  "18 400 char-input 2\n32 400 insns -\n");
    expect_output("$A log log --from 1001", HEADING);
    expect_output("$A log log --to 0", HEADING);
}

Test(log, as_json)
{
    write_log();
    expect_output("$A log log --json --from 400 --to 401",
                  "{\"offset\":18,\"icount\":400,\"kind\":\"char-input\",\"code\":7,\"device\":2,"
                  "\"length\":8,\"data\":\"6120226b6579220d\"}\n"
                  "{\"offset\":32,\"icount\":400,\"kind\":\"insns\",\"code\":0,\"value\":600,"
                  "\"length\":0}\n");
    expect_output("$A log log --json --from 1000 | sed 's/data\":\".*/data/'",
                  "{\"offset\":37,\"icount\":1000,\"kind\":\"packet\",\"code\":9,\"device\":1,"
                  "\"value\":3,\"length\":41,\"data\n"
                  "{\"offset\":88,\"icount\":1000,\"kind\":\"shutdown\",\"code\":16,\"value\":6,"
                  "\"cause\":\"guest-shutdown\",\"length\":0}\n"
                  "{\"offset\":89,\"icount\":1000,\"kind\":\"end\",\"code\":39,\"length\":0}\n");
}

Test(log, a_summary)
{
    write_log();
    expect_output("$A log log --summary", "kind                 events          bytes\n"
                                          "insns                     2             10\n"
                                          "char-input                1             14\n"
                                          "packet                    1             51\n"
                                          "shutdown                  1              1\n"
                                          "checkpoint                1              1\n"
                                          "end                       1              1\n"
                                          "all                       7             78\n"
                                          "1000 instructions\n");
    expect_output("$A log log --summary --json --to 400",
                  "{\"events\":2,\"bytes\":6,\"instructions\":400,\"kinds\":{\"insns\":{"
                  "\"events\":1,\"bytes\":5},\"checkpoint\":{\"events\":1,\"bytes\":1}}}\n");
}

/* The log of a recording is read where it lies; it has what the recording says. */
Test(log, of_a_recording)
{
    ail_expect_success(dir,
                       "$A record --no-check --kernel $G/x86-irq.elf -o g.rr && $A unpack g.rr && "
                       "$A log g.rr >a && $A log g/replay.log >b && cmp a b");
    ail_expect_success(dir, "test $($A log g.rr --json | wc -l) = $(($(wc -l <a) - 1))");
    ail_expect_success(dir,
                       "i=$($A info --json g.rr | sed 's/.*instructions\":\\([0-9]*\\).*/\\1/');"
                       "$A log g.rr --summary | grep \"^$i instructions\"");
    ail_expect_success(dir, "s=$(stat -c %s g/replay.log); "
                            "$A log g.rr --summary --json | grep \"\\\"bytes\\\":$((s - 12)),\"");
    ail_expect_failure(dir, "$A log g.rr --json >/dev/full", "No space left");
}

Test(log, a_damaged_log_is_printed_up_to_the_damage)
{
    ail_expect_success(dir, "$A record --no-check --kernel $G/x86-irq.elf -o g.rr");
    AilAltered a;
    ail_altered_open(&a, dir, "g.rr");
    uint64_t at = ail_altered_event(&a, 20)->offset;
    a.log->data[at] = 99;
    ail_altered_save(&a, dir, "bad.rr");
    char *says =
        g_strdup_printf("bad.rr: replay.log: unknown event 99 (offset %" G_GUINT64_FORMAT, at);
    ail_expect_failure(dir, "$A log bad.rr >out", says);
    ail_expect_success(dir, "test $(wc -l <out) = 21");
    g_free(says);
    ail_expect_failure(dir, "head -c 100000 g.rr >cut.rr; $A log cut.rr", "cut.rr: ");
}
