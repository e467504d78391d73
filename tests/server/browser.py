# SPDX-License-Identifier: GPL-3.0-or-later
"""A headless Chromium of its own for a test, driven by its DevTools protocol."""
import asyncio
import base64
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import urllib.request

import websockets

PROGRAM = shutil.which("chromium") or shutil.which("chromium-headless-shell")
KEYS = {"Tab": 9, "Enter": 13, "Space": 32}


class Browser:
    """One page; an asynchronous context manager."""

    def __init__(self, *options):
        self.options = options

    async def __aenter__(self):
        self.place = tempfile.mkdtemp(prefix="boson-browser-")
        self.process = subprocess.Popen(
            [PROGRAM, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--ignore-certificate-errors", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--hide-scrollbars", "--remote-debugging-port=0",
             f"--user-data-dir={self.place}", *self.options, "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        port = await self.until(self.port, "the browser")
        pages = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=10))
        address = next(page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page")
        self.line = await websockets.connect(address, max_size=None)
        self.ids = itertools.count(1)
        self.waiting = {}
        self.events = []
        self.reader = asyncio.create_task(self.read())
        for domain in ("Page", "Runtime", "Log", "Network"):
            await self.call(domain + ".enable")
        return self

    async def __aexit__(self, *_):
        self.reader.cancel()
        await self.line.close()
        self.process.terminate()
        self.process.wait(timeout=20)
        shutil.rmtree(self.place, ignore_errors=True)

    def port(self):
        try:
            with open(os.path.join(self.place, "DevToolsActivePort"), encoding="ascii") as file:
                return file.readline().strip()
        except FileNotFoundError:
            return None

    async def until(self, condition, what, seconds=30):
        end = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < end:
            value = condition()
            if asyncio.iscoroutine(value):
                value = await value
            if value:
                return value
            await asyncio.sleep(0.05)
        raise AssertionError("timed out waiting for " + what)

    async def read(self):
        async for text in self.line:
            message = json.loads(text)
            if "id" in message:
                answer = self.waiting.pop(message["id"])
                if not answer.done():  # else nobody waits for it any more
                    answer.set_result(message)
            else:
                self.events.append(message)

    async def call(self, method, **params):
        number = next(self.ids)
        answer = self.waiting[number] = asyncio.get_running_loop().create_future()
        await self.line.send(json.dumps({"id": number, "method": method, "params": params}))
        message = await asyncio.wait_for(answer, 30)
        if "error" in message:
            raise AssertionError(f"{method}: {message['error']}")
        return message["result"]

    async def ask(self, expression):
        """The value of an expression in the page."""
        answer = await self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            raise AssertionError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    async def loading(self, action):
        """Does what leads to another document, and waits until that is there."""
        await self.ask("window.before = true")
        await action
        async def there():
            try:
                return await asyncio.wait_for(
                    self.ask("!window.before && document.readyState === 'complete'"), 2)
            except (AssertionError, asyncio.TimeoutError):  # between two documents nobody may answer
                return False
        await self.until(there, "another document")

    async def go(self, url):
        await self.loading(self.call("Page.navigate", url=url))

    async def key(self, name):
        text = {"Enter": "\r", "Space": " "}.get(name)
        fields = {"key": " " if name == "Space" else name, "code": name, "windowsVirtualKeyCode": KEYS[name]}
        await self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown",
                        **fields, **({"text": text} if text else {}))
        await self.call("Input.dispatchKeyEvent", type="keyUp", **fields)

    async def focus_on(self, identifier):
        """What has the focus by itself gets it with the first frame, which may come after the document."""
        await self.until(lambda: self.ask(f"document.activeElement.id === '{identifier}'"),
                         f"the focus on {identifier}")

    async def type(self, text):
        await self.call("Input.insertText", text=text)

    async def tab_to(self, what, most=80):
        """Presses Tab until the element for which `what`, of JavaScript, holds has the focus."""
        for _ in range(most):
            await self.key("Tab")
            if await self.ask(f"(e => {what})(document.activeElement)"):
                return
        raise AssertionError("the keyboard does not reach " + what)

    async def look(self, width, height, dark=False, language=None):
        await self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                        deviceScaleFactor=1, mobile=width < 700)
        await self.call("Emulation.setEmulatedMedia",
                        features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        if language:
            await self.call("Network.setExtraHTTPHeaders", headers={"Accept-Language": language})

    async def picture(self, path):
        shot = await self.call("Page.captureScreenshot", captureBeyondViewport=True)
        with open(path, "wb") as file:
            file.write(base64.b64decode(shot["data"]))

    def complaints(self):
        """What the browser's console was told, a refused script or style above all."""
        return [event["params"]["entry"]["text"] for event in self.events
                if event["method"] == "Log.entryAdded" and event["params"]["entry"]["level"] == "error"]
