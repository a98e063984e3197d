/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where names of user code come from: what the trace says of files, the files of a --sysroot, their
 * debug files, DWARF; and which goes first. */
#include "analyzers/symbols.h"
#include "tests/made_guest.h"
#include "tests/shell.h"

#include <criterion/criterion.h>
#include <glib.h>
#include <string.h>

enum { MM = 5, AT = 0x10000000, INODE = 9, DEV = 1 << 20 | 2 };

typedef struct Names {
    char *dir; /* owned; with `root`, which has files */
    AilSymbolizer *z;
    GuestEvents events;
    uint64_t main; /* offset of a function of root/bin/prog */
} Names;

static void take(void *user, const AilEvent *e)
{
    ail_symbolizer_take(user, e);
}

/* sysroot: have one, with a program without names. */
static Names begin(bool sysroot)
{
    AilError err = {""};
    Names n = {.dir = ail_folder_new()};
    ail_run(n.dir, "mkdir -p root/bin && strip -s -o root/bin/prog " AIL_OSI_STRUCTS);
    n.main =
        ail_number(n.dir, "printf '%d\\n' 0x$(nm " AIL_OSI_STRUCTS " | sed -n 's/ T main$//p')");
    char *root = g_build_filename(n.dir, "root", NULL);
    n.z = ail_symbolizer_new(sysroot ? root : NULL, &err);
    cr_assert_not_null(n.z, "%s", err.text);
    n.events = (GuestEvents){.take = take, .user = n.z};
    AilGuestMap maps[] = {guest_map(AT, AT + 0x100000, 0, "/bin/prog"),
                          guest_map(AT * 2, AT * 2 + 0x100000, 0, "/bin/prog")};
    maps[0].inode = maps[1].inode = INODE;
    maps[0].dev = DEV;
    maps[1].dev = DEV + 1; /* another file */
    guest_kernel(&n.events, "Linux version 6");
    guest_task(&n.events, 1, 1, 0, MM, "prog");
    guest_maps(&n.events, MM, 0, UINT64_MAX, maps, 2);
    g_free(root);
    return n;
}

static void end(Names *n)
{
    ail_symbolizer_free(n->z);
    ail_folder_remove(n->dir);
}

/* The trace tells that `name` is at the place of the function of the program of that build. */
static void tell_build(Names *n, const GString *build_id, const char *name)
{
    AilBuf b = {0};
    uint64_t last = 0;
    AilGuestSymbols all = {{build_id->str, (uint32_t)build_id->len}, AIL_SYMBOLS_WHOLE, 2, 0, {0}};
    ail_guest_put_file_symbols(&b, &all);
    ail_guest_put_symbol(&b, &last, &(AilGuestSymbol){n->main, 16, {"__x", 3}});
    ail_guest_put_symbol(&b, &last, &(AilGuestSymbol){n->main, 16, {name, (uint32_t)strlen(name)}});
    AilEvent e = {.type = AIL_EVENT_SYMBOLS,
                  .value = INODE,
                  .pc = DEV,
                  .data = b.data,
                  .len = (uint32_t)b.len};
    take(n->z, &e);
    ail_buf_clear(&b);
}

static void tell(Names *n, const char *build_id, const char *name)
{
    GString *id = g_string_new(build_id);
    tell_build(n, id, name);
    g_string_free(id, TRUE);
}

static void expect(Names *n, uint64_t addr, const char *name)
{
    char buf[AIL_SYMBOL_MAX] = "";
    ail_symbolizer_name(n->z, ail_symbolizer_guest(n->z), MM, addr, buf, sizeof buf);
    cr_expect(g_str_has_prefix(buf, name), "'%s', not '%s'", buf, name);
}

static void expect_line(Names *n)
{
    char source[256];
    uint32_t line = 0;
    cr_assert(ail_symbolizer_line(n->z, ail_symbolizer_guest(n->z), MM, AT + n->main, source,
                                  sizeof source, &line));
    cr_expect(g_str_has_suffix(source, "/osi_structs.c"), "%s", source);
    uint64_t want =
        ail_number(n->dir, "grep -n 'int main' " AIL_OSI_STRUCTS_SOURCE " | cut -d: -f1");
    cr_expect(line >= want && line < want + 4, "line %u", line);
}

