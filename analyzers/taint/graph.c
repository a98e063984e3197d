/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who gave tainted bytes to whom, as a graph in Graphviz's language: sources, processes, and what
 * processes wrote and read. What came out of one socket with the labels that went into another is
 * joined with it by a dashed line, as is serial input with where processes read it: it came in
 * while any process ran.
 */
#include <glib/gstdio.h>
#include <inttypes.h>
#include <string.h>

#include "analyzers/draft.h"
#include "analyzers/taint/taint_private.h"

typedef struct Graph {
    Taint *taint;
    GString *dot;
    GHashTable *nodes; /* name of a node -> itself; owned */
    GHashTable *edges; /* "from to" -> Edge; both owned */
    GPtrArray *order;  /* of Edge, as they came */
    GPtrArray *calls;  /* of const TaintCall *, as they came */
} Graph;

typedef struct Edge {
    char *from, *to; /* owned */
    uint64_t bytes;
    bool dashed;
} Edge;

static void edge_free(gpointer p)
{
    Edge *edge = p;
    g_free(edge->from);
    g_free(edge->to);
    g_free(edge);
}

/* Text in quotes, as the language wants it. */
static char *quoted(const char *text)
{
    GString *s = g_string_new("\"");
    for (const char *c = text; *c; c++)
        if (*c == '"' || *c == '\\')
            g_string_append_printf(s, "\\%c", *c);
        else
            g_string_append_c(s, (unsigned char)*c < 32 || *c == 127 ? '?' : *c);
    g_string_append_c(s, '"');
    char *valid = g_utf8_make_valid(s->str, -1);
    g_string_free(s, TRUE);
    return valid;
}

static char *add_node(Graph *g, const char *label, const char *style)
{
    char *name = quoted(label);
    if (!g_hash_table_contains(g->nodes, name)) {
        g_hash_table_add(g->nodes, g_strdup(name));
        g_string_append_printf(g->dot, "  %s [%s];\n", name, style);
    }
    return name;
}

static char *process_node(Graph *g, uint32_t pid, const char *comm)
{
    char *label = g_strdup_printf("%s (%u)", comm ? comm : "?", pid);
    char *name = add_node(g, label, "shape=box, style=\"rounded,filled\", fillcolor=\"#dbe9f6\"");
    g_free(label);
    return name;
}

static char *file_node(Graph *g, const char *path)
{
    return add_node(g, path, "shape=note, style=filled, fillcolor=\"#fdf3d0\"");
}

/* Takes over from and to. */
static void add_edge(Graph *g, char *from, char *to, uint64_t bytes, bool dashed)
{
    char *key = g_strdup_printf("%s %s", from, to);
    Edge *edge = g_hash_table_lookup(g->edges, key);
    if (edge) {
        edge->bytes += bytes;
        g_free(key);
        g_free(from);
        g_free(to);
        return;
    }
    edge = g_new0(Edge, 1);
    *edge = (Edge){from, to, bytes, dashed};
    g_hash_table_insert(g->edges, key, edge);
    g_ptr_array_add(g->order, edge);
}

static char *source_node(Graph *g, const AilTaintSource *source)
{
    bool packet = !strcmp(source->kind, "packet");
    char *label =
        packet ? g_strdup("packets") : g_strdup_printf("%s %s", source->kind, source->name);
    char *node = add_node(g, label, "shape=ellipse, style=filled, fillcolor=\"#f8d3d0\"");
    g_free(label);
    return node;
}

static bool is_serial(const AilTaintSource *source)
{
    return !strcmp(source->kind, "serial");
}

static void add_sources(Graph *g)
{
    for (size_t i = 0; i < ail_taint_sources_count(g->taint->sources); i++) {
        const AilTaintSource *source = ail_taint_sources_at(g->taint->sources, i);
        char *from = source_node(g, source);
        if (is_serial(source))
            g_free(from);
        else
            add_edge(g, from, process_node(g, source->pid, source->comm), source->bytes, false);
    }
}

/* What was read at a terminal, with labels of the serial port. */
static void join_serial(Graph *g, const TaintCall *call)
{
    AilSets *sets = ail_taint_engine_taint(g->taint->engine)->sets;
    uint32_t n;
    const AilLabelRange *ranges = ail_sets_ranges(sets, call->set, &n);
    const AilTaintSource *source =
        n ? ail_taint_sources_of(g->taint->sources, ranges[0].first) : NULL;
    bool terminal = g_str_has_prefix(call->path, "/dev/");
    if (source && is_serial(source) && terminal)
        add_edge(g, source_node(g, source), file_node(g, call->path), call->bytes, true);
}

/* What went into another socket with some of the same labels, most likely came out here: the same
 * bytes, whoever had given them to it. */
static void join_sockets(Graph *g, const TaintCall *call)
{
    const AilSets *sets = ail_taint_engine_taint(g->taint->engine)->sets;
    GHashTable *joined = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < g->calls->len; i++) {
        const TaintCall *other = g->calls->pdata[i];
        bool socket = g_str_has_prefix(other->path, "socket:") && strcmp(other->path, call->path);
        if (socket && !other->returned && ail_sets_share(sets, other->set, call->set) &&
            g_hash_table_add(joined, other->path))
            add_edge(g, file_node(g, other->path), file_node(g, call->path), call->bytes, true);
    }
    g_hash_table_destroy(joined);
}

