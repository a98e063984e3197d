/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/guest_cli.h"

#include "formats/text.h"
#include "trace/reader.h"

#include <inttypes.h>

GOptionEntry *ail_guest_cli_options(AilGuestAsk *ask, const GOptionEntry *more, bool pid)
{
    const GOptionEntry common[] = {
        {"at", 0, 0, G_OPTION_ARG_INT64, &ask->at,
         "as it was before this instruction (default: at the end of the trace)", "ICOUNT"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &ask->json, "print one JSON object a line", NULL},
        {"pid", 0, 0, G_OPTION_ARG_INT64, &ask->pid, "of the process with this number", "PID"},
    };
    GArray *list = g_array_new(TRUE, TRUE, sizeof(GOptionEntry));
    ask->at = ask->pid = -1;
    g_array_append_vals(list, common, pid ? 3 : 2);
    for (; more && more->long_name; more++)
        g_array_append_vals(list, more, 1);
    ask->entries = (GOptionEntry *)(void *)g_array_free(list, FALSE);
    return ask->entries;
}

void ail_guest_cli_discard(void *state)
{
    AilGuestAsk *ask = state;
    g_free(ask->entries);
    g_free(ask);
}

void ail_guest_cli_clear(AilGuestSeen *seen)
{
    ail_guest_free(seen->guest);
    if (seen->ended)
        g_string_free(seen->ended, TRUE);
}

char *ail_guest_cli_safe(const char *text)
{
    return ail_text_disarm(g_strdup(text));
}

void ail_guest_cli_warn(const char *command, const AilSymbolizer *symbolizer)
{
    char *warning = symbolizer ? ail_symbolizer_warning(symbolizer) : NULL;
    if (warning)
        ail_cli_fail(command, "warning: %s", warning);
    g_free(warning);
    char *note = symbolizer ? ail_symbolizer_note(symbolizer) : NULL;
    if (note)
        ail_cli_fail(command, "note: %s", note);
    g_free(note);
}

static AilOutputKind kind_of(const AilGuestAsk *ask)
{
    return ask->json ? AIL_OUTPUT_JSON : AIL_OUTPUT_TEXT;
}

/* --- reading --- */

typedef struct Reading {
    const AilGuestAsk *ask;
    AilGuestSeen *seen;
    AilGuestShow *show;
    uint64_t at;
} Reading;

/* What the thread has, under the name of the process that was asked for: that of its first thread,
 * which may have ended. */
static AilTask as_process(const AilGuestAsk *ask, const AilGuest *guest, const AilTask *t)
{
    AilTask process = *t;
    const AilTask *first = ail_guest_find_pid(guest, t->tgid);
    if (first && first->tgid == t->tgid && t->pid != (uint64_t)ask->pid)
        process.comm = first->comm;
    return process;
}

/* A thread of the process ends: it may be the last one, so keep what the process has now. */
static void keep_last_moment(Reading *r, const AilTask *t, uint64_t icount)
{
    AilGuestSeen *seen = r->seen;
    char *text = NULL;
    size_t len = 0;
    FILE *file = open_memstream(&text, &len);
    if (!file)
        return;
    AilOutput *out = ail_output_new(file, kind_of(r->ask), 80);
    AilTask process = as_process(r->ask, seen->guest, t);
    r->show(r->ask, seen->guest, &process, out);
    ail_output_free(out);
    fclose(file);
    if (seen->ended)
        g_string_free(seen->ended, TRUE);
    seen->ended = g_string_new_len(text, (gssize)len);
    seen->died = icount;
    free(text);
}

static bool is_asked_for(const AilGuestAsk *ask, const AilTask *t)
{
    return ask->pid >= 0 && (t->pid == (uint64_t)ask->pid || t->tgid == (uint64_t)ask->pid);
}

static void take_event(Reading *r, const AilEvent *e)
{
    AilGuest *guest = r->seen->guest;
    if (e->type == AIL_EVENT_EXIT && r->show) {
        const AilTask *t = ail_guest_find_task(guest, e->value);
        if (t && t->died == UINT64_MAX && is_asked_for(r->ask, t))
            keep_last_moment(r, t, e->icount);
    }
    size_t n = ail_guest_n_tasks(guest);
    ail_guest_take(guest, e);
    if (r->ask->take)
        r->ask->take(r->ask->user, e);
    for (; n < ail_guest_n_tasks(guest); n++) {
        const AilTask *t = ail_guest_task_at(guest, n);
        if (r->ask->pid >= 0 && t->pid == (uint64_t)r->ask->pid) {
            r->seen->n++;
            r->seen->last_id = t->id;
        }
    }
}

/* Take all events up to the moment. *later: where a kernel was found behind it, if none was by
 * then. */
static AilStatus read_events(Reading *r, AilTraceReader *reader, uint64_t *later)
{
    const AilChunk *c;
    AilStatus status;
    while ((status = ail_trace_reader_next(reader, &c)) == AIL_OK) {
        for (uint32_t i = 0; i < c->n_events; i++) {
            const AilEvent *e = &c->events[i];
            bool known = *ail_guest_banner(r->seen->guest);
            if (e->icount > r->at && known)
                return AIL_OK;
            if (e->icount <= r->at)
                take_event(r, e);
            else if (e->type == AIL_EVENT_KERNEL && !*later)
                *later = e->icount;
        }
        if (*later)
            return AIL_OK;
        r->seen->at = MIN(r->at, c->icount + c->insns);
    }
    return status == AIL_END ? AIL_OK : status;
}

