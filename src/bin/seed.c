#include "bin/seed.h"

#include "app/record_change.h"
#include "domain/directory/agreement_decide.h"
#include "domain/directory/membership_decide.h"
#include "domain/directory/organisation_decide.h"
#include "runtime/random.h"

/* The world has been there since 2020-01-01. */
#define SINCE ((struct instant){ INT64_C(1577836800000000) })
#define DAY   HOURS(24)

#define ARENA_BYTES (64u << 20)
#define TRIES_MAX   8

enum { LONE_STAR, GULF_COAST, HILL_COUNTRY, BAYOU, HILL_COUNTRY_OM, PLATFORM, ORGANISATIONS };

struct organisation_row {
	struct str handle, name;
	bool is_noc, is_osp, is_platform;
};

static const struct organisation_row organisation_rows[ORGANISATIONS] = {
	[LONE_STAR] = { STR("lone-star-noc"), STR("Lone Star NOC"), true, false, false },
	[GULF_COAST] = { STR("gulf-coast-noc"), STR("Gulf Coast NOC"), true, false, false },
	[HILL_COUNTRY] = { STR("hill-country-osp"), STR("Hill Country OSP"), false, true, false },
	[BAYOU] = { STR("bayou-osp"), STR("Bayou OSP"), false, true, false },
	[HILL_COUNTRY_OM] = { STR("hill-country-om"), STR("Hill Country O&M"), true, true, false },
	[PLATFORM] = { STR("platform"), STR("Platform"), false, false, true },
};

struct user_row {
	struct str handle, role;
};

/* Named after their role, which they have in every organisation that has it. */
static const struct user_row user_rows[] = {
	{ STR("operator"), STR("operator") },
	{ STR("supervisor"), STR("supervisor") },
	{ STR("dispatcher"), STR("dispatcher") },
	{ STR("technician"), STR("technician") },
	{ STR("roster_manager"), STR("roster_manager") },
	{ STR("viewer"), STR("viewer") },
	{ STR("admin"), STR("admin") },
	{ STR("platform"), STR("platform_admin") },
};

struct person_row {
	struct str label, phone;
	bool verified, on_shift;
};

static const struct person_row austin_north[] = {
	{ STR("North crew lead"), STR("+15125550101"), true, true },
	{ STR("North splicer 1"), STR("+15125550102"), true, true },
	{ STR("North splicer 2"), STR("+15125550103"), true, true },
	{ STR("North apprentice"), STR("+15125550104"), false, true },
};
static const struct person_row austin_south[] = {
	{ STR("South crew lead"), STR("+15125550111"), true, true },
	{ STR("South splicer 1"), STR("+15125550112"), true, true },
	{ STR("South splicer 2"), STR("+15125550113"), true, false },
};
static const struct person_row hill_country_duty[] = {
	{ STR("Duty dispatcher"), STR("+15125550121"), true, true },
};
static const struct person_row houston[] = {
	{ STR("Houston crew lead"), STR("+17135550131"), true, true },
	{ STR("Houston splicer 1"), STR("+17135550132"), true, true },
};
static const struct person_row maintenance[] = {
	{ STR("Maintenance lead"), STR("+15125550141"), true, true },
	{ STR("Maintenance splicer 1"), STR("+15125550142"), true, true },
};

enum { AUSTIN_NORTH, AUSTIN_SOUTH, HILL_COUNTRY_DUTY, HOUSTON, MAINTENANCE, LISTS };

struct list_row {
	struct str name;
	int osp;
	const struct person_row *people;
	size_t count;
};

static const struct list_row list_rows[LISTS] = {
	[AUSTIN_NORTH] = { STR("Austin North on call"), HILL_COUNTRY, austin_north,
	    COUNT_OF(austin_north) },
	[AUSTIN_SOUTH] = { STR("Austin South on call"), HILL_COUNTRY, austin_south,
	    COUNT_OF(austin_south) },
	[HILL_COUNTRY_DUTY] = { STR("Hill Country duty"), HILL_COUNTRY, hill_country_duty,
	    COUNT_OF(hill_country_duty) },
	[HOUSTON] = { STR("Houston on call"), BAYOU, houston, COUNT_OF(houston) },
	[MAINTENANCE] = { STR("Maintenance on call"), HILL_COUNTRY_OM, maintenance,
	    COUNT_OF(maintenance) },
};

/* Boxes, counter-clockwise from the south-west.  The two halves of Austin meet at 30.25. */
static const struct geo_point austin_north_ring[] = { { -98.0, 30.25 }, { -97.5, 30.25 },
	{ -97.5, 30.6 }, { -98.0, 30.6 }, { -98.0, 30.25 } };
