/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `ailurus plog`: the records that analyses wrote. */
#include "cli/cli.h"
#include "formats/plog.h"
#include "formats/plog_print.h"
#include "formats/text.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define NAME "plog"

typedef struct Plog {
    char *type, *asid_text, *pc_text; /* owned */
    gint64 from, to;                  /* icounts; -1: not given */
    gboolean json, count, schema, descriptor;
    GOptionEntry *entries; /* owned */
    const char *path;
    uint64_t asid, pc; /* when their texts are given */
    AilPlogReader *reader;
    GHashTable *counts; /* type -> uint64_t, both owned */
    GString *line;
    uint64_t found;
} Plog;

static GOptionEntry *options(void **state)
{
    Plog *p = g_new0(Plog, 1);
    *state = p;
    p->from = p->to = -1;
    const GOptionEntry table[] = {
        {"type", 0, 0, G_OPTION_ARG_FILENAME, &p->type, "only records of this analysis", "NAME"},
        {"from", 0, 0, G_OPTION_ARG_INT64, &p->from,
         "only records of this instruction or later ones", "ICOUNT"},
        {"to", 0, 0, G_OPTION_ARG_INT64, &p->to, "only records before this instruction", "ICOUNT"},
        {"asid", 0, 0, G_OPTION_ARG_FILENAME, &p->asid_text, "only records of this address space",
         "ADDRESS"},
        {"pc", 0, 0, G_OPTION_ARG_FILENAME, &p->pc_text, "only records of this address", "ADDRESS"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &p->json, "print one JSON object a line", NULL},
        {"count", 0, 0, G_OPTION_ARG_NONE, &p->count, "only how many records of each analysis",
         NULL},
        {"schema", 0, 0, G_OPTION_ARG_NONE, &p->schema,
         "print the .proto file that describes the records, for protoc", NULL},
        {"descriptor", 0, 0, G_OPTION_ARG_NONE, &p->descriptor,
         "write the same compiled: a FileDescriptorSet, for libraries", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    p->entries = g_memdup2(table, sizeof table);
    return p->entries;
}

static void discard(void *state)
{
    Plog *p = state;
    g_free(p->type);
    g_free(p->asid_text);
    g_free(p->pc_text);
    g_free(p->entries);
    g_free(p);
}

static bool parse_address(const char *text, uint64_t *value)
{
    return !text || g_ascii_string_to_unsigned(text, 10, 0, UINT64_MAX, value, NULL) ||
           (g_str_has_prefix(text, "0x") &&
            g_ascii_string_to_unsigned(text + 2, 16, 0, UINT64_MAX, value, NULL));
}

static int check_options(Plog *p, int argc, char **argv)
{
    if (argc != 1)
        return ail_cli_usage(NAME, "wants one plog");
    p->path = argv[0];
    if (p->from < -1 || p->to < -1 || (p->to >= 0 && p->to < p->from))
        return ail_cli_usage(NAME, "--from and --to are instruction counts, --from the smaller");
    if (!parse_address(p->asid_text, &p->asid) || !parse_address(p->pc_text, &p->pc))
        return ail_cli_usage(NAME, "--asid and --pc are numbers, such as 0x1000");
    if (p->schema + p->descriptor + p->count > 1)
        return ail_cli_usage(NAME, "--schema, --descriptor and --count: one of them");
    if (p->descriptor && isatty(STDOUT_FILENO))
        return ail_cli_usage(NAME, "--descriptor is not for a terminal");
    return AIL_EXIT_OK;
}

static bool is_wanted(const Plog *p, const AilPlogEntry *e)
{
    return (!p->asid_text || (e->has_asid && e->asid == p->asid)) &&
           (!p->pc_text || (e->has_pc && e->pc == p->pc));
}

static void count(Plog *p, const AilPlogEntry *e)
{
    char *type = ail_plog_entry_type(ail_plog_reader_schema(p->reader), e);
    uint64_t *n = g_hash_table_lookup(p->counts, type);
    if (n) {
        g_free(type);
    } else {
        n = g_new0(uint64_t, 1);
        g_hash_table_insert(p->counts, type, n);
    }
    ++*n;
}

static int print(Plog *p, const AilPlogEntry *e)
{
    AilError err = {""};
    g_string_truncate(p->line, 0);
    if (ail_plog_print(ail_plog_reader_schema(p->reader), e,
                       p->json ? AIL_PLOG_AS_JSON : AIL_PLOG_AS_LINE, p->line, &err) != AIL_OK)
        return ail_cli_fail(NAME, "%s: damaged: %s", p->path, err.text);
    puts(p->line->str);
    return AIL_EXIT_OK;
}

static void print_counts(Plog *p)
{
    GList *types = g_list_sort(g_hash_table_get_keys(p->counts), (GCompareFunc)strcmp);
    for (const GList *t = types; t; t = t->next) {
        uint64_t n = *(uint64_t *)g_hash_table_lookup(p->counts, t->data);
        char *name = p->json ? ail_text_json(t->data) : ail_text_disarm(g_strdup(t->data));
        printf(p->json ? "{\"analysis\":%s,\"records\":%" PRIu64 "}\n" : "%s %" PRIu64 "\n", name,
               n);
        g_free(name);
    }
    g_list_free(types);
}

/* A type that no record has is most likely mistyped. */
static int check_type(const Plog *p)
{
    const AilPlogMessage *entry = ail_plog_schema_entry(ail_plog_reader_schema(p->reader));
    if (!p->type || p->found || ail_plog_message_field(entry, p->type))
        return AIL_EXIT_OK;
    return ail_cli_fail(NAME,
                        "%s: no records of \"%s\"; `ailurus plog --count` shows which there are",
                        p->path, p->type);
}

static int read_all(Plog *p)
{
    AilPlogFilter filter = {.type = p->type,
                            .timed = p->from >= 0 || p->to >= 0,
                            .from = p->from > 0 ? (uint64_t)p->from : 0,
                            .to = p->to >= 0 ? (uint64_t)p->to : UINT64_MAX};
    AilPlogEntry e;
    int code = AIL_EXIT_OK;
    AilStatus s = ail_plog_reader_select(p->reader, &filter);
    while (code == AIL_EXIT_OK && s == AIL_OK && !ferror(stdout)) {
        s = ail_plog_reader_next(p->reader, &e);
        if (s != AIL_OK || !is_wanted(p, &e))
            continue;
        p->found++;
        if (p->count)
            count(p, &e);
        else
            code = print(p, &e);
    }
    if (s == AIL_ERR)
        return ail_cli_fail(NAME, "%s", ail_plog_reader_error(p->reader));
    if (p->count)
        print_counts(p);
    if (s == AIL_END && !ail_plog_reader_complete(p->reader))
        ail_cli_fail(NAME,
                     "warning: %s was not finished (its writer was stopped): these are the "
                     "records that there are",
                     p->path);
    return code == AIL_EXIT_OK ? check_type(p) : code;
}

/* Line by line: a stranger's text may hold commands to the terminal. */
static void print_schema(const char *text)
{
    char **lines = g_strsplit(text, "\n", -1);
    for (char **l = lines; *l; l++)
        if (l[1] || **l)
            puts(ail_text_disarm(*l));
    g_strfreev(lines);
}

static int show(Plog *p)
{
    size_t len;
    if (ail_plog_reader_open(p->reader, p->path) != AIL_OK)
        return ail_cli_fail(NAME, "%s", ail_plog_reader_error(p->reader));
    const uint8_t *descriptor = ail_plog_reader_descriptor(p->reader, &len);
    if (p->descriptor)
        fwrite(descriptor, 1, len, stdout);
    else if (p->schema)
        print_schema(ail_plog_reader_text(p->reader));
    else
        return read_all(p);
    return AIL_EXIT_OK;
}

static int run(void *state, int argc, char **argv)
{
    Plog *p = state;
    int code = check_options(p, argc, argv);
    if (code == AIL_EXIT_OK) {
        p->reader = ail_plog_reader_new();
        p->counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        p->line = g_string_new(NULL);
        code = show(p);
        g_string_free(p->line, TRUE);
        g_hash_table_unref(p->counts);
        ail_plog_reader_free(p->reader);
    }
    discard(p);
    return code;
}

static const AilExample examples[] = {
    {"ailurus analyze boot.trace -a callstack,when-pc=0x1000 -a hotblocks --plog boot.plog",
     "writes a plog with the records of two analyses"},
    {"ailurus plog boot.plog --count", "how many records of each analysis are in it"},
    {"ailurus plog boot.plog --type callstack --from 5200000000 --to 5300000000",
     "the stacks of a moment; what is before and after is not read"},
    {"ailurus plog boot.plog --json | jq -c 'select(.user)'",
     "all records as JSON, of which jq chooses"},
    {"ailurus plog boot.plog --schema > plog.proto",
     "the types of the records, for protoc and programs of your own"},
    {NULL, NULL},
};

const AilCommand ail_command_plog = {
    .name = "plog",
    .usage = "FILE",
    .summary = "Print the records that analyses wrote into a plog",
    .description =
        "A plog has the results of analyses as typed records, which analyses write with --plog. "
        "They are printed one a line, or with --json as the objects that --json of the analysis "
        "itself prints. FILE may be - for standard input.\n\n"
        "Records have the instruction count, address space and address that they are about, where "
        "there is one, and can be chosen by these. With --from or --to, records without an "
        "instruction count are left out, and parts of the file that have none of the wanted ones "
        "are not read.\n\n"
        "What types of records there are is in the plog itself, so that any version reads it, and "
        "any program that knows protobuf: docs/plog-format.md shows how. A plog whose writer was "
        "stopped is good up to its last whole chunk.",
    .examples = examples,
    .options = options,
    .run = run,
    .discard = discard,
};
