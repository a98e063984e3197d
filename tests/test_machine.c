/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Machines, their command lines, keystroke scripts, and recordings of real QEMU runs. */
#include "recorder/expect.h"
#include "recorder/machine.h"
#include "recorder/qemu.h"
#include "recorder/script.h"
#include "recorder/session.h"
#include "recorder/workdir.h"

#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>

/* The words of a command line, for strstr. */
static char *command_line(const AilMachine *m, const AilMachineRun *run)
{
    char **argv = ail_machine_argv(m, run);
    char *line = g_strjoinv(" ", argv);
    g_strfreev(argv);
    return line;
}

static void expect_words(const char *line, const char *const *words)
{
    for (; *words; words++)
        cr_expect(strstr(line, *words), "'%s' is not in: %s", *words, line);
}

Test(machine, recording_and_replay_differ_where_they_must)
{
    AilMachine m;
    ail_machine_init(&m, AIL_MACHINE_X86_64);
    m.kernel = true;
    m.net = AIL_NET_USER;
    m.n_disks = 1;
    m.disks[0] = (AilDisk){.path = g_strdup("/some,disk"), .size = 1};
    const char *const extra[] = {"-plugin", "file=/p.so", NULL};
    AilMachineRun record = {.mode = AIL_MACHINE_RECORD, .qmp_fd = 7, .serial_fd = 8};
    AilMachineRun replay = {
        .mode = AIL_MACHINE_REPLAY, .qmp_fd = 7, .serial_fd = 9, .extra = extra};
    char *a = command_line(&m, &record), *b = command_line(&m, &replay);
    expect_words(a, (const char *const[]){"pc,hpet=off", "-smp 1", "-nodefaults", "clock=vm",
                                          " -S ", "rr=record,rrfile=replay.log,rrsnapshot=init",
                                          "-kernel kernel", "driver=blkreplay", "rtl8139",
                                          "filter-replay", "-sandbox on", "spawn=deny",
                                          "socket,id=serial,fd=8", NULL});
    expect_words(b, (const char *const[]){"rr=replay,", "shutdown=pause", "restrict=on",
                                          "path=/dev/fd/9", "-plugin file=/p.so", NULL});
    cr_expect(!strstr(a, "restrict") && !strstr(a, "-plugin"));
    cr_expect(!strstr(b, "socket,id=serial"));
    cr_expect(!strstr(a, "some,disk"), "no path is part of an option");
    g_free(a);
    g_free(b);
    ail_machine_clear(&m);
}

static void expect_refused(const AilMachine *m, const char *why)
{
    AilError err = {0};
    cr_expect_eq(ail_machine_check(m, &err), AIL_ERR);
    cr_expect(strstr(err.text, why), "'%s' is not in: %s", why, err.text);
}

Test(machine, addresses_are_this_hosts_unless_they_say_so)
{
    static const struct {
        char *(*parse)(const char *, AilError *);
        const char *text, *means;
    } cases[] = {{ail_forward_parse, "tcp::2222-:22", "tcp:127.0.0.1:2222-:22"},
                 {ail_forward_parse, "udp:0.0.0.0:53-10.0.2.15:53", "udp:0.0.0.0:53-10.0.2.15:53"},
                 {ail_forward_parse, "tcp::2222-:22,id=x", NULL},
                 {ail_forward_parse, "tcp::0-:22", NULL},
                 {ail_forward_parse, "tcp:a:1-:22", NULL},
                 {ail_forward_parse, "sctp::1-:22", NULL},
                 {ail_forward_parse, "2222", NULL},
                 {ail_vnc_parse, ":1", "127.0.0.1:1"},
                 {ail_vnc_parse, "0.0.0.0:12", "0.0.0.0:12"},
                 {ail_vnc_parse, "unix:/a/b", "unix:/a/b"},
                 {ail_vnc_parse, "unix:/a,b", NULL},
                 {ail_vnc_parse, ":1,password=on", NULL},
                 {ail_vnc_parse, "1", NULL}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        AilError err = {0};
        char *got = cases[i].parse(cases[i].text, &err);
        cr_expect(!g_strcmp0(got, cases[i].means), "%s: %s", cases[i].text, got);
        cr_expect(got || strstr(err.text, cases[i].text), "%s", err.text);
        g_free(got);
    }
}

