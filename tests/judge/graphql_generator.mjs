// Schemas, documents, variables and data for graphql_judge.mjs.  Everything comes out of one
// generator of numbers, so that a seed says it all.

/** Numbers that look random and are the same for the same seed (mulberry32). */
export class Random {
	constructor(seed) {
		this.state = seed >>> 0
	}
	next() {
		this.state = (this.state + 0x6d2b79f5) >>> 0
		let t = this.state
		t = Math.imul(t ^ (t >>> 15), t | 1)
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
		return ((t ^ (t >>> 14)) >>> 0) / 4294967296
	}
	/** A whole number from 0 to below ${n}. */
	below(n) {
		return Math.floor(this.next() * n)
	}
	/** A whole number from ${low} to ${high}. */
	within(low, high) {
		return low + this.below(high - low + 1)
	}
	chance(p) {
		return this.next() < p
	}
	pick(list) {
		return list[this.below(list.length)]
	}
	/** ${count} different ones of ${list}, or all. */
	some(list, count) {
		const rest = [...list], taken = []
		while (taken.length < count && rest.length > 0)
			taken.push(rest.splice(this.below(rest.length), 1)[0])
		return taken
	}
}

// -- types as text: [Int!]! ------------------------------------------------------------

const isNonNull = (type) => type.endsWith('!')
const nullable = (type) => (isNonNull(type) ? type.slice(0, -1) : type)
const isList = (type) => nullable(type).startsWith('[')
const itemOf = (type) => nullable(type).slice(1, -1)
export const namedOf = (type) => type.replace(/[[\]!]/g, '')

function wrapped(r, name) {
	if (r.chance(0.2))
		name += '!'
	if (r.chance(0.3))
		name = `[${name}]` + (r.chance(0.3) ? '!' : '')
	if (r.chance(0.06))
		name = `[${name}]`
	return name
}

// -- literals ---------------------------------------------------------------------------

const PIECES = ['a', 'b', ' ', 'é', '漢', '😀', '\\n', '\\"', '\\\\', '\\/', '\\u00e9', '\\u{1F600}', '\\uD83D\\uDE00', '#', ',', '{', '\t']
const BLOCK_PIECES = ['a', ' b', '\n', '\n  ', '\n    x', '\r\n', '\t', 'é', '😀', '\\"""', '\\n', '"', '  ', '#']

function stringLiteral(r) {
	let text = ''
	for (let i = r.below(5); i > 0; i--)
		text += r.pick(PIECES)
	return `"${text}"`
}

function blockLiteral(r) {
	let text = ''
	for (let i = r.below(8); i > 0; i--)
		text += r.pick(BLOCK_PIECES)
	/* A quote or a backslash before the closing quotes would be another literal. */
	return `"""${text.replace(/["\\]+$/, '')}"""`
}

const textLiteral = (r) => (r.chance(0.2) ? blockLiteral(r) : stringLiteral(r))

function anyLiteral(r, depth, place) {
	switch (r.below(depth > 0 ? 9 : 7)) {
	case 0: return String(r.within(-5, 50))
	case 1: return r.pick(['1.5', '-0.25', '1e3', '0.0', '2E-2'])
	case 2: return r.pick(['true', 'false'])
	case 3: return place?.never ?? 'null'
	case 4: return r.pick(['OPEN', 'A', 'nobody'])
	case 5: return place?.variable?.(null) ?? textLiteral(r)
	case 6: return textLiteral(r)
	case 7: return `[${Array.from({ length: r.below(3) }, () => anyLiteral(r, depth - 1, place)).join(', ')}]`
	default: return `{${r.some(['a', 'b', 'c'], r.below(3)).map((n) => `${n}: ${anyLiteral(r, depth - 1, place)}`).join(', ')}}`
	}
}

/** Something that is no value of ${type}, most of the time. */
function wrongLiteral(r, type) {
	return r.pick(['null', '1', '1.5', '"text"', 'true', 'NOWHERE', '{}', '{nope: 1}', '[1, "a"]', '[[1]]', '2147483648', '-2147483649', '{a: 1, a: 2}', '[null]', '$nowhere'])
}

/**
 * A literal of ${type}.  ${place}.variable(type) may offer a variable instead;
 * ${place}.wrong is how likely a mistake is.
 */
