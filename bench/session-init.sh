#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# /init of the guests of bench/soak and bench/sessions. What it does is on the kernel's command line,
# which arrives here as variables: work (a function below), rounds (how often; 0: until it is ended)
# and port (of the host's HTTP server). Says READY, DONE and a number after each round, UP and its
# clock's seconds at the end, and FAILED where something did not work.
mount -t proc proc /proc
mount -t devtmpfs dev /dev
B=/bin/busybox

idle() {
    sleep 1
}
busy() {
    $B gzip -c /bin/busybox | md5sum
    find / -xdev | $B sort | md5sum
    j=0
    while [ $j -lt 20 ]; do
        ps | wc -l >/tmp/count
        j=$((j + 1))
    done
}
disk() {
    at=$(($1 * 37 % 200))
    dd if=/dev/vda bs=64k skip=$at count=16 2>/dev/null | md5sum
    dd if=/bin/busybox of=/dev/vda bs=64k seek=$at count=16 conv=fsync 2>/dev/null
    echo 3 >/proc/sys/vm/drop_caches
    was=$(dd if=/bin/busybox bs=64k count=16 2>/dev/null | md5sum)
    [ "$(dd if=/dev/vda bs=64k skip=$at count=16 2>/dev/null | md5sum)" = "$was" ] || echo "FAILED disk"
}
net() {
    ping -c 1 10.0.2.2 | grep received || echo "FAILED ping"
    $B wget -q -O /tmp/blob "http://10.0.2.2:$port/blob" || echo "FAILED wget"
    md5sum /tmp/blob
}
console() {
    read -r line
    echo "heard $line"
    [ "$line" != quit ] || poweroff -f
    ls -l / | md5sum
}
mixed() {
    busy "$1" &
    disk "$1" &
    net "$1" &
    wait
}

for driver in $(cat /modules/order); do
    [ ! -e "/modules/$driver.ko" ] || insmod "/modules/$driver.ko"
done
case $work in
net | mixed)
    ip link set eth0 up
    ip addr add 10.0.2.15/24 dev eth0
    ;;
esac
echo READY
i=0
while [ "$rounds" -eq 0 ] || [ "$i" -lt "$rounds" ]; do
    i=$((i + 1))
    $work $i
    echo "DONE $i"
done
read -r up rest </proc/uptime
echo "UP $up"
poweroff -f
