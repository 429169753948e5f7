"""The waiting of other tests, tested itself."""

import subprocess
import sys

import psutil

from tests import wait


def test_a_process_has_ended_before_anybody_reaps_it() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        process = psutil.Process(child.pid)
        assert not wait.has_ended(process)
        assert child.stdin is not None
        child.stdin.close()
        wait.until(lambda: wait.has_ended(process))
        assert process.is_running()
        assert process.status() == psutil.STATUS_ZOMBIE
    assert wait.has_ended(process)
