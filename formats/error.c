/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/error.h"

#include <glib.h>
#include <stdio.h>

/* Names in a message may be a stranger's: none may begin a line or command the terminal. */
static void disarm(char *text)
{
    for (unsigned char *p = (unsigned char *)text; *p; p++) {
        if (*p < 0x20 || *p == 0x7f)
            *p = '?';
        else if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0) /* U+0080 .. U+009F in UTF-8 */
            p[0] = p[1] = '?';
    }
}

AilStatus ail_error_set(AilError *err, const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        vsnprintf(err->text, sizeof err->text, format, args);
        va_end(args);
        disarm(err->text);
    }
    return AIL_ERR;
}

AilStatus ail_error_set_errno(AilError *err, int errnum, const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        char *what = g_strdup_vprintf(format, args);
        va_end(args);
        snprintf(err->text, sizeof err->text, "%s: %s", what, g_strerror(errnum));
        g_free(what);
        disarm(err->text);
    }
    return AIL_ERR;
}

AilStatus ail_error_copy(AilError *to, const AilError *from, const char *prefix)
{
    if (!to || to == from)
        return AIL_ERR;
    return prefix ? ail_error_set(to, "%s: %s", prefix, from->text)
                  : ail_error_set(to, "%s", from->text);
}
