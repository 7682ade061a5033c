#include "base/hex.h"
#include "store/pg/pg_internal.h"

/*
 * Writing a record: its typed rows first, which may find something taken, and then the
 * record's own row.
 */

/* Run ${statement}, which answers whether something is taken. */
static struct err *
run_put(struct pg_session *session, enum pg_statement statement, const struct pg_params *params,
    bool *ret_taken)
{
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_row row;

	TRY(pg_run(session, params->arena, statement, params, &result));
	row = pg_row(result, 0, params->arena);
	*ret_taken = pg_get_bool(&row);
	return pg_row_check(&row, STR("whether something is taken"));
}

static struct err *
put_organisation(struct pg_session *session, struct pg_params *params,
    const struct store_record *row, const struct organisation *from, bool *ret_taken)
{
	pg_put_uuid(params, row->id);
	pg_put_int(params, row->version);
	pg_put_text(params, from->handle);
	pg_put_text(params, from->name);
	pg_put_bool(params, from->is_noc);
	pg_put_bool(params, from->is_osp);
	pg_put_bool(params, from->is_platform);
	pg_put_bool(params, from->suspended);
	return run_put(session, PG_put_organisation, params, ret_taken);
}

static struct err *
put_user(struct pg_session *session, struct pg_params *params, const struct store_record *row,
    const struct user *from, bool *ret_taken)
{
	struct pg_array issuers, subjects;
	size_t issuer_bytes = 0, subject_bytes = 0;

	for (size_t i = 0; i < from->identity_count; i++) {
		issuer_bytes += from->identities[i].issuer.len;
		subject_bytes += from->identities[i].subject.len;
	}
	issuers = pg_array_begin(params, PG_TEXT, from->identity_count, issuer_bytes);
	subjects = pg_array_begin(params, PG_TEXT, from->identity_count, subject_bytes);
	for (size_t i = 0; i < from->identity_count; i++) {
		pg_array_text(&issuers, from->identities[i].issuer);
		pg_array_text(&subjects, from->identities[i].subject);
	}
	pg_put_uuid(params, row->id);
	pg_put_int(params, row->version);
	pg_put_text(params, from->handle);
	pg_put_bool(params, from->disabled);
	pg_array_end(params, &issuers);
	pg_array_end(params, &subjects);
	return run_put(session, PG_put_user, params, ret_taken);
}

static struct err *
put_membership(struct pg_session *session, struct pg_params *params, const struct store_record *row,
    const struct membership *from, bool *ret_taken)
{
	pg_put_uuid(params, row->id);
	pg_put_int(params, row->version);
	pg_put_uuid(params, from->organisation);
	pg_put_uuid_or_null(params, from->user);
	pg_put_text(params, from->email);
	pg_put_text(params, from->role);
	pg_put_text(params, eco_word_name(&membership_state_words, from->state));
	return run_put(session, PG_put_membership, params, ret_taken);
}

static struct err *
put_agreement(struct pg_session *session, struct pg_params *params, const struct store_record *row,
    const struct agreement *from, bool *ret_taken)
{
	pg_put_uuid(params, row->id);
	pg_put_int(params, row->version);
	pg_put_uuid(params, from->noc);
	pg_put_uuid(params, from->osp);
	pg_put_text(params, eco_word_name(&agreement_kind_words, from->kind));
	pg_put_text(params, eco_word_name(&agreement_state_words, from->state));
	pg_put_text(params, from->number_prefix);
	pg_put_terms(params, &from->terms);
	pg_put_instant(params, from->valid_from);
	pg_put_instant_or_null(params, from->valid_until);
	return run_put(session, PG_put_agreement, params, ret_taken);
}

static struct err *
put_noc_terms(struct pg_session *session, struct pg_params *params, const struct store_record *row,
    const struct noc_terms *from, bool *ret_taken)
{
	pg_put_uuid(params, from->agreement);
	pg_put_uuid(params, from->noc);
	pg_put_int(params, row->version);
	pg_put_text(params, from->duty_phone);
	pg_put_text(params, from->twilio_subaccount);
	pg_put_text(params, from->twilio_from);
	return run_put(session, PG_put_noc_terms, params, ret_taken);
}

static struct err *
put_osp_terms(struct pg_session *session, struct pg_params *params, const struct store_record *row,
    const struct osp_terms *from, bool *ret_taken)
{
	pg_put_uuid(params, from->agreement);
	pg_put_uuid(params, from->osp);
	pg_put_int(params, row->version);
	pg_put_text(params, from->render_url);
	pg_put_text(params, from->render_client_id);
	pg_put_text(params, from->render_secret_ref);
	pg_put_text(params, from->render_project);
	pg_put_uuid_or_null(params, from->default_list);
	return run_put(session, PG_put_osp_terms, params, ret_taken);
}

