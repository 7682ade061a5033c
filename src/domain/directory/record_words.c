#include "domain/directory/record.h"

static const struct eco_word membership_state_table[] = {
	[MEMBERSHIP_INVITED] = { STR("INVITED"), STR("invited") },
	[MEMBERSHIP_ACTIVE] = { STR("ACTIVE"), STR("a member") },
	[MEMBERSHIP_REMOVED] = { STR("REMOVED"), STR("removed") },
};
const struct eco_words membership_state_words = { membership_state_table,
	COUNT_OF(membership_state_table) };

static const struct eco_word agreement_kind_table[] = {
	[AGREEMENT_REACTIVE] = { STR("REACTIVE"), STR("reactive") },
	[AGREEMENT_O_AND_M] = { STR("O_AND_M"), STR("operation and maintenance") },
};
const struct eco_words agreement_kind_words = { agreement_kind_table,
	COUNT_OF(agreement_kind_table) };

static const struct eco_word agreement_state_table[] = {
	[AGREEMENT_PROPOSED] = { STR("PROPOSED"), STR("proposed") },
	[AGREEMENT_AGREED] = { STR("AGREED"), STR("agreed") },
	[AGREEMENT_DECLINED] = { STR("DECLINED"), STR("declined") },
	[AGREEMENT_ENDED] = { STR("ENDED"), STR("ended") },
};
const struct eco_words agreement_state_words = { agreement_state_table,
	COUNT_OF(agreement_state_table) };

static const struct eco_word contact_kind_table[] = {
	[CONTACT_VOICE] = { STR("VOICE"), STR("by voice") },
	[CONTACT_SMS] = { STR("SMS"), STR("by SMS") },
};
const struct eco_words contact_kind_words = { contact_kind_table, COUNT_OF(contact_kind_table) };

static const struct eco_word page_wish_table[] = {
	[PAGE_WISH_CALL] = { STR("CALL"), STR("by call") },
	[PAGE_WISH_CALL_AND_TEXT] = { STR("CALL_AND_TEXT"), STR("by call, and by text as well") },
	[PAGE_WISH_TEXT] = { STR("TEXT"), STR("by text only") },
};
const struct eco_words page_wish_words = { page_wish_table, COUNT_OF(page_wish_table) };
