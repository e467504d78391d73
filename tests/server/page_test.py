# SPDX-License-Identifier: GPL-3.0-or-later
"""The operator's page at /admin: who may see and do what, what hostile names do to it, and that a
keyboard alone reaches everything in a real browser. HIGGS_PICTURES=DIR keeps pictures of it."""
import asyncio
import os
import re
import signal
import unittest
import urllib.parse
import uuid

import browser
from boson import DataDirCase, Node, Server, route_request, wait_for

TOKEN = "a-token-of-the-operator-1234"
PICTURES = os.environ.get("HIGGS_PICTURES")
NAUGHTY = "<script>alert(1)</script>\"'&"


class Visitor:
    """A browser's part without a browser: one cookie, and forms."""

    def __init__(self, server):
        self.server = server
        self.cookie = None

    def get(self, path, **headers):
        return self.server.get(path, headers={**({"Cookie": self.cookie} if self.cookie else {}), **headers})

    def post(self, action, fields, **headers):
        fields = urllib.parse.urlencode(fields)
        return self.server.request(
            "POST", "/admin/" + action, raw=fields,
            headers={"Content-Type": "application/x-www-form-urlencoded",
                     **({"Cookie": self.cookie} if self.cookie else {}), **headers})

    def sign_in(self, token=TOKEN):
        answer = self.post("sign-in", {"token": token})
        if answer.status == 303:
            self.cookie = answer.headers["Set-Cookie"].split(";")[0]
        return answer

    def word(self):
        return re.search(r'name="form" value="([^"]+)"', self.get("/admin").body.decode())[1]

    def do(self, action, **fields):
        return self.post(action, {"form": self.word(), **fields})


