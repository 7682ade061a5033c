#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "store/store_vault.h"
#include "support/random_world.h"

/*
 * What an API session may ask the port, as every organisation in turn, and for everything
 * that there is in the world: the answer is what the model says, and for what is not to
 * be seen that of what is not there.
 */

#define PAGE 7
#define NOW  at_s(0)

/* Who asks, and where it is said what they should not have been answered. */
struct asking {
	struct random_world *random;
	struct random_findings *findings;
	size_t who;
	struct store_session *session;
	struct arena *arena;
};

#define FOUND(asking, ...) \
	random_found((asking)->findings, (asking)->random, (asking)->who, __VA_ARGS__)

static bool
may(const struct asking *asking, random_set set)
{
	return (set & random_only(asking->who)) != 0;
}

/* ---- records ---- */

static const struct random_record *
find_record(const struct asking *asking, struct uuid id)
{
	for (size_t i = 0; i < asking->random->record_count; i++) {
		if (uuid_equal(asking->random->records[i].record.id, id))
			return &asking->random->records[i];
	}
	return NULL;
}

static void
judge_row(struct asking *asking, enum record_kind kind, const struct store_record *row)
{
	const struct random_record *made = find_record(asking, row->id);

	if (made == NULL || !may(asking, made->seen_by) || made->record.kind != kind)
		FOUND(asking, "is shown a %.*s that it may not see: %.*s",
		    STR_ARG(record_kind_name(kind)), STR_ARG(row->body));
	else if (row->kind != kind || row->version != made->row.version ||
		 !str_equal(row->body, made->row.body) || !uuid_equal(row->noc, made->row.noc) ||
		 !uuid_equal(row->osp, made->row.osp) || !uuid_equal(row->parent, made->row.parent))
		FOUND(asking, "is shown another %.*s than there is: %.*s",
		    STR_ARG(record_kind_name(kind)), STR_ARG(row->body));
}

static void
ask_list(struct asking *asking, enum record_kind kind, struct uuid parent, bool newest_first)
{
	const struct random_world *random = asking->random;
	struct store_record_query query = {
		.kind = kind, .parent = parent, .newest_first = newest_first, .limit = PAGE
	};
	struct store_records rows;
	size_t expected = 0, seen = 0;

	for (size_t i = 0; i < random->record_count; i++) {
		const struct random_record *made = &random->records[i];

		expected += made->record.kind == kind && may(asking, made->seen_by) &&
			    (uuid_is_nil(parent) || uuid_equal(made->row.parent, parent));
	}
	do {
		OK(store_list_records(asking->session, asking->arena, &query, &rows));
		for (size_t i = 0; i < rows.count; i++) {
			judge_row(asking, kind, &rows.at[i]);
			if (!uuid_is_nil(parent) && !uuid_equal(rows.at[i].parent, parent))
				FOUND(asking, "is shown a row of another parent");
			query.after = rows.at[i].id;
		}
		seen += rows.count;
	} while (rows.count == PAGE && seen <= expected);
	if (seen != expected)
		FOUND(asking, "is listed %zu %.*s records, and there are %zu for it", seen,
		    STR_ARG(record_kind_name(kind)), expected);
}

static void
ask_records(struct asking *asking)
{
	const struct random_world *random = asking->random;

	for (int kind = 0; kind < RECORD_KIND_COUNT; kind++) {
		ask_list(asking, (enum record_kind)kind, UUID_NIL, false);
		ask_list(asking, (enum record_kind)kind, UUID_NIL, true);
	}
	for (size_t i = 0; i < random->record_count; i++) {
		const struct random_record *made = &random->records[i];
		enum record_kind other =
		    (enum record_kind)((made->record.kind + 1) % RECORD_KIND_COUNT);
		struct arena_mark mark = arena_mark(asking->arena);
		struct store_record row;
		bool found;

		OK(store_find_record(asking->session, asking->arena, made->record.kind,
		    made->record.id, &found, &row));
		if (found != may(asking, made->seen_by))
			FOUND(asking, "%s a %.*s of %.*s", found ? "finds" : "does not find",
			    STR_ARG(record_kind_name(made->record.kind)),
			    STR_ARG(uuid_text(asking->arena, made->row.noc)));
		else if (found)
			judge_row(asking, made->record.kind, &row);
		OK(store_find_record(
		    asking->session, asking->arena, other, made->record.id, &found, &row));
		if (found)
			FOUND(asking, "finds a record as one of another kind");
		if (!uuid_is_nil(made->row.parent) && i % 3 == 0)
			ask_list(asking, made->record.kind, made->row.parent, i % 2 == 0);
		arena_release(asking->arena, mark);
	}
}