export function literal(r, model, type, depth, place = {}) {
	if (place.wrong && r.chance(place.wrong))
		return wrongLiteral(r, type)
	const variable = place.variable?.(type)
	if (variable)
		return variable
	if (!isNonNull(type) && r.chance(0.1))
		return 'null'
	if (isList(type)) {
		if (r.chance(0.15))
			return literal(r, model, nullable(itemOf(type)) + '!', depth, { ...place, variable: undefined })
		return `[${Array.from({ length: r.below(3) }, () => literal(r, model, itemOf(type), depth, place)).join(', ')}]`
	}
	const name = namedOf(type)
	switch (name) {
	case 'Int': return r.pick(['0', '1', '-7', '2147483647', '-2147483648', '42'])
	case 'Float': return r.pick(['0', '1.5', '-2.25', '1e3', '7', '1E-2', '0.1'])
	case 'String': return textLiteral(r)
	case 'Boolean': return r.pick(['true', 'false'])
	case 'ID': return r.chance(0.4) ? String(r.below(1000)) : stringLiteral(r)
	}
	const definition = model.types.get(name)
	if (definition.kind === 'enum')
		return r.pick(definition.values).name
	if (definition.kind === 'scalar')
		return anyLiteral(r, 2, isNonNull(type) ? { ...place, never: '0' } : place)
	return inputLiteral(r, model, definition, depth - 1, place)
}

function inputLiteral(r, model, input, depth, place) {
	let fields = input.fields
	if (input.oneOf)
		fields = [fields.find((f) => depth > 0 || model.types.get(namedOf(f.type))?.kind !== 'input') ?? fields[0]]
	else
		fields = fields.filter((f) => isRequired(f) || (depth > 0 && r.chance(0.5)))
	if (place.wrong && r.chance(place.wrong))
		fields = r.some(input.fields, r.below(3))
	const given = fields.map((f) => `${f.name}: ${literal(r, model, input.oneOf ? nullable(f.type) + '!' : f.type, depth, place)}`)
	if (place.wrong && given.length > 0 && r.chance(place.wrong))
		given.push(r.pick([given[0], 'nope: 1']))
	return `{${given.join(r.pick([', ', ' ', ',']))}}`
}

export const isRequired = (input) => isNonNull(input.type) && input.default === undefined

// -- schemas ----------------------------------------------------------------------------

const OBJECTS = ['Eco', 'Crew', 'Note', 'Site', 'Cable', 'Truck']
const INTERFACES = ['Node', 'Named', 'Timed', 'Placed']
const ENUMS = ['Status', 'Level']
const INPUTS = ['Filter', 'Point', 'Range', 'Choice']
const SCALARS = ['DateTime', 'Anything']
const FIELDS = ['id', 'name', 'status', 'at', 'note', 'crew', 'site', 'items', 'count', 'weight', 'flag', 'next']
const ARGUMENTS = ['first', 'filter', 'of', 'by', 'since', 'kind']
const SDL_PLACES = ['SCHEMA', 'SCALAR', 'OBJECT', 'FIELD_DEFINITION', 'ARGUMENT_DEFINITION', 'INTERFACE', 'UNION', 'ENUM', 'ENUM_VALUE', 'INPUT_OBJECT', 'INPUT_FIELD_DEFINITION']
const QUERY_PLACES = ['QUERY', 'MUTATION', 'SUBSCRIPTION', 'FIELD', 'FRAGMENT_DEFINITION', 'FRAGMENT_SPREAD', 'INLINE_FRAGMENT', 'VARIABLE_DEFINITION']

