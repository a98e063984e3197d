/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a trace says of a real guest's system is what the guest itself says, line by line: its
 * processes, mappings, open files, modules, symbols, as tests/guests/system-init.sh prints them.
 *
 * By their nature these differ, and are made alike: ps(1) adds to the name of a kworker what it
 * works on; the kernel itself (pid 0) is no process to ps(1).
 */
#include "tests/console_parts.h"
#include "tests/shell.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef struct Guest {
    char arch[16], debian[16], console[16], call[32];
    unsigned behind_boot; /* instructions before the end: more than /init's parts take */
    bool untyped;         /* its kernel has no BTF: it needs a profile */
} Guest;

static Guest guests[] = {{"x86_64", "amd64", "ttyS0", "do_syscall_64", 250000000, false},
                         {"aarch64", "arm64", "ttyAMA0", "el0_svc", 250000000, false},
                         {"i386", "i386", "ttyS0", "ksys_write", 120000000, true},
                         {"arm", "armhf", "ttyAMA0", "ksys_write", 120000000, true}};

static const Part *find(const GPtrArray *parts, const char *prefix)
{
    for (guint i = 0; i < parts->len; i++)
        if (g_str_has_prefix(((Part *)parts->pdata[i])->name, prefix))
            return parts->pdata[i];
    cr_assert_fail("the guest did not get to '%s'", prefix);
    return NULL;
}

static char **ask(const char *dir, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *command = g_strdup_vprintf(format, args);
    va_end(args);
    AilOutcome o = ail_shell(dir, command);
    cr_assert_eq(o.status, 0, "%s: %s", command, o.err);
    char **lines = g_strsplit(g_strchomp(o.out), "\n", -1);
    ail_outcome_clear(&o);
    g_free(command);
    return lines;
}

/* Of the console's log. */
static Part *logged_part(const char *dir, const char *name)
{
    Part *part = g_new0(Part, 1);
    char **lines = ask(dir, "tr -d '\\r' <log | sed -n '/^@ %s$/,/^@ end$/p'", name);
    part->name = g_strdup(name);
    part->text = g_ptr_array_new_with_free_func(g_free);
    for (char **l = lines; *l; l++)
        if (**l != '@')
            g_ptr_array_add(part->text, g_strdup(*l));
    g_strfreev(lines);
    return part;
}

static gint by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The same lines, in any order. */
static void expect_same(const Part *part, GPtrArray *guest, GPtrArray *ours)
{
    g_ptr_array_sort(guest, by_text);
    g_ptr_array_sort(ours, by_text);
    cr_expect_gt(guest->len, 0, "%s: the guest says nothing", part->name);
    cr_expect_eq(guest->len, ours->len, "%s: %u lines, and %u of the guest's", part->name,
                 ours->len, guest->len);
    for (guint i = 0; i < MIN(guest->len, ours->len); i++)
        cr_expect_str_eq(ours->pdata[i], guest->pdata[i], "%s, at %" PRIu64 ": '%s', not '%s'",
                         part->name, part->at, (char *)ours->pdata[i], (char *)guest->pdata[i]);
    g_ptr_array_free(guest, TRUE);
    g_ptr_array_free(ours, TRUE);
}

static GPtrArray *list(void)
{
    return g_ptr_array_new_with_free_func(g_free);
}

/* "PID PPID COMM" of a line that begins with these three. */
static void add_process(GPtrArray *to, const char *line)
{
    char comm[32];
    unsigned pid, ppid;
    if (sscanf(line, "%u %u %31s", &pid, &ppid, comm) != 3 || !pid)
        return;
    if (g_str_has_prefix(comm, "kworker"))
        comm[strcspn(comm, "-+")] = 0;
    g_ptr_array_add(to, g_strdup_printf("%u %u %s", pid, ppid, comm));
}

static void check_processes(const char *dir, const Part *part)
{
    GPtrArray *guest = list(), *ours = list();
    char **lines = ask(dir,
                       "$A ps t --json --at %" PRIu64
                       " | sed 's/.*\"pid\":\\([0-9]*\\),.*\"ppid\":\\([0-9]*\\),"
                       "\"comm\":\"\\([^\"]*\\)\".*/\\1 \\2 \\3/'",
                       part->at);
    for (char **l = lines; *l; l++)
        add_process(ours, *l);
    for (guint i = 0; i < part->text->len; i++)
        add_process(guest, part->text->pdata[i]);
    g_strfreev(lines);
    expect_same(part, guest, ours);
}

