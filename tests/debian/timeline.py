# SPDX-License-Identifier: GPL-2.0-or-later
"""timeline.py AILURUS TRACE TIMELINE: whether a timeline, as timeline_reference.py has decoded it, has
the system calls, processes, threads and ends that the trace has."""
import collections
import json
import re
import subprocess
import sys

ailurus, trace, timeline = sys.argv[1:]
failed = False


def rows(*command):
    done = subprocess.run([ailurus, *command, "--json"], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def tell(what, ours, theirs):
    """ours: the timeline's."""
    global failed
    ours, theirs = collections.Counter(ours), collections.Counter(theirs)
    print(f"timeline: {what}: {(ours & theirs).total()} of {theirs.total()} as the trace says")
    for mark, some in (("the timeline:", ours - theirs), ("the trace:", theirs - ours)):
        for row in list(some)[:5]:
            failed = True
            print("  only", mark, row)


slices, exits, running, processes, threads, switches = [], [], [], [], set(), []
with open(timeline, encoding="utf-8") as file:
    for line in file:
        call = re.match(r"thread (\d+)/(\d+) (.*?): (\d+)-(\d+) (\S+|syscall \d+) (?:arg 1=|result=)", line)
        done = re.match(r"thread (\d+)/(\d+) (.*?): (\d+) exit signal=(\d+) status=(\d+)$", line)
        ran = re.match(r"CPU 0: (\d+)-(\d+) (.*)", line)
        process = re.match(r"process (\d+) (.*)", line)
        switch = re.match(r"switch (\d+): (\d+) .* \((\d+)\) -> (\d+) ", line)
        thread = re.match(r"thread (\d+)/(\d+) (.*?): \d", line)
        if thread:
            threads.add((int(thread[1]), int(thread[2]), thread[3]))
        if call:
            result = re.search(r" result=(-?\d+)$", line)
            slices.append((int(call[2]), int(call[4]), int(call[5]) if result else None, call[6],
                           int(result[1]) if result else None))
        elif done:
            exits.append((int(done[2]), int(done[4])))
        elif ran:
            running.append((int(ran[1]), int(ran[2])))
        elif process:
            processes.append((int(process[1]), process[2]))
        elif switch:
            switches.append((int(switch[1]), int(switch[2]), int(switch[4])))

calls = []
for c in rows("syscalls", trace):
    if c["event"] == "call" and "tid" in c and (not c["returned"] or "instructions" in c):
        calls.append((c["tid"], c["icount"], c.get("return_icount"), c["call"], c.get("result")))
tell("system calls", slices, calls)
tasks = rows("ps", trace, "--all", "--threads")
tell("ends of tasks", exits, [(t["tid"], t["died"]) for t in tasks if "died" in t])
tell("processes", processes, [(t["pid"], t["comm"]) for t in tasks if t["pid"] == t["tid"]])
callers = {c[0] for c in calls}
tell("threads that call", [t for t in threads if t[1] in callers],
     {(t["pid"], t["tid"], t["comm"]) for t in tasks if t["tid"] in callers})
running.sort()
gaps = sum(a[1] != b[0] for a, b in zip(running, running[1:]))
wrong = sum(a[2] != b[1] for a, b in zip(switches, switches[1:]))
print(f"timeline: {len(running)} stretches on the processor, {gaps} gaps or overlaps; {len(switches)} "
      f"switches, {wrong} from another task than the one before came to")
sys.exit(1 if failed or gaps or wrong else 0)
