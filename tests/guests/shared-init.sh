#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# /init of the guest whose programs share libraries, which are at other addresses in each.
mount -t proc proc /proc
for i in 1 2 3 4 5 6 7 8; do
    /shared/busybox grep 'r-xp.*libc' /proc/self/maps
    /shared/busybox md5sum /init
done
poweroff -f
