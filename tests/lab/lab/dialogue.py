"""Runs a command on a terminal of its own and types what is wanted at each question.

    dialogue.py [QUESTION=ANSWER...] -- COMMAND...
    dialogue.py --always ANSWER -- COMMAND...

An ANSWER is typed, with Enter, when what was printed since the last one ends in QUESTION; ^C is
the key itself. With --always it is typed whenever a line ends in a colon. Exit status: the
command's; 120 when a question never came.
"""
import os
import pty
import select
import sys
import time

PATIENCE = 40.0


def main():
    end = sys.argv.index("--")
    words, command = sys.argv[1:end], sys.argv[end + 1:]
    always = words[1] if words[:1] == ["--always"] else None
    wanted = [] if always is not None else [word.split("=", 1) for word in words]
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(command[0], command)
    until = time.monotonic() + PATIENCE
    text = ""
    while time.monotonic() < until:
        ready, _, _ = select.select([terminal], [], [], 0.5)
        if not ready:
            continue
        try:
            data = os.read(terminal, 4096).decode(errors="replace")
        except OSError:  # the command has ended
            data = ""
        if not data:
            break
        sys.stdout.write(data)
        text += data
        is_asked = wanted and text.rstrip().endswith(wanted[0][0])
        if always is not None:
            is_asked = text.rsplit("\n", 1)[-1].rstrip().endswith(":")
        if is_asked:
            time.sleep(0.1)  # waits until the command has switched the echo off
            answer = always if always is not None else wanted.pop(0)[1]
            os.write(terminal, b"\x03" if answer == "^C" else answer.encode() + b"\n")
            text = ""
    else:
        os.kill(pid, 9)
    _, status = os.waitpid(pid, 0)
    return 120 if wanted else os.waitstatus_to_exitcode(status)


sys.exit(main())
