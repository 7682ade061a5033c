// urql, Apollo Client and graphql-codegen with our server, as an application uses them.
//
// usage: tests/judge/judge clients/graphql_clients_judge.mjs BUILD-FOLDER SERVER-DRIVER
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { load, modules, need, operator, run, startServer } from './our_server.mjs';

const { Client, cacheExchange, fetchExchange, subscriptionExchange } = need('@urql/core');
const { persistedExchange } = need('@urql/exchange-persisted');
const { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } = await load('@apollo/client');
const { PersistedQueryLink } = await load('@apollo/client/link/persisted-queries');
const { GraphQLWsLink } = await load('@apollo/client/link/subscriptions');
const { createClient } = need('graphql-ws');

const server = await startServer();
const url = `${server.url}/graphql`;

// What went over the wire.
let sent = [];
const watched = async (address, init) => {
	const response = await fetch(address, init);
	sent.push({
		method: init.method ?? 'GET',
		address: String(address),
		body: init.body === undefined ? null : JSON.parse(init.body),
		status: response.status,
		type: response.headers.get('content-type'),
	});
	return response;
};
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

const board = `query Board($first: Int!) {
  viewer { user organisation { handle } }
  ecos(first: $first) { edges { cursor node { id jobNumber status noc { handle } osp { handle } } } pageInfo { hasNextPage endCursor } }
}`;
const createEco = `mutation Create($input: CreateEcoInput!) {
  createEco(input: $input) {
    __typename
    ... on CreateEcoSuccess { eco { id jobNumber status } }
    ... on Refusal { code field message }
  }
}`;
const changed = `subscription Changed($id: ID!, $after: Position) {
  ecoChanged(id: $id, after: $after) { position eco { id version } }
}`;
const entries = `subscription Entries($id: ID!, $after: Position) {
  timeline(ecoId: $id, after: $after) { position version type }
}`;
const addNote = `mutation Note($input: AddNoteInput!) {
  addNote(input: $input) { __typename ... on EcoCommandSuccess { eco { id version } } }
}`;
const note = (ecoId, text) => ({ input: { idempotencyKey: randomUUID(), ecoId, text } });
const input = (given = {}) => ({ input: {
	idempotencyKey: randomUUID(),
	location: { type: 'Point', coordinates: [-97.7431, 30.2672] },
	jobType: 'MFR',
	description: 'Loss of light on the 96-count',
	osp: 'hill-country-osp',
	...given,
} });

const urql = (exchanges, options = {}) => new Client({
	url,
	exchanges,
	fetch: watched,
	fetchOptions: { headers: operator },
	...options,
});
const apollo = (link) => new ApolloClient({
	cache: new InMemoryCache(),
	link: ApolloLink.from([...link, new HttpLink({ uri: url, fetch: watched, headers: operator })]),
});

const patience = 20000; // milliseconds for one thing to happen

// The first ${count} that ${follow}, given what to call, is told of.
function told(count, follow) {
	return new Promise((resolve, reject) => {
		const heard = [];
		let stop = () => {};
		const timer = setTimeout(() => reject(new Error(`heard ${heard.length}`)), patience);
		const next = (message) => {
			heard.push(message);
			if (heard.length !== count)
				return;
			clearTimeout(timer);
			queueMicrotask(() => stop());
			resolve(heard);
		};
		stop = follow(next, (error) => {
			clearTimeout(timer);
			reject(error);
		});
	});
}

const openSocket = () => createClient({
	url: url.replace(/^http/, 'ws'), connectionParams: operator, retryAttempts: 0,
});

// A client of urql that listens over ${socket}.
function urqlOver(socket) {
	const forwardSubscription = ({ query, variables }) => ({
		subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables }, sink) }),
	});
	return urql([fetchExchange, subscriptionExchange({ forwardSubscription })]);
}

const urqlTold = (client, count, text, variables) => told(count, (next, fail) => {
	const { unsubscribe } = client.subscription(text, variables).subscribe(({ data, error }) =>
		(error ? fail(error) : next(data)));
	return unsubscribe;
});

async function created(client) {
	const { data } = await client.mutation(createEco, input()).toPromise();
	await server.settle();
	return data.createEco.eco.id;
}

