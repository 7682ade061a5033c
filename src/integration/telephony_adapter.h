#ifndef INTEGRATION_TELEPHONY_ADAPTER_H
#define INTEGRATION_TELEPHONY_ADAPTER_H

#include "integration/telephony.h"

/*
 * telephony_adapter: what stands behind the port.  Only adapters include this.
 *
 * To add a provider: a struct of your own that begins with a struct telephony,
 * a table of its operations, and a function that creates it.  The contracts are
 * those of the functions of the same names in telephony.h.
 */
struct telephony_ops {
	struct err *(*place_call)(struct telephony *, struct arena *, const struct telephony_call *,
	    struct telephony_receipt *ret);
	struct err *(*send_text)(struct telephony *, struct arena *, const struct telephony_text *,
	    struct telephony_receipt *ret);
	struct err *(*hang_up)(struct telephony *, struct arena *, const struct telephony_tenant *,
	    struct str provider_id);
	struct err *(*find_calls)(struct telephony *, struct arena *,
	    const struct telephony_search *, struct telephony_records *ret);
	struct err *(*find_texts)(struct telephony *, struct arena *,
	    const struct telephony_search *, struct telephony_records *ret);
	void (*destroy)(struct telephony *);
};

struct telephony {
	const struct telephony_ops *ops;
};

#endif
