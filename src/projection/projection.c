#include "projection/projection.h"

#include "projection/board.h"

static const struct projection *const all[] = { &board_projection };

struct projection_list
projection_all(void)
{
	return (struct projection_list){ all, COUNT_OF(all) };
}

const struct projection *
projection_find(struct str name)
{
	for (size_t i = 0; i < COUNT_OF(all); i++) {
		if (str_equal(all[i]->name, name))
			return all[i];
	}
	return NULL;
}

struct str
projection_subscription(struct arena *arena, const struct projection *projection, int64_t build)
{
	CHECK(build == 1 || build == 2);
	return arena_printf(arena, "%.*s.%lld", STR_ARG(projection->name), (long long)build);
}
