#include "bin/seed.h"

#define VALID_FROM ((struct instant){ INT64_C(1577836800000000) }) /* 2020-01-01 */

enum { LONE_STAR, GULF_COAST, HILL_COUNTRY, BAYOU, ORGANISATIONS };

struct organisation_row {
	struct str handle, name;
	bool is_noc, is_osp;
};

static const struct organisation_row organisation_rows[ORGANISATIONS] = {
	[LONE_STAR] = { STR("lone-star-noc"), STR("Lone Star NOC"), true, false },
	[GULF_COAST] = { STR("gulf-coast-noc"), STR("Gulf Coast NOC"), true, false },
	[HILL_COUNTRY] = { STR("hill-country-osp"), STR("Hill Country OSP"), false, true },
	[BAYOU] = { STR("bayou-osp"), STR("Bayou OSP"), false, true },
};

static const struct str noc_roles[] = { STR("operator"), STR("supervisor"), STR("viewer"),
	STR("admin") };
static const struct str osp_roles[] = { STR("dispatcher"), STR("technician"), STR("roster_manager"),
	STR("viewer"), STR("admin") };

#define MEMBERSHIPS_MAX (ORGANISATIONS * 5)

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

enum { AUSTIN_NORTH, AUSTIN_SOUTH, HILL_COUNTRY_DUTY, HOUSTON, LISTS };

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
	int noc, osp, default_list; /* -1: none */
	int64_t grace_s;
	struct str duty_phone, twilio_from, render_client, render_secret;
};

/*
 * The grace period is a day, as by default, but for the pair of the scenarios: half
 * an hour there, so that a demonstration comes to its end.
 */
static const struct agreement_row agreement_rows[] = {
	{ STR("lone-star/hill-country"), STR("HC"), LONE_STAR, HILL_COUNTRY, HILL_COUNTRY_DUTY,
	    1800, STR("+15125550901"), STR("+15125550900"), STR("hill-country"),
	    STR("render-hill-country") },
	{ STR("lone-star/bayou"), STR("BY"), LONE_STAR, BAYOU, -1, 86400, STR("+15125550901"),
	    STR("+15125550900"), STR("bayou"), STR("render-bayou") },
	{ STR("gulf-coast/bayou"), STR("GB"), GULF_COAST, BAYOU, HOUSTON, 86400,
	    STR("+17135550901"), STR("+17135550900"), STR("bayou"), STR("render-bayou") },
};

struct seed {
	struct store_organisation organisations[ORGANISATIONS];
	struct store_membership memberships[MEMBERSHIPS_MAX];
	size_t membership_count;
	struct store_seed_list lists[LISTS];
	struct store_seed_region regions[COUNT_OF(region_rows)];
	struct store_seed_agreement agreements[COUNT_OF(agreement_rows)];
};

/* The same thing has the same id in every development database. */
static struct uuid
seed_id(struct arena *arena, const char *kind, struct str name)
{
	return uuid_from_name(arena_printf(arena, "seed:%s:%.*s", kind, STR_ARG(name)));
}

static void
add_members(struct seed *seed, struct arena *arena, const struct store_organisation *organisation,
    const struct str *roles, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		CHECK(seed->membership_count < MEMBERSHIPS_MAX);
		seed->memberships[seed->membership_count++] = (struct store_membership){
			.user = seed_id(arena, "user", roles[i]),
			.user_handle = roles[i],
			.role = roles[i],
			.organisation = *organisation,
		};
	}
}

static void
fill_organisations(struct seed *seed, struct arena *arena)
{
	for (int i = 0; i < ORGANISATIONS; i++) {
		const struct organisation_row *row = &organisation_rows[i];
		struct store_organisation *organisation = &seed->organisations[i];

		*organisation = (struct store_organisation){
			.id = seed_id(arena, "organisation", row->handle),
			.handle = row->handle,
			.name = row->name,
			.is_noc = row->is_noc,
			.is_osp = row->is_osp,
		};
		if (row->is_noc)
			add_members(seed, arena, organisation, noc_roles, COUNT_OF(noc_roles));
		else
			add_members(seed, arena, organisation, osp_roles, COUNT_OF(osp_roles));
	}
}

