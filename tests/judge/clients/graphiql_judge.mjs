// GraphiQL, as a developer sees it: in Chromium, over our server.
//
// usage: tests/judge/judge clients/graphiql_judge.mjs BUILD-FOLDER SERVER-DRIVER
//
// STRIKE_JUDGE_PICTURES names a folder for pictures of the page.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { load, modules, run, startServer } from './our_server.mjs';

const patience = 60000; // for a slow machine; nothing waits for all of it when all is well

const skip = (why) => {
	console.log(`skipped: ${why}`);
	process.exit(77);
};

const program = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
	.find((each) => existsSync(each));
if (program === undefined)
	skip('there is no Chromium (Debian: apt-get install chromium)');
const files = path.join(modules, '..', '..', 'graphiql');
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const fetched = spawnSync(path.join(root, 'tools/fetch-graphiql'), [files], { encoding: 'utf8' });
if (fetched.status === 69)
	skip(fetched.stderr);
assert.equal(fetched.status, 0, fetched.stderr);

const { chromium } = await load('playwright-core').then((module) => module.default ?? module);
const server = await startServer({ STRIKE_GRAPHIQL_DIR: files });
const browser = await chromium.launch({
	executablePath: program,
	args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
});

// A page of its own for each test: what it complained of and what it asked.
let page, complaints, requests;
async function open() {
	page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
	page.setDefaultTimeout(patience);
	complaints = [];
	requests = [];
	page.on('console', (message) => {
		if (['error', 'warning'].includes(message.type()))
			complaints.push(message.text());
	});
	page.on('pageerror', (error) => complaints.push(String(error)));
	page.on('request', (request) => requests.push(request.url()));
	await page.goto(`${server.url}/graphiql`);
	await page.locator('.graphiql-query-editor .CodeMirror').waitFor();
	await page.waitForLoadState('networkidle'); // the schema is there
}
async function close() {
	await page.context().close();
}
const picture = async (name) => {
	if (process.env.STRIKE_JUDGE_PICTURES !== undefined)
		await page.screenshot({ path: path.join(process.env.STRIKE_JUDGE_PICTURES, `${name}.png`) });
};

const write = (text) => page.evaluate((value) =>
	document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror.setValue(value), text);
// Execute until ${part} is in the answer: a moment after it was written, GraphiQL still has
// the name of the operation that stood there before.
async function answered(part) {
	const until = Date.now() + patience;
	for (;;) {
		await page.locator('.graphiql-execute-button').click();
		try {
			await page.waitForFunction((wanted) => document.querySelector('.result-window .CodeMirror')
				?.CodeMirror.getValue().includes(wanted), part, { timeout: 2000 });
			return;
		} catch (error) {
			if (Date.now() > until)
				throw error;
		}
	}
}
const beIdentity = async (identity) => {
	await page.fill('#identity', identity);
	await page.keyboard.press('Enter');
};

const tests = {
	async the_page_loads_without_a_complaint_and_asks_nobody_but_us() {
		await page.locator('.graphiql-doc-explorer, .graphiql-sidebar').first().waitFor();
		await picture('graphiql');
		assert.deepEqual(complaints, []);
		for (const each of requests)
			assert(each.startsWith(server.url) || each.startsWith('data:'), each);
	},

	async a_query_is_executed_as_whoever_stands_in_the_field() {
		await write('{ viewer { user organisation { handle } } }');
		await answered('"handle": "lone-star-noc"');
		await beIdentity('dispatcher@hill-country-osp');
		await answered('"handle": "hill-country-osp"');
		await picture('graphiql-query');
	},

	async who_is_nobody_is_told_so() {
		await beIdentity('nobody@nowhere');
		await write('{ viewer { user } }');
		await answered('UNAUTHENTICATED');
	},

	async variables_and_commands_work() {
		await write('mutation($input: CreateEcoInput!) { createEco(input: $input) { __typename } }');
		await page.evaluate((value) => {
			const editors = [...document.querySelectorAll('.graphiql-editor-tool .CodeMirror')];
			editors[0].CodeMirror.setValue(value);
		}, JSON.stringify({ input: {
			idempotencyKey: crypto.randomUUID(),
			location: { type: 'Point', coordinates: [-97.7431, 30.2672] },
			jobType: 'MFR',
			description: 'Loss of light',
			osp: 'hill-country-osp',
		} }));
		await answered('CreateEcoSuccess');
	},

	async a_subscription_is_listened_to_over_a_websocket() {
		await write('subscription { boardChanged(after: "0") { eco { jobNumber status } } }');
		await answered('"boardChanged"');
		assert.equal(await page.locator('#live').innerText(), 'live');
		await picture('graphiql-subscription');
		await page.locator('.graphiql-execute-button').click(); // stops it
	},

	async the_documentation_is_there() {
		await page.getByLabel('Show Documentation Explorer').click();
		const explorer = page.locator('.graphiql-doc-explorer');
		await explorer.getByText('Query', { exact: true }).first().click();
		await explorer.getByText('viewer', { exact: true }).first().waitFor();
		await picture('graphiql-docs');
	},

	async names_are_offered_while_one_writes() {
		await write('{  }');
		await page.evaluate(() => {
			const editor = document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror;
			editor.focus();
			editor.setCursor({ line: 0, ch: 2 });
		});
		await page.keyboard.press('Control+Space');
		const hints = page.locator('.CodeMirror-hints');
		await hints.waitFor();
		assert.match(await hints.innerText(), /viewer/);
		await picture('graphiql-hints');
	},

	async a_mistake_is_underlined_before_it_is_sent() {
		await write('{ nothing }');
		await page.locator('.CodeMirror-lint-mark-error, .CodeMirror-lint-mark').first().waitFor();
	},
};

const prepared = Object.fromEntries(Object.entries(tests).map(([name, test]) => [name, async () => {
	await open();
	try {
		await test();
	} catch (error) {
		await picture(`graphiql-${name}`);
		throw error;
	} finally {
		await close();
	}
}]));
await run(prepared, async () => {
	await browser.close();
	await server.stop();
});