static int check_kernel(const AilGuestAsk *ask, const char *path, const AilGuest *guest,
                        uint64_t later)
{
    if (*ail_guest_banner(guest))
        return AIL_EXIT_OK;
    if (later)
        return ail_cli_fail(ask->command,
                            "%s: the guest's kernel was first found at icount %" PRIu64
                            ": ask for a moment from there on (--at)",
                            path, later);
    return ail_cli_fail(ask->command,
                        "%s: no kernel was found in the guest, so that nothing is known of its "
                        "processes; the replay that makes a trace says what it looked for, and "
                        "docs/introspection.md what to do",
                        path);
}

static int read_trace(Reading *r, const char *path)
{
    AilTraceReader *reader = ail_trace_reader_new();
    uint64_t later = 0;
    int code = AIL_EXIT_OK;
    if (ail_trace_reader_open(reader, path, AIL_COL_EVENT, 0) != AIL_OK ||
        read_events(r, reader, &later) != AIL_OK)
        code = ail_cli_fail(r->ask->command, "%s", ail_trace_reader_error(reader));
    else
        code = check_kernel(r->ask, path, r->seen->guest, later);
    if (code == AIL_EXIT_OK && ail_guest_full(r->seen->guest))
        fprintf(stderr, "ailurus %s: note: the trace tells more than fits; some is left out\n",
                r->ask->command);
    ail_trace_reader_free(reader);
    return code;
}

static int read_with(const AilGuestAsk *ask, const char *path, AilGuestShow *show,
                     AilGuestSeen *seen)
{
    Reading r = {ask, seen, show, ask->at < 0 ? UINT64_MAX : (uint64_t)ask->at};
    *seen = (AilGuestSeen){.guest = ail_guest_new()};
    return read_trace(&r, path);
}

int ail_guest_cli_read(const AilGuestAsk *ask, const char *path, AilGuestSeen *seen)
{
    if (ask->at < -1) {
        *seen = (AilGuestSeen){0};
        return ail_cli_usage(ask->command, "--at is not negative");
    }
    return read_with(ask, path, NULL, seen);
}

/* --- of a process --- */

/* A thread that lives of the process with this number, the one with the number itself if it does;
 * NULL: there is none. */
static const AilTask *living(const AilGuest *guest, uint64_t pid)
{
    const AilTask *other = NULL;
    for (size_t i = ail_guest_n_tasks(guest); i-- > 0;) {
        const AilTask *t = ail_guest_task_at(guest, i);
        if ((t->pid != pid && t->tgid != pid) || t->died != UINT64_MAX)
            continue;
        if (t->pid == pid)
            return t;
        other = other ? other : t;
    }
    return other;
}

static int show_process(const AilGuestAsk *ask, const char *path, const AilGuestSeen *seen,
                        AilGuestShow *show, AilOutput *out)
{
    const AilTask *t = living(seen->guest, (uint64_t)ask->pid);
    if (!t && !seen->n)
        return ail_cli_fail(ask->command,
                            "%s: no process had the number %" PRId64 " by then (see: ailurus ps "
                            "%s --all)",
                            path, ask->pid, path);
    if (seen->n > 1)
        fprintf(stderr,
                "ailurus %s: note: %" PRIu64 " processes had the number %" PRId64
                " by then; this is the last (--at chooses another, ailurus ps --all lists them)\n",
                ask->command, seen->n, ask->pid);
    if (t) {
        AilTask process = as_process(ask, seen->guest, t);
        show(ask, seen->guest, &process, out);
        return AIL_EXIT_OK;
    }
    fprintf(stderr,
            "ailurus %s: note: %" PRId64 " had ended by then: this is its last moment, icount "
            "%" PRIu64 "\n",
            ask->command, ask->pid, seen->died);
    if (seen->ended)
        fputs(seen->ended->str, stdout);
    return AIL_EXIT_OK;
}

static void show_all(const AilGuestAsk *ask, const AilGuest *guest, AilGuestShow *show,
                     AilOutput *out)
{
    for (size_t i = 0; i < ail_guest_n_tasks(guest); i++) {
        const AilTask *t = ail_guest_task_at(guest, i);
        if (t->pid != t->tgid || t->flags & AIL_TASK_KERNEL || !ail_guest_process_lives(guest, t))
            continue;
        const AilTask *alive = living(guest, t->tgid);
        if (!alive)
            continue;
        AilTask process = *alive; /* what the first thread had it has given back */
        process.comm = t->comm;
        show(ask, guest, &process, out);
    }
}

int ail_guest_cli_processes(const AilGuestAsk *ask, int argc, char **argv, AilGuestShow *show)
{
    AilGuestSeen seen = {0};
    int code;
    if (argc != 1)
        code = ail_cli_usage(ask->command, "wants one trace");
    else if (ask->pid < -1 || ask->pid > UINT32_MAX || ask->at < -1)
        code = ail_cli_usage(ask->command, "--pid and --at are not negative");
    else
        code = read_with(ask, argv[0], show, &seen);
    if (argc == 1 && seen.guest && code == AIL_EXIT_OK) {
        AilOutput *out = ail_output_new(stdout, kind_of(ask), 0);
        if (ask->pid < 0)
            show_all(ask, seen.guest, show, out);
        else
            code = show_process(ask, argv[0], &seen, show, out);
        ail_output_free(out);
    }
    ail_guest_cli_clear(&seen);
    return code;
}
