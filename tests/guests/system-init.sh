#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# /init of the guest that tells what its own system is like, for tests to hold against what a trace
# of it says. Each part is between lines "@ PART" and "@ end".
mount -t proc proc /proc
mount -t devtmpfs dev /dev
echo 0 >/proc/sys/kernel/kptr_restrict
for driver in virtio virtio_ring virtio_pci_legacy_dev mii 8139cp; do
    [ ! -e "/modules/$driver.ko" ] || insmod "/modules/$driver.ko"
done
# Takes longer than all the rest; the test has it from the console's log.
echo "@ module symbols"
grep -E '\[(mii|virtio_ring)\]$' /proc/kallsyms
echo "@ end"
exec 3</init 5>/tmp/with\ space
sleep 10000 &
/shared/busybox sleep 10000 </init 7>/tmp/7 &
static=$!
compat=
if [ -e /compat/busybox ]; then
    /compat/busybox sleep 10007 </init 9>/tmp/9 &
    compat=$!
fi
sleep 10001 | sleep 10002 8</proc/1/stat &
piped=$!
false
sh -c 'exit 7'
sh -c 'kill -9 $$'
sh -c 'sleep 10003 & sleep 0.1' # leaves a child behind that sleeps
ip link set lo up
busybox syslogd -n &
sleep 10004 | busybox nc -l -p 2222 &
sleep 10005 | busybox nc -l -p 2223 &
sleep 0.1
sleep 10006 | busybox nc 127.0.0.1 2222 &
sleep 0.2
part() {
    echo "@ $*"
    cat >/dev/null </init # so that what is told is as it is here
}
part ps
ps -o pid,ppid,comm
echo "@ end"
for p in 1 $static $piped $compat; do
    part maps $p
    cat /proc/$p/maps
    echo "@ end"
    part files $p
    ls -l /proc/$p/fd
    echo "@ end"
done
part tcp
cat /proc/net/tcp /proc/net/tcp6
echo "@ end"
part unix
cat /proc/net/unix
echo "@ end"
part own
cat /proc/self/maps
echo "@ end"
part modules
cat /proc/modules
echo "@ end"
part symbols
grep -m 40 -E ' [tT] (vfs_|sys_|do_)' /proc/kallsyms
echo "@ end"
poweroff -f
