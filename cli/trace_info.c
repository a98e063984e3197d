/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/trace_tools.h"

#include "formats/text.h"
#include "trace/reader.h"

#include <inttypes.h>

static const char *const column_names[] = {"code",  "flow", "addr", "data",
                                           "event", "sync", "xlate"};

static const char *arch_name(AilArch arch)
{
    static const char *const names[AIL_ARCH_COUNT] = {"unknown", "x86", "aarch64", "arm", "ppc"};
    return arch < AIL_ARCH_COUNT ? names[arch] : names[0];
}

static void print_text(const AilTraceInfo *info, const AilTraceSummary *s)
{
    g_autofree char *tool = ail_text_disarm(g_strdup(info->tool));
    g_autofree char *machine = ail_text_disarm(g_strdup(info->machine));
    g_autofree char *recording = ail_text_disarm(g_strdup(info->recording));
    printf("format        %u, written by %s\n", info->format, tool);
    printf("machine       %s, %s\n", arch_name(info->arch), machine);
    printf("recording     %s\n", recording);
    printf("instructions  %" PRIu64 " (%" PRIu64 " .. %" PRIu64 ")\n", s->insns, s->first,
           s->first + s->insns);
    printf("chunks        %" PRIu64, s->chunks);
    if (s->dictionaries > 1)
        printf(", with %" PRIu64 " dictionaries of blocks", s->dictionaries);
    puts(s->complete ? "" : ", then the writer was stopped: incomplete");
    printf("bytes         %" PRIu64, s->bytes);
    if (s->insns)
        printf(", %.4f an instruction", (double)s->bytes / (double)s->insns);
    printf("\n\n%-8s %14s %14s\n", "column", "bytes", "bytes/insn");
    for (int i = 0; i < AIL_N_COLUMNS; i++) {
        if (info->columns >> i & 1)
            printf("%-8s %14" PRIu64 " %14.6f\n", column_names[i], s->column[i],
                   s->insns ? (double)s->column[i] / (double)s->insns : 0);
    }
}

static void print_json(const AilTraceInfo *info, const AilTraceSummary *s)
{
    g_autofree char *tool = ail_text_json(info->tool);
    g_autofree char *machine = ail_text_json(info->machine);
    g_autofree char *recording = ail_text_json(info->recording);
    printf("{\"format\":%u,\"tool\":%s,\"arch\":\"%s\",\"machine\":%s,\"recording\":%s",
           info->format, tool, arch_name(info->arch), machine, recording);
    printf(",\"first\":%" PRIu64 ",\"instructions\":%" PRIu64 ",\"chunks\":%" PRIu64
           ",\"dictionaries\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"complete\":%s,\"columns\":{",
           s->first, s->insns, s->chunks, s->dictionaries, s->bytes,
           s->complete ? "true" : "false");
    const char *comma = "";
    for (int i = 0; i < AIL_N_COLUMNS; i++) {
        if (info->columns >> i & 1) {
            printf("%s\"%s\":%" PRIu64, comma, column_names[i], s->column[i]);
            comma = ",";
        }
    }
    puts("}}");
}

int ail_trace_info(const AilTraceOptions *o, const char *path)
{
    AilTraceReader *r = ail_trace_reader_new();
    AilTraceSummary summary;
    int status = AIL_EXIT_OK;
    if (ail_trace_reader_open(r, path, 0, 0) != AIL_OK ||
        ail_trace_reader_summary(r, &summary) != AIL_OK)
        status = ail_cli_fail("trace", "%s", ail_trace_reader_error(r));
    else if (o->json)
        print_json(ail_trace_reader_info(r), &summary);
    else
        print_text(ail_trace_reader_info(r), &summary);
    ail_trace_reader_free(r);
    return status;
}
