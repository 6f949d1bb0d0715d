"""How much more work two threads do than one: `threads.py threads|processes COUNT SECONDS` prints jobs per second.

Each thread (or process) counts the ways to place ten queens again and again. No server, no load generator.
"""

import sys
import threading
import time
from multiprocessing import get_context

from queens import queens

SOLUTIONS = 724


def work(until, done, at):
    count = 0
    while time.monotonic() < until:
        if queens(10) != SOLUTIONS:
            raise SystemExit("wrong count of solutions")
        count += 1
    done[at] = count


def main():
    kind, workers, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    if kind == "processes":
        context = get_context("fork")
        done, make = context.Array("q", workers), context.Process
    else:
        done, make = [0] * workers, threading.Thread
    began = time.monotonic()
    running = [make(target=work, args=(began + seconds, done, at)) for at in range(workers)]
    for worker in running:
        worker.start()
    for worker in running:
        worker.join()
    print(sum(done) / (time.monotonic() - began))


main()
