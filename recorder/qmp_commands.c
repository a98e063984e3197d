/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands of QEMU's whose arguments or answers we know. */
#include "recorder/qmp_private.h"

AilStatus ail_qmp_monitor(AilQmp *qmp, const char *line, int timeout_ms, char **text)
{
    JsonNode *result = NULL;
    char *escaped = g_strescape(line, NULL);
    char *arguments = g_strdup_printf("{\"command-line\":\"%s\"}", escaped);
    AilStatus s = ail_qmp_execute(qmp, "human-monitor-command", arguments, timeout_ms, &result);
    if (s == AIL_OK)
        *text = json_node_dup_string(result);
    if (s == AIL_OK && !*text)
        s = ail_error_set(&qmp->err, "QEMU's monitor gave no text for '%s'", line);
    g_clear_pointer(&result, json_node_unref);
    g_free(arguments);
    g_free(escaped);
    return s;
}

AilStatus ail_qmp_icount(AilQmp *qmp, int timeout_ms, uint64_t *icount)
{
    JsonNode *result = NULL;
    AilStatus s = ail_qmp_execute(qmp, "query-replay", NULL, timeout_ms, &result);
    if (s != AIL_OK)
        return s;
    int64_t n = -1;
    if (JSON_NODE_HOLDS_OBJECT(result))
        n = json_object_get_int_member_with_default(json_node_get_object(result), "icount", -1);
    json_node_unref(result);
    if (n < 0)
        return ail_error_set(&qmp->err, "QEMU's answer to 'query-replay' has no icount");
    *icount = (uint64_t)n;
    return AIL_OK;
}

static AilStatus execute_at(AilQmp *qmp, const char *command, uint64_t icount, int timeout_ms)
{
    char arguments[64];
    g_snprintf(arguments, sizeof arguments, "{\"icount\":%" G_GUINT64_FORMAT "}", icount);
    return ail_qmp_execute(qmp, command, arguments, timeout_ms, NULL);
}

AilStatus ail_qmp_replay_break(AilQmp *qmp, uint64_t icount, int timeout_ms)
{
    return execute_at(qmp, "replay-break", icount, timeout_ms);
}

AilStatus ail_qmp_replay_seek(AilQmp *qmp, uint64_t icount, int timeout_ms)
{
    return execute_at(qmp, "replay-seek", icount, timeout_ms);
}
