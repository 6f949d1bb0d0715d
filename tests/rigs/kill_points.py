"""Kills `earnest act` at a system call that writes, starts it again with the same script, and looks at what is there.

Every point is one call on one file: strace kills the process as it enters that call for the K-th time. Two negative
controls run each time: a lost write-ahead log and a client that retries under new keys must both be noticed.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import books
import sandbox

CALLS = ["write", "pwrite64", "writev", "pwritev", "fsync", "fdatasync", "ftruncate", "rename", "unlink"]
FILES = ["earnest.db", "earnest.db-wal", "earnest.db-journal", "earnest.db.new", "earnest.db.new-wal",
         "earnest.db.new-journal", "earnest.db.lock"]
SCRIPT = os.path.join(os.path.dirname(__file__), "money-script.jsonl")
TRACED = re.compile(r"^\d+ +(?:<\.\.\. )?(\w+)\(")
PATIENCE = 120
sandbox.configured()
SERVING_AGAIN = 2.0


def fixed_ids():
    with open(SCRIPT) as script:
        return set(re.findall(r"[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}", script.read()))


def act(binary, folder, script, seed, tracer=()):
    """Runs a script; its answers by line, the time to the first of them, the exit status and what it said."""
    command = [*tracer, binary, "act", script, "--data", folder, "--seed", str(seed)]
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    answers, first = {}, None
    for line in process.stdout:
        first = first or time.monotonic() - began
        if line.endswith("\n"):  # A line that was cut off is no answer.
            answer = json.loads(line)
            answers[answer["line"]] = answer
    said = process.stderr.read()
    return answers, first, process.wait(PATIENCE), said


def gist(answer):
    """What must be the same in every run. A refusal is decided anew each time, so its reason may be that of a later state."""
    if "refused" in answer:
        return ("refused", answer["refused"]["definite"])
    ok = answer["ok"]
    return ("ok", ok.get("version"), ok.get("at"), ok.get("standing"))


def points(binary, folder):
    """Every call of one undisturbed run that writes to a file of the database, as (file, call, K)."""
    found = []
    with tempfile.NamedTemporaryFile("r") as log:
        paths = [part for name in FILES for part in ("-P", os.path.join(folder, name))]
        tracer = ["strace", "-f", "-qq", "-y", "-o", log.name, *paths, "-e", "trace=" + ",".join(CALLS)]
        act(binary, folder, SCRIPT, 1, tracer)
        counts = {}
        for line in log:
            call = TRACED.match(line)
            name = next((one for one in sorted(FILES, key=len, reverse=True) if f"/{one}" in line), None)
            if call and name and "resumed" not in line:
                place = (name, call[1])
                counts[place] = counts.get(place, 0) + 1
                found.append((*place, counts[place]))
    return found


class Rig:
    def __init__(self, binary, room):
        self.binary, self.room = binary, room
        self.fixed = fixed_ids()
        self.expected_answers, self.expected = self.undisturbed(1)
        answers, seen = self.undisturbed(2)
        again = [one for one in answers if gist(answers[one]) != gist(self.expected_answers[one])]
        unlike = list(books.differences(self.expected, seen))
        if again or unlike:
            sys.exit(f"rig: two undisturbed runs differ, so nothing can be compared: lines {again}, {unlike}")

    def undisturbed(self, seed):
        folder = tempfile.mkdtemp(dir=self.room)
        answers, _, status, said = act(self.binary, folder, SCRIPT, seed)
        wrong = books.faults(os.path.join(folder, "earnest.db")) + books.verified(self.binary, folder)
        if status != 0 or wrong:
            sys.exit(f"rig: the undisturbed run failed: {said} {wrong}")
        seen = books.picture(os.path.join(folder, "earnest.db"), self.fixed)
        shutil.rmtree(folder)
        return answers, seen

    def kill(self, folder, point):
        name, call, count = point
        tracer = ["strace", "-f", "-qq", "-o", "/dev/null", "-P", os.path.join(folder, name), "-e", f"trace={call}",
                  "-e", f"inject={call}:signal=SIGKILL:when={count}"]
        answers, _, status, _ = act(self.binary, folder, SCRIPT, 1, tracer)
        return answers, status

    def point(self, number, point, between=None, retry=SCRIPT):
        """Kills, starts again, compares; returns what is wrong. `between` and `retry` are for the controls."""
        folder = tempfile.mkdtemp(dir=self.room)
        acked, status = self.kill(folder, point)
        wrong = [] if status != 0 else [f"the run was not killed (status {status})"]
        if between:
            between(folder)
        first, unlike = self.again(folder, acked, 1_000 + number, retry)
        return len(acked), first or 0.0, wrong + unlike

    def again(self, folder, acked, seed, retry=SCRIPT):
        """Starts on what is there with the same script and compares; the time to the first answer, and what is wrong."""
        wrong = []
        # Other ids than the first time: a counter that starts again would draw the same ones.
        answers, first, status, said = act(self.binary, folder, retry, seed)
        if status != 0:
            wrong.append(f"the second run ended with {status}: {said.strip()[-300:]}")
        if first is None or first > SERVING_AGAIN:
            wrong.append(f"the first answer after the start came after {first} s")
        for line, answer in acked.items():
            again = answers.get(line)
            if again is None or (answer.get("key") and answer.get("ok") != again.get("ok")):
                wrong.append(f"LOST: line {line} was answered {answer}, and after the kill {again}")
        for line, answer in self.expected_answers.items():
            again = answers.get(line)
            if again is None or gist(again) != gist(answer):
                wrong.append(f"line {line} ended as {again}, undisturbed as {answer}")
        database = os.path.join(folder, "earnest.db")
        wrong += books.faults(database) + books.verified(self.binary, folder)
        wrong += books.differences(self.expected, books.picture(database, self.fixed))
        shutil.rmtree(folder)
        return first, wrong

    def controls(self, point):
        """Both must be noticed, or the rig proves nothing."""
        def lose(folder):
            wal = os.path.join(folder, "earnest.db-wal")
            with open(wal, "r+b") as log:
                log.truncate(os.path.getsize(wal) * 9 // 10)
        _, _, lost = self.point(1, point, between=lose)
        other_keys = os.path.join(self.room, "other-keys.jsonl")
        with open(SCRIPT) as script, open(other_keys, "w") as other:
            other.write(script.read().replace('"key":"', '"key":"again-'))
        _, _, doubled = self.point(2, point, retry=other_keys)
        return {
            "an acknowledged write that is lost": any(one.startswith("LOST") for one in lost),
            "a retry under new keys": any("differ" in one for one in doubled),
        }


def choose(found, wanted, offset):
    if wanted == "all" or int(wanted) >= len(found):
        return found
    wanted = int(wanted)
    shift = offset % max(1, len(found) // wanted)
    return [found[number * len(found) // wanted + shift] for number in range(wanted)]


def main():
    parser = argparse.ArgumentParser(prog="rig kill-points", description=__doc__)
    parser.add_argument("--points", default="100", help="how many, spread evenly, or all")
    parser.add_argument("--offset", default="0", help="a commit's hash: other points for each commit")
    parser.add_argument("--side-by-side", type=int, default=2)
    parser.add_argument("--binary", required=True)
    asked = parser.parse_args()
    # Killing a process loses nothing that the kernel has, so memory does for a disk here and is faster.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory, prefix="earnest-rig-") as room:
        began = time.monotonic()
        rig = Rig(asked.binary, room)
        found = points(asked.binary, os.path.join(room, "counted"))
        if len(found) < 200:
            sys.exit(f"rig: only {len(found)} calls that write were seen; strace does not see them here")
        chosen = choose(found, asked.points, int(asked.offset[:12], 16))
        print(f"{len(found)} calls that write; killing at {len(chosen)} of them", flush=True)
        controls = rig.controls(found[len(found) // 2])
        failed, slowest, acked = 0, 0.0, 0
        with ThreadPoolExecutor(asked.side_by_side) as pool:
            for point, outcome in zip(chosen, pool.map(rig.point, range(len(chosen)), chosen)):
                answered, first, wrong = outcome
                acked, slowest = acked + answered, max(slowest, first)
                if wrong:
                    failed += 1
                    print(f"FAILED at {point}: " + "\n  ".join(wrong[:5]), flush=True)
        for name, noticed in controls.items():
            print(f"control, {name}: {'noticed' if noticed else 'NOT NOTICED'}")
        print(f"{len(chosen)} kills, {acked} answers given before them, {failed} failed; "
              f"first answer after a start within {slowest:.2f} s; {time.monotonic() - began:.0f} s")
        sys.exit(0 if failed == 0 and all(controls.values()) else 1)


if __name__ == "__main__":
    main()
