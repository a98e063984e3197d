#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# /init of the benchmark's guest. The work between READY and WORKDONE is what other tools were
# measured on (about a thousand million instructions), so its commands must stay as they are. It
# reads a line before the work and one after it.
mount -t proc proc /proc
mount -t sysfs sys /sys
B=/bin/busybox
for i in 1 2; do cat /bin/busybox >> /tmp/big; done
echo READY
read x
for i in 1 2 3 4 5; do echo "hello secretkey-$i" > /tmp/f$i; cat /tmp/f$i | sha256sum; done
sha256sum /tmp/big
md5sum /tmp/big
$B gzip -c /bin/busybox | wc -c
find / -xdev | $B sort | wc -l
grep -r secretkey /tmp/f* | wc -l
j=0; while [ $j -lt 2000 ]; do j=$((j+1)); done
$B awk 'BEGIN{for(i=0;i<20000;i++){a[i%997]+=i*3.5}; print a[5]}'
cat /proc/self/maps /proc/meminfo /proc/interrupts | wc -c
ps | wc -l
echo WORKDONE
read y
poweroff -f
