#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What has threads, under ThreadSanitizer: the one test of a build with AIL_TSAN (`cmake --preset
# tsan && cmake --build --preset tsan && ctest --preset tsan`), where Criterion does not start.
#   tests/tsan.sh BUILD
# Encoder threads of a replay and of a generated trace; crews that decode, in order and as chunks
# come, with what each analysis does in its threads; and that they say what one thread says.
set -eu
build=$(cd "$1" && pwd)
export TSAN_OPTIONS="halt_on_error=1 exitcode=66 ${TSAN_OPTIONS-}"
PATH="$build/bin:$PATH"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM HUP
cd "$dir"

# Run a command and let nothing of it be lost: what it says is shown when it fails.
quiet() { "$@" >log 2>&1 || { status=$?; echo "$* (status $status):" >&2; cat log >&2; exit 1; }; }

# Analyse with one thread and with four.
same()
{
    for threads in 1 4; do
        ailurus analyze "$@" -j "$threads" >"said.$threads" 2>log ||
            { echo "ailurus analyze $* -j $threads:" >&2; cat log >&2; exit 1; }
    done
    cmp said.1 said.4 || { echo "ailurus analyze $*: four threads say something else" >&2; exit 1; }
    [ -s said.4 ] || { echo "ailurus analyze $*: nothing was said" >&2; exit 1; }
}

for guest in strings smc; do
    quiet ailurus record --no-check --kernel "$build/tests/guests/x86-$guest.elf" -o "$guest.rr"
    quiet ailurus replay "$guest.rr" -o "$guest.trace"
done
quiet "$build/tests/slurm/make-trace" made.trace 60

for trace in strings.trace smc.trace made.trace; do
    quiet ailurus trace verify "$trace" -j 4
    quiet ailurus trace diff "$trace" "$trace" -j 4
    same "$trace" -a asidstory
    same "$trace" -a callstack,folded
    same "$trace" -a stringsearch,hex=0301,each
    same "$trace" -a stringsearch,hex=0301,each -a callstack,on-match -a asidstory
done

for shard in 1 2 3; do
    quiet ailurus analyze made.trace -a asidstory --shard="$shard/3" -o "part.$shard" -j 4
done
ailurus analyze made.trace -a asidstory >whole
ailurus analyze made.trace -a asidstory --merge part.1 part.2 part.3 >merged
cmp whole merged
echo OK
