// What the judges of the API share: our server, and a run told as cmocka tells it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [packages, driver] = process.argv.slice(2);
const require = createRequire(path.join(path.resolve(packages), 'package.json'));

/** The folder of the packages. */
export const modules = path.join(path.resolve(packages), 'node_modules');

/** A package of package.json. */
export const load = (name) => import(pathToFileURL(require.resolve(name)));

/** For packages that must all see the same copy of another: as CommonJS. */
export const need = (name) => require(name);

export const operator = { 'Strike-Development-Identity': 'operator@lone-star-noc' };
export const dispatcher = { 'Strike-Development-Identity': 'dispatcher@hill-country-osp' };

/** Start our server: { url, settle(), stop() }. */
export async function startServer(environment = {}) {
	const child = spawn(driver, {
		stdio: ['pipe', 'pipe', 'inherit'],
		env: { ...process.env, ...environment },
	});
	const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
	const read = async () => {
		const { value, done } = await lines.next();
		if (done)
			throw new Error('our server ended');
		return JSON.parse(value);
	};
	const { url } = await read();
	return {
		url,
		async settle() {
			child.stdin.write('settle\n');
			await read();
		},
		async stop() {
			child.stdin.end();
			const [code] = await once(child, 'close');
			if (code !== 0)
				throw new Error(`our server ended with ${code}`);
		},
	};
}

/** Run ${tests}, functions by name, and end the process; ${finish} comes after them. */
export async function run(tests, finish = async () => {}) {
	const names = Object.keys(tests);
	let failed = 0;
	console.log(`[==========] Running ${names.length} test(s).`);
	const attempt = async (name, test) => {
		try {
			await test();
			return true;
		} catch (error) {
			failed++;
			console.log(`[  ERROR   ] --- ${error.message}\n${error.stack}`);
			console.log(`[  FAILED  ] ${name}`);
			return false;
		}
	};
	for (const name of names) {
		console.log(`[ RUN      ] ${name}`);
		if (await attempt(name, tests[name]))
			console.log(`[       OK ] ${name}`);
	}
	await attempt('the server ends well', finish);
	console.log(`[==========] ${names.length} test(s) run.`);
	console.log(`[  PASSED  ] ${names.length - Math.min(failed, names.length)} test(s).`);
	process.exit(failed === 0 ? 0 : 1);
}
