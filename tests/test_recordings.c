/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands around recordings, as a user runs them: info, verify, unpack, pack. */
#include "tests/altered.h"
#include "tests/rr_folder.h"
#include "tests/shell.h"

#include <criterion/criterion.h>
#include <json-glib/json-glib.h>
#include <string.h>

static char *dir; /* of the running test; Criterion runs each in a process of its own */

static void set_up(void)
{
    dir = ail_folder_new();
    ail_expect_success(dir, "$A record --no-check --kernel $G/x86-irq.elf -o g.rr");
}

static void tear_down(void)
{
    ail_folder_remove(dir);
}

TestSuite(recordings, .init = set_up, .fini = tear_down);

/* What a command that succeeds prints; free with g_free. */
static char *output_of(const char *command)
{
    AilOutcome o = ail_shell(dir, command);
    cr_assert_eq(o.status, 0, "%s: status %d, %s", command, o.status, o.err);
    cr_expect_str_eq(o.err, "", "%s", command);
    g_free(o.err);
    return g_strchomp(o.out);
}

static void expect_prints(const char *command, const char *says)
{
    char *out = output_of(command);
    cr_expect(strstr(out, says), "%s: not '%s': %s", command, says, out);
    g_free(out);
}

static void expect_same_output(const char *command, const char *other)
{
    char *a = output_of(command), *b = output_of(other);
    cr_expect_str_eq(a, b);
    g_free(a);
    g_free(b);
}

/* A recording made by hand, of which only the archive is good, as x.rr. */
static void make_hand_made(const char *append)
{
    AilError err = {0};
    rr_folder_setup();
    AilManifest *m = rr_recording();
    g_free(m->machine.append);
    m->machine.append = g_strdup(append);
    char *path = g_build_filename(dir, "x.rr", NULL), *in = rr_at("in");
    AilRrWrite w = {.path = path, .dir = in};
    cr_assert_eq(ail_rr_write(&w, m, NULL, &err), AIL_OK, "%s", err.text);
    ail_manifest_free(m);
    g_free(path);
    g_free(in);
    rr_folder_teardown();
}

Test(recordings, info_tells_what_the_manifest_has)
{
    make_hand_made("console=ttyAMA0 \"quoted\"");
    const char *says[] = {
        "made          2026-01-31T12:00:00Z, by ailurus 1.2.3 with QEMU 10.0.2 (Debian 1:10.0.2)\n",
        "machine       aarch64, CPU cortex-a57, 256 MiB, firmware of QEMU, a kernel\n",
        "command line  console=ttyAMA0 \"quoted\"\n",
        "disk 0        disk: qcow2 file of 7 bytes, of which what was read is here, 6 bytes\n",
        "network       none\n",
        "ran           6000000000 instructions in 1.2 s",
        "ended by      guest-shutdown: the guest powered off\n",
        "\nkernel                      8  ",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(says); i++)
        expect_prints("$A info x.rr", says[i]);
    expect_same_output("$A info x.rr | sed -n 's/^identity *//p'",
                       "zstd -dc x.rr | tar xO manifest.json | sha256sum | cut -d' ' -f1");
    expect_same_output("$A info x.rr | sed -n 's/^kernel  *8  *//p'",
                       "printf 'a kernel' | sha256sum | cut -d' ' -f1");
}