/* ---- streams ---- */

static void
ask_stream(
    struct asking *asking, struct uuid stream, const struct uuid *ids, int64_t count, int64_t after)
{
	struct store_events events;
	int64_t expected = count > after ? count - after : 0;

	OK(store_read_stream(
	    asking->session, asking->arena, stream, after, STORE_ROWS_MAX, &events));
	if ((int64_t)events.count != expected)
		FOUND(asking, "reads %zu events of %.*s behind version %lld, and may read %lld",
		    events.count, STR_ARG(uuid_text(asking->arena, stream)), (long long)after,
		    (long long)expected);
	for (size_t i = 0; i < events.count && (int64_t)i < expected; i++) {
		if (events.at[i].version != after + 1 + (int64_t)i ||
		    !uuid_equal(events.at[i].id, ids[after + (int64_t)i]))
			FOUND(asking, "reads version %lld of a stream out of its turn",
			    (long long)events.at[i].version);
	}
}

static void
ask_streams(struct asking *asking)
{
	struct random_world *random = asking->random;

	for (size_t i = 0; i < random->record_count; i++) {
		const struct random_record *made = &random->records[i];

		ask_stream(asking, made->record.id, made->events,
		    may(asking, made->history_by) ? made->record.version : 0, 0);
	}
	for (size_t i = 0; i < random->eco_count; i++) {
		const struct random_eco *eco = &random->ecos[i];
		int64_t seen = random_versions_seen(eco, asking->who);

		for (int64_t after = 0; after <= eco->version; after += 1 + after / 2)
			ask_stream(asking, eco->id, eco->events, seen, after);
	}
}

static void
ask_commands(struct asking *asking)
{
	struct random_world *random = asking->random;

	for (size_t i = 0; i < random->command_count; i++) {
		const struct random_command *command = &random->commands[i];
		struct uuid scope = command->scope == RANDOM_ORGANISATIONS
					? UUID_NIL
					: random->organisations[command->scope].id;
		struct store_append_result result;

		OK(store_find_command(
		    asking->session, asking->arena, scope, command->key, command->body, &result));
		if ((result.outcome == STORE_REPEATED) != (command->scope == asking->who))
			FOUND(asking, "is %s what was answered to a command",
			    result.outcome == STORE_APPENDED ? "not told" : "told");
	}
}

/* ---- the board ---- */

/* Whose row of ${eco} ${organisation} is shown; false: none. */
static bool
row_for(const struct random_eco *eco, size_t organisation, size_t *ret_osp)
{
	int64_t last;

	*ret_osp = eco->osp;
	if (organisation == eco->noc || organisation == eco->osp)
		return true;
	*ret_osp = organisation;
	return random_was_osp(eco, organisation, &last);
}

static void
judge_board_row(struct asking *asking, const struct store_board_row *row)
{
	struct random_world *random = asking->random;
	struct str text = row->description;
	random_set readers;
	size_t osp;

	for (size_t i = 0; i < random->eco_count; i++) {
		const struct random_eco *eco = &random->ecos[i];

		if (!uuid_equal(eco->id, row->eco))
			continue;
		if (!row_for(eco, asking->who, &osp) ||
		    !uuid_equal(row->osp, random->organisations[osp].id) ||
		    !uuid_equal(row->noc, random->organisations[eco->noc].id) ||
		    !str_equal(row->job_number, eco->numbers[osp]) ||
		    !random_readers(random, random_text_id(text), &readers) ||
		    !may(asking, readers))
			FOUND(asking, "is shown a row of the board that is not for it: %.*s",
			    STR_ARG(row->job_number));
		return;
	}
	FOUND(asking, "is shown a row of the board of no ECO");
}

