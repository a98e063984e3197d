# SPDX-License-Identifier: GPL-2.0-or-later
# The table of bench/run.
# columns: TRACE COLUMN BYTES; parts: PART COLUMN BITS BITS_ZSTD3 BITS_ZSTD19;
# samples: ROW SECONDS PEAK_KIB INSTRUCTIONS, a line for each round.
FILENAME == "columns" { bytes[$1, $2] = $3; order[++n_columns] = $1 " " $2; next }
FILENAME == "parts" {
    if (!(($1, "all") in bits))
        part[++n_parts] = $1
    bits[$1, $2] = $3; bits[$1, "all"] += $3
    soft[$1, $2] = $4; soft[$1, "all"] += $4
    hard[$1, $2] = $5; hard[$1, "all"] += $5
    next
}
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

# Median of row a's MIPS over row b's, round by round.
function over(a, b,    i) {
    count["ratio"] = count[a]
    for (i = 1; i <= count[a]; i++)
        ratio["ratio", i] = mips[a, i] / mips[b, i]
    return median(ratio, "ratio")
}

function ratio_line(text, a, b, sign, limit,    r) {
    r = over(a, b)
    printf "%-38s %8.3f %19s   %s\n", text, r, "", limit ? judge(r, sign, limit) : ""
}

function part_line(p, column, ceiling) {
    printf "  %-26s %9.4f %9.4f %9.4f   %s\n", p ": " column, bits[p, column] / 8,
           soft[p, column] / 8, hard[p, column] / 8,
           ceiling ? judge(bits[p, column] / 8, -1, ceiling) : ""
}

END {
    printf "%-38s %8s %9s %9s   %s\n", "", "MIPS", "seconds", "peak MiB", "floor"
    floor["replay:flow"] = 350
    floor["replay:addr"] = 250
    floor["replay:all"] = 150
    floor["decode:flow:1"] = 1500
    floor["decode:all:1"] = 150
    floor["asidstory"] = 10000
    floor["hotblocks"] = 2000
    floor["coverage"] = floor["ps"] = floor["syscalls"] = floor["export"] = 500
    floor["callstack:flow"] = 1000
    floor["callstack:all"] = 200
    floor["stringsearch:1"] = floor["stringsearch:100"] = 600
    for (i = 1; i <= n_rows; i++)
        line(rows[i], floor[rows[i]], rows[i] ~ /^(asid|call|string|hot|cov|dec|ps|sys|exp)/)
    ratio_line("record / plain, wall time", "plain", "record", -1, 1.1)
    ratio_line("replay:flow / its ceiling", "replay:flow", "ceiling:block")
    ratio_line("replay:addr / its ceiling", "replay:addr", "ceiling:addr")
    ratio_line("replay:all / its ceiling", "replay:all", "ceiling:data")
    ratio_line("replay with introspection / without, time", "replay:no-osi", "replay:flow", -1, 1.25)
    ratio_line("decoding flow, 2 threads / 1", "decode:flow:2", "decode:flow:1", 1, 1.8)
    ratio_line("decoding all, 2 threads / 1", "decode:all:2", "decode:all:1", 1, 1.8)
    printf "bytes an instruction, of %.0f\n", last
    for (i = 1; i <= n_columns; i++) {
        split(order[i], c, " ")
        size(c[1], c[2], c[2] != "file" ? 0 : c[1] == "flow" ? 0.05 : c[1] == "all" ? 1 : 0)
    }
    printf "%-28s %9s %9s %9s\n", "bytes an instruction, sampled", "ours", "zstd -3", "zstd -19"
    for (i = 1; i <= n_parts; i++) {
        p = part[i]
        part_line(p, "flow", p == "work" ? 0.01 : 0)
        part_line(p, "addr")
        part_line(p, "data")
        part_line(p, "all", p == "work" ? 0.12 : p == "kernel-heavy" ? 0.18 : 0)
    }
}
