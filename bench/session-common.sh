# shellcheck shell=sh disable=SC2034 # its variables are for those who read it
# SPDX-License-Identifier: GPL-2.0-or-later
# What bench/soak and bench/sessions share; read by them, in the project's folder.

# The number of a field in a file of one JSON object.
field() {
    sed -n 's/.*"'"$1"'":\([0-9.]*\).*/\1/p' "$2" | head -n 1
}

# Build the program and the guests; sets ailurus and guests.
prepare() {
    command -v python3 >/dev/null || {
        echo "$1: install python3, whose HTTP server the guests load from" >&2
        exit 1
    }
    cmake --preset release >/dev/null
    cmake --build --preset release --target ailurus ailurus-plugin guests >&2
    for cpu in amd64 arm64; do
        tests/guests/debian.sh $cpu build/guests bench/session-init.sh
    done
    ailurus=$PWD/build/bin/ailurus
    guests=$PWD/build/guests
    bare=$PWD/build/tests/guests
}

# Serve $1/blob, of $2 MiB that do not compress, to this host and to guests; sets server and port.
serve() {
    mkdir -p "$1"
    head -c "$2M" /dev/urandom >"$1/blob"
    # Port 0: one that is free.
    python3 -u -m http.server --bind 127.0.0.1 --directory "$1" 0 >"$1/log" 2>&1 &
    server=$!
    port=
    while [ -z "$port" ]; do
        kill -0 "$server" || exit 1
        sleep 0.1
        port=$(sed -n 's/.* port \([0-9]*\).*/\1/p' "$1/log" | head -n 1)
    done
}

# The options for Debian on $1 (amd64 or arm64) at work $2 for $3 rounds; sets machine.
debian_machine() {
    case $1 in
    amd64) machine="--arch x86_64" tty=ttyS0 ;;
    arm64) machine="--arch aarch64" tty=ttyAMA0 ;;
    esac
    set -- "$guests/$1" "console=$tty quiet work=$2 rounds=$3 port=$port"
    machine="$machine --kernel $1/vmlinuz --initrd $1/session.cpio.gz"
    append=$2
}
