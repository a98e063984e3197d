/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `ailurus symbols`: names of addresses; symbols of the kernel and its modules. */
#include "analyzers/symbols.h"
#include "cli/guest_cli.h"
#include "formats/kallsyms.h"

#include <inttypes.h>
#include <string.h>

typedef struct Symbols {
    AilGuestAsk ask; /* the first member: it is what `show` is given */
    gboolean list;
    char *sysroot; /* owned */
    char **words;  /* the addresses; borrowed */
    AilSymbolizer *symbolizer;
} Symbols;

static GOptionEntry *options(void **state)
{
    Symbols *s = g_new0(Symbols, 1);
    *state = s;
    s->ask.command = "symbols";
    const GOptionEntry more[] = {
        {"list", 0, 0, G_OPTION_ARG_NONE, &s->list,
         "print all symbols of the kernel and its modules, as /proc/kallsyms does", NULL},
        {"sysroot", 0, 0, G_OPTION_ARG_FILENAME, &s->sysroot,
         "folder with the guest's files, for more names of functions in user code, and lines",
         "DIR"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    return ail_guest_cli_options(&s->ask, more, true);
}

static void discard(void *state)
{
    Symbols *s = state;
    ail_symbolizer_free(s->symbolizer);
    g_free(s->sysroot);
    ail_guest_cli_discard(s); /* ask is its first member */
}

/* --- addresses --- */

/* Hexadecimal, with or without 0x. */
static bool parse(const char *word, uint64_t *addr)
{
    char *end;
    const char *digits = g_str_has_prefix(word, "0x") ? word + 2 : word;
    if (!g_ascii_isxdigit(*digits) || strlen(digits) > 16)
        return false;
    *addr = g_ascii_strtoull(digits, &end, 16);
    return !*end;
}

static void show_one(const Symbols *s, const AilGuest *guest, uint64_t mm, uint64_t addr,
                     AilOutput *out)
{
    char name[AIL_SYMBOL_MAX], source[AIL_SYMBOL_MAX];
    uint32_t line;
    bool known = ail_symbolizer_name(s->symbolizer, guest, mm, addr, name, sizeof name);
    bool has_line =
        ail_symbolizer_line(s->symbolizer, guest, mm, addr, source, sizeof source, &line);
    if (!ail_output_is_json(out)) {
        ail_output_text(out, "0x%-16" PRIx64 " %s", addr, known ? name : "?");
        if (has_line)
            ail_output_text(out, " at %s:%" PRIu32, source, line);
        ail_output_text(out, "\n");
        return;
    }
    ail_json_begin(out, "symbols");
    ail_json_address(out, "address", addr);
    if (known)
        ail_json_text(out, "symbol", name);
    if (has_line) {
        ail_json_text(out, "source", source);
        ail_json_number(out, "line", line);
    }
    ail_json_end(out);
}

static void show(const AilGuestAsk *ask, const AilGuest *guest, const AilTask *t, AilOutput *out)
{
    const Symbols *s = ask->user;
    uint64_t addr = 0;
    for (char **word = s->words; *word && parse(*word, &addr); word++)
        show_one(s, guest, t ? t->mm : 0, addr, out);
}

static void take(void *user, const AilEvent *e)
{
    const Symbols *s = user;
    ail_symbolizer_take_names(s->symbolizer, e);
}

static int name_now(const Symbols *s, const char *path)
{
    AilGuestSeen seen;
    int code = ail_guest_cli_read(&s->ask, path, &seen);
    if (code == AIL_EXIT_OK) {
        AilOutput *out = ail_output_new(stdout, s->ask.json ? AIL_OUTPUT_JSON : AIL_OUTPUT_TEXT, 0);
        show(&s->ask, seen.guest, ail_guest_running(seen.guest), out);
        ail_output_free(out);
    }
    ail_guest_cli_clear(&seen);
    return code;
}

static int name_addresses(Symbols *s, const char *path)
{
    AilError err = {""};
    s->ask.user = s;
    s->ask.take = take;
    s->symbolizer = ail_symbolizer_new(s->sysroot, &err);
    if (!s->symbolizer)
        return ail_cli_fail("symbols", "%s", err.text);
    int code = s->ask.pid >= 0
                   ? ail_guest_cli_processes(&s->ask, 1, (char *[]){(char *)path, NULL}, show)
                   : name_now(s, path);
    ail_guest_cli_warn("symbols", s->symbolizer);
    return code;
}

/* --- the kernel's --- */

/* module: whose they are; NULL: the kernel's own. */
static void print_table(const AilKallsyms *table, const char *module, int width, AilOutput *out)
{
    for (size_t i = 0; i < ail_kallsyms_count(table) && !ferror(stdout); i++) {
        AilKsym k = ail_kallsyms_get(table, i);
        if (!ail_output_is_json(out)) {
            g_autofree char *name = ail_guest_cli_safe(k.name);
            g_autofree char *of = module ? ail_guest_cli_safe(module) : NULL;
            ail_output_text(out, "%0*" PRIx64 " %c %s%s%s%s\n", width, k.address,
                            g_ascii_isgraph(k.type) ? k.type : '?', name, of ? "\t[" : "",
                            of ? of : "", of ? "]" : "");
            continue;
        }
        char type[] = {k.type, 0};
        ail_json_begin(out, "symbols");
        ail_json_address(out, "address", k.address);
        ail_json_text(out, "type", type);
        ail_json_text(out, "symbol", k.name);
        if (module)
            ail_json_text(out, "module", module);
        ail_json_end(out);
    }
}

static void print_all(const AilGuest *guest, const AilKallsyms *table, bool json)
{
    size_t n = ail_kallsyms_count(table), n_modules;
    int width = n && ail_kallsyms_get(table, n - 1).address > UINT32_MAX ? 16 : 8;
    AilOutput *out = ail_output_new(stdout, json ? AIL_OUTPUT_JSON : AIL_OUTPUT_TEXT, 0);
    const AilModule *m = ail_guest_modules(guest, &n_modules);
    print_table(table, NULL, width, out);
    for (size_t i = 0; i < n_modules; i++)
        if ((table = ail_guest_module_symbols(guest, &m[i])))
            print_table(table, m[i].name, width, out);
    ail_output_free(out);
}

static int list(const Symbols *s, const char *path)
{
    AilGuestSeen seen;
    int code = ail_guest_cli_read(&s->ask, path, &seen);
    const AilKallsyms *table = code == AIL_EXIT_OK ? ail_guest_kernel_symbols(seen.guest) : NULL;
    if (table)
        print_all(seen.guest, table, s->ask.json);
    else if (code == AIL_EXIT_OK)
        code = ail_cli_fail("symbols",
                            "%s: its kernel has no symbols (kallsyms), or they cannot "
                            "be read",
                            path);
    ail_guest_cli_clear(&seen);
    return code;
}

static int check(const Symbols *s, int argc, char **argv)
{
    uint64_t addr;
    if (!argc)
        return ail_cli_usage("symbols", "wants a trace");
    if (s->list ? argc > 1 : argc < 2)
        return ail_cli_usage("symbols", "wants addresses, or --list without any");
    if (s->ask.at < -1 || s->ask.pid < -1 || s->ask.pid > UINT32_MAX)
        return ail_cli_usage("symbols", "--pid and --at are not negative");
    for (int i = 1; i < argc; i++)
        if (!parse(argv[i], &addr))
            return ail_cli_usage("symbols", "'%s' is not an address (hexadecimal)", argv[i]);
    return AIL_EXIT_OK;
}

static int run(void *state, int argc, char **argv)
{
    Symbols *s = state;
    int code = check(s, argc, argv);
    if (code == AIL_EXIT_OK && s->list) {
        code = list(s, argv[0]);
    } else if (code == AIL_EXIT_OK) {
        s->words = g_new0(char *, (gsize)argc);
        memcpy(s->words, argv + 1, (size_t)(argc - 1) * sizeof *argv);
        code = name_addresses(s, argv[0]);
        g_free(s->words);
    }
    discard(s);
    return code;
}

static const AilExample examples[] = {
    {"ailurus symbols boot.trace ffffffff81234567", "which function of the kernel this is in"},
    {"ailurus symbols boot.trace 0x7f1234567890 --pid=123", "which function of process 123"},
    {"ailurus symbols boot.trace 0x7f1234567890 --pid=123 --sysroot=/srv/guest",
     "which function of process 123 and which line, by the guest's files in that folder"},
    {"ailurus symbols boot.trace --list | grep -w start_kernel",
     "where a function of the kernel is"},
    {NULL, NULL},
};

const AilCommand ail_command_symbols = {
    .name = "symbols",
    .usage = "TRACE (ADDRESS... | --list)",
    .summary = "Name addresses of the guest, list its kernel's symbols",
    .description =
        "Prints a line for each address (hexadecimal) with its name: in the kernel "
        "\"function+0x12\", in a module of it \"function+0x12 (module)\", in a process "
        "\"function+0x12 "
        "(libc.so.6)\", or \"/path/of/the/file+0x12\", an offset in the file, where no function is "
        "known. What has no name is \"?\".\n\n"
        "Names are the guest's own: the kernel's from its memory, those of processes from what its "
        "memory has of the files that they run. Files that were stripped name only what others may "
        "use. --sysroot has more: names that only the files themselves have, or their files of "
        "debug information (usr/lib/debug below DIR), and \" at SOURCE:LINE\" where there is "
        "DWARF. A "
        "file there that is not the one that the guest had (its build ID is another) is not used, "
        "which is said once.\n\n"
        "Addresses of processes are those of --pid, or without it of the process that runs at that "
        "moment (--at, or the end of the trace).\n\n"
        "Only the event column of the trace is read, and the guest's kernel must be one that the "
        "replay knows (docs/introspection.md). TRACE may be - for standard input.",
    .examples = examples,
    .options = options,
    .run = run,
    .discard = discard,
};
