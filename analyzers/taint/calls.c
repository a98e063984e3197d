/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where tainted bytes went: system calls with tainted arguments, by process, call and file. */
#include <string.h>

#include "analyzers/taint/taint_private.h"

enum { MAX_ROWS = 1 << 16, LABELS = 4, MAX_LOOK = 1 << 24 };

struct TaintCalls {
    Taint *taint;
    GHashTable *rows; /* TaintCall -> itself; owned */
    uint64_t unlisted;
};

static guint row_hash(gconstpointer p)
{
    const TaintCall *r = p;
    return g_str_hash(r->call) ^ r->pid * 31 ^ g_str_hash(r->path) * 7 ^
           (guint)(r->returned | r->memory << 1 | r->arg << 2);
}

static gboolean row_equal(gconstpointer a, gconstpointer b)
{
    const TaintCall *x = a, *y = b;
    return x->pid == y->pid && x->returned == y->returned && x->memory == y->memory &&
           x->arg == y->arg && !strcmp(x->call, y->call) && !strcmp(x->path, y->path);
}

static void row_free(gpointer p)
{
    TaintCall *row = p;
    g_free(row->path);
    g_free(row->comm);
    g_free(row);
}

TaintCalls *taint_calls_new(Taint *t)
{
    TaintCalls *c = g_new0(TaintCalls, 1);
    c->taint = t;
    c->rows = g_hash_table_new_full(row_hash, row_equal, row_free, NULL);
    return c;
}

void taint_calls_free(TaintCalls *c)
{
    if (!c)
        return;
    g_hash_table_destroy(c->rows);
    g_free(c);
}

static void count(TaintCalls *c, const AilTransfer *t, TaintCall key, uint32_t set, uint64_t bytes)
{
    TaintWho who = taint_who(c->taint);
    key.call = t->call->name;
    if (!key.path)
        key.path = (char *)(t->path ? t->path : "");
    key.pid = who.pid;
    TaintCall *row = g_hash_table_lookup(c->rows, &key);
    if (!row && g_hash_table_size(c->rows) >= MAX_ROWS) {
        c->unlisted++;
        return;
    }
    if (!row) {
        row = g_memdup2(&key, sizeof key);
        row->path = g_strdup(key.path);
        row->comm = g_strdup(who.comm);
        row->first = t->icount;
        g_hash_table_insert(c->rows, row, row);
    }
    AilTaint *taint = ail_taint_engine_taint(c->taint->engine);
    row->set = ail_sets_union(taint->sets, row->set, set);
    row->count++;
    row->bytes += bytes;
}

/* The union of what is tainted in a piece of memory, and how many bytes of it are. */
static uint32_t look(TaintCalls *c, const AilTransferPiece *piece, uint64_t *bytes)
{
    AilTaint *taint = ail_taint_engine_taint(c->taint->engine);
    AilCell all = 0;
    uint64_t phys = 0;
    bool known = false;
    if (!ail_shadow_counts(taint->shadow).tainted)
        return 0;
    for (uint64_t i = 0; i < piece->len && i < MAX_LOOK; i++) {
        uint64_t addr = piece->addr + i;
        if (!i || !(addr & 4095))
            known = ail_taint_engine_phys(c->taint->engine, addr, &phys);
        else
            phys++;
        if (!known || !ail_shadow_maybe(taint->shadow, phys)) { /* nothing in this page */
            i += 4095 - (addr & 4095);
            continue;
        }
        AilCell cell = ail_shadow_get(taint->shadow, phys) & AIL_CELL_TAINT;
        all = ail_taint_union(taint, all, cell);
        *bytes += cell != 0;
    }
    return ail_cell_set(all);
}

/* Pieces of one argument count as one. */
static void look_at(TaintCalls *c, const AilTransfer *t, const GArray *pieces, bool returned)
{
    for (guint i = 0; i < pieces->len;) {
        uint64_t bytes = 0;
        uint32_t set = 0;
        uint8_t arg = g_array_index(pieces, AilTransferPiece, i).arg;
        for (; i < pieces->len && g_array_index(pieces, AilTransferPiece, i).arg == arg; i++)
            set = ail_sets_union(ail_taint_engine_taint(c->taint->engine)->sets, set,
                                 look(c, &g_array_index(pieces, AilTransferPiece, i), &bytes));
        if (set)
            count(c, t, (TaintCall){.memory = true, .arg = arg, .returned = returned}, set, bytes);
    }
}

/* The cells of the register that has argument register `reg` of a call. */
static AilVar register_of(const TaintCalls *c, unsigned abi, unsigned reg)
{
    static const char *const names[AIL_ABI_COUNT][6] = {
        [AIL_ABI_X86_64] = {"rdi", "rsi", "rdx", "r10", "r8", "r9"},
        [AIL_ABI_I386] = {"ebx", "ecx", "edx", "esi", "edi", "ebp"},
        [AIL_ABI_ARM64] = {"x0", "x1", "x2", "x3", "x4", "x5"},
        [AIL_ABI_ARM] = {"r0", "r1", "r2", "r3", "r4", "r5"},
    };
    if (abi >= AIL_ABI_COUNT || reg >= 6 || !names[abi][reg])
        return (AilVar){0};
    return ail_lift_find(c->taint->env.info->arch, names[abi][reg]);
}

