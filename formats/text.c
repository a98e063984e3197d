/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/text.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

static bool is_control(gunichar c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

char *ail_text_disarm(char *text)
{
    for (char *p = text; *p;) {
        gunichar c = g_utf8_get_char_validated(p, -1);
        bool valid = c < (gunichar)-2;
        size_t len = valid ? (size_t)(g_utf8_next_char(p) - p) : 1;
        if (!valid)
            c = (unsigned char)*p;
        if (is_control(c))
            memset(p, '?', len);
        p += len;
    }
    return text;
}

char *ail_text_json(const char *text)
{
    char *valid = g_utf8_make_valid(text, -1);
    GString *json = g_string_new("\"");
    for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (is_control(c))
            g_string_append_printf(json, "\\u%04x", c);
        else if (c == '"' || c == '\\')
            g_string_append_printf(json, "\\%c", (char)c);
        else
            g_string_append_len(json, p, g_utf8_next_char(p) - p);
    }
    g_string_append_c(json, '"');
    g_free(valid);
    return g_string_free(json, FALSE);
}