static void
ask_board_list(struct asking *asking, const enum eco_status *status)
{
	struct random_world *random = asking->random;
	struct store_board_filter filter = { .statuses = status, .status_count = status != NULL };
	struct store_board_rows rows;
	int64_t count, expected = 0, seen = 0;
	size_t osp;

	for (size_t i = 0; i < random->eco_count; i++) {
		const struct random_eco *eco = &random->ecos[i];

		expected += row_for(eco, asking->who, &osp) &&
			    (status == NULL || eco->statuses[osp] == *status);
	}
	OK(store_count_board(asking->session, asking->arena, &filter, &count));
	do {
		OK(store_list_board(asking->session, asking->arena, &filter, PAGE, &rows));
		for (size_t i = 0; i < rows.count; i++) {
			judge_board_row(asking, &rows.at[i]);
			filter.has_before = true;
			filter.before = rows.at[i].created_at;
			filter.before_eco = rows.at[i].eco;
		}
		seen += (int64_t)rows.count;
	} while (rows.count == PAGE && seen <= expected);
	if (seen != expected || count != expected)
		FOUND(asking, "has %lld rows of the board listed and %lld counted, of %lld",
		    (long long)seen, (long long)count, (long long)expected);
}

/* The newest ECO with ${number}, of those of which ${asking} knows that number; or NULL. */
static const struct random_eco *
eco_with_number(const struct asking *asking, struct str number)
{
	const struct random_world *random = asking->random;

	for (size_t i = random->eco_count; i-- > 0;) {
		const struct random_eco *eco = &random->ecos[i];

		for (size_t osp = 0; osp < RANDOM_ORGANISATIONS; osp++) {
			if (str_equal(eco->numbers[osp], number) && number.len > 0 &&
			    (asking->who == eco->noc || asking->who == osp))
				return eco;
		}
	}
	return NULL;
}

static void
ask_board(struct asking *asking)
{
	struct random_world *random = asking->random;
	struct store_board_row row;
	size_t osp;
	bool found;

	ask_board_list(asking, NULL);
	for (int status = 0; status < 3; status++)
		ask_board_list(asking, &(enum eco_status){ (enum eco_status)status });
	for (size_t i = 0; i < random->eco_count; i++) {
		const struct random_eco *eco = &random->ecos[i], *same;

		OK(store_find_board(asking->session, asking->arena, eco->id, &found, &row));
		if (found != row_for(eco, asking->who, &osp))
			FOUND(asking, "%s an ECO on the board", found ? "finds" : "misses");
		else if (found)
			judge_board_row(asking, &row);
		for (size_t j = 0; j < RANDOM_ORGANISATIONS; j++) {
			if (eco->numbers[j].len == 0)
				continue;
			same = eco_with_number(asking, eco->numbers[j]);
			OK(store_find_board_by_number(
			    asking->session, asking->arena, eco->numbers[j], &found, &row));
			if (found != (same != NULL) || (found && !uuid_equal(row.eco, same->id)))
				FOUND(asking, "%s by the number %.*s",
				    found ? "finds another ECO" : "finds nothing",
				    STR_ARG(eco->numbers[j]));
			else if (found)
				judge_board_row(asking, &row);
		}
	}
}

/* ---- the directory ---- */

static bool
in_force(const struct agreement *agreement)
{
	return agreement->state == AGREEMENT_AGREED && agreement->valid_from.us <= NOW.us &&
	       (agreement->valid_until.us == RECORD_NO_MOMENT.us ||
		   agreement->valid_until.us > NOW.us);
}

/* The text of a side's own, if the world has such terms and ${asking} may read them. */
static struct str
own_text(const struct asking *asking, struct uuid terms)
{
	const struct random_record *made = find_record(asking, terms);

	if (made == NULL || !may(asking, made->seen_by))
		return STR("");
	return made->record.kind == RECORD_NOC_TERMS ? made->record.noc_terms.duty_phone
						     : made->record.osp_terms.render_project;
}