static void set_cpu(AilMachine *m, const char *cpu)
{
    g_free(m->cpu);
    m->cpu = g_strdup(cpu);
}

Test(machine, what_cannot_be_replayed_is_refused)
{
    AilError err = {0};
    AilMachine m;
    ail_machine_init(&m, AIL_MACHINE_X86_64);
    expect_refused(&m, "nothing to run");
    m.initrd = true;
    expect_refused(&m, "needs a kernel");
    m.kernel = true;
    cr_expect_eq(ail_machine_check(&m, &err), AIL_OK, "%s", err.text);
    set_cpu(&m, "qemu64,+smep,-apic,xsave=on,svm=off");
    cr_expect_eq(ail_machine_check(&m, &err), AIL_OK, "%s", err.text);
    for (const char *const *bad = (const char *const[]){"", "a b", "x,file=/y", "x,", "x=on", NULL};
         *bad; bad++) {
        set_cpu(&m, *bad);
        expect_refused(&m, "is not a model");
    }
    set_cpu(&m, "host");
    expect_refused(&m, "hardware virtualisation");
    set_cpu(&m, "max");
    m.mem_mib = 0;
    expect_refused(&m, "memory");
    m.mem_mib = 65536;
    m.display = AIL_DISPLAY_VGA;
    m.arch = AIL_MACHINE_ARM;
    expect_refused(&m, "only x86 machines have a display");
    m.disks[m.n_disks++].bus = AIL_BUS_CDROM;
    expect_refused(&m, "only x86 machines have IDE");
    m.disks[0].bus = AIL_BUS_VIRTIO;
    m.display = AIL_DISPLAY_NONE;
    m.arch = AIL_MACHINE_PPC;
    expect_refused(&m, "no disk or network card");
    m.n_disks = 0;
    m.shift = 1;
    expect_refused(&m, "shift");
    ail_machine_clear(&m);
}

/* A qcow2 header with this backing-file offset and these incompatible features. */
static char *image(uint8_t backing, uint8_t features)
{
    char head[104] = "QFI\xfb";
    head[7] = 3;
    head[15] = (char)backing;
    head[79] = (char)features;
    char *path = NULL;
    close(g_file_open_tmp("disk-XXXXXX", &path, NULL));
    cr_assert(g_file_set_contents(path, head, sizeof head, NULL));
    return path;
}

Test(machine, images_that_name_other_files_are_refused)
{
    static const struct {
        uint8_t backing, features;
        AilStatus status;
    } cases[] = {{0, 0, AIL_OK}, {0, 3, AIL_OK}, {104, 0, AIL_ERR}, {0, 4, AIL_ERR}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        AilError err = {0};
        AilDisk disk = {0};
        char *path = image(cases[i].backing, cases[i].features);
        cr_expect_eq(ail_machine_describe_disk(path, &disk, &err), cases[i].status, "case %zu", i);
        if (cases[i].status == AIL_OK)
            cr_expect(disk.qcow2 && disk.size == 104 && g_path_is_absolute(disk.path));
        else
            cr_expect(strstr(err.text, "refers to another file"), "%s", err.text);
        g_free(disk.path);
        g_unlink(path);
        g_free(path);
    }
}

