// A real OpenID provider, oidc-provider, signs tokens for us, and what it signs is judged.
//
// usage: tests/judge/judge oidc_judge.mjs BUILD-FOLDER DRIVER
import { spawn } from 'node:child_process';
import { createHmac, createPublicKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import assert from 'node:assert/strict';
import path from 'node:path';

const [packages, driverPath] = process.argv.slice(2);
const require = createRequire(path.join(path.resolve(packages), 'package.json'));
console.warn = console.info = () => {}; // its advice to those who run it in earnest
const { Provider } = await import(pathToFileURL(require.resolve('oidc-provider')));

const audience = 'https://strike.example/api';
const client = { id: 'render-import', secret: 'only-for-this-test' };
const life = 600; // of a token, in seconds
const pause = 10; // IDENTITY_KEYS_PAUSE
const fresh = 600; // IDENTITY_KEYS_FRESH_DEFAULT
const stale = 6 * 3600; // IDENTITY_KEYS_STALE_MAX

// -- our side --

const driver = spawn(driverPath, { stdio: ['pipe', 'pipe', 'inherit'] });
const answers = createInterface({ input: driver.stdout })[Symbol.asyncIterator]();
async function ask(...words) {
	driver.stdin.write(`${words.join(' ')}\n`);
	const { value, done } = await answers.next();
	assert(!done, 'our program ended');
	return JSON.parse(value);
}
const verify = (token, later = 0) => ask('verify', later, token);
const advance = (seconds) => ask('advance', seconds);

async function proven(token, later) {
	const answer = await verify(token, later);
	assert.equal(answer.proven, true, JSON.stringify(answer));
	return answer;
}
async function refused(token, reason, later) {
	const answer = await verify(token, later);
	assert.equal(answer.proven, false, JSON.stringify(answer));
	assert.match(answer.reason, reason);
}
async function cannotTell(token, why) {
	const answer = await verify(token);
	assert.match(answer.fault ?? 'no fault', why, JSON.stringify(answer));
}

// -- the provider --

function makeKey(alg) {
	const { privateKey } = alg === 'ES256'
		? generateKeyPairSync('ec', { namedCurve: 'P-256' })
		: generateKeyPairSync('rsa', { modulusLength: 2048 });
	return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg };
}

let provider, keys, requests;
const answerRequest = (request, response) => {
	requests[request.url] = (requests[request.url] ?? 0) + 1;
	provider.callback()(request, response);
};
const server = createServer(answerRequest);
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address();
const issuer = `http://127.0.0.1:${port}`;

// Which algorithm a token has is part of its resource, so that one provider has them all.
const resourceOf = (alg) => (alg === 'RS256' ? audience : `${audience}?${alg}`);
function publish(some) {
	keys = some;
	provider = new Provider(issuer, {
		jwks: { keys },
		clients: [{
			client_id: client.id,
			client_secret: client.secret,
			grant_types: ['client_credentials'],
			redirect_uris: [],
			response_types: [],
		}],
		scopes: ['api'],
		ttl: { ClientCredentials: life },
		features: {
			clientCredentials: { enabled: true },
			devInteractions: { enabled: false },
			resourceIndicators: {
				enabled: true,
				getResourceServerInfo: (context, resource) => ({
					scope: 'api',
					audience: resource.split('?')[0],
					accessTokenFormat: 'jwt',
					accessTokenTTL: life,
					jwt: { sign: { alg: resource.split('?')[1] ?? 'RS256' } },
				}),
			},
		},
	});
}

async function token(resource = audience) {
	const form = new URLSearchParams({ grant_type: 'client_credentials' });
	if (resource !== '')
		form.set('resource', resource);
	const basic = Buffer.from(`${client.id}:${client.secret}`).toString('base64');
	const response = await fetch(`${issuer}/token`, {
		method: 'POST',
		headers: { authorization: `Basic ${basic}`, connection: 'close' },
		body: form,
	});
	const answer = await response.json();
	assert.equal(response.status, 200, JSON.stringify(answer));
	return answer.access_token;
}

