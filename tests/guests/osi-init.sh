#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# /init of the guest that says of itself what introspection must find: its processes, what they have
# mapped and open, its modules, symbols of its kernel. Programs of /shared have shared libraries.
mount -t proc proc /proc
mount -t devtmpfs dev /dev
echo 0 >/proc/sys/kernel/kptr_restrict
for driver in $(cat /modules/order); do
    [ ! -e "/modules/$driver.ko" ] || insmod "/modules/$driver.ko"
done
(exec 7</init; exec /shared/busybox sleep 1000) &
sleeper=$!
/shared/busybox sh -c 'exit 3' || :
sleep 0.2
echo "BEGIN maps $sleeper"
cat /proc/$sleeper/maps
echo "BEGIN files $sleeper"
ls -l /proc/$sleeper/fd
echo "BEGIN modules"
cat /proc/modules
echo "BEGIN symbols"
grep -E ' (do_exit|wake_up_new_task|linux_banner|init_task|schedule|vfs_read|_text|_etext)$' /proc/kallsyms
echo "BEGIN ps"
ps -o pid,ppid,comm
echo "END"
kill $sleeper
poweroff -f
