# SPDX-License-Identifier: GPL-2.0-or-later
"""System calls as strace printed them in the guest, against those of the trace: each task's, one
after the other, word for word. The calls are the same ones: strace ran while the guest was recorded."""
import collections
import re

# What strace and we write differently, or only one of them knows; docs/syscalls.md has the list.
NOTATION = [
    (r" +(?== (?:-?\d|\?|0x))", " "), # strace aligns results
    (r" /\* (?:\d+ entries|\d+ entry|[\d.]+ s|\d{4}-[^*]*|[A-Z]+_\?\?\?) \*/", ""), # comments
    (r"^((?:rt_)?sigreturn)\(\{mask=\[.*\]\}\)", r"\1()"), # the mask is in the signal's frame
    (r"\} *=> \{parent_tid=\[\d+\]\}", "}"), # clone3's second half
    (r", si_utime=.*si_stime=[^}]*\}", ", ...}"), # the kernel does not set these in waitid
    (r"\bSCHED_OTHER\b", "SCHED_NORMAL"), # the kernel's name
    (r"\bSUID_DUMP_USER\b", "1"),
    (r"^(personality\(.*\) = 0) \(PER_LINUX\)", r"\1"),
    # What seg_32bit and so on are flags of, and what the kernel answers.
    (r"limit=0x0?(\w+), (?:seg_32bit=.*?|flags=\w+)\}(\) = 0).*", r"limit=0x\1}\2"),
    (r"\( *<unfinished|, +<unfinished", "(<unfinished"),
]
SIGNAL_OF_OURS = re.compile(r"--- (\S+) \{si_signo=(\S+?), si_code=(\w+)(?:, si_pid=(\d+))?")
FLAGS = re.compile(r"\b[A-Z_][A-Z0-9_]*(?:\|[A-Z0-9_x]+)+")
FORKED = re.compile(r"<\.\.\. (?:clone3?|v?fork) resumed>\) = 0$")


def plain(text):
    for pattern, by in NOTATION:
        text = re.sub(pattern, by, text)
    return FLAGS.sub(lambda m: "|".join(sorted(m.group().split("|"))), text)


def of_strace(log):
    """({tid: texts}, (calls by name, errors by name)) of what strace -f -C has written."""
    tasks, begun = collections.defaultdict(list), {}
    log, _, tables = log.partition("\nsyscall  ")
    for line in log.splitlines():
        match = re.match(r"(\d+) +(.*)", line)
        if not match or match[2].startswith("["):
            continue
        tid, text = match.groups()
        if text.endswith("<unfinished ...>"):
            begun[tid] = text.removesuffix("<unfinished ...>").rstrip(" ")
            continue
        rest = re.match(r"<\.\.\. \S+ resumed>(.*)", text)
        if rest:
            first = begun.pop(tid)
            space = " " if first.endswith(",") else ""
            text = first + space + rest[1].lstrip(" ")
        tasks[tid].append(text)
    counts = collections.Counter(), collections.Counter()
    for name, calls, errors in re.findall(r"^(\w+) +(\d+) +(\d*) *$", tables, flags=re.M):
        if name != "total": # there is a table each for calls of 64 and of 32 bits
            counts[0][name] += int(calls)
            counts[1][name] += int(errors or 0)
    return tasks, (counts[0], +counts[1])


def of_trace(lines):
    """[(icount, tid, text)] of what ailurus syscalls has written."""
    found = []
    for line in lines:
        match = re.match(r" *(\d+) \[(\d+) (?:[^\]]*)\] (.*?)(?: <\d+>)?$", line)
        if match:
            found.append((int(match[1]), match[2], match[3]))
    return found


def is_call(text):
    return re.match(r"\w+\(", text) is not None


def same(strace, ours):
    """Whether the texts of a call are."""
    they, we = plain(strace), plain(ours)
    if they == we:
        return True
    # strace tells what the kernel returns inside, the trace what the program gets; and strace
    # shows what the call had written by then.
    inside = re.match(r"(.*)\) = \? ERESTART\w+ \(", they)
    if inside:
        return we.split("(")[0] == they.split("(")[0] and \
            re.search(r"\) = (-1 EINTR \(|\? ERESTARTSYS \()", we) is not None and \
            we.split(",")[0].split(")")[0] == they.split(",")[0].split(")")[0]
    # strace abridges more.
    shape = re.escape(they).replace(re.escape(", ...}"), r"(?:, .*)?\}")
    return re.fullmatch(shape, we) is not None


def killed_in(ours, rest):
    """Of a call that its task did not return from, as a signal killed it: strace saw its end."""
    return "<unfinished ...>" in ours and any("+++ killed" in t for t in rest)


class Comparison:
    def __init__(self):
        self.calls = self.equal = self.inside = self.signals = self.handled = self.ends = 0
        self.wrong = []

    def task(self, tid, theirs, ours):
        self.of_calls(tid, [t for t in theirs if is_call(t)], [t for t in ours if is_call(t)], theirs)
        self.of_signals(tid, theirs, ours)
        ends = [[t for t in x if t.startswith("+++")] for x in (theirs, ours)]
        self.ends += len(ends[0])
        if ends[0] != ends[1]:
            self.wrong.append((tid, str(ends[0]), str(ends[1])))

    def of_calls(self, tid, theirs, ours, all_theirs):
        self.calls += len(theirs)
        for i in range(max(len(theirs), len(ours))):
            strace = theirs[i] if i < len(theirs) else None
            trace = ours[i] if i < len(ours) else None
            if strace and trace and same(strace, trace):
                self.equal += 1
            elif strace and trace and i + 1 == len(theirs) and killed_in(trace, all_theirs):
                self.inside += 1
            else:
                self.wrong.append((tid, strace, trace))
                if not strace or not trace or strace.split("(")[0] != trace.split("(")[0]:
                    break # what follows is shifted

    def of_signals(self, tid, theirs, ours):
        """strace sees each signal, the trace those that a handler takes."""
        left = [SIGNAL_OF_OURS.match(t) for t in theirs if t.startswith("--- ")]
        self.signals += len(left)
        for text in (t for t in ours if t.startswith("--- ")):
            signal = SIGNAL_OF_OURS.match(text).groups()
            while left and left[0].groups() != signal:
                left.pop(0)
            if not left:
                self.wrong.append((tid, None, text))
                return
            left.pop(0)
            self.handled += 1


def counts_of(texts):
    """Counters of calls and errors among these lines, as strace -c counts."""
    calls, errors = collections.Counter(), collections.Counter()
    for text in texts:
        if is_call(text) and "<unfinished" not in text and not text.endswith(") = ?"):
            name = text.split("(")[0]
            calls[name] += 1
            errors[name] += ") = -1 E" in text or ") = ? E" in text
    return calls, +errors
