# SPDX-License-Identifier: GPL-2.0-or-later
"""compare.py AILURUS TRACE LOG: what the trace says of the Debian guest of init.sh, against what that
printed into its LOG."""
import json
import re
import subprocess
import sys

ailurus, trace, log = sys.argv[1:]
with open(log, encoding="utf-8", errors="replace") as file:
    printed = file.read().replace("\r", "").replace("\0", "")
failed = False


def rows(*command):
    done = subprocess.run([ailurus, *command, "--json"], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def section(name):
    found = re.search(rf"BEGIN {name}( \d+)?\n(.*?)(?=BEGIN )", printed, re.S)
    if not found:
        sys.exit(f"{log}: the guest did not print '{name}'")
    return found.group(2).strip().splitlines()


def tell(what, ours, theirs):
    global failed
    ours, theirs = set(ours), set(theirs)
    print(f"{what}: {len(ours & theirs)} of {len(theirs)} as the guest says")
    for row in sorted(ours ^ theirs):
        failed = True
        print("  only", "the trace:" if row in ours else "the guest:", row)


def maps(pid):
    ours = [(int(m["start"], 16), int(m["end"], 16), m.get("path", ""))
            for m in rows("maps", trace, "--pid", pid)]
    theirs = []
    for line in section(f"maps {pid}"):
        words = line.split(None, 5)
        theirs.append((*(int(n, 16) for n in words[0].split("-")), words[5] if len(words) > 5 else ""))
    tell(f"maps of {pid}", ours, theirs)


def files(pid):
    ours = [(f["fd"], f["path"]) for f in rows("files", trace, "--pid", pid)]
    theirs = [(int(fd), path) for fd, path in re.findall(r"(\d+) -> (.*)", "\n".join(section(f"files {pid}")))]
    tell(f"files of {pid}", ours, theirs)


def comm(name):
    """Kernel threads' names in /proc have a part that their tasks' names lack, or are longer."""
    return re.sub(r"^(kworker/[^-]*)[-+].*", r"\1", name)[:15]


def processes():
    alive = rows("ps", trace)
    ours = [(p["pid"], p["ppid"], comm(p["comm"])) for p in alive if p["pid"]]
    theirs = [(int(pid), int(ppid), comm(name)) for pid, ppid, name in
              re.findall(r"^(\d+) (\d+) (.*)$", "\n".join(section("ps")), re.M)]
    # The loop's own children come and go; poweroff came behind it.
    own = {"sed", "tr", "cat", "busybox", "init.sh"}
    tell("processes", [p for p in ours if p[2] not in own], [p for p in theirs if p[2] not in own])


def threads(pid):
    ours = [f"{t['tid']} {t['comm']}" for t in rows("ps", trace, "--threads") if str(t["pid"]) == pid]
    tell(f"threads of {pid}", ours, section("threads"))


def modules():
    tell("modules", [m["name"] for m in rows("modules", trace)],
         [line.split()[0] for line in section("modules")])


def symbols():
    """What is exported has a capital in /proc; marks of code and data, and labels, are no names."""
    ours = [(int(s["address"], 16), s["type"], s["symbol"], s["module"])
            for s in rows("symbols", trace, "--list") if "module" in s]
    theirs = [line.split() for line in section("symbols")]
    tell("modules' symbols", ours, [(int(s[0], 16), s[1].lower(), s[2], s[3][1:-1]) for s in theirs
                                    if not re.match(r"\$[adtx]|\.L", s[2])])


for number in re.findall(r"BEGIN maps (\d+)", printed):
    maps(number)
    files(number)
threads(re.search(r"BEGIN threads (\d+)", printed).group(1))
processes()
modules()
symbols()
sys.exit(1 if failed else 0)
