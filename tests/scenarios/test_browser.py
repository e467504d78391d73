# SPDX-License-Identifier: GPL-3.0-or-later
"""A browser's WebRTC with the servers that the API names: Chromium, behind a home's router, learns its address by
our STUN, has a relayed one of a coturn that runs by what `boson-server turn-config` wrote, and sends through it.
Skipped where there is no Chromium, which is large and nothing else needs."""
import base64
import json
import os
import secrets
import shutil
import sys
import uuid

from product import Server, scenario  # makes the others known
import sandbox
import turn_server
from addresses import TURN4, TURN6, TURN_NAME, USER4
from host import wait_until
from sandbox import SPACE
from topology import BOSON_NAME, Laboratory

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PORT = 8000
QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
         "--disable-features=WebRtcHideLocalIpsWithMdns,Translate,OptimizationHints")
# One end by TURN alone, the other as it likes: what they say to each other is relayed.
PAGE = """<!doctype html><meta charset="utf-8"><title>asking</title><script>
const iceServers = ICE, begun = performance.now(), seen = [], errors = [];
const since = () => Math.round(performance.now() - begun);
function tell(what) { fetch('/told', {method: 'POST', body: JSON.stringify(what)}); }
async function gather(policy) {
  const end = new RTCPeerConnection({iceServers, iceTransportPolicy: policy});
  end.onicecandidateerror = e => errors.push(`${e.url} ${e.errorCode} ${e.errorText}`);
  return end;
}
(async () => {
  const one = await gather('relay'), other = await gather('all');
  for (const [end, far, name] of [[one, other, 'relay'], [other, one, 'all']])
    end.onicecandidate = e => {
      if (!e.candidate || !e.candidate.candidate) return;
      seen.push({end: name, ms: since(), type: e.candidate.type, address: e.candidate.address,
                 port: e.candidate.port, protocol: e.candidate.protocol, url: e.candidate.url || ''});
      far.addIceCandidate(e.candidate);
      tell({seen, errors});
    };
  const channel = one.createDataChannel('echo');
  other.ondatachannel = e => { e.channel.onmessage = m => e.channel.send(m.data); };
  channel.onopen = () => { channel.asked = performance.now(); channel.send('through TURN'); };
  channel.onmessage = async m => {
    const stats = [...(await one.getStats()).values()];
    const pair = stats.find(s => s.type === 'candidate-pair' && s.nominated);
    const local = stats.find(s => s.id === pair.localCandidateId);
    tell({seen, errors, echoed: m.data, ms: since(), local: local.candidateType, roundTripMs: performance.now() - channel.asked});
  };
  await one.setLocalDescription(await one.createOffer());
  await other.setRemoteDescription(one.localDescription);
  await other.setLocalDescription(await other.createAnswer());
  await one.setRemoteDescription(other.localDescription);
})().catch(e => tell({seen, errors: [String(e)]}));
</script>"""
SERVE = r"""
import http.server, sys
page = open(sys.argv[1], "rb").read()
class Page(http.server.BaseHTTPRequestHandler):
    def answer(self, body):
        self.send_response(200); self.send_header("Content-Type", "text/html"); self.end_headers(); self.wfile.write(body)
    def do_GET(self):
        self.answer(page if self.path == "/" else b"")
    def do_POST(self):
        said = self.rfile.read(int(self.headers["Content-Length"])).decode()
        print("told " + said + "\n", end="", flush=True)  # whole: the page tells twice at once
        self.answer(b"")
    def log_message(self, *_): pass
print("ready", flush=True)
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Page).serve_forever()
"""


def api(host, path, token=None, body=None):
    words = ["curl", "-sk", "-m5", f"https://{BOSON_NAME}:3000/api/v1{path}"]
    words += ["-H", f"Authorization: Bearer {token}"] if token else []
    words += ["-H", "Content-Type: application/json", "-d", json.dumps(body)] if body else []
    return json.loads(host.run(*words).stdout)


def ice_servers(host):
    """As a node is told them."""
    node = {"nodeId": str(uuid.uuid4()), "publicKey": base64.b64encode(secrets.token_bytes(32)).decode(),
            "networkInfo": {"natType": "Unknown", "localPort": 51820},
            "capabilities": {"maxConnections": 1}, "location": {"country": "US"}}
    return api(host, "/turn/ice", api(host, "/nodes/register", body=node)["sessionToken"])["iceServers"]


def told(process):
    finished = process.text().rpartition("\n")[0]  # the last line may be half written
    lines = [line for line in finished.splitlines() if line.startswith("told ")]
    return json.loads(lines[-1].removeprefix("told ")) if lines else {}


def browse(lab, servers):
    with open(f"{SPACE}/page.html", "w", encoding="utf-8") as file:
        file.write(PAGE.replace("ICE", json.dumps(servers)))
    with open(f"{SPACE}/serve.py", "w", encoding="utf-8") as file:
        file.write(SERVE)
    page = lab.user.start("page", sys.executable, f"{SPACE}/serve.py", f"{SPACE}/page.html", PORT).wait_for("ready")
    browser = lab.user.start("chromium", CHROMIUM, *QUIET, f"--user-data-dir={SPACE}/chromium",
                             f"http://127.0.0.1:{PORT}/", env={**os.environ, "HOME": SPACE})
    try:
        wait_until(lambda: told(page).get("echoed") or not browser.running(), 60, "the page has told all")
    except TimeoutError:
        pass  # the checks say what is missing
    browser.kill()
    return told(page), browser


def body(check):
    lab = Laboratory(straight=True)
    turn_host = lab.internet.turn_host()
    os.makedirs(f"{SPACE}/coturn")
    configuration = turn_server.write_configuration(f"{SPACE}/coturn", f"{TURN_NAME}:3478")
    Server(lab, "--turn", f"{TURN_NAME}:3478", "--turn-secret-file", f"{SPACE}/coturn/turn-secret")
    with turn_server.Coturn(configuration, f"listening-ip={TURN4}", f"listening-ip={TURN6}", f"relay-ip={TURN4}",
                            f"relay-ip={TURN6}", prefix=turn_host.enter):
        servers = ice_servers(lab.user)
        urls = [url for each in servers for url in ([each["urls"]] if isinstance(each["urls"], str) else each["urls"])]
        check(any(url.startswith("stun:") for url in urls) and any(url.startswith("turn:") for url in urls),
              "the API names STUN and TURN", urls)
        seen, browser = browse(lab, servers)
    found = seen.get("seen", [])
    mapped = [each for each in found if each["type"] == "srflx" and BOSON_NAME in each["url"]]
    relayed = [each for each in found if each["type"] == "relay"]
    check(any(each["address"] == USER4 for each in mapped), "by our STUN the router's address is learnt",
          found or browser.text()[-600:])
    check(any(each["address"] == TURN4 for each in relayed), "coturn relays from its own", (relayed, seen.get("errors")))
    check.equal((seen.get("echoed"), seen.get("local")), ("through TURN", "relay"), "and what is sent there comes back")
    for name, each in (("srflx", mapped), ("relay", relayed)):
        if each:
            first = min(each, key=lambda one: one["ms"])
            print(f"      {name}: {first['address']}:{first['port']} after {first['ms']} ms, by {first['url']}")
    print(f"      echo through TURN: {seen.get('roundTripMs', 0):.1f} ms, {seen.get('ms')} ms after the page began")


if __name__ == "__main__":
    if not CHROMIUM or not turn_server.PROGRAM:
        print("skipped: Chromium or coturn is not installed (packages chromium, coturn)")
        sys.exit(sandbox.SKIPPED)
    scenario(body)
