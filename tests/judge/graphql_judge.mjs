// graphql-js judges our GraphQL engine: schemas, documents, variables and data are made up,
// and both have to say the same of them.  Where we differ on purpose is written down in
// graphql_differences.json, with the reason, and checked to be still so.
//
// usage: graphql_judge.mjs PACKAGES DRIVER [FAILURES]
// SEED and CASES in the environment repeat a run, or make a longer one; FAILURES is a file
// that the cases which failed are written to.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { adorn, makeData, makeDocument, makeSchema, mutate, printSchema, Random } from './graphql_generator.mjs'

const [packages, driver, failuresFile] = process.argv.slice(2)
const js = await import(pathToFileURL(join(packages, 'node_modules/graphql/index.mjs')))
const here = dirname(fileURLToPath(import.meta.url))
const differences = JSON.parse(readFileSync(join(here, 'graphql_differences.json'), 'utf8'))

const product = readFileSync(join(here, '../../schema.graphql'), 'utf8')

const seed = Number(process.env.SEED ?? 20211028)
const cases = Number(process.env.CASES ?? 20000)
const CASES_A_SCHEMA = 40
const SCHEMAS_A_PROCESS = 25
const SHOWN = 8

/* What graphql-js calls our rules, which have the names of the specification. */
const RULES = {
	'Executable Definitions': 'ExecutableDefinitions',
	'Operation Type Existence': 'KnownOperationTypes',
	'Operation Name Uniqueness': 'UniqueOperationNames',
	'Lone Anonymous Operation': 'LoneAnonymousOperation',
	'Single Root Field': 'SingleFieldSubscriptions',
	'Field Selections': 'FieldsOnCorrectType',
	'Field Selection Merging': 'OverlappingFieldsCanBeMerged',
	'Leaf Field Selections': 'ScalarLeafs',
	'Argument Names': 'KnownArgumentNames',
	'Argument Uniqueness': 'UniqueArgumentNames',
	'Required Arguments': 'ProvidedRequiredArguments',
	'Fragment Name Uniqueness': 'UniqueFragmentNames',
	'Fragment Spread Type Existence': 'KnownTypeNames',
	'Fragments on Composite Types': 'FragmentsOnCompositeTypes',
	'Fragments Must Be Used': 'NoUnusedFragments',
	'Fragment Spread Target Defined': 'KnownFragmentNames',
	'Fragment Spreads Must Not Form Cycles': 'NoFragmentCycles',
	'Fragment Spread Is Possible': 'PossibleFragmentSpreads',
	'Values of Correct Type': 'ValuesOfCorrectType',
	'Input Object Field Uniqueness': 'UniqueInputFieldNames',
	'Directives Are Defined': 'KnownDirectives',
	'Directives Are in Valid Locations': 'KnownDirectives',
	'Directives Are Unique per Location': 'UniqueDirectivesPerLocation',
	'Variable Uniqueness': 'UniqueVariableNames',
	'Variable Type Existence': 'KnownTypeNames',
	'Variables Are Input Types': 'VariablesAreInputTypes',
	'All Variable Uses Defined': 'NoUndefinedVariables',
	'All Variables Used': 'NoUnusedVariables',
	'All Variable Usages Are Allowed': 'VariablesInAllowedPosition',
}

// -- what graphql-js says -----------------------------------------------------------------

let broken = []
const rules = js.specifiedRules.map((rule) => (context) => {
	const noting = Object.create(context)
	noting.reportError = (error) => {
		broken.push(rule.name.replace(/Rule$/, ''))
		context.reportError(error)
	}
	return rule(noting)
})

const sorted = (values) => [...new Set(values)].sort()

/* Line and column of ${offset}, in characters, where graphql-js counts UTF-16 units. */
function place(text, offset) {
	const lines = text.slice(0, offset).split(/\r\n|\n|\r(?!\n)/)
	return `${lines.length}:${[...lines.at(-1)].length + 1}`
}

/* The schema that graphql-js makes of ${sdl}; a string says why there is none. */
function theirSchema(sdl) {
	try {
		const schema = js.buildSchema(sdl)
		const errors = js.validateSchema(schema)
		return errors.length > 0 ? errors[0].message : schema
	} catch (error) {
		return error.message
	}
}

