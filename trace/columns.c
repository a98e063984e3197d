/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/trace.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    uint32_t set; /* with what it needs */
} columns[] = {
    {"code", AIL_COL_CODE},
    {"flow", AIL_COL_FLOW | AIL_COL_CODE},
    {"addr", AIL_COL_ADDR | AIL_COL_FLOW | AIL_COL_CODE},
    {"data", AIL_COL_DATA | AIL_COL_ADDR | AIL_COL_FLOW | AIL_COL_CODE},
    {"event", AIL_COL_EVENT},
    {"sync", AIL_COL_SYNC},
    {"xlate", AIL_COL_XLATE | AIL_COL_ADDR | AIL_COL_FLOW | AIL_COL_CODE},
    {"all", AIL_COL_ALL},
};

uint32_t ail_columns_parse(const char *names)
{
    uint32_t set = 0;
    char **words = g_strsplit(names, ",", -1);
    for (char **w = words; *w; w++) {
        uint32_t found = 0;
        for (size_t i = 0; i < G_N_ELEMENTS(columns); i++) {
            if (!strcmp(*w, columns[i].name))
                found = columns[i].set;
        }
        if (!found) {
            set = 0;
            break;
        }
        set |= found;
    }
    g_strfreev(words);
    return set;
}

const char *ail_columns_format(uint32_t set, char *buf, size_t size)
{
    size_t len = 0;
    buf[0] = 0;
    for (size_t i = 0; i < AIL_N_COLUMNS; i++) {
        if (set & 1u << i && len < size)
            len += (size_t)snprintf(buf + len, size - len, "%s%s", len ? "," : "", columns[i].name);
    }
    return buf;
}