Test(names, that_the_trace_has)
{
    Names n = begin(false);
    tell(&n, "", "open_it");
    expect(&n, AT + n.main + 4, "open_it+0x4 (prog)");
    expect(&n, AT + n.main + 16, "/bin/prog+0x");
    expect(&n, AT + n.main - 1, "/bin/prog+0x");
    expect(&n, AT * 2 + n.main, "/bin/prog+0x");
    tell(&n, "", "close\x1b_it");
    expect(&n, AT + n.main, "close?_it (prog)");
    char buf[AIL_SYMBOL_MAX], source[8];
    uint32_t line;
    cr_expect(ail_symbolizer_name_any(n.z, AT + n.main, buf, sizeof buf));
    cr_expect_str_eq(buf, "close?_it (prog)");
    cr_expect(!ail_symbolizer_line(n.z, ail_symbolizer_guest(n.z), MM, AT + n.main, source,
                                   sizeof source, &line));
    cr_expect_null(ail_symbolizer_warning(n.z));
    char *note = ail_symbolizer_note(n.z); /* of the other device's file */
    cr_expect(note && strstr(note, "no function is known of /bin/prog:"), "%s", note);
    g_free(note);
    end(&n);
}

/* What has names, but none for this place, lacks nothing. */
Test(names, that_are_missing)
{
    Names n = begin(true);
    tell(&n, "", "open_it");
    expect(&n, AT + n.main + 16, "/bin/prog+0x");
    cr_expect_null(ail_symbolizer_note(n.z));
    end(&n);
    n = begin(true);
    expect(&n, AT + n.main, "/bin/prog+0x");
    char *note = ail_symbolizer_note(n.z);
    cr_expect(note && strstr(note, "no function is known of /bin/prog: stripped"), "%s", note);
    g_free(note);
    end(&n);
}

/* A file without names does not hide those that the guest's memory had. */
Test(names, that_only_the_trace_has)
{
    Names n = begin(true);
    tell(&n, "", "open_it");
    expect(&n, AT + n.main + 4, "open_it+0x4 (prog)");
    end(&n);
}

Test(names, of_the_right_file)
{
    Names n = begin(true);
    ail_run(n.dir, "cp " AIL_OSI_STRUCTS " root/bin/prog");
    tell(&n, "", "open_it"); /* which build it was is not known */
    expect(&n, AT + n.main, "main (prog)");
    cr_expect_null(ail_symbolizer_warning(n.z));
    tell(&n, "another", "open_it");
    expect(&n, AT + n.main, "open_it (prog)");
    expect(&n, AT + n.main + 1, "open_it+0x1 (prog)");
    char *warning = ail_symbolizer_warning(n.z);
    cr_expect(warning && g_str_has_prefix(warning, "/bin/prog in --sysroot is not the file"), "%s",
              warning);
    g_free(warning);
    end(&n);
}

/* The build ID of root/bin/prog: bytes, any of which may be 0. */
static GString *build_id(const Names *n)
{
    AilOutcome o = ail_shell(n->dir, "readelf -nW root/bin/prog | sed -n 's/.*Build ID: *//p'");
    GString *id = g_string_new(NULL);
    for (const char *at = o.out; g_ascii_isxdigit(at[0]) && g_ascii_isxdigit(at[1]); at += 2)
        g_string_append_c(id,
                          (char)(g_ascii_xdigit_value(at[0]) << 4 | g_ascii_xdigit_value(at[1])));
    cr_assert(id->len > 4, "%s", o.out);
    ail_outcome_clear(&o);
    return id;
}

/* Keep the DWARF, but no symbol. */
#define ONLY_DWARF "objcopy --strip-all --keep-section='.debug_*' " AIL_OSI_STRUCTS " "