class SchemaMaker {
	constructor(r) {
		this.r = r
		this.types = new Map()
		this.directives = []
		this.model = { types: this.types, directives: this.directives, roots: {} }
	}
	add(definition) {
		this.types.set(definition.name, definition)
		return definition
	}
	names(...kinds) {
		return [...this.types.values()].filter((t) => kinds.includes(t.kind)).map((t) => t.name)
	}
	leafName() {
		return this.r.pick(['Int', 'Float', 'String', 'String', 'Boolean', 'ID', ...this.names('enum', 'scalar')])
	}
	inputType(allowObjects = true) {
		const objects = allowObjects ? this.names('input') : []
		const name = objects.length > 0 && this.r.chance(0.3) ? this.r.pick(objects) : this.leafName()
		return wrapped(this.r, name)
	}
	/* The type of what is called ${name}: mostly the same everywhere, so that fields merge. */
	outputType(name) {
		const r = this.r
		this.habits ??= new Map()
		if (!this.habits.has(name) || r.chance(0.1)) {
			const composite = r.chance(0.4)
			const type = composite ? r.pick(this.composites) : this.leafName()
			this.habits.set(name, wrapped(r, type))
		}
		return this.habits.get(name)
	}
	inputs(names, allowObjects) {
		const r = this.r
		return names.map((name) => {
			const type = this.inputType(allowObjects)
			const input = { name, type, description: this.description() }
			if (r.chance(0.3))
				input.default = literal(r, this.model, type, 1)
			if (!isRequired(input) && r.chance(0.1))
				input.deprecated = this.reason()
			return input
		})
	}
	description() {
		return this.r.chance(0.15) ? textLiteral(this.r) : undefined
	}
	reason() {
		return this.r.chance(0.5) ? '' : `(reason: ${stringLiteral(this.r)})`
	}
	field(name) {
		const r = this.r
		return {
			name,
			type: this.outputType(name),
			args: r.chance(0.35) ? this.inputs(r.some(ARGUMENTS, r.within(1, 3)), true) : [],
			description: this.description(),
			deprecated: r.chance(0.08) ? this.reason() : undefined,
		}
	}
	/* A field as ${promised} by an interface, at least. */
	keep(promised) {
		const r = this.r
		const type = !isNonNull(promised.type) && r.chance(0.2) ? promised.type + '!' : promised.type
		const more = r.chance(0.2) ? [{ name: 'extra', type: 'Int' }] : []
		return { ...promised, type, args: [...promised.args, ...more.filter(() => !promised.args.some((a) => a.name === 'extra'))], description: this.description() }
	}
	members(interfaces, count) {
		const fields = new Map()
		for (const name of interfaces)
			for (const f of this.types.get(name).fields)
				if (!fields.has(f.name))
					fields.set(f.name, this.keep(f))
				else if (isNonNull(f.type) && !isNonNull(fields.get(f.name).type))
					fields.get(f.name).type += '!'
		for (const name of this.r.some(FIELDS, count))
			if (!fields.has(name))
				fields.set(name, this.field(name))
		return [...fields.values()]
	}
	/* ${names} and all that they implement, when their fields agree. */
	closure(names) {
		const all = new Set()
		const visit = (name) => {
			for (const above of this.types.get(name).interfaces)
				visit(above)
			all.add(name)
		}
		names.forEach(visit)
		return this.agree([...all]) ? [...all] : []
	}
	agree(names) {
		const seen = new Map()
		for (const name of names)
			for (const f of this.types.get(name).fields) {
				const shape = nullable(f.type) + f.args.map((a) => a.name + a.type).join() + (f.deprecated !== undefined)
				if (seen.has(f.name) && seen.get(f.name) !== shape)
					return false
				seen.set(f.name, shape)
			}
		return true
	}
	make() {
		const r = this.r
		this.objectNames = r.some(OBJECTS, r.within(2, 5))
		this.interfaceNames = r.some(INTERFACES, r.below(4))
		this.unionNames = r.some(['Found', 'Any'], r.below(3))
		this.composites = [...this.objectNames, ...this.interfaceNames, ...this.unionNames]
		for (const name of r.some(SCALARS, r.below(3)))
			this.add({ kind: 'scalar', name, specifiedBy: r.chance(0.4) ? stringLiteral(r) : undefined })
		for (const name of r.some(ENUMS, r.below(3)))
			this.add({ kind: 'enum', name, values: r.some(['OPEN', 'CLOSED', 'HIGH', 'LOW', 'name'], r.within(1, 4)).map((n) => ({ name: n, description: this.description(), deprecated: r.chance(0.15) ? this.reason() : undefined })) })
		for (const name of r.some(INPUTS, r.below(4)))
			this.addInput(name)
		for (const name of this.interfaceNames) {
			const interfaces = this.closure(r.chance(0.5) ? r.some(this.names('interface'), 1) : [])
			this.add({ kind: 'interface', name, interfaces, fields: this.members(interfaces, r.within(1, 3)) })
		}
		for (const name of this.objectNames) {
			const interfaces = this.closure(r.some(this.names('interface'), r.below(3)))
			this.add({ kind: 'type', name, interfaces, fields: this.members(interfaces, r.within(1, 5)) })
		}
		for (const name of this.unionNames)
			this.add({ kind: 'union', name, members: r.some(this.objectNames, r.within(1, 3)) })
		this.addRoots()
		this.addDirectives()
		return this.model
	}
	addInput(name) {
		const r = this.r
		const oneOf = r.chance(0.3)
		const fields = this.inputs(r.some(['a', 'b', 'c', 'd'], r.within(1, 4)), true)
		if (oneOf)
			fields.forEach((f) => { f.type = nullable(f.type); delete f.default })
		const input = this.add({ kind: 'input', name, oneOf, fields })
		/* It may hold itself where that can end. */
		if (!oneOf && r.chance(0.3))
			fields.push({ name: 'self', type: r.chance(0.5) ? name : `[${name}!]` })
		return input
	}
	addRoots() {
		const r = this.r
		const own = r.chance(0.2)
		const root = (operation, name, count) => {
			if (own)
				name = 'My' + name
			this.model.roots[operation] = name
			this.add({ kind: 'type', name, interfaces: [], fields: this.members([], count) })
		}
		root('query', 'Query', r.within(3, 7))
		if (r.chance(0.4))
			root('mutation', 'Mutation', 2)
		if (r.chance(0.4))
			root('subscription', 'Subscription', 2)
		this.model.explicit = own || r.chance(0.2)
		this.model.description = this.model.explicit ? this.description() : undefined
	}
	addDirectives() {
		const r = this.r
		for (const name of r.some(['tag', 'mark', 'hint'], r.below(4)))
			this.directives.push({
				name,
				args: r.chance(0.6) ? this.inputs(r.some(ARGUMENTS, r.within(1, 2)), true) : [],
				repeatable: r.chance(0.4),
				places: r.some([...SDL_PLACES, ...QUERY_PLACES], r.within(1, 12)),
				description: this.description(),
			})
	}
}

