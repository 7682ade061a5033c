#include "store/pg/pg_internal.h"

/* ---- organisations and users ---- */

struct store_organisation
pg_get_organisation(struct pg_row *row)
{
	struct store_organisation organisation = { .id = pg_get_uuid(row) };

	organisation.handle = pg_get_text(row);
	organisation.name = pg_get_text(row);
	organisation.is_noc = pg_get_bool(row);
	organisation.is_osp = pg_get_bool(row);
	return organisation;
}

struct store_membership
pg_get_membership(struct pg_row *row)
{
	struct store_membership membership = { .user = pg_get_uuid(row) };

	membership.user_handle = pg_get_text(row);
	membership.role = pg_get_text(row);
	membership.organisation = pg_get_organisation(row);
	return membership;
}

struct err *
pg_find_membership(struct store_session *base, struct arena *arena, struct str user,
    struct str organisation, bool *ret_found, struct store_membership *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_row row;

	pg_put_text(&params, user);
	pg_put_text(&params, organisation);
	TRY(pg_run(pg_session(base), arena, PG_find_membership, &params, &result));
	*ret_found = PQntuples(result) > 0;
	if (!*ret_found)
		return NULL;
	row = pg_row(result, 0, arena);
	*ret = pg_get_membership(&row);
	return pg_row_check(&row, STR("a membership"));
}

struct err *
pg_find_organisation(struct store_session *base, struct arena *arena, struct uuid id,
    struct str handle, bool *ret_found, struct store_organisation *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_row row;

	pg_put_uuid_or_null(&params, id);
	pg_put_text(&params, handle);
	TRY(pg_run(pg_session(base), arena, PG_find_organisation, &params, &result));
	*ret_found = PQntuples(result) > 0;
	if (!*ret_found)
		return NULL;
	row = pg_row(result, 0, arena);
	*ret = pg_get_organisation(&row);
	return pg_row_check(&row, STR("an organisation"));
}

struct err *
pg_list_partners(struct store_session *base, struct arena *arena, struct uuid organisation,
    struct instant now, struct store_organisations *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct store_organisation *list;
	size_t count;

	pg_put_uuid(&params, organisation);
	pg_put_instant(&params, now);
	TRY(pg_run(pg_session(base), arena, PG_list_partners, &params, &result));
	count = (size_t)PQntuples(result);
	list = arena_array(arena, struct store_organisation, count + 1);
	if (list == NULL)
		return store_out_of_memory(arena);
	for (size_t i = 0; i < count; i++) {
		struct pg_row row = pg_row(result, (int)i, arena);

		list[i] = pg_get_organisation(&row);
		TRY(pg_row_check(&row, STR("an organisation")));
	}
	*ret = (struct store_organisations){ list, count };
	return NULL;
}

/* ---- agreements ---- */

static struct eco_terms
get_terms(struct pg_row *row)
{
	struct eco_terms terms = { .ring_s = pg_get_int(row) };

	terms.loops = pg_get_int(row);
	terms.retry_after_s = pg_get_int(row);
	terms.retries = pg_get_int(row);
	terms.grace_s = pg_get_int(row);
	terms.poll_s = pg_get_int(row);
	terms.poll_grace_s = pg_get_int(row);
	terms.arrival_s = pg_get_int(row);
	terms.arrival_grace_s = pg_get_int(row);
	return terms;
}

static struct err *
get_agreement(PGresult *result, struct arena *arena, struct store_agreement *ret)
{
	struct pg_row row = pg_row(result, 0, arena);

	ret->id = pg_get_uuid(&row);
	ret->noc = pg_get_uuid(&row);
	ret->osp = pg_get_uuid(&row);
	ret->number_prefix = pg_get_text(&row);
	ret->terms = get_terms(&row);
	ret->noc_duty_phone = pg_get_text(&row);
	ret->twilio_subaccount = pg_get_text(&row);
	ret->twilio_from = pg_get_text(&row);
	ret->render_url = pg_get_text(&row);
	ret->render_client_id = pg_get_text(&row);
	ret->render_secret_ref = pg_get_text(&row);
	ret->render_project = pg_get_text(&row);
	return pg_row_check(&row, STR("an agreement"));
}

