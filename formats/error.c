/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/error.h"

#include "formats/text.h"

#include <glib.h>
#include <stdio.h>

AilStatus ail_error_set(AilError *err, const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        vsnprintf(err->text, sizeof err->text, format, args);
        va_end(args);
        ail_text_disarm(err->text); /* names in it may be a stranger's */
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
        ail_text_disarm(err->text); /* names in it may be a stranger's */
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
