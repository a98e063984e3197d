/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Real Linux kernels, also with a disk and a network card: two replays give the same bytes, the
 * instruction total is the log's, and the flow column is, execution by execution, what QEMU's own
 * `-d exec,nochain` log of the same replay says: at its beginning, and in the midst of programs
 * that share libraries. AIL_EXACT_INSNS in the environment sets how much of the log is compared.
 */
#include "formats/rr.h"
#include "recorder/workdir.h"
#include "tests/exec_log.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { USUAL_INSNS = 20000000 };

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

/* A kernel in a folder of its own. */
typedef struct Guest {
    const char *arch, *debian, *console; /* as ailurus, Debian and the kernel call them */
    AilWorkdir *work;                    /* owned */
    const char *dir;                     /* its name */
    char *recorded, *info;               /* owned; what `record` and `trace info` said, JSON */
} Guest;

static const Guest x86 = {.arch = "x86_64", .debian = "amd64", .console = "ttyS0"};
static const Guest arm = {.arch = "aarch64", .debian = "arm64", .console = "ttyAMA0"};
static const Guest i386 = {.arch = "i386", .debian = "i386", .console = "ttyS0"};
static const Guest armhf = {.arch = "arm", .debian = "armhf", .console = "ttyAMA0"};

/* `init`: the shell script that is its /init, or "". */
static Guest make_guest(const Guest *which, const char *init)
{
    AilError err = {{0}};
    Guest g = *which;
    g_free(run("%s %s %s %s", AIL_DEBIAN_GUEST, g.debian, AIL_DEBIAN_DIR, init));
    cr_assert_eq(ail_workdir_make(AIL_DEBIAN_DIR "/x", AIL_WORK_REPLAY, &g.work, &err), AIL_OK,
                 "%s", err.text);
    g.dir = ail_workdir_path(g.work);
    return g;
}

static void clear_guest(Guest *g)
{
    ail_workdir_remove(g->work);
    g_free(g->recorded);
    g_free(g->info);
}

static char *file_of(const Guest *g, const char *name)
{
    return g_build_filename(g->dir, name, NULL);
}

static void record(Guest *g, const char *options)
{
    g->recorded =
        run("%s record --no-check --json --arch %s --kernel %s/%s/vmlinuz --append 'console=%s "
            "cryptomgr.notests' "
            "--seconds 240 -o %s/k.rr --serial-log %s/serial %s",
            AIL_PROGRAM, g->arch, AIL_DEBIAN_DIR, g->debian, g->console, g->dir, g->dir, options);
}

static void replay(const Guest *g, const char *trace, const char *options)
{
    g_free(run("%s replay %s/k.rr --columns flow,event -o %s/%s %s", AIL_PROGRAM, g->dir, g->dir,
               trace, options));
}

static void expect_exact_replay(Guest *g)
{
    replay(g, "1.trace", "");
    g->info = run("%s trace info --json %s/1.trace", AIL_PROGRAM, g->dir);
    cr_expect_eq(instructions_in(g->recorded), instructions_in(g->info), "%s %s", g->recorded,
                 g->info);
}

static void expect_exact_replays(Guest *g)
{
    expect_exact_replay(g);
    replay(g, "2.trace", "");
    char *one = file_of(g, "1.trace"), *two = file_of(g, "2.trace");
    expect_same_bytes(one, two);
    g_free(one);
    g_free(two);
}

/* Hold the trace's beginning, or its end, against QEMU's log of another replay. at_end: also that
 * of a replay with many small dictionaries; returns how often a block was executed at a second
 * address. */
