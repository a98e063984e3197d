#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Whether every C file of the project is formatted as .clang-format says; names those that are not.
# Versions of clang-format differ: the one that counts is Debian 12's.
set -eu
cd "$(dirname "$0")/.."
version=$(clang-format --version | sed -n 's/.*version \([0-9]*\)\..*/\1/p')
if [ "$version" != 14 ]; then
    echo "format: clang-format is version $version here, not 14: skipped" >&2
    exit 0
fi
find recorder replayer trace analyzers formats cli tests bench -name '*.[ch]' \
    -exec clang-format --dry-run -Werror {} +