/* 32-bit kernels have other columns; the vectors of one of Arm's are mapped in no process. */
static void add_mapping(GPtrArray *to, const char *line)
{
    char **parts = g_strsplit(line, "  ", 2);
    char *map = parts[0] && parts[1] ? g_strdup_printf("%s %s", parts[0], g_strstrip(parts[1]))
                                     : g_strchomp(g_strdup(line));
    if (g_str_has_suffix(map, "[vectors]"))
        g_free(map);
    else
        g_ptr_array_add(to, map);
    g_strfreev(parts);
}

static void check_maps(const char *dir, const Part *part, const char *pid)
{
    GPtrArray *guest = list(), *ours = list();
    char **lines = ask(dir, "$A maps t --pid %s --at %" PRIu64, pid, part->at);
    for (char **l = lines; *l; l++)
        add_mapping(ours, *l);
    for (guint i = 0; i < part->text->len; i++)
        add_mapping(guest, part->text->pdata[i]);
    g_strfreev(lines);
    expect_same(part, guest, ours);
}

/* "... 3 -> /init", and ours "PID COMM 3  /init". */
static void check_files(const char *dir, const Part *part, const char *pid)
{
    GPtrArray *guest = list(), *ours = list();
    char **lines = ask(dir, "$A files t --pid %s --at %" PRIu64 " | cut -c26-", pid, part->at);
    for (char **l = lines; *l; l++)
        g_ptr_array_add(ours, g_strstrip(g_strdup(*l)));
    for (guint i = 0; i < part->text->len; i++) {
        const char *line = part->text->pdata[i], *arrow = strstr(line, " -> ");
        const char *fd = arrow ? g_strrstr_len(line, arrow - line, " ") : NULL;
        if (fd)
            g_ptr_array_add(guest,
                            g_strdup_printf("%.*s  %s", (int)(arrow - fd - 1), fd + 1, arrow + 4));
    }
    g_strfreev(lines);
    expect_same(part, guest, ours);
}

/* "socket:[INODE] WHAT" of all sockets whose WHAT begins with `kind`, each once. */
static GPtrArray *our_sockets(const char *dir, const Part *part, const char *kind)
{
    GPtrArray *ours = list();
    char **lines = ask(
        dir, "$A files t --at %" PRIu64 " | sed -n 's/.* \\(socket:[^ ]* %s .*\\)/\\1/p' | sort -u",
        part->at, kind);
    for (char **l = lines; *l; l++)
        g_ptr_array_add(ours, g_strdup(*l));
    g_strfreev(lines);
    return ours;
}

/* An address of one or four words, each as it is in memory, in words. */
static void put_address(GString *to, const char *words, unsigned port)
{
    char text[INET6_ADDRSTRLEN];
    uint32_t address[4] = {0};
    size_t n = strlen(words) / 8;
    for (size_t i = 0; i < MIN(n, 4); i++)
        sscanf(words + 8 * i, "%8x", &address[i]);
    inet_ntop(n == 1 ? AF_INET : AF_INET6, address, text, sizeof text);
    g_string_append_printf(to, n == 1 ? " %s:%u" : " [%s]:%u", text, port);
}

/* "  0: 0100007F:08AE 00000000:0000 0A ..." */
static void check_tcp(const char *dir, const Part *part)
{
    GPtrArray *guest = list();
    for (guint i = 0; i < part->text->len; i++) {
        char from[40], to[40];
        unsigned from_port, to_port, state, inode;
        if (sscanf(part->text->pdata[i],
                   " %*u: %39[0-9A-F]:%x %39[0-9A-F]:%x %x %*s %*s %*s %*u %*u %u", from,
                   &from_port, to, &to_port, &state, &inode) != 6 ||
            !inode)
            continue;
        GString *s = g_string_new(NULL);
        g_string_printf(s, "socket:[%u] tcp", inode);
        put_address(s, from, from_port);
        if (to_port) {
            g_string_append(s, " ->");
            put_address(s, to, to_port);
        }
        g_string_append(s, state == 10 ? " listens" : "");
        g_ptr_array_add(guest, g_string_free(s, FALSE));
    }
    expect_same(part, guest, our_sockets(dir, part, "tcp"));
}

/* "ADDRESS: REFERENCES PROTOCOL FLAGS TYPE STATE INODE PATH" */
static void check_unix(const char *dir, const Part *part)
{
    GPtrArray *guest = list();
    for (guint i = 1; i < part->text->len; i++) {
        unsigned type, inode;
        char path[128] = "";
        int n =
            sscanf(part->text->pdata[i], "%*s %*s %*s %*s %x %*s %u %127s", &type, &inode, path);
        if (n >= 2)
            g_ptr_array_add(guest, g_strdup_printf("socket:[%u] unix %s %s", inode,
                                                   type == 1 ? "stream" : "dgram", path));
    }
    expect_same(part, guest, our_sockets(dir, part, "unix"));
}

