# shellcheck shell=sh disable=SC2016 # apt expands $(NAME)
# SPDX-License-Identifier: GPL-2.0-or-later
# Shell functions to read: where this machine gets Debian from. Whatever mirror or proxy it uses is
# what we use; nothing here names one.

debian_codename() {
    # shellcheck disable=SC1091
    (. /etc/os-release && echo "${VERSION_CODENAME:-}")
}

# Address of the archive that holds this machine's Debian release.
debian_uri() {
    apt-get indextargets --format '$(CREATED_BY) $(COMPONENT) $(RELEASE) $(CODENAME) $(REPO_URI)' |
        awk -v name="$(debian_codename)" \
            '$1 == "Packages" && $2 == "main" && ($3 == name || $4 == name) { print $5; exit }'
}

# An apt source (deb822) for the suites "$1" of that archive.
debian_source() {
    uri=$(debian_uri)
    if [ -z "$uri" ]; then
        echo "apt: no source of Debian's $(debian_codename) main among this machine's" >&2
        return 1
    fi
    printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\n' "$uri" "$1"
    for key in /usr/share/keyrings/debian-archive-keyring.*; do
        [ ! -e "$key" ] || { echo "Signed-By: $key" && break; }
    done
}
