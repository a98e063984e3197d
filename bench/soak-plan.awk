# SPDX-License-Identifier: GPL-2.0-or-later
# What session number `session` of bench/soak is, by `seed`: prints
#   CPU WORK HOW LOAD MIB ROUNDS PIECES
# and writes what is typed and commanded to the file `steps`, in the language of record's --input.
# HOW: poweroff, until or seconds:N, for whole recordings; script, ctl or monitor, for pieces;
# hypercalls.

function random(n) { # 0 to n - 1
    state = (state * 1103 + 12345) % 1000003
    return int(state / 1000003 * n)
}

function nap(from, to) { # in tenths of a second
    printf "@sleep %.2f\n", (from * 10 + random((to - from) * 10)) / 100 >steps
}

function say(line) { print line >steps }

function talk(lines) {
    while (lines-- > 0) {
        say("word" random(1000))
        nap(1, 8)
    }
}

function write_pieces(    p) {
    say("@wait READY")
    for (p = 1; p <= pieces; p++) {
        nap(0, 10)
        say("@do begin_record p" p)
        if (work == "console")
            talk(1 + random(4))
        else
            nap(3, 35)
        # The last may end with the machine.
        if (p < pieces || random(3) > 0)
            say("@do end_record")
    }
    say("@do quit")
}

function write_hypercalls() {
    say("@wait ready\n@type b\n@wait heard b")
    nap(0, 5)
    say("@type 123")
    nap(0, 10)
    say("@type e\n@wait heard e\n@do quit")
}

BEGIN {
    n = split("arm64:idle:pieces amd64:mixed:pieces arm64:net:whole amd64:live:hypercalls " \
              "arm64:disk:pieces amd64:idle:pieces arm64:console:whole i386:ide:whole " \
              "arm64:busy:pieces amd64:net:pieces arm64:mixed:whole amd64:console:pieces " \
              "arm64:console:pieces amd64:disk:whole arm64:live:hypercalls arm64:net:pieces " \
              "amd64:busy:pieces arm64:idle:whole amd64:boot:whole arm64:mixed:pieces " \
              "amd64:disk:pieces arm64:disk:whole amd64:console:whole arm64:busy:whole " \
              "amd64:mixed:pieces arm64:console:pieces amd64:net:whole arm64:idle:pieces " \
              "amd64:idle:pieces arm64:net:pieces", table, " ")
    state = (seed * 7919 + session * 104729) % 1000003
    for (i = 0; i < 8; i++)
        random(2)
    split(table[(session - 1) % n + 1], t, ":")
    work = t[2]
    load = random(4) == 0
    mib = 192 + 64 * random(4)
    rounds = pieces = 0
    printf "" >steps
    if (t[3] == "pieces") {
        split("script ctl monitor", hows, " ")
        how = hows[1 + random(3)]
        pieces = 2 + random(3)
        write_pieces()
    } else if (t[3] == "hypercalls") {
        how = "hypercalls"
        pieces = 1
        write_hypercalls()
    } else if (work == "console") {
        how = "poweroff"
        say("@wait READY")
        talk(3 + random(5))
        say("quit")
    } else {
        split("poweroff until seconds:" (2 + random(9)), hows, " ")
        how = work == "ide" || work == "boot" ? "poweroff" : hows[1 + random(3)]
        rounds = 2 + random(2)
    }
    print t[1], work, how, load, mib, rounds, pieces
}
