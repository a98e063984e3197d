/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `ailurus record` when pieces of the run are recorded: the monitor, and the guest's console beside
 * it on one terminal. */
#include "cli/monitor.h"
#include "cli/record.h"
#include "cli/rerun.h"
#include "formats/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NAME "record"

enum { KEY_BACK = 0x1d /* Ctrl-] */, MAX_PENDING = 64 << 10 };

/* The monitor's thread may be reading the terminal when the session ends, so it has a share. */
typedef struct Live {
    gatomicrefcount refs;
    AilRecord *record; /* not the monitor's */
    bool terminal;
    int ask_fd;   /* the monitor's end of its connection to the session */
    int typed_fd; /* the session's end of */
    int keys_fd;  /* where it puts what is typed on the console */
    GMutex lock;
    bool console;     /* the terminal shows the guest's serial port; under lock, as is */
    GString *pending; /* what it printed while it was not shown */
    bool good;        /* all commands were done */
} Live;

static void drop(Live *l)
{
    if (!g_atomic_ref_count_dec(&l->refs))
        return;
    int fds[] = {l->ask_fd, l->keys_fd, l->typed_fd};
    for (size_t i = 0; i < G_N_ELEMENTS(fds); i++)
        if (fds[i] >= 0)
            close(fds[i]);
    g_string_free(l->pending, TRUE);
    g_mutex_clear(&l->lock);
    g_free(l);
}

static void console(void *user, const void *bytes, size_t len)
{
    Live *l = user;
    ail_record_log(l->record, bytes, len);
    g_mutex_lock(&l->lock);
    if (l->console) {
        fwrite(bytes, 1, len, stdout);
        fflush(stdout);
    } else if (l->terminal) {
        g_string_append_len(l->pending, bytes, (gssize)len);
        if (l->pending->len > MAX_PENDING)
            g_string_erase(l->pending, 0, (gssize)(l->pending->len - MAX_PENDING));
    }
    g_mutex_unlock(&l->lock);
}

static void show_console(Live *l, bool show)
{
    g_mutex_lock(&l->lock);
    l->console = show;
    if (show) {
        fwrite(l->pending->str, 1, l->pending->len, stdout);
        g_string_truncate(l->pending, 0);
        fflush(stdout);
    }
    g_mutex_unlock(&l->lock);
}

/* Pass keys on until Ctrl-]. */
static void type_on_console(Live *l)
{
    uint8_t keys[256];
    ssize_t n;
    while ((n = read(STDIN_FILENO, keys, sizeof keys)) > 0 || (n < 0 && errno == EINTR)) {
        uint8_t *back = n > 0 ? memchr(keys, KEY_BACK, (size_t)n) : NULL;
        size_t len = back ? (size_t)(back - keys) : n > 0 ? (size_t)n : 0;
        if (len && write(l->keys_fd, keys, len) < 0)
            return;
        if (back)
            return;
    }
}

/* The monitor's own command. */
static bool visit_console(void *user, const char *line)
{
    Live *l = user;
    struct termios cooked, raw;
    char *word = g_strstrip(g_strdup(line));
    bool mine = !strcmp(word, "console");
    g_free(word);
    if (!mine)
        return false;
    if (!l->terminal || tcgetattr(STDIN_FILENO, &cooked) < 0) {
        fprintf(stderr, "error: console wants a terminal; --serial-log FILE keeps the output\n");
        return true;
    }
    puts("the guest's console; Ctrl-] comes back");
    raw = cooked;
    cfmakeraw(&raw);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw);
    show_console(l, true);
    type_on_console(l);
    show_console(l, false);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &cooked);
    puts("");
    return true;
}

static void refused(void *user)
{
    Live *l = user;
    g_mutex_lock(&l->lock);
    l->good = false;
    g_mutex_unlock(&l->lock);
}

/* The monitor's thread. At the end of its input the session ends. */
static void *monitor(void *user)
{
    Live *l = user;
    AilMonitor m = {.fd = l->ask_fd,
                    .local = visit_console,
                    .refused = refused,
                    .local_help = l->terminal ? "console             the guest's serial port on "
                                                "this terminal; Ctrl-] comes back"
                                              : NULL,
                    .user = l};
    ail_monitor_run(&m);
    bool ok;
    char *text = NULL;
    ail_monitor_ask(l->ask_fd, "quit", &ok, &text);
    g_free(text);
    drop(l);
    return NULL;
}

