# SPDX-License-Identifier: GPL-2.0-or-later
"""compare.py AILURUS TRACE LOG: what the trace says of the Debian guest of init.sh, against what that
printed into its LOG."""
import base64
import gzip
import json
import re
import subprocess
import sys

import calls

ailurus, trace, log = sys.argv[1:]
with open(log, encoding="utf-8", errors="replace") as file:
    printed = file.read().replace("\r", "").replace("\0", "")
failed = False


def output(*command):
    return subprocess.run([ailurus, *command], capture_output=True, text=True, check=True).stdout


def rows(*command):
    return [json.loads(line) for line in output(*command, "--json").splitlines()]


def section(name):
    found = re.search(rf"BEGIN {name}( \d+)?\n(.*?)(?=BEGIN )", printed, re.S)
    if not found:
        sys.exit(f"{log}: the guest did not print '{name}'")
    return found.group(2).strip().splitlines()


def packed(name):
    return gzip.decompress(base64.b64decode("".join(section(name)))).decode("utf-8", "replace")


def differ(*words):
    global failed
    failed = True
    print(" ", *words)


def tell(what, ours, theirs):
    ours, theirs = set(ours), set(theirs)
    print(f"{what}: {len(ours & theirs)} of {len(theirs)} as the guest says")
    for row in sorted(ours ^ theirs):
        differ("only", "the trace:" if row in ours else "the guest:", row)


def maps(pid):
    ours = [(int(m["start"], 16), int(m["end"], 16), m.get("path", ""))
            for m in rows("maps", trace, "--pid", pid)]
    theirs = []
    for line in section(f"maps {pid}"):
        words = line.split(None, 5)
        path = words[5] if len(words) > 5 else ""
        theirs.append((*(int(n, 16) for n in words[0].split("-")), path))
    tell(f"maps of {pid}", ours, theirs)


def files(pid):
    ours = [(f["fd"], f["path"]) for f in rows("files", trace, "--pid", pid)]
    theirs = [(int(fd), path) for fd, path in re.findall(r"(\d+) -> (.*)", "\n".join(section(f"files {pid}")))]
    tell(f"files of {pid}", ours, theirs)


def comm(name):
    """Kernel threads' names in /proc have a part that their tasks' names lack, or are longer."""
    return re.sub(r"^(kworker/[^-]*)[-+].*", r"\1", name)[:15]


def processes():
    alive = [p for p in rows("ps", trace) if p["pid"]]
    lines = "\n".join(section("ps"))
    theirs = [(int(pid), int(ppid), comm(name)) for pid, ppid, name in
              re.findall(r"^(\d+) (\d+) (.*)$", lines, re.M)]
    # The loop's own children come and go; poweroff came behind it.
    own = {"sed", "tr", "cat", "busybox", "init.sh", "base64"}
    ours = [(p["pid"], p["ppid"], comm(p["comm"])) for p in alive]
    tell("processes", [p for p in ours if p[2] not in own], [p for p in theirs if p[2] not in own])
    kept = {p[0] for p in theirs if p[2] not in own}
    theirs = [(int(pid), *base64.b64decode(args).decode().split("\0")[:-1]) for pid, args in
              re.findall(r"^args (\d+) ?(.*)$", lines, re.M)]
    # perl writes over its command line, in its own memory.
    theirs = [(t[0], *(["renamed perl"] if t[1:2] == ("renamed perl",) else t[1:])) for t in theirs]
    ours = [(p["pid"], *(["renamed perl"] if p["comm"] == "renamed perl" else p.get("args", [])))
            for p in alive]
    tell("command lines", [p for p in ours if p[0] in kept], [p for p in theirs if p[0] in kept])


def threads(pid):
    ours = [f"{t['tid']} {t['comm']}" for t in rows("ps", trace, "--threads") if str(t["pid"]) == pid]
    tell(f"threads of {pid}", ours, section("threads"))


def modules():
    tell("modules", [m["name"] for m in rows("modules", trace)],
         [line.split()[0] for line in section("modules")])


def symbols():
    """Addresses of the kernel's symbols, and their names."""
    theirs = [line.split() for line in packed("symbols").splitlines()]
    kernel = [(int(t[0], 16), t[2]) for t in theirs if len(t) == 3]
    all_ours = {(int(words[0], 16), words[2]) for words in
                (line.split() for line in output("symbols", trace, "--list").splitlines())}
    tell("symbols of the kernel", [s for s in kernel if s in all_ours], kernel)
    # By address a function may have another of its names.
    names = {}
    for addr, name in all_ours:
        names.setdefault(addr, set()).add(name)
    code = [s for s in kernel if any(s == (int(t[0], 16), t[2]) and t[1] in "tT" for t in theirs)]
    said = output("symbols", trace, *(f"{addr:x}" for addr, _ in code)).splitlines()
    named = [s for s, line in zip(code, said) if line.split()[-1].split("+")[0] in names[s[0]]]
    tell("functions of the kernel by address", named, code)
    module = [(t[0], t[2], t[3]) for t in theirs if len(t) == 4 and t[1] in "tT"]
    said = output("symbols", trace, *(addr for addr, _, _ in module)).splitlines()
    same = sum(name in re.split(r"[\s+]", line) for (_, name, _), line in zip(module, said))
    inside = sum(name in line or owner.strip("[]") in line for (_, name, owner), line in zip(module, said))
    print(f"functions of modules by address: {same} of {len(module)} as the guest says, "
          f"{inside} at least in that module")


