/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes of /tmp/secret and of a disk on a Linux guest (tests/guests/moves.c), sent by UDP and TCP
 * over loopback and the network card, and moved by sendfile, splice, tee and copy_file_range: it is
 * known which of them are at which places of the frames, and which come out on the other side.
 *
 * x86-64's guest is tested when AIL_SLOW is set (tests/slow), as its boot takes a minute.
 */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <glib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/shell.h"

enum { BEHIND_BOOT = 60000000 }; /* instructions before the end: more than the program makes */

static char *dir; /* of the running test; Criterion runs each in a process of its own */

/* Whom the guest connects to: takes 28 bytes, and answers with two. */
static gpointer answer(gpointer listener)
{
    char got[64];
    size_t n = 0;
    int peer = accept(GPOINTER_TO_INT(listener), NULL, NULL);
    for (ssize_t more = 1; n < 28 && more > 0; n += more > 0 ? (size_t)more : 0)
        more = recv(peer, got + n, sizeof got - n, 0);
    cr_expect(n == 28 && !memcmp(got, "HEADanda#7!wRedpanda#7!walks", 28));
    cr_expect_eq(send(peer, "ok", 2, 0), 2);
    close(peer);
    return NULL;
}

/* A port of this machine's loopback. */
static int listen_here(uint16_t *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int s = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert(s >= 0 && !bind(s, (struct sockaddr *)&at, len) && !listen(s, 1));
    cr_assert(!getsockname(s, (struct sockaddr *)&at, &len));
    *port = ntohs(at.sin_port);
    return s;
}

static void make_trace(const char *arch, const char *debian, const char *console)
{
    uint16_t port;
    int listener = listen_here(&port);
    GThread *peer = g_thread_new("peer", answer, GINT_TO_POINTER(listener));
    dir = ail_folder_new();
    ail_run(dir, "AIL_GUEST_PROGRAMS=%s sh %s %s %s %s", AIL_GUEST_PROGRAMS, AIL_DEBIAN_GUEST,
            debian, AIL_DEBIAN_DIR, AIL_MOVES_INIT);
    ail_run(dir,
            "head -c 65536 /dev/zero >disk.img && $A record --no-check --arch %s --net user "
            "--disk disk.img --kernel %s/%s/vmlinuz --initrd %s/%s/moves.cpio.gz --seconds 240 "
            "--append 'console=%s cryptomgr.notests quiet port=%u' --serial-log serial -o g.rr",
            arch, AIL_DEBIAN_DIR, debian, AIL_DEBIAN_DIR, debian, console, port);
    ail_run(dir, "grep -q 'DONE 0' serial || { cat serial >&2; exit 1; }");
    ail_run(dir,
            "n=$($A info --json g.rr | sed 's/.*\"instructions\":\\([0-9]*\\).*/\\1/') && "
            "$A replay g.rr --from $((n - %u)) -o t && rm g.rr",
            BEHIND_BOOT);
    g_thread_join(peer);
    close(listener);
}

