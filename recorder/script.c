/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recorder/script.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/expect.h"

#define MAX_SIZE  (16u << 20)
#define MAX_SLEEP 86400.0

typedef enum { STEP_TYPE, STEP_WAIT, STEP_SLEEP, STEP_DO } StepKind;

typedef struct Step {
    StepKind kind;
    char *text; /* owned; to type, to wait for or to do, `len` bytes and a NUL */
    size_t len;
    int64_t us; /* to sleep */
} Step;

struct AilScript {
    GArray *steps; /* of Step, owned */
    guint at;      /* current step */
    size_t typed;  /* bytes of it that were typed */
    int64_t until; /* when the current sleep ends; 0: it has not begun */
    AilExpect output;
};

static void clear_step(void *step)
{
    g_free(((Step *)step)->text);
}

void ail_script_free(AilScript *s)
{
    if (!s)
        return;
    g_array_free(s->steps, TRUE);
    ail_expect_clear(&s->output);
    g_free(s);
}

static void add_text(AilScript *s, StepKind kind, const char *text, size_t len, const char *more)
{
    Step step = {.kind = kind, .len = len + strlen(more)};
    step.text = g_malloc(step.len + 1);
    memcpy(step.text, text, len);
    memcpy(step.text + len, more, strlen(more) + 1);
    g_array_append_val(s->steps, step);
}

/* The byte that an escape stands for; *p is behind the backslash and moves on. -1: none. */
static int unescape(const char **p, const char *end)
{
    static const char names[] = "rnte\\", bytes[] = "\r\n\t\033\\";
    if (*p == end)
        return -1;
    char c = *(*p)++;
    const char *known = strchr(names, c);
    if (c && known)
        return bytes[known - names];
    if (c != 'x' || end - *p < 2)
        return -1;
    int high = g_ascii_xdigit_value((*p)[0]), low = g_ascii_xdigit_value((*p)[1]);
    *p += 2;
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

static bool add_escaped(AilScript *s, const char *p, const char *end)
{
    GString *text = g_string_new(NULL);
    bool good = true;
    while (p < end && good) {
        int c = (uint8_t)*p++;
        if (c == '\\')
            c = unescape(&p, end);
        good = c >= 0;
        g_string_append_c(text, (char)c);
    }
    if (good)
        add_text(s, STEP_TYPE, text->str, text->len, "");
    g_string_free(text, TRUE);
    return good;
}

static bool add_sleep(AilScript *s, const char *text, size_t len)
{
    char *number = g_strndup(text, len), *end;
    double seconds = g_ascii_strtod(number, &end);
    bool good = end != number && !*end && seconds >= 0 && seconds <= MAX_SLEEP;
    if (good) {
        Step step = {.kind = STEP_SLEEP, .us = (int64_t)(seconds * 1e6)};
        g_array_append_val(s->steps, step);
    }
    g_free(number);
    return good;
}

/* What follows "@name " in the line, or NULL when it is not that command. */
static const char *argument(const char *line, size_t len, const char *name)
{
    size_t n = strlen(name);
    return len > n && !memcmp(line, name, n) ? line + n : NULL;
}

static bool parse_line(AilScript *s, const char *line, size_t len)
{
    const char *end = line + len, *arg;
    if (!len || line[0] != '@') {
        add_text(s, STEP_TYPE, line, len, "\r");
        return true;
    }
    if (argument(line, len, "@@")) {
        add_text(s, STEP_TYPE, line + 1, len - 1, "\r");
        return true;
    }
    if (len >= 2 && line[1] == '#')
        return true;
    bool wait = argument(line, len, "@wait "), command = argument(line, len, "@do ");
    if ((wait || command) && !memchr(line, 0, len)) {
        arg = argument(line, len, wait ? "@wait " : "@do ");
        add_text(s, wait ? STEP_WAIT : STEP_DO, arg, (size_t)(end - arg), "");
        return true;
    }
    if ((arg = argument(line, len, "@sleep ")))
        return add_sleep(s, arg, (size_t)(end - arg));
    if ((arg = argument(line, len, "@type ")))
        return add_escaped(s, arg, end);
    return false;
}

AilStatus ail_script_parse(const char *name, const char *text, size_t len, AilScript **script,
                           AilError *err)
{
    AilScript *s = g_new0(AilScript, 1);
    s->steps = g_array_new(FALSE, TRUE, sizeof(Step));
    g_array_set_clear_func(s->steps, clear_step);
    const char *end = text + len;
    for (unsigned n = 1; text < end; n++) {
        const char *line = text, *stop = memchr(line, '\n', (size_t)(end - line));
        size_t size = (size_t)((stop ? stop : end) - line);
        text = stop ? stop + 1 : end;
        if (size && line[size - 1] == '\r')
            size--;
        if (!parse_line(s, line, size)) {
            ail_script_free(s);
            return ail_error_set(
                err,
                "%s: line %u: not understood: '%.*s' (there are @wait TEXT, "
                "@sleep SECONDS, @type TEXT, @do COMMAND, @# comment; @@ types an @)",
                name, n, (int)MIN(size, 60), line);
        }
    }
    *script = s;
    return AIL_OK;
}

AilStatus ail_script_load(const char *path, AilScript **script, AilError *err)
{
    GError *error = NULL;
    char *text;
    gsize len;
    if (!g_file_get_contents(path, &text, &len, &error)) {
        ail_error_set(err, "%s", error->message);
        g_clear_error(&error);
        return AIL_ERR;
    }
    AilStatus s = len > MAX_SIZE ? ail_error_set(err, "%s: larger than 16 MiB", path)
                                 : ail_script_parse(path, text, len, script, err);
    g_free(text);
    return s;
}

void ail_script_feed(AilScript *s, const void *bytes, size_t len)
{
    ail_expect_feed(&s->output, bytes, len);
}

const char *ail_script_waits_for(const AilScript *s)
{
    if (s->at >= s->steps->len)
        return NULL;
    const Step *step = &g_array_index(s->steps, Step, s->at);
    return step->kind == STEP_WAIT ? step->text : NULL;
}

const char *ail_script_next_command(AilScript *s)
{
    if (s->at >= s->steps->len)
        return NULL;
    const Step *step = &g_array_index(s->steps, Step, s->at);
    if (step->kind != STEP_DO)
        return NULL;
    s->at++;
    return step->text;
}

bool ail_script_has_commands(const AilScript *s)
{
    for (guint i = 0; i < s->steps->len; i++)
        if (g_array_index(s->steps, Step, i).kind == STEP_DO)
            return true;
    return false;
}

/* Whether the current step, which types nothing, is over; else *again_us is set. */
static bool is_over(AilScript *s, const Step *step, int64_t now_us, int64_t *again_us)
{
    if (step->kind == STEP_WAIT)
        return ail_expect_find(&s->output, step->text);
    if (!s->until)
        s->until = now_us + step->us;
    if (now_us < s->until) {
        *again_us = s->until;
        return false;
    }
    s->until = 0;
    return true;
}

bool ail_script_next(AilScript *s, int64_t now_us, uint8_t *key, int64_t *again_us)
{
    *again_us = INT64_MAX;
    while (s->at < s->steps->len) {
        const Step *step = &g_array_index(s->steps, Step, s->at);
        if (step->kind == STEP_TYPE && s->typed < step->len) {
            *key = (uint8_t)step->text[s->typed++];
            return true;
        }
        if (step->kind == STEP_DO) {
            *again_us = now_us;
            return false;
        }
        if (step->kind != STEP_TYPE && !is_over(s, step, now_us, again_us))
            return false;
        s->at++;
        s->typed = 0;
    }
    return false;
}
