/* SPDX-License-Identifier: GPL-2.0-or-later */
/* join PARTS TRACE: the trace that an input of fuzz_trace stands for, as a file. */
#include "tests/fuzz/input.h"
#include "tests/fuzz/parts.h"

#include <glib.h>

int main(int argc, char **argv)
{
    gchar *data;
    gsize len;
    Parts parts;
    AilBuf trace = {0};
    if (argc != 3 || !g_file_get_contents(argv[1], &data, &len, NULL)) {
        g_printerr("Usage: join PARTS TRACE\n");
        return 2;
    }
    parts_read(&parts, (const uint8_t *)data, len);
    parts_join(&parts, &trace);
    EXPECT(g_file_set_contents(argv[2], (const char *)trace.data, (gssize)trace.len, NULL));
    parts_clear(&parts);
    ail_buf_clear(&trace);
    g_free(data);
    return 0;
}