static unsigned expect_logged_flow(const Guest *g, bool at_end)
{
    AilError err = {{0}};
    AilManifest *m = NULL;
    const char *wish = g_getenv("AIL_EXACT_INSNS");
    uint64_t insns = wish ? g_ascii_strtoull(wish, NULL, 10) : USUAL_INSNS;
    char *rr = file_of(g, "k.rr"), *log = file_of(g, "exec.log"), *trace = file_of(g, "1.trace"),
         *forgetful = file_of(g, "forgetful.trace");
    cr_assert_eq(ail_rr_unpack(rr, g->dir, NULL, NULL, &m, NULL, &err), AIL_OK, "%s", err.text);
    cr_expect_eq(m->instructions, instructions_in(g->info));
    unsigned aliases;
    insns = MIN(insns, m->instructions);
    uint64_t from = at_end ? m->instructions - insns : 0, to = from + insns;
    ail_exec_log_make(m, g->dir, from, to);
    uint64_t n = ail_exec_log_compare(trace, log, from, to, &aliases);
    cr_expect_gt(n, insns / 100);
    if (at_end) {
        replay(g, "forgetful.trace", "--dictionary 2000");
        cr_expect_eq(ail_exec_log_compare(forgetful, log, from, to, NULL), n);
    }
    g_print("%s: %" PRIu64 " executions in %" PRIu64 " instructions are as in QEMU's log\n",
            g->arch, n, insns);
    ail_manifest_free(m);
    g_free(trace);
    g_free(forgetful);
    g_free(log);
    g_free(rr);
    return aliases;
}

static void boot(const Guest *which)
{
    Guest g = make_guest(which, "");
    record(&g, "--until 'Linux version'");
    expect_exact_replays(&g);
    expect_logged_flow(&g, false);
    clear_guest(&g);
}

Test(kernel, boots_and_replays_exactly)
{
    boot(&x86);
}

Test(kernel, boots_and_replays_exactly_on_arm)
{
    boot(&arm);
}

Test(kernel, boots_and_replays_exactly_on_i386)
{
    boot(&i386);
}

Test(kernel, boots_and_replays_exactly_on_32_bit_arm)
{
    boot(&armhf);
}

/* A disk of noise; SHA-256 of all of it and of the part that the guest reads. */
static void make_disk(const char *path, bool qcow2, char **all, char **part)
{
    enum { SIZE = 1 << 20, PART = 256 << 10 };
    guchar *bytes = g_malloc(SIZE);
    uint32_t noise = 1;
    for (size_t i = 0; i < SIZE; i++) {
        noise = noise * 1664525 + 1013904223;
        bytes[i] = (guchar)(noise >> 24);
    }
    *part = g_compute_checksum_for_data(G_CHECKSUM_SHA256, bytes, PART);
    char *raw = g_strconcat(path, ".raw", NULL);
    cr_assert(g_file_set_contents(qcow2 ? raw : path, (const char *)bytes, SIZE, NULL));
    if (qcow2)
        g_free(run("qemu-img convert -f raw -O qcow2 %s %s", raw, path));
    *all = run("sha256sum %s", path);
    g_free(raw);
    g_free(bytes);
}

/* Somebody on this host who talks to a port of the guest. */
typedef struct Caller {
    const char *serial; /* the guest's output, that says when */
    uint16_t port;      /* of this host */
    char answer[64];
} Caller;

/* A port that nobody uses; another may take it meanwhile, which is not likely. */
static uint16_t free_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    close(fd);
    return ntohs(at.sin_port);
}

static bool says_serving(const char *serial)
{
    char *text = NULL;
    bool says = g_file_get_contents(serial, &text, NULL, NULL) && strstr(text, "serving");
    g_free(text);
    return says;
}

/* One call; what comes back. */
static void call(Caller *c)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons(c->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&at, sizeof at) == 0 &&
        send(fd, "hello from the host\n", 20, MSG_NOSIGNAL) == 20) {
        shutdown(fd, SHUT_WR);
        ssize_t n = recv(fd, c->answer, sizeof c->answer - 1, MSG_WAITALL);
        c->answer[MAX(n, 0)] = '\0';
    }
    close(fd);
}

