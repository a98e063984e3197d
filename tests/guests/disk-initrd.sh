# shellcheck shell=sh disable=SC2016 # the guest's shell expands $b
# SPDX-License-Identifier: GPL-2.0-or-later
# A shell function to read: an initrd that loads what is between a kernel and its disk, mounts that
# and goes on with its /init.sh.

# make_disk_initrd KERNEL ROOT OUT: KERNEL has lib/modules/VERSION, ROOT a bin/busybox that is static.
make_disk_initrd() {
    kernel=$1
    version=$(ls "$kernel/lib/modules")
    initrd=$(mktemp -d "$3.XXXXXX")
    mkdir -p "$initrd/bin" "$initrd/proc" "$initrd/root" "$initrd/dev" "$initrd/modules"
    cp "$2/bin/busybox" "$initrd/bin/busybox"
    depmod -b "$kernel" "$version"
    loaded=
    for module in virtio_pci virtio_blk ext4; do
        for ko in $(modprobe -d "$kernel" -S "$version" -D "$module" | sed -n 's/^insmod \([^ ]*\).*/\1/p'); do
            name=$(basename "$ko")
            case " $loaded " in *" $name "*) continue ;; esac
            loaded="$loaded $name"
            cp "$ko" "$initrd/modules/$name"
        done
    done
    {
        echo '#!/bin/busybox sh'
        echo 'b=/bin/busybox; $b mount -t devtmpfs dev /dev'
        for name in $loaded; do
            case $name in *.xz) echo "\$b xz -dc /modules/$name >/m.ko; \$b insmod /m.ko" ;;
            *) echo "\$b insmod /modules/$name" ;; esac
        done
        echo '$b mount -t ext4 /dev/vda /root; exec $b switch_root /root /init.sh'
    } >"$initrd/init"
    chmod 755 "$initrd/init"
    (cd "$initrd" && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0 | gzip -9n) >"$3"
    rm -rf "$initrd"
}