class PageTest(DataDirCase):
    def setUp(self):
        super().setUp()
        self.token_file = os.path.join(self.data, "admin.token")
        self.write(TOKEN)

    def write(self, token):
        with open(self.token_file, "w", encoding="ascii") as file:
            file.write(token + "\n")
        os.chmod(self.token_file, 0o600)

    def server(self, *options):
        return Server("--admin-token-file", self.token_file, *options, data=self.data)

    def test_it_is_off(self):
        with Server(data=self.data) as server:
            nothing = server.get("/nothing")
            for method, path in (("GET", "/admin"), ("GET", "/admin/nodes"), ("GET", "/admin/page.css"),
                                 ("POST", "/admin/sign-in"), ("DELETE", "/admin"), ("POST", "/admin/approve")):
                answer = server.request(method, path)
                self.assertEqual((answer.status, answer.code), (nothing.status, nothing.code), path)

    def test_a_short_token_is_none(self):
        self.write("short")
        self.assertIn("could be guessed", self.command("--admin-token-file", self.token_file, "--listen",
                                                       "127.0.0.1:0", code=2))

    def test_who_may(self):
        with self.server() as server:
            stranger = Visitor(server)
            self.assertIn("type=\"password\"", stranger.get("/admin").body.decode())
            for path in ("/admin/nodes", "/admin/keys", "/admin/sessions", "/admin/nothing"):
                answer = stranger.get(path)
                self.assertEqual((answer.status, answer.headers["Location"]), (303, "/admin"), path)
            for given in ("", "wrong", TOKEN[:-1], TOKEN + "x"):
                answer = stranger.sign_in(given)
                self.assertEqual((answer.status, answer.headers["Set-Cookie"]), (403, None), given)
            for bad in ("__Host-boson=", "__Host-boson=x", "boson=x", "=;;;", "__Host-boson"):
                self.assertEqual(stranger.get("/admin/nodes", Cookie=bad).status, 303, bad)
            operator = Visitor(server)
            answer = operator.sign_in()
            self.assertEqual(answer.status, 303)
            attributes = {part.strip() for part in answer.headers["Set-Cookie"].split(";")[1:]}
            self.assertEqual(attributes, {"Path=/", "Secure", "HttpOnly", "SameSite=Strict"})
            for path in ("/admin", "/admin/nodes", "/admin/keys", "/admin/sessions"):
                self.assertEqual(operator.get(path).status, 200, path)
            self.assertEqual(operator.get("/admin/nothing").status, 404)
            self.assertEqual(operator.do("sign-out").status, 303)
            self.assertEqual(operator.get("/admin/nodes").status, 303, "the cookie is good no more")
            self.assertNotIn(TOKEN, server.log_text())

    def test_headers(self):
        with self.server() as server:
            operator = Visitor(server)
            operator.sign_in()
            for path in ("/admin", "/admin/nodes", "/admin/page.css"):
                answer = operator.get(path)
                policy = answer.headers["Content-Security-Policy"]
                self.assertIn("default-src 'none'", policy)
                self.assertNotIn("unsafe", policy)
                self.assertNotIn("script-src", policy)
                self.assertEqual(answer.headers["Cache-Control"], "no-store")
                self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
                text = answer.body.decode()
                for never in ("<script", "style=\"", "onclick", "http://", "https://"):
                    self.assertNotIn(never, text, path)
            english, russian = (operator.get("/admin", **{"Accept-Language": wanted}) for wanted in ("en", "ru,en;q=0.5"))
            self.assertIn("Overview", english.body.decode())
            self.assertIn("Обзор", russian.body.decode())
            self.assertEqual(russian.headers["Content-Language"], "ru")

    def test_forms_of_others(self):
        with self.server("--node-access", "approve") as server:
            node = Node(server)
            node.register()
            operator = Visitor(server)
            operator.sign_in()
            other = Visitor(server)
            other.sign_in()
            self.assertEqual(operator.post("approve", {"nodeId": node.id}).status, 403)
            self.assertEqual(operator.post("approve", {"nodeId": node.id, "form": "x"}).status, 403)
            self.assertEqual(operator.post("approve", {"nodeId": node.id, "form": other.word()}).status, 403)
            word = operator.word()
            fields = {"nodeId": node.id, "form": word}
            for origin in ("https://evil.example", "null", f"http://127.0.0.1:{server.port}"):
                self.assertEqual(operator.post("approve", fields, Origin=origin).status, 403, origin)
            self.assertEqual(operator.post("sign-in", {"token": TOKEN}, Origin="https://evil.example").status, 403)
            as_json = server.post("/admin/approve", fields, headers={"Cookie": operator.cookie})
            self.assertEqual(as_json.status, 415)
            self.assertEqual(server.get("/admin/approve?" + urllib.parse.urlencode(fields),
                                        headers={"Cookie": operator.cookie}).status, 404)
            self.assertIn("pending", self.command("node", "list"))
            own = f"https://127.0.0.1:{server.port}"
            self.assertEqual(operator.post("approve", fields, Origin=own).status, 303, "control")
            self.assertNotIn("pending", self.command("node", "list"))

    def test_the_token_changes(self):
        with self.server() as server:
            operator = Visitor(server)
            operator.sign_in()
            self.write("another-token-of-the-operator")
            server.process.send_signal(signal.SIGHUP)
            wait_for(lambda: operator.get("/admin/nodes").status == 303, what="being signed out")
            self.assertEqual(operator.sign_in().status, 403)
            self.assertEqual(operator.sign_in("another-token-of-the-operator").status, 303)

    def test_guessing_is_slow(self):
        with self.server() as server:
            statuses = [Visitor(server).sign_in(f"guess-{i}").status for i in range(12)]
            self.assertEqual(set(statuses), {403, 429})
            self.assertLessEqual(statuses.count(403), 8)
            self.assertEqual(server.get("/api/v1/server").status, 200, "nobody else is held up")

    def test_what_it_does(self):
        with self.server("--node-access", "approve", "--access", "key") as server:
            node = Node(server, country="FI", region=None)
            node.register()
            operator = Visitor(server)
            operator.sign_in()
            page = lambda place: operator.get("/admin" + place).body.decode()
            self.assertIn(node.id, page("/nodes?status=pending"))
            self.assertEqual(operator.do("approve", nodeId=node.id).headers["Location"], "/admin/nodes")
            self.assertNotIn(node.id, page("/nodes?status=pending"))
            node.heartbeat()
            self.assertIn("Finland", page(""))
            self.assertIn("1 online", page(""))
            made = operator.do("add-key", name="office & co", note=NAUGHTY, days="30").body.decode()
            key = re.search(r"hk_[A-Za-z0-9_-]+", made)[0]
            self.assertNotIn(key, page("/keys"), "it is shown once")
            self.assertIn("office &amp; co", page("/keys"))
            self.assertNotIn("<script", page("/keys"))
            chosen = server.post("/api/v1/routing/request", route_request(requirements={}),
                                 headers={"Higgs-Access-Key": key})
            self.assertEqual(chosen.status, 200)
            session = chosen.json["selectedRoute"]["relayEndpoint"].rsplit("/", 1)[1]
            self.assertIn(session, page("/sessions"))
            self.assertIn("office &amp; co", page(""))
            operator.do("end-session", sessionId=session)
            self.assertNotIn(session, page("/sessions"))
            operator.do("stop-new")
            self.assertEqual(server.get("/readyz").status, 503)
            operator.do("take-new")
            self.assertEqual(server.get("/readyz").status, 200)
            operator.do("revoke-key", name="office & co")
            self.assertNotIn("office", page("/keys"))
            operator.do("unapprove", nodeId=node.id)
            self.assertIn(node.id, page("/nodes?status=pending"))
            for action, fields in (("approve", {"nodeId": NAUGHTY}), ("approve", {}), ("end-session",
                                   {"sessionId": str(uuid.uuid4())}), ("add-key", {"name": "\x1b[31m"}),
                                   ("add-key", {"name": "x", "days": "-1"}), ("revoke-key", {"name": "nobody"})):
                answer = operator.do(action, **fields)
                self.assertEqual(answer.status, 400, action)
                self.assertNotIn("<script", answer.body.decode())
            self.assertEqual(operator.do("nothing").status, 404)
            audit = wait_for(lambda: (now := self.command("audit")) and "node.unapprove" in now and now,
                             what="the audit")
            for verb in ("node.approve", "access-key.add", "session.end", "server.drain", "access-key.revoke"):
                self.assertRegex(audit, rf"  page  {re.escape(verb)}")
            self.assertNotIn("server.overview", audit)
            for secret in (TOKEN, key, operator.cookie.split("=")[1]):
                self.assertNotIn(secret, server.log_text() + audit)

    @unittest.skipUnless(browser.PROGRAM, "chromium is not installed")
    def test_by_keyboard_in_a_browser(self):
        with self.server("--node-access", "approve") as server:
            nodes = [Node(server, country=country, region=None) for country in ("FI", "DE", "DE", "NL", "SE", "CH")]
            for node in nodes:
                node.register()
            for node in nodes[1:]:
                self.command("node", "approve", node.id)
                node.heartbeat()
            asyncio.run(self.keyboard(server, nodes))

    async def keyboard(self, server, nodes):
        place = f"https://127.0.0.1:{server.port}/admin"
        async with browser.Browser() as page:
            text = lambda: page.ask("document.body.innerText")
            await page.look(1200, 900, language="en")
            await page.go(place)
            await page.focus_on("token")
            await self.pictures(page, "sign-in", place)
            await page.go(place)
            await page.focus_on("token")
            await page.type("wrong-token-wrong-token")
            await page.loading(page.key("Enter"))
            self.assertIn("not the token", await text())
            await page.focus_on("token")
            await page.type(TOKEN)
            await page.loading(page.key("Enter"))
            self.assertIn("Nodes online by country", await text())
            # Everything that can be done is reached by Tab alone, and the focus is seen.
            reach = ("[...document.querySelectorAll('a,button,summary,input:not([type=hidden])')]"
                     ".filter(e => e.checkVisibility()).length")
            for name in ("", "/nodes", "/keys", "/sessions"):
                await page.go(place + name)
                count = await page.ask(reach)
                seen = set()
                for _ in range(count + 2):
                    await page.key("Tab")
                    seen.add(await page.ask("[...document.querySelectorAll('*')].indexOf(document.activeElement)"))
                    outlined = await page.ask("getComputedStyle(document.activeElement).outlineStyle !== 'none'"
                                              " || document.activeElement === document.body")
                    self.assertTrue(outlined, await page.ask("document.activeElement.outerHTML"))
                self.assertGreaterEqual(len(seen - {-1}), count, name)
            await page.go(place + "/nodes?status=pending")
            self.assertIn(nodes[0].id, await text())
            await page.tab_to("e.innerText === 'Approve'")
            await page.loading(page.key("Enter"))
            self.assertNotIn("pending", await asyncio.to_thread(self.command, "node", "list"))
            await page.go(place + "/keys")
            await page.tab_to("e.id === 'name'")
            await page.type(NAUGHTY)
            await page.loading(page.key("Enter"))
            self.assertIn("hk_", await text())
            self.assertIn(NAUGHTY, await text(), "shown as it is, and nothing more")
            await self.pictures(page, "key", None)
            await page.go(place + "/keys")
            await page.tab_to("e.tagName === 'SUMMARY'")
            await page.key("Enter")
            await page.tab_to("e.innerText === 'Revoke' && e.tagName === 'BUTTON'")
            await page.loading(page.key("Enter"))
            self.assertNotIn("alert(1)", await text())
            self.assertEqual(await page.ask("document.scripts.length"), 0)
            for node in nodes[1:4]:
                for _ in range(2):
                    await asyncio.to_thread(server.post, "/api/v1/routing/request",
                                            route_request(requirements={}, targetNodeId=node.id))
            for name in ("", "/nodes", "/keys", "/sessions"):
                await self.pictures(page, "page" + name.replace("/", "-"), place + name)
                for width in (1200, 360):
                    await page.look(width, 800, language="ru")
                    await page.go(place + name)
                    self.assertLessEqual(await page.ask("document.documentElement.scrollWidth"), width, name)
            self.assertEqual([said for said in page.complaints() if "403" not in said], [])

    async def pictures(self, page, name, url):
        if not PICTURES:
            return
        for dark in (False, True):
            for language in ("en", "ru"):
                for width, height in ((1200, 900), (360, 780)):
                    await page.look(width, height, dark, language)
                    if url:
                        await page.go(url)
                    await page.picture(f"{PICTURES}/{name}-{language}-{'dark' if dark else 'light'}-{width}.png")
        await page.look(1200, 900, language="en")


if __name__ == "__main__":
    unittest.main()