/* "NAME SIZE USERS OF STATE ADDRESS", and ours "NAME SIZE ADDRESS". */
static void check_modules(const char *dir, const Part *part)
{
    GPtrArray *guest = list(), *ours = list();
    char **lines = ask(dir, "$A modules t --at %" PRIu64 " | awk '{ print $1, $3 }'", part->at);
    for (char **l = lines; *l; l++)
        g_ptr_array_add(ours, g_strdup(*l));
    for (guint i = 0; i < part->text->len; i++) {
        char **words = g_strsplit(part->text->pdata[i], " ", -1);
        cr_assert_geq(g_strv_length(words), 6, "%s", (char *)part->text->pdata[i]);
        g_ptr_array_add(guest, g_strdup_printf("%s %s", words[0], words[5]));
        g_strfreev(words);
    }
    g_strfreev(lines);
    expect_same(part, guest, ours);
}

static void check_symbols(const char *dir, const Part *part)
{
    char **all = ask(dir, "$A symbols t --list");
    cr_expect_gt(part->text->len, 20);
    for (guint i = 0; i < part->text->len; i++) {
        const char *line = part->text->pdata[i];
        cr_expect(g_strv_contains((const char *const *)all, line), "no line '%s'", line);
        char **words = g_strsplit(line, " ", 3);
        char **name = ask(dir, "$A symbols t %s", words[0]);
        const char *is = strchr(name[0], ' ');
        char *same =
            g_strdup_printf("%s %s %s", words[0], words[1], is ? g_strstrip((char *)is) : "");
        cr_expect(!strcmp(same, line) || g_strv_contains((const char *const *)all, same),
                  "'%s', not '%s'", name[0], line);
        g_free(same);
        g_strfreev(name);
        g_strfreev(words);
    }
    g_strfreev(all);
}

/* "ADDRESS TYPE NAME\t[MODULE]"; what is exported has a capital in /proc, and what marks code and
 * data, and labels of the compiler's, are no names. */
static void add_symbol(GPtrArray *to, const char *line)
{
    char *copy = g_strdup(line), *type = strchr(copy, ' ');
    cr_assert(type && type[1], "%s", line);
    type[1] = g_ascii_tolower(type[1]);
    if (!strstr(copy, " $") && !strstr(copy, " .L") && strchr(copy, '\t'))
        g_ptr_array_add(to, g_strdup(copy));
    g_free(copy);
}

/* Those of functions: what is at such an address has the name, or another one that is there. */
static void check_module_names(const char *dir, const Part *part, const GPtrArray *guest)
{
    for (guint i = 0; i < guest->len; i += 7) {
        char **words = g_strsplit_set(guest->pdata[i], " \t[]", -1);
        if (!strcmp(words[1], "t")) {
            char **name = ask(dir, "$A symbols t %s", words[0]);
            const char *is = g_strstrip(strchr(name[0], ' '));
            char *end = g_strdup_printf(" (%s)", words[4]);
            cr_expect(g_str_has_suffix(is, end) && !strchr(is, '+'), "%s: '%s', not '%s'",
                      part->name, is, (char *)guest->pdata[i]);
            g_free(end);
            g_strfreev(name);
        }
        g_strfreev(words);
    }
}

static void check_module_symbols(const char *dir, const Part *part)
{
    GPtrArray *guest = list(), *ours = list();
    char **lines = ask(dir, "$A symbols t --list | grep -E '\\[(mii|virtio_ring)\\]$'");
    for (char **l = lines; *l; l++)
        add_symbol(ours, *l);
    for (guint i = 0; i < part->text->len; i++)
        add_symbol(guest, part->text->pdata[i]);
    g_strfreev(lines);
    check_module_names(dir, part, guest);
    expect_same(part, guest, ours);
}

