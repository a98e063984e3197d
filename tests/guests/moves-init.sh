#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# /init of the guest whose program (moves.c) sends bytes of a file and has the kernel move them.
mount -t proc proc /proc
mount -t devtmpfs dev /dev
for driver in $(cat /modules/order); do
    [ ! -e "/modules/$driver.ko" ] || insmod "/modules/$driver.ko"
done
ip link set lo up
ip addr add 10.0.2.15/24 dev eth0
ip link set eth0 up
printf 'Redpanda#7!walks' >/tmp/secret # 16 bytes
port=$(sed 's/.*port=\([0-9]*\).*/\1/' /proc/cmdline)
echo BEGIN
/programs/moves "$port"
echo "DONE $?"
poweroff -f
