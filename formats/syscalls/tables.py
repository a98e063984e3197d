# SPDX-License-Identifier: GPL-2.0-or-later
"""The tables of one ABI as C."""
import re

from layout import layout_struct, word
from rulesfile import Failure

KINDS = ("NUM HEX ADDRESS OCT FD DIRFD PATH STRING MODE OPENMODE SIGNAL SIGMASK DEV STATUS HANDLER RLIM NONE "
         "ONE FLAGS BYTES TEXT STRUCT IOVEC ADDR MSG FDSET ARGV ENVP CHARS SOCKETCALL ID RLIM64 NODEDEV HEXBYTES "
         "CPUS EPOLLDATA").split()


def c_string(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


# What is captured of an argument of that kind, and how many bytes at most.
CAPTURES = {"path": ("STRING", 4096), "string": ("STRING", 4096), "bytes": ("BYTES", 256),
            "text": ("BYTES", 4096), "hexbytes": ("BYTES", 256), "cpus": ("BYTES", 128), "addr": ("BYTES", 128), "iov": ("IOVEC", 256),
            "msg": ("MSG", 256), "fdset": ("BITS", 128), "argv": ("STRINGS", 4096),
            "envp": ("POINTERS", 4096), "socketcall": ("SOCKETCALL", 24)}
# When: at the return, at both.
WAYS = {"<>": (False, True), ">": (True,), "": (False,)}


class Tables:
    """The tables of one ABI, as lines of C."""

    def __init__(self, abi, rules, constants, prototypes, out, names):
        self.abi, self.rules, self.constants = abi, rules, constants
        self.prototypes, self.out, self.names = prototypes, out, names
        self.sets, self.structs = {}, {}

    def emit(self, ctype, lines):
        """A constant of that type, an array if it ends with []; returns its name. What is the same
        is there once."""
        key = ctype + "\n".join(lines)
        name = self.names.get(key)
        if not name:
            name = self.names[key] = f"{ctype.rstrip('[]')[3:].lower()}_{len(self.names)}"
            is_array = ctype.endswith("[]")
            self.out.append(f"static const {ctype.rstrip('[]')} {name}{'[]' * is_array} = {{")
            self.out += lines
            self.out.append("};")
        return name

    # -- constants

    def add_set(self, name, by_value, last, mask, headers, yes, no):
        env = self.constants.of(headers)
        bits = env.value(mask) if mask else 0
        if mask and bits is None and mask.isdigit():
            bits = int(mask)
        if bits is None:
            raise Failure(f"set {name}: no constant {mask} in {' '.join(headers)}")
        seen, found = set(), []
        for const in env.names():
            if not yes.fullmatch(const) or no.fullmatch(const):
                continue
            value = env.value(const)
            if value is not None and value not in seen:
                seen.add(value)
                found.append((const, value & 0xFFFFFFFFFFFFFFFF))
        if by_value:
            found.sort(key=lambda c: c[1])
        found.sort(key=lambda c: c[0] == last)
        # One of several first; then flags, those that contain others before them.
        found.sort(key=lambda c: (0, 0) if not c[1] & ~bits else (1, -bin(c[1] & ~bits).count("1")))
        names = self.emit("AilSyscallName[]", [f"    {{{c_string(n)}, {v:#x}u}}," for n, v in found] or
                          ["    {NULL, 0},"])
        self.sets[name] = (self.emit("AilSyscallSet", [f"    {bits:#x}u, {len(found)}, {names}"]), env)

    def set_ref(self, name):
        if not name:
            return "NULL"
        if name not in self.sets:
            raise Failure(f"there is no set {name}")
        return "&" + self.sets[name][0]

    # -- structures

    def add_struct(self, name, text):
        size, fields = layout_struct(text, self.abi)
        lines = []
        for field in fields:
            kind, _, named = field.kind.partition(".")
            lines.append(f"    {{{c_string(field.name)}, AIL_ARG_{self.kind(kind)}, {field.size}, "
                         f"{str(field.signed).lower()}, {field.offset}, {field.count}, "
                         f"{self.set_ref(named)}}},")
        array = self.emit("AilSyscallField[]", lines)
        self.structs[name] = (self.emit("AilSyscallStruct", [
            f"    {c_string(name)}, {size}, {len(fields)}, {array}"]), size)

    @staticmethod
    def kind(text):
        if text == "iov":
            text = "iovec"
        if text.upper() not in KINDS:
            raise Failure(f"there is no kind {text}")
        return text.upper()

    # -- arguments

    def registers(self, args):
        """The register of each argument: 64-bit ones take two where registers have 32 bits, on Arm
        from an even one on."""
        at, regs = 0, []
        for ctype, _ in args:
            wide = word(self.abi) == 4 and self.scalar(ctype)[0] == 8
            if wide and self.abi == "arm" and at % 2:
                at += 1
            regs.append(at)
            at += 2 if wide else 1
        return regs

    def scalar(self, ctype):
        """(bytes, signed) of a C type."""
        if "*" in ctype:
            return word(self.abi), False
        base = re.sub(r"\b(const|__user|volatile)\b", "", ctype).strip()
        if base in ("loff_t", "__s64", "s64"):
            return 8, True
        if base in ("u64", "__u64"):
            return 8, False
        if base in ("long", "off_t", "ssize_t", "signed long", "__kernel_long_t"):
            return word(self.abi), True
        if base in ("unsigned long", "size_t", "aio_context_t", "old_sigset_t", "__sighandler_t",
                    "compat_ulong_t"):
            return word(self.abi), False
        if base in ("unsigned int", "unsigned", "u32", "__u32", "uint32_t", "uid_t", "gid_t", "qid_t"):
            return 4, False
        if base in ("umode_t", "old_uid_t", "old_gid_t"):
            return 2, False
        return 4, True

    def default_kind(self, ctype, name):
        for type_pattern, name_pattern, kind in self.rules.defaults:
            if type_pattern.fullmatch(ctype) and name_pattern.fullmatch(name):
                return kind
        return "address" if "*" in ctype else "num"

    def length(self, text, regs):
        """(from, value) of what is between the brackets."""
        if text == "result":
            return "RESULT", 0
        if text.startswith("="):
            return "FIXED", int(text[1:])
        return "REG", regs[int(text)]

    def argument(self, kind, ctype, name, reg, regs):
        """C of an argument, and its capture rules: (what, reg, at return, from, len, unit, limit)."""
        prefix = next((p for p in WAYS if kind.startswith(p)), "")
        ways = WAYS[prefix]
        kind = kind[len(prefix):]
        size, signed = self.scalar(ctype)
        base, _, inside = re.sub(r"[\[(](.*)[\])]$", r"|\1", kind).partition("|")
        base, _, named = base.partition(".")
        how, length = self.length(inside, regs) if inside else ("ONE", 0)
        layout, unit, captured = "NULL", 1, CAPTURES.get(base)
        if base.startswith("&"):
            if base[1:] not in self.structs:
                raise Failure(f"there is no struct {base[1:]}")
            layout, unit = self.structs[base[1:]]
            base, layout, captured = "struct", "&" + layout, ("BYTES", 1024)
        elif base == "addr" and ways == (True,): # its length is where an argument points to
            captured = ("ADDR", 128)
        elif base == "hex" and "*" in ctype:
            base = "address"
        rules = []
        if captured:
            where = ("FIXED", 1) if layout != "NULL" and how == "ONE" else (how, length)
            rules = [(captured[0], reg, int(way), *where, unit, captured[1]) for way in ways]
        c = (f"    {{{c_string(name)}, {c_string(ctype)}, AIL_ARG_{self.kind(base)}, "
             f"{str(ways[-1]).lower()}, {str(not ways[0]).lower()}, {reg}, {size}, {str(signed).lower()}, "
             f"AIL_LEN_{how}, {length}, {self.set_ref(named)}, {layout}}},")
        return c, rules

    def shape(self, name, args, kinds, result, variants="NULL"):
        """Emit a call's (or variant's) arguments; returns C of the AilSyscall and capture rules."""
        regs = self.registers(args)
        lines, captures = [], []
        if len(kinds) > len(args):
            raise Failure(f"call {name} has {len(args)} arguments, not {len(kinds)}")
        for i, (ctype, arg) in enumerate(args):
            kind = kinds[i] if i < len(kinds) else "_"
            given, eq, rest = kind.partition("=")
            if eq and given.isidentifier():
                arg, kind = given, rest
            if kind == "_":
                kind = self.default_kind(ctype, arg)
            c, rules = self.argument(kind, ctype, arg, regs[i], regs)
            lines.append(c)
            captures += [r for r in rules if r[1] < 6]
        array = self.emit("AilSyscallArg[]", lines) if lines else "NULL"
        kind, _, named = (result or "num").partition(".")
        return (f"    {c_string(name)}, {len(lines)}, true, AIL_ARG_{self.kind(kind)}, "
                f"{self.set_ref(named)}, {array}, {variants}, "), captures

    # -- calls

    def prototype(self, name):
        """[(type, name)] of a call, and by which name the rules have it; None: unknown."""
        for key in (f"{self.abi}:{name}", name):
            if key in self.rules.protos:
                return self.prototypes.parse(self.rules.protos[key][1]), name
        proto = self.rules.aliases.get(f"{self.abi}:{name}", self.rules.aliases.get(name))
        tries = [proto] if proto else []
        if word(self.abi) == 4 and not proto:
            tries += [name + "_time32"]
            if self.prototypes.uses_old_time(name + "32"):
                tries.append(name + "32")
            tries.append(name + "16")
        for suffix in ("_time64", "64", "32"):
            if name.endswith(suffix):
                tries += [name[:-len(suffix)] + s for s in ("", "_time64")]
                break
        order = tries[:]
        if word(self.abi) == 8:
            order = [proto] * bool(proto) + ["new" + name, name] + tries
        elif proto or name.endswith(("_time64", "time64")):
            order = tries + [name]
        else:
            order = [t for t in tries if t.startswith(name)] + [name] + \
                    [t for t in tries if not t.startswith(name)]
        for candidate in order:
            args = self.prototypes.get(candidate)
            if args is not None:
                return args, candidate
        return None

    def condition(self, text, args, kinds, regs):
        """'1=F_SETFL,F_X' -> (register, values)."""
        index, names = text.split("=")
        index = int(index)
        named = kinds[index].partition("=")[2] or kinds[index]
        env = self.sets[named.partition(".")[2]][1]
        values = [(n, int(n, 0) if n[0].isdigit() else env.value(n)) for n in names.split(",")]
        return regs[index], [v for _, v in values if v is not None]

    def add_call(self, name):
        """The C name of a call."""
        found = self.prototype(name)
        if not found:
            return self.emit("AilSyscall", [f"    {c_string(name)}, 6, false, AIL_ARG_NUM, NULL, "
                                            "args_unknown, NULL, NULL"])
        args, proto = found
        kinds, result, variants, captures = [], "", [], []
        regs = self.registers(args)
        for condition, want, gives in self.rules.calls.get(f"{self.abi}:{proto}", self.rules.calls.get(proto, [])):
            if not condition:
                kinds, result = want, gives
                continue
            reg, values = self.condition(condition, args, want, regs)
            c, rules = self.shape(name, args, want, gives)
            form = self.emit("AilSyscall", [c + "NULL"])
            variants += [(reg, value, form) for value in values]
            captures += [rule + (reg, value) for value in values for rule in rules]
        table = "NULL"
        if variants:
            table = self.emit("AilSyscallVariant[]", [f"    {{{r}, {v & 0xffffffff:#x}u, &{f}}},"
                                                      for r, v, f in variants] + ["    {0, 0, NULL},"])
        c, rules = self.shape(name, args, kinds, result, table)
        # What variants keep, too, is kept once.
        plain = [rule + (255, 0) for rule in rules]
        captures = plain + [rule for rule in captures if rule[:7] + (255, 0) not in plain]
        return self.emit("AilSyscall", [c + self.capture_ref(captures)])

    def socketcalls(self):
        """C names of the calls that socketcall makes, by number."""
        names, env = self.sets["socketcall"]
        calls = {env.value(n): n[4:].lower() for n in env.names() if re.fullmatch("SYS_[A-Z0-9]+", n)}
        assert names and set(calls) >= set(range(1, 19))
        return [self.add_call(calls[n]) for n in range(1, 21) if n in calls]

    def capture_ref(self, rules):
        if not rules:
            return "NULL"
        lines = [f"    {{AIL_CAPTURE_{what}, {reg}, {way}, AIL_LEN_{how}, {length}, {if_reg}, {unit}, "
                 f"{limit}, {if_value & 0xffffffff:#x}u}},"
                 for what, reg, way, how, length, unit, limit, if_reg, if_value in rules]
        return self.emit("AilCaptureRule[]", lines + ["    {0, 0, 0, 0, 0, 0, 0, 0, 0},"])