Test(recordings, info_has_json)
{
    make_hand_made("console=\"x\"");
    char *text = output_of("$A info --json x.rr");
    cr_expect_null(strchr(text, '\n'), "one line: %s", text);
    JsonNode *root = json_from_string(text, NULL);
    cr_assert(root && JSON_NODE_HOLDS_OBJECT(root), "%s", text);
    JsonObject *o = json_node_get_object(root),
               *machine = json_object_get_object_member(o, "machine");
    cr_expect_str_eq(json_object_get_string_member(o, "file"), "x.rr");
    cr_expect_str_eq(json_object_get_string_member(o, "end"), "guest-shutdown");
    cr_expect_eq(json_object_get_int_member(o, "instructions"), 6000000000);
    cr_expect_str_eq(json_object_get_string_member(machine, "append"), "console=\"x\"");
    cr_expect_eq(json_array_get_length(json_object_get_array_member(machine, "disks")), 1);
    cr_expect_eq(json_object_get_size(json_object_get_object_member(o, "members")), 4);
    json_node_unref(root);
    g_free(text);
    expect_same_output("$A info --json g.rr | sed 's/.*archive_bytes\":\\([0-9]*\\).*/\\1/'",
                       "stat -c %s g.rr");
}

/* U+009B begins commands of a terminal, as ESC [ does. */
Test(recordings, a_strangers_words_do_not_reach_the_terminal)
{
    make_hand_made("root=\xc2\x9b"
                   "31m");
    expect_prints("$A info x.rr", "root=??31m");
    expect_prints("$A info --json x.rr", "root=\\u009b31m");
}

Test(recordings, the_identity_is_the_one_that_traces_carry)
{
    ail_expect_success(dir, "$A replay g.rr --columns flow -o t.trace");
    expect_same_output("$A info g.rr | sed -n 's/^identity *//p'",
                       "$A trace info t.trace | sed -n 's/^recording *//p'");
    ail_expect_failure(dir, "$A info t.trace", "try `ailurus trace info t.trace`");
    ail_expect_failure(dir, "$A verify t.trace", "try `ailurus trace verify t.trace`");
    ail_expect_failure(dir, "$A log t.trace", "try `ailurus trace dump t.trace`");
    ail_expect_failure(dir, "$A unpack t.trace -o d", "try `ailurus trace info t.trace`");
    ail_expect_success(dir, "! test -e d");
}

Test(recordings, one_bad_file_does_not_hide_the_others)
{
    ail_expect_success(dir, "cp g.rr h.rr; echo no >bad.rr");
    ail_expect_failure(dir, "$A info g.rr bad.rr h.rr >out", "bad.rr: not a recording");
    ail_expect_success(dir, "test $(grep -c ^identity out) = 2");
    ail_expect_failure(dir, "$A verify g.rr bad.rr h.rr >out", "bad.rr: not a recording");
    ail_expect_success(dir, "test $(grep -c ': ok, ' out) = 2");
    ail_expect_failure(dir, "$A info none.rr", "none.rr: No such file");
}

Test(recordings, verify_passes_what_is_whole_and_writes_nothing)
{
    expect_prints("$A verify g.rr", "g.rr: ok, 3 members of ");
    expect_prints("$A verify --json g.rr", "\"ok\":true,");
    /* Not even for a while: that would change the folder's time. */
    ail_expect_success(dir, "mkdir r && mv g.rr r && stat -c %y r >time && cd r && "
                            "TMPDIR=$PWD $A verify g.rr && stat -c %y . | cmp - ../time");
}

/* Cut anywhere; flipped where it holds data. What passes must be what was recorded. */
Test(recordings, verify_finds_damage)
{
    for (int i = 1; i < 10; i++) {
        char *command = g_strdup_printf(
            "n=$(stat -c %%s g.rr); head -c $((n * %d / 10)) g.rr >cut.rr; $A verify cut.rr", i);
        ail_expect_failure(dir, command, "cut.rr: ");
        g_free(command);
        command = g_strdup_printf(
            "n=$(stat -c %%s g.rr); at=$((n * %d / 10)); cp g.rr bad.rr; "
            "b=$(od -An -tu1 -j$at -N1 g.rr); printf \"\\\\$(printf %%o $((b ^ 16)))\" | "
            "dd of=bad.rr bs=1 seek=$at conv=notrunc 2>/dev/null; $A verify bad.rr",
            i);
        ail_expect_failure(dir, command, "bad.rr: ");
        g_free(command);
    }
    AilOutcome o = ail_shell(dir, "$A verify --json cut.rr");
    cr_expect(strstr(o.out, "\"ok\":false,\"error\":\"cut.rr: "), "%s", o.out);
    ail_outcome_clear(&o);
}

