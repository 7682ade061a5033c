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
};

/* The role called ${name}; 0, which may do nothing, when there is none. */
static unsigned
find_role(struct str name)
{
	for (size_t i = 0; i < COUNT_OF(roles); i++) {
		if (str_equal(roles[i].name, name))
			return roles[i].role;
	}
	return 0;
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

bool
app_permits(
    const struct app_context *context, enum app_operation operation, struct refusal *ret_refusal)
{
	const struct app_operation_row *row = &app_operations[operation];
	char memory[160];
	struct buf allowed = buf_over(memory, sizeof(memory));

	CHECK(operation < OPERATION_COUNT);
	if ((find_role(context->actor->role) & row->roles) != 0)
		return true;
	write_roles(row->roles, &allowed);
	return refuse(ret_refusal, REFUSAL_NOT_PERMITTED, "",
	    "%.*s needs the role %.*s in this organisation; yours is %.*s", STR_ARG(row->field),
	    STR_ARG(buf_view(&allowed)), STR_ARG(context->actor->role));
}