static const struct geo_point austin_south_ring[] = { { -98.0, 29.9 }, { -97.5, 29.9 },
	{ -97.5, 30.25 }, { -98.0, 30.25 }, { -98.0, 29.9 } };
static const struct geo_point houston_ring[] = { { -95.9, 29.4 }, { -94.9, 29.4 }, { -94.9, 30.2 },
	{ -95.9, 30.2 }, { -95.9, 29.4 } };

struct region_row {
	struct str name;
	int list;
	const struct geo_point *ring;
	size_t count;
};

static const struct region_row region_rows[] = {
	{ STR("Austin North"), AUSTIN_NORTH, austin_north_ring, COUNT_OF(austin_north_ring) },
	{ STR("Austin South"), AUSTIN_SOUTH, austin_south_ring, COUNT_OF(austin_south_ring) },
	{ STR("Houston"), HOUSTON, houston_ring, COUNT_OF(houston_ring) },
};

struct agreement_row {
	struct str name, prefix;
	enum agreement_kind kind;
	int noc, osp, default_list; /* -1: none */
	int64_t grace_s;
	struct str duty_phone, twilio_from, render_client, render_secret;
};

/*
 * The grace period is a day, as by default, but for the pair of the scenarios: half
 * an hour there, so that a demonstration comes to its end.
 */
static const struct agreement_row agreement_rows[] = {
	{ STR("lone-star/hill-country"), STR("HC"), AGREEMENT_REACTIVE, LONE_STAR, HILL_COUNTRY,
	    HILL_COUNTRY_DUTY, 1800, STR("+15125550901"), STR("+15125550900"), STR("hill-country"),
	    STR("render-hill-country") },
	{ STR("lone-star/bayou"), STR("BY"), AGREEMENT_REACTIVE, LONE_STAR, BAYOU, -1, 86400,
	    STR("+15125550901"), STR("+15125550900"), STR("bayou"), STR("render-bayou") },
	{ STR("gulf-coast/bayou"), STR("GB"), AGREEMENT_REACTIVE, GULF_COAST, BAYOU, HOUSTON, 86400,
	    STR("+17135550901"), STR("+17135550900"), STR("bayou"), STR("render-bayou") },
	{ STR("hill-country-om/hill-country-om"), STR("OM"), AGREEMENT_O_AND_M, HILL_COUNTRY_OM,
	    HILL_COUNTRY_OM, MAINTENANCE, 86400, STR("+15125550911"), STR("+15125550910"),
	    STR("hill-country"), STR("render-hill-country") },
};

/* The world in the making: what is there already is left as it is. */
struct planting {
	struct record_author author;
	struct record_outcome outcome;
};

/* The same thing has the same id in every development database. */
static struct uuid
seed_id(struct arena *arena, const char *kind, struct str name)
{
	return uuid_from_name(arena_printf(arena, "seed:%s:%.*s", kind, STR_ARG(name)));
}

static struct uuid
organisation_id(struct arena *arena, int organisation)
{
	if (organisation == PLATFORM)
		return record_platform();
	return seed_id(arena, "organisation", organisation_rows[organisation].handle);
}

static struct err *
plant(struct planting *planting, enum directory_event_type event, const struct record *record)
{
	const struct record_author *author = &planting->author;
	struct arena_mark mark = arena_mark(author->arena);
	struct store_append_result appended;
	struct record there;
	bool found, taken;

	TRY(record_load(author->session, author->arena, record->kind, record->id, &found, &there));
	if (!found) {
		planting->outcome = (struct record_outcome){ .step_count = 1 };
		planting->outcome.steps[0] = (struct record_step){ event, *record };
		TRY(record_write(author, &planting->outcome,
		    &(struct record_key){ .key = UUID_NIL }, &taken, &appended));
		if (taken)
			return ERR(author->arena, ERR_CORRUPT,
			    "something else has the name of a %.*s of the development seed",
			    STR_ARG(record_kind_name(record->kind)));
	}
	arena_release(author->arena, mark);
	return NULL;
}

/* ---- who there is ---- */

static struct err *
plant_organisation(struct planting *planting, int organisation)
{
	const struct organisation_row *row = &organisation_rows[organisation];
	struct record record = { .kind = RECORD_ORGANISATION,
		.id = organisation_id(planting->author.arena, organisation) };

	record.organisation = organisation_with_defaults((struct organisation){
	    .handle = row->handle,
	    .name = row->name,
	    .is_noc = row->is_noc,
	    .is_osp = row->is_osp,
	    .is_platform = row->is_platform,
	    .time_zone = STR("America/Chicago"),
	});
	return plant(planting, DIRECTORY_EVENT_ORGANISATION_CREATED, &record);
}

