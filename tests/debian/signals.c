/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads, and calls that signals interrupt: that fail, that are made again, that are resumed, and
 * that their task does not live to see the end of. */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int p[2];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int turn;

static void handle(int n)
{
    (void)n;
    write(p[1], "s", 1);
}

static void on(int flags)
{
    sigaction(SIGALRM, &(struct sigaction){.sa_handler = handle, .sa_flags = flags}, NULL);
}

static void alarm_in(long us)
{
    setitimer(ITIMER_REAL, &(struct itimerval){.it_value = {0, us}}, NULL);
}

static void interrupted(void)
{
    char c;
    struct timespec rest, long_time = {5, 0};
    sigset_t none;
    sigemptyset(&none);
    on(SA_RESTART);
    alarm_in(20000);
    read(p[0], &c, 1); /* made again, then there is the handler's byte */
    on(0);
    struct pollfd nothing = {-1, POLLIN, 0};
    alarm_in(20000), nanosleep(&long_time, &rest), read(p[0], &c, 1);
    alarm_in(20000), poll(&nothing, 1, 5000), read(p[0], &c, 1);
    alarm_in(20000), select(0, NULL, NULL, NULL, &(struct timeval){5, 0}), read(p[0], &c, 1);
    alarm_in(20000), pause(), read(p[0], &c, 1);
    alarm_in(20000), sigsuspend(&none), read(p[0], &c, 1);
    alarm_in(20000), wait(NULL);
    alarm_in(20000), read(p[0], &c, 1), read(p[0], &c, 1);
}

static void stopped(void)
{
    pid_t child = fork();
    if (!child) {
        nanosleep(&(struct timespec){0, 300000000}, NULL); /* goes on by restart_syscall */
        _exit(1);
    }
    usleep(50000);
    kill(child, SIGSTOP);
    waitpid(child, NULL, WUNTRACED);
    kill(child, SIGCONT);
    waitpid(child, NULL, 0);
}

static void killed(void)
{
    char c;
    pid_t child = fork();
    if (!child) {
        signal(SIGSEGV, SIG_DFL);
        *(volatile int *)0x10 = 1;
    }
    waitpid(child, NULL, 0);
    child = fork();
    if (!child) {
        for (;;)
            read(p[0], &c, 1);
    }
    usleep(20000);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    child = fork();
    if (!child)
        abort();
    waitpid(child, NULL, 0);
    sigqueue(getpid(), SIGWINCH, (union sigval){.sival_int = 5});
}

static void *work(void *at)
{
    long me = (long)at;
    for (int i = 0; i < 5; i++) {
        pthread_mutex_lock(&mutex);
        while (turn % 3 != me)
            pthread_cond_wait(&cond, &mutex);
        turn++;
        pthread_cond_broadcast(&cond);
        pthread_mutex_unlock(&mutex);
    }
    return NULL;
}

static void threads(void)
{
    pthread_t t[3];
    for (long i = 0; i < 3; i++)
        pthread_create(&t[i], NULL, work, (void *)i);
    for (long i = 0; i < 3; i++)
        pthread_join(t[i], NULL);
}

int main(void)
{
    pipe(p);
    interrupted();
    stopped();
    killed();
    threads();
    return 0;
}
