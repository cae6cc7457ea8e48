"""How often a program asks the disk to keep something, seen from outside it.

`python -m tests.bench.syscalls PROGRAM…` runs PROGRAM under ptrace (Linux, no other tool needed)
and prints a JSON list: the number of fsync and fdatasync calls between each two marks. A program
marks by `os.getppid()`, a system call that changes nothing.
"""

from __future__ import annotations

import ctypes
import json
import os
import platform
import signal
import subprocess
import sys

MARK = os.getppid
_NUMBERS = {"x86_64": ({74, 75}, 110), "aarch64": ({82, 83}, 173)}
"""Machine -> (fsync and fdatasync, getppid)."""
_TRACED = "--traced"
_TRACEME, _SYSCALL, _SETOPTIONS, _INFO = 0, 24, 0x4200, 0x420E
_OPTIONS = 0x1 | 0x2 | 0x4 | 0x8 | 0x100000
"""Mark stops at system calls; follow forks and threads; end the program with the tracer."""
_SYSCALL_STOP = signal.SIGTRAP | 0x80
_ENTRY = 1
_ALL_CHILDREN = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long


class CannotTrace(OSError):
    """Tracing of programs is not for this system or this account."""


def _ptrace(request: int, process: int, address: int = 0, data: object = 0) -> int:
    answer = _libc.ptrace(request, process, address, data)
    if answer < 0:
        raise CannotTrace(ctypes.get_errno(), "ptrace")
    return int(answer)


def syncs_between_marks(program: list[str]) -> list[int]:
    """Runs `program` to its end; raises CannotTrace, or subprocess.CalledProcessError."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.bench.syscalls", *program],
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode == 77:
        raise CannotTrace(ran.stderr.strip())
    ran.check_returncode()
    return list(json.loads(ran.stdout.splitlines()[-1]))


def _count(program: list[str]) -> tuple[list[int], int]:
    syncs, mark = _NUMBERS[platform.machine()]
    child = subprocess.Popen([sys.executable, "-m", "tests.bench.syscalls", _TRACED, *program])
    _, status = os.waitpid(child.pid, 0)
    if not os.WIFSTOPPED(status):
        raise CannotTrace("the program would not be traced")
    _ptrace(_SETOPTIONS, child.pid, 0, _OPTIONS)
    _ptrace(_SYSCALL, child.pid)
    counts: list[int] = []
    counting = False
    info = (ctypes.c_uint64 * 11)()
    while True:
        process, status = os.waitpid(-1, _ALL_CHILDREN)
        if not os.WIFSTOPPED(status):
            if process == child.pid:
                return counts, os.waitstatus_to_exitcode(status)
            continue
        stopped = os.WSTOPSIG(status)
        if stopped == _SYSCALL_STOP:
            _ptrace(_INFO, process, ctypes.sizeof(info), ctypes.addressof(info))
            if info[0] & 0xFF == _ENTRY:
                number = info[3]
                if number == mark:
                    counting = not counting
                    counts += [0] if counting else []
                elif number in syncs and counting:
                    counts[-1] += 1
            passed_on = 0
        else:
            passed_on = 0 if stopped in (signal.SIGTRAP, signal.SIGSTOP) else stopped
        _ptrace(_SYSCALL, process, 0, passed_on)


def main() -> int:
    """0 with the counts on stdout; 77 where tracing is not allowed."""
    if platform.machine() not in _NUMBERS or sys.platform != "linux":
        sys.stderr.write("no tracing on this system\n")
        return 77
    if sys.argv[1] == _TRACED:
        _ptrace(_TRACEME, 0)
        os.execv(sys.argv[2], sys.argv[2:])
    try:
        counts, status = _count(sys.argv[1:])
    except (CannotTrace, subprocess.SubprocessError) as refused:
        sys.stderr.write(f"{refused}\n")
        return 77
    sys.stdout.write(f"\n{json.dumps(counts)}\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
