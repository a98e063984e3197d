# SPDX-License-Identifier: GPL-2.0-or-later
# The table of bench/run.
# columns: TRACE COLUMN BYTES; samples: ROW SECONDS PEAK_KIB INSTRUCTIONS, a line for each round.
FILENAME == "columns" { bytes[$1, $2] = $3; order[++n_columns] = $1 " " $2; next }
{
    if (!($1 in count))
        rows[++n_rows] = $1
    i = ++count[$1]
    seconds[$1, i] = $2
    mips[$1, i] = $4 / $2 / 1e6
    if ($3 > peak[$1])
        peak[$1] = $3
    last = $4
}

function median(values, row,    n, i, j, t, v) {
    n = count[row]
    for (i = 1; i <= n; i++) {
        v[i] = values[row, i]
        for (j = i; j > 1 && v[j] < v[j - 1]; j--) {
            t = v[j]; v[j] = v[j - 1]; v[j - 1] = t
        }
    }
    return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
}

# "at least 200: ok", for a floor (sign 1) or a ceiling (sign -1).
function judge(value, sign, limit) {
    return sprintf("%s %s: %s", sign > 0 ? ">=" : "<=", limit,
                   value * sign >= limit * sign ? "ok" : sign > 0 ? "BELOW" : "ABOVE")
}

function line(row, floor, analyzer,    m) {
    m = median(mips, row)
    printf "%-38s %8.1f %9.2f %9.0f   %s%s\n", row, m, median(seconds, row), peak[row] / 1024,
           floor ? judge(m, 1, floor) : "",
           analyzer ? "; MiB " judge(peak[row] / 1024, -1, 1024) : ""
}

function size(trace, column, ceiling,    b) {
    b = bytes[trace, column] / last
    printf "  %-36s %8.4f %s\n", trace " trace: " column, b,
           ceiling ? "                      " judge(b, -1, ceiling) : ""
}

END {
    printf "%-38s %8s %9s %9s   %s\n", "", "MIPS", "seconds", "peak MiB", "floor"
    floor["replay:flow"] = 200
    floor["replay:all"] = 60
    floor["asidstory"] = 1000
    floor["callstack:flow"] = floor["callstack:all"] = 200
    floor["stringsearch"] = 100
    for (i = 1; i <= n_rows; i++)
        line(rows[i], floor[rows[i]], rows[i] ~ /^(asid|call|string)/)
    for (i = 1; i <= count["record"]; i++)
        ratio["ratio", i] = seconds["record", i] / seconds["plain", i]
    count["ratio"] = count["record"]
    r = median(ratio, "ratio")
    printf "%-38s %8.3f %19s   %s\n", "record / plain, wall time", r, "", judge(r, -1, 1.1)
    printf "bytes an instruction, of %.0f\n", last
    for (i = 1; i <= n_columns; i++) {
        split(order[i], c, " ")
        size(c[1], c[2], c[2] != "file" ? 0 : c[1] == "flow" ? 0.05 : c[1] == "all" ? 1 : 0)
    }
}
