#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What the Debian guest of bench/long does: everyday work, over and over, until the host has
# recorded enough. No line of it depends on the time.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH
mount -t proc proc /proc
mount -t tmpfs tmpfs /tmp
cd /tmp
n=0
while :; do
    n=$((n + 1))
    echo "ROUND $n"
    tar cf usr.tar /usr/share/doc /usr/share/perl5 2>/dev/null
    gzip -6 <usr.tar >usr.tar.gz
    gzip -dc usr.tar.gz | sha256sum
    find / -xdev -type f 2>/dev/null | sort | md5sum
    dpkg -l | awk '{ n[length($2)]++ } END { for (i in n) s += i * n[i]; print s }'
    perl -e 'my %h; for my $i (1 .. 60000) { $h{($i * 7919) % 10007} .= chr(65 + $i % 26) }
        my $s = join "", map { $h{$_} } sort { $a <=> $b } keys %h; $s =~ tr/A-M/N-Z/;
        print length($s), "\n"'
    printf '#include <stdio.h>\nint main(void) { unsigned x = %d; for (int i = 0; i < 3000000; i++) x = x * 1664525u + 1013904223u; printf("%%u\\n", x); return 0; }\n' "$n" >a.c
    gcc -O2 -o a a.c && ./a
    i=0
    while [ "$i" -lt 20 ]; do
        sh -c 'ls -l /usr/bin | grep -c x' >/dev/null
        i=$((i + 1))
    done
done
