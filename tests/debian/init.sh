#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# /init.sh of the Debian guest that says of itself what introspection must find: a program with
# threads, one that renames itself, what both have mapped and open, all processes, all modules,
# symbols, and what strace sees of programs' system calls.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmpfs /tmp
ldconfig
# So that a program does the same twice; the second time there may be random numbers, too.
head -c 1 /dev/random >/dev/null
echo 0 >/proc/sys/kernel/randomize_va_space
export PERL_HASH_SEED=0 PERL_PERTURB_KEYS=0 PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1
cp -r /truth /tmp/truth
cd /tmp/truth
for program in threads calls signals; do
    gcc -O1 -w -o $program.bin $program.c -lpthread
done

cat >ls <<'END'
ls -lR /usr/lib/gcc /etc /dev
END
cat >tar <<'END'
tar cf t.tar /usr/share/perl5 /etc/alternatives
mkdir t
tar xf t.tar -C t
rm -r t t.tar
END
cat >pipeline <<'END'
find /usr/share/doc -type f | sort | head -n 50 | xargs cat | gzip -c | wc -c
for i in 1 2 3; do echo $i; done | while read n; do test $n = 2 && echo two; done
cat /nowhere || false; (exit 3); echo $?
END
cat >python.py <<'END'
import os
open("f", "w").write("text\n" * 1000)
print(len(open("f").read()), os.stat("f").st_size, sorted(os.listdir("/"))[:3])
pid = os.fork()
if not pid:
    os.execv("/bin/echo", ["echo", "a child"])
os.waitpid(pid, 0)
os.remove("f")
END
echo python3 python.py >python
cat >perl <<'END'
perl -e 'for my $f (glob "/etc/*") { my @s = stat $f; $n += $s[7] } print "$n\n"; system "true"; print `echo x`'
END
cat >gcc <<'END'
gcc -O1 -w -o x threads.c -lpthread
rm x
END
echo ./calls.bin >calls
echo ./signals.bin >signals
cat >narrow.sh <<'END'
busybox32 ls -l /etc | busybox32 sort | busybox32 head -n 5; busybox32 cat /nowhere
busybox32 sleep 0; busybox32 tar cf n.tar /etc/alternatives; busybox32 md5sum n.tar; busybox32 rm n.tar
END
echo busybox32 sh narrow.sh >narrow
for program in ls tar pipeline python perl gcc calls signals narrow; do
    echo "BEGIN plain $program"
    sh ./$program >/dev/null 2>&1 </dev/null
    echo "BEGIN traced $program"
    strace -f -C -s 128 -U name,calls,errors -o log sh ./$program >/dev/null 2>&1 </dev/null
    echo "BEGIN log $program"
    gzip -9c log | base64
done

echo 2 >/proc/sys/kernel/randomize_va_space
./threads.bin &
threads=$!
perl -e '$0 = "renamed perl"; open(my $f, "<", "/etc/passwd"); sleep 1000' &
perl=$!
sleep 1
for p in $threads $perl; do
    echo "BEGIN maps $p"
    cat "/proc/$p/maps"
    echo "BEGIN files $p"
    ls -l "/proc/$p/fd"
done
echo "BEGIN threads $threads"
for t in /proc/$threads/task/*; do
    echo "$(basename "$t") $(cat "$t/comm")"
done
echo "BEGIN symbols"
# Of the kernel a few, of its modules more, of each module some.
{
    grep -v '\[' /proc/kallsyms | sed -n '0~97p'
    grep '\[' /proc/kallsyms | sed -n '0~7p'
} | gzip -9 | base64
echo "BEGIN ps"
for d in /proc/[0-9]*; do
    echo "$(sed -n 's/^Pid:\t//p; s/^PPid:\t//p' "$d/status" | tr '\n' ' ')$(cat "$d/comm")"
    echo "args $(basename "$d") $(base64 -w 0 "$d/cmdline")"
done
echo "BEGIN modules"
cat /proc/modules
echo "BEGIN end"
sync
busybox poweroff -f
