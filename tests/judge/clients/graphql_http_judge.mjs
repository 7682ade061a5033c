// The audits of graphql-http, all of them (MUST, SHOULD and MAY), over our server; and what
// they leave out.
//
// usage: tests/judge/judge clients/graphql_http_judge.mjs BUILD-FOLDER SERVER-DRIVER
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { load, operator, run, startServer } from './our_server.mjs';

const { serverAudits } = await load('graphql-http');
const server = await startServer();
const url = `${server.url}/graphql`;

const send = (address, init = {}) =>
	fetch(address, { ...init, headers: { ...operator, ...init.headers } });
const post = (body, headers = {}) => send(url, {
	method: 'POST',
	headers: { 'content-type': 'application/json', ...headers },
	body: typeof body === 'string' ? body : JSON.stringify(body),
});
const graphql = 'application/graphql-response+json';
const json = 'application/json';
const typeOf = (response) => response.headers.get('content-type');

const tests = {};
for (const audit of serverAudits({ url, fetchFn: send })) {
	tests[`${audit.id} ${audit.name}`] = async () => {
		const result = await audit.fn();
		assert.equal(result.status, 'ok', result.reason);
	};
}

Object.assign(tests, {
	async every_level_of_the_audits_is_there() {
		for (const level of ['MUST', 'SHOULD', 'MAY'])
			assert(Object.keys(tests).some((name) => name.includes(` ${level} `)), level);
	},

	async the_media_type_that_is_wanted_most_is_the_one_of_the_answer() {
		const query = { query: '{ __typename }' };
		const wanted = [
			[`${graphql}, ${json}`, graphql],
			[`${json}, ${graphql}`, graphql],
			[`${json}, ${graphql};q=0.9`, json],
			[`${json};q=0.1, ${graphql};q=0.2`, graphql],
			[`${graphql}; charset=utf-8, ${json}; charset=utf-8`, graphql],
			['*/*', json],
			['application/*', json],
			[`${json};q=0, */*`, graphql],
			[`text/html, ${graphql}`, graphql],
			[`multipart/mixed;deferSpec=20220824,${graphql},${json};q=0.9`, graphql],
		];
		for (const [accept, type] of wanted) {
			const response = await post(query, { accept });
			assert.equal(response.status, 200, accept);
			assert.equal(typeOf(response), `${type}; charset=utf-8`, accept);
			assert.match(response.headers.get('vary'), /Accept/);
		}
	},

	async what_cannot_be_given_is_406_and_says_what_can() {
		for (const accept of ['text/html', 'application/xml;q=1', `${json};q=0, ${graphql};q=0`,
			`${json};charset=utf-16`, '*/*;q=0']) {
			const response = await post({ query: '{ __typename }' }, { accept });
			assert.equal(response.status, 406, accept);
			const text = await response.text();
			assert(text.includes(graphql) && text.includes(json), text);
		}
	},

	async a_mutation_over_get_is_405_and_does_nothing() {
		const response = await send(`${url}?query=${encodeURIComponent('mutation{__typename}')}`);
		assert.equal(response.status, 405);
		assert.equal(response.headers.get('allow'), 'POST');
		assert.equal((await response.json()).data, undefined);
	},

	async who_is_not_known_is_not_answered() {
		const response = await fetch(url, {
			method: 'POST',
			headers: { 'content-type': 'application/json', accept: graphql },
			body: '{"query":"{__typename}"}',
		});
		assert.equal(response.status, 401);
	},

	async a_field_that_fails_is_still_200_whatever_the_media_type() {
		const query = '{ timeline(ecoId: "not-an-id") { id } viewer { user } }';
		for (const accept of [graphql, json]) {
			const response = await post({ query }, { accept });
			const body = await response.json();
			assert.equal(response.status, 200, JSON.stringify(body));
			assert('data' in body);
		}
	},

	async a_batch_is_refused_in_words() {
		const response = await post([{ query: '{ __typename }' }, { query: '{ __typename }' }]);
		assert.equal(response.status, 400);
		assert.match((await response.json()).errors[0].message, /batches are not taken/);
	},

	async a_persisted_query_is_asked_for_by_its_digest_once_it_was_sent() {
		const query = '{ viewer { role } }';
		const hash = createHash('sha256').update(query).digest('hex');
		const extensions = { persistedQuery: { version: 1, sha256Hash: hash } };
		const address = `${url}?extensions=${encodeURIComponent(JSON.stringify(extensions))}`;
		const unknown = await (await post({ extensions })).json();
		assert.deepEqual(unknown, { errors: [{
			message: 'PersistedQueryNotFound',
			extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' },
		}] });
		assert.equal((await post({ extensions }, { accept: graphql })).status, 400);
		const wrong = await (await post({ query: '{ viewer { user } }', extensions })).json();
		assert.equal(wrong.errors[0].extensions.code, 'PERSISTED_QUERY_HASH_MISMATCH');
		assert.equal((await (await post({ query, extensions })).json()).data.viewer.role, 'operator');
		assert.equal((await (await post({ extensions })).json()).data.viewer.role, 'operator');
		assert.equal((await (await send(address)).json()).data.viewer.role, 'operator');
	},

	async an_answer_is_compressed_and_comes_out_the_same() {
		const query = '{ __schema { types { name description fields { name description } } } }';
		const plain = await post({ query }, { 'accept-encoding': 'identity' });
		const packed = await post({ query }, { 'accept-encoding': 'gzip' });
		assert.equal(plain.headers.get('content-encoding'), null);
		assert.equal(packed.headers.get('content-encoding'), 'gzip');
		assert(Number(packed.headers.get('content-length')) <
			Number(plain.headers.get('content-length')) / 3);
		assert.equal(await packed.text(), await plain.text());
	},
});

await run(tests, server.stop);
