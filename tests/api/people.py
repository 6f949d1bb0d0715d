"""A site that runs in a folder of its own, and the people of its demo with tokens."""

import base64
import hashlib
import hmac
import http.cookiejar
import json
import re
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

ADDRESSES = {"client": "clara@demo.example", "expert": "emil@demo.example", "operator": "olga@demo.example"}
# How long a start may take on a machine that is busy.
PASSWORD = "three plain words"
PATIENCE_SECONDS = 120


class Site:
    """`earnest serve --demo`, ended with the block that began it."""

    def __init__(self, binary):
        self.binary = binary

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="earnest-api-")
        self.log = open(f"{self.folder.name}/log", "w+")
        command = [self.binary, "serve", "--demo", "--listen", "127.0.0.1:0"]
        self.process = subprocess.Popen(
            command, cwd=self.folder.name, stdout=subprocess.PIPE, stderr=self.log, text=True
        )
        self.url = None
        for line in self.process.stdout:
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
            if found:
                self.url = found.group()
                break
        if not self.url:
            raise SystemExit(f"the site did not start:\n{self.said()}")
        return self

    def said(self):
        self.log.flush()
        with open(self.log.name) as log:
            return log.read()[-4000:]

    def errors(self):
        """The errors that the site logged, from its start on."""
        self.log.flush()
        with open(self.log.name) as log:
            return [line.rstrip() for line in log if " ERROR " in line]

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        self.folder.cleanup()

    def ask(self, path, token="", body=None):
        """A document; a POST where a body is sent."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def wait_for_the_past(self):
        """The demo is whole when its contracts are there."""
        token = self.token("client")
        until = time.monotonic() + PATIENCE_SECONDS
        before = -1
        while time.monotonic() < until:
            there = len(self.ask("/api/v1/contracts?limit=100", token)["items"])
            if there and there == before:
                return
            before = there
            time.sleep(2)
        raise SystemExit(f"the demo has no contracts after {PATIENCE_SECONDS} s:\n{self.said()}")

    def browser(self, role):
        """Comes in as one of the demo's people; what sends forms for them."""
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        browser = urllib.request.build_opener(jar)

        def send(path, **form):
            body = urllib.parse.urlencode(form).encode()
            request = urllib.request.Request(self.url + path, data=body, headers={"Sec-Fetch-Site": "same-origin"})
            with browser.open(request, timeout=60) as answer:
                return answer.read().decode()

        send(f"/demo/sign-in/{ADDRESSES[role]}")
        return send

    def token(self, role):
        """As a browser would: comes in as one of the demo's people and makes a token on their page."""
        found = re.search(r"earnest_[0-9A-Za-z_-]{20,}", self.browser(role)("/me/tokens", label="test of the API"))
        if not found:
            raise SystemExit(f"no token was made for the {role}")
        return found.group()

    def set_password(self, role):
        """Programs set up a second factor with a password alone."""
        self.browser(role)("/me/password", password=PASSWORD)

    def set_up_second_factor(self, token):
        """Gives a person a second factor, proved with this token for a while; its key."""
        key = self.ask("/api/v1/me/second-factor", token, {"password": PASSWORD})["key"]
        self.ask("/api/v1/me/second-factor/confirm", token, {"code": code(key)})
        return key


def code(key):
    """Six digits every thirty seconds, as an app on a phone makes them (RFC 6238)."""
    secret = base64.b32decode(key.replace(" ", "").upper() + "=" * (-len(key) % 8))
    digest = hmac.new(secret, int(time.time() // 30).to_bytes(8, "big"), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at : at + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"