static bool
fill_lists(struct seed *seed, struct arena *arena)
{
	for (int i = 0; i < LISTS; i++) {
		const struct list_row *row = &list_rows[i];
		struct store_seed_person *people =
		    arena_array(arena, struct store_seed_person, row->count);

		if (people == NULL)
			return false;
		for (size_t j = 0; j < row->count; j++)
			people[j] = (struct store_seed_person){
				.id = seed_id(arena, "person", row->people[j].label),
				.label = row->people[j].label,
				.phone = row->people[j].phone,
				.verified = row->people[j].verified,
				.on_shift = row->people[j].on_shift,
			};
		seed->lists[i] = (struct store_seed_list){
			.id = seed_id(arena, "list", row->name),
			.osp = seed->organisations[row->osp].id,
			.name = row->name,
			.people = people,
			.count = row->count,
		};
	}
	return true;
}

static void
fill_regions(struct seed *seed, struct arena *arena)
{
	for (size_t i = 0; i < COUNT_OF(region_rows); i++) {
		const struct region_row *row = &region_rows[i];

		seed->regions[i] = (struct store_seed_region){
			.id = seed_id(arena, "region", row->name),
			.osp = seed->lists[row->list].osp,
			.list = seed->lists[row->list].id,
			.name = row->name,
			.priority = 1,
			.ring = row->ring,
			.count = row->count,
		};
	}
}

static void
fill_agreements(struct seed *seed, struct arena *arena)
{
	for (size_t i = 0; i < COUNT_OF(agreement_rows); i++) {
		const struct agreement_row *row = &agreement_rows[i];

		seed->agreements[i] = (struct store_seed_agreement){
			.agreement = {
				.id = seed_id(arena, "agreement", row->name),
				.noc = seed->organisations[row->noc].id,
				.osp = seed->organisations[row->osp].id,
				.number_prefix = row->prefix,
				.terms = { .ring_s = 25, .loops = 3, .retry_after_s = 1200,
				    .retries = 1, .grace_s = row->grace_s, .poll_s = 60,
				    .poll_grace_s = 300 },
				.noc_duty_phone = row->duty_phone,
				.twilio_from = row->twilio_from,
				.render_client_id = row->render_client,
				.render_secret_ref = row->render_secret,
				.render_project = row->render_client,
			},
			.default_list = row->default_list < 0 ? UUID_NIL
							      : seed->lists[row->default_list].id,
			.valid_from = VALID_FROM,
		};
	}
}

struct err *
seed_plant(struct store *store, struct arena *arena)
{
	struct seed *seed = arena_new(arena, struct seed);
	struct store_session *session;
	struct err *err;

	if (seed == NULL)
		return ERR(arena, ERR_LIMIT, "no memory left for the development seed");
	fill_organisations(seed, arena);
	if (!fill_lists(seed, arena))
		return ERR(arena, ERR_LIMIT, "no memory left for the development seed");
	fill_regions(seed, arena);
	fill_agreements(seed, arena);

	TRY(store_session_open(store, arena, STORE_WORKER, &session));
	err = store_plant(session, arena,
	    &(struct store_seed){
		.organisations = seed->organisations,
		.organisation_count = ORGANISATIONS,
		.memberships = seed->memberships,
		.membership_count = seed->membership_count,
		.lists = seed->lists,
		.list_count = LISTS,
		.regions = seed->regions,
		.region_count = COUNT_OF(region_rows),
		.agreements = seed->agreements,
		.agreement_count = COUNT_OF(agreement_rows),
	    });
	store_session_close(session);
	return err;
}
