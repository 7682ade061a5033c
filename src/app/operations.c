#include "app/app.h"

/* The permission matrix, row by row. */
enum {
#define PERMISSION(name, roles) PERMISSION_##name = (roles),
#include "app/permissions.def"
#undef PERMISSION
};

const struct app_operation_row app_operations[OPERATION_COUNT] = {
#define OPERATION(name, kind, field, permission, sentence) \
	{ STR(#name), OPERATION_##kind, STR(field), PERMISSION_##permission, STR(sentence) },
#include "app/operations.def"
#undef OPERATION
};

struct role_row {
	struct str name;
	unsigned role;
};

static const struct role_row roles[] = {
	{ STR("operator"), ROLE_OPERATOR },
	{ STR("supervisor"), ROLE_SUPERVISOR },
	{ STR("dispatcher"), ROLE_DISPATCHER },
	{ STR("technician"), ROLE_TECHNICIAN },
	{ STR("roster_manager"), ROLE_ROSTER_MANAGER },
	{ STR("viewer"), ROLE_VIEWER },
	{ STR("admin"), ROLE_ADMIN },
	{ STR("platform_admin"), ROLE_PLATFORM_ADMIN },
};

bool
app_role_find(struct str name, unsigned *ret)
{
	*ret = 0;
	for (size_t i = 0; i < COUNT_OF(roles); i++) {
		if (str_equal(roles[i].name, name))
			*ret = roles[i].role;
	}
	return *ret != 0;
}

/* Whether ${word} of a token's scopes is for ${row}. */
static bool
is_for(struct str word, const struct app_operation_row *row)
{
	return str_equal(word, row->name) || str_equal(word, STR("*")) ||
	       (str_equal(word, STR("read")) && row->kind != OPERATION_COMMAND);
}

/* Let ${word} into ${scopes}.  False when it is neither an operation nor a word for several. */
static bool
let_in(struct str word, struct app_scopes *scopes)
{
	bool known = false;

	for (size_t i = 0; i < OPERATION_COUNT; i++) {
		if (is_for(word, &app_operations[i]))
			scopes->at[i] = known = true;
	}
	return known;
}

bool
app_scopes_parse(struct str text, struct app_scopes *ret, struct str *ret_word)
{
	*ret = (struct app_scopes){ .at = { false } };
	while (!str_empty(text)) {
		*ret_word = str_cut(&text, ' ');
		if (!str_empty(*ret_word) && !let_in(*ret_word, ret))
			return false;
	}
	return true;
}

/* "operator or supervisor" */
static void
write_roles(unsigned allowed, struct buf *buf)
{
	bool first = true;

	for (size_t i = 0; i < COUNT_OF(roles); i++) {
		if ((roles[i].role & allowed) == 0)
			continue;
		buf_printf(buf, "%s%.*s", first ? "" : " or ", STR_ARG(roles[i].name));
		first = false;
	}
}

static void
note_refused(const struct app_context *context, enum app_operation operation)
{
	if (context->refused != NULL)
		*context->refused = (struct app_refused){ .any = true, .operation = operation };
}

bool
app_permits(
    const struct app_context *context, enum app_operation operation, struct refusal *ret_refusal)
{
	const struct app_operation_row *row = &app_operations[operation];
	char memory[160];
	struct buf allowed = buf_over(memory, sizeof(memory));
	unsigned role;

	CHECK(operation < OPERATION_COUNT);
	if (context->scopes != NULL && !context->scopes->at[operation]) {
		note_refused(context, operation);
		return refuse(ret_refusal, REFUSAL_NOT_PERMITTED, "",
		    "the token in use is not for %.*s", STR_ARG(row->field));
	}
	if (app_role_find(context->actor->role, &role) && (role & row->roles) != 0)
		return true;
	note_refused(context, operation);
	write_roles(row->roles, &allowed);
	return refuse(ret_refusal, REFUSAL_NOT_PERMITTED, "",
	    "%.*s needs the role %.*s in this organisation; yours is %.*s", STR_ARG(row->field),
	    STR_ARG(buf_view(&allowed)), STR_ARG(context->actor->role));
}
