#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A Linux guest from Debian's packages, by download and unpack; nothing is installed.
#   debian.sh ARCH DIR [INIT | structs | sdk]
# ARCH: amd64, arm64, i386 or armhf, whatever this machine is. DIR/ARCH gets `vmlinuz` (Debian's kernel),
# `busybox` (static), `shared` (busybox with its shared libraries), `modules` (drivers of the disk
# and the network card that recordings have) and, with INIT, `NAME.cpio.gz`: an initrd whose /init is
# the shell script INIT (NAME.sh or NAME-init.sh), with the drivers in /modules, the programs in
# /shared, strace there, a 32-bit busybox in /compat, or $AIL_GUEST_PROGRAMS/PROGRAM-ARCH as
# /programs/PROGRAM, if INIT speaks of them. With `structs`, DIR/ARCH gets
# `structs.o` instead, of which `ailurus osi profile` makes a profile of that kernel (i386, armhf);
# with `sdk`, `sdk`, a C library to link programs with (guests/cc.sh).
# What is there already is not downloaded again.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/apt-sources.sh"

usage() {
    echo "usage: debian.sh amd64|arm64|i386|armhf DIR [INIT.sh | structs | sdk]" >&2
    exit 2
}
[ $# -ge 2 ] && [ $# -le 3 ] || usage
arch=$1
release=$(debian_codename)
compat= # whose programs its kernel runs, too
machine=
case $arch in
amd64) image=linux-image-$arch compat=i386 ;;
arm64) image=linux-image-$arch compat=armhf ;;
i386) image=linux-image-686 machine=i386 release=bookworm ;; # the last that has a kernel for it
armhf) image=linux-image-armmp machine=arm ;;
*) usage ;;
esac
mkdir -p "$2/$arch"
dir=$(cd "$2/$arch" && pwd)
# One at a time: others wait for what this one downloads.
exec 9>"$dir/lock"
flock 9
work=$(mktemp -d "$dir/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# apt, as if this were a machine of that architecture with Debian's archive as its only source.
guest_apt() {
    tool=$1
    shift
    "$tool" -qq -o APT::Architecture="$arch" -o APT::Architectures::="$arch" \
        -o Dir::Etc::sourcelist="$work/guest.sources" -o Dir::Etc::sourceparts=- \
        -o Dir::State="$work" -o Dir::State::lists="$work/lists" -o Dir::State::status="$work/status" \
        -o Dir::Cache="$work/cache" -o APT::Sandbox::User= "$@"
}

# In the order in which they can be loaded; kernels that have one built in have no such file.
drivers='virtio virtio_ring virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk
    mii 8139cp'

# Unpack the newest version of package $1 into $work/root.
unpack() {
    (cd "$work/debs" && guest_apt apt-get download "$1")
    for deb in "$work/debs"/*.deb; do
        dpkg-deb -x "$deb" "$work/root"
        rm "$deb"
    done
}

# Get ready to unpack.
get_lists() {
    [ ! -e "$work/debs" ] || return 0
    mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/debs"
    : >"$work/status"
    debian_source "$release" >"$work/guest.sources"
    if ! guest_apt apt-get update --error-on=any; then
        echo "guests: cannot get Debian's package lists for $arch; is there a network?" >&2
        exit 1
    fi
}

download() {
    echo "guests: downloading Debian's kernel and busybox for $arch" >&2
    get_lists
    mkdir -p "$work/root"
    # The metapackage depends on the kernel of the day.
    kernel=$(guest_apt apt-cache depends "$image" |
        sed -n 's/^ *Depends: \(linux-image-[^ ]*\).*/\1/p' | head -n 1)
    if [ -z "$kernel" ]; then
        echo "guests: Debian's $release has no $image" >&2
        exit 1
    fi
    unpack "$kernel"
    unpack busybox-static
    cp "$work"/root/boot/vmlinuz-* "$work/vmlinuz"
    cp "$work/root/bin/busybox" "$work/busybox" 2>/dev/null ||
        cp "$work/root/usr/bin/busybox" "$work/busybox"
    rm -rf "$dir/shared"
    mv "$work/root" "$work/root.static"
    mkdir "$work/root"
    for package in busybox libc6; do
        unpack "$package"
    done
    # The loader is where the programs expect it, the libraries where it looks.
    mkdir -p "$work/shared/lib" "$work/shared/lib64" "$work/shared/shared"
    find "$work/root" -name busybox -type f -exec cp {} "$work/shared/shared" \;
    for library in libc.so.6 libresolv.so.2; do
        find "$work/root" -name "$library" -exec cp -L {} "$work/shared/lib" \;
    done
    find "$work/root" -name 'ld-linux*.so.*' -type f -exec cp {} "$work/shared/lib" \;
    ln -s ../lib/ld-linux-x86-64.so.2 "$work/shared/lib64"
    rm -rf "$work/root"
    mv "$work/root.static" "$work/root"
    mv "$work/shared" "$dir/shared"
    mkdir "$work/modules"
    for driver in $drivers; do
        find "$work/root" -name "$driver.ko*" -exec cp {} "$work/modules" \;
    done
    find "$work/modules" -name '*.xz' -exec xz -d {} +
    rm -rf "$dir/modules"
    mv "$work/modules" "$dir/modules"
    mv "$work/busybox" "$dir/busybox"
    mv "$work/vmlinuz" "$dir/vmlinuz"
    echo "$kernel" >"$dir/kernel"
}

# Where the structures of $dir/kernel have their members, as its headers say.
make_structs() {
    headers=$(sed s/image/headers/ "$dir/kernel")
    echo "guests: downloading $headers" >&2
    get_lists
    rm -rf "$work/root"
    mkdir -p "$work/root"
    unpack "$headers" || return 1
    unpack "${headers%-*}-common" || return 1
    sh "$here/../../formats/osi/structs.sh" "$machine" "$work/root/usr/src/$headers" "$work/structs.o"
    mv "$work/structs.o" "$dir/structs.o"
}

# strace and its libraries, beside those of the shared programs.
download_strace() {
    echo "guests: downloading strace for $arch" >&2
    get_lists
    rm -rf "$work/root"
    mkdir -p "$work/root" "$work/strace/lib" "$work/strace/shared"
    for package in strace libunwind8 liblzma5 libgcc-s1; do
        unpack "$package"
    done
    find "$work/root" -name strace -type f -perm -100 -exec cp {} "$work/strace/shared" \;
    find "$work/root" -name 'lib*.so.*' -exec cp -L {} "$work/strace/lib" \;
    rm -rf "$dir/strace"
    mv "$work/strace" "$dir/strace"
}

# Headers and static libraries of C, as a root folder of a compiler's.
download_sdk() {
    echo "guests: downloading the C library for $arch" >&2
    get_lists
    rm -rf "$work/root"
    mkdir -p "$work/root"
    version=$(guest_apt apt-cache depends gcc | sed -n 's/^ *Depends: gcc-\([0-9]*\).*/\1/p' | head -n 1)
    for package in libc6-dev linux-libc-dev "libgcc-$version-dev"; do
        unpack "$package"
    done
    rm -rf "$work/root/usr/share" "$dir/sdk"
    mv "$work/root" "$dir/sdk"
}

# An initrd that is the same bytes whenever it is made of the same files.
make_initrd() {
    init=$1
    out=$2
    root=$work/initrd
    mkdir -p "$root/bin" "$root/dev" "$root/proc" "$root/sys" "$root/tmp"
    cp "$dir/busybox" "$root/bin/busybox"
    for applet in sh ls cat echo mount poweroff dd md5sum sha256sum grep ps find wc head sleep \
        insmod ip ping cp chmod; do
        ln -s busybox "$root/bin/$applet"
    done
    cp "$init" "$root/init"
    if grep -q /modules/ "$init"; then
        mkdir "$root/modules"
        for driver in $drivers; do
            [ ! -e "$dir/modules/$driver.ko" ] || cp "$dir/modules/$driver.ko" "$root/modules"
        done
        echo "$drivers" >"$root/modules/order"
    fi
    ! grep -q /shared/ "$init" || cp -R "$dir/shared/." "$root"
    ! grep -q /shared/strace "$init" || cp -R "$dir/strace/." "$root"
    if [ -n "$compat" ] && grep -q /compat/ "$init"; then
        mkdir "$root/compat"
        cp "$dir/../$compat/busybox" "$root/compat"
    fi
    if grep -q /programs/ "$init"; then
        mkdir "$root/programs"
        for program in "$AIL_GUEST_PROGRAMS"/*-"$arch"; do
            cp "$program" "$root/programs/$(basename "$program" "-$arch")"
        done
    fi
    chmod 755 "$root" "$root"/* "$root"/*/busybox
    find "$root" -exec touch -h -d @0 {} +
    (cd "$root" && find . | LC_ALL=C sort |
        cpio --quiet --reproducible -o -H newc -R 0:0) >"$work/initrd.cpio"
    gzip -9n "$work/initrd.cpio"
    mv "$work/initrd.cpio.gz" "$out"
}

if [ "${3:-}" = structs ]; then
    [ -e "$dir/kernel" ] || download
    # Of an older kernel there may be no headers any more.
    [ -e "$dir/structs.o" ] || make_structs || {
        download
        make_structs
    }
    exit
fi
if [ "${3:-}" = sdk ]; then
    [ -e "$dir/sdk" ] || download_sdk
    exit
fi
[ -e "$dir/vmlinuz" ] && [ -e "$dir/busybox" ] && [ -e "$dir/modules" ] &&
    [ -e "$dir/shared" ] || download
if [ $# -eq 3 ] && [ -n "$compat" ] && grep -q /compat/ "$3"; then
    sh "$0" "$compat" "$dir/.."
fi
if [ $# -eq 3 ] && grep -q /shared/strace "$3" && [ ! -e "$dir/strace" ]; then
    download_strace
fi
if [ $# -eq 3 ]; then
    name=$(basename "$3" .sh)
    make_initrd "$3" "$dir/${name%-init}.cpio.gz"
fi
