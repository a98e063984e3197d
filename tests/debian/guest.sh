#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The guest of tests/debian/run: Debian's programs on a disk, unpacked but not configured, so that
# no program of another processor has to run here, and an initrd that mounts it.
#   guest.sh amd64|arm64 DIR
# DIR gets root.img, initrd.gz, vmlinuz. Needs root and debootstrap; nothing is installed here.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../guests/apt-sources.sh"
. "$here/../guests/disk-initrd.sh"
arch=$1
case $arch in
amd64) narrow=i386 ;;
arm64) narrow=armhf ;;
*) echo "usage: guest.sh amd64|arm64 DIR" >&2 && exit 2 ;;
esac
mkdir -p "$2"
dir=$(cd "$2" && pwd)
[ -e "$dir/root.img" ] && exit 0
for tool in debootstrap mke2fs depmod; do
    command -v "$tool" >/dev/null && continue
    echo "tests/debian: install debootstrap, e2fsprogs and kmod" >&2
    exit 1
done
# A program of 32 bits.
"$here/../guests/debian.sh" "$narrow" "$dir/.."
work=$(mktemp -d "$dir/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
root=$work/root
echo "tests/debian: unpacking Debian's $(debian_codename) for $arch" >&2
debootstrap --foreign --arch="$arch" --variant=minbase \
    --include=gcc,libc6-dev,busybox-static,strace,python3-minimal,"linux-image-$arch" \
    "$(debian_codename)" "$root" "$(debian_uri)" >"$dir/debootstrap.log" 2>&1 || {
    tail -n 5 "$dir/debootstrap.log" >&2
    exit 1
}
for deb in "$root"/var/cache/apt/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink -C "$root"
    rm "$deb"
done
# debootstrap leaves links to this machine's.
rm -rf "${root:?}/proc" "${root:?}/sys" "${root:?}/dev"
mkdir "$root/proc" "$root/sys" "$root/dev"
cp "$root/usr/share/base-passwd/passwd.master" "$root/etc/passwd"
cp "$root/usr/share/base-passwd/group.master" "$root/etc/group"
cp "$dir/../$narrow/busybox" "$root/usr/bin/busybox32"
mkdir "$work/kernel"
mv "$root"/boot/vmlinuz-* "$dir/vmlinuz"
mkdir -p "$work/kernel/lib"
mv "$root/lib/modules" "$work/kernel/lib/modules"
make_disk_initrd "$work/kernel" "$root" "$work/initrd.gz"
rm -rf "$root/debootstrap" "${root:?}/boot" "$root"/var/lib/apt/lists/*
mke2fs -q -t ext4 -d "$root" "$work/root.img" 1500M
mv "$work/initrd.gz" "$dir/initrd.gz"
mv "$work/root.img" "$dir/root.img"
