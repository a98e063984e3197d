/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What writing and reading of recordings share. */
#ifndef AIL_FORMATS_RR_PRIVATE_H
#define AIL_FORMATS_RR_PRIVATE_H

#include <stddef.h>

#define AIL_RR_MANIFEST "manifest.json"
#define AIL_RR_SUM      "manifest.sha256"

/* The contents of the second member, as `sha256sum` prints it; free with g_free. */
char *ail_rr_sum_line(const char *manifest, size_t len);

#endif
