"""A command that ends with the process that started it, even where that was killed.

`python -I -S child.py PARENT SIGNAL COMMAND...` becomes COMMAND. On Linux the kernel
sends it SIGNAL when the process PARENT has ended; elsewhere nothing does.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1  # of <linux/prctl.h>; it outlives exec

if __name__ == "__main__":
    parent, number, *command = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(number))
        if os.getppid() != int(parent):
            sys.exit(1)  # it ended before we asked for its signal
    os.execv(command[0], command)  # noqa: S606  no shell is wanted