// A folder of an application: what is in ${files}, with the packages beside it.
function application(files) {
	const folder = mkdtempSync(path.join(tmpdir(), 'strike-codegen-'));
	symlinkSync(modules, path.join(folder, 'node_modules'));
	for (const [name, text] of Object.entries(files))
		writeFileSync(path.join(folder, name), text);
	return folder;
}

const inFolder = (folder, program, ...words) =>
	execFileSync(process.execPath, [path.join(modules, program), ...words],
		{ cwd: folder, stdio: 'pipe', encoding: 'utf8' });

const tests = {
	async urql_reads_the_board_and_takes_graphqls_own_media_type() {
		sent = [];
		const result = await urql([fetchExchange]).query(board, { first: 5 }).toPromise();
		assert.equal(result.error, undefined, String(result.error));
		assert.equal(result.data.viewer.organisation.handle, 'lone-star-noc');
		assert.match(sent[0].type, /^application\/graphql-response\+json/);
	},

	async urql_gives_a_command_its_answer_and_a_refusal_its_type() {
		const client = urql([cacheExchange, fetchExchange]);
		const done = await client.mutation(createEco, input()).toPromise();
		assert.equal(done.data?.createEco.__typename, 'CreateEcoSuccess', String(done.error));
		const refused = await client.mutation(createEco, input({ description: '' })).toPromise();
		assert.equal(refused.data?.createEco.__typename, 'Refusal', String(refused.error));
		assert.equal(refused.data.createEco.field, 'description');
	},

	async urql_shows_what_was_refused_as_errors_of_graphql_and_not_of_the_network() {
		const result = await urql([fetchExchange]).query('{ nothing }', {}).toPromise();
		assert.equal(result.error.networkError, undefined);
		assert.match(result.error.graphQLErrors[0].message, /nothing/);
		assert.equal(result.error.graphQLErrors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
	},

	async urql_asks_for_persisted_queries_by_digest() {
		const ask = async () => {
			sent = [];
			const client = urql([persistedExchange({ preferGetForPersistedQueries: false }),
				fetchExchange]);
			const result = await client.query('query Own { viewer { user } }', {}).toPromise();
			assert.equal(result.error, undefined, String(result.error));
			assert.equal(result.data.viewer.user, 'operator');
		};
		await ask(); // the first is not known, and is sent in full
		assert.equal(sent.length, 2);
		assert.equal(sent[0].body.query, undefined);
		assert.notEqual(sent[1].body.query, undefined);
		await ask();
		assert.equal(sent.length, 1);
		assert.equal(sent[0].body.query, undefined);
	},

	async urql_asks_for_persisted_queries_over_get() {
		sent = [];
		const client = urql([persistedExchange({ preferGetForPersistedQueries: true }), fetchExchange],
			{ preferGetMethod: true });
		const result = await client.query(board, { first: 3 }).toPromise();
		assert.equal(result.error, undefined, String(result.error));
		assert.equal(sent[0].method, 'GET');
		assert.match(sent[0].address, /sha256Hash/);
	},

	async urql_follows_an_eco_and_goes_on_where_it_was_cut_off() {
		const socket = openSocket();
		const client = urqlOver(socket);
		const id = await created(client);
		const [first] = await urqlTold(client, 1, changed, { id, after: '0' });
		await client.mutation(addNote, note(id, 'While nobody listens')).toPromise();
		const after = first.ecoChanged.position;
		const [next] = await urqlTold(client, 1, changed, { id, after });
		assert.equal(next.ecoChanged.eco.version, first.ecoChanged.eco.version + 1);
		assert(BigInt(next.ecoChanged.position) > BigInt(after));
		await socket.dispose();
	},

	async urql_hears_every_entry_of_a_timeline_once_and_in_order() {
		const socket = openSocket();
		const client = urqlOver(socket);
		const id = await created(client);
		const [{ ecoChanged }] = await urqlTold(client, 1, changed, { id, after: '0' });
		const write = async () => {
			for (const text of ['One splice done', 'Two', 'Three'])
				await client.mutation(addNote, note(id, text)).toPromise();
		};
		const [heard] = await Promise.all([
			urqlTold(client, 3, entries, { id, after: ecoChanged.position }), write(),
		]);
		const { version } = ecoChanged.eco;
		assert.deepEqual(heard.map(({ timeline }) => timeline.version),
			[version + 1, version + 2, version + 3]);
		await socket.dispose();
	},

	async apollo_follows_a_timeline() {
		const socket = openSocket();
		const client = new ApolloClient({
			cache: new InMemoryCache(), link: new GraphQLWsLink(socket),
		});
		const made = await client.mutate({ mutation: gql(createEco), variables: input() });
		const { id } = made.data.createEco.eco;
		const [{ data }] = await told(1, (next, error) => {
			const subscription = client
				.subscribe({ query: gql(entries), variables: { id, after: '0' } })
				.subscribe({ next, error });
			return () => subscription.unsubscribe();
		});
		assert.equal(data.timeline.version, 1);
		client.stop();
		await socket.dispose();
	},

	async apollo_reads_the_board() {
		const { data } = await apollo([]).query({ query: gql(board), variables: { first: 5 } });
		assert.equal(data.viewer.organisation.handle, 'lone-star-noc');
		assert.equal(data.viewer.__typename, 'Viewer');
	},

	async apollo_gives_a_command_its_answer() {
		const { data } = await apollo([]).mutate({ mutation: gql(createEco), variables: input() });
		assert.equal(data.createEco.__typename, 'CreateEcoSuccess');
		assert.equal(data.createEco.eco.status, 'OPEN');
	},

	async apollo_shows_what_was_refused_as_errors_of_graphql() {
		await assert.rejects(apollo([]).query({ query: gql('{ nothing }') }), (error) => {
			assert.equal(error.name, 'CombinedGraphQLErrors', String(error));
			assert.equal(error.errors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
			return true;
		});
	},

	async apollo_asks_for_persisted_queries_by_digest_over_get_and_post() {
		const ask = async (first, useGETForHashedQueries) => {
			sent = [];
			const client = apollo([new PersistedQueryLink({ sha256, useGETForHashedQueries })]);
			const { data } = await client.query({
				query: gql(`query Mine { viewer { role organisation { name } } ecos(first: ${first}) { edges { cursor } } }`),
			});
			assert.equal(data.viewer.role, 'operator');
		};
		await ask(1, false);
		assert.equal(sent.length, 2);
		await ask(1, false);
		assert.equal(sent.length, 1);
		await ask(1, true);
		assert.equal(sent.length, 1);
		assert.equal(sent[0].method, 'GET');
		await ask(2, true);
		assert.deepEqual(sent.map((each) => each.method), ['GET', 'POST']);
	},

	async codegen_makes_types_from_the_running_server_and_they_compile() {
		const folder = application({
			'codegen.mjs': `export default {
				schema: [{ ${JSON.stringify(url)}: { headers: ${JSON.stringify(operator)} } }],
				documents: ['application.ts'],
				generates: { './gql/': {
					preset: 'client',
					config: { enumsAsTypes: true, defaultScalarType: 'unknown', scalars: {
						DateTime: 'string', JobNumber: 'string', Cursor: 'string',
					} },
				} },
			};`,
			'application.ts': `import { graphql } from './gql';
				import type { ResultOf } from '@graphql-typed-document-node/core';
				const board = graphql(\`${board}\`);
				const create = graphql(\`${createEco}\`);
				export function numbers(data: ResultOf<typeof board>): string[] {
					return data.ecos.edges.map((edge) => edge.node.jobNumber + edge.node.noc.handle);
				}
				export function number(data: ResultOf<typeof create>): string {
					const made = data.createEco;
					switch (made.__typename) {
					case 'CreateEcoSuccess': return made.eco.jobNumber;
					case 'Refusal': return made.message;
					}
				}`,
			'tsconfig.json': JSON.stringify({ compilerOptions: {
				strict: true, noEmit: true, module: 'esnext', moduleResolution: 'bundler',
				target: 'es2022', skipLibCheck: true, types: [],
			}, include: ['application.ts', 'gql'] }),
			'package.json': '{"type":"module"}',
		});
		try {
			inFolder(folder, '@graphql-codegen/cli/cjs/bin.js', '--config', 'codegen.mjs');
			assert.match(readFileSync(path.join(folder, 'gql/graphql.ts'), 'utf8'), /jobNumber/);
			inFolder(folder, 'typescript/bin/tsc', '--project', '.');
		} catch (error) {
			throw new Error(`${error.message}\n${error.stdout ?? ''}${error.stderr ?? ''}`);
		} finally {
			rmSync(folder, { recursive: true });
		}
	},
};

await run(tests, server.stop);
