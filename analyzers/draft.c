/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/draft.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>

AilStatus ail_draft_open(AilDraft *d, const char *path, AilError *err)
{
    *d = (AilDraft){NULL, g_strdup(path), g_strconcat(path, ".XXXXXX", NULL)};
    int fd = g_mkstemp_full(d->beside, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    d->file = fd < 0 ? NULL : fdopen(fd, "w");
    if (d->file)
        return AIL_OK;
    ail_error_set_errno(err, errno, "%s", path);
    g_clear_pointer(&d->path, g_free);
    g_clear_pointer(&d->beside, g_free);
    return AIL_ERR;
}

AilStatus ail_draft_close(AilDraft *d, AilError *err)
{
    if (!d->file)
        return AIL_OK;
    int bad = fflush(d->file) | ferror(d->file), why = errno;
    bad |= fclose(d->file);
    d->file = NULL;
    return bad ? ail_error_set_errno(err, why, "%s", d->path) : AIL_OK;
}

AilStatus ail_draft_place(AilDraft *d, AilError *err)
{
    if (ail_draft_close(d, err) != AIL_OK)
        return AIL_ERR;
    if (g_rename(d->beside, d->path))
        return ail_error_set_errno(err, errno, "%s", d->path);
    g_clear_pointer(&d->beside, g_free);
    return AIL_OK;
}

void ail_draft_drop(AilDraft *d)
{
    if (d->file)
        fclose(d->file);
    if (d->beside)
        g_unlink(d->beside);
    g_free(d->beside);
    g_free(d->path);
    *d = (AilDraft){NULL, NULL, NULL};
}
