#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# /init of the guest that runs a program twice, by itself and under strace, which counts its calls.
mount -t proc proc /proc
mount -t devtmpfs dev /dev
# So that the loader does the same both times.
echo 0 >/proc/sys/kernel/randomize_va_space
# A few processes that fork, exec, wait, read, write, fail, map, and get a signal; some of 32 bits.
cat >/tmp/work <<'END'
#!/shared/busybox sh
trap 'echo caught' USR1
kill -USR1 $$
ls /nowhere 2>/dev/null
echo some text >/tmp/file
cat /tmp/file /tmp/file | /shared/busybox sort | /shared/busybox wc
/narrow/busybox sort -r /tmp/file /nowhere
/narrow/busybox sh -c '/narrow/busybox wc /tmp/file; echo done'
/shared/busybox mv /tmp/file /tmp/other
/shared/busybox rm /tmp/other
/shared/busybox sh -c 'exit 3'
END
chmod 755 /tmp/work
echo "BEGIN plain"
/tmp/work
echo "BEGIN strace"
/shared/strace -f -c -U name,calls,errors -o /tmp/counts /tmp/work
cat /tmp/counts
echo "END"
poweroff -f
