/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/options.h"

#include <glib.h>
#include <string.h>

typedef struct Setting {
    const AilOption *option;
    char *text;      /* owned; NULL for a flag */
    uint64_t number; /* when the option is a number */
} Setting;

struct AilOptions {
    const char *owner;
    const AilOption *table;
    GArray *settings; /* of Setting */
};

static void setting_clear(gpointer p)
{
    g_free(((Setting *)p)->text);
}

AilOptions *ail_options_new(const char *owner, const AilOption *table)
{
    AilOptions *o = g_new0(AilOptions, 1);
    o->owner = owner;
    o->table = table;
    o->settings = g_array_new(FALSE, FALSE, sizeof(Setting));
    g_array_set_clear_func(o->settings, setting_clear);
    return o;
}

void ail_options_free(AilOptions *o)
{
    if (!o)
        return;
    g_array_free(o->settings, TRUE);
    g_free(o);
}

static const AilOption *find(const AilOptions *o, const char *key)
{
    for (const AilOption *t = o->table; t && t->key; t++)
        if (!strcmp(t->key, key))
            return t;
    return NULL;
}

static AilStatus unknown(const AilOptions *o, const char *key, AilError *err)
{
    GString *known = g_string_new(NULL);
    for (const AilOption *t = o->table; t && t->key; t++)
        g_string_append_printf(known, "%s%s", known->len ? ", " : "", t->key);
    ail_error_set(err, "%s has no option \"%s\" (it has: %s)", o->owner, key,
                  known->len ? known->str : "none");
    g_string_free(known, TRUE);
    return AIL_ERR;
}

static const Setting *nth(const AilOptions *o, const char *key, size_t i)
{
    for (guint k = 0; k < o->settings->len; k++) {
        const Setting *s = &g_array_index(o->settings, Setting, k);
        if (!strcmp(s->option->key, key) && i-- == 0)
            return s;
    }
    return NULL;
}

/* Decimal or 0x; no sign, no leading zeros taken for octal. */
static bool parse_number(const char *text, uint64_t *number)
{
    bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const char *digits = hex ? text + 2 : text;
    if (!(hex ? g_ascii_isxdigit(*digits) : g_ascii_isdigit(*digits)))
        return false;
    GError *error = NULL;
    guint64 v = 0;
    bool ok = g_ascii_string_to_unsigned(digits, hex ? 16 : 10, 0, G_MAXUINT64, &v, &error);
    g_clear_error(&error);
    *number = v;
    return ok;
}

AilStatus ail_options_add(AilOptions *o, const char *key, const char *value, AilError *err)
{
    const AilOption *option = find(o, key);
    if (!option)
        return unknown(o, key, err);
    if (option->type == AIL_OPTION_FLAG && value)
        return ail_error_set(err, "%s: option \"%s\" takes no value", o->owner, key);
    if (option->type != AIL_OPTION_FLAG && !value)
        return ail_error_set(err, "%s: option \"%s\" needs a value: %s=%s", o->owner, key, key,
                             option->value);
    if (!option->repeats && option->type != AIL_OPTION_FLAG && nth(o, key, 0))
        return ail_error_set(err, "%s: option \"%s\" is given twice", o->owner, key);
    Setting s = {option, NULL, 0};
    if (option->type == AIL_OPTION_NUMBER && !parse_number(value, &s.number))
        return ail_error_set(err, "%s: %s=%s is not a number (decimal, or hexadecimal as 0x...)",
                             o->owner, key, value);
    s.text = g_strdup(value);
    g_array_append_val(o->settings, s);
    return AIL_OK;
}

AilStatus ail_options_add_bare(AilOptions *o, const char *word, AilError *err)
{
    for (const AilOption *t = o->table; t && t->key; t++)
        if (t->bare)
            return ail_options_add(o, t->key, word, err);
    return ail_error_set(err, "%s takes no argument \"%s\"", o->owner, word);
}

/* One "key=value" or "flag". */
static AilStatus parse_one(AilOptions *o, char *item, AilError *err)
{
    char *equals = strchr(item, '=');
    if (!equals)
        return ail_options_add(o, item, NULL, err);
    *equals = '\0';
    return ail_options_add(o, item, equals + 1, err);
}

AilStatus ail_options_parse(AilOptions *o, const char *text, AilError *err)
{
    GString *item = g_string_new(NULL);
    AilStatus status = AIL_OK;
    for (const char *p = text; status == AIL_OK; p++) {
        if (*p == '\\' && (p[1] == ',' || p[1] == '\\')) {
            g_string_append_c(item, *++p);
        } else if (*p == ',' || !*p) {
            if (item->len)
                status = parse_one(o, item->str, err);
            g_string_truncate(item, 0);
            if (!*p)
                break;
        } else {
            g_string_append_c(item, *p);
        }
    }
    g_string_free(item, TRUE);
    return status;
}

size_t ail_options_count(const AilOptions *o, const char *key)
{
    size_t n = 0;
    while (nth(o, key, n))
        n++;
    return n;
}

const char *ail_options_text(const AilOptions *o, const char *key, size_t i)
{
    const Setting *s = nth(o, key, i);
    return s ? s->text : NULL;
}

bool ail_options_flag(const AilOptions *o, const char *key)
{
    return nth(o, key, 0) != NULL;
}

uint64_t ail_options_number(const AilOptions *o, const char *key, size_t i, uint64_t fallback)
{
    const Setting *s = nth(o, key, i);
    return s ? s->number : fallback;
}