Test(machine, a_changed_disk_is_noticed)
{
    AilError err = {0};
    AilMachine m = {.n_disks = 1};
    char *path = NULL, *dir = g_dir_make_tmp("machine-XXXXXX", NULL);
    int fd = g_file_open_tmp("disk-XXXXXX", &path, NULL);
    cr_assert(fd >= 0 && ftruncate(fd, 1000000) == 0);
    close(fd);
    cr_assert_eq(ail_machine_describe_disk(path, &m.disks[0], &err), AIL_OK, "%s", err.text);
    cr_assert_eq(ail_machine_prepare(&m, AIL_MACHINE_RECORD, dir, &err), AIL_OK, "%s", err.text);
    cr_expect_eq(ail_machine_detach_disks(&m, dir, &err), AIL_OK, "%s", err.text);
    cr_expect_eq(ail_machine_prepare(&m, AIL_MACHINE_REPLAY, dir, &err), AIL_OK, "%s", err.text);
    cr_assert(g_file_set_contents(path, "other", 5, NULL));
    cr_expect_eq(ail_machine_detach_disks(&m, dir, &err), AIL_ERR);
    cr_expect(strstr(err.text, "has changed"), "%s", err.text);
    g_unlink(path);
    cr_expect_eq(ail_machine_detach_disks(&m, dir, &err), AIL_ERR);
    for (const char *const *name =
             (const char *const[]){"snapshot.qcow2", "disk0.qcow2", "overlay0.qcow2", NULL};
         *name; name++) {
        g_autofree char *made = g_build_filename(dir, *name, NULL);
        cr_expect_eq(g_unlink(made), 0, "%s", *name);
    }
    g_rmdir(dir);
    g_free(dir);
    ail_machine_clear(&m);
    g_free(path);
}

Test(expect, finds_texts_one_after_the_other_across_pieces)
{
    AilExpect e = {0};
    ail_expect_feed(&e, "boot...log", 10);
    cr_expect_not(ail_expect_find(&e, "login:"));
    ail_expect_feed(&e, "lologi", 6);
    cr_expect_not(ail_expect_find(&e, "login:"));
    ail_expect_feed(&e, "n: login: ", 10);
    cr_expect(ail_expect_find(&e, "login:"));
    cr_expect(ail_expect_find(&e, "login:"));
    cr_expect_not(ail_expect_find(&e, "login:"));
    char *much = g_strnfill(3 << 20, 'x');
    ail_expect_feed(&e, much, 3 << 20);
    cr_expect_not(ail_expect_find(&e, "login:"));
    ail_expect_feed(&e, "login:", 6);
    cr_expect(ail_expect_find(&e, "xlogin:"));
    g_free(much);
    ail_expect_clear(&e);
}

/* All keys that a script types now; the time it wants to be asked again goes to *again. */
static char *keys(AilScript *s, int64_t now, int64_t *again)
{
    GString *text = g_string_new(NULL);
    uint8_t key;
    while (ail_script_next(s, now, &key, again))
        g_string_append_c(text, (char)key);
    return g_string_free(text, FALSE);
}

static void expect_keys(AilScript *s, int64_t now, const char *want, int64_t want_again)
{
    int64_t again;
    char *got = keys(s, now, &again);
    cr_expect_str_eq(got, want);
    cr_expect_eq(again, want_again, "at %ld", (long)again);
    g_free(got);
}

Test(script, types_waits_and_sleeps)
{
    static const char text[] = "@# a comment\nfirst\n\n@wait login:\n@type a\\x41\\\\\\e\n@@at\n"
                               "@sleep 1.5\nlast\r\n@wait never";
    AilError err = {0};
    AilScript *s = NULL;
    cr_assert_eq(ail_script_parse("t", text, strlen(text), &s, &err), AIL_OK, "%s", err.text);
    expect_keys(s, 100, "first\r\r", INT64_MAX);
    cr_expect_str_eq(ail_script_waits_for(s), "login:");
    ail_script_feed(s, "log", 3);
    expect_keys(s, 200, "", INT64_MAX);
    ail_script_feed(s, "in: ", 4);
    expect_keys(s, 300, "aA\\\033@at\r", 1500300);
    expect_keys(s, 1500299, "", 1500300);
    expect_keys(s, 1500300, "last\r", INT64_MAX);
    cr_expect_str_eq(ail_script_waits_for(s), "never");
    ail_script_free(s);
}