static void note(void *user, bool ok, const char *text, bool answered)
{
    const Live *l = user;
    if (answered && l->record->interactive)
        return;
    char *safe = ail_text_disarm(g_strdup(text));
    g_autofree char *json = ail_text_json(text);
    if (ok && l->record->json)
        printf("{\"note\":%s}\n", json);
    else if (ok)
        printf("%s\n", safe);
    else
        ail_cli_fail(NAME, "%s", safe);
    fflush(stdout);
    g_free(safe);
}

static void run_is_over(void *user)
{
    ail_stop_forget(&((const Live *)user)->record->stop);
}

static AilStatus check(void *user, const char *path, AilError *err)
{
    const Live *l = user;
    AilWatch watch = {.stop = l->record->stop};
    bool began;
    AilStatus s = ail_cli_rerun(path, 0, &watch, &began, err);
    return s == AIL_ERR && !began ? AIL_END : s;
}

/* Two connections: for commands, and for what is typed on the console. */
static int connect_monitor(Live *l, AilSessionConfig *config)
{
    int ask[2], keys[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ask) < 0)
        return ail_cli_fail(NAME, "cannot make a socket: %s", g_strerror(errno));
    config->control_fd = ask[0];
    l->ask_fd = ask[1];
    if (pipe2(keys, O_CLOEXEC) < 0)
        return ail_cli_fail(NAME, "cannot make a pipe: %s", g_strerror(errno));
    config->input_fd = l->typed_fd = keys[0];
    l->keys_fd = keys[1];
    return AIL_EXIT_OK;
}

static AilStatus run_session(Live *l, AilSession *session, const AilSessionConfig *config)
{
    AilRecord *r = l->record;
    AilStatus s = ail_session_start(session, config);
    if (s != AIL_OK)
        return s;
    if (r->output && isatty(STDERR_FILENO))
        fprintf(stderr, "recording to %s; %s ends and seals it\n", r->output,
                config->input_fd >= 0 ? "Ctrl-]" : "Ctrl-C");
    else if (l->terminal)
        puts("The machine runs. begin_record NAME and end_record record a piece; help says more.");
    else if (isatty(STDERR_FILENO))
        fprintf(stderr, "the machine runs; Ctrl-C ends it\n");
    if (r->interactive) {
        g_atomic_ref_count_inc(&l->refs);
        g_thread_unref(g_thread_new("monitor", monitor, l));
    }
    if (r->output)
        ail_record_raw_mode(r);
    s = ail_session_run(session);
    ail_record_cooked_mode(r);
    return s == AIL_OK ? ail_session_seal(session, NULL, NULL) : s;
}

static int conclude(Live *l, AilSession *session, AilStatus s)
{
    if (s != AIL_OK)
        return ail_cli_fail(NAME, "%s", ail_session_error(session));
    ail_record_notes(l->record, ail_session_result(session)->manifest->end);
    g_mutex_lock(&l->lock);
    bool good = l->good;
    g_mutex_unlock(&l->lock);
    return good ? AIL_EXIT_OK : AIL_EXIT_FAILURE;
}

bool ail_record_is_live(const AilRecord *r)
{
    return r->interactive || r->control || r->hypercalls || r->from;
}

int ail_record_live(AilRecord *r)
{
    Live *l = g_new0(Live, 1);
    AilError err = {0};
    AilSession *session = ail_session_new();
    AilSessionConfig config = ail_record_config(r);
    char *plugin = r->hypercalls ? ail_cli_find_plugin("ailurus-calls.so", &err) : NULL;
    int status = AIL_EXIT_OK;
    g_atomic_ref_count_init(&l->refs);
    l->ask_fd = l->keys_fd = l->typed_fd = -1;
    l->record = r;
    l->good = true;
    l->terminal = r->interactive && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    l->console = r->console && !l->terminal;
    l->pending = g_string_new(NULL);
    g_mutex_init(&l->lock);
    config.console = console;
    config.over = run_is_over;
    config.note = note;
    config.check_piece = r->no_check ? NULL : check;
    config.check_always = r->check;
    config.control_path = r->control;
    config.plugin = plugin;
    config.user = l;
    bool saved = l->terminal && tcgetattr(STDIN_FILENO, &r->terminal) == 0;
    if (r->hypercalls && !plugin)
        status = ail_cli_fail(NAME, "%s", err.text);
    else if (r->output && r->console && isatty(STDIN_FILENO))
        config.input_fd = STDIN_FILENO;
    else if (r->interactive)
        status = connect_monitor(l, &config);
    if (status == AIL_EXIT_OK)
        status = conclude(l, session, run_session(l, session, &config));
    if (saved)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &r->terminal);
    ail_session_free(session);
    g_free(plugin);
    drop(l);
    return status;
}