static void check_parts(const char *dir, const GPtrArray *parts)
{
    for (guint i = 0; i < parts->len; i++) {
        const Part *part = parts->pdata[i];
        if (g_str_has_prefix(part->name, "maps "))
            check_maps(dir, part, part->name + 5);
        else if (g_str_has_prefix(part->name, "files "))
            check_files(dir, part, part->name + 6);
    }
    check_processes(dir, find(parts, "ps"));
    check_tcp(dir, find(parts, "tcp"));
    check_unix(dir, find(parts, "unix"));
    check_modules(dir, find(parts, "modules"));
    check_symbols(dir, find(parts, "symbols"));
    const Part *own = find(parts, "own");
    char **pid = ask(dir,
                     "$A ps t --json --at %" PRIu64
                     " | sed -n 's/.*\"pid\":\\([0-9]*\\),.*\"comm\":\"cat\".*/\\1/p'",
                     own->at);
    check_maps(dir, own, pid[0]);
    /* Once it has ended, its last moment has the same. */
    AilOutcome o = ail_shell(dir, "$A maps t --pid 1 --at 0");
    cr_expect(o.status == 1 && strstr(o.err, "kernel was first found at icount"), "%s", o.err);
    ail_outcome_clear(&o);
    char *command = g_strdup_printf("$A maps t --pid %s", pid[0]);
    o = ail_shell(dir, command);
    cr_expect(o.status == 0 && strstr(o.err, "last moment") && strstr(o.out, "/bin/busybox"),
              "%s%s", o.out, o.err);
    ail_outcome_clear(&o);
    g_free(command);
    g_strfreev(pid);
}

/* The mapping of the C library's first byte, of a process with a part "maps PID". */
static uint64_t find_libc(const GPtrArray *parts, const Part **part)
{
    for (guint i = 0; i < parts->len; i++) {
        *part = parts->pdata[i];
        for (guint k = 0; k < (*part)->text->len; k++) {
            const char *line = (*part)->text->pdata[k];
            if (strstr(line, " 00000000 ") && g_str_has_suffix(line, "/lib/libc.so.6"))
                return g_ascii_strtoull(line, NULL, 16);
        }
    }
    cr_assert_fail("no process has mapped /lib/libc.so.6");
    return 0;
}

/* What `options` make of every so many functions of it is what nm says is there: all that it finds
 * at that address is in `listed`, as "ADDRESS NAME". */
static void check_functions(const char *dir, char **listed, const Part *part, uint64_t base,
                            const char *options)
{
    enum { EVERY = 25, INTO = 1 };
    guint n = g_strv_length(listed);
    GString *addresses = g_string_new(NULL);
    for (guint i = 0; i < n; i += EVERY)
        g_string_append_printf(addresses, " %" PRIx64,
                               base + g_ascii_strtoull(listed[i], NULL, 16) + INTO);
    char **named = ask(dir, "$A symbols t%s --pid %s --at %" PRIu64 " %s 2>err", addresses->str,
                       part->name + 5, part->at, options);
    cr_expect_eq(g_strv_length(named), (n + EVERY - 1) / EVERY);
    for (guint i = 0; named[i]; i++) {
        char name[256] = "", *same;
        cr_expect(sscanf(named[i], "%*s %255[^+]+0x1 (libc.so.6)", name) == 1, "%s", named[i]);
        same = g_strdup_printf("%.*s %s", (int)strcspn(listed[i * EVERY], " "), listed[i * EVERY],
                               name);
        cr_expect(g_strv_contains((const char *const *)listed, same), "'%s' for %s", named[i],
                  listed[i * EVERY]);
        g_free(same);
    }
    g_string_free(addresses, TRUE);
    g_strfreev(named);
}

/* The same without the file that the guest had: by what its memory has of it. Kernels of 32 bits
 * have only what the process uses. */
static void check_guest_names(const char *dir, char **listed, const Part *part, uint64_t base)
{
    check_functions(dir, listed, part, base, "");
    ail_run(dir, "mkdir -p other/lib && cp root/lib/libresolv.so.2 other/lib/libc.so.6");
    check_functions(dir, listed, part, base, "--sysroot other");
    ail_run(dir, "grep -q '^ailurus symbols: warning: /lib/libc.so.6 in --sysroot is not' err && "
                 "test $(wc -l <err) = 1");
    ail_run(dir, "$A callstack t --folded | grep -q ';[a-z_]* (libc.so.6)'");
    ail_run(dir,
            "id=$(readelf -nW root/lib/libc.so.6 | sed -n 's/.*Build ID: *//p') && "
            "$A trace dump t --events | grep -q \"symbols of file .* [.]dynsym, build ID $id\"");
}

/* Functions of the C library, by its file and without. */
static void check_user_symbols(const char *dir, const Guest *g, const GPtrArray *parts)
{
    const Part *part;
    uint64_t base = find_libc(parts, &part);
    ail_run(dir, "ln -s %s/%s/shared root", AIL_DEBIAN_DIR, g->debian);
    bool thumb = !strcmp(g->arch, "arm"); /* addresses of its functions are odd, but for a few */
    char **listed = ask(dir,
                        "nm -D --defined-only root/lib/libc.so.6 | "
                        "sed -n 's/ [TWi] \\([^@]*\\).*/ \\1/p' | grep '%s ' | LC_ALL=C sort",
                        thumb ? "[13579bdf]" : "");
    base -= thumb;
    cr_assert_gt(g_strv_length(listed), 1000);
    check_functions(dir, listed, part, base, "--sysroot root");
    ail_run(dir, "! test -s err"); /* it is the file that the guest had */
    if (!g->untyped)
        check_guest_names(dir, listed, part, base);
    g_strfreev(listed);
}

