#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The guest of bench/long: a Debian root file system on a disk, and an initrd that mounts it.
#   long-guest.sh DIR
# DIR gets root.img, initrd.gz and vmlinuz. Needs root and debootstrap; nothing is installed here.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../tests/guests/apt-sources.sh"
. "$here/../tests/guests/disk-initrd.sh"
dir=$1
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
[ -e "$dir/root.img" ] && [ -e "$dir/initrd.gz" ] && exit 0
if ! command -v debootstrap >/dev/null || ! command -v mke2fs >/dev/null ||
    ! command -v depmod >/dev/null; then
    echo "bench/long: install debootstrap, e2fsprogs and kmod" >&2
    exit 1
fi
work=$(mktemp -d "$dir/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
suite=$(debian_codename)
echo "bench/long: making a Debian $suite file system" >&2
debootstrap --variant=minbase \
    --include=gcc,libc6-dev,busybox-static,perl-base,kmod \
    "$suite" "$work/root" "$(debian_uri)" >"$dir/debootstrap.log" 2>&1 || {
    tail -n 5 "$dir/debootstrap.log" >&2
    exit 1
}
kernel=$(apt-cache depends linux-image-amd64 |
    sed -n 's/^ *Depends: \(linux-image-[^ ]*\).*/\1/p' | head -n 1)
mkdir "$work/kernel"
(cd "$work/kernel" && apt-get -qq -o APT::Sandbox::User= download "$kernel")
dpkg-deb -x "$work"/kernel/*.deb "$work/kernel"
cp "$here/long-init.sh" "$work/root/init.sh"
chmod 755 "$work/root/init.sh"
cp "$work"/kernel/boot/vmlinuz-* "$dir/vmlinuz"

make_disk_initrd "$work/kernel" "$work/root" "$work/initrd.gz"
rm -rf "$work"/root/var/cache/apt/archives/*.deb
mke2fs -q -t ext4 -d "$work/root" "$work/root.img" 1500M
mv "$work/root.img" "$dir/root.img"
mv "$work/initrd.gz" "$dir/initrd.gz"
