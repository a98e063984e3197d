/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/threads.h"

#include "trace/parallel.h"

enum { NOT_GIVEN = G_MININT };

GOptionEntry ail_threads_option(gint *n)
{
    *n = NOT_GIVEN;
    return (GOptionEntry){.long_name = "threads",
                          .short_name = 'j',
                          .arg = G_OPTION_ARG_INT,
                          .arg_data = n,
                          .description = "read with so many threads (default: one for each "
                                         "processor); results are the same for any number",
                          .arg_description = "N"};
}

unsigned ail_threads(const char *command, gint n)
{
    if (n == NOT_GIVEN)
        return MIN(g_get_num_processors(), AIL_MAX_THREADS);
    if (n >= 1 && n <= AIL_MAX_THREADS)
        return (unsigned)n;
    ail_cli_usage(command, "--threads is a number from 1 to %d", AIL_MAX_THREADS);
    return 0;
}
