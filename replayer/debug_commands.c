/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What gdb's packets ask for. What concerns one moment QEMU's stub answers; what would change the
 * machine is refused: it runs as it was recorded. */
#include "replayer/debug_private.h"

#include <inttypes.h>
#include <string.h>

#define THREAD "01" /* the only processor, as QEMU's stub calls it */

#define REFUSED "E01"

typedef AilStatus Handler(AilDebug *d, const char *packet, size_t size, GString *answer);

static AilStatus forward(AilDebug *d, const char *packet, size_t size, GString *answer)
{
    return ail_travel_ask(d->travel, packet, size, answer, &d->err);
}

static AilStatus refuse(AilDebug *d, const char *packet, size_t size, GString *answer)
{
    (void)d, (void)packet, (void)size;
    g_string_assign(answer, REFUSED);
    return AIL_OK;
}

static AilStatus agree(AilDebug *d, const char *packet, size_t size, GString *answer)
{
    (void)d, (void)packet, (void)size;
    g_string_assign(answer, "OK");
    return AIL_OK;
}

/* Another QEMU does not know it. */
static AilStatus set_physical(AilDebug *d)
{
    GString *ignored = g_string_new(NULL);
    const char *packet = d->physical ? "Qqemu.PhyMemMode:1" : "Qqemu.PhyMemMode:0";
    AilStatus s = ail_travel_ask(d->travel, packet, strlen(packet), ignored, &d->err);
    g_string_free(ignored, TRUE);
    return s;
}

static AilStatus say_supported(AilDebug *d, const char *packet, size_t size, GString *answer)
{
    (void)size;
    if (d->physical) { /* gdb has just come, and another had chosen that */
        d->physical = false;
        if (set_physical(d) != AIL_OK)
            return AIL_ERR;
    }
    d->knows_breaks = strstr(packet, "swbreak+") && strstr(packet, "hwbreak+");
    g_string_assign(answer, "PacketSize=1000;qXfer:features:read+;vContSupported+;"
                            "QStartNoAckMode+;ReverseStep+;ReverseContinue+;swbreak+;hwbreak+");
    return AIL_OK;
}

static AilStatus be_silent(AilDebug *d, const char *packet, size_t size, GString *answer)
{
    d->silent = true;
    return agree(d, packet, size, answer);
}

/* "qC" and the like, whose answers do not change. */
static AilStatus say_constant(AilDebug *d, const char *packet, size_t size, GString *answer)
{
    static const char *const constants[][2] = {
        {"?", "T05thread:" THREAD ";"}, {"vCont?", "vCont;c;C;s;S"}, {"qC", "QC" THREAD},
        {"qfThreadInfo", "m" THREAD},   {"qsThreadInfo", "l"},       {"qAttached", "1"},
    };
    (void)d, (void)size;
    for (size_t i = 0; i < G_N_ELEMENTS(constants); i++)
        if (!strcmp(packet, constants[i][0]))
            g_string_assign(answer, constants[i][1]);
    return AIL_OK;
}

static void say_arrived(AilDebug *d, const AilArrived *a, GString *answer)
{
    g_string_printf(answer, "T%sthread:" THREAD ";", a->how == AIL_ARRIVED_INTERRUPT ? "02" : "05");
    if (a->how == AIL_ARRIVED_WATCH)
        g_string_append(answer, a->watch);
    if (a->how == AIL_ARRIVED_BREAK && d->knows_breaks)
        g_string_append(answer, ail_travel_break_here(d->travel));
    if (a->how == AIL_ARRIVED_BEGIN)
        g_string_append(answer, "replaylog:begin;");
    if (a->how == AIL_ARRIVED_END)
        g_string_append(answer, "replaylog:end;");
}

static AilStatus arrive(AilDebug *d, AilStatus s, const AilArrived *arrived, GString *answer)
{
    if (s == AIL_OK && d->physical)
        s = set_physical(d);
    if (s == AIL_OK)
        say_arrived(d, arrived, answer);
    return s;
}

static AilStatus run(AilDebug *d, const char *packet, size_t size, GString *answer)
{
    AilArrived arrived = {.how = AIL_ARRIVED_STEP};
    AilGdbRun how = ail_gdb_parse_run(packet);
    if (how == AIL_GDB_NO_RUN || how == AIL_GDB_NOT_POSSIBLE)
        return refuse(d, packet, size, answer);
    AilStatus s = ail_travel_forward(d->travel, how == AIL_GDB_STEP ? 's' : 'c', &arrived, &d->err);
    return arrive(d, s, &arrived, answer);
}

static AilStatus go_back(AilDebug *d, const char *packet, size_t size, GString *answer)
{
    (void)size;
    AilArrived arrived = {.how = AIL_ARRIVED_STEP};
    AilStatus s = packet[1] == 's' ? ail_travel_step_back(d->travel, &arrived, &d->err)
                                   : ail_travel_run_back(d->travel, &arrived, &d->err);
    return arrive(d, s, &arrived, answer);
}