static void add_call(void *self, const TaintCall *call)
{
    Graph *g = self;
    if (!call->memory)
        return;
    char *process = process_node(g, call->pid, call->comm);
    char *other;
    if (*call->path)
        other = file_node(g, call->path);
    else
        other = add_node(g, call->call, "shape=plain");
    if (call->returned && g_str_has_prefix(call->path, "socket:"))
        join_sockets(g, call);
    if (call->returned)
        join_serial(g, call);
    if (call->returned)
        add_edge(g, other, process, call->bytes, false);
    else
        add_edge(g, process, other, call->bytes, false);
    g_ptr_array_add(g->calls, (void *)call);
}

/* From the socket that it is of, if that is known, to the device and whom it sends it to. */
static void add_frame(void *self, const TaintFrame *frame)
{
    Graph *g = self;
    const char *to = frame->what.to;
    char *label = g_strdup_printf("%s%s%s%s%s", frame->device, *to ? " to " : "", to,
                                  *frame->what.protocol ? ", " : "", frame->what.protocol);
    char *socket = g_strdup_printf("socket:[%" PRIu64 "]", frame->socket);
    char *device = add_node(g, label, "shape=cds, style=filled, fillcolor=\"#d9ead3\"");
    char *from = frame->socket ? file_node(g, socket) : process_node(g, frame->pid, frame->comm);
    add_edge(g, from, device, frame->bytes, false);
    g_free(socket);
    g_free(label);
}

static void write_edges(Graph *g)
{
    for (guint i = 0; i < g->order->len; i++) {
        const Edge *edge = g->order->pdata[i];
        g_string_append_printf(g->dot, "  %s -> %s [label=\"%" PRIu64 " bytes\"%s];\n", edge->from,
                               edge->to, edge->bytes, edge->dashed ? ", style=dashed" : "");
    }
}

/* What dot makes of the graph; NULL and err set: it cannot be run, or fails. */
static char *draw(const char *dot, AilError *err)
{
    char *argv[] = {"dot", "-Tsvg", NULL}, *svg = NULL, *said = NULL;
    GError *error = NULL;
    gint status = 0;
    char *path = NULL;
    gint fd = g_file_open_tmp("ailurus-XXXXXX.dot", &path, &error);
    if (fd >= 0 && g_close(fd, &error) && g_file_set_contents(path, dot, -1, &error)) {
        char *with_file[] = {argv[0], argv[1], path, NULL};
        g_spawn_sync(NULL, with_file, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &svg, &said, &status,
                     &error);
    }
    if (path)
        remove(path);
    if (error)
        ail_error_set(err,
                      "taint: graph: cannot draw with Graphviz's \"dot\" (%s): install it, or "
                      "write FILE.dot",
                      error->message);
    else if (status)
        ail_error_set(err, "taint: graph: dot failed: %s", said);
    if (error || status)
        g_clear_pointer(&svg, g_free);
    g_clear_error(&error);
    g_free(path);
    g_free(said);
    return svg;
}

static AilStatus write_file(const char *path, const char *text, AilError *err)
{
    AilDraft d = {0};
    if (ail_draft_open(&d, path, err) != AIL_OK)
        return AIL_ERR;
    fputs(text, d.file);
    AilStatus status = ail_draft_close(&d, err);
    if (status == AIL_OK)
        status = ail_draft_place(&d, err);
    ail_draft_drop(&d);
    return status;
}

AilStatus taint_graph_check(const char *path, AilError *err)
{
    char *dot = g_find_program_in_path("dot"), *dir = g_path_get_dirname(path);
    AilStatus status = AIL_OK;
    if (!dot && g_str_has_suffix(path, ".svg"))
        status = ail_error_set(err,
                               "taint: graph=%s: Graphviz's \"dot\" draws it, which is not "
                               "installed; write FILE.dot, or install graphviz",
                               path);
    else if (!g_file_test(dir, G_FILE_TEST_IS_DIR))
        status = ail_error_set(err, "taint: graph=%s: there is no folder %s", path, dir);
    g_free(dot);
    g_free(dir);
    return status;
}

AilStatus taint_graph_write(Taint *t, const char *path, AilError *err)
{
    Graph g = {.taint = t,
               .dot = g_string_new("digraph taint {\n  rankdir=LR;\n"
                                   "  node [fontname=\"sans-serif\"];\n"
                                   "  edge [fontname=\"sans-serif\", fontsize=10];\n")};
    g.nodes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g.edges = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, edge_free);
    g.order = g_ptr_array_new();
    g.calls = g_ptr_array_new();
    add_sources(&g);
    taint_calls_each(t->calls, add_call, &g);
    taint_sent_each(t->sent, add_frame, &g);
    write_edges(&g);
    g_string_append(g.dot, "}\n");
    char *svg = g_str_has_suffix(path, ".svg") ? draw(g.dot->str, err) : NULL;
    AilStatus status = AIL_ERR;
    if (svg || !g_str_has_suffix(path, ".svg"))
        status = write_file(path, svg ? svg : g.dot->str, err);
    g_free(svg);
    g_ptr_array_free(g.calls, TRUE);
    g_ptr_array_free(g.order, TRUE);
    g_hash_table_destroy(g.edges);
    g_hash_table_destroy(g.nodes);
    g_string_free(g.dot, TRUE);
    return status;
}
