/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/results.h"

#include <string.h>
#include <unistd.h>

GOptionEntry ail_results_json_option(AilResultOptions *o)
{
    return (GOptionEntry){.long_name = "json",
                          .arg = G_OPTION_ARG_NONE,
                          .arg_data = &o->json,
                          .description = "print one JSON object a line"};
}

GOptionEntry ail_results_plog_option(AilResultOptions *o)
{
    return (GOptionEntry){.long_name = "plog",
                          .arg = G_OPTION_ARG_FILENAME,
                          .arg_data = &o->plog,
                          .description = "write the results as records into this file, too, for "
                                         "`ailurus plog`; - is stdout, instead of text",
                          .arg_description = "FILE"};
}

int ail_results_open(const char *command, const AilResultOptions *o, AilResults *r)
{
    *r = (AilResults){NULL, NULL};
    bool to_stdout = o->plog && !strcmp(o->plog, "-");
    if (to_stdout && o->json)
        return ail_cli_usage(command, "--json and --plog=- cannot both have standard output");
    if (to_stdout && isatty(STDOUT_FILENO))
        return ail_cli_usage(command,
                             "a plog is not for a terminal; pipe it into `ailurus plog -`");
    if (o->plog) {
        r->records = ail_records_new();
        if (ail_records_open(r->records, o->plog) != AIL_OK)
            return ail_cli_fail(command, "%s", ail_records_error(r->records));
    }
    r->out = ail_output_new(stdout,
                            to_stdout ? AIL_OUTPUT_NONE
                            : o->json ? AIL_OUTPUT_JSON
                                      : AIL_OUTPUT_TEXT,
                            0);
    ail_output_set_records(r->out, r->records);
    return AIL_EXIT_OK;
}

int ail_results_close(const char *command, AilResults *r, int code)
{
    if (r->records && code == AIL_EXIT_OK && ail_records_finish(r->records) != AIL_OK)
        code = ail_cli_fail(command, "%s", ail_records_error(r->records));
    ail_records_free(r->records);
    if (r->out)
        ail_output_free(r->out);
    return code;
}