static void look_at_registers(TaintCalls *c, const AilTransfer *t)
{
    AilTaint *taint = ail_taint_engine_taint(c->taint->engine);
    if (!ail_taint_any_reg(taint))
        return;
    for (unsigned i = 0; i < t->call->n_args; i++) {
        const AilSyscallArg *arg = &t->call->args[i];
        AilVar at = register_of(c, t->abi, arg->reg);
        AilCell all = 0;
        uint64_t bytes = 0;
        for (unsigned k = 0; at.kind && k < MIN(at.size, arg->size); k++) {
            all = ail_taint_union(taint, all, taint->state[at.at + k]);
            bytes += taint->state[at.at + k] != 0;
        }
        if (all)
            count(c, t, (TaintCall){.arg = (uint8_t)i}, ail_cell_set(all), bytes);
    }
}

void taint_calls_begun(TaintCalls *c, const AilTransfer *t)
{
    look_at_registers(c, t);
    look_at(c, t, t->in, false);
}

void taint_calls_returned(TaintCalls *c, const AilTransfer *t)
{
    if (t->data)
        look_at(c, t, t->out, true);
}

void taint_calls_moved(TaintCalls *c, const AilTransfer *t, unsigned arg, const char *path,
                       uint32_t set, uint64_t bytes)
{
    TaintCall key = {.memory = true, .arg = (uint8_t)arg, .path = (char *)(path ? path : "")};
    count(c, t, key, set, bytes);
}

/* --- the report --- */

static gint by_first(gconstpointer a, gconstpointer b)
{
    const TaintCall *x = *(TaintCall *const *)a, *y = *(TaintCall *const *)b;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    int calls = strcmp(x->call, y->call);
    return calls ? calls
                 : (x->returned | x->memory << 1 | x->arg << 2) -
                       (y->returned | y->memory << 1 | y->arg << 2);
}

void taint_calls_each(const TaintCalls *c, void (*fn)(void *self, const TaintCall *call),
                      void *self)
{
    guint n;
    void **all = g_hash_table_get_keys_as_array(c->rows, &n);
    qsort(all, n, sizeof *all, by_first);
    for (guint i = 0; i < n; i++)
        fn(self, all[i]);
    g_free(all);
}

static void count_socket(void *self, const TaintCall *call)
{
    uint64_t *n = self;
    if (call->memory && !call->returned && g_str_has_prefix(call->path, "socket:"))
        *n += call->count;
}

uint64_t taint_calls_to_sockets(const TaintCalls *c)
{
    uint64_t n = 0;
    taint_calls_each(c, count_socket, &n);
    return n;
}

static void print_record(const TaintCall *row, const char *labels, AilOutput *out)
{
    ail_json_begin(out, "taint");
    ail_json_text(out, "kind", row->returned ? "returned" : "call");
    ail_json_text(out, "call", row->call);
    ail_json_number(out, "argument", row->arg + 1u);
    ail_json_bool(out, "memory", row->memory);
    if (*row->path)
        ail_json_text(out, "path", row->path);
    if (row->pid)
        ail_json_number(out, "pid", row->pid);
    if (row->comm)
        ail_json_text(out, "comm", row->comm);
    ail_json_number(out, "count", row->count);
    ail_json_number(out, "bytes", row->bytes);
    ail_json_number(out, "first_icount", row->first);
    ail_json_text(out, "labels", labels);
    ail_json_end(out);
}

static void print_line(const TaintCall *row, const char *labels, AilOutput *out)
{
    char who[64], what[64];
    g_snprintf(who, sizeof who, "%s (%u)", row->comm ? row->comm : "?", row->pid);
    g_snprintf(what, sizeof what, "%s, %s of argument %u", row->call,
               row->memory ? "memory" : "value", row->arg + 1u);
    ail_output_text(
        out,
        "%10" G_GUINT64_FORMAT "  %14" G_GUINT64_FORMAT "  %8" G_GUINT64_FORMAT "  %-22s  %s %s",
        row->count, row->first, row->bytes, who, row->returned ? "returned by" : "given to", what);
    if (*row->path)
        ail_output_text(out, "  %s", row->path);
    ail_output_styled(out, AIL_STYLE_DIM, "  %s", labels);
    ail_output_text(out, "\n");
}

void taint_calls_print(TaintCalls *c, AilOutput *out)
{
    guint n;
    void **all = g_hash_table_get_keys_as_array(c->rows, &n);
    qsort(all, n, sizeof *all, by_first);
    if (ail_output_wants_text(out)) {
        ail_output_styled(out, AIL_STYLE_HEADING, "\nSystem calls with tainted bytes: %u\n", n);
        if (n)
            ail_output_styled(out, AIL_STYLE_DIM, "%10s  %14s  %8s  %-22s  %s\n", "times",
                              "first at", "bytes", "process", "call, file, and the labels");
    }
    for (guint i = 0; i < n; i++) {
        const TaintCall *row = all[i];
        TaintLabels labels = taint_labels(c->taint, row->set, LABELS);
        if (ail_output_wants_text(out) && (!c->taint->top || i < c->taint->top))
            print_line(row, labels.few, out);
        if (ail_output_wants_records(out))
            print_record(row, labels.all, out);
        taint_labels_clear(&labels);
    }
    if (ail_output_wants_text(out) && c->taint->top && n > c->taint->top)
        ail_output_styled(out, AIL_STYLE_DIM, "%10s  (%u more: --top=0 lists all)\n", "",
                          n - c->taint->top);
    if (ail_output_wants_text(out) && c->unlisted)
        ail_output_text(out, "%10s  %" G_GUINT64_FORMAT " further calls\n", "", c->unlisted);
    g_free(all);
}
