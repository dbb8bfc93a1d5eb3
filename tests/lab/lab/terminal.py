"""Runs a command on a terminal of its own and types an answer whenever it is asked something.

    terminal.py ANSWER COMMAND...
"""
import os
import pty
import select
import sys
import time

PATIENCE = 20.0


def main():
    answer, command = sys.argv[1], sys.argv[2:]
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(command[0], command)
    end = time.monotonic() + PATIENCE
    line = ""
    while time.monotonic() < end:
        ready, _, _ = select.select([terminal], [], [], 0.5)
        if not ready:
            continue
        try:
            data = os.read(terminal, 4096).decode(errors="replace")
        except OSError:  # it has ended
            data = ""
        if not data:
            break
        sys.stdout.write(data)
        line = (line + data).rsplit("\n", 1)[-1]
        if line.rstrip().endswith(":"):
            time.sleep(0.05)  # until it has switched the echo off
            os.write(terminal, (answer + "\n").encode())
            line = ""
    else:
        os.kill(pid, 9)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


sys.exit(main())