static void
judge_agreement(struct asking *asking, const struct store_agreement *agreement)
{
	if (!str_equal(
		agreement->noc_duty_phone, own_text(asking, record_noc_terms_id(agreement->id))) ||
	    !str_equal(
		agreement->render_project, own_text(asking, record_osp_terms_id(agreement->id))))
		FOUND(asking, "reads other terms of an agreement than its own");
}

static void
ask_agreement(struct asking *asking, size_t noc, size_t osp)
{
	struct random_world *random = asking->random;
	const struct random_record *best = NULL;
	struct store_agreement agreement;
	bool found;

	for (size_t i = 0; i < random->record_count; i++) {
		const struct random_record *made = &random->records[i];
		const struct agreement *at = &made->record.agreement;

		if (made->record.kind == RECORD_AGREEMENT && may(asking, made->seen_by) &&
		    in_force(at) && uuid_equal(at->noc, random->organisations[noc].id) &&
		    uuid_equal(at->osp, random->organisations[osp].id) &&
		    (best == NULL || at->valid_from.us > best->record.agreement.valid_from.us))
			best = made;
	}
	OK(store_find_agreement(asking->session, asking->arena, random->organisations[noc].id,
	    random->organisations[osp].id, NOW, &found, &agreement));
	if (found != (best != NULL) || (found && !uuid_equal(agreement.id, best->record.id)))
		FOUND(asking, "%s an agreement of company-%zu and company-%zu",
		    found ? "finds" : "misses", noc, osp);
	else if (found)
		judge_agreement(asking, &agreement);
}

static void
ask_partners(struct asking *asking, size_t of)
{
	struct random_world *random = asking->random;
	struct uuid id = random->organisations[of].id;
	struct store_organisations partners;
	random_set expected = 0, seen = 0;

	for (size_t i = 0; i < random->record_count; i++) {
		const struct random_record *made = &random->records[i];
		const struct agreement *at = &made->record.agreement;

		if (made->record.kind != RECORD_AGREEMENT || !may(asking, made->seen_by) ||
		    !in_force(at) || !(made->seen_by & random_only(of)))
			continue;
		expected |= uuid_equal(at->noc, id) ? random_owners(random, at->osp, at->osp)
						    : random_owners(random, at->noc, at->noc);
	}
	OK(store_list_partners(asking->session, asking->arena, id, NOW, &partners));
	for (size_t i = 0; i < partners.count; i++)
		seen |= random_owners(random, partners.at[i].id, partners.at[i].id);
	if (seen != expected)
		FOUND(asking, "is told partners %x of company-%zu, and may know %x", seen, of,
		    expected);
}

static void
ask_organisations(struct asking *asking)
{
	struct random_world *random = asking->random;

	for (size_t i = 0; i < RANDOM_ORGANISATIONS; i++) {
		const struct random_organisation *at = &random->organisations[i];
		struct store_organisation by_id, by_handle;
		bool found, found_by_handle;
		random_set readers;

		/* Whoever may know the name may find the organisation. */
		assert_true(random_readers(random, random_text_id(at->name), &readers));
		OK(store_find_organisation(
		    asking->session, asking->arena, at->id, STR(""), &found, &by_id));
		OK(store_find_organisation(asking->session, asking->arena, UUID_NIL, at->handle,
		    &found_by_handle, &by_handle));
		if (found != may(asking, readers) || found_by_handle != found)
			FOUND(asking, "%s company-%zu", found ? "finds" : "misses", i);
		ask_partners(asking, i);
		for (size_t j = 0; j < RANDOM_ORGANISATIONS; j++)
			ask_agreement(asking, i, j);
	}
}

static void
ask_agreements(struct asking *asking)
{
	struct random_world *random = asking->random;

	for (size_t i = 0; i < random->record_count; i++) {
		const struct random_record *made = &random->records[i];
		struct store_agreement agreement;
		struct err *err;

		if (made->record.kind != RECORD_AGREEMENT)
			continue;
		err = store_get_agreement(
		    asking->session, asking->arena, made->record.id, &agreement);
		if ((err == NULL) != may(asking, made->seen_by))
			FOUND(asking, "%s an agreement by its id", err ? "misses" : "gets");
		else if (err == NULL)
			judge_agreement(asking, &agreement);
	}
}

