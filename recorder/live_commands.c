/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of a live session. */
#include "recorder/live_private.h"

#include <inttypes.h>
#include <string.h>

#define HELP                                                                                       \
    "begin_record NAME   begin to record a piece, for NAME.rr; with --force replace that\n"        \
    "save NAME           keep the machine as it stands, in NAME.qcow2, for record --record-from\n" \
    "end_record          end it; the answer comes when NAME.rr is written\n"                       \
    "status              what the machine and the pieces do\n"                                     \
    "type TEXT           type TEXT and Enter on the guest's serial port\n"                         \
    "quit                end the piece in progress and the machine\n"                              \
    "help                this list"

/* A guest may be hostile: its pieces take room on the disk. */
enum { MAX_GUEST_CALLS = 1000, MAX_KEYS = 64 << 10 };

typedef struct Call {
    AilLive *live;
    AilClient *client;
    const char *rest; /* what is behind the command */
} Call;

static void answer(const Call *c, bool ok, const char *text)
{
    if (c->client)
        ail_client_answer(c->client, ok, text);
    else if (!ok)
        ail_live_tell(c->live, NULL, ok, "%s", text);
}

static void begin_record(const Call *c)
{
    char **words = g_strsplit_set(c->rest, " \t", -1);
    const char *name = NULL;
    bool force = false, many = false;
    for (char **w = words; *w; w++) {
        if (!strcmp(*w, "--force"))
            force = true;
        else if (**w && name)
            many = true;
        else if (**w)
            name = *w;
    }
    if (!name || many)
        answer(c, false, "begin_record wants one name: begin_record NAME");
    else if (c->live->current)
        answer(c, false, "a piece is being recorded already; end_record ends it");
    else
        ail_take_begin(c->live, c->client, name, force);
    g_strfreev(words);
}

static void end_record(const Call *c)
{
    if (*c->rest)
        answer(c, false, "end_record takes no arguments");
    else if (!c->live->current)
        answer(c, false, "no piece is being recorded; begin_record NAME begins one");
    else
        ail_take_end(c->live, c->client, "end_record");
}

/* The snapshot's name is the file's. */
static void save(const Call *c)
{
    if (!*c->rest || strpbrk(c->rest, " \t"))
        answer(c, false, "save wants one name: save NAME");
    else if (c->live->current)
        answer(c, false, "a piece is being recorded; end_record ends it, then save");
    else
        ail_live_save(c->live, c->client, c->rest);
}

static void status(const Call *c)
{
    AilLive *live = c->live;
    AilSession *s = live->session;
    uint64_t icount = 0;
    if (ail_qmp_icount(ail_qemu_qmp(s->qemu), AIL_SESSION_QMP_MS, &icount) != AIL_OK) {
        answer(c, false, ail_qmp_error(ail_qemu_qmp(s->qemu)));
        return;
    }
    int64_t now = g_get_monotonic_time();
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "machine: %s, runs since %.1f s, %" PRIu64 " instructions",
                           ail_machine_arch_name(s->machine.arch),
                           (double)(now - s->start_us) / 1e6, icount);
    for (guint i = 0; i < live->takes->len; i++) {
        const Take *t = live->takes->pdata[i];
        if (t->state == TAKE_RECORDING)
            g_string_append_printf(text, "\n%s: recording since %.1f s, %" PRIu64 " instructions",
                                   t->output, (double)(now - t->start_us) / 1e6,
                                   icount - ail_piece_start(t->piece)->icount);
        else
            g_string_append_printf(text, "\n%s: ended, being written", t->output);
    }
    g_string_append_printf(text, "\npieces written: %u", live->written);
    answer(c, true, text->str);
    g_string_free(text, TRUE);
}

static void type(const Call *c)
{
    if (c->live->session->keys.len > MAX_KEYS) {
        answer(c, false, "too much is still to be typed");
        return;
    }
    ail_buf_put(&c->live->session->keys, c->rest, strlen(c->rest));
    ail_buf_u8(&c->live->session->keys, '\r');
    answer(c, true, "");
}

static void quit(const Call *c)
{
    if (!c->live->session->end)
        c->live->session->end = "interrupt";
    answer(c, true, "");
}

static void help(const Call *c)
{
    answer(c, true, HELP);
}

static const struct {
    const char *name;
    void (*run)(const Call *c);
} commands[] = {
    {"begin_record", begin_record},
    {"end_record", end_record},
    {"save", save},
    {"status", status},
    {"type", type},
    {"quit", quit},
    {"help", help},
};

void ail_live_command(void *user, AilClient *client, const char *line)
{
    if (!g_utf8_validate(line, -1, NULL)) {
        answer(&(Call){user, client, line}, false, "the command is not text (UTF-8)");
        return;
    }
    line += strspn(line, " \t");
    size_t len = strcspn(line, " \t");
    const char *rest = line + len + strspn(line + len, " \t");
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (strlen(commands[i].name) != len || strncmp(line, commands[i].name, len))
            continue;
        commands[i].run(&(Call){user, client, rest});
        return;
    }
    char *name = g_strndup(line, len);
    char *text = g_strdup_printf("unknown command '%s'; help lists those that there are", name);
    answer(&(Call){user, client, rest}, false, text);
    g_free(text);
    g_free(name);
}

/* The guest may say where in our directory, and nothing else. */
static bool is_tame(const char *name)
{
    size_t len = strspn(name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._-");
    return len && len <= 64 && !name[len] && *name != '.' && *name != '-';
}

void ail_live_guest_command(void *user, AilClient *client, const char *line)
{
    AilLive *live = user;
    (void)client; /* the guest cannot hear us */
    if (live->guest_calls++ >= MAX_GUEST_CALLS) {
        if (live->guest_calls == MAX_GUEST_CALLS + 1)
            ail_live_tell(live, NULL, false, "the guest called %d times; that is enough",
                          MAX_GUEST_CALLS);
        return;
    }
    if (!strcmp(line, "end") && live->current)
        ail_take_end(live, NULL, "guest");
    else if (!strcmp(line, "end"))
        ail_live_tell(live, NULL, false, "the guest ends a piece, but none is being recorded");
    else if (!g_str_has_prefix(line, "begin ") || !is_tame(line + 6))
        ail_live_tell(live, NULL, false,
                      "the guest begins a piece with a name that is not made of A-Z a-z 0-9 . _ -");
    else if (live->current)
        ail_live_tell(live, NULL, false, "the guest begins a piece, but one is being recorded");
    else
        ail_take_begin(live, NULL, line + 6, false);
}