function theirs(schema, roots, objects, c) {
	let document
	try {
		document = js.parse(c.query, { allowEmptySelectionSets: false })
	} catch (error) {
		return { phase: 'parse', at: place(c.query, error.positions[0]), words: error.message }
	}
	broken = []
	const errors = js.validate(schema, document, rules, { maxErrors: 1000 })
	if (errors.length > 0)
		return { phase: 'validate', rules: sorted(broken), words: errors.map((e) => e.message) }
	const operations = document.definitions.filter((d) => d.kind === js.Kind.OPERATION_DEFINITION)
	const operation = c.operationName === '' ? (operations.length === 1 ? operations[0] : undefined) : operations.find((o) => o.name?.value === c.operationName)
	if (operation === undefined)
		return { phase: 'operation' }
	const result = js.executeSync({
		schema,
		document,
		variableValues: c.variables,
		operationName: c.operationName === '' ? undefined : c.operationName,
		fieldResolver: resolver(roots, objects),
		typeResolver: (value) => value?.$type,
	})
	if (!('data' in result))
		return { phase: 'variables', words: result.errors.map((e) => e.message) }
	/* Who subscribes hears of a bad argument at once; here the event has come already. */
	if (operation.operation === 'subscription' && result.errors?.some((e) => e.path?.length === 1 && /^Argument "[^@]/.test(e.message)))
		return { phase: 'variables', words: result.errors.map((e) => e.message) }
	const places = (result.errors ?? []).map((e) => (e.positions === undefined ? 'none' : place(c.query, e.positions[0])))
	return executed(JSON.parse(JSON.stringify(result)), places)
}

function resolver(roots, objects) {
	const convert = (value, args) => {
		if (Array.isArray(value))
			return value.map((item) => convert(item, args))
		if (value === null || typeof value !== 'object')
			return value
		if ('$arguments' in value)
			return JSON.stringify(args)
		return '$json' in value ? value.$json : objects[value.$ref]
	}
	return (source, args, context, info) => {
		const key = Object.keys(roots).find((k) => roots[k] === info.parentType.name)
		const value = (key === undefined ? source : objects[`${key[0].toUpperCase()}${key.slice(1)}#0`])[info.fieldName]
		if (value?.$error || value?.$fault)
			throw new Error(value.$error ?? value.$fault)
		return value === undefined ? undefined : convert(value, args)
	}
}

/*
 * Arguments are told as JSON and defaults as GraphQL, in texts: how a number or a string is
 * written in them is no matter.
 */
function leaf(value) {
	if (typeof value !== 'string')
		return value
	if (!/^[{["]/.test(value))
		return value
	return (value[0] === '{' ? attempt(() => JSON.stringify(JSON.parse(value))) : undefined) ?? attempt(() => sameLiteral(value)) ?? value
}

/* What ${read} gives, unless it finds that it is no such thing. */
function attempt(read) {
	try {
		return read()
	} catch {
		return undefined
	}
}

/* ${text}, a literal, in a form that does not tell a block string from another. */
const sameLiteral = (text) => JSON.stringify(js.parseConstValue(text, { noLocation: true }), (key, value) => (key === 'block' ? undefined : value))
const plain = (value) => (Array.isArray(value) ? value.map(plain) : value !== null && typeof value === 'object' ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)])) : leaf(value))

function executed(result, places) {
	const at = (e) => (e.locations?.[0] ? `${e.locations[0].line}:${e.locations[0].column}` : 'none')
	const errors = (result.errors ?? []).map((e, i) => ({ path: e.path === undefined ? 'none' : JSON.stringify(e.path), line: places?.[i] ?? at(e), words: e.message }))
	return { phase: 'execute', data: JSON.stringify(plain(result.data)), value: result.data, errors }
}

// -- what we say --------------------------------------------------------------------------

function ours(answer) {
	const response = JSON.parse(answer)
	if ('data' in response)
		return executed(response)
	const [first] = response.errors
	switch (first.extensions.code) {
	case 'GRAPHQL_PARSE_FAILED':
		return { phase: 'parse', at: `${first.locations[0].line}:${first.locations[0].column}`, words: first.message }
	case 'GRAPHQL_VALIDATION_FAILED':
		return { phase: 'validate', rules: sorted(response.errors.map((e) => RULES[e.extensions.rule] ?? `? ${e.extensions.rule}`)), words: response.errors.map((e) => e.message) }
	case 'OPERATION_RESOLUTION_FAILURE':
		return { phase: 'operation' }
	case 'BAD_USER_INPUT':
		return { phase: 'variables', words: response.errors.map((e) => e.message) }
	}
	return { phase: first.extensions.code, words: first.message }
}

/* Questions for the driver, and what is to be done with their answers. */
class Questions {
	constructor() {
		this.chunks = []
		this.readers = []
	}
	ask(question, payloads, read) {
		const bytes = payloads.map((p) => Buffer.from(p))
		this.chunks.push(Buffer.from(`${question} ${bytes.map((b) => b.length).join(' ')}\n`), ...bytes)
		this.readers.push(read)
	}
	send() {
		const run = spawnSync(driver, { input: Buffer.concat(this.chunks), maxBuffer: 2 ** 30 })
		let at = 0
		for (const read of this.readers) {
			const end = run.stdout.indexOf(10, at)
			const length = Number(run.stdout.subarray(at, end))
			if (end < 0 || run.stdout.length < end + 1 + length) {
				console.log(`the driver ended with ${run.status ?? run.signal}: ${run.stderr}`)
				read(null)
				return
			}
			read(run.stdout.subarray(end + 1, end + 1 + length).toString())
			at = end + 1 + length
		}
		if (run.status !== 0)
			console.log(`the driver ended with ${run.status ?? run.signal}: ${run.stderr}`)
		this.chunks = []
		this.readers = []
	}
}

// -- comparing ----------------------------------------------------------------------------

/*
 * Where in ${data} the error at ${path} shows: the place that became null because of it.
 * Which of several errors beneath one such place are told, the specification leaves open.
 */
function nulled(data, path) {
	if (path === 'none')
		return path
	let value = data
	const way = []
	for (const key of JSON.parse(path)) {
		if (value === null)
			break
		way.push(key)
		value = value[key]
	}
	return JSON.stringify(way)
}

/* What is wrong with ${o}, ours, beside ${t}, theirs; undefined when nothing is. */
function compare(o, t) {
	if (o.phase !== t.phase)
		return 'phase'
	if (o.phase === 'parse' && o.at !== t.at)
		return 'place'
	if (o.phase === 'validate' && o.rules.join() !== t.rules.join())
		return 'rules'
	if (o.phase !== 'execute')
		return undefined
	if (o.data !== t.data)
		return 'data'
	const where = (r) => sorted(r.errors.map((e) => nulled(r.value, e.path))).join()
	if (where(o) !== where(t))
		return 'errors'
	/* An error of the same path stands in the same place of the document. */
	for (const e of o.errors) {
		const other = t.errors.find((f) => f.path === e.path)
		if (other !== undefined && other.line !== e.line && e.line !== 'none')
			return 'locations'
	}
	return undefined
}

/* What explains a set of broken rules that is another: who sees it, and what is left over. */
const RULE_DIFFERENCES = [
	{
		id: 'merging-in-circles',
		met: (c, o, t) => t.has('NoFragmentCycles'),
		forget: (o, t) => t.delete('OverlappingFieldsCanBeMerged'),
	},
	{
		id: 'arguments-of-unknown-directives',
		met: (c, o, t) => t.has('KnownDirectives'),
		forget: (o, t) => ['ValuesOfCorrectType', 'VariablesInAllowedPosition'].forEach((rule) => o.has(rule) || t.delete(rule)),
	},
	{
		id: 'meta-fields-merge',
		met: (c) => /:[^{}()]*__/.test(c.query),
		forget: (o, t) => t.has('OverlappingFieldsCanBeMerged') || o.delete('OverlappingFieldsCanBeMerged'),
	},
	{
		id: 'block-strings-are-strings',
		met: (c, o, t, words, foreign) => c.query.includes('"""') && foreign.some((w) => /they have differing arguments/.test(w)),
		forget: (o, t) => o.has('OverlappingFieldsCanBeMerged') || t.delete('OverlappingFieldsCanBeMerged'),
	},
	{
		id: 'fragments-of-one-name',
		met: (c, o, t) => o.has('UniqueFragmentNames') && t.has('UniqueFragmentNames'),
		forget: (o, t) => o.delete('NoFragmentCycles') && t.delete('OverlappingFieldsCanBeMerged'),
	},
	{
		id: 'one-of-inside-non-null',
		met: (c, o, t, words) => words.some((w) => /must be non-nullable to be used for OneOf/.test(w)),
		forget: (o, t) => t.has('VariablesInAllowedPosition') || o.delete('VariablesInAllowedPosition'),
	},
]

/*
 * The deliberate differences that explain why ${o} is not ${t}: recognised by what they do
 * and by what in the document can cause them.  Empty: nothing explains it.
 */
function explain(c, o, t) {
	if (o.rules?.join() === 'ExecutableDefinitions' && (t.phase === 'parse' || t.rules?.includes('ExecutableDefinitions')))
		return ['executable-definitions']
	const conditions = (errors) => errors.filter((e) => /Argument ("@(skip|include)\(if:\)"|"if" of required type)/.test(e.words))
	if (o.phase === 'execute' && t.phase === 'execute' && conditions(o.errors).length > 0) {
		const rest = { ...o, errors: o.errors.filter((e) => !conditions([e]).length) }
		if (conditions(t.errors).length > 0 || compare(rest, t) === undefined)
			return ['null-conditions']
	}
	if (o.phase === 'parse' || t.phase === 'parse' || (o.phase !== 'validate' && t.phase !== 'validate'))
		return []
	const left = new Set(o.rules), right = new Set(t.rules), used = []
	for (const d of RULE_DIFFERENCES) {
		const before = left.size + right.size
		if (d.met(c, left, right, o.words ?? [], t.words ?? []))
			d.forget(left, right)
		if (left.size + right.size !== before)
			used.push(d.id)
	}
	return sorted(left).join() === sorted(right).join() ? used : []
}

// -- introspection ------------------------------------------------------------------------

const introspection = js.getIntrospectionQuery({ descriptions: true, specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true, inputValueDeprecation: true, oneOf: true })

/* What graphql-js knows beyond the edition of September 2025. */
const DRAFT = ['FRAGMENT_VARIABLE_DEFINITION', 'DIRECTIVE_DEFINITION']
const BUILT_IN = ['Int', 'Float', 'String', 'Boolean', 'ID']

function normal(schema) {
	const byName = (a, b) => (a.name < b.name ? -1 : 1)
	for (const list of [schema.types, schema.directives])
		list.sort(byName)
	for (const t of schema.types) {
		t.possibleTypes?.sort(byName)
		for (const f of [...(t.inputFields ?? []), ...(t.fields ?? []).flatMap((f) => f.args)])
			normalDefault(f)
		/* The words about what is the specification's own are everybody's own. */
		if (t.name.startsWith('__') || BUILT_IN.includes(t.name))
			forget(t)
		if (t.name === '__DirectiveLocation')
			t.enumValues = t.enumValues.filter((v) => !DRAFT.includes(v.name))
		if (t.name === '__Directive')
			t.fields = t.fields.filter((f) => f.name !== 'isDeprecated' && f.name !== 'deprecationReason')
		if (t.name === '__Schema')
			t.fields.find((f) => f.name === 'directives').args = []
		if (t.name.startsWith('__'))
			t.fields?.sort(byName)
	}
	for (const d of schema.directives) {
		delete d.isDeprecated
		delete d.deprecationReason
		d.args.forEach(normalDefault)
		d.locations = d.locations.filter((l) => !DRAFT.includes(l)).sort()
		if (['skip', 'include', 'deprecated', 'specifiedBy', 'oneOf'].includes(d.name))
			forget(d)
	}
	return JSON.stringify(sortKeys(schema))
}

function forget(thing) {
	thing.description = null
	for (const part of [...(thing.fields ?? []), ...(thing.args ?? []), ...(thing.enumValues ?? [])])
		forget(part)
}

/* A default is text in GraphQL; how it is written is free. */
function normalDefault(input) {
	if (input.defaultValue !== null)
		input.defaultValue = sameLiteral(input.defaultValue)
}

const sortKeys = (value) => (Array.isArray(value) ? value.map(sortKeys) : value !== null && typeof value === 'object' ? Object.fromEntries(Object.keys(value).sort().map((k) => [k, sortKeys(value[k])])) : value)

// -- the run ------------------------------------------------------------------------------

const counts = { cases: 0, schemas: 0, 'schemas refused': 0, parse: 0, validate: 0, operation: 0, variables: 0, execute: 0, 'with errors': 0, explained: 0 }
const explained = {}
const seenRules = {}
const failures = []

function fail(kind, c, o, t) {
	failures.push({ kind, ...c, ours: o, theirs: t })
}

function note(reasons) {
	counts.explained++
	for (const reason of reasons)
		explained[reason] = (explained[reason] ?? 0) + 1
}

function judge(c, answer, t) {
	if (answer === null)
		return fail('crash', c, null, t)
	const o = ours(answer)
	counts.cases++
	counts[t.phase]++
	counts['with errors'] += t.phase === 'execute' && t.errors.length > 0
	for (const rule of t.rules ?? [])
		seenRules[rule] = (seenRules[rule] ?? 0) + 1
	const kind = compare(o, t)
	if (kind === undefined)
		return
	const reasons = explain(c, o, t)
	if (reasons.length === 0)
		return fail(kind, c, o, t)
	note(reasons)
}

/* How each field is resolved: all alone, all in batches, or some so and some so. */
function bindingsOf(r, model) {
	const mode = r.pick(['p', 'b', 'x'])
	const roots = Object.fromEntries(Object.entries(model.roots).map(([operation, name]) => [name, operation[0]]))
	const lines = []
	for (const t of model.types.values())
		for (const f of t.kind === 'type' ? t.fields : [])
			lines.push(`${mode === 'x' ? r.pick(['p', 'b']) : mode}${roots[t.name] ?? '-'} ${t.name}.${f.name}`)
	return lines.join('\n') + '\n'
}

function askSchema(questions, sdl, bindings, built) {
	questions.ask('schema', [sdl, bindings], (answer) => {
		counts.schemas++
		counts['schemas refused'] += typeof built === 'string'
		if (answer !== null && (answer === '') === (typeof built !== 'string'))
			return
		const reason = explainSchema(sdl, answer, built)
		if (reason === undefined)
			return fail('schema', { sdl }, answer, typeof built === 'string' ? built : 'accepted')
		note([reason])
	})
}

/* A schema that was broken: only whether it is taken counts. */
function askBroken(questions, r, sdl) {
	const text = mutate(r, sdl)
	const built = theirSchema(text)
	/* What is executable, or built in, is among the differences. */
	if (/directive[\s,]*@[\s,]*(skip|include|deprecated|specifiedBy|oneOf)\b/.test(text))
		return
	if (typeof built !== 'string' && js.parse(text).definitions.some(js.isExecutableDefinitionNode))
		return
	askSchema(questions, text, '', built)
}

/* The deliberate difference that explains why we judge ${sdl} otherwise, or undefined. */
function explainSchema(sdl, answer, built) {
	const found = /^schema line (\d+), column (\d+)/.exec(answer)
	if (typeof built === 'string' || found === null)
		return undefined
	let inside = false
	js.visit(js.parse(sdl), { Directive(node) {
		inside ||= node.arguments?.some((a) => between(sdl, a.value.loc, `${found[1]}:${found[2]}`))
	} })
	return inside ? 'applied-directive-values' : undefined
}

function between(sdl, loc, at) {
	for (let offset = loc.start; offset < loc.end; offset++)
		if (place(sdl, offset) === at)
			return true
	return false
}

function makeCase(r, model) {
	const c = makeDocument(r, model, r.pick([0, 0, 0, 0.01, 0.03, 0.1]))
	if (r.chance(0.15))
		c.query = adorn(r, c.query)
	if (r.chance(0.15))
		c.query = mutate(r, c.query)
	return c
}

function askCase(questions, c, schema, roots, objects) {
	const t = theirs(schema, roots, objects, c)
	questions.ask('run', [c.query, JSON.stringify(c.variables), c.operationName], (answer) => judge(c, answer, t))
}

function askEverything(questions, r) {
	const real = r.chance(0.1)
	const model = real ? productModel(theirSchema(product)) : makeSchema(r)
	const sdl = real ? product : printSchema(r, model)
	const schema = theirSchema(sdl)
	for (let i = 0; i < 5 && !real; i++)
		askBroken(questions, r, sdl)
	askSchema(questions, sdl, typeof schema === 'string' ? '' : bindingsOf(r, model), schema)
	if (typeof schema === 'string')
		return
	const roots = model.roots
	questions.ask('run', [introspection, '', ''], (answer) => {
		const t = normal(js.introspectionFromSchema(schema, { descriptions: true, specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true, inputValueDeprecation: true, oneOf: true }).__schema)
		const response = answer === null ? {} : JSON.parse(answer)
		const o = response.data && normal(response.data.__schema)
		if (o !== t)
			fail('introspection', { sdl }, o ?? response, t)
	})
	for (let i = 0; i < CASES_A_SCHEMA; i++) {
		const objects = i % 10 === 0 ? makeData(r, model, r.pick([0, 0.03, 0.15])) : askEverything.objects
		if (objects !== askEverything.objects)
			questions.ask('data', [JSON.stringify(objects)], () => {})
		askEverything.objects = objects
		askCase(questions, { sdl, objects: `number ${i - (i % 10)}`, ...makeCase(r, model) }, schema, roots, objects)
	}
}

/* The schema of the product, as graphql_generator.mjs makes them. */
function productModel(schema) {
	const inputs = (list) => list.map((i) => ({ name: i.name, type: String(i.type), default: i.default === undefined ? undefined : 'given' }))
	const types = new Map()
	for (const t of Object.values(schema.getTypeMap())) {
		if (t.name.startsWith('__') || BUILT_IN.includes(t.name))
			continue
		const fields = () => Object.values(t.getFields()).map((f) => ({ name: f.name, type: String(f.type), args: inputs(f.args) }))
		if (js.isScalarType(t))
			types.set(t.name, { kind: 'scalar', name: t.name })
		else if (js.isEnumType(t))
			types.set(t.name, { kind: 'enum', name: t.name, values: t.getValues() })
		else if (js.isUnionType(t))
			types.set(t.name, { kind: 'union', name: t.name, members: t.getTypes().map((m) => m.name) })
		else if (js.isInputObjectType(t))
			types.set(t.name, { kind: 'input', name: t.name, oneOf: t.isOneOf, fields: inputs(Object.values(t.getFields())) })
		else
			types.set(t.name, { kind: js.isObjectType(t) ? 'type' : 'interface', name: t.name, interfaces: t.getInterfaces().map((i) => i.name), fields: fields() })
	}
	const roots = {}
	for (const [operation, type] of Object.entries({ query: schema.getQueryType(), mutation: schema.getMutationType(), subscription: schema.getSubscriptionType() }))
		if (type)
			roots[operation] = type.name
	return { types, directives: [], roots }
}

/* Every difference that is written down is still one, and as it is described. */
function askDifferences(questions) {
	for (const d of differences) {
		const { sdl, query, variables = {}, ours: expected, theirs: foreign } = d.example
		const schema = theirSchema(sdl)
		if (query === undefined) {
			questions.ask('schema', [sdl, ''], (answer) => {
				const o = answer === '' ? 'accepted' : 'refused', t = typeof schema === 'string' ? 'refused' : 'accepted'
				if (o !== expected || t !== foreign)
					fail('difference', { id: d.id }, o + ' ' + answer, t)
			})
			continue
		}
		const fields = Object.values(schema.getTypeMap()).filter((t) => js.isObjectType(t) && !t.name.startsWith('__')).flatMap((t) => Object.keys(t.getFields()).map((f) => `p${t.name === 'Query' ? 'q' : '-'} ${t.name}.${f}`))
		const objects = d.example.objects ?? { 'Query#0': {} }
		questions.ask('schema', [sdl, fields.join('\n') + '\n'], () => {})
		questions.ask('data', [JSON.stringify(objects)], () => {})
		const t = theirs(schema, { query: 'Query' }, objects, { query, variables, operationName: '' })
		questions.ask('run', [query, JSON.stringify(variables), ''], (answer) => {
			const o = answer === null ? { phase: 'crash' } : ours(answer)
			const told = (x) => (x.phase === 'validate' ? x.rules.join() : x.phase === 'execute' ? x.data : x.phase === 'parse' ? `parse ${x.at}` : x.phase)
			if (told(o) !== expected || told(t) !== foreign)
				fail('difference', { id: d.id }, told(o), told(t))
		})
	}
}

console.log(`SEED=${seed} CASES=${cases}, graphql-js ${js.version}`)
const random = new Random(seed)
const questions = new Questions()
askDifferences(questions)
questions.send()
for (let made = 0; made < cases && failures.length < 200;) {
	for (let i = 0; i < SCHEMAS_A_PROCESS && made < cases; i++, made += CASES_A_SCHEMA)
		askEverything(questions, new Random(random.below(0xffffffff)))
	questions.send()
}

console.log(JSON.stringify(counts))
console.log(`rules: ${Object.entries(seenRules).map(([n, c]) => `${n} ${c}`).join(', ')}`)
console.log(`deliberate differences met: ${JSON.stringify(explained)}; all ${differences.length} are still as written`)
if (failuresFile)
	writeFileSync(failuresFile, JSON.stringify(failures, null, 1))
for (const f of failures.slice(0, SHOWN))
	console.log(`\n-- ${f.kind}\n${f.query ?? f.sdl ?? f.id}\nvariables ${JSON.stringify(f.variables)}\nours   ${JSON.stringify(f.ours)}\ntheirs ${JSON.stringify(f.theirs)}`)
if (failures.length > 0)
	console.log(`\n${failures.length} differences that nobody meant`)
process.exit(failures.length > 0 ? 1 : 0)
