#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Compile a static C program for a Linux guest, whatever this machine is:
#   cc.sh amd64|arm64 DIR OUT SOURCE... [OPTIONS OF THE COMPILER]
# DIR is where debian.sh puts what it gets for guests; here, that is a C library.
set -eu
[ $# -ge 4 ] || {
    echo "usage: cc.sh amd64|arm64 DIR OUT SOURCE..." >&2
    exit 2
}
arch=$1
dir=$2
out=$3
shift 3
case $arch in
amd64) target=x86_64-linux-gnu ;;
arm64) target=aarch64-linux-gnu ;;
*)
    echo "cc.sh: no programs for $arch" >&2
    exit 2
    ;;
esac
sh "$(dirname "$0")/debian.sh" "$arch" "$dir" sdk
exec clang --target="$target" --sysroot="$dir/$arch/sdk" -static -O1 -fno-math-errno -Wall -Werror -o "$out" "$@"