/* ---- who is rung ---- */

/* The region of ${osp} that is chosen for the place ${x} tenths east; NULL: none. */
static const struct random_record *
region_at(const struct asking *asking, struct uuid osp, int64_t x)
{
	const struct random_world *random = asking->random;
	const struct random_record *best = NULL;

	for (size_t i = 0; i < random->record_count; i++) {
		const struct random_record *made = &random->records[i];
		int64_t half = (int64_t)made->half_width;

		if (made->record.kind == RECORD_REGION && !made->record.region.retired &&
		    uuid_equal(made->record.region.osp, osp) && x >= made->middle - half &&
		    x <= made->middle + half &&
		    (best == NULL || made->half_width < best->half_width))
			best = made;
	}
	return best;
}

/* The list that rings at ${x} under ${agreement} (NULL: none), whoever asks; NULL: none. */
static const struct random_record *
list_at(
    const struct asking *asking, struct uuid osp, const struct random_record *agreement, int64_t x)
{
	const struct random_record *region = region_at(asking, osp, x), *terms, *list = NULL;

	if (region != NULL) {
		list = find_record(asking, region->record.region.list);
	} else if (agreement != NULL) {
		terms = find_record(asking, record_osp_terms_id(agreement->record.id));
		if (terms != NULL && uuid_equal(terms->record.osp_terms.osp, osp))
			list = find_record(asking, terms->record.osp_terms.default_list);
	}
	return list == NULL || list->record.pager_list.retired ? NULL : list;
}

static void
ask_roster(struct asking *asking, size_t osp, const struct random_record *agreement, int64_t x)
{
	const struct random_organisation *at = &asking->random->organisations[osp];
	const struct random_record *list = list_at(asking, at->id, agreement, x);
	struct geo_point place = { (double)x / 10, 0 };
	struct geo_location location = { GEO_POINT, &place, 1 };
	bool found, answered = asking->who == osp;
	struct store_roster roster;

	if (agreement != NULL && uuid_equal(agreement->record.agreement.osp, at->id) &&
	    uuid_equal(
		agreement->record.agreement.noc, asking->random->organisations[asking->who].id) &&
	    agreement->record.agreement.state == AGREEMENT_AGREED)
		answered = true;
	OK(store_find_roster(asking->session, asking->arena, at->id,
	    agreement == NULL ? UUID_NIL : agreement->record.id, &location, &found, &roster));
	if (found != (answered && list != NULL))
		FOUND(asking, "is %s whom company-%zu rings", found ? "told" : "not told", osp);
	else if (found && (!uuid_equal(roster.list, list->record.id) ||
			      !str_equal(roster.list_body, list->row.body)))
		FOUND(asking, "is told of another list than rings");
	for (size_t i = 0; found && i < roster.count; i++) {
		if (!uuid_equal(roster.people[i].osp, at->id))
			FOUND(asking, "is told of people of another company");
	}
}

static void
ask_rosters(struct asking *asking)
{
	struct random_world *random = asking->random;

	for (size_t osp = 0; osp < RANDOM_COMPANIES; osp++) {
		for (int64_t x = -10; x < 60; x += 13)
			ask_roster(asking, osp, NULL, x);
	}
	for (size_t i = 0; i < random->record_count; i++) {
		const struct random_record *made = &random->records[i];
		size_t stranger = i % RANDOM_COMPANIES;

		if (made->record.kind != RECORD_AGREEMENT)
			continue;
		for (size_t osp = 0; osp < RANDOM_COMPANIES; osp++) {
			if (osp == stranger ||
			    uuid_equal(random->organisations[osp].id, made->record.agreement.osp))
				ask_roster(asking, osp, made, (int64_t)(i % 50));
		}
	}
}