/* What other commands say with the help of all that. */
static void check_others(const char *dir, const Guest *g, const GPtrArray *parts)
{
    ail_run(dir, "$A ps t --all | grep -q ' 7 *sh  *sh -c exit 7$'");
    ail_run(dir, "$A ps t --all | grep -q ' signal 9 *sh  *sh -c kill -9'");
    ail_run(dir, "$A ps t --all --tree | grep -q '   sh -c exit 7$'");
    ail_run(dir, "$A asidstory t | grep -q ' init > [a-z]*$'");
    ail_run(dir, "$A asidstory t --asid | grep -q '^asid '");
    ail_run(dir, "$A asidstory t --json --top=3 | grep -q '\"rest\":true'");
    ail_run(dir,
            "for i in 1 2; do $A analyze t -a asidstory --shard=$i/2 -o part.$i || exit; done; "
            "$A analyze t -a asidstory --merge part.1 part.2 >merged && "
            "$A asidstory t | cmp - merged");
    uint64_t at = find(parts, "own")->at;
    ail_run(dir, "$A callstack t --at %" PRIu64 " >stack", at);
    ail_run(dir,
            "grep -q ', cat [0-9]*/[0-9]* (at):' stack && grep -q ' in 0x[0-9a-f]* vfs_write$' "
            "stack && grep -q ' %s' stack && grep -q ' /bin/busybox+0x' stack",
            g->call);
    ail_run(dir, "$A callstack t --at %" PRIu64 " --no-symbols >stack; ! grep -q '[+]0x' stack",
            at);
    ail_run(dir, "$A callstack t --folded >folded; grep -q '^busybox-[0-9]*;.*vfs_write' folded || "
                 "grep -q '^cat-[0-9]*;.*;syscall:.*;vfs_read' folded");
    ail_run(dir, "$A hotblocks t --json --top=500 | grep -q '\"symbol\":\"/bin/busybox+0x'");
}

ParameterizedTestParameters(system, is_as_the_guest_says)
{
    return cr_make_param_array(Guest, guests, G_N_ELEMENTS(guests));
}

ParameterizedTest(Guest *g, system, is_as_the_guest_says)
{
    if (!strcmp(g->arch, "arm") && !g_getenv("AIL_SLOW"))
        cr_skip_test("set AIL_SLOW, or run tests/slow: its boot takes a minute");
    char *dir = ail_folder_new();
    if (g->untyped)
        ail_run(dir,
                "sh %s %s %s structs && $A osi profile %s/%s/structs.o -o profile && echo "
                "--profile profile >options",
                AIL_DEBIAN_GUEST, g->debian, AIL_DEBIAN_DIR, AIL_DEBIAN_DIR, g->debian);
    else
        ail_run(dir, ": >options");
    ail_run(dir, "sh %s %s %s %s", AIL_DEBIAN_GUEST, g->debian, AIL_DEBIAN_DIR, AIL_SYSTEM_INIT);
    ail_run(dir,
            "$A record --no-check --arch %s --kernel %s/%s/vmlinuz --initrd "
            "%s/%s/system.cpio.gz --append 'console=%s cryptomgr.notests quiet' --seconds 240 "
            "--serial-log log -o g.rr",
            g->arch, AIL_DEBIAN_DIR, g->debian, AIL_DEBIAN_DIR, g->debian, g->console);
    /* Its boot takes most of the time; a trace may begin behind it. */
    ail_run(dir,
            "n=$($A info --json g.rr | sed 's/.*\"instructions\":\\([0-9]*\\).*/\\1/') && "
            "$A replay g.rr --from $((n - %u)) $(cat options) --columns flow,event -o t && rm g.rr",
            g->behind_boot);
    GPtrArray *parts = console_parts(dir, "t");
    check_parts(dir, parts);
    Part *symbols = logged_part(dir, "module symbols");
    check_module_symbols(dir, symbols);
    console_part_free(symbols);
    check_user_symbols(dir, g, parts);
    check_others(dir, g, parts);
    g_ptr_array_free(parts, TRUE);
    ail_folder_remove(dir);
}