/** A valid schema, as far as can be: {types, directives, roots}. */
export function makeSchema(r) {
	return new SchemaMaker(r).make()
}

// -- schemas as text --------------------------------------------------------------------

class Printer {
	constructor(r, model) {
		this.r = r
		this.model = model
	}
	applied(place) {
		let text = ''
		for (const d of this.model.directives) {
			if (!d.places.includes(place) || !this.r.chance(0.25))
				continue
			for (let i = d.repeatable ? this.r.within(1, 2) : 1; i > 0; i--)
				text += ' @' + d.name + this.given(d.args)
		}
		return text
	}
	given(args) {
		const list = args.filter((a) => isRequired(a) || this.r.chance(0.4))
			.map((a) => `${a.name}: ${literal(this.r, this.model, a.type, 1)}`)
		return list.length > 0 ? `(${list.join(', ')})` : ''
	}
	deprecated(member) {
		return member.deprecated === undefined ? '' : ' @deprecated' + member.deprecated
	}
	described(member, text) {
		return (member.description === undefined ? '' : member.description + ' ') + text
	}
	input(input, place) {
		return this.described(input, `${input.name}: ${input.type}${input.default === undefined ? '' : ' = ' + input.default}${this.deprecated(input)}${this.applied(place)}`)
	}
	args(args) {
		return args.length === 0 ? '' : `(${args.map((a) => this.input(a, 'ARGUMENT_DEFINITION')).join(' ')})`
	}
	field(field) {
		return this.described(field, `${field.name}${this.args(field.args)}: ${field.type}${this.deprecated(field)}${this.applied('FIELD_DEFINITION')}`)
	}
	/* The definition of ${head}, a part of ${members} in an extension now and then. */
	split(keyword, name, middle, open, members, close) {
		const at = this.r.chance(0.15) ? this.r.below(members.length) : members.length
		const part = (list) => (list.length === 0 ? '' : open + list.join('\n  ') + close)
		const texts = [`${keyword} ${name}${middle}${part(members.slice(0, at))}`]
		if (at < members.length)
			texts.push(`extend ${keyword} ${name}${part(members.slice(at))}`)
		return texts
	}
	type(t) {
		const interfaces = t.interfaces?.length > 0 ? ' implements ' + (this.r.chance(0.1) ? '& ' : '') + t.interfaces.join(' & ') : ''
		let texts
		switch (t.kind) {
		case 'scalar':
			texts = [`scalar ${t.name}${t.specifiedBy === undefined ? '' : ` @specifiedBy(url: ${t.specifiedBy})`}${this.applied('SCALAR')}`]
			break
		case 'enum':
			texts = this.split('enum', t.name, this.applied('ENUM'), ' { ', t.values.map((v) => this.described(v, v.name + this.deprecated(v) + this.applied('ENUM_VALUE'))), ' }')
			break
		case 'input':
			texts = this.split('input', t.name, (t.oneOf ? ' @oneOf' : '') + this.applied('INPUT_OBJECT'), ' { ', t.fields.map((f) => this.input(f, 'INPUT_FIELD_DEFINITION')), ' }')
			break
		case 'union':
			texts = [`union ${t.name}${this.applied('UNION')} = ${this.r.chance(0.2) ? '| ' : ''}${t.members.join(' | ')}`]
			break
		default:
			texts = this.split(t.kind, t.name, interfaces + this.applied(t.kind === 'type' ? 'OBJECT' : 'INTERFACE'), ' {\n  ', t.fields.map((f) => this.field(f)), '\n}')
		}
		if (this.r.chance(0.1))
			texts[0] = textLiteral(this.r) + '\n' + texts[0]
		return texts
	}
	print() {
		const r = this.r, texts = []
		for (const d of this.model.directives)
			texts.push(this.described(d, `directive @${d.name}${this.args(d.args)}${d.repeatable ? ' repeatable' : ''} on ${d.places.join(' | ')}`))
		for (const t of this.model.types.values())
			texts.push(...this.type(t))
		if (this.model.explicit)
			texts.push(this.described(this.model, `schema${this.applied('SCHEMA')} { ${Object.entries(this.model.roots).map(([o, n]) => `${o}: ${n}`).join(' ')} }`))
		return r.some(texts, texts.length).join('\n') + '\n'
	}
}

export function printSchema(r, model) {
	return new Printer(r, model).print()
}

// -- documents --------------------------------------------------------------------------