static void
ask_overlaps(struct asking *asking)
{
	struct random_world *random = asking->random;
	struct store_overlap overlaps[STORE_ROWS_MAX];
	struct uuid own = random->organisations[asking->who].id;
	size_t count, expected = 0;

	for (size_t i = 0; i < random->record_count; i++) {
		const struct random_record *a = &random->records[i];

		for (size_t j = i + 1; j < random->record_count; j++) {
			const struct random_record *b = &random->records[j];
			int64_t apart =
			    a->middle > b->middle ? a->middle - b->middle : b->middle - a->middle;

			expected += a->record.kind == RECORD_REGION &&
				    b->record.kind == RECORD_REGION &&
				    uuid_equal(a->record.region.osp, own) &&
				    uuid_equal(b->record.region.osp, own) &&
				    !a->record.region.retired && !b->record.region.retired &&
				    apart < (int64_t)(a->half_width + b->half_width);
		}
	}
	OK(store_list_overlaps(
	    asking->session, asking->arena, UUID_NIL, COUNT_OF(overlaps), overlaps, &count));
	if (count != expected)
		FOUND(asking, "is told %zu overlaps of regions, and has %zu", count, expected);
	for (size_t i = 0; i < count; i++) {
		const struct random_record *a = find_record(asking, overlaps[i].a),
					   *b = find_record(asking, overlaps[i].b);

		if (a == NULL || b == NULL || !may(asking, a->seen_by & b->seen_by))
			FOUND(asking, "is told of an overlap of others' regions");
	}
}

/* ---- keys, users, tokens ---- */

static bool
has_row(const struct random_world *random, const char *table, struct str key)
{
	for (size_t i = 0; i < random->row_count; i++) {
		if (strcmp(random->rows[i].table, table) == 0 &&
		    str_equal(random->rows[i].key, key))
			return true;
	}
	return false;
}

static void
ask_key(struct asking *asking, const struct random_record *made)
{
	struct str id = uuid_text(asking->arena, made->record.id);
	struct store_person_keys keys;
	bool expected = may(asking, made->history_by) && has_row(asking->random, "person_key", id);

	OK(store_find_person_keys(asking->session, asking->arena, &made->record.id, 1, &keys));
	if (keys.count != expected)
		FOUND(asking, "%s a person's key", keys.count > 0 ? "finds" : "misses");
}

/* To an organisation only its members, those who were included, have handles. */
static void
ask_user(struct asking *asking, const struct random_record *made)
{
	struct random_world *random = asking->random;
	struct store_user_name name;
	bool expected = asking->who == RANDOM_PLATFORM;
	size_t count;

	for (size_t i = 0; i < random->record_count; i++) {
		const struct membership *at = &random->records[i].record.membership;

		expected |= random->records[i].record.kind == RECORD_MEMBERSHIP &&
			    uuid_equal(at->user, made->record.id) &&
			    may(asking, random->records[i].seen_by);
	}
	OK(store_find_users(asking->session, asking->arena, &made->record.id, 1, &name, &count));
	if (count != expected)
		FOUND(asking, "is %s a user's handle", count > 0 ? "told" : "not told");
}

static void
ask_token(struct asking *asking, const struct random_record *made)
{
	struct str id = uuid_text(asking->arena, made->record.id), address;
	struct instant at;
	bool expected = may(asking, made->seen_by) && has_row(asking->random, "token_use", id);

	OK(store_find_token_use(asking->session, asking->arena, made->record.id, &at, &address));
	if ((at.us != RECORD_NO_MOMENT.us) != expected)
		FOUND(asking, "is %s when a token was used", expected ? "not told" : "told");
}

static void
ask_about_people(struct asking *asking)
{
	struct random_world *random = asking->random;

	for (size_t i = 0; i < random->record_count; i++) {
		const struct random_record *made = &random->records[i];

		if (made->record.kind == RECORD_USER || made->record.kind == RECORD_PERSON ||
		    made->record.kind == RECORD_MEMBERSHIP)
			ask_key(asking, made);
		if (made->record.kind == RECORD_USER)
			ask_user(asking, made);
		if (made->record.kind == RECORD_TOKEN)
			ask_token(asking, made);
	}
}

