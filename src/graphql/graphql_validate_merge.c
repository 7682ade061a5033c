#include "graphql/graphql_internal.h"

/*
 * Field Selection Merging (section 5.3.2), without the specification's pairwise
 * comparison, which is exponential in the depth of the query.  Fields are grouped
 * by response key; "same shape" and "same field" are equivalences, so each member
 * of a group is compared with the first only, and what lies beneath a group is
 * merged and checked once.  One case can still multiply: a field of an abstract
 * parent belongs to the group of every object type.  A budget bounds it.
 */

#define WORK_MAX 200000

/* One field in a group. */
struct spot {
	const struct graphql_selection *selection;
	struct spot *next;
};

struct group {
	struct str key;
	struct spot *first, *last;
	struct group *next;
};

struct groups {
	struct group *first, *last;
};

/* Whether to go on: no error so far, and budget left. */
static bool
may_go_on(struct graphql_validation *v, size_t errors)
{
	return v->errors->count == errors && v->work < WORK_MAX && !arena_exhausted(v->arena);
}

static void
add(struct graphql_validation *v, struct groups *groups, const struct graphql_selection *s)
{
	struct group *group = groups->first;
	struct spot *spot = arena_new(v->arena, struct spot);

	v->work++;
	while (group != NULL && !str_equal(group->key, s->key))
		group = group->next;
	if (group == NULL) {
		group = arena_new(v->arena, struct group);
		if (group == NULL)
			return;
		group->key = s->key;
		if (groups->last == NULL)
			groups->first = group;
		else
			groups->last->next = group;
		groups->last = group;
	}
	if (spot == NULL)
		return;
	spot->selection = s;
	if (group->last == NULL)
		group->first = spot;
	else
		group->last->next = spot;
	group->last = spot;
}

/* Add the fields of ${first}; each fragment once a collection. */
static void
collect(struct graphql_validation *v, struct groups *groups, const struct graphql_selection *first)
{
	for (const struct graphql_selection *s = first; s != NULL; s = s->next) {
		switch (s->kind) {
		case SELECTION_FIELD:
			add(v, groups, s);
			break;
		case SELECTION_INLINE:
			collect(v, groups, s->first);
			break;
		case SELECTION_SPREAD:
			if (s->fragment == NULL || s->fragment->stamp == v->stamp)
				break;
			s->fragment->stamp = v->stamp;
			collect(v, groups, s->fragment->first);
			break;
		}
	}
}

static void
refuse(struct graphql_validation *v, const struct graphql_selection *a,
    const struct graphql_selection *b, struct str reason)
{
	graphql_refuse(v, a->at, b->at,
	    arena_printf(v->arena,
		"Fields \"%.*s\" conflict because %.*s. Use different aliases on the fields to "
		"fetch both if this was intentional.",
		STR_ARG(a->key), STR_ARG(reason)));
}

/* Whether ${type}, which may be unknown, is that of one kind of object. */
static bool
is_object(const struct graphql_type *type)
{
	return type != NULL && type->kind == KIND_OBJECT;
}

/* SameResponseShape() of two types, beneath aside. */
static bool
same_shape(const struct graphql_type_ref *a, const struct graphql_type_ref *b)
{
	while (a->wrap == b->wrap && a->wrap != WRAP_NONE) {
		a = a->of;
		b = b->of;
	}
	if (a->wrap != b->wrap)
		return false;
	return a->type == b->type ||
	       (graphql_is_composite(a->type) && graphql_is_composite(b->type));
}

/* The field ${name} among ${field} and what follows it, or NULL. */
static const struct graphql_literal *
find_named(const struct graphql_literal *field, struct str name)
{
	while (field != NULL && !str_equal(field->name, name))
		field = field->next;
	return field;
}

static bool
same_literal(const struct graphql_literal *a, const struct graphql_literal *b)
{
	const struct graphql_literal *x = a->first, *y = b->first;

	if (a->kind != b->kind || a->count != b->count)
		return false;
	if (a->kind != LITERAL_LIST && a->kind != LITERAL_OBJECT)
		return str_equal(a->text, b->text);
	for (; x != NULL; x = x->next, y = y->next) {
		/* The order of fields means nothing, and is the same most of the time. */
		if (a->kind == LITERAL_OBJECT && (y == NULL || !str_equal(x->name, y->name)))
			y = find_named(b->first, x->name);
		if (y == NULL || !same_literal(x, y))
			return false;
	}
	return true;
}

static bool
same_arguments(const struct graphql_selection *a, const struct graphql_selection *b)
{
	size_t left = 0, right = 0;

	for (const struct graphql_argument *x = b->arguments; x != NULL; x = x->next)
		right++;
	for (const struct graphql_argument *x = a->arguments; x != NULL; x = x->next, left++) {
		const struct graphql_argument *y = graphql_find_argument(b->arguments, x->name);

		if (y == NULL || !same_literal(x->value, y->value))
			return false;
	}
	return left == right;
}

