/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files that coverage writes: each beside its place until all is well. */
#include "analyzers/coverage_private.h"

#include <inttypes.h>

#include "analyzers/draft.h"
#include "formats/drcov.h"
#include "formats/lcov.h"

/* A block for a drcov file. */
typedef struct FileBlock {
    uint32_t runner, area;
    uint64_t start, size;
} FileBlock;

struct CoverFiles {
    const CoverWish *wish;
    const CoverSweep *sweep;
    bool json;
    bool folder;           /* drcov: a file for each runner */
    AilRows *blocks;       /* of FileBlock; owned; NULL: no drcov is wanted */
    GArray *drafts;        /* of AilDraft */
    FILE *edges;           /* borrowed from a draft; NULL: not wanted */
    AilOutput *out;        /* to it, for JSON; owned */
    AilLcov *lcov;         /* owned; NULL: not wanted */
    uint32_t area;         /* whose lines are being counted, + 1 */
    AilLcovModule *module; /* the lines of its file; NULL: it has none; borrowed */
    AilDrcov *drcov;       /* the file being filled */
    uint32_t runner;       /* that it is of */
    GHashTable *modules;   /* area -> its number in the file + 1 */
    GHashTable *names;     /* of files in the folder, so far */
};

static int compare(const void *a, const void *b)
{
    const FileBlock *x = a, *y = b;
    if (x->runner != y->runner)
        return x->runner < y->runner ? -1 : 1;
    if (x->area != y->area)
        return x->area < y->area ? -1 : 1;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return x->size < y->size ? -1 : x->size > y->size;
}

static void fold(void *into, const void *from)
{
    (void)into, (void)from;
}

static const AilRowKind kind = {sizeof(FileBlock), compare, fold};

static AilDraft *draft(CoverFiles *f, const char *path, AilError *err)
{
    AilDraft d;
    if (ail_draft_open(&d, path, err) != AIL_OK)
        return NULL;
    g_array_append_val(f->drafts, d);
    return &g_array_index(f->drafts, AilDraft, f->drafts->len - 1);
}

CoverFiles *cover_files_new(const CoverWish *w, const CoverSweep *s, bool json, AilError *err)
{
    CoverFiles *f = g_new0(CoverFiles, 1);
    f->wish = w;
    f->sweep = s;
    f->json = json;
    f->drafts = g_array_new(FALSE, FALSE, sizeof(AilDraft));
    f->modules = g_hash_table_new(NULL, NULL);
    f->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (w->drcov) {
        f->blocks = ail_rows_new(&kind, 0);
        f->folder = g_file_test(w->drcov, G_FILE_TEST_IS_DIR);
    }
    if (w->lcov)
        f->lcov = ail_lcov_new();
    if (w->edges) {
        const AilDraft *d = draft(f, w->edges, err);
        if (!d) {
            cover_files_free(f);
            return NULL;
        }
        f->edges = d->file;
        f->out = ail_output_new(f->edges, json ? AIL_OUTPUT_JSON : AIL_OUTPUT_TEXT, 0);
    }
    return f;
}

void cover_files_free(CoverFiles *f)
{
    if (!f)
        return;
    ail_output_free(f->out);
    for (guint i = 0; i < f->drafts->len; i++)
        ail_draft_drop(&g_array_index(f->drafts, AilDraft, i));
    g_array_free(f->drafts, TRUE);
    ail_rows_free(f->blocks);
    ail_lcov_free(f->lcov);
    ail_drcov_free(f->drcov);
    g_hash_table_destroy(f->modules);
    g_hash_table_destroy(f->names);
    g_free(f);
}

static const CoverArea *area_at(const CoverFiles *f, uint32_t i)
{
    return &g_array_index(f->sweep->areas, CoverArea, i);
}

/* --- drcov --- */

AilStatus cover_files_block(CoverFiles *f, const CoverBlock *b, AilError *err)
{
    FileBlock row = {b->runner, b->area, b->start, b->size};
    if (!f->blocks || (b->runner == COVERAGE_ALL) == f->folder)
        return AIL_OK;
    return ail_rows_add(f->blocks, &row, err);
}

