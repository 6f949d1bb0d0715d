"""The load of bench/mixed.sh: eight programs that each do one thing after the other for so many minutes.

  mixed.py SITE WORK PID MINUTES
"""

import http.client
import json
import random
import re
import statistics
import sys
import threading
import time
import urllib.parse
from email import message_from_bytes, policy
from pathlib import Path

SITE, WORK, PID, MINUTES = sys.argv[1], Path(sys.argv[2]), sys.argv[3], float(sys.argv[4])
HOST = SITE.removeprefix("http://")
END = time.monotonic() + 60 * MINUTES
WORDS = "python rust go services banks insurers node.js react forecasts c++ zig data overnight museums".split()


def resident():
    for line in Path(f"/proc/{PID}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


class Browser:
    """One connection with its cookies, from an address of its own as behind a proxy."""

    def __init__(self, number):
        self.connection, self.cookies, self.failed, self.asked = http.client.HTTPConnection(HOST), {}, 0, 0
        self.address = f"192.0.2.{number + 1}"

    def ask(self, path, form=None):
        headers = {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        headers["x-forwarded-for"] = self.address
        body = None
        if form is not None:
            body = urllib.parse.urlencode(form)
            headers |= {"content-type": "application/x-www-form-urlencoded", "origin": SITE}
        self.connection.request("GET" if form is None else "POST", path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.split(";")[0]
        self.asked += 1
        if answer.status >= 400:
            self.failed += 1
        return answer, text

    def come_in(self, email):
        """By the link in the letter, which is a file here."""
        self.ask("/sign-in", {"email": email})
        for _ in range(100):
            for letter in (WORK / "data" / "mail").glob("*.eml"):
                read = message_from_bytes(letter.read_bytes(), policy=policy.default)
                found = re.search(r"/sign-in/(\w+)", read.get_body(("plain",)).get_content())
                if email in read["to"] and found:
                    letter.unlink()
                    path = f"/sign-in/{found[1]}"
                    _, page = self.ask(path)
                    name = {"name": "Somebody"} if 'name="name"' in page else {}
                    answer, _ = self.ask(path, name)
                    assert answer.status == 303, (answer.status, email)
                    return
            time.sleep(0.1)
        raise SystemExit(f"no letter came to {email}")


def searching(browser, chance, end=END):
    while time.monotonic() < end:
        query = {"q": " ".join(chance.sample(WORDS, chance.randint(1, 2)))}
        _, page = browser.ask("/experts?" + urllib.parse.urlencode(query))
        found = re.findall(r'<h3><a href="(/experts/per_\w+)"', page)
        if found:
            browser.ask(chance.choice(found))


def at_work(browser, chance, end=END):
    while time.monotonic() < end:
        browser.ask("/me")
        _, page = browser.ask("/contracts")
        found = re.findall(r'href="(/contracts/con_\w+)"', page)
        if found:
            browser.ask(chance.choice(found))


def changing(browser, chance, end=END):
    while time.monotonic() < end:
        _, page = browser.ask("/me/expert-profile")
        hides = "/me/expert-profile/hide" in page
        browser.ask("/me/expert-profile/hide" if hides else "/me/expert-profile/show", {})
        time.sleep(0.2)


def main():
    browsers = []
    for number, work in enumerate([searching, searching, searching, at_work, at_work, at_work, changing, changing]):
        browser = Browser(number)
        if work is at_work:
            browser.come_in(f"client-{number - 3}@example.org")
        if work is changing:
            browser.come_in(f"expert-{number}@example.org")
        browsers.append((browser, work))
    threads = [
        threading.Thread(target=work, args=(browser, random.Random(number)))
        for number, (browser, work) in enumerate(browsers)
    ]
    for thread in threads:
        thread.start()
    time.sleep(min(60.0, 30 * MINUTES))
    early = resident()
    print(f"resident after {min(1.0, MINUTES / 2):.1f} minutes: {early:.1f} MiB", flush=True)
    for thread in threads:
        thread.join()
    asked, failed = (sum(getattr(browser, what) for browser, _ in browsers) for what in ("asked", "failed"))
    late = resident()
    print(f"resident after {MINUTES:.0f} minutes: {late:.1f} MiB ({late / early:.2f} times); {asked} requests, {failed} of them failed")
    told(0, "under load")
    before = len(lines())
    # The same three once more, each alone: what a person waits for where the machine is not full.
    for number in (3, 4, 5):
        browser, work = browsers[number]
        work(browser, random.Random(number), time.monotonic() + 10 * min(1.0, MINUTES))
    told(before, "alone")


def lines():
    return [line for line in (WORK / "site").read_text().splitlines() if line.startswith("{")]


def told(first, when):
    took = {}
    for line in lines()[first:]:
        entry = json.loads(line)
        fields = entry.get("fields", entry)
        if "took_us" in fields and fields.get("path"):
            path = re.sub(r"(con|per)_\w+", r"\1_…", fields["path"])
            took.setdefault(path, []).append(fields["took_us"] / 1000)
    for path, figures in sorted(took.items()):
        if len(figures) >= 50:
            figures.sort()
            middle, late = statistics.median(figures), figures[len(figures) * 99 // 100]
            print(f"{when:10} {path:26} {len(figures):7} answers: p50 {middle:7.2f} ms, p99 {late:7.2f} ms on the server")


main()