# ---- system calls

# What a program does twice in the same way, but for these calls; the others' tasks wait for each other.
TWINS = {"ls": (), "tar": (), "python": (), "perl": (), "calls": (), "narrow": (),
         "gcc": ("getrandom",)} # for a temporary file's name, once or twice


def program(name, found, by_task, starts):
    theirs, counted = calls.of_strace(packed(f"log {name}"))
    ours = {tid: [t for t in by_task[tid] if not calls.FORKED.match(t)] for tid in theirs}
    first = next(iter(theirs)) # which strace made, before it became the program
    while not ours[first][0].startswith("execve("):
        ours[first].pop(0)
    # strace counts the start of a program of 32 bits by the program's table, in which AArch64's number of
    # execve is fcntl64's.
    moved = sum(t.startswith("execve(") for texts in theirs.values() for t in texts) - counted[0]["execve"]
    if name == "narrow" and 0 < moved <= counted[0]["fcntl64"]:
        counted[0]["execve"] += moved
        counted[0]["fcntl64"] -= moved
    c = calls.Comparison()
    for tid, texts in theirs.items():
        c.task(tid, texts, ours[tid])
    print(f"{name} under strace: {len(theirs)} tasks, {c.equal} of {c.calls} system calls word for word"
          + f", {c.inside} not returned from" * bool(c.inside)
          + f"; {c.handled} of {c.signals} signals (to handlers), {c.ends} ends")
    for key, n in (("equal", c.equal), ("calls", c.calls), ("inside", c.inside)):
        total[key] = total.get(key, 0) + n
    for tid, strace, trace_ in c.wrong[:20]:
        differ(tid, "strace:", strace, "\n      the trace:", trace_)
    count(f"{name} under strace", calls.counts_of(t for texts in ours.values() for t in texts), counted,
          c.inside)
    if name in TWINS:
        begin, end = starts[f"plain {name}"], starts[f"traced {name}"]
        window = sorted((i, t) for i, tid, t in found
                        if begin < i < end and tid != "1" and not calls.FORKED.match(t))
        while window and not window[0][1].startswith("execve("):
            window.pop(0)
        count(f"{name} without strace", calls.counts_of(t for _, t in window), counted, c.inside,
              TWINS[name])


def count(what, ours, theirs, inside, but=()):
    """As strace -c has counted; it counts those that a signal kills within, too."""
    ours, theirs = ([{n: c for n, c in counter.items() if n not in but} for counter in both]
                    for both in (ours, theirs))
    wrong = [n for n in set(theirs[0]) | set(ours[0])
             if any(a.get(n) != b.get(n) for a, b in zip(ours, theirs))]
    missing = sum(abs(theirs[0].get(n, 0) - ours[0].get(n, 0)) for n in wrong)
    print(f"{what}: {sum(ours[0].values())} of {sum(theirs[0].values())} calls, "
          f"{sum(ours[1].values())} of {sum(theirs[1].values())} errors, "
          f"{len(theirs[0]) - len(wrong)} of {len(theirs[0])} names as strace counts")
    if wrong and missing != inside:
        for n in sorted(wrong):
            differ(n, "the trace:", *(a.get(n, 0) for a in ours), "strace:", *(b.get(n, 0) for b in theirs))


def system_calls():
    found = calls.of_trace(output("syscalls", trace, "--size=128").splitlines())
    by_task, starts = {}, {}
    for icount, tid, text in found:
        by_task.setdefault(tid, []).append(text)
        begin = re.match(r'write\(1, "BEGIN (\w+ \w+)\\n"', text)
        if tid == "1" and begin:
            starts[begin[1]] = icount
    for name in re.findall(r"BEGIN log (\w+)", printed):
        program(name, found, by_task, starts)


total = {}
for number in re.findall(r"BEGIN maps (\d+)", printed):
    maps(number)
    files(number)
threads(re.search(r"BEGIN threads (\d+)", printed).group(1))
processes()
modules()
symbols()
system_calls()
print(f"all under strace: {total['equal']} of {total['calls']} system calls word for word, "
      f"{total['inside']} not returned from")
sys.exit(1 if failed else 0)
