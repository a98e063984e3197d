/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `ailurus osi profile`: what introspection knows of a kernel, as a file. */
#include "cli/cli.h"
#include "formats/osi_profile.h"
#include "formats/text.h"

#include <string.h>

#define NAME "osi"

typedef struct Osi {
    char *output;          /* owned; NULL: stdout */
    char *group;           /* owned; NULL: the kernel's release */
    GOptionEntry *entries; /* owned */
} Osi;

static GOptionEntry *options(void **state)
{
    Osi *o = g_new0(Osi, 1);
    *state = o;
    const GOptionEntry table[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &o->output,
         "write to this file (default: standard output)", "FILE"},
        {"group", 0, 0, G_OPTION_ARG_FILENAME, &o->group,
         "the profile's name in the file (default: the kernel's release)", "NAME"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    o->entries = g_memdup2(table, sizeof table);
    return o->entries;
}

static void discard(void *state)
{
    Osi *o = state;
    g_free(o->output);
    g_free(o->group);
    g_free(o->entries);
    g_free(o);
}

/* "Linux version 6.1.0-50-amd64 (...": its third word. */
static char *release(const AilOsiProfile *p)
{
    g_auto(GStrv) words = g_strsplit(p->banner, " ", 4);
    const char *third = g_strv_length(words) > 2 ? words[2] : "linux";
    return strpbrk(third, "[]") ? g_strdup("linux") : g_strdup(third);
}

static int write_profile(const Osi *o, const AilOsiProfile *p)
{
    g_autofree char *group = o->group ? g_strdup(o->group) : release(p);
    g_autofree char *text = ail_osi_profile_text(p, group);
    g_autoptr(GError) err = NULL;
    if (!o->output)
        fputs(text, stdout);
    else if (!g_file_set_contents(o->output, text, -1, &err))
        return ail_cli_fail(NAME, "%s", err->message);
    return AIL_EXIT_OK;
}

static int make_profile(const Osi *o, const char *path)
{
    AilOsiProfile p;
    AilError err = {{0}};
    if (ail_osi_profile_from_elf(path, &p, &err) != AIL_OK)
        return ail_cli_fail(NAME, "%s", err.text);
    /* an address can come from the guest's own memory, an offset cannot */
    AilOsiProfile located = p;
    located.has_symbol[offsetof(AilOsiSymbols, init_task) / sizeof(uint64_t)] = 1;
    AilStatus s = ail_osi_profile_check(&located, &err);
    if (s != AIL_OK)
        return ail_cli_fail(NAME, "%s: not a Linux kernel with all its types: %s", path, err.text);
    return write_profile(o, &p);
}

static int run(void *state, int argc, char **argv)
{
    Osi *o = state;
    int status;
    if (argc != 2)
        status = ail_cli_usage(NAME, "wants profile, and one vmlinux");
    else if (strcmp(argv[0], "profile") != 0)
        status = ail_cli_usage(NAME, "does not know '%s'; it does profile", argv[0]);
    else if (o->group && (!*o->group || strpbrk(o->group, "[]\n\r")))
        status = ail_cli_usage(NAME, "--group wants a name without brackets");
    else
        status = make_profile(o, argv[1]);
    discard(o);
    return status;
}

static const AilExample examples[] = {
    {"ailurus osi profile vmlinux -o guest.conf", "a profile of that kernel, for --profile"},
    {"ailurus osi profile /usr/lib/debug/boot/vmlinux-6.1.0-50-686",
     "print the profile of a kernel of Debian's, from its package linux-image-*-dbg"},
    {NULL, NULL},
};

const AilCommand ail_command_osi = {
    .name = "osi",
    .usage = "profile VMLINUX [-o FILE]",
    .summary = "Make a profile of a guest's kernel from its vmlinux",
    .description =
        "Introspection needs to know where a kernel's structures have their members. Most kernels "
        "since Linux 5.2 say so themselves, in their memory (BTF), and need no profile. For "
        "others, profile makes one from the kernel's ELF file: a vmlinux with BTF or with DWARF "
        "debug information. It must be the very kernel that the guest runs, or one built from the "
        "same sources with the same configuration and compiler. Addresses in it are those from "
        "before the kernel moved itself (KASLR); the guest's memory says where things are.\n\n"
        "The file is a GLib key file with one group, in the keys of PANDA's kernelinfo.conf and "
        "more; docs/introspection.md lists them.",
    .examples = examples,
    .options = options,
    .run = run,
    .discard = discard,
};