static struct err *
plant_user(struct planting *planting, const struct user_row *row)
{
	const struct record record = {
		.kind = RECORD_USER,
		.id = seed_id(planting->author.arena, "user", row->handle),
		.user = { .handle = row->handle },
	};

	return plant(planting, DIRECTORY_EVENT_USER_CREATED, &record);
}

static struct err *
plant_member(struct planting *planting, int organisation, const struct user_row *row)
{
	struct arena *arena = planting->author.arena;
	const struct record record = {
		.kind = RECORD_MEMBERSHIP,
		.id = seed_id(arena, "membership",
		    arena_printf(arena, "%.*s@%.*s", STR_ARG(row->handle),
			STR_ARG(organisation_rows[organisation].handle))),
		.membership = {
			.organisation = organisation_id(arena, organisation),
			.user = seed_id(arena, "user", row->handle),
			.handle = row->handle,
			.role = row->role,
			.state = MEMBERSHIP_ACTIVE,
		},
	};

	return plant(planting, DIRECTORY_EVENT_MEMBER_JOINED, &record);
}

static struct err *
plant_members(struct planting *planting, int organisation)
{
	const struct organisation_row *row = &organisation_rows[organisation];
	const struct organisation kind = {
		.is_noc = row->is_noc,
		.is_osp = row->is_osp,
		.is_platform = row->is_platform,
	};

	for (size_t i = 0; i < COUNT_OF(user_rows); i++) {
		if (membership_role_fits(user_rows[i].role, &kind))
			TRY(plant_member(planting, organisation, &user_rows[i]));
	}
	return NULL;
}

/* ---- who is on call, and where ---- */

static struct err *
plant_person(struct planting *planting, const struct list_row *list, const struct person_row *row)
{
	struct arena *arena = planting->author.arena;
	const struct contact contact = {
		.id = seed_id(arena, "contact", row->label),
		.kind = CONTACT_VOICE,
		.number = row->phone,
		.verified_at = row->verified ? SINCE : RECORD_NO_MOMENT,
	};
	const struct record record = {
		.kind = RECORD_PERSON,
		.id = seed_id(arena, "person", row->label),
		.person = {
			.osp = organisation_id(arena, list->osp),
			.label = row->label,
			.contacts = &contact,
			.contact_count = 1,
		},
	};

	return plant(planting, DIRECTORY_EVENT_PERSON_ADDED, &record);
}

/* Who is not on shift has a shift that is long over; who has none is always on. */
static struct shift
past_shift(struct arena *arena, const struct person_row *row)
{
	return (struct shift){
		.id = seed_id(arena, "shift", row->label),
		.person = seed_id(arena, "person", row->label),
		.days = 0x7f,
		.valid_from = SINCE,
		.valid_until = instant_plus(SINCE, DAY),
	};
}

static struct err *
plant_list(struct planting *planting, const struct list_row *row)
{
	struct arena *arena = planting->author.arena;
	struct list_entry entries[ROSTER_PEOPLE_MAX];
	struct shift shifts[ROSTER_PEOPLE_MAX];
	struct record record = { .kind = RECORD_PAGER_LIST,
		.id = seed_id(arena, "list", row->name) };
	size_t shift_count = 0;

	for (size_t i = 0; i < row->count; i++) {
		TRY(plant_person(planting, row, &row->people[i]));
		entries[i].person = seed_id(arena, "person", row->people[i].label);
		if (!row->people[i].on_shift)
			shifts[shift_count++] = past_shift(arena, &row->people[i]);
	}
	record.pager_list = (struct pager_list_record){
		.osp = organisation_id(arena, row->osp),
		.name = row->name,
		.time_zone = STR("America/Chicago"),
		.entries = entries,
		.entry_count = row->count,
		.shifts = shifts,
		.shift_count = shift_count,
	};
	return plant(planting, DIRECTORY_EVENT_PAGER_LIST_CREATED, &record);
}

static struct err *
plant_region(struct planting *planting, const struct region_row *row)
{
	struct arena *arena = planting->author.arena;
	const struct geo_ring ring = { row->ring, row->count };
	const struct geo_polygon polygon = { &ring, 1 };
	const struct record record = {
		.kind = RECORD_REGION,
		.id = seed_id(arena, "region", row->name),
		.region = {
			.osp = organisation_id(arena, list_rows[row->list].osp),
			.name = row->name,
			.priority = 1,
			.list = seed_id(arena, "list", list_rows[row->list].name),
			.area = { &polygon, 1 },
		},
	};

	return plant(planting, DIRECTORY_EVENT_REGION_CREATED, &record);
}

/* ---- what was agreed ---- */