/* "12-sh.drcov" in the folder; "12-sh-2.drcov" if there is one. */
static char *file_name(CoverFiles *f, uint32_t runner)
{
    char *name = cover_runner_name(f->sweep->places, runner);
    char *path = NULL;
    g_strcanon(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.", '-');
    for (unsigned i = 1; !path; i++) {
        char *file =
            i == 1 ? g_strconcat(name, ".drcov", NULL) : g_strdup_printf("%s-%u.drcov", name, i);
        if (g_hash_table_add(f->names, g_strdup(file)))
            path = g_build_filename(f->wish->drcov, file, NULL);
        g_free(file);
    }
    g_free(name);
    return path;
}

static AilStatus end_drcov(CoverFiles *f, AilError *err)
{
    if (!f->drcov)
        return AIL_OK;
    char *path = f->folder ? file_name(f, f->runner) : g_strdup(f->wish->drcov);
    AilDraft *d = draft(f, path, err);
    AilStatus status = d ? ail_drcov_write(f->drcov, d->file, err) : AIL_ERR;
    if (status == AIL_OK) /* folders may get thousands */
        status = ail_draft_close(d, err);
    g_free(path);
    ail_drcov_free(f->drcov);
    f->drcov = NULL;
    g_hash_table_remove_all(f->modules);
    return status;
}

/* Where offsets of the area count from, in its runner's memory. */
static AilDrcovModule drcov_module(const CoverFiles *f, const CoverArea *a, uint32_t runner,
                                   uint64_t *origin)
{
    AilDrcovModule m = {a->start, a->end, a->name};
    uint64_t base, end, kernel, kernel_end;
    AilCodeKind code = ail_places_code_at(f->sweep->places, a->code).kind;
    *origin = a->start;
    if (code == AIL_CODE_FILE || code == AIL_CODE_MODULE) {
        *origin = a->start >> 32 << 32;
        m.base = *origin;
        if (ail_places_extent(f->sweep->places, runner, a->code, &base, &end)) {
            m.base = base + *origin;
            m.end = MAX(end, base + a->end);
        }
    } else if (code == AIL_CODE_KERNEL &&
               ail_places_kernel(f->sweep->places, &kernel, &kernel_end) && a->start >= kernel &&
               a->start < kernel_end) {
        *origin = m.base = kernel;
        m.end = kernel_end;
    }
    return m;
}

static AilStatus put_block(void *user, const void *row)
{
    struct {
        CoverFiles *f;
        AilError *err;
    } *to = user;
    CoverFiles *f = to->f;
    const FileBlock *b = row;
    const CoverArea *a = area_at(f, b->area);
    uint64_t origin;
    if (f->drcov && f->runner != b->runner && end_drcov(f, to->err) != AIL_OK)
        return AIL_ERR;
    if (!f->drcov) {
        f->drcov = ail_drcov_new();
        f->runner = b->runner;
    }
    AilDrcovModule m = drcov_module(f, a, b->runner, &origin);
    guint number = GPOINTER_TO_UINT(g_hash_table_lookup(f->modules, GUINT_TO_POINTER(b->area)));
    if (!number) {
        number = ail_drcov_module(f->drcov, &m) + 1;
        g_hash_table_insert(f->modules, GUINT_TO_POINTER(b->area), GUINT_TO_POINTER(number));
    }
    return ail_drcov_block(f->drcov, number - 1, b->start - origin, b->size, to->err);
}

static AilStatus write_drcov(CoverFiles *f, AilError *err)
{
    struct {
        CoverFiles *f;
        AilError *err;
    } to = {f, err};
    if (!f->folder)
        f->drcov = ail_drcov_new();
    f->runner = COVERAGE_ALL;
    if (ail_rows_each(f->blocks, put_block, &to, err) != AIL_OK)
        return AIL_ERR;
    return end_drcov(f, err);
}

/* --- lcov --- */

void cover_files_insn(CoverFiles *f, const CoverInsn *i)
{
    if (!f->lcov)
        return;
    if (f->area != i->area + 1) {
        const CoverArea *a = area_at(f, i->area);
        f->area = i->area + 1;
        f->module = NULL;
        if (ail_places_code_at(f->sweep->places, a->code).kind == AIL_CODE_FILE)
            f->module = ail_lcov_open(f->lcov, f->wish->sysroot, a->name);
    }
    if (f->module)
        ail_lcov_count(f->module, i->offset, i->runs);
}

static AilStatus write_lcov(CoverFiles *f, AilError *err)
{
    if (!ail_lcov_any(f->lcov))
        return ail_error_set(err,
                             "lcov: no program that ran is in %s with line numbers: put "
                             "programs with DWARF there, under the guest's paths",
                             f->wish->sysroot);
    const AilDraft *d = draft(f, f->wish->lcov, err);
    return d ? ail_lcov_write(f->lcov, d->file, err) : AIL_ERR;
}

/* --- edges --- */

static void print_end(CoverFiles *f, uint32_t area, uint64_t offset)
{
    char *name = g_strescape(area_at(f, area)->name, NULL);
    AilCodeKind code = ail_places_code_at(f->sweep->places, area_at(f, area)->code).kind;
    if (code == AIL_CODE_FILE || code == AIL_CODE_MODULE)
        fprintf(f->edges, "%s+0x%" PRIx64, name, offset);
    else
        fprintf(f->edges, "0x%" PRIx64, offset);
    g_free(name);
}

static void json_end(CoverFiles *f, const char *key, uint32_t area, uint64_t offset)
{
    ail_json_object(f->out, key);
    ail_json_text(f->out, "module", area_at(f, area)->name);
    ail_json_address(f->out, "offset", offset);
    ail_json_object_end(f->out);
}

void cover_files_edge(CoverFiles *f, const CoverEdge *e)
{
    AilRunner r = ail_places_runner_at(f->sweep->places, e->runner);
    if (f->json) {
        ail_json_begin(f->out, "coverage.edge");
        if (r.known) {
            ail_json_number(f->out, "pid", r.pid);
            ail_json_text(f->out, "comm", r.comm);
        } else {
            ail_json_address(f->out, "asid", r.asid);
        }
        json_end(f, "from", e->area, e->offset);
        json_end(f, "to", e->to_area, e->to_offset);
        ail_json_number(f->out, "count", e->runs);
        ail_json_end(f->out);
        return;
    }
    char *name = cover_runner_name(f->sweep->places, e->runner);
    fprintf(f->edges, "%" PRIu64 "\t%s\t", e->runs, name);
    print_end(f, e->area, e->offset);
    fputc('\t', f->edges);
    print_end(f, e->to_area, e->to_offset);
    fputc('\n', f->edges);
    g_free(name);
}

AilStatus cover_files_finish(CoverFiles *f, AilError *err)
{
    AilStatus status = AIL_OK;
    if (f->out)
        status = ail_output_check(f->out, err);
    if (f->blocks && status == AIL_OK)
        status = write_drcov(f, err);
    if (f->lcov && status == AIL_OK)
        status = write_lcov(f, err);
    for (guint i = 0; i < f->drafts->len && status == AIL_OK; i++)
        status = ail_draft_place(&g_array_index(f->drafts, AilDraft, i), err);
    return status;
}
