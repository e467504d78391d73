// SPDX-License-Identifier: GPL-3.0-or-later
// A relay as one writes it in an afternoon with npm's `ws`: connections pair up by path, messages
// are passed on. It checks no token and bounds nothing. Started by tests/bench/relay.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { createRequire } from 'node:module';

const [certificate, key, modules] = process.argv.slice(2);
const { WebSocketServer } = createRequire(import.meta.url)(`${modules}/ws`);
const https = createServer({ cert: readFileSync(certificate), key: readFileSync(key), minVersion: 'TLSv1.3' });
const waiting = new Map();
new WebSocketServer({ server: https, perMessageDeflate: false }).on('connection', (socket, request) => {
    request.socket.setNoDelay(true);
    socket.send('{"type":"control","payload":{"action":"connected"}}');
    const peer = waiting.get(request.url);
    if (peer) {
        waiting.delete(request.url);
        socket.peer = peer;
        peer.peer = socket;
    } else {
        waiting.set(request.url, socket);
    }
    socket.on('message', (data, isBinary) => socket.peer?.send(data, { binary: isBinary }));
    socket.on('close', () => {
        if (waiting.get(request.url) === socket) waiting.delete(request.url);
        socket.peer?.close();
    });
    socket.on('error', () => {});
});
https.listen(0, '127.0.0.1', () => console.log(`listening ${https.address().port}`));