// Down: whoever connects is hung up on.
let down = false;
server.on('connection', (socket) => { if (down) socket.destroy(); });
function setDown(now) {
	down = now;
	server.closeAllConnections();
}

// A world of each test: new keys, nothing known to us yet.
async function begin() {
	requests = {};
	publish([makeKey('RS256'), makeKey('ES256'), makeKey('PS256')]);
	await ask('issuer', issuer, audience);
}

// -- forging --

const base64url = (value) => Buffer.from(value).toString('base64url');
const parts = (text) => text.split('.').slice(0, 2).map((part) => JSON.parse(Buffer.from(part, 'base64url')));
const unsigned = (header, claims) => `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(claims))}`;
const signedWith = (jwk, header, claims) => {
	const input = unsigned(header, claims);
	const key = { key: jwk, format: 'jwk', dsaEncoding: 'ieee-p1363' };
	return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
};

// -- what is judged --

const tests = {
	async a_token_that_the_provider_signed_proves_its_client() {
		const signed = await token();
		const answer = await proven(signed);
		assert.equal(answer.subject, client.id);
		assert.equal(answer.issuer, issuer);
		assert.equal(answer.expires, parts(signed)[1].exp);
		assert.equal(requests['/.well-known/openid-configuration'], 1);
		assert.equal(requests['/jwks'], 1);
	},

	async every_algorithm_of_the_provider_that_is_allowed_is_accepted_and_no_other() {
		await proven(await token(resourceOf('RS256')));
		await proven(await token(resourceOf('ES256')));
		await refused(await token(resourceOf('PS256')), /algorithm is not allowed/);
	},

	async a_token_for_another_audience_is_refused() {
		await refused(await token('https://strike.example/api2'), /audience is not ours/);
		await refused(await token('https://other.example/'), /audience is not ours/);
	},

	async a_token_that_is_not_for_any_interface_is_refused() {
		await refused(await token(''), /three parts/);
	},

	async a_token_is_refused_when_its_time_is_over_or_has_not_come() {
		const signed = await token();
		await proven(signed, life - 30);
		await refused(signed, /expired/, life + 1);
		await refused(signed, /in the future/, -120);
	},

	async a_token_of_another_issuer_is_refused_though_it_has_the_same_keys() {
		const [header, claims] = parts(await token());
		await proven(signedWith(keys[0], header, claims));
		await refused(signedWith(keys[0], header, { ...claims, iss: `${issuer}/` }), /issuer/);
		await refused(signedWith(makeKey('RS256'), header, claims), /signature is wrong/);
	},

	async no_algorithm_proves_nothing() {
		const signed = await token();
		const [header, claims] = parts(signed);
		for (const alg of ['none', 'None', '']) {
			await refused(`${unsigned({ ...header, alg }, claims)}.`, /three parts/);
			await refused(`${unsigned({ ...header, alg }, claims)}.AA`, /algorithm/);
			await refused(`${unsigned({ ...header, alg }, claims)}.${signed.split('.')[2]}`,
				/algorithm/);
		}
	},

	async the_providers_public_key_is_no_shared_secret() {
		const [header, claims] = parts(await token());
		const published = (await (await fetch(`${issuer}/jwks`)).json()).keys
			.find((each) => each.kid === header.kid);
		const key = createPublicKey({ key: published, format: 'jwk' });
		const secrets = [
			key.export({ format: 'pem', type: 'spki' }),
			key.export({ format: 'pem', type: 'pkcs1' }),
			key.export({ format: 'der', type: 'spki' }),
			JSON.stringify(published),
			published.n,
		];
		for (const secret of secrets) {
			for (const alg of ['HS256', 'RS256']) {
				const input = unsigned({ ...header, alg }, claims);
				const mac = createHmac('sha256', secret).update(input).digest('base64url');
				await refused(`${input}.${mac}`, /algorithm is not allowed|signature is wrong/);
			}
		}
	},

	async a_token_that_was_altered_is_refused() {
		const signed = await token();
		const [header, claims] = parts(signed);
		const signature = signed.split('.')[2];
		const altered = [
			[header, { ...claims, sub: 'somebody-else' }],
			[header, { ...claims, exp: claims.exp + 3600 }],
			[{ ...header, kid: keys[2].kid }, claims],
			[{ ...header, typ: 'JWT' }, claims],
		];
		for (const [one, other] of altered)
			await refused(`${unsigned(one, other)}.${signature}`, /signature is wrong|no such key/);
		await refused(`${signed.slice(0, -4)}AAAA`, /signature is wrong/);
	},

	async a_rotation_is_noticed_by_the_first_token_under_the_new_key() {
		const before = await token();
		await proven(before);
		publish([makeKey('RS256'), ...keys]);
		const after = await token();
		assert.notEqual(parts(after)[0].kid, parts(before)[0].kid);
		await refused(after, /no such key/); // the keys were fetched a moment ago
		await advance(pause);
		await proven(after);
		await proven(before);
		assert.equal(requests['/jwks'], 2);
	},

	async a_key_that_the_provider_has_withdrawn_is_no_longer_accepted() {
		const before = await token();
		await proven(before);
		publish([makeKey('RS256')]);
		await proven(before); // as long as we have not asked again
		await advance(fresh);
		await refused(before, /no such key/);
		await proven(await token());
	},

	async a_storm_of_unknown_keys_costs_the_provider_one_request() {
		const [header, claims] = parts(await token());
		await proven(await token());
		await advance(pause);
		for (let i = 0; i < 100; i++)
			await refused(signedWith(keys[0], { ...header, kid: `storm-${i}` }, claims), /no such key/);
		assert.equal(requests['/jwks'], 2);
	},

	async while_the_provider_is_down_its_keys_serve_but_not_for_ever() {
		const signed = await token();
		await proven(signed);
		setDown(true);
		try {
			await advance(fresh);
			await proven(signed);
			await advance(stale - fresh - 1);
			await proven(signed);
			await advance(1);
			await cannotTell(signed, /could not get the keys of bearer/);
		} finally {
			setDown(false);
		}
		await cannotTell(signed, /could not get the keys of bearer/);
		await advance(300);
		await proven(signed);
	},

	async a_provider_that_calls_itself_something_else_is_not_believed() {
		const signed = await token();
		await ask('issuer', `http://localhost:${port}`, audience);
		const [header, claims] = parts(signed);
		await refused(signed, /issuer is not ours/);
		await cannotTell(signedWith(keys[0], header, { ...claims, iss: `http://localhost:${port}` }),
			/about another issuer/);
		assert.equal(requests['/jwks'] ?? 0, 0);
	},
};

// -- the run, told as cmocka tells it --

console.log(`[==========] Running ${Object.keys(tests).length} test(s).`);
let failed = 0;
for (const [name, test] of Object.entries(tests)) {
	console.log(`[ RUN      ] ${name}`);
	try {
		await begin();
		await test();
		console.log(`[       OK ] ${name}`);
	} catch (error) {
		failed++;
		console.log(`[  ERROR   ] --- ${error.message}\n${error.stack}`);
		console.log(`[  FAILED  ] ${name}`);
	}
}
driver.stdin.end();
const [code] = await once(driver, 'close');
if (code !== 0) {
	failed++;
	console.log(`[  ERROR   ] --- our program ended with ${code}`);
}
server.closeAllConnections();
server.close();
console.log(`[==========] ${Object.keys(tests).length} test(s) run.`);
console.log(`[  PASSED  ] ${Object.keys(tests).length - failed} test(s).`);
process.exit(failed === 0 ? 0 : 1);
