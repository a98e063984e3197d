#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# /init.sh of the Debian guest that says of itself what introspection must find: a program with
# threads, one that renames itself, what both have mapped and open, all processes, all modules
# and their symbols.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs tmpfs /tmp
cd /tmp
cat >threads.c <<'END'
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
END
gcc -O2 -o threads threads.c -lpthread
./threads &
threads=$!
perl -e '$0 = "renamed perl"; open(my $f, "<", "/etc/passwd"); sleep 1000' &
perl=$!
sleep 1
for p in $threads $perl; do
    echo "BEGIN maps $p"
    cat "/proc/$p/maps"
    echo "BEGIN files $p"
    ls -l "/proc/$p/fd"
done
echo "BEGIN threads $threads"
for t in /proc/$threads/task/*; do
    echo "$(basename "$t") $(cat "$t/comm")"
done
echo "BEGIN ps"
for d in /proc/[0-9]*; do
    echo "$(sed -n 's/^Pid:\t//p; s/^PPid:\t//p' "$d/status" | tr '\n' ' ')$(cat "$d/comm")"
done
echo "BEGIN modules"
cat /proc/modules
echo "BEGIN symbols"
grep '\]$' /proc/kallsyms | grep -v '\[bpf\]$'
echo "BEGIN end"
sync
busybox poweroff -f
