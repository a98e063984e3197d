#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Install what packages.txt names and this machine lacks; nothing to do takes a moment and no
# network. Called by ./check and ./demo. Not root: says what is missing, and stops.
set -eu
cd "$(dirname "$0")"
. tests/guests/apt-sources.sh

# "NAME" or "NAME VERSION" of each package that is missing or too old, a line each.
missing_packages() {
    sed 's/#.*//' packages.txt | while read -r name version; do
        [ -n "$name" ] || continue
        installed=$(dpkg-query -W -f='${db:Status-Status} ${Version}\n' "$name" 2>/dev/null |
            grep '^installed ' | head -n 1 || :)
        case $installed in
        "installed "*) ;;
        *) echo "$name $version"; continue ;;
        esac
        [ -z "$version" ] || dpkg --compare-versions "${installed#installed }" ge "$version" ||
            echo "$name $version"
    done
}

# The packages named; where there is a "*" in a name, that of linux-libc-dev's version, or else the
# newest that this machine's lists offer (backports have kernels that are newer than all else).
newest_of() {
    release=$(apt-cache policy linux-libc-dev | sed -n 's/^ *Candidate: \([0-9]*\.[0-9]*\)\..*/\1/p')
    for name; do
        case $name in
        *'*'*)
            found=$(apt-cache search --names-only "^$(echo "$name" | sed 's/\*/[0-9][^-]*(-[0-9]+)?/')$" |
                awk '{ print $1 }' | sort -V)
            same=$(echo "$found" | grep -F -e "-$release." | tail -n 1)
            found=$(echo "$found" | tail -n 1)
            echo "${same:-${found:-$name}}"
            ;;
        *) echo "$name" ;;
        esac
    done
}

# Whether the package lists of this machine offer the package in that version without backports.
offered() {
    candidate=$(apt-cache policy "$1" | sed -n 's/^ *Candidate: //p')
    [ -n "$candidate" ] && [ "$candidate" != "(none)" ] &&
        dpkg --compare-versions "$candidate" ge "${2:-0}"
}

# Names of the missing packages (in $missing) that only backports have, or that can be had without.
split_missing() {
    echo "$missing" | while read -r name version; do
        if [ "$1" = late ] && [ -n "$version" ] && ! offered "$name" "$version"; then
            echo "$name"
        elif [ "$1" = normal ] && { [ -z "$version" ] || offered "$name" "$version"; }; then
            echo "$name"
        fi
    done
}

install() {
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

missing=$(missing_packages)
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
    {
        echo "Ailurus needs Debian packages that are missing or too old here. As root, run this" \
            "again, or:"
        if [ "$(debian_codename)" = bookworm ]; then # the only release whose QEMU is too old
            names=$(echo "$missing" | awk 'NF < 2 { print $1 }' | tr '\n' ' ')
            late=$(echo "$missing" | awk 'NF > 1 { print $1 }' | tr '\n' ' ')
        else
            names=$(echo "$missing" | awk '{ print $1 }' | tr '\n' ' ')
            late=
        fi
        # shellcheck disable=SC2086 # package names are words
        [ -z "$names" ] || echo "  apt-get install" $(set -f && newest_of $names)
        [ -z "$late" ] || echo "  apt-get install -t bookworm-backports ${late% }"
    } >&2
    exit 1
fi

apt-get update
late=$(split_missing late)
normal=$(split_missing normal)
# shellcheck disable=SC2046,SC2086 # package names are words
[ -z "$normal" ] || install $(set -f && newest_of $normal)
if [ -n "$late" ]; then
    backports=$(debian_codename)-backports
    if ! apt-get indextargets --format '$(RELEASE)' | grep -qx "$backports"; then
        debian_source "$backports" >/etc/apt/sources.list.d/ailurus-backports.sources
        apt-get update
    fi
    # shellcheck disable=SC2086
    install -t "$backports" $late
fi

missing=$(missing_packages)
if [ -n "$missing" ]; then
    echo "setup: these packages could not be had from this machine's package sources:" >&2
    echo "$missing" | sed 's/^/  /' >&2
    exit 1
fi
