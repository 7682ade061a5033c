// The clients graphql-ws and graphql-sse over our server: what happens is heard once and in
// order, wherever the connection is cut, and by everybody.
//
// usage: tests/judge/judge clients/graphql_ws_judge.mjs BUILD-FOLDER SERVER-DRIVER
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import net from 'node:net';
import { load, operator, run, startServer } from './our_server.mjs';

const ws = await load('graphql-ws');
const sse = await load('graphql-sse');
const server = await startServer({ STRIKE_JUDGE_IMPATIENT: '1' });
const port = Number(new URL(server.url).port);
const SUBSCRIBERS = 1000;
const AT_ONCE = 50; // of them connect
const INIT_MS = 1000;
const STUCK_S = 2;

/* ---- what happens ---- */

async function ask(query, variables, headers = operator) {
	const response = await fetch(`${server.url}/graphql`, {
		method: 'POST',
		headers: { 'content-type': 'application/json', ...headers },
		body: JSON.stringify({ query, variables }),
	});
	const { data, errors } = await response.json();
	assert(!errors, JSON.stringify(errors));
	return data;
}

async function create() {
	const { createEco } = await ask(
		`mutation ($input: CreateEcoInput!) {
			createEco(input: $input) { ... on CreateEcoSuccess { eco { id } } }
		}`,
		{
			input: {
				idempotencyKey: randomUUID(),
				location: { type: 'Point', coordinates: [-97.7431, 30.2672] },
				jobType: 'MFR', description: 'Cut cable', osp: 'hill-country-osp',
			},
		});
	await server.settle();
	return createEco.eco.id;
}

const note = (ecoId, text) => ask(
	'mutation ($input: AddNoteInput!) { addNote(input: $input) { __typename } }',
	{ input: { idempotencyKey: randomUUID(), ecoId, text, visibility: 'SHARED' } });

const timelineOf = async (ecoId) => (await ask(
	'query ($ecoId: ID!) { timeline(ecoId: $ecoId, first: 500) { position } }',
	{ ecoId })).timeline.map((entry) => entry.position);

/* ---- clients ---- */

const connect = (options = {}) => ws.createClient({
	url: `ws://127.0.0.1:${port}/graphql`,
	connectionParams: operator,
	lazy: true,
	retryAttempts: 0,
	...options,
});

const TIMELINE = `subscription ($ecoId: ID!, $after: Position) {
	timeline(ecoId: $ecoId, after: $after) { position type }
}`;
const follow = (client, ecoId, after) =>
	client.iterate({ query: TIMELINE, variables: { ecoId, after } });

/** The positions of the next ${count} entries, which all are good. */
async function take(iterator, count) {
	const positions = [];
	while (positions.length < count) {
		const { value, done } = await iterator.next();
		assert(!done, `ended after ${positions.length} of ${count}`);
		assert(!value.errors, JSON.stringify(value.errors));
		positions.push(value.data.timeline.position);
	}
	return positions;
}

/** A WebSocket and what it is told, until it is closed. */
function open(protocol = 'graphql-transport-ws') {
	const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, protocol);
	const told = [];
	const waiting = [];
	socket.onmessage = ({ data }) => {
		const message = JSON.parse(data);
		waiting.length > 0 ? waiting.shift()(message) : told.push(message);
	};
	const closed = new Promise((resolve) => { socket.onclose = resolve; });
	return {
		closed,
		opened: new Promise((resolve) => { socket.onopen = resolve; }),
		say: (message) => socket.send(JSON.stringify(message)),
		next: () => told.length > 0 ? Promise.resolve(told.shift())
			: Promise.race([
				new Promise((resolve) => waiting.push(resolve)),
				closed.then(({ code, reason }) => {
					throw new Error(`closed with ${code}: ${reason}`);
				}),
			]),
		close: () => socket.close(),
	};
}

async function openAs(payload = operator) {
	const socket = open();
	await socket.opened;
	socket.say({ type: 'connection_init', payload });
	assert.deepEqual(await socket.next(), { type: 'connection_ack' });
	return socket;
}

/* ---- a wire that is cut ---- */