/* The checksums are right, the log is not. */
Test(recordings, verify_reads_the_log_to_its_end)
{
    AilAltered a;
    ail_altered_open(&a, dir, "g.rr");
    ail_altered_delay(&a, ail_altered_find(&a, AIL_RRLOG_INSNS, 0, 3), 1);
    ail_altered_save(&a, dir, "longer.rr");
    ail_expect_failure(dir, "$A verify longer.rr", "longer.rr: its manifest has ");
    ail_altered_open(&a, dir, "g.rr");
    g_byte_array_set_size(a.log, a.log->len - 1);
    ail_altered_save(&a, dir, "cut.rr");
    ail_expect_failure(dir, "$A verify cut.rr",
                       "cut.rr: replay.log: the log stops without its end event");
    ail_altered_open(&a, dir, "g.rr");
    a.log->data[ail_altered_event(&a, 4)->offset] = 77;
    ail_altered_save(&a, dir, "unknown.rr");
    ail_expect_failure(dir, "$A verify unknown.rr", "unknown.rr: replay.log: unknown event 77");
}

Test(recordings, verify_replays)
{
    expect_prints("$A verify --replay g.rr", "g.rr: ok, replays, 3 members of ");
    AilAltered a;
    ail_altered_open(&a, dir, "g.rr");
    ail_altered_drop(&a, ail_altered_find(&a, AIL_RRLOG_EXCEPTION, 0, 7));
    ail_altered_save(&a, dir, "bad.rr");
    expect_prints("$A verify bad.rr", "bad.rr: ok, 3 ");
    ail_expect_failure(dir, "$A verify --replay --stall-timeout 4 bad.rr",
                       "bad.rr: stalled at instruction ");
    ail_expect_success(dir, "test \"$(ls -A | grep -v '[.]rr$')\" = ''");
}

Test(recordings, unpack_and_pack_are_each_others_reverse)
{
    expect_same_output("$A unpack g.rr | sed 's/.*identity //'",
                       "$A info g.rr | sed -n 's/^identity *//p'");
    ail_expect_success(dir,
                       "cd g && sha256sum -c manifest.sha256 && qemu-img check snapshot.qcow2");
    expect_prints("stat -c %a g", "700");
    expect_same_output("ls -A g", "printf '%s\\n' kernel manifest.json manifest.sha256 replay.log "
                                  "snapshot.qcow2");
    ail_expect_success(dir, "$A pack g -o h.rr && cmp g.rr h.rr");
    ail_expect_failure(dir, "$A pack g -o h.rr", "h.rr exists already; --force");
    ail_expect_success(dir, "$A pack g --force -o h.rr && $A verify h.rr");
}

Test(recordings, unpack_replaces_nothing_unless_it_is_a_recording)
{
    ail_expect_success(dir, "$A unpack g.rr -o new/ && mkdir empty && $A unpack g.rr -o empty");
    ail_expect_failure(dir, "$A unpack g.rr -o new", "new exists; --force");
    ail_expect_success(dir, "echo mine >new/notes; echo old >new/kernel; echo old >new/disk3.qcow2;"
                            "$A unpack --force g.rr -o new && cmp new/kernel empty/kernel && "
                            "grep mine new/notes && test ! -e new/disk3.qcow2");
    ail_expect_failure(dir, "mkdir other; echo mine >other/kernel; $A unpack --force g.rr -o other",
                       "other is not empty, and holds no recording");
    /* Not through a link either. */
    ail_expect_success(dir, "ln -sf ../other/kernel new/kernel; $A unpack --force g.rr -o new && "
                            "test -f new/kernel && test ! -L new/kernel");
    ail_expect_success(dir, "grep mine other/kernel");
    ail_expect_failure(dir, "$A unpack --force g.rr -o g.rr", "g.rr exists and is no directory");
    ail_expect_failure(dir, "$A unpack g.rr -o none/where", "none/where");
}