class DocumentMaker {
	constructor(r, model, wrong) {
		this.r = r
		this.model = model
		this.wrong = wrong
		this.variables = []
		this.fragments = []
		this.aliases = 0
	}
	mistake() {
		return this.r.chance(this.wrong)
	}
	typeOf(name) {
		return this.model.types.get(name)
	}
	/* A variable for a place of ${type} (null: any), or undefined. */
	variable(type) {
		const r = this.r
		if (!r.chance(0.2))
			return undefined
		if (this.mistake())
			return '$' + r.pick(['nowhere', 'v0'])
		type ??= r.pick(['Int', 'String', '[Int]', 'Boolean'])
		const known = this.variables.filter((v) => v.type === type || v.type === type + '!')
		if (known.length > 0 && r.chance(0.4))
			return '$' + r.pick(known).name
		const variable = { name: 'v' + this.variables.length, type, directives: '' }
		if (this.mistake())
			variable.type = wrapped(r, r.pick(['Int', 'String', 'Nope', ...this.model.types.keys()]))
		else if (!isNonNull(type) && r.chance(0.3))
			variable.type += '!'
		else if (isNonNull(type) && r.chance(0.3))
			variable.type = nullable(type)
		if (variable.type !== type && nullable(variable.type) === nullable(type) && !isNonNull(variable.type) ? !this.mistake() : r.chance(0.2))
			variable.default = this.defaultOf(variable.type)
		variable.directives = this.directives('VARIABLE_DEFINITION', true)
		this.variables.push(variable)
		return '$' + variable.name
	}
	defaultOf(type) {
		const known = /^(Int|Float|String|Boolean|ID)$/.test(namedOf(type)) || ['enum', 'scalar', 'input'].includes(this.typeOf(namedOf(type))?.kind)
		return known ? literal(this.r, this.model, type, 1, { wrong: this.wrong }) : '1'
	}
	arguments(inputs, constant) {
		const r = this.r
		let list = inputs.filter((a) => (isRequired(a) ? !this.mistake() : r.chance(0.5)))
		const place = { wrong: this.wrong, variable: constant ? undefined : (type) => this.variable(type) }
		list = r.some(list, list.length).map((a) => `${a.name}: ${literal(r, this.model, a.type, 2, place)}`)
		if (this.mistake())
			list.push(`${r.pick([...inputs.map((i) => i.name), 'nope'])}: ${r.pick(['1', '{}', '[$nope]', '"a"'])}`)
		return list.length > 0 ? `(${list.join(r.pick([', ', ' ']))})` : ''
	}
	directives(place, constant = false) {
		const r = this.r
		let text = ''
		for (const d of this.model.directives)
			if ((d.places.includes(place) || this.mistake()) && r.chance(0.1))
				for (let i = d.repeatable ? r.within(1, 2) : 1; i > 0; i--)
					text += ` @${d.name}${this.arguments(d.args, constant)}`
		const fits = ['FIELD', 'FRAGMENT_SPREAD', 'INLINE_FRAGMENT'].includes(place) && !this.atRoot
		if (fits ? r.chance(0.12) : this.mistake())
			text += ` @${r.pick(['skip', 'include'])}(if: ${constant ? 'true' : this.variable('Boolean!') ?? r.pick(['true', 'false'])})`
		if (this.mistake())
			text += r.pick([' @nope', ' @skip', ' @skip(if: false) @skip(if: false)', ' @deprecated', ' @include(if: 1)', ' @nope(a: $nope)'])
		return text
	}
	/* What ${parent} and the objects it stands for can also be asked as. */
	related(parent) {
		const objects = this.objectsOf(parent)
		return [...this.model.types.values()].filter((t) => ['type', 'interface', 'union'].includes(t.kind) && this.objectsOf(t.name).some((o) => objects.includes(o))).map((t) => t.name)
	}
	objectsOf(name) {
		const t = this.typeOf(name)
		if (t.kind === 'union')
			return t.members
		if (t.kind === 'interface')
			return [...this.model.types.values()].filter((o) => o.kind === 'type' && o.interfaces.includes(name)).map((o) => o.name)
		return [name]
	}
	field(parent, depth) {
		const r = this.r, type = this.typeOf(parent)
		if (r.chance(0.08) || type.fields === undefined)
			return this.mistake() ? `${r.pick(['x', 'name'])}: __typename` : '__typename'
		if (this.mistake())
			return r.pick(['nope', 'nope { a }', 'nope(a: $nope)', 'a: id', '__schema { queryType { name } }', `x: ${r.pick(FIELDS)}`])
		const field = r.pick(type.fields)
		let text = field.name
		if (field.args.length > 0 ? r.chance(0.7) : r.chance(0.15))
			text = `a${this.mistake() ? r.below(3) : this.aliases++}: ${text}`
		text += this.arguments(field.args) + this.directives('FIELD')
		const named = namedOf(field.type)
		const composite = ['type', 'interface', 'union'].includes(this.typeOf(named)?.kind)
		if (composite !== this.mistake())
			text += composite ? ' ' + this.selections(named, depth - 1) : ' { id }'
		return text
	}
	fragment(parent, depth) {
		const r = this.r
		const on = this.mistake() ? r.pick(['Nope', 'Int', ...this.model.types.keys()]) : r.pick([parent, ...this.related(parent)])
		const beneath = ['type', 'interface', 'union'].includes(this.typeOf(on)?.kind) ? on : parent
		if (r.chance(0.5)) {
			const condition = r.chance(0.85) ? ` on ${on}` : ''
			return `...${condition}${this.directives('INLINE_FRAGMENT')} ${this.selections(condition ? beneath : parent, depth - 1)}`
		}
		const known = this.fragments.filter((f) => f.on === on && (f.done || this.mistake()))
		if (known.length > 0 && r.chance(0.5))
			return `...${r.pick(known).name}${this.directives('FRAGMENT_SPREAD')}`
		if (this.mistake())
			return `...${r.pick(['nope', 'F0', 'F1'])}`
		const fragment = { name: 'F' + this.fragments.length, on, done: false }
		this.fragments.push(fragment)
		const spread = `...${fragment.name}${this.directives('FRAGMENT_SPREAD')}`
		const atRoot = this.atRoot
		fragment.text = `${r.chance(0.05) ? textLiteral(r) + ' ' : ''}fragment ${fragment.name} on ${on}${this.directives('FRAGMENT_DEFINITION')} ${this.selections(beneath, depth - 1)}`
		this.atRoot = atRoot
		fragment.done = true
		return spread
	}
	selections(parent, depth) {
		const r = this.r
		if (depth <= 0)
			return '{ __typename }'
		const list = []
		for (let i = r.within(1, depth > 2 ? 4 : 3); i > 0; i--)
			list.push(r.chance(0.25) ? this.fragment(parent, depth) : this.field(parent, depth))
		/* The same once more merges; in another place, or said otherwise, it may not. */
		if (r.chance(0.05))
			list.push(r.pick(list))
		return `{ ${list.join(r.pick([' ', '\n  ', ', ']))} }`
	}
	/* A subscription selects one field, and nothing conditional. */
	subscriptionSelections(parent) {
		if (this.mistake())
			return this.selections(parent, 3)
		this.atRoot = true
		const field = this.r.pick(this.typeOf(parent).fields)
		const named = namedOf(field.type)
		let text = field.name + this.arguments(field.args)
		this.atRoot = false
		if (['type', 'interface', 'union'].includes(this.typeOf(named)?.kind))
			text += ' ' + this.selections(named, 3)
		return this.r.chance(0.2) ? `{ ... on ${parent} { ${text} } }` : `{ ${text} }`
	}
	introspection() {
		const r = this.r
		const name = r.pick([...this.model.types.keys(), 'Int', 'Float', 'ID', 'Nope'])
		const old = r.pick(['', '(includeDeprecated: true)', '(includeDeprecated: false)'])
		return r.pick([
			`__type(name: "${name}") { kind name specifiedByURL isOneOf fields${old} { name isDeprecated deprecationReason type { name kind ofType { name } } args${old} { name defaultValue isDeprecated } } }`,
			`__type(name: "${name}") { name enumValues${old} { name description } inputFields${old} { name type { name } } interfaces { name } ofType { name } }`,
			'__schema { queryType { name } mutationType { name } subscriptionType { name } description }',
		])
	}
	operation(kind, name) {
		const r = this.r
		const root = this.model.roots[kind]
		const before = this.variables.length
		let body
		if (root === undefined)
			body = '{ a }'
		else if (kind === 'subscription')
			body = this.subscriptionSelections(root)
		else
			body = this.selections(root, r.within(2, 5))
		if (kind === 'query' && r.chance(0.06))
			body = body.replace('{', `{ ${this.introspection()} `)
		const applied = this.directives(kind.toUpperCase())
		if (this.mistake())
			this.variables.push({ name: r.pick(['v0', 'unused']), type: 'Int', directives: '' })
		/* Fragments are shared: an operation declares what any has used so far. */
		const own = name === '' || r.chance(0.9) ? this.variables : this.variables.slice(before)
		const declared = own.map((v) => `${r.chance(0.03) ? textLiteral(r) + ' ' : ''}$${v.name}: ${v.type}${v.default === undefined ? '' : ' = ' + v.default}${v.directives}`)
		const head = `${kind}${name === '' ? '' : ' ' + name}${declared.length > 0 ? `(${declared.join(', ')})` : ''}${applied}`
		if (kind === 'query' && head === 'query' && r.chance(0.7))
			return body
		return `${r.chance(0.04) ? textLiteral(r) + ' ' : ''}${head} ${body}`
	}
	kind() {
		const r = this.r
		return this.mistake() ? r.pick(['mutation', 'subscription']) : r.pick(['query', 'query', 'query', ...Object.keys(this.model.roots)])
	}
	make() {
		const r = this.r, texts = []
		let operationName = ''
		if (r.chance(0.08)) {
			const names = ['A', this.mistake() ? 'A' : 'B']
			for (const name of names)
				texts.push(this.operation(this.kind(), this.mistake() ? '' : name))
			operationName = r.pick(['A', 'B', '', 'C'])
		} else {
			const name = r.chance(0.3) ? 'A' : ''
			texts.push(this.operation(this.kind(), name))
			operationName = r.chance(0.05) ? r.pick(['A', 'Nope']) : ''
		}
		texts.push(...this.fragments.filter(() => !this.mistake()).map((f) => f.text))
		if (this.mistake())
			texts.push(r.pick([`fragment U on ${this.model.roots.query} { x: __typename ${r.pick(['x', 'y'])}: ${r.pick(this.typeOf(this.model.roots.query).fields).name} }`, `fragment F0 on ${r.pick([...this.model.types.keys()])} { __typename }`, 'type T { a: Int }', `fragment Z on ${this.model.roots.query} { ...Z }`, `fragment Y on ${this.model.roots.query} { ...Z } fragment Z on ${this.model.roots.query} { ...Y }`, '{ __typename }', 'query A { __typename }']))
		return { query: r.some(texts, texts.length).join('\n'), operationName, variables: this.values() }
	}
	/* JSON for the variables, as a client would send it. */
	values() {
		const values = {}
		for (const v of this.variables) {
			if ((!isNonNull(v.type) || v.default !== undefined) && this.r.chance(0.4))
				continue
			if (this.r.chance(0.02))
				continue
			values[v.name] = json(this.r, this.model, v.type, 2, this.r.chance(0.1) ? 0.15 : this.wrong)
		}
		if (this.r.chance(0.05))
			values.more = 1
		return values
	}
}