/* Everybody of ${from}, by whose records it is judged who is rung. */
static void
put_people(struct pg_params *params, const struct pager_list_record *from)
{
	size_t count = from->entry_count + 2 * from->substitution_count;
	struct pg_array people =
	    pg_array_begin(params, PG_UUID, count, count * sizeof(struct uuid));

	for (size_t i = 0; i < from->entry_count; i++)
		pg_array_uuid(&people, from->entries[i].person);
	for (size_t i = 0; i < from->substitution_count; i++) {
		pg_array_uuid(&people, from->substitutions[i].absent);
		pg_array_uuid(&people, from->substitutions[i].substitute);
	}
	pg_array_end(params, &people);
}

static struct err *
put_list(struct pg_session *session, struct pg_params *params, const struct store_record *row,
    const struct pager_list_record *from, bool *ret_taken)
{
	pg_put_uuid(params, row->id);
	pg_put_int(params, row->version);
	pg_put_uuid(params, from->osp);
	put_people(params, from);
	pg_put_bool(params, from->retired);
	return run_put(session, PG_put_list, params, ret_taken);
}

static struct err *
put_region(struct pg_session *session, struct pg_params *params, const struct store_record *row,
    const struct region *from, bool *ret_taken)
{
	pg_put_uuid(params, row->id);
	pg_put_int(params, row->version);
	pg_put_uuid(params, from->osp);
	pg_put_text(params, from->name);
	pg_put_int(params, from->priority);
	pg_put_uuid(params, from->list);
	pg_put_text(params, pg_area_encode(params->arena, &from->area));
	pg_put_bool(params, from->retired);
	return run_put(session, PG_put_region, params, ret_taken);
}

static struct err *
put_token(struct pg_session *session, struct pg_params *params, const struct store_record *row,
    const struct token *from, bool *ret_taken)
{
	struct sha256 hash;

	if (!hex_parse_digest(from->secret_hash, &hash))
		return ERR(params->arena, ERR_CORRUPT, "a token's hash is not 64 hex digits");
	pg_put_uuid(params, row->id);
	pg_put_int(params, row->version);
	pg_put_uuid(params, from->organisation);
	pg_put_uuid(params, from->user);
	pg_put_hash(params, hash);
	pg_put_text(params, from->scopes);
	pg_put_instant(params, from->expires);
	pg_put_instant_or_null(params, from->revoked_at);
	return run_put(session, PG_put_token, params, ret_taken);
}

/* The typed rows that are made of ${record}. */
static struct err *
put_typed(struct pg_session *session, struct arena *arena, const struct store_record *row,
    const struct record *record, bool *ret_taken)
{
	struct pg_params params = { .arena = arena };

	*ret_taken = false;
	switch (record->kind) {
	case RECORD_ORGANISATION:
		return put_organisation(session, &params, row, &record->organisation, ret_taken);
	case RECORD_USER:
		return put_user(session, &params, row, &record->user, ret_taken);
	case RECORD_MEMBERSHIP:
		return put_membership(session, &params, row, &record->membership, ret_taken);
	case RECORD_AGREEMENT:
		return put_agreement(session, &params, row, &record->agreement, ret_taken);
	case RECORD_NOC_TERMS:
		return put_noc_terms(session, &params, row, &record->noc_terms, ret_taken);
	case RECORD_OSP_TERMS:
		return put_osp_terms(session, &params, row, &record->osp_terms, ret_taken);
	case RECORD_PAGER_LIST:
		return put_list(session, &params, row, &record->pager_list, ret_taken);
	case RECORD_REGION:
		return put_region(session, &params, row, &record->region, ret_taken);
	case RECORD_TOKEN:
		return put_token(session, &params, row, &record->token, ret_taken);
	case RECORD_PERSON:
	case RECORD_AUDIT:
		return NULL;
	case RECORD_KIND_COUNT:
		break;
	}
	UNREACHABLE("record kind");
}

struct err *
pg_put_record(struct store_session *base, struct arena *arena, const struct store_record *row,
    const struct record *record, bool *ret_taken)
{
	struct pg_params params = { .arena = arena };

	/* Row-level security would refuse it as well, as if this program were wrong. */
	if (!store_may_see(base, row->noc, row->osp))
		return ERR(arena, ERR_CONFLICT, "record %.*s is not the organisation's to write",
		    STR_ARG(uuid_text(arena, row->id)));
	TRY(pg_run(pg_session(base), arena, PG_share_records, NULL, NULL));
	TRY(put_typed(pg_session(base), arena, row, record, ret_taken));
	if (*ret_taken)
		return NULL;
	pg_put_text(&params, record_kind_name(row->kind));
	pg_put_uuid(&params, row->id);
	pg_put_int(&params, row->version);
	pg_put_uuid(&params, row->noc);
	pg_put_uuid(&params, row->osp);
	pg_put_uuid(&params, row->parent);
	pg_put_instant(&params, row->changed_at);
	pg_put_text(&params, row->body);
	return pg_run(pg_session(base), arena, PG_put_record, &params, NULL);
}
