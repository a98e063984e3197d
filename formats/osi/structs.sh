#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What `ailurus osi profile` reads, of a kernel without BTF whose headers are at hand: an object file whose
# DWARF says where its structures have their members. Needs clang, and a second.
#   structs.sh i386|arm HEADERS OUT.o
# HEADERS: the folder /lib/modules/VERSION/build of that kernel, or where Debian's package
# linux-headers-VERSION was unpacked: .../usr/src/linux-headers-VERSION, with the package
# linux-headers-VERSION-common that it depends on beside it.
set -eu
if [ $# -ne 3 ] || [ ! -d "$2/include/generated" ]; then
    echo "usage: structs.sh i386|arm HEADERS OUT.o" >&2
    exit 2
fi
case $1 in
i386) arch=x86 flags='--target=i686-linux-gnu -m32 -march=i686 -mregparm=3 -mno-sse' ;;
arm) arch=arm flags='--target=arm-linux-gnueabihf -march=armv7-a -D__LINUX_ARM_ARCH__=7' ;;
*)
    echo "structs.sh: what is $1? i386 and arm are known" >&2
    exit 2
    ;;
esac
here=$(cd "$(dirname "$0")" && pwd)
built=$2
# Debian has what is the same for all its kernels of a version in a folder beside it.
source=$built
common=$(sed -n 's,^include .*/\(linux-headers-[^/]*\)/Makefile$,\1,p' "$built/Makefile")
[ -z "$common" ] || source=$built/../$common
if [ ! -e "$source/include/linux/sched.h" ]; then
    echo "structs.sh: $source: no include/linux/sched.h there" >&2
    exit 1
fi
# shellcheck disable=SC2086 # flags are words
exec clang $flags -ffreestanding -nostdinc -std=gnu11 -O1 -g -gdwarf-4 -fno-pic -fshort-wchar -w \
    -D__KERNEL__ -DMODULE -DKBUILD_MODNAME='"structs"' -DKBUILD_BASENAME='"structs"' \
    -I"$source/arch/$arch/include" -I"$built/arch/$arch/include/generated" \
    -I"$source/include" -I"$built/include" \
    -I"$source/arch/$arch/include/uapi" -I"$built/arch/$arch/include/generated/uapi" \
    -I"$source/include/uapi" -I"$built/include/generated/uapi" \
    -include "$source/include/linux/kconfig.h" -include "$source/include/linux/compiler_types.h" \
    -c "$here/structs.c" -o "$3"