/* QEMU takes calls before the guest does: so again and again. */
static void *call_guest(void *user)
{
    Caller *c = user;
    for (int i = 0; i < 600 && !*c->answer; i++) {
        if (says_serving(c->serial))
            call(c);
        g_usleep(200000);
    }
    return NULL;
}

/* Drivers of the kernel's own read and overwrite the disk, and get answers from the network; if
 * `forward`, this host gets one from the guest. twice: replay it so, for the same bytes. */
static void use_devices(const Guest *which, bool qcow2, bool forward, bool twice)
{
    Guest g = make_guest(which, AIL_DEVICES_INIT);
    char *disk = file_of(&g, "disk"), *serial = file_of(&g, "serial"), *all, *part, *printed;
    make_disk(disk, qcow2, &all, &part);
    char *options = g_strdup_printf("--initrd %s/%s/devices.cpio.gz --net user --disk %s",
                                    AIL_DEBIAN_DIR, g.debian, disk);
    Caller caller = {.serial = serial, .port = free_port()};
    GThread *thread = NULL;
    if (forward) {
        char *with = g_strdup_printf("%s --append 'console=%s cryptomgr.notests serve' "
                                     "--forward tcp:127.0.0.1:%u-:7",
                                     options, g.console, caller.port);
        g_free(options);
        options = with;
        thread = g_thread_new("caller", call_guest, &caller);
    }
    record(&g, options);
    cr_assert(g_file_get_contents(serial, &printed, NULL, NULL));
    if (forward) {
        g_thread_join(thread);
        cr_expect_str_eq(caller.answer, "the guest answers\n");
        cr_expect_not_null(strstr(printed, "heard: hello from the host"), "%s", printed);
    }
    char *line = g_strdup_printf("disk: %s", part);
    cr_expect(strstr(printed, line), "%s", line);
    cr_expect(
        strstr(printed, "zero: 8a39d2abd3999ab73c34db2476849cddf303ce389b35826850f9a700589b4"),
        "the guest did not read what it wrote");
    cr_expect(strstr(printed, "2 packets received"), "no answer from the network");
    char *after = run("sha256sum %s", disk);
    cr_expect_str_eq(all, after, "the disk has changed");
    g_unlink(disk); /* the recording has what it needs of it */
    if (twice)
        expect_exact_replays(&g);
    else
        expect_exact_replay(&g);
    for (char **p = (char *[]){disk, serial, all, part, printed, options, line, after, NULL}; *p;
         p++)
        g_free(*p);
    clear_guest(&g);
}

Test(kernel, uses_disk_and_network)
{
    use_devices(&x86, false, true, true);
}

Test(kernel, uses_disk_and_network_on_arm)
{
    use_devices(&arm, true, false, true);
}

Test(kernel, uses_disk_and_network_on_i386)
{
    use_devices(&i386, true, false, false);
}

Test(kernel, uses_disk_and_network_on_32_bit_arm)
{
    if (!g_getenv("AIL_SLOW"))
        cr_skip_test("set AIL_SLOW, or run tests/slow: its boot takes a minute");
    use_devices(&armhf, false, false, false);
}

/* The same code runs at other addresses in each program. */
static void share_libraries(const Guest *which)
{
    Guest g = make_guest(which, AIL_SHARED_INIT);
    char *options = g_strdup_printf("--initrd %s/%s/shared.cpio.gz", AIL_DEBIAN_DIR, g.debian);
    record(&g, options);
    expect_exact_replay(&g);
    cr_expect_gt(expect_logged_flow(&g, true), 1000);
    g_free(options);
    clear_guest(&g);
}

Test(kernel, programs_share_libraries)
{
    share_libraries(&x86);
}

/* Whose programs are Thumb code, and its kernel is not. */
Test(kernel, programs_share_libraries_on_32_bit_arm)
{
    if (!g_getenv("AIL_SLOW"))
        cr_skip_test("set AIL_SLOW, or run tests/slow: its boot takes a minute");
    share_libraries(&armhf);
}