/** How many whole text messages ${bytes}, frames of a server, hold. */
function countMessages(bytes) {
	let at = 0;
	let count = 0;
	while (at + 2 <= bytes.length) {
		const short = bytes[at + 1] & 0x7f;
		const head = short === 126 ? 4 : short === 127 ? 10 : 2;
		if (at + head > bytes.length)
			break;
		const length = short === 126 ? bytes.readUInt16BE(at + 2)
			: short === 127 ? Number(bytes.readBigUInt64BE(at + 2)) : short;
		if (at + head + length > bytes.length)
			break;
		count += (bytes[at] & 0x0f) === 1 ? 1 : 0;
		at += head + length;
	}
	return { count, rest: bytes.subarray(at) };
}

/** A proxy that passes on ${messages} messages of the server, and then cuts the wire. */
async function cutAfter(messages) {
	const sockets = new Set();
	const proxy = net.createServer((client) => {
		const upstream = net.connect(port, '127.0.0.1');
		let rest = Buffer.alloc(0);
		let left = messages;
		let isShaken = false;
		const cut = () => { client.destroy(); upstream.destroy(); };
		sockets.add(client).add(upstream);
		client.on('error', cut).on('close', cut).pipe(upstream);
		upstream.on('error', cut).on('close', cut).on('data', (bytes) => {
			client.write(bytes);
			rest = Buffer.concat([rest, bytes]);
			const end = isShaken ? 0 : rest.indexOf('\r\n\r\n');
			if (end < 0)
				return;
			const found = countMessages(isShaken ? rest : rest.subarray(end + 4));
			isShaken = true;
			rest = found.rest;
			left -= found.count;
			if (left <= 0)
				client.end(cut);
		});
	});
	await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
	return {
		url: `ws://127.0.0.1:${proxy.address().port}/graphql`,
		stop: () => { sockets.forEach((socket) => socket.destroy()); proxy.close(); },
	};
}

/** Listen through a wire that is cut after every ${messages} messages, until ${count} came. */
async function listenThroughCuts(ecoId, messages, count) {
	const positions = [];
	while (positions.length < count) {
		const wire = await cutAfter(messages);
		const client = connect({ url: wire.url });
		const iterator = follow(client, ecoId, positions.at(-1) ?? '0');
		const before = positions.length;
		try {
			while (positions.length < count)
				positions.push(...await take(iterator, 1));
		} catch {
			// It was cut.  With one message a connection (the acknowledgment) nothing comes.
			assert(messages <= 1 || positions.length > before, 'nothing came');
		}
		await client.dispose();
		wire.stop();
		if (messages <= 1)
			break;
	}
	return positions;
}

/* ---- a peer that does not read ---- */

const HANDSHAKE = 'GET /graphql HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n' +
	'Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
	'Sec-WebSocket-Protocol: graphql-transport-ws\r\n';