/** A document with its variables; ${wrong} is how likely each mistake in it is. */
export function makeDocument(r, model, wrong) {
	return new DocumentMaker(r, model, wrong).make()
}

const TEXTS = ['', 'a', 'é漢😀', 'line\nbreak', '"quoted"', '\t', '\u0001', 'OPEN']

function anyJson(r, depth) {
	switch (r.below(depth > 0 ? 8 : 6)) {
	case 0: return r.within(-5, 50)
	case 1: return r.pick([1.5, -0.25, 1e21, 0])
	case 2: return r.chance(0.5)
	case 3: return null
	case 4:
	case 5: return r.pick(TEXTS)
	case 6: return Array.from({ length: r.below(3) }, () => anyJson(r, depth - 1))
	default: return Object.fromEntries(r.some(['a', 'b', 'c'], r.below(3)).map((n) => [n, anyJson(r, depth - 1)]))
	}
}

function json(r, model, type, depth, wrong) {
	if (r.chance(wrong))
		return r.pick([null, 1, 1.5, 'text', true, {}, { nope: 1 }, [1, 'a'], [[1]], 2147483648, [null], -2147483649, { a: 1, b: 2 }])
	if (!isNonNull(type) && r.chance(0.1))
		return null
	if (isList(type)) {
		if (r.chance(0.15))
			return json(r, model, itemOf(type), depth, wrong)
		return Array.from({ length: r.below(3) }, () => json(r, model, itemOf(type), depth, wrong))
	}
	const name = namedOf(type)
	switch (name) {
	case 'Int': return r.pick([0, 1, -7, 2147483647, -2147483648])
	case 'Float': return r.pick([0, 1.5, -2.25, 1e3, 7, 1e300])
	case 'String': return r.pick(TEXTS)
	case 'Boolean': return r.chance(0.5)
	case 'ID': return r.pick([1, 'x', '12', 1000000])
	}
	const definition = model.types.get(name)
	if (definition?.kind === 'enum')
		return r.pick(definition.values).name
	if (definition?.kind !== 'input')
		return anyJson(r, 2)
	const fields = definition.oneOf ? [r.pick(definition.fields)] : definition.fields.filter((f) => isRequired(f) || (depth > 0 && r.chance(0.5)))
	return Object.fromEntries(fields.map((f) => [f.name, json(r, model, definition.oneOf && !r.chance(wrong) ? nullable(f.type) + '!' : f.type, depth - 1, wrong)]))
}