/* ---- before it is known who asks: the same for everybody, and no more than asked for ---- */

/* Whether the membership ${made} counts: active, its user and its organisation not barred. */
static bool
counts(const struct asking *asking, const struct random_record *made)
{
	const struct membership *at = &made->record.membership;
	const struct random_record *user = find_record(asking, at->user);
	const struct random_record *organisation = find_record(asking, at->organisation);

	return at->state == MEMBERSHIP_ACTIVE && user != NULL && !user->record.user.disabled &&
	       !organisation->record.organisation.suspended;
}

static void
ask_memberships(struct asking *asking, const struct random_record *user)
{
	struct random_world *random = asking->random;
	struct store_memberships memberships;
	random_set expected = 0, listed = 0, found_in = 0;

	for (size_t i = 0; i < random->record_count; i++) {
		const struct random_record *made = &random->records[i];

		if (made->record.kind == RECORD_MEMBERSHIP &&
		    uuid_equal(made->record.membership.user, user->record.id) &&
		    counts(asking, made))
			expected |= made->history_by;
	}
	OK(store_list_memberships(asking->session, asking->arena, user->record.id, &memberships));
	for (size_t i = 0; i < memberships.count; i++) {
		struct uuid organisation = memberships.at[i].organisation.id;

		listed |= random_owners(random, organisation, organisation);
	}
	for (size_t i = 0; i < RANDOM_ORGANISATIONS; i++) {
		struct store_membership membership;
		bool found;

		OK(store_find_member(asking->session, asking->arena, user->record.id,
		    random->organisations[i].id, &found, &membership));
		found_in |= found ? random_only(i) : 0;
	}
	if (listed != expected || found_in != expected)
		FOUND(asking, "is told memberships %x and %x of a user who has %x", listed,
		    found_in, expected);
}

static void
ask_invitations(struct asking *asking, const struct random_record *member)
{
	const struct membership *at = &member->record.membership;
	const struct random_record *organisation = find_record(asking, at->organisation);
	struct store_records invitations;
	bool expected =
	    at->state == MEMBERSHIP_INVITED && !organisation->record.organisation.suspended;

	OK(store_list_invitations(asking->session, asking->arena, at->email, &invitations));
	if (invitations.count != expected ||
	    (expected && !uuid_equal(invitations.at[0].id, member->record.id)))
		FOUND(asking, "is told %zu invitations to one address", invitations.count);
}

static void
ask_before_it_is_known(struct asking *asking)
{
	struct random_world *random = asking->random;

	for (size_t i = 0; i < random->record_count; i++) {
		const struct random_record *made = &random->records[i];
		struct store_token token;
		struct sha256 hash;
		bool found;

		if (made->record.kind == RECORD_USER)
			ask_memberships(asking, made);
		if (made->record.kind == RECORD_MEMBERSHIP)
			ask_invitations(asking, made);
		if (made->record.kind != RECORD_TOKEN)
			continue;
		assert_true(hex_parse_digest(made->record.token.secret_hash, &hash));
		OK(store_find_token(asking->session, asking->arena, hash, &found, &token));
		if (!found || !uuid_equal(token.id, made->record.id))
			FOUND(asking, "does not find a token by its secret");
		hash.bytes[0] ^= 1;
		OK(store_find_token(asking->session, asking->arena, hash, &found, &token));
		if (found)
			FOUND(asking, "finds a token by another secret");
	}
}

void
random_ask_port(struct random_world *random, struct random_findings *findings)
{
	static void (*const questions[])(struct asking *) = { ask_records, ask_streams,
		ask_commands, ask_board, ask_organisations, ask_agreements, ask_rosters,
		ask_overlaps, ask_about_people, ask_before_it_is_known };

	for (size_t who = 0; who < RANDOM_ORGANISATIONS; who++) {
		struct asking asking = { random, findings, who, random->organisations[who].session,
			random->world->arena };

		for (size_t i = 0; i < COUNT_OF(questions); i++) {
			struct arena_mark mark = arena_mark(asking.arena);

			questions[i](&asking);
			arena_release(asking.arena, mark);
		}
	}
}
