#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Whether every C file of the project is formatted as .clang-format says; names those that are not.
set -eu
cd "$(dirname "$0")/.."
find recorder replayer trace analyzers formats cli tests bench -name '*.[ch]' \
    -exec clang-format --dry-run -Werror {} +
