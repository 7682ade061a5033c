#ifndef INTEGRATION_FIELDWORK_ADAPTER_H
#define INTEGRATION_FIELDWORK_ADAPTER_H

#include "integration/fieldwork.h"

/*
 * fieldwork_adapter: what stands behind the port.  Only adapters include this.
 *
 * To add a field-work system: a struct of your own that begins with a struct
 * fieldwork, a table of its operations, and a function that creates it.  The
 * contracts are those of the functions of the same names in fieldwork.h.
 */
struct fieldwork_ops {
	bool (*ensure_task)(struct fieldwork *, struct arena *, const struct fieldwork_tenant *,
	    const struct fieldwork_order *, struct str *ret_subsector, struct str *ret_task,
	    struct fieldwork_trouble *ret_trouble);
	bool (*read_tasks)(struct fieldwork *, struct arena *, const struct fieldwork_tenant *,
	    struct str subsector, struct rendersync_task *ret, size_t capacity, size_t *ret_count,
	    struct fieldwork_trouble *ret_trouble);
	void (*destroy)(struct fieldwork *);
};

struct fieldwork {
	const struct fieldwork_ops *ops;
};

#endif
