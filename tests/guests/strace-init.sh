#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# /init of the guest that runs programs twice, by themselves and under strace, which counts calls.
mount -t proc proc /proc
mount -t devtmpfs dev /dev
# So that the loader does the same both times.
echo 0 >/proc/sys/kernel/randomize_va_space
# A few processes that fork, exec, wait, read, write, fail, map, and get a signal. What comes through
# the pipe is written at once: in how many pieces two writes are read is luck.
cat >/tmp/work <<'END'
#!/shared/busybox sh
trap 'echo caught' USR1
kill -USR1 $$
ls /nowhere 2>/dev/null
echo some text >/tmp/file
cat /tmp/file /tmp/file >/tmp/both
/shared/busybox sort /tmp/both | /shared/busybox wc
/shared/busybox mv /tmp/file /tmp/other
/shared/busybox rm /tmp/other /tmp/both
/shared/busybox sh -c 'exit 3'
END
chmod 755 /tmp/work
echo "BEGIN plain"
/tmp/work
echo "BEGIN strace"
/shared/strace -f -c -U name,calls,errors -o /tmp/counts /tmp/work
cat /tmp/counts
# And a 32-bit program.
sed 's,/shared/busybox,/compat/busybox,g; s,ls,/compat/busybox ls,; s,cat,/compat/busybox cat,' \
    /tmp/work >/tmp/work32
chmod 755 /tmp/work32
echo "BEGIN 32-bit plain"
/tmp/work32
echo "BEGIN 32-bit strace"
/shared/strace -f -c -U name,calls,errors -o /tmp/counts /tmp/work32
cat /tmp/counts
echo "END"
poweroff -f
