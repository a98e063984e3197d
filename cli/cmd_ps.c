/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `ailurus ps`: the guest's processes at a moment. */
#include "cli/guest_cli.h"

#include <inttypes.h>
#include <string.h>

enum { MAX_INDENT = 32 }; /* levels of a tree that are indented */

static GOptionEntry *options(void **state)
{
    AilGuestAsk *ask = g_new0(AilGuestAsk, 1);
    *state = ask;
    ask->command = "ps";
    const GOptionEntry more[] = {
        {"tree", 0, 0, G_OPTION_ARG_NONE, &ask->tree, "children below their parents", NULL},
        {"all", 0, 0, G_OPTION_ARG_NONE, &ask->all, "those that had ended, too", NULL},
        {"threads", 0, 0, G_OPTION_ARG_NONE, &ask->threads, "a line for each thread", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    return ail_guest_cli_options(ask, more, false);
}

/* The tasks to show, and how to go from each to its children. */
typedef struct List {
    const AilGuestAsk *ask;
    const AilGuest *guest;
    AilOutput *out;
    size_t n;
    uint64_t *first_child, *next; /* by id; 0: none. First of the rest at first_child[0] */
} List;

static bool is_shown(const List *l, const AilTask *t)
{
    bool first = t->pid == t->tgid;
    bool lives = t->died == UINT64_MAX || (first && ail_guest_process_lives(l->guest, t));
    return (l->ask->all || lives) && (l->ask->threads || first);
}

/* "exit 1", "signal 9", "" while it lives. */
static const char *exit_text(const AilTask *t, char *buf, size_t size)
{
    uint32_t signal = t->exit_code & 0x7f;
    if (t->died == UINT64_MAX)
        g_strlcpy(buf, "-", size);
    else if (signal)
        g_snprintf(buf, size, "signal %u", signal);
    else
        g_snprintf(buf, size, "%u", t->exit_code >> 8 & 0xff);
    return buf;
}

/* What it runs, as ps(1) shows it. */
static char *command_of(const AilTask *t)
{
    GString *text = g_string_new(NULL);
    for (const char *const *arg = t->args; *arg; arg++)
        g_string_append_printf(text, "%s%s", text->len ? " " : "", *arg);
    if (!text->len && *t->path)
        g_string_append(text, t->path);
    if (!text->len)
        g_string_append_printf(text, "[%s]", t->comm);
    char *safe = ail_guest_cli_safe(text->str);
    g_string_free(text, TRUE);
    return safe;
}

static void print_json(const AilTask *t, AilOutput *out)
{
    ail_json_begin(out, "ps");
    ail_json_number(out, "pid", t->tgid);
    ail_json_number(out, "tid", t->pid);
    ail_json_number(out, "ppid", t->ppid);
    ail_json_text(out, "comm", t->comm);
    ail_json_text(out, "path", t->path);
    ail_json_array(out, "args");
    for (const char *const *arg = t->args; *arg; arg++)
        ail_json_text(out, NULL, *arg);
    ail_json_array_end(out);
    ail_json_bool(out, "kernel", t->flags & AIL_TASK_KERNEL);
    ail_json_number(out, "start_ns", t->start_ns);
    ail_json_number(out, "born", t->born);
    ail_json_bool(out, "born_before", t->was_there);
    if (t->died != UINT64_MAX) {
        ail_json_number(out, "died", t->died);
        ail_json_number(out, "exit_status", t->exit_code >> 8 & 0xff);
        ail_json_number(out, "exit_signal", t->exit_code & 0x7f);
    }
    ail_json_number(out, "task", t->id);
    ail_json_number(out, "parent_task", t->parent);
    ail_json_end(out);
}

static void print_text(const AilTask *t, unsigned depth, AilOutput *out)
{
    char ended[24] = "-", status[24];
    g_autofree char *comm = ail_guest_cli_safe(t->comm), *command = command_of(t);
    if (t->died != UINT64_MAX)
        g_snprintf(ended, sizeof ended, "%" PRIu64, t->died);
    ail_output_text(out, "%7u %7u %7u %s%15" PRIu64 " %15s %-9s %-15s %*s%s\n", t->tgid, t->pid,
                    t->ppid, t->was_there ? "<" : " ", t->born, ended,
                    exit_text(t, status, sizeof status), comm, (int)(2 * MIN(depth, MAX_INDENT)),
                    "", command);
}

static void print(const List *l, const AilTask *t, unsigned depth)
{
    if (ail_output_is_json(l->out))
        print_json(t, l->out);
    else
        print_text(t, depth, l->out);
}

/* --- the tree --- */

/* The one below which t is shown; 0: none of those shown. leaders: of the processes up to t, the
 * last one's id by its number. */
static uint64_t above(const List *l, const AilTask *t, GHashTable *leaders)
{
    uint64_t id = t->parent;
    if (t->pid != t->tgid) /* a thread, below its process */
        id = GPOINTER_TO_SIZE(g_hash_table_lookup(leaders, GUINT_TO_POINTER(t->tgid)));
    else
        g_hash_table_insert(leaders, GUINT_TO_POINTER(t->tgid), GSIZE_TO_POINTER(t->id));
    return id && id < t->id && is_shown(l, ail_guest_task_at(l->guest, id - 1)) ? id : 0;
}

static void make_tree(List *l)
{
    GHashTable *leaders = g_hash_table_new(NULL, NULL);
    uint64_t *parent = g_new0(uint64_t, l->n + 1);
    for (size_t i = 0; i < l->n; i++)
        parent[i] = above(l, ail_guest_task_at(l->guest, i), leaders);
    for (size_t i = l->n; i-- > 0;) { /* backwards, so that the eldest child is first */
        const AilTask *t = ail_guest_task_at(l->guest, i);
        if (!is_shown(l, t))
            continue;
        l->next[t->id] = l->first_child[parent[i]];
        l->first_child[parent[i]] = t->id;
    }
    g_hash_table_destroy(leaders);
    g_free(parent);
}

static void print_tree(const List *l)
{
    GArray *left = g_array_new(FALSE, FALSE, sizeof(uint64_t)); /* next sister of each level */
    uint64_t id = l->first_child[0];
    while (id || left->len) {
        if (!id) {
            id = g_array_index(left, uint64_t, left->len - 1);
            g_array_set_size(left, left->len - 1);
            continue;
        }
        print(l, ail_guest_task_at(l->guest, id - 1), left->len);
        g_array_append_val(left, l->next[id]);
        id = l->first_child[id];
    }
    g_array_free(left, TRUE);
}

static void print_list(List *l)
{
    if (!ail_output_is_json(l->out))
        ail_output_styled(l->out, AIL_STYLE_STRONG, "%7s %7s %7s %16s %15s %-9s %-15s %s\n", "pid",
                          "tid", "ppid", "born", "ended", "status", "comm", "command");
    if (l->ask->tree) {
        l->first_child = g_new0(uint64_t, l->n + 1);
        l->next = g_new0(uint64_t, l->n + 1);
        make_tree(l);
        print_tree(l);
        g_free(l->first_child);
        g_free(l->next);
        return;
    }
    for (size_t i = 0; i < l->n; i++) {
        const AilTask *t = ail_guest_task_at(l->guest, i);
        if (is_shown(l, t))
            print(l, t, 0);
    }
}

static int run(void *state, int argc, char **argv)
{
    AilGuestAsk *ask = state;
    AilGuestSeen seen = {0};
    int code = argc == 1 ? ail_guest_cli_read(ask, argv[0], &seen)
                         : ail_cli_usage("ps", "wants one trace");
    if (code == AIL_EXIT_OK) {
        AilOutput *out = ail_output_new(stdout, ask->json ? AIL_OUTPUT_JSON : AIL_OUTPUT_TEXT, 0);
        List l = {ask, seen.guest, out, ail_guest_n_tasks(seen.guest), NULL, NULL};
        print_list(&l);
        ail_output_free(out);
    }
    ail_guest_cli_clear(&seen);
    ail_guest_cli_discard(ask);
    return code;
}

static const AilExample examples[] = {
    {"ailurus ps boot.trace", "the processes that there were at the end of the trace"},
    {"ailurus ps boot.trace --at=6000000000 --tree", "those at a moment, as a tree"},
    {"ailurus ps boot.trace --all --json", "all that there ever were, one JSON object a line"},
    {NULL, NULL},
};

const AilCommand ail_command_ps = {
    .name = "ps",
    .usage = "TRACE",
    .summary = "Show the guest's processes at a moment",
    .description =
        "Prints a line for each process of the guest, in the order in which they were first seen: "
        "its numbers, the instruction counts at which it was born and ended, how it ended (its "
        "exit status, or the signal that ended it), its name and its command line. One whose first "
        "thread has ended is shown with that end as long as others go on. \"<\" before "
        "the birth: it was there when the trace begins, or when its kernel was found. Threads of "
        "the kernel have their name in brackets.\n\n"
        "Only the event column of the trace is read, and the guest's kernel must be one that the "
        "replay knows (docs/introspection.md). TRACE may be - for standard input.",
    .examples = examples,
    .options = options,
    .run = run,
    .discard = ail_guest_cli_discard,
};
