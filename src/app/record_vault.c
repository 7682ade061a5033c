#include "app/record_vault.h"

#include "codec/record_codec.h"

struct work {
	const struct vault *vault;
	struct store_session *session;
	struct arena *arena;
	struct uuid organisation;
	bool asked; /* for the key: only a record with personal texts needs one */
	struct vault_key key;
};

static struct err *
find_key(struct work *work, struct uuid whose, bool make)
{
	if (work->asked)
		return NULL;
	work->asked = true;
	return vault_find_key(
	    work->vault, work->session, work->arena, whose, work->organisation, make, &work->key);
}

static struct err *
close_text(void *context, struct uuid whose, struct str field, struct str *text)
{
	struct work *work = context;

	TRY(find_key(work, whose, true));
	if (!work->key.exists)
		return ERR(work->arena, ERR_CORRUPT, "%.*s has no key, and got none",
		    STR_ARG(uuid_text(work->arena, whose)));
	*text = vault_close(work->vault, work->arena, &work->key, field, *text);
	return NULL;
}

static struct err *
open_text(void *context, struct uuid whose, struct str field, struct str *text)
{
	struct work *work = context;
	struct str opened;

	TRY(find_key(work, whose, false));
	if (!vault_open(work->arena, &work->key, field, *text, &opened))
		return ERR(work->arena, ERR_CORRUPT, "the sealed %.*s of %.*s cannot be opened",
		    STR_ARG(field), STR_ARG(uuid_text(work->arena, whose)));
	*text = opened;
	return NULL;
}

struct err *
record_seal(const struct vault *vault, struct store_session *session, struct arena *arena,
    struct record *record)
{
	struct work work = { .vault = vault, .session = session, .arena = arena };
	struct uuid other;

	record_owners(record, &work.organisation, &other);
	return codec_each_personal(arena, record, close_text, &work);
}

struct err *
record_open(const struct vault *vault, struct store_session *session, struct arena *arena,
    struct record *record)
{
	struct work work = { .vault = vault, .session = session, .arena = arena };
	struct uuid other;

	record_owners(record, &work.organisation, &other);
	return codec_each_personal(arena, record, open_text, &work);
}
