/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/running.h"

#include "recorder/workdir.h"

#include <glib.h>
#include <poll.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

bool ail_stop_begin(AilStop *stop)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, &stop->before);
    stop->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (stop->fd < 0) {
        sigprocmask(SIG_SETMASK, &stop->before, NULL);
        return false;
    }
    sigaddset(&set, SIGPIPE);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return true;
}

bool ail_stop_wanted(const AilStop *stop)
{
    struct pollfd p = {stop->fd, POLLIN, 0};
    return poll(&p, 1, 0) > 0;
}

void ail_stop_forget(const AilStop *stop)
{
    struct signalfd_siginfo info;
    while (read(stop->fd, &info, sizeof info) > 0)
        ;
}

void ail_stop_end(AilStop *stop)
{
    if (stop->fd < 0)
        return;
    ail_stop_forget(stop);
    sigprocmask(SIG_SETMASK, &stop->before, NULL);
    close(stop->fd);
    stop->fd = -1;
}

static void note(void *command, const char *path, AilLeft left)
{
    static const char *const words[][2] = {
        [AIL_LEFT_REPLAY] = {"removed ", ", left by a replay that was killed"},
        [AIL_LEFT_IDLE] = {"removed ", ", left by a session that was killed while it recorded "
                                       "nothing"},
        [AIL_LEFT_RECORD] =
            {"a recording was killed; save what can be saved with: ailurus salvage ", ""},
    };
    fprintf(stderr, "ailurus %s: note: %s%s%s\n", (const char *)command, words[left][0], path,
            words[left][1]);
}

void ail_cli_sweep(const char *command, const char *beside)
{
    ail_workdir_sweep(beside, note, (void *)command);
}

/* Beside the program, in the build folder as when installed. */
char *ail_cli_find_plugin(const char *file, AilError *err)
{
    static const char *const places[] = {"../lib/ailurus", "../" AIL_LIBDIR "/ailurus"};
    char *program = g_file_read_link("/proc/self/exe", NULL);
    char *dir = program ? g_path_get_dirname(program) : g_strdup(".");
    char *found = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(places) && !found; i++) {
        char *name = g_build_filename(dir, places[i], file, NULL);
        found = g_canonicalize_filename(name, NULL);
        g_free(name);
        if (!g_file_test(found, G_FILE_TEST_EXISTS))
            g_clear_pointer(&found, g_free);
    }
    if (!found)
        ail_error_set(err, "%s is not beside the program (in ../lib/ailurus)", file);
    g_free(program);
    g_free(dir);
    return found;
}