/* Lines that one frame, or call, is told by: all of them, and no others. */
static void expect_lines(const char *text, const char *kind, const char *what,
                         const char *const *is)
{
    g_autofree char *pattern = g_strdup_printf("\"kind\":\"%s\"[^\n]*%s[^\n]*", kind, what);
    g_autoptr(GRegex) regex = g_regex_new(pattern, 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    g_regex_match(regex, text, 0, &match);
    for (; *is; is++, g_match_info_next(match, NULL)) {
        g_autofree char *line = g_match_info_fetch(match, 0);
        cr_expect(line && g_regex_match_simple(*is, line, 0, 0), "%s: not %s:\n%s", what, *is,
                  line ? line : text);
    }
    cr_expect_not(g_match_info_matches(match), "%s: more than expected:\n%s", what, text);
}

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define RUN(offset, bytes, labels)                                                                 \
    "\"offset\":" #offset ",\"bytes\":" #bytes ",\"each\":false,\"depth\":0,\"labels\":\"" labels  \
    "\""
#define SECRET(part) "file /tmp/secret\\[" part "\\]"
#define FRAME(interface, length, protocol, to)                                                     \
    "\"interface\":\"" interface "\",\"length\":" #length ",\"protocol\":\"" protocol              \
    "\",\"from\":\"[^\"]*\",\"to\":\"" to "\",\"path\":\"socket:\\[[0-9]+\\]\""
/* Ethernet's header, IP's, and UDP's or TCP's; over loopback that has a time stamp. */
#define UDP_LO FRAME("lo", 74, "udp", "127.0.0.1:5001")
#define UDP    FRAME("eth0", 74, "udp", "10.0.2.2:5003")

static void check_frames(const char *t)
{
    expect_lines(t, "sent", UDP_LO, LINES(RUN(50, 16, SECRET("0-15"))));
    expect_lines(t, "sent", UDP, LINES(RUN(50, 16, SECRET("0-15"))));
    expect_lines(t, "sent", FRAME("lo", 78, "tcp", "127.0.0.1:5002"),
                 LINES(RUN(70, 8, SECRET("4-11")), RUN(66, 12, SECRET("2-13"))));
    expect_lines(t, "sent", FRAME("lo", 82, "tcp", "127.0.0.1:5002"),
                 LINES(RUN(66, 16, "file /dev/vda\\[8200-8215\\]")));
    expect_lines(t, "sent", FRAME("eth0", 66, "tcp", "10.0.2.2:[0-9]+"),
                 LINES(RUN(58, 8, SECRET("4-11"))));
    /* The middle of it was labelled by the call before. */
    expect_lines(
        t, "sent", FRAME("eth0", 70, "tcp", "10.0.2.2:[0-9]+"),
        LINES(RUN(54, 2, SECRET("0-1")), RUN(56, 12, SECRET("2-13")), RUN(68, 2, SECRET("14-15"))));
    /* Linux answers to what nobody listens for with the beginning of it, and a sum of that. */
    expect_lines(t, "sent", "\"protocol\":\"icmp\",\"from\":\"127[^\n]*,\"offset\":78",
                 LINES(RUN(78, 16, SECRET("0-15"))));
}

static void check_calls(const char *t)
{
#define CALLED(call, path) "\"call\":\"" call "\"[^\n]*\"path\":\"" path "\""
#define BYTES(n, labels)   "\"bytes\":" #n ",\"first_icount\":[0-9]+,\"labels\":\"" labels "\""
#define WHOLE              SECRET("2-13") ", " SECRET("0-1") ", " SECRET("14-15")
    expect_lines(t, "call", CALLED("sendfile(64)?", "/tmp/sent"), LINES(BYTES(12, SECRET("2-13"))));
    expect_lines(t, "call", CALLED("splice", "pipe:[^\n]*"), LINES(BYTES(8, SECRET("4-11"))));
    expect_lines(t, "call", CALLED("copy_file_range", "/tmp/ranged"), LINES(BYTES(16, WHOLE)));
    expect_lines(t, "returned", CALLED("read", "/tmp/sent"), LINES(BYTES(12, SECRET("2-13"))));
    expect_lines(t, "returned", CALLED("read", "/tmp/spliced"), LINES(BYTES(8, SECRET("4-11"))));
    expect_lines(t, "returned", CALLED("read", "pipe:[^\n]*"), LINES(BYTES(8, SECRET("4-11"))));
    expect_lines(t, "returned", CALLED("read", "/tmp/ranged"), LINES(BYTES(16, WHOLE)));
    expect_lines(t, "returned", CALLED("read", "socket:[^\n]*"),
                 LINES("\"bytes\":36,[^\n]*" SECRET("4-11") ", " SECRET(
                     "2-13") ", file /dev/vda\\[8200-8215\\]"));
    cr_expect_not(strstr(t, "moved by the kernel"), "%s", t);
}

static void check_all(void)
{
    const char *taint = "$A taint t --label-file=/tmp/secret --label-file=/dev/vda";
    g_autofree char *told = g_strdup_printf("%s --json --graph g.dot --plog t.plog", taint);
    AilOutcome o = ail_shell(dir, told);
    cr_assert_eq(o.status, 0, "%s", o.err);
    check_frames(o.out);
    check_calls(o.out);
    ail_run(dir,
            "grep -q '\"socket:.*\" -> \"eth0 to 10.0.2.2:5003, udp\" .label=\"16 bytes\"' g.dot "
            "|| { cat g.dot >&2; exit 1; }");
    ail_run(dir, "$A plog t.plog | grep -q 'secret.0-15.*eth0.*10.0.2.2:5003'");
    ail_run(dir,
            "$A trace dump --events t | grep -a 'frame sent by \"eth0\", 74 bytes, udp "
            "10.0.2.15:[0-9]* -> 10.0.2.2:5003, socket:' | grep -aq 'HDRRedpanda#7!walksplain'");
    /* The same from a pipe: nothing is looked up ahead. */
    ail_run(dir,
            "cat t | %s --json - >piped && $A taint t --label-file=/tmp/secret "
            "--label-file=/dev/vda --json >whole && cmp piped whole",
            "$A taint --label-file=/tmp/secret --label-file=/dev/vda");
    ail_outcome_clear(&o);
    ail_folder_remove(dir);
}

Test(taint_moves, aarch64, .timeout = 600)
{
    make_trace("aarch64", "arm64", "ttyAMA0");
    check_all();
}

Test(taint_moves, x86_64, .timeout = 900)
{
    if (!g_getenv("AIL_SLOW"))
        cr_skip_test("set AIL_SLOW, or run tests/slow: its boot takes a minute");
    make_trace("x86_64", "amd64", "ttyS0");
    check_all();
}
