"""Debian's Chromium as the phone's browser, driven by its DevTools protocol over two pipes."""
import contextlib
import json
import os
import pathlib
import select
import shutil
import subprocess
import tempfile
import time

from .cases import Skip
from .net import sh

FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage", "--no-default-browser-check", "--no-proxy-server",
         "--disable-extensions", "--remote-debugging-pipe", "--password-store=basic")
PATIENCE = 20.0


def program():
    return shutil.which("chromium")


class Browser:
    """One Chromium with an empty profile, on a host of the lab; None: on this machine."""

    def __init__(self, host=None, language="en-US", dark=False, size=(360, 740), mobile=True,
                 ca_file=None):
        if not program():
            raise Skip("chromium is not installed")
        self.folder = tempfile.mkdtemp(prefix="mqtt-lab-browser-")
        if ca_file:
            self.trust(ca_file)
        self.answers = {}
        self.events = []
        self.number = 0
        self.rest = b""
        ours, theirs = os.pipe(), os.pipe()
        script = f'exec "$@" 3<&{ours[0]} 4>&{theirs[1]}'
        words = ["bash", "-c", script, "bash", program(), *FLAGS, f"--user-data-dir={self.folder}",
                 f"--lang={language}", f"--accept-lang={language}",
                 f"--window-size={size[0]},{size[1]}", "about:blank"]
        command = host.command(*words) if host else words
        self.log = open(os.path.join(self.folder, "log"), "wb")
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            pass_fds=(ours[0], theirs[1]), start_new_session=True,
            env={"PATH": os.environ["PATH"], "HOME": self.folder, "LANG": "C.UTF-8",
                 "LANGUAGE": language.replace("-", "_")})
        os.close(ours[0])
        os.close(theirs[1])
        self.to, self.back = ours[1], theirs[0]
        try:
            pages = self.call("Target.getTargets")["targetInfos"]
            page = next(each for each in pages if each["type"] == "page")
            self.page = page["targetId"]
            self.session = self.call("Target.attachToTarget", targetId=self.page,
                                     flatten=True)["sessionId"]
            for domain in ("Page", "Runtime", "Network", "Log"):
                self.send(f"{domain}.enable")
            self.send("Emulation.setDeviceMetricsOverride", width=size[0], height=size[1],
                      deviceScaleFactor=1, mobile=mobile)
            self.send("Emulation.setEmulatedMedia", features=[
                {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
            self.send("Emulation.setLocaleOverride", locale=language)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # ---- the protocol ----------------------------------------------------------------------------

    def send(self, method, **parameters):
        return self.call(method, session=self.session, **parameters)

    def trust(self, ca_file):
        """An authority a person has installed on the phone."""
        if not shutil.which("certutil"):
            raise Skip("certutil (libnss3-tools) is not installed")
        store = os.path.join(self.folder, ".pki", "nssdb")
        os.makedirs(store)
        for words in (("-N", "--empty-password"), ("-A", "-t", "C,,", "-n", "lab", "-i", ca_file)):
            sh("certutil", "-d", f"sql:{store}", *words)

    def call(self, method, session=None, patience=PATIENCE, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        number = self.number
        end = time.monotonic() + patience
        while number not in self.answers:
            self.read(end - time.monotonic())
        answer = self.answers.pop(number)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def read(self, patience):
        """What the browser says, as far as it has come; waits for something to come."""
        ready, _, _ = select.select([self.back], [], [], max(0, patience))
        if not ready:
            raise TimeoutError("the browser does not answer: " + self.words())
        data = os.read(self.back, 1 << 16)
        if not data:
            raise RuntimeError("the browser has ended: " + self.words())
        *whole, self.rest = (self.rest + data).split(b"\0")
        for text in whole:
            message = json.loads(text)
            if "id" in message:
                self.answers[message["id"]] = message
            else:
                self.events.append(message)

    def words(self):
        return pathlib.Path(self.log.name).read_text(errors="replace")[-600:]

    # ---- a person's hands and eyes -----------------------------------------------------------------

    def visit(self, url, patience=PATIENCE):
        """Whether a page came in time. What came to nothing says why in `error`."""
        try:
            told = self.call("Page.navigate", session=self.session, patience=patience, url=url)
        except TimeoutError:
            self.send("Page.stopLoading")
            self.error = "timeout"
            return False
        self.error = told.get("errorText", "")
        return not self.error

    def evaluate(self, script):
        answer = self.send("Runtime.evaluate", expression=script, returnByValue=True,
                           awaitPromise=True, userGesture=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def until(self, script, patience=PATIENCE):
        end = time.monotonic() + patience
        while time.monotonic() < end:
            with contextlib.suppress(RuntimeError):  # its subject is not there yet
                if value := self.evaluate(script):
                    return value
            time.sleep(0.1)
        raise RuntimeError(f"the page never came to {script}: {self.text()}")

    def text(self):
        return self.evaluate("document.body.innerText")

    def type(self, element, text):
        self.evaluate(f"document.getElementById({json.dumps(element)}).focus()")
        self.send("Input.insertText", text=text)

    def press(self, element):
        self.evaluate(f"document.getElementById({json.dumps(element)}).click()")

    @contextlib.contextmanager
    def hidden(self):
        """As with the screen off: another page is in front of this one."""
        other = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.call("Target.activateTarget", targetId=other)
        try:
            self.until("document.visibilityState === 'hidden'", 5)
            yield
        finally:
            self.call("Target.closeTarget", targetId=other)
            self.call("Target.activateTarget", targetId=self.page)

    def picture(self, path):
        import base64
        height = self.evaluate("document.documentElement.scrollHeight")
        width = self.evaluate("innerWidth")
        data = self.send("Page.captureScreenshot", captureBeyondViewport=True,
                         clip={"x": 0, "y": 0, "width": width, "height": height, "scale": 1})
        pathlib.Path(path).write_bytes(base64.b64decode(data["data"]))

    def complaints(self):
        """What the browser holds against the page: errors of scripts, and of the policy."""
        with contextlib.suppress(RuntimeError):
            self.evaluate("0")
        found = []
        for event in self.events:
            if event["method"] == "Runtime.exceptionThrown":
                found.append(event["params"]["exceptionDetails"].get("exception", {})
                             .get("description", "exception"))
            elif event["method"] == "Log.entryAdded":
                entry = event["params"]["entry"]
                if entry["source"] in ("security", "violation", "javascript"):
                    found.append(entry["text"])
        return found

    def close(self):
        with contextlib.suppress(OSError):
            os.killpg(self.process.pid, 9)
        self.process.wait()
        for end in (self.to, self.back):
            os.close(end)
        self.log.close()
        for _ in range(20):  # the browser's children may still write
            shutil.rmtree(self.folder, ignore_errors=True)
            if not os.path.exists(self.folder):
                break
            time.sleep(0.05)