struct err *
pg_find_agreement(struct store_session *base, struct arena *arena, struct uuid noc, struct uuid osp,
    struct instant now, bool *ret_found, struct store_agreement *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;

	pg_put_uuid(&params, noc);
	pg_put_uuid(&params, osp);
	pg_put_instant(&params, now);
	TRY(pg_run(pg_session(base), arena, PG_find_agreement, &params, &result));
	*ret_found = PQntuples(result) > 0;
	return *ret_found ? get_agreement(result, arena, ret) : NULL;
}

struct err *
pg_get_agreement(
    struct store_session *base, struct arena *arena, struct uuid id, struct store_agreement *ret)
{
	struct pg_params params = { .arena = arena };
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct str name = uuid_text(arena, id);

	pg_put_uuid(&params, id);
	TRY(pg_run(pg_session(base), arena, PG_get_agreement, &params, &result));
	if (PQntuples(result) == 0)
		return ERR(arena, ERR_CORRUPT, "there is no agreement %.*s", STR_ARG(name));
	return get_agreement(result, arena, ret);
}

/* ---- planting ---- */

static struct err *
plant_organisation(
    struct pg_session *session, struct arena *arena, const struct store_organisation *from)
{
	struct pg_params params = { .arena = arena };

	pg_put_uuid(&params, from->id);
	pg_put_text(&params, from->handle);
	pg_put_text(&params, from->name);
	pg_put_bool(&params, from->is_noc);
	pg_put_bool(&params, from->is_osp);
	return pg_run(session, arena, PG_plant_organisation, &params, NULL);
}

static struct err *
plant_user(struct pg_session *session, struct arena *arena, const struct store_membership *from)
{
	struct pg_params params = { .arena = arena };

	pg_put_uuid(&params, from->user);
	pg_put_text(&params, from->user_handle);
	return pg_run(session, arena, PG_plant_user, &params, NULL);
}

void
pg_put_terms(struct pg_params *params, const struct eco_terms *terms)
{
	pg_put_int(params, terms->ring_s);
	pg_put_int(params, terms->loops);
	pg_put_int(params, terms->retry_after_s);
	pg_put_int(params, terms->retries);
	pg_put_int(params, terms->grace_s);
	pg_put_int(params, terms->poll_s);
	pg_put_int(params, terms->poll_grace_s);
	pg_put_int(params, terms->arrival_s);
	pg_put_int(params, terms->arrival_grace_s);
}

static struct err *
plant_agreement(
    struct pg_session *session, struct arena *arena, const struct store_seed_agreement *from)
{
	const struct store_agreement *agreement = &from->agreement;
	struct pg_params params = { .arena = arena };

	pg_put_uuid(&params, agreement->id);
	pg_put_uuid(&params, agreement->noc);
	pg_put_uuid(&params, agreement->osp);
	pg_put_text(&params, agreement->number_prefix);
	pg_put_terms(&params, &agreement->terms);
	pg_put_instant(&params, from->valid_from);
	if (from->has_valid_until)
		pg_put_instant(&params, from->valid_until);
	else
		pg_put_null(&params);
	return pg_run(session, arena, PG_plant_agreement, &params, NULL);
}

struct err *
pg_plant(struct store_session *base, struct arena *arena, const struct store_seed *seed)
{
	struct pg_session *session = pg_session(base);

	for (size_t i = 0; i < seed->organisation_count; i++)
		TRY(plant_organisation(session, arena, &seed->organisations[i]));
	for (size_t i = 0; i < seed->membership_count; i++)
		TRY(plant_user(session, arena, &seed->memberships[i]));
	for (size_t i = 0; i < seed->agreement_count; i++)
		TRY(plant_agreement(session, arena, &seed->agreements[i]));
	return NULL;
}
