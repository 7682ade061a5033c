// Twilio's own library judges our signatures, both ways, over requests made by chance.
//
// usage: tests/judge/judge twilio_judge.mjs BUILD-FOLDER DRIVER
// STRIKE_JUDGE_SEED repeats a run, STRIKE_JUDGE_CASES says how long it is.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import assert from 'node:assert/strict';
import path from 'node:path';

const [packages, driverPath] = process.argv.slice(2);
const require = createRequire(path.join(path.resolve(packages), 'package.json'));
const twilio = require('twilio');
const { getExpectedTwilioSignature, getExpectedBodyHash } = require('twilio/lib/webhooks/webhooks');

const seed = Number(process.env.STRIKE_JUDGE_SEED ?? Math.floor(Math.random() * 2 ** 31));
const cases = Number(process.env.STRIKE_JUDGE_CASES ?? 400);

// -- chance: mulberry32, so that a seed is enough to see a run again --

let state = seed >>> 0;
function chance() {
	state = (state + 0x6d2b79f5) >>> 0;
	let t = state;
	t = Math.imul(t ^ (t >>> 15), t | 1);
	t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
	return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}
const below = (n) => Math.floor(chance() * n);
const one = (list) => list[below(list.length)];

// -- our side --

const driver = spawn(driverPath, { stdio: ['pipe', 'pipe', 'inherit'] });
const answers = createInterface({ input: driver.stdout })[Symbol.asyncIterator]();
const hex = (text) => (text === '' ? '-' : Buffer.from(text, 'utf8').toString('hex'));
async function ask(question, ...words) {
	driver.stdin.write(`${question} ${words.map(hex).join(' ')}\n`);
	const { value, done } = await answers.next();
	assert(!done, 'our program ended');
	return value;
}
const accepts = async (...words) => (await ask('form', ...words)) === 'yes';
const acceptsBody = async (...words) => (await ask('body', ...words)) === 'yes';

// -- requests --

const pieces = ['a', 'Z', '0', ' ', '+', '%', '&', '=', '?', '#', '/', '"', "'", '<', '\\', '\n',
	'\t', '~', '*', 'é', 'ß', '日', '\u0301', '\ud7ff', '\ue000', '\uff01', '\ufffd', '😀', '🚒',
	'\u{10ffff}'];
const word = (most) => Array.from({ length: below(most + 1) }, () => one(pieces)).join('');
const names = ['CallSid', 'callsid', 'AccountSid', 'Digits', 'From', 'To', 'CallStatus', 'Body', 'A',
	'a', 'MediaUrl0', 'MediaUrl10', 'MediaUrl2', '10', '9'];

// As Express has it: a text, or a list of texts where a name occurs more than once.
function parameters() {
	const params = {};
	for (let n = below(12); n > 0; n--) {
		const name = chance() < 0.8 ? one(names) : `x${word(4)}`;
		const value = word(one([0, 3, 40]));
		if (name in params)
			params[name] = [].concat(params[name], chance() < 0.3 ? params[name] : value);
		else
			params[name] = value;
	}
	return params;
}

// The same as a body; names and repeated values in any order that keeps what is meant.
function encode(params) {
	const pairs = Object.entries(params).flatMap(([name, value]) =>
		[].concat(value).map((each) => [name, each]));
	for (let i = pairs.length - 1; i > 0; i--) {
		const j = below(i + 1);
		[pairs[i], pairs[j]] = [pairs[j], pairs[i]];
	}
	return new URLSearchParams(pairs).toString();
}

const tokenOf = () => Array.from({ length: 32 }, () => '0123456789abcdef'[below(16)]).join('');
function address() {
	const scheme = one(['https', 'https', 'http']);
	const user = chance() < 0.1 ? 'user:pass@' : '';
	const host = one(['strike.example.com', 'a.b', '127.0.0.1', '[::1]']);
	const route = one(['', '/', '/webhooks/twilio/voice/status', '/a/prefix/of/a/proxy', '/a%20b/c;d',
		"/it's"]);
	const query = one(['', '', `?eco=${below(1e6)}&attempt=${below(9)}`, '?a=1&a=2', '?q=%C3%A9+%26',
		'?', '?empty=']);
	return { scheme, before: `${scheme}://${user}${host}`, after: route + query };
}
const standardPort = (url) => (url.scheme === 'https' ? ':443' : ':80');
const at = (url, port) => url.before + port + url.after;

// ${text} with one character replaced, taken or added.
function alter(text) {
	const characters = Array.from(text), i = below(characters.length);
	const kind = below(3);
	if (kind === 0 || characters.length === 0)
		characters.splice(i, 0, 'x');
	else if (kind === 1)
		characters.splice(i, 1);
	else
		characters[i] = characters[i] === 'x' ? 'y' : 'x';
	return characters.join('');
}

// -- what is judged --

