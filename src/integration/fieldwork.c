#include "integration/fieldwork_adapter.h"

bool
fieldwork_ensure_task(struct fieldwork *fieldwork, struct arena *arena,
    const struct fieldwork_tenant *tenant, const struct fieldwork_order *order,
    struct str *ret_subsector, struct str *ret_task, struct fieldwork_trouble *ret_trouble)
{
	return fieldwork->ops->ensure_task(
	    fieldwork, arena, tenant, order, ret_subsector, ret_task, ret_trouble);
}

bool
fieldwork_read_tasks(struct fieldwork *fieldwork, struct arena *arena,
    const struct fieldwork_tenant *tenant, struct str subsector, struct rendersync_task *ret,
    size_t capacity, size_t *ret_count, struct fieldwork_trouble *ret_trouble)
{
	return fieldwork->ops->read_tasks(
	    fieldwork, arena, tenant, subsector, ret, capacity, ret_count, ret_trouble);
}

void
fieldwork_destroy(struct fieldwork *fieldwork)
{
	if (fieldwork != NULL)
		fieldwork->ops->destroy(fieldwork);
}
