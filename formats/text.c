/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/text.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

char *ail_text_disarm(char *text)
{
    for (char *p = text; *p;) {
        gunichar c = g_utf8_get_char_validated(p, -1);
        bool valid = c < (gunichar)-2;
        size_t len = valid ? (size_t)(g_utf8_next_char(p) - p) : 1;
        if (!valid)
            c = (unsigned char)*p;
        if (c < 0x20 || (c >= 0x7f && c < 0xa0))
            memset(p, '?', len);
        p += len;
    }
    return text;
}
