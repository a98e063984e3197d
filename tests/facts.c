/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/facts.h"

#include <criterion/criterion.h>
#include <string.h>

struct AilFacts {
    char *elf;           /* owned */
    char **lines;        /* owned; comments removed */
    GHashTable *symbols; /* owned; name -> uint64_t * */
};

static char *read_file(const char *path)
{
    char *text = NULL;
    GError *error = NULL;
    bool read = g_file_get_contents(path, &text, NULL, &error);
    cr_assert(read, "%s", error ? error->message : "");
    return text;
}

/* Lines of `nm`: ADDRESS TYPE NAME. */
static GHashTable *read_symbols(const char *path)
{
    GHashTable *symbols = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    char *text = read_file(path);
    char **lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        char **parts = g_strsplit(*line, " ", 3);
        if (g_strv_length(parts) == 3) {
            uint64_t *address = g_new(uint64_t, 1);
            *address = g_ascii_strtoull(parts[0], NULL, 16);
            g_hash_table_insert(symbols, g_strdup(parts[2]), address);
        }
        g_strfreev(parts);
    }
    g_strfreev(lines);
    g_free(text);
    return symbols;
}

/* Append the guests of folder `arch` of the facts. */
static void list_guests(const char *arch, GArray *names)
{
    char *path = g_build_filename(AIL_GUEST_FACTS, arch, NULL);
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *file;
    while (dir && (file = g_dir_read_name(dir)))
        if (g_str_has_suffix(file, ".facts")) {
            AilGuestName name = {""};
            int len = (int)(strlen(file) - strlen(".facts"));
            g_snprintf(name.text, sizeof name.text, "%s-%.*s", arch, len, file);
            g_array_append_val(names, name);
        }
    g_clear_pointer(&dir, g_dir_close);
    g_free(path);
}

static void free_guests(struct criterion_test_params *params)
{
    cr_free(params->params);
}

struct criterion_test_params ail_facts_guests(void)
{
    GArray *names = g_array_new(FALSE, FALSE, sizeof(AilGuestName));
    list_guests("x86", names);
    list_guests("arm64", names);
    list_guests("ppc", names);
    g_array_sort(names, (GCompareFunc)strcmp);
    AilGuestName *copy = cr_malloc(names->len * sizeof *copy);
    memcpy(copy, names->data, names->len * sizeof *copy);
    size_t n = names->len;
    g_array_unref(names);
    return cr_make_param_array(AilGuestName, copy, n, free_guests);
}

AilFacts *ail_facts_load(const char *guest)
{
    AilFacts *facts = g_new0(AilFacts, 1);
    char **parts = g_strsplit(guest, "-", 2);
    char *path = g_strdup_printf("%s/%s/%s.facts", AIL_GUEST_FACTS, parts[0], parts[1]);
    char *symbols = g_strdup_printf("%s/%s.sym", AIL_GUESTS, guest);
    char *text = read_file(path);
    facts->elf = g_strdup_printf("%s/%s.elf", AIL_GUESTS, guest);
    facts->symbols = read_symbols(symbols);
    facts->lines = g_strsplit(text, "\n", -1);
    for (char **line = facts->lines; *line; line++) {
        char *comment = strchr(*line, '#');
        if (comment) {
            *comment = '\0';
            g_strchomp(*line); /* not where there is no comment: a text may end in a blank */
        }
    }
    g_free(text);
    g_free(symbols);
    g_free(path);
    g_strfreev(parts);
    return facts;
}

void ail_facts_free(AilFacts *facts)
{
    g_hash_table_unref(facts->symbols);
    g_strfreev(facts->lines);
    g_free(facts->elf);
    g_free(facts);
}

const char *ail_facts_elf(const AilFacts *facts)
{
    return facts->elf;
}

const char *ail_facts_machine(const char *guest)
{
    return g_str_has_prefix(guest, "x86")   ? "--arch x86_64 --kernel"
           : g_str_has_prefix(guest, "ppc") ? "--arch ppc --firmware"
                                            : "--arch aarch64 --kernel";
}

uint64_t ail_facts_address(const AilFacts *facts, const char *text)
{
    if (g_ascii_isdigit(*text))
        return g_ascii_strtoull(text, NULL, 0);
    char **parts = g_strsplit(text, "+", 2);
    uint64_t *address = g_hash_table_lookup(facts->symbols, parts[0]);
    cr_assert(address, "%s: no symbol '%s'", facts->elf, parts[0]);
    uint64_t offset = parts[1] ? g_ascii_strtoull(parts[1], NULL, 0) : 0;
    g_strfreev(parts);
    return *address + offset;
}

uint64_t ail_facts_begin(const AilFacts *facts)
{
    return ail_facts_address(facts, "begin");
}

uint64_t ail_facts_end(const AilFacts *facts)
{
    char **line = ail_facts_line(facts, "end", 0, 1);
    uint64_t end = ail_facts_address(facts, line ? line[0] : "end");
    g_strfreev(line);
    return end;
}

char **ail_facts_line(const AilFacts *facts, const char *key, unsigned n, int max_values)
{
    size_t len = strlen(key);
    for (char **line = facts->lines; *line; line++) {
        if (strncmp(*line, key, len) || (*line)[len] != ' ' || n--)
            continue;
        return g_strsplit(*line + len + 1, " ", max_values);
    }
    return NULL;
}

uint64_t ail_facts_number(const AilFacts *facts, const char *key)
{
    char **line = ail_facts_line(facts, key, 0, 1);
    cr_assert(line, "%s: no fact '%s'", facts->elf, key);
    uint64_t number = g_ascii_strtoull(line[0], NULL, 0);
    g_strfreev(line);
    return number;
}

char *ail_facts_serial(const AilFacts *facts)
{
    GString *text = g_string_new(NULL);
    char **line;
    for (unsigned i = 0; (line = ail_facts_line(facts, "serial", i, 1)); i++) {
        g_string_append_printf(text, "%s\n", line[0]);
        g_strfreev(line);
    }
    return g_string_free(text, FALSE);
}
