/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads with names, which wait. */
#include <pthread.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

static void *work(void *n)
{
    char name[16];
    snprintf(name, sizeof name, "worker-%ld", (long)n);
    prctl(PR_SET_NAME, name);
    for (;;)
        sleep(1000);
}

int main(void)
{
    pthread_t t;
    for (long i = 0; i < 3; i++)
        pthread_create(&t, NULL, work, (void *)i);
    sleep(1000);
}
