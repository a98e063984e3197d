#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# /init of the demo's guest: a few processes, and a string worth finding.
mount -t proc proc /proc
mount -t sysfs sys /sys
echo "Hello from a recorded Linux, $(cat /proc/sys/kernel/osrelease)."
for i in 1 2 3; do
    echo "the red panda was here, $i" >/tmp/note$i
done
cat /tmp/note* | sha256sum
ps | wc -l
echo "That was all; powering off."
poweroff -f