const tests = {
	async what_twilios_library_signs_is_accepted() {
		const url = address(), params = parameters(), body = encode(params);
		const token = tokenOf(), other = tokenOf();
		const port = one(['', standardPort(url), ':8443']);
		const signature = getExpectedTwilioSignature(token, at(url, port), params);

		assert(await accepts(token, '', at(url, port), body, signature), 'the token itself');
		assert(await accepts(other, token, at(url, port), body, signature), 'the previous token');
		assert(!(await accepts(other, '', at(url, port), body, signature)), 'another token');
		assert(!(await accepts('', '', at(url, port), body, signature)), 'no token');
	},

	async a_port_may_be_signed_or_left_out_as_the_library_has_it() {
		const url = address(), params = parameters(), body = encode(params), token = tokenOf();
		const ports = ['', ':80', ':443', ':8443'];
		const signed = one(ports), seen = one(ports);
		const signature = getExpectedTwilioSignature(token, at(url, signed), params);

		assert.equal(await accepts(token, '', at(url, seen), body, signature),
			twilio.validateRequest(token, signature, at(url, seen), params),
			`signed with "${signed}", seen with "${seen}"`);
	},

	async what_was_altered_is_refused() {
		const url = at(address(), ''), params = parameters(), token = tokenOf();
		const signature = getExpectedTwilioSignature(token, url, params);
		const known = Object.keys(params);
		const changed = { ...params };
		if (known.length > 0 && chance() < 0.7)
			changed[one(known)] = one(['', 'x', alter('changed')]) + word(3);
		else
			changed.Added = word(3) + 'x';
		if (chance() < 0.2 && known.length > 0)
			delete changed[known[0]];
		const verdict = twilio.validateRequest(token, signature, url, changed);
		// Nothing is added between names and values, so that some changes do not show: as
		// little to the library as to us.
		assert.equal(await accepts(token, '', url, encode(changed), signature), verdict, 'parameters');

		const body = encode(params);
		assert(!(await accepts(token, '', `${url}x`, body, signature)) ||
			twilio.validateRequest(token, signature, `${url}x`, params), 'a longer address');
		assert(!(await accepts(alter(token), '', url, body, signature)), 'the token');
		assert(!(await accepts(token, '', url, body, alter(signature))), 'the signature');
		assert(!(await accepts(token, '', url, body, '')), 'no signature');
	},

	async what_we_sign_is_accepted_by_twilios_library() {
		const url = at(address(), one(['', ':8443'])), params = parameters(), token = tokenOf();
		const signature = await ask('sign', token, url, encode(params));

		assert.equal(signature, getExpectedTwilioSignature(token, url, params));
		assert(twilio.validateRequest(token, signature, url, params));
		assert(!twilio.validateRequest(tokenOf(), signature, url, params));
	},

	async a_request_by_get_is_signed_by_its_address_alone() {
		const url = at(address(), ''), token = tokenOf();
		const signature = getExpectedTwilioSignature(token, url, {});

		assert(await accepts(token, '', url, '', signature));
		assert(twilio.validateRequest(token, await ask('sign', token, url, ''), url, {}));
	},

	async a_body_that_is_no_form_is_bound_by_its_digest() {
		const body = JSON.stringify({ text: word(60), n: below(1e6) }), token = tokenOf();
		const bare = address(), join = bare.after.includes('?') ? '&' : '?';
		const url = `${at(bare, '')}${join}bodySHA256=${getExpectedBodyHash(body)}`;
		const signature = getExpectedTwilioSignature(token, url, {});

		assert(await acceptsBody(token, '', url, body, signature));
		assert(await acceptsBody(tokenOf(), token, url, body, signature), 'the previous token');
		assert(twilio.validateRequestWithBody(token, signature, url, body));
		for (const [what, words] of Object.entries({
			'the body': [token, '', url, alter(body), signature],
			'no body': [token, '', url, '', signature],
			'the digest': [token, '', alter(url), body, signature],
			'the token': [alter(token), '', url, body, signature],
			'the signature': [token, '', url, body, alter(signature)],
		}))
			assert(!(await acceptsBody(...words)), what);
	},
};

// -- the run, told as cmocka tells it --

console.log(`seed ${seed}, ${cases} requests a test (STRIKE_JUDGE_SEED repeats it)`);
console.log(`[==========] Running ${Object.keys(tests).length} test(s).`);
let failed = 0;
for (const [name, test] of Object.entries(tests)) {
	console.log(`[ RUN      ] ${name}`);
	try {
		for (let i = 0; i < cases; i++)
			await test();
		console.log(`[       OK ] ${name}`);
	} catch (error) {
		failed++;
		console.log(`[  ERROR   ] --- seed ${seed}: ${error.message}\n${error.stack}`);
		console.log(`[  FAILED  ] ${name}`);
	}
}
driver.stdin.end();
console.log(`[==========] ${Object.keys(tests).length} test(s) run.`);
console.log(`[  PASSED  ] ${Object.keys(tests).length - failed} test(s).`);
process.exit(failed === 0 ? 0 : 1);