function frame(text) {
	const bytes = Buffer.from(text);
	const mask = randomBytes(4);
	const head = bytes.length < 126 ? Buffer.from([0x81, 0x80 | bytes.length])
		: Buffer.from([0x81, 0xfe, bytes.length >> 8, bytes.length & 0xff]);
	return Buffer.concat([head, mask, bytes.map((byte, i) => byte ^ mask[i % 4])]);
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const tests = {
	async a_client_asks_commands_and_listens() {
		const client = connect();
		const eco = await create();
		const whole = await timelineOf(eco);
		const iterator = follow(client, eco, '0');
		assert.deepEqual(await take(iterator, whole.length), whole);
		await note(eco, 'told');
		assert.equal((await take(iterator, 1)).length, 1);
		const viewer = client.iterate({ query: '{ viewer { user } }' });
		assert.deepEqual((await viewer.next()).value.data, { viewer: { user: 'operator' } });
		assert.equal((await viewer.next()).done, true);
		const wrong = client.iterate({ query: '{ nothing }' });
		await assert.rejects(async () => wrong.next(), (errors) =>
			errors[0].extensions.code === 'GRAPHQL_VALIDATION_FAILED');
		await iterator.return();
		await client.dispose();
	},

	async a_client_pings_and_is_answered() {
		let pongs = 0;
		const client = connect({ lazy: false, keepAlive: 50, on: { pong: () => { pongs++; } } });
		while (pongs < 3)
			await sleep(20);
		await client.dispose();
	},

	async wherever_the_wire_is_cut_nothing_is_lost_and_nothing_comes_twice() {
		const eco = await create();
		for (let i = 0; i < 6; i++)
			await note(eco, `note ${i}`);
		await server.settle();
		const whole = await timelineOf(eco);
		assert(whole.length >= 8);
		// The first message is the acknowledgment; then one more for each entry.
		for (let messages = 1; messages <= whole.length + 2; messages++) {
			const heard = await listenThroughCuts(eco, messages, whole.length);
			assert.deepEqual(heard, messages === 1 ? [] : whole, `cut after ${messages}`);
		}
	},

	async what_happens_while_the_wire_is_cut_is_heard_afterwards() {
		const eco = await create();
		const client = connect();
		const first = await timelineOf(eco);
		assert.deepEqual(await take(follow(client, eco, '0'), first.length), first);
		await client.dispose();
		await note(eco, 'meanwhile');
		await note(eco, 'and again');
		await server.settle();
		const whole = await timelineOf(eco);
		const again = connect();
		const rest = await take(follow(again, eco, first.at(-1)), whole.length - first.length);
		assert.deepEqual([...first, ...rest], whole);
		await again.dispose();
	},

	async an_id_that_is_taken_closes_with_4409() {
		const eco = await create();
		const socket = await openAs();
		const subscribe = { id: '1', type: 'subscribe',
			payload: { query: TIMELINE, variables: { ecoId: eco } } };
		socket.say(subscribe);
		socket.say(subscribe);
		const { code, reason } = await socket.closed;
		assert.equal(code, 4409);
		assert.equal(reason, 'Subscriber for 1 already exists');
	},

	async who_does_not_begin_in_time_is_closed_with_4408() {
		const began = Date.now();
		const socket = open();
		const { code } = await socket.closed;
		assert.equal(code, 4408);
		assert(Date.now() - began >= INIT_MS - 100);
	},

	async the_other_codes_of_the_protocol() {
		const wrong = [
			[['{'], 4400],
			[[JSON.stringify({ type: 'connection_init', payload: operator }),
				JSON.stringify({ type: 'connection_init' })], 4429],
			[[JSON.stringify({ id: '1', type: 'subscribe', payload: { query: '{ a }' } })], 4401],
			[[JSON.stringify({ type: 'connection_init' })], 4403],
		];
		for (const [texts, expected] of wrong) {
			const socket = new WebSocket(
				`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws');
			const closed = new Promise((resolve) => { socket.onclose = resolve; });
			socket.onopen = () => texts.forEach((text) => socket.send(text));
			assert.equal((await closed).code, expected);
		}
	},

	async a_thousand_subscribers_each_hear_everything_once() {
		const eco = await create();
		const before = (await timelineOf(eco)).length;
		const clients = [];
		const iterators = [];
		const first = [];
		// Not all in one moment: who comes when the queue of requests is full is told to come again.
		while (clients.length < SUBSCRIBERS) {
			const more = Array.from({ length: AT_ONCE }, connect);
			const follows = more.map((client) => follow(client, eco, '0'));
			first.push(...await Promise.all(follows.map((iterator) => take(iterator, before))));
			clients.push(...more);
			iterators.push(...follows);
		}
		for (let i = 0; i < 5; i++)
			await note(eco, `note ${i}`);
		await server.settle();
		const whole = await timelineOf(eco);
		const rest = await Promise.all(
			iterators.map((iterator) => take(iterator, whole.length - before)));
		for (let i = 0; i < SUBSCRIBERS; i++)
			assert.deepEqual([...first[i], ...rest[i]], whole);
		// Nothing more has come: completing says so, for what was sent before would come first.
		await Promise.all(iterators.map((iterator) => iterator.return()));
		await Promise.all(clients.map((client) => client.dispose()));
	},

	async who_stops_reading_is_disconnected_with_a_reason_and_the_others_go_on() {
		const eco = await create();
		const variables = { ecoId: eco, after: '0' };
		const stuck = net.connect(port, '127.0.0.1');
		const key = randomBytes(16).toString('base64');
		stuck.write(`${HANDSHAKE}Sec-WebSocket-Key: ${key}\r\n\r\n`);
		await new Promise((resolve) => stuck.once('data', resolve));
		stuck.write(frame(JSON.stringify({ type: 'connection_init', payload: operator })));
		await new Promise((resolve) => stuck.once('data', resolve));
		stuck.pause();
		// Answers of a hundred kilobytes each, until nobody takes them any more.
		const query = `{ ${Array.from({ length: 150 },
			(_, i) => `a${i}: __type(name: "Query") { fields { description } }`).join(' ')} }`;
		for (let i = 0; i < 40; i++)
			stuck.write(frame(JSON.stringify({ id: `q${i}`, type: 'subscribe',
				payload: { query } })));
		const client = connect();
		const iterator = follow(client, eco, '0');
		const whole = await timelineOf(eco);
		await take(iterator, whole.length);
		const until = Date.now() + (STUCK_S + 1) * 1000;
		while (Date.now() < until) {
			await note(eco, 'the others go on');
			await take(iterator, 1);
			await sleep(100);
		}
		let tail = Buffer.alloc(0);
		stuck.on('data', (bytes) => {
			tail = Buffer.concat([tail.subarray(-4096), bytes]);
		});
		stuck.on('error', () => {});
		const closed = new Promise((resolve) => stuck.on('close', resolve));
		stuck.resume();
		await closed;
		const said = tail.indexOf('nothing of what was sent has been read');
		assert(said >= 2, `no reason was given: ${tail.subarray(-200).toString('latin1')}`);
		assert.equal(tail.readUInt16BE(said - 2), 1013);
		await client.dispose();
	},

	async who_holds_a_token_that_is_revoked_hears_no_more() {
		const eco = await create();
		// Our server's clock is its own.
		const { timeline } = await ask(
			'query ($eco: ID!) { timeline(ecoId: $eco, first: 1) { recordedAt } }', { eco });
		const tomorrow = new Date(Date.parse(timeline[0].recordedAt) + 86400000).toISOString();
		const { issueToken } = await ask(
			`mutation ($input: IssueTokenInput!) { issueToken(input: $input) {
				... on IssueTokenSuccess { secret token { id } } } }`,
			{ input: { idempotencyKey: randomUUID(), name: 'judge', scopes: ['read'],
				expiresAt: tomorrow } });
		const socket = await openAs({ authorization: `Bearer ${issueToken.secret}` });
		socket.say({ id: '1', type: 'subscribe',
			payload: { query: TIMELINE, variables: { ecoId: eco, after: '0' } } });
		assert.equal((await socket.next()).type, 'next');
		await ask('mutation ($input: RevokeTokenInput!) { revokeToken(input: $input) { __typename } }',
			{ input: { idempotencyKey: randomUUID(), token: issueToken.token.id } });
		const { code, reason } = await socket.closed;
		assert.equal(code, 4403);
		assert.equal(reason, 'you may not listen any more');
	},

	async a_stream_is_heard_by_graphql_sse() {
		const eco = await create();
		const whole = await timelineOf(eco);
		const client = sse.createClient({ url: `${server.url}/graphql`, headers: operator,
			retryAttempts: 0 });
		const iterator = client.iterate({ query: TIMELINE, variables: { ecoId: eco, after: '0' } });
		assert.deepEqual(await take(iterator, whole.length), whole);
		await note(eco, 'told');
		await take(iterator, 1);
		await iterator.return();
		const viewer = client.iterate({ query: '{ viewer { user } }' });
		assert.deepEqual((await viewer.next()).value.data, { viewer: { user: 'operator' } });
		assert.equal((await viewer.next()).done, true);
		client.dispose();
	},

	async a_stream_goes_on_where_it_was_cut() {
		const eco = await create();
		for (let i = 0; i < 4; i++)
			await note(eco, `note ${i}`);
		await server.settle();
		const whole = await timelineOf(eco);
		const heard = [];
		while (heard.length < whole.length) {
			const client = sse.createClient({ url: `${server.url}/graphql`, headers: operator });
			const iterator = client.iterate({ query: TIMELINE,
				variables: { ecoId: eco, after: heard.at(-1) ?? '0' } });
			heard.push(...await take(iterator, 1));
			client.dispose();
		}
		assert.deepEqual(heard, whole);
	},
};

await run(tests, () => server.stop());
