#include "graphql/graphql_internal.h"

/*
 * The size of a document with its fragments expanded.  Every fragment is
 * measured once, so a document that would grow to 2^100 fields is found out in
 * the time it takes to read it.  Everything after this may recurse.
 */

/* More than any limit; sums stop here instead of wrapping round. */
#define MUCH ((size_t)1 << 30)

struct size {
	size_t depth, fields, aliases, height;
	bool loads; /* a batched field is among them */
};

struct measuring {
	const struct graphql_limits *limits;
	struct graphql_errors *errors;
	size_t open; /* fragments inside fragments so far */
	bool failed;
};

static bool measure_definition(struct measuring *, struct graphql_definition *definition);

static size_t
sum(size_t a, size_t b)
{
	return a + b > MUCH ? MUCH : a + b;
}

static size_t
more(size_t a, size_t b)
{
	return a > b ? a : b;
}

static void
add(struct size *size, struct size part)
{
	size->depth = more(size->depth, part.depth);
	size->height = more(size->height, part.height);
	size->fields = sum(size->fields, part.fields);
	size->aliases = sum(size->aliases, part.aliases);
	size->loads = size->loads || part.loads;
}

static void
refuse(struct measuring *m, uint32_t at, struct str code, struct str message)
{
	struct graphql_error *error = graphql_report(m->errors, at, message);

	if (error != NULL && !str_empty(code))
		error->code = code;
	m->failed = true;
}

/* The size of the fragment that ${spread} brings in. */
static struct size
measure_spread(struct measuring *m, const struct graphql_selection *spread)
{
	struct graphql_definition *fragment = spread->fragment;

	if (fragment == NULL)
		return (struct size){ 0 };
	if (fragment->measure == MEASURE_OPEN) {
		refuse(m, spread->at, STR(""),
		    arena_printf(m->errors->arena, "Cannot spread fragment \"%.*s\" within itself.",
			STR_ARG(fragment->name)));
		return (struct size){ 0 };
	}
	if (!measure_definition(m, fragment))
		return (struct size){ 0 };
	return (struct size){ .depth = fragment->depth,
		.fields = fragment->fields,
		.aliases = fragment->aliases,
		.height = fragment->height + 1,
		.loads = fragment->loads };
}

/* Refuse to tell the schema where that is switched off. */
static void
check_introspection(struct measuring *m, const struct graphql_selection *s)
{
	struct graphql_error *error;

	if (!m->limits->no_introspection || s->kind != SELECTION_FIELD ||
	    (!str_equal(s->name, STR("__schema")) && !str_equal(s->name, STR("__type"))))
		return;
	error = graphql_report(m->errors, s->at,
	    arena_printf(m->errors->arena,
		"GraphQL introspection has been disabled, but the requested query contained the "
		"field \"%.*s\".",
		STR_ARG(s->name)));
	/* No rule of the specification's: ours. */
	if (error != NULL)
		error->rule = STR("");
}

static struct size
measure_selections(struct measuring *m, struct graphql_selection *first)
{
	struct size size = { 0 };

	for (struct graphql_selection *s = first; s != NULL && !m->failed; s = s->next) {
		struct size part;

		if (s->kind == SELECTION_SPREAD) {
			add(&size, measure_spread(m, s));
			continue;
		}
		check_introspection(m, s);
		part = measure_selections(m, s->first);
		if (s->kind == SELECTION_FIELD) {
			part.depth++;
			part.fields = sum(part.fields, 1);
			part.aliases = sum(part.aliases, s->aliased);
			part.loads = part.loads || (s->field != NULL && s->field->is_batched);
			s->loads = part.loads;
		}
		add(&size, part);
	}
	return size;
}

/* Refuse what is over a limit. */
static void
compare(struct measuring *m, const struct graphql_definition *definition, struct size size)
{
	const struct {
		size_t value, max;
		const char *what;
	} rows[] = { { size.depth, m->limits->depth_max, "levels of fields" },
		{ size.height, GRAPHQL_DEPTH_CEILING, "levels of fragments" },
		{ size.fields, m->limits->fields_max, "fields" },
		{ size.aliases, m->limits->aliases_max, "aliases" } };

	for (size_t i = 0; i < COUNT_OF(rows) && !m->failed; i++) {
		if (rows[i].value > rows[i].max)
			refuse(m, definition->at, STR("LIMIT"),
			    arena_printf(m->errors->arena,
				"With its fragments expanded this has more than %zu %s.",
				rows[i].max, rows[i].what));
	}
}

/* Measure ${definition} unless that was done.  False when it was refused. */
static bool
measure_definition(struct measuring *m, struct graphql_definition *definition)
{
	struct size size;

	if (definition->measure == MEASURE_DONE || m->failed)
		return !m->failed;
	if (m->open >= GRAPHQL_DEPTH_CEILING) {
		compare(m, definition, (struct size){ .height = m->open + 1 });
		return false;
	}
	definition->measure = MEASURE_OPEN;
	m->open++;
	size = measure_selections(m, definition->first);
	m->open--;
	definition->measure = MEASURE_DONE;
	definition->depth = size.depth;
	definition->fields = size.fields;
	definition->aliases = size.aliases;
	definition->height = size.height;
	definition->loads = size.loads;
	compare(m, definition, size);
	return !m->failed;
}

bool
graphql_measure(struct graphql_document *document, const struct graphql_limits *limits,
    struct graphql_errors *errors)
{
	struct measuring m = { .limits = limits, .errors = errors };

	for (struct graphql_definition *d = document->first; d != NULL; d = d->next) {
		if (!measure_definition(&m, d))
			return false;
	}
	return true;
}