// -- mutations --------------------------------------------------------------------------

const TOKEN = /"""[\s\S]*?"""|"(?:\\.|[^"\\\n])*"|[A-Za-z_]\w*|-?\d[\w.+-]*|\.\.\.|\s+|,|[^\s]/gu
const STRAY = ['{', '}', '(', ')', '[', ']', '!', ':', '=', '@', '$', '&', '|', '...', '..', '.', 'on', 'fragment', 'query', 'null', 'true', '1', '-', '01', '1.', '1e', '1.5x', '.5', '"', '"""', '"\\q"', '"\\u12"', '"\\u{110000}"', '"\\uD800"', "'", '%', '#', '\uFEFF', '\u0001', '\u00a0', 'id', 'Int', 'é', '""" a """', '"\n"', '0x1', '-0', '1_0', ',', '\r']

/** ${text} with a few tokens lost, doubled, swapped or replaced. */
export function mutate(r, text) {
	const tokens = text.match(TOKEN) ?? []
	for (let i = r.within(1, 3); i > 0; i--) {
		const at = r.below(tokens.length + 1)
		switch (r.below(6)) {
		case 0: tokens.splice(at, 1); break
		case 1: tokens.splice(at, 0, ' ', tokens[at] ?? ''); break
		case 2: tokens.splice(at, 0, ' ', tokens[r.below(tokens.length)] ?? ''); break
		case 3: tokens[at] = tokens[r.below(tokens.length)] ?? ''; break
		case 4: tokens.splice(at, 0, r.pick(STRAY)); break
		default: tokens.length = r.chance(0.2) ? at : tokens.length
		}
	}
	return tokens.join('')
}