Test(script, refuses_what_it_does_not_know)
{
    for (const char *const *bad =
             (const char *const[]){"@wai x", "@wait ", "@type \\q", "@type \\x4", "@sleep soon",
                                   "@sleep -1", "@", NULL};
         *bad; bad++) {
        AilError err = {0};
        AilScript *s = NULL;
        char *text = g_strdup_printf("good\n%s\n", *bad);
        cr_expect_eq(ail_script_parse("t", text, strlen(text), &s, &err), AIL_ERR, "%s", *bad);
        cr_expect(g_str_has_prefix(err.text, "t: line 2: "), "%s", err.text);
        g_free(text);
    }
}

/* A recording of a guest of ours, unpacked. */
typedef struct Recorded {
    AilManifest *manifest;
    AilWorkdir *work; /* unpacked to here, */
    const char *dir;  /* its name */
    GString *serial;  /* what the guest printed while it was recorded */
} Recorded;

static void collect(void *text, const void *bytes, size_t len)
{
    g_string_append_len(text, bytes, (gssize)len);
}

static Recorded record(AilMachineArch arch, const char *kernel, double seconds)
{
    Recorded r = {.serial = g_string_new(NULL)};
    AilError err = {0};
    char *home = g_dir_make_tmp("record-XXXXXX", NULL),
         *path = g_build_filename(home, "x.rr", NULL);
    AilMachine m;
    ail_machine_init(&m, arch);
    m.kernel = true;
    AilSessionConfig config = {.machine = &m,
                               .kernel = kernel,
                               .output = path,

                               .seconds = seconds,
                               .stop_fd = -1,
                               .input_fd = -1,
                               .console = collect,
                               .user = r.serial};
    AilSession *s = ail_session_new();
    cr_assert_eq(ail_session_start(s, &config), AIL_OK, "%s", ail_session_error(s));
    cr_assert_eq(ail_session_run(s), AIL_OK, "%s", ail_session_error(s));
    cr_assert_eq(ail_session_seal(s, NULL, NULL), AIL_OK, "%s", ail_session_error(s));
    ail_session_free(s);
    cr_assert_eq(ail_workdir_make(path, AIL_WORK_REPLAY, &r.work, &err), AIL_OK, "%s", err.text);
    r.dir = ail_workdir_path(r.work);
    cr_assert_eq(ail_rr_unpack(path, r.dir, NULL, NULL, &r.manifest, NULL, &err), AIL_OK, "%s",
                 err.text);
    ail_machine_clear(&m);
    g_unlink(path);
    cr_expect_eq(g_rmdir(home), g_str_has_prefix(r.dir, home) ? -1 : 0, "nothing else is left");
    g_free(home);
    g_free(path);
    return r;
}

/* Wait until the replay has stopped; a short one has by the time that its command is answered. */
static void await_stop(AilQmp *qmp)
{
    for (;;) {
        for (JsonObject *e; (e = ail_qmp_take_event(qmp));) {
            bool stop = !strcmp(ail_qmp_event_name(e), "STOP");
            json_object_unref(e);
            if (stop)
                return;
        }
        cr_assert_eq(ail_qmp_receive(qmp, 60000), AIL_OK, "%s", ail_qmp_error(qmp));
    }
}