static AilStatus set_break(AilDebug *d, const char *packet, size_t size, GString *answer)
{
    AilGdbBreak b;
    if (strlen(packet) != size || !ail_gdb_parse_break(packet + 1, &b))
        return refuse(d, packet, size, answer);
    return ail_travel_break(d->travel, packet, answer, &d->err);
}

static AilStatus choose_memory(AilDebug *d, const char *packet, size_t size, GString *answer)
{
    d->physical = strcmp(strchr(packet, ':'), ":0") != 0;
    AilStatus s = set_physical(d);
    return s == AIL_OK ? agree(d, packet, size, answer) : s;
}

static AilStatus monitor(AilDebug *d, const char *packet, size_t size, GString *answer)
{
    (void)size;
    GString *command = g_string_new(NULL), *text = g_string_new(NULL);
    AilStatus s = AIL_OK;
    if (ail_gdb_from_hex(strchr(packet, ',') + 1, command))
        s = ail_debug_monitor(d, command->str, text);
    ail_gdb_to_hex(text->str, answer);
    if (!answer->len)
        g_string_assign(answer, REFUSED);
    g_string_free(text, TRUE);
    g_string_free(command, TRUE);
    return s;
}

static AilStatus detach(AilDebug *d, const char *packet, size_t size, GString *answer)
{
    d->next = AIL_DEBUG_DETACHED;
    return agree(d, packet, size, answer);
}

static AilStatus kill_machine(AilDebug *d, const char *packet, size_t size, GString *answer)
{
    d->next = AIL_DEBUG_KILLED;
    return agree(d, packet, size, answer);
}

/* All that is answered; the rest is not supported, which the empty answer says. */
static const struct {
    const char *begins;
    bool whole; /* and nothing behind it */
    Handler *handle;
} handlers[] = {
    {"g", true, forward},
    {"p", false, forward},
    {"m", false, forward},
    {"qXfer:features:read:", false, forward},
    {"qqemu.PhyMemMode", true, forward},
    {"Qqemu.PhyMemMode:", false, choose_memory},
    {"M", false, refuse},
    {"X", false, refuse},
    {"G", false, refuse},
    {"P", false, refuse},
    {"vCont;", false, run},
    {"c", false, run},
    {"s", false, run},
    {"C", false, run},
    {"S", false, run},
    {"bs", true, go_back},
    {"bc", true, go_back},
    {"Z", false, set_break},
    {"z", false, set_break},
    {"?", true, say_constant},
    {"vCont?", true, say_constant},
    {"qC", true, say_constant},
    {"qfThreadInfo", true, say_constant},
    {"qsThreadInfo", true, say_constant},
    {"qAttached", true, say_constant},
    {"H", false, agree},
    {"T", false, agree},
    {"qSupported", false, say_supported},
    {"QStartNoAckMode", true, be_silent},
    {"qRcmd,", false, monitor},
    {"D", false, detach},
    {"k", true, kill_machine},
    {"vKill;", false, kill_machine},
};

AilStatus ail_debug_answer(AilDebug *d, const char *packet, size_t size, GString *answer)
{
    g_string_truncate(answer, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(handlers); i++) {
        size_t len = strlen(handlers[i].begins);
        if (!strncmp(packet, handlers[i].begins, len) && (!handlers[i].whole || size == len))
            return handlers[i].handle(d, packet, size, answer);
    }
    return AIL_OK;
}

static AilStatus seek(AilDebug *d, const char *text, GString *out)
{
    guint64 icount = 0, total = d->config->manifest->instructions;
    if (!g_ascii_string_to_unsigned(text, 10, 0, total, &icount, NULL)) {
        g_string_printf(out, "seek wants an instruction's number, 0 to %" PRIu64 "\n", total);
        return AIL_OK;
    }
    AilStatus s = ail_travel_to(d->travel, icount, &d->err);
    if (s == AIL_OK && d->physical)
        s = set_physical(d);
    if (s == AIL_END)
        g_string_printf(out, "interrupted at instruction %" PRIu64 "\n",
                        ail_travel_icount(d->travel));
    if (s == AIL_OK)
        g_string_printf(out, "at instruction %" PRIu64 "\n", ail_travel_icount(d->travel));
    return s == AIL_END ? AIL_OK : s;
}

AilStatus ail_debug_monitor(AilDebug *d, const char *command, GString *text)
{
    static const char word[] = "seek ";
    if (g_str_has_prefix(command, word))
        return seek(d, command + sizeof word - 1, text);
    if (!strcmp(command, "icount"))
        g_string_printf(text, "%" PRIu64 "\n", ail_travel_icount(d->travel));
    else
        g_string_assign(text, "icount       print how many instructions the machine has executed\n"
                              "seek ICOUNT  go there, forward or back; gdb does not notice: type\n"
                              "             `maintenance flush register-cache` afterwards\n"
                              "help         print this\n");
    return AIL_OK;
}
