#include "domain/roster/roster.h"

#include "base/check.h"

struct skip_row {
	struct str name, words;
};

static const struct skip_row skips[] = {
	{ STR("RINGS"), STR("can be rung") },
#define ROSTER_SKIP(skip_name, skip_words) { STR(#skip_name), STR(skip_words) },
#include "domain/roster/roster_skips.def"
#undef ROSTER_SKIP
};

struct str
roster_skip_name(enum roster_skip skip)
{
	CHECK(skip < COUNT_OF(skips));
	return skips[skip].name;
}

struct str
roster_skip_words(enum roster_skip skip)
{
	CHECK(skip < COUNT_OF(skips));
	return skips[skip].words;
}

bool
roster_skip_find(struct str name, enum roster_skip *ret)
{
	for (size_t i = 0; i < COUNT_OF(skips); i++) {
		if (str_equal(skips[i].name, name)) {
			*ret = (enum roster_skip)i;
			return true;
		}
	}
	return false;
}

enum roster_skip
roster_judge(bool on_shift, bool verified, bool opted_out)
{
	if (!on_shift)
		return ROSTER_SKIP_OFF_SHIFT;
	if (!verified)
		return ROSTER_SKIP_NO_VERIFIED_PHONE;
	return opted_out ? ROSTER_SKIP_OPTED_OUT : ROSTER_RINGS;
}

bool
roster_can_reach(const struct roster_person *person)
{
	return person->skip == ROSTER_RINGS && person->contact_count > 0;
}

size_t
roster_reachable(const struct pager_list *list)
{
	size_t reachable = 0;

	for (size_t i = 0; i < list->count; i++)
		reachable += roster_can_reach(&list->people[i]);
	return reachable;
}