Test(names, by_dwarf_in_the_file)
{
    Names n = begin(true);
    ail_run(n.dir, ONLY_DWARF "root/bin/prog && ! readelf -SW root/bin/prog | grep -q SYMTAB");
    GString *id = build_id(&n);
    tell_build(&n, id, "open_it");
    expect(&n, AT + n.main, "main (prog)");
    expect(&n, AT + n.main + 3, "main+0x3 (prog)");
    expect_line(&n);
    cr_expect_null(ail_symbolizer_warning(n.z));
    g_string_free(id, TRUE);
    end(&n);
}

/* By its name, in a file beside; but not if that is of another build. */
Test(names, in_a_linked_file)
{
    static const char *const debug[] = {
        "cp " AIL_OSI_STRUCTS " $d/prog.debug",
        "objcopy --dump-section .note.gnu.build-id=id " AIL_OSI_STRUCTS " other && "
        "printf x | dd of=id bs=1 seek=20 conv=notrunc 2>/dev/null && "
        "objcopy --update-section .note.gnu.build-id=id " AIL_OSI_STRUCTS " $d/prog.debug"};
    for (size_t i = 0; i < G_N_ELEMENTS(debug); i++) {
        Names n = begin(true);
        ail_run(n.dir,
                "d=root/usr/lib/debug/bin && mkdir -p $d && %s && "
                "objcopy --add-gnu-debuglink=$d/prog.debug root/bin/prog",
                debug[i]);
        expect(&n, AT + n.main, i ? "/bin/prog+0x" : "main (prog)");
        end(&n);
    }
}

Test(names, by_dwarf_in_a_debug_file)
{
    Names n = begin(true);
    ail_run(n.dir,
            "id=$(readelf -nW root/bin/prog | sed -n 's/.*Build ID: *//p') && "
            "d=root/usr/lib/debug/.build-id/$(echo $id | cut -c1-2) && mkdir -p $d && " ONLY_DWARF
            "$d/$(echo $id | cut -c3-).debug");
    expect(&n, AT + n.main, "main (prog)");
    expect_line(&n);
    end(&n);
}

Test(names, in_symbols_inside)
{
    Names n = begin(true);
    ail_run(n.dir, "objcopy --only-keep-debug --remove-section='.debug_*' " AIL_OSI_STRUCTS
                   " inner && xz -k inner && "
                   "objcopy --add-section .gnu_debugdata=inner.xz root/bin/prog");
    expect(&n, AT + n.main, "main (prog)");
    end(&n);
    n = begin(true);
    ail_run(n.dir, "head -c 300 " AIL_OSI_STRUCTS " >damaged && "
                   "objcopy --add-section .gnu_debugdata=damaged root/bin/prog");
    expect(&n, AT + n.main, "/bin/prog+0x");
    end(&n);
}

/* Debug information with anything in it: libdw's findings are as they may be, and that is all. */
Test(names, by_damaged_dwarf, .timeout = 120)
{
    GRand *r = g_rand_new_with_seed(3);
    for (int i = 0; i < 25; i++) {
        Names n = begin(true);
        char *path = g_build_filename(n.dir, "root", "bin", "prog", NULL), *bytes, source[64];
        gsize len;
        uint32_t line;
        ail_run(n.dir, ONLY_DWARF "root/bin/prog");
        cr_assert(g_file_get_contents(path, &bytes, &len, NULL));
        for (int k = 0; k < 40; k++) /* behind the program */
            bytes[(gsize)g_rand_int_range(r, 0x3000, (gint32)len)] = (char)g_rand_int(r);
        cr_assert(g_file_set_contents(path, bytes, (gssize)len, NULL));
        expect(&n, AT + n.main, "");
        ail_symbolizer_line(n.z, ail_symbolizer_guest(n.z), MM, AT + n.main, source, sizeof source,
                            &line);
        g_free(bytes);
        g_free(path);
        end(&n);
    }
    g_rand_free(r);
}
