#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# /init of a guest to play with: its disk and network work, and there is a shell on the console.
mount -t proc proc /proc
mount -t devtmpfs dev /dev
for driver in $(cat /modules/order); do
    [ ! -e "/modules/$driver.ko" ] || insmod "/modules/$driver.ko"
done
ip link set eth0 up 2>/dev/null && ip addr add 10.0.2.15/24 dev eth0
echo "Welcome. This is process 1; poweroff -f ends the machine."
exec sh
