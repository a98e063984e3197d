#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# /init of the guest that moves the bytes of a file about, in ways of which it is known what becomes
# of them: tests ask where they went.
mount -t proc proc /proc
mount -t devtmpfs dev /dev
ifconfig lo 127.0.0.1 up
printf 'Redpanda#7!walks' >/tmp/secret # 16 bytes
printf 'Somethingelse-0' >/tmp/plain
sleep 0.1
cat /tmp/secret >/tmp/copied
cat /tmp/plain >/tmp/other
cat /tmp/secret | (sleep 0.1; cat >/tmp/piped)
tr a-z A-Z </tmp/secret >/tmp/upper
base64 </tmp/secret >/tmp/based
dd if=/tmp/secret bs=4 skip=1 count=2 of=/tmp/part 2>/dev/null
nc -l -p 99 >/tmp/received &
sleep 0.1
nc 127.0.0.1 99 </tmp/secret
sleep 0.1
cat /tmp/piped >/tmp/again
printf -- '-1234 567.5 0x9f' >/tmp/cases # 16 bytes
/programs/cases # see guests/cases
echo "DONE $(cat /tmp/received)"
poweroff -f
