/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Instructions that read tainted bytes, for disassemblers: a script that marks them, or JSON. Code
 * of a file is named by its offset there, since it may be loaded anywhere; each script marks what
 * is of the program that is open, by the name of its file.
 */
#include <inttypes.h>
#include <string.h>

#include "analyzers/draft.h"
#include "analyzers/taint/taint_private.h"

typedef enum { GHIDRA, IDA, RADARE, JSON } Kind;

static const char *const suffixes[] = {".ghidra.py", ".ida.py", ".r2", ".json"};

typedef struct Markers {
    Taint *taint;
    Kind kind;
    FILE *to;
    bool any;
} Markers;

static bool kind_of(const char *path, Kind *kind)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(suffixes); i++)
        if (g_str_has_suffix(path, suffixes[i])) {
            *kind = (Kind)i;
            return true;
        }
    return false;
}

AilStatus taint_markers_check(const char *path, AilError *err)
{
    Kind kind;
    char *dir = g_path_get_dirname(path);
    AilStatus status = AIL_OK;
    if (!kind_of(path, &kind))
        status = ail_error_set(err,
                               "taint: markers=%s: the name must end with .ghidra.py, .ida.py, .r2 "
                               "or .json, which says what for",
                               path);
    else if (!g_file_test(dir, G_FILE_TEST_IS_DIR))
        status = ail_error_set(err, "taint: markers=%s: there is no folder %s", path, dir);
    g_free(dir);
    return status;
}

/* A string that JSON and Python read alike. */
static char *literal(const char *text)
{
    GString *s = g_string_new("\"");
    char *valid = g_utf8_make_valid(text, -1);
    for (const char *c = valid; *c; c = g_utf8_next_char(c)) {
        gunichar u = g_utf8_get_char(c);
        if (u == '"' || u == '\\')
            g_string_append_printf(s, "\\%c", (char)u);
        else if (u < 32 || (u >= 127 && u < 0x10000))
            g_string_append_printf(s, "\\u%04x", u);
        else
            g_string_append_c(s, u < 128 ? (char)u : '?');
    }
    g_free(valid);
    g_string_append_c(s, '"');
    return g_string_free(s, FALSE);
}

static char *comment_of(const Markers *m, const TaintPlace *place)
{
    char *labels = taint_describe(m->taint, place->set, 4);
    char *text =
        g_strdup_printf("taint: %s, %" PRIu64 " times, depth %u, by %s (%u)", labels, place->count,
                        place->depth, place->comm ? place->comm : "?", place->pid);
    g_free(labels);
    return text;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void put_entry(const Markers *m, const TaintPlace *place, const char *comment)
{
    char *text = literal(comment), *module = literal(place->module ? base_name(place->module) : "");
    fprintf(m->to,
            "%s  {\"module\": %s, \"offset\": %" PRIu64 ", \"address\": %" PRIu64
            ", \"user\": %s, \"comment\": %s}",
            m->any ? ",\n" : "", module, place->offset, place->pc,
            place->user ? (m->kind == JSON ? "true" : "True")
                        : (m->kind == JSON ? "false" : "False"),
            text);
    g_free(text);
    g_free(module);
}

/* radare2 has no offsets of files in its comments: addresses are those of the trace. */
static void put_radare(const Markers *m, const TaintPlace *place, const char *comment)
{
    char *encoded = g_base64_encode((const guchar *)comment, strlen(comment));
    fprintf(m->to, "CCu base64:%s @ 0x%" PRIx64 "\n", encoded, place->pc);
    fprintf(m->to, "ecHi yellow @ 0x%" PRIx64 "\n", place->pc);
    g_free(encoded);
}

static void put(void *self, const TaintPlace *place)
{
    Markers *m = self;
    char *comment = comment_of(m, place);
    if (m->kind == RADARE)
        put_radare(m, place, comment);
    else
        put_entry(m, place, comment);
    m->any = true;
    g_free(comment);
}

static const char *const heads[] = {
    [GHIDRA] = "# Marks instructions that read tainted bytes. Run it in Ghidra's script manager.\n"
               "#@category Ailurus\n"
               "from ghidra.program.model.listing import CodeUnit\n"
               "marks = [\n",
    [IDA] = "# Marks instructions that read tainted bytes. File > Script file...\n"
            "import ida_bytes, ida_idaapi, ida_loader, ida_nalt, idc\n"
            "marks = [\n",
    [RADARE] =
        ("# Marks instructions that read tainted bytes, at the trace's addresses (map a file\n"
         "# there with -B, or with the debugger). r2 -i FILE, or \". FILE\"\n"),
    [JSON] = "[\n",
};

static const char *const tails[] = {
    [GHIDRA] = "\n]\n"
               "name = currentProgram.getName()\n"
               "memory = currentProgram.getMemory()\n"
               "for mark in marks:\n"
               "    if mark[\"module\"]:\n"
               "        if mark[\"module\"] != name:\n"
               "            continue\n"
               "        found = memory.locateAddressesForFileOffset(mark[\"offset\"])\n"
               "        where = [a for a in found]\n"
               "    else:\n"
               "        where = [toAddr(mark[\"address\"])]\n"
               "    for address in where:\n"
               "        if memory.contains(address):\n"
               "            createBookmark(address, \"taint\", mark[\"comment\"])\n"
               "            setEOLComment(address, mark[\"comment\"])\n",
    [IDA] = "\n]\n"
            "name = ida_nalt.get_root_filename()\n"
            "for mark in marks:\n"
            "    if mark[\"module\"]:\n"
            "        if mark[\"module\"] != name:\n"
            "            continue\n"
            "        ea = ida_loader.get_fileregion_ea(mark[\"offset\"])\n"
            "    else:\n"
            "        ea = mark[\"address\"]\n"
            "    if ea != ida_idaapi.BADADDR and ida_bytes.is_loaded(ea):\n"
            "        ida_bytes.set_cmt(ea, mark[\"comment\"], False)\n"
            "        idc.set_color(ea, idc.CIC_ITEM, 0xc0ffff)\n",
    [RADARE] = "",
    [JSON] = "\n]\n",
};

AilStatus taint_markers_write(Taint *t, const char *path, AilError *err)
{
    Markers m = {.taint = t};
    AilDraft d = {0};
    if (!kind_of(path, &m.kind))
        return taint_markers_check(path, err);
    if (ail_draft_open(&d, path, err) != AIL_OK)
        return AIL_ERR;
    m.to = d.file;
    fputs(heads[m.kind], m.to);
    taint_places_each(t->instructions, put, &m);
    fputs(tails[m.kind], m.to);
    AilStatus status = ail_draft_close(&d, err);
    if (status == AIL_OK)
        status = ail_draft_place(&d, err);
    ail_draft_drop(&d);
    return status;
}