/** ${text} with what means nothing strewn between its tokens. */
export function adorn(r, text) {
	const tokens = text.match(TOKEN) ?? []
	for (let i = r.within(1, 4); i > 0; i--)
		tokens.splice(r.below(tokens.length + 1), 0, r.pick([' ', '\n', '\r\n', '\r', ',', '\t', '\uFEFF', ' # a é 😀\n', '#\n', '#"\r', '\n\n']))
	return tokens.join('')
}

// -- data -------------------------------------------------------------------------------

/** What fields resolve to: {"Eco#0": {$type, field: value}}; ${wrong} is how likely a mistake is. */
export function makeData(r, model, wrong) {
	const objects = {}
	const objectsOf = (name) => [...model.types.values()].filter((t) => t.kind === 'type' && (t.name === name || t.interfaces.includes(name) || (model.types.get(name).members ?? []).includes(t.name)))
	const value = (type) => {
		const bad = r.chance(wrong)
		if (bad && r.chance(0.4))
			return null
		if (!isNonNull(type) && r.chance(0.1))
			return null
		if (isList(type)) {
			if (bad)
				return r.pick([1, true])
			return Array.from({ length: r.below(4) }, () => value(itemOf(type)))
		}
		const name = namedOf(type), definition = model.types.get(name)
		switch (name) {
		case 'Int': return bad ? r.pick([2147483648, 1.5, 'text', [1]]) : r.pick([0, -1, 2147483647, 5])
		case 'Float': return bad ? r.pick(['text', [1]]) : r.pick([0, 1.5, -2e10, 1e-7, 3, 123456789])
		case 'String': return bad ? [1] : r.chance(0.4) ? { $arguments: true } : r.pick(TEXTS)
		case 'Boolean': return bad ? r.pick(['yes', [true]]) : r.chance(0.5)
		case 'ID': return bad ? r.pick([true, 1.5, ['a']]) : r.pick(['x', 7, 'é', '12'])
		}
		if (definition.kind === 'enum')
			return bad ? r.pick(['NOWHERE', 1, true]) : r.pick(definition.values).name
		if (definition.kind === 'scalar')
			return r.chance(0.5) ? { $arguments: true } : r.pick([1, 'text', true, { $json: { a: [1, null, 'é'] } }, { $json: [] }])
		const known = objectsOf(name)
		if (definition.kind !== 'type' && (bad || known.length === 0))
			return r.pick([...known, { name: 'Stranger' }, ...[...model.types.values()].filter((t) => t.kind === 'type')].map((t) => ({ $ref: `${t.name}#${r.below(2)}` })))
		return { $ref: `${r.pick(known).name}#${r.below(2)}` }
	}
	for (const t of model.types.values()) {
		if (t.kind !== 'type')
			continue
		for (let i = 0; i < 2; i++) {
			const object = { $type: t.name }
			for (const f of t.fields)
				object[f.name] = r.chance(wrong) ? r.pick([{ $error: 'it went wrong' }, { $fault: 'it broke' }]) : value(f.type)
			objects[`${t.name}#${i}`] = object
		}
	}
	objects['Stranger#0'] = objects['Stranger#1'] = r.pick([{ $type: 'Nope' }, { $type: 'Int' }, {}])
	for (const [operation, name] of Object.entries(model.roots)) {
		const root = { Query: 'query', Mutation: 'mutation', Subscription: 'subscription' }
		const key = Object.keys(root).find((k) => root[k] === operation)
		objects[`${key}#0`] = { ...objects[`${name}#0`] }
	}
	/* The event of a subscription is no resolver: it neither fails nor knows its arguments. */
	for (const [name, v] of Object.entries(objects['Subscription#0'] ?? {}))
		if (v?.$error || v?.$fault || JSON.stringify(v)?.includes('$arguments'))
			objects['Subscription#0'][name] = null
	return objects
}
