# SPDX-License-Identifier: GPL-2.0-or-later
"""Prototypes and numbers of system calls, from the kernel's headers."""
import os
import re
import subprocess

from constants import COMMENT, Environment

NAMES = re.compile(r"\b(\w+)$")
TYPE_WORDS = {"int", "long", "unsigned", "char", "short", "void", "__user", "const", "size_t", "signed"}


class Prototypes:
    """asmlinkage long sys_NAME(...) of include/linux/syscalls.h and asm-generic/syscalls.h."""

    def __init__(self, kernel, word):
        self.word, self.args = word, {}
        for header in ("include/linux/syscalls.h", "include/asm-generic/syscalls.h",
                       "include/linux/compat.h"):
            with open(f"{kernel}/{header}", encoding="utf-8") as file:
                source = COMMENT.sub(" ", file.read())
            self.read(self.prefer(source))

    @staticmethod
    def prefer(source):
        """Of "#if split 64-bit arguments ... #else ...", the other."""
        return re.sub(r"#if defined\(CONFIG_ARCH_SPLIT_ARG64\).*?#else(.*?)#endif", r"\1", source,
                      flags=re.S)

    def read(self, source):
        for name, args in re.findall(r"asmlinkage\s+long\s+sys_(\w+)\s*\(([^;]*)\)\s*;", source):
            self.args.setdefault(name, self.parse(args))

    @staticmethod
    def parse(text):
        """[(type, name)]; "" for what has no name."""
        found = []
        for arg in text.split(","):
            arg = " ".join(arg.split()).replace("__user ", "").replace(" __user", "")
            if arg in ("", "void"):
                continue
            match = NAMES.search(arg)
            name = match.group(1) if match else ""
            ctype = arg[:-len(name)].strip() if name else arg
            if name in TYPE_WORDS or not ctype or ctype in ("struct", "enum", "union", "const"):
                ctype, name = arg, ""
            ctype = re.sub(r"\s*\*\s*", " *", ctype).strip()
            found.append((ctype, name))
        return found

    def get(self, name):
        return self.args.get(name)

    def uses_old_time(self, name):
        return any("old_" in ctype for ctype, _ in self.args.get(name, []))


def preprocessed(path, folders, cc, defines=()):
    """Constants of a header that needs the preprocessor."""
    command = [cc, "-E", "-dM", "-undef", "-nostdinc", "-x", "c"]
    command += [f"-D{name}" for name in defines] + [f"-I{folder}" for folder in folders] + [path]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def first(paths):
    found = [p for p in paths if os.path.exists(p)]
    if not found:
        raise OSError(f"none of {', '.join(paths)} is there: ./setup.sh installs what packages.txt "
                      "names")
    return found[0]


def asm_folders(root, triplet, arch):
    """Where linux-libc-dev and linux-libc-dev-ARCH-cross have an architecture's asm/."""
    return [f"{root}/usr/lib/linux/uapi/{arch}/asm", f"{root}/usr/include/{triplet}/asm",
            f"{root}/usr/{triplet}/include/asm"]


def arm64_numbers(kernel, options):
    """What arm64's <asm/unistd.h> defines. Since Linux 6.11 it includes a generated file, which
    kernels' headers lack; then it is the generic one with what arm64 wants of it (Linux,
    arch/arm64/include/uapi/asm/unistd.h before 6.11)."""
    root, uapi = options.root, f"{kernel}/arch/arm64/include/uapi"
    for folder in asm_folders(root, "aarch64-linux-gnu", "arm64"):
        if os.path.exists(f"{folder}/unistd_64.h"):
            return preprocessed(f"{folder}/unistd.h", [os.path.dirname(folder)], options.cc)
    with open(f"{uapi}/asm/unistd.h", encoding="utf-8") as file:
        if "unistd_64.h" not in file.read():
            return preprocessed(f"{uapi}/asm/unistd.h", [uapi, f"{kernel}/include/uapi"], options.cc)
    wants = ("RENAMEAT", "NEW_STAT", "SET_GET_RLIMIT", "TIME32_SYSCALLS", "SYS_CLONE3", "MEMFD_SECRET")
    folders = [f"{root}/usr/include", f"{root}/usr/include/x86_64-linux-gnu",
               f"{root}/usr/include/aarch64-linux-gnu"]
    return preprocessed(f"{root}/usr/include/asm-generic/unistd.h", folders, options.cc,
                        ["__LP64__", "__x86_64__"] + [f"__ARCH_WANT_{want}" for want in wants])


def numbers(abi, kernel, options):
    """{number: name} of an ABI."""
    env = Environment()
    if abi == "arm64":
        env.add(arm64_numbers(kernel, options))
    elif abi == "arm":
        folders = asm_folders(options.root, "arm-linux-gnueabihf", "arm")
        for name in ("unistd-eabi.h", "unistd-common.h", "unistd.h"):
            paths = [f"{f}/{name}" for f in folders]
            if name == "unistd-common.h" and not any(map(os.path.exists, paths)):
                continue
            with open(first(paths), encoding="utf-8") as file:
                env.add(file.read())
        env.text["__NR_SYSCALL_BASE"] = "0"
    else:
        name = "unistd_64.h" if abi == "x86_64" else "unistd_32.h"
        folders = asm_folders(options.root, "x86_64-linux-gnu", "x86")
        with open(first([f"{f}/{name}" for f in folders]), encoding="utf-8") as file:
            env.add(file.read())
    found = {}
    for name in env.names():
        match = re.fullmatch(r"__(?:ARM_)?NR_(\w+)", name)
        value = env.value(name) if match else None
        if value is None or match.group(1) in ("syscalls", "SYSCALL_BASE", "BASE", "arch_specific_syscall",
                                               "SYSCALL_MASK", "OABI_SYSCALL_BASE"):
            continue
        found.setdefault(value, match.group(1))
    return found
