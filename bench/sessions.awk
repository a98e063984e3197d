# SPDX-License-Identifier: GPL-2.0-or-later
# The table of bench/sessions, of lines with
#   CPU:GUEST GUEST_SECONDS INSTRUCTIONS LOG_BYTES, then for record and for replay
#   WALL_SECONDS USER_MINUTES USER_SECONDS SYSTEM_MINUTES SYSTEM_SECONDS
{
    if (!($1 in count))
        names[++n] = $1
    i = ++count[$1]
    value[$1, 1, i] = $2
    value[$1, 2, i] = $3 / 1e6
    value[$1, 3, i] = $4 / 1e6
    for (k = 0; k < 2; k++) {
        value[$1, 4 + 2 * k, i] = $(5 + 5 * k)
        value[$1, 5 + 2 * k, i] = 60 * ($(6 + 5 * k) + $(8 + 5 * k)) + $(7 + 5 * k) + $(9 + 5 * k)
    }
}

function median(name, what,    m, i, j, t, v) {
    m = count[name]
    for (i = 1; i <= m; i++) {
        v[i] = value[name, what, i]
        for (j = i; j > 1 && v[j] < v[j - 1]; j--) {
            t = v[j]; v[j] = v[j - 1]; v[j - 1] = t
        }
    }
    return m % 2 ? v[(m + 1) / 2] : (v[m / 2] + v[m / 2 + 1]) / 2
}

END {
    print "| guest | its seconds | M instructions | log MB | record s | CPU s | replay s | CPU s |"
    print "|---|---|---|---|---|---|---|---|"
    for (k = 1; k <= n; k++) {
        split(names[k], part, ":")
        printf "| %s %s |", part[1], part[2]
        for (what = 1; what <= 7; what++)
            printf what == 2 ? " %.0f |" : " %.1f |", median(names[k], what)
        print ""
    }
}