static struct err *
plant_noc_terms(struct planting *planting, struct uuid agreement, const struct agreement_row *row)
{
	const struct record record = {
		.kind = RECORD_NOC_TERMS,
		.id = record_noc_terms_id(agreement),
		.noc_terms = {
			.agreement = agreement,
			.noc = organisation_id(planting->author.arena, row->noc),
			.duty_phone = row->duty_phone,
			.twilio_from = row->twilio_from,
		},
	};

	return plant(planting, DIRECTORY_EVENT_NOC_TERMS_SET, &record);
}

static struct err *
plant_osp_terms(struct planting *planting, struct uuid agreement, const struct agreement_row *row)
{
	struct arena *arena = planting->author.arena;
	const struct record record = {
		.kind = RECORD_OSP_TERMS,
		.id = record_osp_terms_id(agreement),
		.osp_terms = {
			.agreement = agreement,
			.osp = organisation_id(arena, row->osp),
			.render_client_id = row->render_client,
			.render_secret_ref = row->render_secret,
			.render_project = row->render_client,
			.default_list = row->default_list < 0
					    ? UUID_NIL
					    : seed_id(arena, "list",
						  list_rows[row->default_list].name),
		},
	};

	return plant(planting, DIRECTORY_EVENT_OSP_TERMS_SET, &record);
}

static struct err *
plant_agreement(struct planting *planting, const struct agreement_row *row)
{
	struct arena *arena = planting->author.arena;
	struct record record = { .kind = RECORD_AGREEMENT,
		.id = seed_id(arena, "agreement", row->name) };

	record.agreement = (struct agreement){
		.noc = organisation_id(arena, row->noc),
		.osp = organisation_id(arena, row->osp),
		.kind = row->kind,
		.state = AGREEMENT_AGREED,
		.number_prefix = row->prefix,
		.terms = agreement_default_terms(),
		.valid_from = SINCE,
	};
	record.agreement.terms.grace_s = row->grace_s;
	TRY(plant(planting, DIRECTORY_EVENT_AGREEMENT_ACCEPTED, &record));
	TRY(plant_noc_terms(planting, record.id, row));
	return plant_osp_terms(planting, record.id, row);
}

/* ---- all of it ---- */

static struct err *
plant_all(struct planting *planting)
{
	for (int i = 0; i < ORGANISATIONS; i++)
		TRY(plant_organisation(planting, i));
	for (size_t i = 0; i < COUNT_OF(user_rows); i++)
		TRY(plant_user(planting, &user_rows[i]));
	for (int i = 0; i < ORGANISATIONS; i++)
		TRY(plant_members(planting, i));
	for (int i = 0; i < LISTS; i++)
		TRY(plant_list(planting, &list_rows[i]));
	for (size_t i = 0; i < COUNT_OF(region_rows); i++)
		TRY(plant_region(planting, &region_rows[i]));
	for (size_t i = 0; i < COUNT_OF(agreement_rows); i++)
		TRY(plant_agreement(planting, &agreement_rows[i]));
	return NULL;
}

static struct err *
plant_once(struct planting *planting)
{
	struct store_session *session = planting->author.session;
	struct err *err;

	TRY(store_begin(session, planting->author.arena, UUID_NIL));
	err = plant_all(planting);
	if (err == NULL)
		return store_commit(session, planting->author.arena);
	store_rollback(session);
	return err;
}

/* Somebody else may be planting at this moment: then the rest is left to be seen again. */
static struct err *
plant_with(struct planting *planting)
{
	struct err *err = NULL;

	for (int i = 0; i < TRIES_MAX; i++) {
		err = plant_once(planting);
		if (err == NULL || err->kind != ERR_CONFLICT)
			return err;
	}
	return err;
}

struct err *
seed_plant(struct store *store, struct arena *arena, const struct vault *vault)
{
	struct store_session *session;
	struct planting *planting;
	struct err *err, *ret = NULL;
	struct arena *own;

	TRY(store_session_open(store, arena, STORE_WORKER, &session));
	own = arena_create(ARENA_BYTES);
	planting = arena_new(own, struct planting);
	CHECK(planting != NULL);
	planting->author = (struct record_author){
		.session = session,
		.arena = own,
		.now = SINCE,
		.vault = vault,
		.make_id = random_uuid,
		.actor = { .kind = STORE_ACTOR_PROCESS, .name = STR("seed") },
		.correlation = random_uuid(SINCE),
	};
	err = plant_with(planting);
	if (err != NULL) {
		char memory[1024];
		struct buf text = buf_over(memory, sizeof(memory));

		err_format(err, &text);
		ret = ERR(arena, err->kind, "cannot plant the development seed: %.*s",
		    STR_ARG(buf_view(&text)));
	}
	store_session_close(session);
	arena_destroy(own);
	return ret;
}
