# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints what a timeline has, sorted by track and time: of a Perfetto trace (protobuf, decoded here
by the field numbers of Perfetto's .proto files) or of Chrome's JSON.

    timeline_reference.py FILE
"""
import json
import sys


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def fields(data):
    """number -> values, of one message"""
    found, at = {}, 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        else:
            assert key & 7 == 2, key
            size, at = varint(data, at)
            assert at + size <= len(data)
            value, at = data[at:at + size], at + size
        found.setdefault(key >> 3, []).append(value)
    return found


def text(message, number):
    return message.get(number, [b""])[0].decode()


class Timeline:
    def __init__(self):
        self.names, self.processes, self.open, self.lines, self.switches = {}, {}, {}, [], []

    def begin(self, track, ns, name, args):
        self.open.setdefault(track, []).append((ns, name, args))

    def end(self, track, ns, args):
        start, name, known = self.open[track].pop()
        assert ns >= start
        self.line(track, start, f"{start}-{ns}", name, {**known, **args})

    def line(self, track, ns, when, name, args):
        assert track in self.names, track
        words = [name] + [f"{k}={v}" for k, v in sorted(args.items())]
        self.lines.append((track, ns, f"{when} {' '.join(words)}"))

    def write(self):
        assert not any(self.open.values()), self.open
        out = sorted((self.names[t], ns, i, l) for i, (t, ns, l) in enumerate(self.lines))
        for name, _, _, line in out:
            print(show(f"{name}: {line}"))
        for pid, name in sorted(self.processes.items()):
            print(show(f"process {pid} {name}"))
        for s in self.switches:
            print(show(s))


def show(line):
    return line.replace("\n", "\\n").replace("\x1b", "\\x1b")


def perfetto(data):
    t, uuids = Timeline(), {}
    trace = fields(data)
    assert set(trace) == {1}
    for i, raw in enumerate(trace[1]):
        packet = fields(raw)
        assert packet[10] == [1] and packet.get(13, []) == ([1] if i == 0 else [])
        if 60 in packet:
            track = fields(packet[60][0])
            uuid = track[1][0]
            if 3 in track:
                process = fields(track[3][0])
                t.processes[process[1][0]] = text(process, 6)
                uuids[uuid] = process[1][0]
            elif 4 in track:
                thread = fields(track[4][0])
                assert uuids[track[5][0]] == thread[1][0]
                t.names[uuid] = f"thread {thread[1][0]}/{thread[2][0]} {text(thread, 5)}"
            else:
                t.names[uuid] = text(track, 2)
        elif 11 in packet:
            event = fields(packet[11][0])
            args = {}
            for raw_arg in event.get(4, []):
                arg = fields(raw_arg)
                args[text(arg, 10)] = text(arg, 6) if 6 in arg else arg[3][0]
            ns, track, kind = packet[8][0], event[11][0], event[9][0]
            if kind == 1:
                assert text(event, 22)
                t.begin(track, ns, text(event, 23), args)
            elif kind == 2:
                t.end(track, ns, args)
            else:
                assert kind == 3 and text(event, 22)
                t.line(track, ns, ns, text(event, 23), args)
        else:
            bundle = fields(packet[1][0])
            assert bundle[1] == [0]
            event = fields(bundle[2][0])
            s = fields(event[4][0])
            assert event[2] == s[2]
            t.switches.append(f"switch {event[1][0]}: {s[2][0]} {text(s, 1)} ({s[4][0]}) -> "
                              f"{s[6][0]} {text(s, 5)}")
    return t


def chrome(data):
    t = Timeline()
    for e in json.loads(data)["traceEvents"]:
        track, args = (e["pid"], e["tid"]), e.get("args", {})
        if e["ph"] == "M" and e["name"] == "process_name":
            if e["pid"] < 1000000000:
                t.processes[e["pid"]] = args["name"]
            continue
        if e["ph"] == "M":
            machine = e["pid"] >= 1000000000
            t.names[track] = args["name"] if machine else f"thread {e['pid']}/{e['tid']} {args['name']}"
            continue
        ns = round(e["ts"] * 1000)
        if e["ph"] == "B":
            t.begin(track, ns, e["name"], args)
        elif e["ph"] == "E":
            t.end(track, ns, args)
        else:
            assert e["ph"] == "i" and e["s"] == "t"
            t.line(track, ns, ns, e["name"], args)
    return t


raw = open(sys.argv[1], "rb").read()
(chrome if raw.startswith(b"{") else perfetto)(raw).write()
