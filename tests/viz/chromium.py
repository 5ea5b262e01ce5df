"""A browser without a window, for tests: a tab of Chromium, driven over the DevTools protocol.

Chromium reads commands from its file descriptor 3 and answers on 4, JSON with a zero byte behind
each message. That needs no package and no port.
"""

import base64
import itertools
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time

#: A program that gives the two pipes the numbers that Chromium expects, and becomes Chromium.
START = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3]]
os.dup2(ends[0], 3)
os.dup2(ends[1], 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PROGRAM = next(filter(None, map(shutil.which, NAMES)), None) if os.name == "posix" else None
TIME_LIMIT = 60  # seconds, for one answer


class Browser:
    """A running Chromium; a context manager that ends it."""

    def __init__(self):
        self.profile = tempfile.TemporaryDirectory(
            prefix="chalkgrad-chromium-", ignore_cleanup_errors=True
        )
        command_end, self.commands = os.pipe()
        self.answers, answer_end = os.pipe()
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-c", START, str(command_end), str(answer_end), PROGRAM),
                *("--headless", "--remote-debugging-pipe", "--disable-gpu", "--no-first-run"),
                *("--disable-dev-shm-usage", "--disable-background-networking"),
                *(["--no-sandbox"] if os.geteuid() == 0 else []),
                *(f"--user-data-dir={self.profile.name}", "about:blank"),
            ],
            pass_fds=(command_end, answer_end),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(command_end)
        os.close(answer_end)
        self.numbers = itertools.count(1)
        self.unread = b""
        self.events = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(TIME_LIMIT)
        os.close(self.commands)
        os.close(self.answers)
        self.profile.cleanup()

    def call(self, method, session=None, **parameters):
        """The answer to a command; events that come before it are kept."""
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.message()
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def message(self):
        """The next message from the browser."""
        end = time.monotonic() + TIME_LIMIT
        while b"\0" not in self.unread:
            if not select.select([self.answers], [], [], max(0, end - time.monotonic()))[0]:
                raise TimeoutError(f"Chromium has not answered within {TIME_LIMIT} s")
            chunk = os.read(self.answers, 1 << 20)
            if not chunk:
                raise RuntimeError(f"Chromium ended with status {self.process.wait()}")
            self.unread += chunk
        text, _, self.unread = self.unread.partition(b"\0")
        return json.loads(text)


class Tab:
    """A tab of a browser, which shows one page after the other."""

    def __init__(self, browser):
        self.browser = browser
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        attached = browser.call("Target.attachToTarget", targetId=target, flatten=True)
        self.session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def show(self, path, *, width=1280, dark=False, calm=False, scripts=True):
        """Load a page.

        Args:
            path: the file.
            width: of the window, in pixels.
            dark, calm: what the page is told of the user's preferences: dark colours, little
                motion.
            scripts: whether JavaScript is switched on.
        """
        self.resize(width)
        features = [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce" if calm else "no-preference"},
        ]
        self.call("Emulation.setEmulatedMedia", media="", features=features)
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.browser.events.clear()
        self.call("Page.navigate", url=path.as_uri())
        self.wait_for("Page.loadEventFired")

    def call(self, method, **parameters):
        """The answer to a command to this tab."""
        return self.browser.call(method, session=self.session, **parameters)

    def wait_for(self, method):
        """Read messages until this event has come."""
        while not self.said(method):
            self.browser.events.append(self.browser.message())

    def said(self, method):
        """The events of a kind that have come to this tab."""
        return [
            event["params"]
            for event in self.browser.events
            if event.get("sessionId") == self.session and event["method"] == method
        ]

    def complaints(self):
        """All that the page wrote to the console, errors and refused requests."""
        logged = [entry["entry"]["text"] for entry in self.said("Log.entryAdded")]
        thrown = [
            event["exceptionDetails"].get("exception", {}).get("description", "")
            for event in self.said("Runtime.exceptionThrown")
        ]
        return logged + thrown + [str(x) for x in self.said("Runtime.consoleAPICalled")]

    def requests(self):
        """The addresses that the page asked for, but for itself and what it holds in itself."""
        asked = [event["request"]["url"] for event in self.said("Network.requestWillBeSent")]
        return [url for url in asked[1:] if not url.startswith("data:")]

    def resize(self, width, height=900):
        """Give the window another size, in pixels."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 500,
        )

    def run(self, expression):
        """The value of a JavaScript expression."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["exception"]["description"])
        return answer["result"].get("value")

    def press(self, key, text="", modifiers=0):
        """Press a key as a user does, where the focus is."""
        codes = {"ArrowLeft": 37, "ArrowRight": 39, "Home": 36, "End": 35, "Tab": 9, "Enter": 13}
        code = codes.get(key) or ord(key.upper())
        given = {"key": key, "code": key, "windowsVirtualKeyCode": code, "modifiers": modifiers}
        text = text or {"Enter": "\r", " ": " "}.get(key, "")
        self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **given)
        self.call("Input.dispatchKeyEvent", type="keyUp", **given)

    def write(self, selector, text):
        """Type a text into a field in the place of what is in it."""
        self.run(f"document.querySelector({json.dumps(selector)}).select()")
        self.run(f"document.querySelector({json.dumps(selector)}).focus()")
        self.call("Input.insertText", text=text)

    def text(self, selector):
        """The text of an element."""
        return self.run(f"document.querySelector({json.dumps(selector)}).textContent")

    def screenshot(self, path=None, whole=True):
        """The page, or what of it is in the window, as PNG."""
        picture = self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        data = base64.b64decode(picture["data"])
        if path:
            path.write_bytes(data)
        return data

    def printed(self):
        """The page as PDF, as it is printed."""
        return base64.b64decode(self.call("Page.printToPDF")["data"])
