"""A disk that fails, and one that is full.

Failing: strace lets calls on the log or the database file fail with EIO, always, at every 10th, every 100th, or once.
After a failed write or flush of the log nothing more may be acknowledged, the process ends with status 1 and one line,
and the next start finds every acknowledged operation. Full: operations are refused, reading goes on, and the same
process works again once there is space. The negative control lets a failed flush look like a good one to the checks.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

import books
import kill_points
import power_cut

INJECTED = "(INJECTED)"
PLACES = [("earnest.db-wal", "fsync"), ("earnest.db-wal", "pwrite64"), ("earnest.db", "pwrite64")]
ANSWERED = re.compile(r'write\(1, "\{\\"line\\":\d+,\\"key\\":\\"[^"]*\\",\\"ok\\"')


class Failing:
    def __init__(self, rig):
        self.rig, self.number = rig, 0

    def case(self, file, call, when):
        """One run in which calls fail; what is wrong with how it ended, and how many were answered."""
        self.number += 1
        folder = tempfile.mkdtemp(dir=self.rig.room)
        answers, log = os.path.join(self.rig.room, "answers"), os.path.join(self.rig.room, "log")
        tracer = ["strace", "-f", "-qq", "-s", "300", "-o", log, "-P", os.path.join(folder, file), "-P", answers,
                  "-e", f"trace=write,{call}", "-e", f"inject={call}:error=EIO:when={when}"]
        command = [*tracer, self.rig.binary, "act", kill_points.SCRIPT, "--data", folder, "--seed", "1"]
        with open(answers, "w") as out:
            ran = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, text=True, timeout=120)
        with open(answers) as file_of_answers:
            given = [json.loads(line) for line in file_of_answers if line.endswith("\n")]
        acked = {answer["line"]: answer for answer in given if "ok" in answer}
        with open(log) as lines:
            failures, late = answered_after_a_failure(lines)
        wrong = []
        if failures == 0:
            wrong.append("no call failed, so nothing was tried")
        elif file.endswith("-wal"):
            said = ran.stderr.strip().splitlines()
            if ran.returncode != 1 or len(said) != 1:
                wrong.append(f"it ended with {ran.returncode} and said {said}")
            if late:
                wrong.append(f"ACKNOWLEDGED WITHOUT DURABILITY: {late[0]}")
        _, unlike = self.rig.again(folder, acked, 1_000 + self.number)
        return len(acked), wrong + unlike


def answered_after_a_failure(lines):
    """How many calls failed, and the answers of accepted operations that were given after the first of them."""
    failures, late = 0, []
    for line in lines:
        failures += INJECTED in line
        if failures and ANSWERED.search(line):
            late.append(line.strip())
    return failures, late


def control():
    """The check must notice an answer after a failed flush."""
    planted = [
        '7 fsync(3) = -1 EIO (Input/output error) (INJECTED)',
        r'7 write(1, "{\"line\":9,\"key\":\"k9\",\"ok\":{}", 40) = 40',
    ]
    return answered_after_a_failure(planted) == (1, [planted[1]])


def moments(counted, place):
    """When calls fail: always, every 10th and every 100th from some moment on, and once at several places."""
    last = max((count for file, call, count in counted if (file, call) == place), default=0)
    if last < 20:
        sys.exit(f"rig: only {last} calls of {place} were seen")
    at = lambda share: max(1, last * share // 100)
    return ["1+", f"{at(5)}+10", f"{at(12)}+100", *(str(at(share)) for share in (1, 8, 30, 60, 95))]


def failing(binary, room):
    rig = kill_points.Rig(binary, room)
    cases = Failing(rig)
    failed = 0
    counted = kill_points.points(binary, os.path.join(room, "counted"))
    plan = {place: moments(counted, place) for place in PLACES}
    for (file, call), times in plan.items():
        for when in times:
            acked, wrong = cases.case(file, call, when)
            failed += bool(wrong)
            print(f"{call} on {file} fails at {when}: {acked} acknowledged, {wrong[:3] or 'as it must'}", flush=True)
    return failed


class Talk:
    """A process that answers one line at a time."""

    def __init__(self, binary, folder):
        self.process = subprocess.Popen([binary, "act", "-", "--data", folder], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def say(self, line):
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def end(self):
        self.process.stdin.close()
        return self.process.wait(30), self.process.stderr.read()


def full(binary, room):
    """Fills a small file system under a running process, and gives the space back."""
    folder, ballast = os.path.join(room, "small"), os.path.join(room, "small", "ballast")
    os.mkdir(folder)
    power_cut.run("mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", folder)
    try:
        return on_a_full_disk(binary, room, folder, ballast)
    finally:
        power_cut.run("umount", folder)


def on_a_full_disk(binary, room, folder, ballast):
    script = os.path.join(room, "prepare.jsonl")
    power_cut.write_lines(script, power_cut.preparation())
    answers = [json.loads(line) for line in power_cut.run(binary, "act", script, "--data", folder).splitlines()]
    ids = [answer["ok"]["contract"] for answer in answers if (answer["key"] or "").startswith("$")]
    free = os.statvfs(folder)
    with open(ballast, "wb") as file:
        file.write(bytes(free.f_bavail * free.f_frsize - 1_000_000))
    talk, acked, wrong, refused = Talk(binary, folder), {}, [], None
    for line in power_cut.load(ids):
        answer = talk.say(line)
        if "ok" not in answer:
            refused = (line, answer)
            break
        acked[line["key"]] = answer["ok"]["event"]
    if refused is None or refused[1]["refused"]["code"] != "unavailable":
        return [f"a full disk was answered with {refused}"]
    shown = talk.say({"do": "show", "contract": ids[0]})
    if "ok" not in shown:
        wrong.append(f"reading does not go on: {shown}")
    os.remove(ballast)
    again = talk.say(refused[0])
    if "ok" not in again or again["replayed"]:
        wrong.append(f"with space again the same operation was answered {again}")
    else:
        acked[refused[0]["key"]] = again["ok"]["event"]
    status, said = talk.end()
    if status != 0:
        wrong.append(f"it ended with {status}: {said}")
    database = os.path.join(folder, "earnest.db")
    kept = books.answered(database)
    lost = [key for key, event in acked.items() if kept.get(key) != event]
    more = [key for key in kept if key.startswith("r") and key not in acked]
    if lost or more:
        wrong.append(f"lost: {lost[:3]}, kept without an answer: {more[:3]}")
    print(f"full: {len(acked)} acknowledged, then \"{refused[1]['refused']['sentence']}\"", flush=True)
    return wrong + books.faults(database) + books.verified(binary, folder)


def main():
    parser = argparse.ArgumentParser(prog="rig disk-errors", description=__doc__)
    parser.add_argument("--binary", required=True)
    asked = parser.parse_args()
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory, prefix="earnest-rig-") as room:
        noticed = control()
        failed = failing(asked.binary, room)
        wrong = full(asked.binary, room)
        print(f"full disk: {wrong or 'refused, nothing half done, works again'}")
        print(f"control, an answer after a failed flush: {'noticed' if noticed else 'NOT NOTICED'}")
        sys.exit(0 if failed == 0 and not wrong and noticed else 1)


if __name__ == "__main__":
    main()
