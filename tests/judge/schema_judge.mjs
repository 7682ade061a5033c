// What has changed in the API's contract since it was last promised, as graphql-js judges it.
// usage: schema_judge.mjs PACKAGES ROOT
// ROOT/schema.graphql is compared with ROOT/tests/golden/schema.graphql; schema-breaks.md there
// lists the changes that are meant.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const [packages, root] = process.argv.slice(2)
const graphql = createRequire(join(packages, 'package.json'))('graphql')

function schemaOf(text) {
	return graphql.buildSchema(text)
}

/** Each change as a line: "FIELD_REMOVED: Eco.example was removed." */
function changesOf(before, after) {
	return [...graphql.findBreakingChanges(before, after), ...graphql.findDangerousChanges(before, after)].map(
		(change) => `${change.type}: ${change.description}`)
}

/** What no client can be surprised by, as long as it need not be given: named, but needs no reason. */
const HARMLESS = /^OPTIONAL_(INPUT_FIELD|ARG)_ADDED: /

/** The changes that are listed, each with its reason. */
function listedIn(text) {
	const listed = new Map()
	for (const line of text.split('\n')) {
		const match = /^- `([^`]+)` *(.*)$/.exec(line)
		if (match) listed.set(match[1], match[2])
	}
	return listed
}

/** The judge itself is judged: what it must call broken, dangerous, and neither. */
function checkJudge() {
	const before = schemaOf('type Query { a: Int b(c: Int): Int } enum E { F }')
	const cases = [
		['type Query { b(c: Int): Int } enum E { F }', 1],
		['type Query { a: String b(c: Int): Int } enum E { F }', 1],
		['type Query { a: Int b(c: Int!): Int } enum E { F }', 1],
		['type Query { a: Int b(c: Int): Int } enum E { F G }', 1],
		['type Query { a: Int b(c: Int, d: Int): Int e: Int } enum E { F }', -1],
	]
	for (const [text, count] of cases) {
		const found = changesOf(before, schemaOf(text))
		// An argument more that need not be given is called dangerous, but a field more is nothing.
		if (count > 0 && found.length !== count) throw new Error(`the judge misjudges ${text}: ${found}`)
		if (count < 0 && found.some((change) => change.startsWith('FIELD'))) throw new Error(`${text}: ${found}`)
	}
}

checkJudge()
const golden = join(root, 'tests/golden')
const changes = changesOf(
	schemaOf(readFileSync(join(golden, 'schema.graphql'), 'utf8')), schemaOf(readFileSync(join(root, 'schema.graphql'), 'utf8')))
const listed = listedIn(readFileSync(join(golden, 'schema-breaks.md'), 'utf8'))
let wrong = 0
const complain = (text) => {
	console.log(text)
	wrong++
}

for (const change of changes) {
	if (HARMLESS.test(change)) console.log(`added: ${change}`)
	else if (!listed.has(change)) complain(`not promised: ${change}`)
	else if (listed.get(change).trim().length < 10) complain(`no reason is given for: ${change}`)
	else console.log(`meant: ${change}`)
}
for (const change of listed.keys())
	if (!changes.includes(change)) complain(`schema-breaks.md lists what was not changed: ${change}`)
console.log(`${changes.length} changes since the contract was promised, ${wrong} of them wrong`)
if (wrong > 0) {
	console.log('List a change that is meant in tests/golden/schema-breaks.md, with its reason.')
	process.exit(1)
}
