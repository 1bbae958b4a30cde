#!/usr/bin/python3
"""Runs a program as the service's unit has it, as far as a process can do that to itself and without systemd.

hardened.py UNIT [--as=UID:GID] PROGRAM [ARGUMENT]...

It takes over what may make a program fail in odd ways long after it has started: SystemCallFilter=,
RestrictAddressFamilies=, RestrictNamespaces=, RestrictRealtime=, MemoryDenyWriteExecute= and LimitNOFILE=.
"""
import ctypes
import errno
import mmap
import os
import resource
import socket
import subprocess
import sys

import seccomp
from seccomp import ALLOW, EQ, ERRNO, MASKED_EQ, Arg

CLONE_NEW = 0x7E020000  # All kinds of namespaces.


def settings(unit):
    """{name: [values]} of the section [Service]; an empty value takes away those before it."""
    found, section = {}, ""
    with open(unit, encoding="utf-8") as file:
        for line in map(str.strip, file):
            if line.startswith("["):
                section = line
            elif section == "[Service]" and "=" in line and not line.startswith("#"):
                name, value = line.split("=", 1)
                found[name] = found.get(name, []) + [value] if value else []
    return found


def calls_of(name):
    """The system calls of a group such as @system-service, of all groups in it, or the one call of that name."""
    if not name.startswith("@"):
        return {name}
    listed = subprocess.run(["systemd-analyze", "--no-pager", "syscall-filter", name], check=True, capture_output=True,
                            text=True).stdout
    members = [line.strip() for line in listed.splitlines()[1:] if line.strip() and not line.strip().startswith("#")]
    return set().union(*map(calls_of, members))


def allowed_calls(filters):
    """What remains when the values of SystemCallFilter= have been applied one after the other, as systemd does."""
    allowed = calls_of("@default")
    for value in filters:
        names = set().union(*map(calls_of, value.removeprefix("~").split()))
        allowed = allowed - names if value.startswith("~") else allowed | names
    return allowed


def rules(unit):
    """[(call, condition, ...)] of what is allowed."""
    for call in allowed_calls(unit["SystemCallFilter"]):
        if call == "socket" and "RestrictAddressFamilies" in unit:
            for family in " ".join(unit["RestrictAddressFamilies"]).split():
                yield call, Arg(0, EQ, getattr(socket, family))
        elif call in ("clone", "unshare") and unit.get("RestrictNamespaces") == ["yes"]:
            yield call, Arg(0, MASKED_EQ, CLONE_NEW, 0)
        elif call == "setns" and unit.get("RestrictNamespaces") == ["yes"]:
            pass
        elif call == "mmap" and unit.get("MemoryDenyWriteExecute") == ["yes"]:
            yield call, Arg(2, MASKED_EQ, mmap.PROT_WRITE, 0)
            yield call, Arg(2, MASKED_EQ, mmap.PROT_EXEC, 0)
        elif call in ("mprotect", "pkey_mprotect") and unit.get("MemoryDenyWriteExecute") == ["yes"]:
            yield call, Arg(2, MASKED_EQ, mmap.PROT_EXEC, 0)
        elif call == "sched_setscheduler" and unit.get("RestrictRealtime") == ["yes"]:
            for policy in (os.SCHED_OTHER, os.SCHED_BATCH, os.SCHED_IDLE):
                yield call, Arg(1, EQ, policy)
        elif call != "clone3":  # Its flags are behind a pointer: systemd has it fail, and libraries then use clone.
            yield (call,)


def confine(unit):
    limit = int(unit["LimitNOFILE"][0])
    if limit <= resource.getrlimit(resource.RLIMIT_NOFILE)[1]:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    program = seccomp.SyscallFilter(ERRNO(getattr(errno, unit["SystemCallErrorNumber"][0])))
    for call, *conditions in rules(unit):
        try:
            program.add_rule(ALLOW, call, *conditions)
        except RuntimeError:
            pass  # Not a call of this machine.
    program.add_rule(ERRNO(errno.ENOSYS), "clone3")
    program.load()  # Sets no_new_privs, too.


def main():
    unit, *command = sys.argv[1:]
    if command[0].startswith("--as="):
        user, group = map(int, command.pop(0).removeprefix("--as=").split(":"))
        os.setgroups([])
        os.setgid(group)
        os.setuid(user)
    if ctypes.CDLL(None).prctl(1, 9) != 0:  # PR_SET_PDEATHSIG, SIGKILL: it ends with the test that started it.
        raise OSError("prctl")
    confine(settings(unit))
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
