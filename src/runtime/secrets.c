#include "runtime/secrets.h"

/* config_find_secret(), where none is no fault. */
static struct err *
find(const struct config *config, struct arena *arena, struct str reference, struct secret *ret)
{
	struct err *err = config_find_secret(config, arena, reference, ret);

	if (err == NULL || err->kind != ERR_UNAVAILABLE)
		return err;
	*ret = secret_of((struct str){ NULL, 0 });
	return NULL;
}

struct err *
secrets_find_pair(const struct config *config, struct arena *arena, struct str reference,
    struct secret ret[SECRETS_PAIR])
{
	for (size_t i = 0; i < SECRETS_PAIR; i++)
		ret[i] = secret_of((struct str){ NULL, 0 });
	TRY(find(config, arena, reference, &ret[0]));
	return find(
	    config, arena, arena_printf(arena, "%.*s-previous", STR_ARG(reference)), &ret[1]);
}
