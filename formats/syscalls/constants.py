# SPDX-License-Identifier: GPL-2.0-or-later
"""Constants (#define and enum) of the kernel's headers."""
import os
import re

COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
DEFINE = re.compile(r"^[ \t]*#[ \t]*define[ \t]+([A-Za-z_]\w*)(?!\w|\()[ \t]*(.*)$", re.M)
ENUM = re.compile(r"\benum\b[^;{(]*\{([^}]*)\}", re.S)
CAST = re.compile(r"\(\s*(?:__force\s+)?(?:unsigned\s+|signed\s+)?"
                  r"(?:__\w+_t|__[us]\d+|[us]\d+|int|long|char|short|unsigned|\w+_t)\s*\)")
SIZES = {"int": 4, "unsigned int": 4, "long": 8, "char": 1, "__u32": 4, "__u64": 8, "size_t": 8}


def ioctl_number(direction, kind, number, size):
    return direction << 30 | size << 16 | kind << 8 | number


class Environment:
    """Names and values of some headers, one after the other; the first definition counts."""

    def __init__(self):
        self.text = {}
        self.cache = {}

    def add(self, source):
        source = COMMENT.sub(" ", source).replace("\\\n", " ")
        for match in ENUM.finditer(source):
            self.add_enum(match.group(1))
        for name, body in DEFINE.findall(source):
            body = body.strip()
            if body and body != name:
                self.text.setdefault(name, body)

    def add_enum(self, body):
        body = re.sub(r"^[ \t]*#.*$", "", body, flags=re.M)
        before = "-1"
        for item in body.split(","):
            name, eq, value = (part.strip() for part in item.partition("="))
            if not re.fullmatch(r"[A-Za-z_]\w*", name):
                continue
            value = value if eq else f"({before}) + 1"
            self.text.setdefault(name, value)
            before = name

    def names(self):
        return list(self.text)

    def value(self, name):
        """None: unknown, or no number."""
        if name not in self.cache:
            self.cache[name] = None # what refers to itself has none
            if name in self.text:
                self.cache[name] = self.evaluate(self.text[name])
        return self.cache[name]

    def evaluate(self, text):
        text = CAST.sub("", text)
        text = re.sub(r"'(.)'", lambda m: str(ord(m.group(1))), text)
        macro = re.fullmatch(r"_IO(|R|W|WR)\((.*)\)", text.strip())
        if macro:
            return self.ioctl(macro.group(1), macro.group(2))
        text = re.sub(r"\b(0[xX][0-9a-fA-F]+|\d+)[uUlL]+\b", r"\1", text)
        text = re.sub(r"(?<![\w.])0(\d+)\b", r"0o\1", text)
        values = {}
        for word in set(re.findall(r"(?<![\w])[A-Za-z_]\w*", text)):
            value = self.value(word)
            if value is None:
                return None
            values[word] = value
        if not re.fullmatch(r"[\w\s()+\-*/|&~<>^]+", text):
            return None
        try: # only numbers, known names and operators are left
            value = eval(text, {"__builtins__": {}}, values) # pylint: disable=eval-used
        except (SyntaxError, TypeError, ValueError):
            return None
        return value if isinstance(value, int) else None

    def ioctl(self, direction, inside):
        parts = [p.strip() for p in inside.split(",")]
        size = 0
        if direction:
            if len(parts) != 3 or parts[2] not in SIZES:
                return None
            size = SIZES[parts[2]]
        kind, number = self.evaluate(parts[0]), self.evaluate(parts[1])
        if kind is None or number is None:
            return None
        return ioctl_number({"": 0, "W": 1, "R": 2, "WR": 3}[direction], kind, number, size)


class Constants:
    """The headers of one architecture."""

    def __init__(self, kernel, arch):
        self.kernel, self.arch, self.made = kernel, arch, {}

    def files(self, header):
        if header.startswith("/"):
            return [header]
        name = header.partition("/")[2]
        if header.startswith("asm/"):
            generic = f"{self.kernel}/include/uapi/asm-generic/{name[:-2]}"
            return [f"{self.kernel}/arch/{self.arch}/include/uapi/asm/{name}"] + \
                   [f"{generic}{part}.h" for part in ("", "-base", "-common", "-defs")]
        return [f"{self.kernel}/include/uapi/{header}", f"{self.kernel}/include/{header}"]

    def of(self, headers):
        """The Environment of these headers, one after the other."""
        if headers not in self.made:
            env = Environment()
            some = False
            # What these refer to comes last.
            for header in headers + ("asm/fcntl.h", "asm/ioctls.h"):
                for path in self.files(header):
                    if os.path.exists(path):
                        some = some or header in headers
                        with open(path, encoding="utf-8", errors="replace") as file:
                            env.add(file.read())
            self.made[headers] = env
        return self.made[headers]