typedef void (*merge_f)(struct graphql_validation *, const struct groups *groups);

/*
 * Merge what lies beneath the spots of ${group} whose parent is ${parent} or no
 * object type (all of them when it is NULL), and hand it to ${check}.
 */
static void
descend(struct graphql_validation *v, const struct group *group, const struct graphql_type *parent,
    merge_f check)
{
	struct arena_mark mark = arena_mark(v->arena);
	struct groups beneath = { 0 };
	size_t errors = v->errors->count;

	v->stamp++;
	for (const struct spot *spot = group->first; spot != NULL; spot = spot->next) {
		const struct graphql_selection *s = spot->selection;

		if (parent == NULL || s->parent == parent || !is_object(s->parent))
			collect(v, &beneath, s->first);
	}
	if (beneath.first != NULL && may_go_on(v, errors))
		check(v, &beneath);
	/* An error that was reported lives above the mark. */
	if (v->errors->count == errors)
		arena_release(v->arena, mark);
}

static void
check_shapes(struct graphql_validation *v, const struct groups *groups)
{
	size_t errors = v->errors->count;

	for (const struct group *g = groups->first; g != NULL && may_go_on(v, errors);
	     g = g->next) {
		const struct graphql_selection *a = NULL;

		for (const struct spot *spot = g->first; spot != NULL; spot = spot->next) {
			const struct graphql_selection *b = spot->selection;

			/* A field that does not exist has been reported as such. */
			if (b->field == NULL)
				continue;
			if (a == NULL)
				a = b;
			if (same_shape(a->field->type, b->field->type))
				continue;
			refuse(v, a, b,
			    arena_printf(v->arena,
				"they return conflicting types \"%.*s\" and \"%.*s\"",
				STR_ARG(graphql_type_ref_text(v->arena, a->field->type)),
				STR_ARG(graphql_type_ref_text(v->arena, b->field->type))));
			return;
		}
		descend(v, g, NULL, check_shapes);
	}
}

/* Compare the spots of ${group} that an object of ${parent} would have. */
static bool
check_same(
    struct graphql_validation *v, const struct group *group, const struct graphql_type *parent)
{
	const struct graphql_selection *a = NULL;

	for (const struct spot *spot = group->first; spot != NULL; spot = spot->next) {
		const struct graphql_selection *b = spot->selection;

		if (parent != NULL && b->parent != parent && is_object(b->parent))
			continue;
		v->work++;
		if (a == NULL)
			a = b;
		if (!str_equal(a->name, b->name)) {
			refuse(v, a, b,
			    arena_printf(v->arena, "\"%.*s\" and \"%.*s\" are different fields",
				STR_ARG(a->name), STR_ARG(b->name)));
			return false;
		}
		if (a != b && !same_arguments(a, b)) {
			refuse(v, a, b, STR("they have differing arguments"));
			return false;
		}
	}
	return true;
}

/* Whether a spot before ${spot} has the same parent. */
static bool
is_repeated(const struct group *group, const struct spot *spot)
{
	const struct spot *before = group->first;

	while (before != spot && before->selection->parent != spot->selection->parent)
		before = before->next;
	return before != spot;
}

static void
check_fields(struct graphql_validation *v, const struct groups *groups)
{
	size_t errors = v->errors->count;

	for (const struct group *g = groups->first; g != NULL && may_go_on(v, errors);
	     g = g->next) {
		bool objects = false;

		for (const struct spot *spot = g->first; spot != NULL && may_go_on(v, errors);
		     spot = spot->next) {
			const struct graphql_type *parent = spot->selection->parent;

			if (!is_object(parent) || is_repeated(g, spot))
				continue;
			objects = true;
			if (check_same(v, g, parent))
				descend(v, g, parent, check_fields);
		}
		if (!objects && check_same(v, g, NULL))
			descend(v, g, NULL, check_fields);
	}
}

/* What is beneath ${definition}, fragments included. */
static void
check_definition(struct graphql_validation *v, const struct graphql_definition *definition)
{
	struct groups groups = { 0 };
	size_t errors = v->errors->count;

	v->stamp++;
	collect(v, &groups, definition->first);
	check_fields(v, &groups);
	if (may_go_on(v, errors))
		check_shapes(v, &groups);
	if (v->work < WORK_MAX || v->errors->count != errors)
		return;
	v->errors->code = STR("LIMIT");
	graphql_refuse(v, definition->at, definition->at,
	    STR("The document selects the same fields in too many ways to be checked."));
}

void
graphql_rule_fields_merge(struct graphql_validation *v, const struct graphql_visit *visit)
{
	(void)visit;
	/* A fragment that an operation uses is looked at where it is used. */
	for (const struct graphql_definition *d = v->document->first; d != NULL; d = d->next) {
		if (d->kind != DEFINITION_FRAGMENT || !d->is_used)
			check_definition(v, d);
	}
}
