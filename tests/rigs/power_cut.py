"""Cuts the power of a disk whose cache forgets, under load, and asks whether every acknowledged operation is there.

`earnest act --at-once 64` writes to ext4 on a loop device on nbdfuse on nbdkit; its answers go to a file elsewhere.
kill -9 of nbdkit is the cut. Every other cut comes in the middle of a burst of writes, and a random part of the unflushed
sectors reaches the disk all the same. Two negative controls must lose something: eatmydata, and SQLite with synchronous = NORMAL.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import books
import sandbox
from volatile_notes import left_over

CLIENT, EXPERT, OFFICE = (f"per_01kg000000e00800000000000{number}" for number in (1, 2, 3))
CONTRACTS, OPERATIONS = 48, 60_000
sandbox.configured()
SIZE = 256 << 20


def run(*command, **more):
    return subprocess.run(command, check=True, capture_output=True, text=True, **more).stdout.strip()


def money(amount):
    return {"amount_minor": amount, "currency": "USD"}


def person(who):
    return {"actor": "person", "id": who}


def offer(number):
    fee = {"basis_points": 0, "fixed_minor": 0, "tax_basis_points": 0}
    terms = {
        "client_fee": fee, "expert_fee": {**fee, "basis_points": 1000}, "tax_jurisdiction": "de", "clearance_days": 5,
        "liability": "operator", "dispute_fee_minor": 0, "second_operator_above_minor": 100_000,
    }
    plan = {
        "title": "Work", "deliverable": "d", "acceptance": ["one"], "price_minor": 10_000_000, "due_on": "2026-12-20",
        "inspection_days": 7, "rounds": 2, "revision_days": 14,
    }
    return {"process": 1, "client": CLIENT, "expert": EXPERT, "currency": "USD", "terms": terms,
            "milestones": [[milestone(number), plan]]}


def milestone(number):
    return f"mst_01kg000000e00800000000{number + 1000:04d}"


def preparation():
    yield {"at": "2026-12-01T10:00:00Z", "do": "onboard", "person": EXPERT}
    for number in range(CONTRACTS):
        name = f"$c{number}"
        command = lambda who, word, **more: {
            "key": f"p{number}-{word}-{who.get('id', 'psp')[-1]}", "actor": who, "contract": name,
            "command": {"command": word, **more},
        }
        yield {"as": name[1:], "key": name, "actor": {"actor": "operator", "id": OFFICE}, "offer": offer(number)}
        yield command(person(CLIENT), "sign", sha256=f"{name}/sha256")
        yield command(person(EXPERT), "sign", sha256=f"{name}/sha256")
        yield command(person(CLIENT), "fund", milestone=milestone(number), provider="sandbox", method="card")
        yield command({"actor": "provider", "name": "sandbox"}, "captured", payment=f"{name}/payments/0/id",
                      amount=money(10_000_000), fee=money(100), receipt=f"txn_{number}")
        yield command(person(EXPERT), "start", milestone=milestone(number))


def load(ids):
    """Small partial releases, in turn on every contract."""
    for number in range(OPERATIONS):
        at = number % CONTRACTS
        yield {"key": f"r{number}", "actor": person(CLIENT), "contract": ids[at],
               "command": {"command": "release", "milestone": milestone(at), "amount": money(10 + number % 7)}}


def write_lines(path, lines):
    with open(path, "w") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)


class Rig:
    def __init__(self, binary, room, dice):
        self.binary, self.room, self.dice = binary, room, dice
        self.template = os.path.join(room, "template.img")
        self.script = os.path.join(room, "load.jsonl")
        self.mounted = os.path.join(room, "disk")
        os.mkdir(self.mounted)
        self.prepare()

    def prepare(self):
        """One image with contracts that hold money; every cut begins with a copy of it."""
        folder, script = os.path.join(self.room, "data"), os.path.join(self.room, "prepare.jsonl")
        write_lines(script, preparation())
        answers = [json.loads(line) for line in run(self.binary, "act", script, "--data", folder).splitlines()]
        refused = [answer for answer in answers if "refused" in answer]
        if refused:
            sys.exit(f"rig: the preparation was refused: {refused[0]}")
        ids = [answer["ok"]["contract"] for answer in answers if (answer["key"] or "").startswith("$")]
        write_lines(self.script, load(ids))
        with open(self.template, "wb") as image:
            image.truncate(SIZE)
        run("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", "-d", folder, self.template)

    def cut(self, kind, prefix=(), environment=None):
        """One cut; what was lost or broken by it, with how much was acknowledged and how much reached the disk late."""
        image, notes = os.path.join(self.room, "disk.img"), os.path.join(self.room, "notes")
        shutil.copyfile(self.template, image)
        acked = self.until_the_cut((image, notes), kind, prefix, environment)
        late = left_over(image, notes, self.dice) if kind == "part" else 0
        loop = run("losetup", "-f", "--show", image)
        try:
            run("mount", "-t", "ext4", loop, self.mounted)
            wrong = self.look(acked)
        except subprocess.CalledProcessError as error:
            wrong = [f"the file system cannot be mounted: {error.stderr}"]
        finally:
            self.let_go(loop)
        return len(acked), late, wrong

    def until_the_cut(self, files, kind, prefix, environment):
        socket, pid = os.path.join(self.room, "nbd"), os.path.join(self.room, "nbd.pid")
        device, answers = os.path.join(self.room, "device"), os.path.join(self.room, "answers.jsonl")
        plugin = os.path.join(os.path.dirname(__file__), "volatile_disk.py")
        with open(device, "w"):
            pass
        trip = os.path.join(self.room, "trip")
        for old in (socket, pid, trip):
            if os.path.exists(old):
                os.remove(old)
        run("nbdkit", "-P", pid, "-U", socket, "python", plugin, f"image={files[0]}", f"notes={files[1]}",
            f"trip={trip}")
        fuse = subprocess.Popen(["nbdfuse", device, "--unix", socket], stderr=subprocess.DEVNULL)
        wait_until(lambda: os.path.getsize(device) == SIZE, "nbdfuse does not come up")
        loop = run("losetup", "-f", "--show", device)
        run("mount", "-t", "ext4", loop, self.mounted)
        with open(answers, "wb") as out:
            asked = [*prefix, self.binary, "act", self.script, "--data", self.mounted, "--at-once", "64"]
            act = subprocess.Popen(asked, stdout=out, stderr=subprocess.PIPE, env={**os.environ, **(environment or {})})
            wait_until(lambda: os.path.getsize(answers) > 0 or act.poll() is not None, "nothing is answered")
            time.sleep(self.dice.uniform(0.2, 2.5))
            with open(pid) as file:
                self.pull(int(file.read()), kind, trip)
            act.kill()
            _, said = act.communicate()
        subprocess.run(["umount", "-l", self.mounted], check=False, capture_output=True)
        subprocess.run(["losetup", "-d", loop], check=False, capture_output=True)
        subprocess.run(["fusermount3", "-uz", device], check=False, capture_output=True)
        fuse.wait(30)
        with open(answers) as file:
            lines = [json.loads(line) for line in file if line.endswith("\n")]
        acked = {line["key"]: line["ok"]["event"] for line in lines if "ok" in line}
        if not acked:
            sys.exit(f"rig: nothing was acknowledged before the cut: {said.decode()[-400:]}")
        return acked

    def pull(self, nbdkit, kind, trip):
        if kind == "part":
            with open(trip + "-", "w") as file:
                file.write(str(self.dice.randrange(60)))
            os.rename(trip + "-", trip)
        else:
            os.kill(nbdkit, signal.SIGKILL)
        wait_until(lambda: not os.path.exists(f"/proc/{nbdkit}"), "nbdkit does not die")
        time.sleep(0.2)

    def look(self, acked):
        database = os.path.join(self.mounted, "earnest.db")
        if not os.path.exists(database):
            return ["LOST: the database is not there"]
        try:
            wrong = books.faults(database)
            kept = books.answered(database)
        except books.sqlite3.DatabaseError as error:
            return [f"LOST: the database cannot be read: {error}"]
        lost = [key for key, event in acked.items() if kept.get(key) != event]
        if lost:
            wrong.append(f"LOST: {len(lost)} of {len(acked)} acknowledged operations")
        # It must also serve again: the first line of the load is new to it, or answered as before.
        with open(self.script) as script:
            first = script.readline()
        again = subprocess.run([self.binary, "act", "-", "--data", self.mounted], input=first, capture_output=True, text=True)
        if again.returncode != 0 or '"ok"' not in again.stdout:
            wrong.append(f"it does not serve again: {again.stdout}{again.stderr}")
        return wrong + books.verified(self.binary, self.mounted)

    def let_go(self, loop):
        subprocess.run(["umount", self.mounted], check=False, capture_output=True)
        subprocess.run(["losetup", "-d", loop], check=False, capture_output=True)

    def control(self, name, prefix=(), environment=None):
        """True as soon as a cut loses something: right after a checkpoint there is nothing to lose."""
        for _ in range(8):
            acked, _, wrong = self.cut("none", prefix, environment)
            print(f"control, {name}: {acked} acknowledged, {wrong[:2] or 'nothing lost'}", flush=True)
            if any(one.startswith(("LOST", "the file system")) for one in wrong):
                return True
        return False


def wait_until(true, otherwise):
    until = time.monotonic() + 30
    while not true():
        if time.monotonic() > until:
            sys.exit(f"rig: {otherwise}")
        time.sleep(0.01)


def main():
    parser = argparse.ArgumentParser(prog="rig power-cut", description=__doc__)
    parser.add_argument("cuts", nargs="?", type=int, default=20)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--binary", required=True)
    asked = parser.parse_args()
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="earnest-rig-") as room:
        rig = Rig(asked.binary, room, random.Random(seed))
        controls = [
            rig.control("eatmydata", prefix=["eatmydata"]),
            rig.control("synchronous = NORMAL", environment={"UNSAFE_SYNCHRONOUS": "NORMAL"}),
        ]
        failed, total = 0, 0
        for number in range(asked.cuts):
            acked, late, wrong = rig.cut("part" if number % 2 else "none")
            total, failed = total + acked, failed + bool(wrong)
            print(f"cut {number + 1}: {acked} acknowledged, {late} unflushed sectors reached the disk, "
                  f"{wrong[:3] or 'all there'}", flush=True)
    print(f"{asked.cuts} cuts, {total} acknowledged, {failed} failed; both controls lost something: {all(controls)}")
    sys.exit(0 if failed == 0 and all(controls) else 1)


if __name__ == "__main__":
    main()
