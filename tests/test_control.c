/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clients of a control socket that are not as polite as `ailurus ctl`. */
#include "recorder/control.h"

#include <criterion/criterion.h>
#include <glib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/shell.h"

/* The last client that asked, and how often somebody did. */
typedef struct Asked {
    AilClient *client;
    unsigned n;
} Asked;

static void ask(void *user, AilClient *client, const char *line)
{
    Asked *a = user;
    a->n++;
    if (!strcmp(line, "later"))
        a->client = ail_client_hold(client);
    else
        ail_client_answer(client, true, line);
}

/* Do what there is to do. */
static void turn(AilControl *c)
{
    struct pollfd fds[AIL_CONTROL_MAX_FDS];
    size_t n = ail_control_fds(c, fds);
    while (poll(fds, n, 0) > 0) {
        ail_control_turn(c, fds, n);
        n = ail_control_fds(c, fds);
    }
    ail_control_turn(c, fds, 0);
}

static void expect_said(int fd, const char *text)
{
    char line[256] = "";
    ssize_t n = recv(fd, line, sizeof line - 1, MSG_DONTWAIT);
    cr_expect_gt(n, 0);
    cr_expect_not_null(strstr(line, text), "%s", line);
}

Test(control, answers_who_sends_no_more)
{
    int pair[2];
    Asked asked = {0};
    AilControl *c = ail_control_new(ask, &asked);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    ail_control_add(c, pair[0]);
    cr_assert_eq(write(pair[1], "later\nnow", 9), 9);
    shutdown(pair[1], SHUT_WR);
    turn(c);
    cr_expect_eq(asked.n, 2);
    expect_said(pair[1], "now");
    cr_expect_not(ail_control_is_deserted(c));
    ail_client_answer(asked.client, true, "at last");
    ail_client_drop(asked.client);
    turn(c);
    expect_said(pair[1], "at last");
    cr_expect(ail_control_is_deserted(c));
    ail_control_free(c);
    close(pair[1]);
}

Test(control, lets_go_who_has_gone)
{
    int pair[2];
    Asked asked = {0};
    AilControl *c = ail_control_new(ask, &asked);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    ail_control_add(c, pair[0]);
    cr_assert_eq(write(pair[1], "later\n", 6), 6);
    close(pair[1]);
    turn(c);
    cr_expect_eq(asked.n, 1);
    cr_expect(ail_control_is_deserted(c));
    ail_client_answer(asked.client, true, "too late");
    ail_client_drop(asked.client);
    ail_control_free(c);
}

static int call(const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    g_strlcpy(at.sun_path, path, sizeof at.sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    return fd;
}

/* The loop does not spin while there is no descriptor for the one who calls; later it is let in. */
Test(control, waits_for_descriptors)
{
    AilError err = {{0}};
    Asked asked = {0};
    struct rlimit was, none = {0};
    struct pollfd fds[AIL_CONTROL_MAX_FDS];
    char *dir = ail_folder_new(), *path = g_build_filename(dir, "s.sock", NULL);
    AilControl *c = ail_control_new(ask, &asked);
    cr_assert_eq(ail_control_listen(c, path, &err), AIL_OK, "%s", err.text);
    int fd = call(path);
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &was), 0);
    none.rlim_max = was.rlim_max;
    size_t n = ail_control_fds(c, fds);
    cr_assert_eq(poll(fds, n, 1000), 1);
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    ail_control_turn(c, fds, n);
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &was), 0);
    ail_control_fds(c, fds);
    cr_expect_eq(fds[0].fd, -1);
    int64_t at = ail_control_deadline(c);
    cr_assert_lt(at, INT64_MAX);
    g_usleep((gulong)MAX(at - g_get_monotonic_time(), 0) + 1000);
    cr_assert_eq(write(fd, "hello\n", 6), 6);
    turn(c);
    turn(c);
    expect_said(fd, "hello");
    close(fd);
    ail_control_free(c);
    g_free(path);
    ail_folder_remove(dir);
}
