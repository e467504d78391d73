// SPDX-License-Identifier: GPL-3.0-or-later
// The relay against npm's `ws`. Started by ws_client.py with the sessions in argv[2] (JSON).
import assert from 'node:assert';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const bed = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { WebSocket } = createRequire(bed.modules + '/')('ws');
const ca = readFileSync(bed.certificate);
const Direction = { client: 'client-to-node', node: 'node-to-client' };
const WaitMs = 8000;

// One end of a session; messages queue up until they are asked for.
class End {
    constructor(session, role, token = session.tokens[role], options = {}) {
        this.session = session;
        this.role = role;
        this.queue = [];
        this.waiting = [];
        this.socket = new WebSocket(`wss://localhost:${bed.port}${session.path}`, {
            ca, headers: { Authorization: `Bearer ${token}` }, ...options,
        });
        this.socket.on('message', (data, isBinary) => this.push(
            isBinary ? Buffer.from(data) : JSON.parse(data.toString())));
        this.closed = new Promise((resolve) => this.socket.on('close', (code, reason) => {
            resolve({ code, reason: reason.toString() });
            this.push(new Error(`closed ${code}`));
        }));
        this.socket.on('error', () => {});
    }
    push(item) {
        const waiter = this.waiting.shift();
        if (waiter) waiter(item);
        else this.queue.push(item);
    }
    async receive() {
        for (;;) {
            const item = this.queue.length > 0 ? this.queue.shift() : await Promise.race([
                new Promise((resolve) => this.waiting.push(resolve)),
                new Promise((_, reject) => setTimeout(
                    () => reject(new Error('nothing came')), WaitMs).unref()),
            ]);
            if (item instanceof Error) throw item;
            if (item.type !== 'heartbeat') return item;
        }
    }
    say(type, payload) {
        this.socket.send(JSON.stringify({
            type, sessionId: this.session.id, direction: Direction[this.role], payload,
        }));
    }
}

async function openEnd(session, role, options) {
    const end = new End(session, role, session.tokens[role], options);
    const first = await end.receive();
    assert.deepStrictEqual(first, {
        type: 'control', sessionId: session.id, direction: 'server',
        payload: { action: 'connected' },
    });
    return end;
}

async function openBoth(options) {
    const session = bed.sessions.pop();
    return [await openEnd(session, 'client', options), await openEnd(session, 'node', options)];
}

const tests = {
    async binaryUnchanged() {
        const [client, node] = await openBoth();
        for (const size of [1, 125, 126, 1452, 65535]) {
            for (const [from, to] of [[client, node], [node, client]]) {
                const body = randomBytes(size);
                from.socket.send(body);
                assert.deepStrictEqual(await to.receive(), body);
            }
        }
    },
    async compressedMessages() {
        const [client, node] = await openBoth({ perMessageDeflate: { threshold: 0 } });
        client.socket.send(Buffer.alloc(60000, 1));
        assert.deepStrictEqual(await node.receive(), Buffer.alloc(60000, 1));
        client.say('control', { action: 'connect' });
        assert.deepStrictEqual((await node.receive()).payload, { action: 'connect' });
    },
    async fragments() {
        const [client, node] = await openBoth({ perMessageDeflate: false });
        const body = randomBytes(30000);
        client.socket.send(body.subarray(0, 10), { binary: true, fin: false });
        client.socket.ping();
        client.socket.send(body.subarray(10, 20000), { binary: true, fin: false });
        client.socket.send(body.subarray(20000), { binary: true, fin: true });
        assert.deepStrictEqual(await node.receive(), body);
    },
    async jsonBothWays() {
        const [client, node] = await openBoth();
        client.say('data', Buffer.from('hello').toString('base64'));
        assert.deepStrictEqual(await node.receive(), Buffer.from('hello'));
        node.say('data', Buffer.from('back').toString('base64'));
        assert.strictEqual((await client.receive()).payload,
            Buffer.from('back').toString('base64'));
    },
    async pingIsAnswered() {
        const [client] = await openBoth();
        const pong = new Promise((resolve) => client.socket.once('pong', resolve));
        client.socket.ping('p');
        assert.strictEqual((await pong).toString(), 'p');
    },
    async wrongTokenAndDirection() {
        const session = bed.sessions.pop();
        assert.deepStrictEqual(await new End(session, 'client', 'wrong').closed,
            { code: 1008, reason: 'Invalid session' });
        const client = await openEnd(session, 'client');
        client.role = 'node';
        client.say('data', 'AAAA');
        assert.strictEqual((await client.receive()).payload.errorCode, 'wrong_direction');
    },
    async replaced() {
        const [client] = await openBoth();
        await openEnd(client.session, 'client');
        assert.deepStrictEqual(await client.closed, { code: 1000, reason: 'Replaced' });
    },
    async tooBig() {
        const [client] = await openBoth();
        client.socket.send(Buffer.alloc(65536));
        assert.strictEqual((await client.closed).code, 1009);
    },
    async peerLost() {
        const [client, node] = await openBoth();
        node.socket.terminate();
        assert.strictEqual((await client.receive()).payload.errorCode, 'peer_lost');
        await openEnd(client.session, 'node');
        assert.strictEqual((await client.receive()).payload.action, 'connect');
    },
    async closeEndsTheSession() {
        const [client, node] = await openBoth();
        client.socket.close(1000);
        assert.strictEqual((await node.closed).code, 1000);
    },
};

let failed = 0;
for (const [name, test] of Object.entries(tests)) {
    try {
        await test();
        console.log(`ok   ${name}`);
    } catch (error) {
        ++failed;
        console.log(`FAIL ${name}: ${error.message}`);
    }
}
console.log(`${failed} failed`);
process.exit(failed ? 1 : 0);