Test(recordings, a_failed_unpack_leaves_nothing)
{
    ail_expect_success(dir, "head -c 150000 g.rr >cut.rr; ls -A >before");
    ail_expect_failure(dir, "$A unpack cut.rr", "cut.rr: ");
    ail_expect_success(dir, "$A unpack g.rr -o keep; $A unpack g.rr -o same; ls -A >before");
    ail_expect_failure(dir, "$A unpack --force cut.rr -o keep", "cut.rr: ");
    ail_expect_success(dir, "diff -r keep same; ls -A | cmp - before");
    AilOutcome o = ail_shell(dir, "cp g.rr noname; $A unpack noname");
    cr_expect(o.status == 2 && strstr(o.err, "-o DIR"), "%d %s", o.status, o.err);
    ail_outcome_clear(&o);
}

Test(recordings, pack_refuses_what_was_changed_unless_told)
{
    ail_expect_success(dir, "$A unpack g.rr -o d; cp -r d e; echo more >>d/kernel");
    ail_expect_failure(dir, "$A pack d -o h.rr", "d/kernel: has changed");
    ail_expect_success(dir, "test ! -e h.rr && $A pack d --update-checksums -o h.rr");
    expect_prints("$A verify --replay h.rr", "ok, replays");
    ail_expect_success(dir, "! cmp g.rr h.rr");
    ail_expect_failure(dir, "rm e/replay.log; $A pack e -o i.rr", "e/replay.log: No such file");
    ail_expect_failure(dir, "$A pack g.rr -o i.rr", "g.rr: not a directory");
    ail_expect_success(dir, "! ls i.rr*");
}

Test(recordings, what_was_recorded_is_checked)
{
    expect_prints("$A record --kernel $G/x86-irq.elf -o h.rr", "\nh.rr replays");
    expect_prints("$A record --json --kernel $G/x86-irq.elf -o i.rr", ",\"replays\":true}");
    expect_prints("$A record --json --check --kernel $G/x86-irq.elf -o j.rr", ",\"replays\":true}");
    expect_prints("$A record --json --no-check --kernel $G/x86-irq.elf -o k.rr",
                  ",\"replays\":null}");
    ail_expect_success(dir, "test \"$(ls -A | grep -v '[.]rr$')\" = ''");
}

/* A QEMU that records, but ends when it is to replay. */
#define BROKEN                                                                                     \
    "mkdir p; printf '#!/bin/sh\\ncase \"$*\" in *rr=replay*) echo it broke >&2; exit 1; esac\\n"  \
    "exec %s \"$@\"' $(command -v qemu-system-x86_64) >p/qemu-system-x86_64; "                     \
    "chmod +x p/*; PATH=$PWD/p:$PATH "

Test(recordings, one_that_does_not_replay_stays)
{
    ail_expect_failure(dir, BROKEN "$A record --kernel $G/x86-irq.elf -o h.rr", "it broke");
    expect_prints("$A verify --replay h.rr", "ok, replays");
    ail_expect_failure(dir,
                       "PATH=$PWD/p:$PATH $A record --json --kernel $G/x86-irq.elf -o i.rr "
                       ">out",
                       "; the file stays");
    expect_prints("cat out", ",\"replays\":false}");
    ail_expect_success(dir, "$A verify i.rr");
}

/* Whenever the signal comes once the file is there: it is sealed, and what is left is not. */
Test(recordings, the_check_can_be_interrupted)
{
    ail_expect_success(dir, "$A record --kernel $G/x86-noise.elf -o h.rr & "
                            "until test -e h.rr; do :; done; kill -TERM $!; wait $! && "
                            "$A verify h.rr && test \"$(ls -A | grep -v '[.]rr$')\" = ''");
}
