#include "integration/telephony_adapter.h"

struct err *
telephony_place_call(struct telephony *telephony, struct arena *arena,
    const struct telephony_call *call, struct telephony_receipt *ret)
{
	return telephony->ops->place_call(telephony, arena, call, ret);
}

struct err *
telephony_send_text(struct telephony *telephony, struct arena *arena,
    const struct telephony_text *text, struct telephony_receipt *ret)
{
	return telephony->ops->send_text(telephony, arena, text, ret);
}

struct err *
telephony_hang_up(struct telephony *telephony, struct arena *arena,
    const struct telephony_tenant *tenant, struct str provider_id)
{
	return telephony->ops->hang_up(telephony, arena, tenant, provider_id);
}

struct err *
telephony_find_calls(struct telephony *telephony, struct arena *arena,
    const struct telephony_search *search, struct telephony_records *ret)
{
	return telephony->ops->find_calls(telephony, arena, search, ret);
}

struct err *
telephony_find_texts(struct telephony *telephony, struct arena *arena,
    const struct telephony_search *search, struct telephony_records *ret)
{
	return telephony->ops->find_texts(telephony, arena, search, ret);
}

void
telephony_destroy(struct telephony *telephony)
{
	if (telephony != NULL)
		telephony->ops->destroy(telephony);
}