/* Replay it with plain QEMU and see that it executes as many instructions and prints the same. */
static void expect_replay(const Recorded *r)
{
    AilError err = {0};
    AilQemu *q = ail_qemu_new();
    char *out = NULL;
    int fd = g_file_open_tmp("serial-XXXXXX", &out, NULL);
    AilMachineRun run = {.mode = AIL_MACHINE_REPLAY, .serial_fd = fd};
    const AilMachine *m = &r->manifest->machine;
    uint64_t total = r->manifest->instructions, icount = 0;
    cr_assert_eq(ail_machine_prepare(m, run.mode, r->dir, &err), AIL_OK, "%s", err.text);
    cr_assert_eq(ail_qemu_find(q, m->arch), AIL_OK, "%s", ail_qemu_error(q));
    cr_assert_eq(ail_qemu_start(q, m, &run, r->dir, NULL, 0), AIL_OK, "%s", ail_qemu_error(q));
    AilQmp *qmp = ail_qemu_qmp(q);
    cr_assert_eq(ail_qmp_replay_seek(qmp, total, 60000), AIL_OK, "%s", ail_qmp_error(qmp));
    while (icount < total) {
        await_stop(qmp);
        cr_assert_eq(ail_qmp_icount(qmp, 60000, &icount), AIL_OK, "%s", ail_qmp_error(qmp));
        if (icount < total)
            cr_assert_eq(ail_qmp_replay_seek(qmp, total, 60000), AIL_OK, "%s", ail_qmp_error(qmp));
    }
    cr_expect_eq(icount, total);
    ail_qmp_execute(qmp, "quit", NULL, 60000, NULL);
    cr_expect_eq(ail_qemu_wait(q, 60000), AIL_OK, "%s", ail_qemu_error(q));
    ail_qemu_free(q);
    char *text;
    cr_assert(g_file_get_contents(out, &text, NULL, NULL));
    cr_expect_str_eq(text, r->serial->str);
    g_free(text);
    close(fd);
    g_unlink(out);
    g_free(out);
}

static void release(Recorded *r)
{
    ail_manifest_free(r->manifest);
    ail_workdir_remove(r->work);
    g_string_free(r->serial, TRUE);
}

Test(record, guests_that_power_off)
{
    static const struct {
        AilMachineArch arch;
        const char *guest;
    } guests[] = {{AIL_MACHINE_X86_64, "x86-count"},
                  {AIL_MACHINE_X86_64, "x86-irq"},
                  {AIL_MACHINE_AARCH64, "arm64-count"},
                  {AIL_MACHINE_AARCH64, "arm64-irq"}};
    for (size_t i = 0; i < G_N_ELEMENTS(guests); i++) {
        char *kernel = g_strdup_printf("%s/%s.elf", AIL_GUESTS, guests[i].guest);
        Recorded r = record(guests[i].arch, kernel, 60);
        g_free(kernel);
        cr_expect_str_eq(r.manifest->end, "guest-shutdown");
        cr_expect_gt(r.serial->len, 0);
        expect_replay(&r);
        release(&r);
    }
}

Test(record, a_guest_that_is_stopped)
{
    /* AArch64: branch to itself. */
    static const uint8_t spin[] = {0x00, 0x00, 0x00, 0x14};
    char *kernel = NULL;
    close(g_file_open_tmp("spin-XXXXXX", &kernel, NULL));
    cr_assert(g_file_set_contents(kernel, (const char *)spin, sizeof spin, NULL));
    Recorded r = record(AIL_MACHINE_AARCH64, kernel, 0.2);
    cr_expect_str_eq(r.manifest->end, "seconds");
    cr_expect_geq(r.manifest->wall_ms, 200);
    cr_expect_gt(r.manifest->instructions, 1000);
    expect_replay(&r);
    release(&r);
    g_unlink(kernel);
    g_free(kernel);
}

Test(record, qemu_says_why_it_does_not_start)
{
    AilMachine m;
    ail_machine_init(&m, AIL_MACHINE_X86_64);
    m.kernel = true;
    set_cpu(&m, "no-such-cpu");
    char *kernel = g_strdup_printf("%s/x86-count.elf", AIL_GUESTS);
    char *home = g_dir_make_tmp("record-XXXXXX", NULL),
         *path = g_build_filename(home, "x.rr", NULL);
    AilSessionConfig config = {
        .machine = &m, .kernel = kernel, .output = path, .stop_fd = -1, .input_fd = -1};
    AilSession *s = ail_session_new();
    cr_expect_eq(ail_session_start(s, &config), AIL_ERR);
    cr_expect(strstr(ail_session_error(s), "no-such-cpu"), "%s", ail_session_error(s));
    ail_session_free(s);
    cr_expect_eq(g_rmdir(home), 0, "nothing is left");
    ail_machine_clear(&m);
    g_free(home);
    g_free(path);
    g_free(kernel);
}
