#include "app/vault.h"

#include <stdlib.h>

#include "base/base64.h"
#include "base/hmac.h"

#define NONCE_BYTES 12

/* How a kept key begins. */
#define KEPT_AS_IT_IS '\0'
#define KEPT_WRAPPED  '\1'

static const char *const field_names[] = { [VAULT_LABEL] = "label", [VAULT_PHONE] = "phone" };

struct err *
vault_init(
    struct arena *arena, struct str vault_key, vault_make_bytes_f make_bytes, struct vault *ret)
{
	char memory[sizeof(ret->key.bytes)];
	struct buf bytes = buf_over(memory, sizeof(memory));

	*ret = (struct vault){ .wraps = !str_empty(vault_key), .make_bytes = make_bytes };
	if (!ret->wraps)
		return NULL;
	if (!base64_decode(&bytes, vault_key) || bytes.overflowed || bytes.len != sizeof(memory))
		return err_explain(ERR(arena, ERR_CORRUPT, "vault_key is not a key"), STR(""),
		    STR("Set STRIKE_VAULT_KEY to 32 random bytes in base64: "
			"openssl rand -base64 32."));
	memcpy(ret->key.bytes, memory, sizeof(memory));
	return NULL;
}

/* A key of its own, so that a fingerprint says nothing about what wraps people's keys. */
struct sha256
vault_fingerprint(const struct vault *vault, struct str number)
{
	struct str wrapping = { (const char *)vault->key.bytes, sizeof(vault->key.bytes) };
	struct sha256 key = hmac_sha256_of(wrapping, STR("fingerprints of telephone numbers"));

	return hmac_sha256_of((struct str){ (const char *)key.bytes, sizeof(key.bytes) }, number);
}

/* What a seal is bound to: whose, and what. */
static struct str
about(struct arena *arena, struct uuid person, const char *what)
{
	return arena_printf(arena, "%.*s.%s", STR_ARG(uuid_text(arena, person)), what);
}

/* The same of a number of a plan.  Before contacts had ids there, a person had one. */
static struct str
about_number(struct arena *arena, struct uuid person, const struct roster_contact *contact)
{
	const char *phone = field_names[VAULT_PHONE];

	if (uuid_is_nil(contact->id))
		return about(arena, person, phone);
	return arena_printf(arena, "%.*s.%s.%.*s", STR_ARG(uuid_text(arena, person)), phone,
	    STR_ARG(uuid_text(arena, contact->id)));
}

static struct str
seal(const struct vault *vault, struct arena *arena, const struct seal_key *key, struct str what,
    struct str text)
{
	uint8_t nonce[NONCE_BYTES];

	if (str_empty(text))
		return text;
	vault->make_bytes(nonce, sizeof(nonce));
	return seal_close(arena, key, what, nonce, text);
}

/* -- keys -- */

static struct str
wrap(const struct vault *vault, struct arena *arena, struct uuid person, const struct seal_key *key)
{
	struct str bytes = { (const char *)key->bytes, sizeof(key->bytes) };
	struct buf kept = buf_in(arena, STORE_WRAPPED_KEY_BYTES_MAX);

	buf_char(&kept, vault->wraps ? KEPT_WRAPPED : KEPT_AS_IT_IS);
	buf_str(&kept, vault->wraps
			   ? seal(vault, arena, &vault->key, about(arena, person, "key"), bytes)
			   : bytes);
	CHECK(!kept.overflowed);
	return buf_view(&kept);
}

static struct err *
cannot_unwrap(struct arena *arena, struct uuid person, const char *hint)
{
	return err_explain(ERR(arena, ERR_CORRUPT, "the key of person %.*s cannot be unwrapped",
			       STR_ARG(uuid_text(arena, person))),
	    STR(""), str_from_z(hint));
}

static struct err *
unwrap(const struct vault *vault, struct arena *arena, const struct store_person_key *row,
    struct seal_key *ret)
{
	bool wrapped = row->wrapped.len > 0 && row->wrapped.ptr[0] == KEPT_WRAPPED;
	struct str bytes = { row->wrapped.ptr + 1, row->wrapped.len - 1 };

	if (str_empty(row->wrapped) || (!wrapped && row->wrapped.ptr[0] != KEPT_AS_IT_IS))
		return cannot_unwrap(arena, row->person, "It was kept by a newer program.");
	if (wrapped && !vault->wraps)
		return cannot_unwrap(arena, row->person,
		    "Set STRIKE_VAULT_KEY to the key under which it was wrapped.");
	if (wrapped &&
	    !seal_open(arena, &vault->key, about(arena, row->person, "key"), bytes, &bytes))
		return cannot_unwrap(arena, row->person,
		    "STRIKE_VAULT_KEY is not the key under which it was wrapped.");
	if (bytes.len != sizeof(ret->bytes))
		return cannot_unwrap(arena, row->person, "It has not the length of a key.");
	memcpy(ret->bytes, bytes.ptr, sizeof(ret->bytes));
	return NULL;
}

/* What is known of whom: all who were asked for, and the keys of those who have one. */
struct vault_known {
	struct uuid *people; /* in order */
	size_t people_count;
	struct store_person_key *keys; /* in the order of their people */
	size_t key_count;
};

static int
compare_people(const void *left, const void *right)
{
	const struct uuid *a = left, *b = right;

	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

/* A key begins with whose it is. */
_Static_assert(offsetof(struct store_person_key, person) == 0, "compared as a person");

struct err *
vault_look_up(const struct vault *vault, struct store_session *session, struct arena *arena,
    const struct uuid *people, size_t count, struct vault *ret)
{
	struct vault_known *known = arena_new(arena, struct vault_known);

	*ret = *vault;
	if (known == NULL)
		return ERR(arena, ERR_LIMIT, "no memory left to look up keys");
	known->people = arena_array(arena, struct uuid, count + 1);
	known->keys = arena_array(arena, struct store_person_key, count + 1);
	if (known->people == NULL || known->keys == NULL)
		return ERR(arena, ERR_LIMIT, "no memory left to look up keys");
	for (size_t i = 0; i < count; i++)
		known->people[i] = people[i];
	qsort(known->people, count, sizeof(people[0]), compare_people);
	for (size_t i = 0; i < count; i++) {
		if (i == 0 || !uuid_equal(known->people[i], known->people[i - 1]))
			known->people[known->people_count++] = known->people[i];
	}
	for (size_t i = 0; i < known->people_count; i += STORE_KEYS_MAX) {
		size_t left = known->people_count - i;
		struct store_person_keys keys;

		TRY(store_find_person_keys(session, arena, &known->people[i],
		    left < STORE_KEYS_MAX ? left : STORE_KEYS_MAX, &keys));
		for (size_t k = 0; k < keys.count; k++)
			known->keys[known->key_count++] = keys.at[k];
	}
	qsort(known->keys, known->key_count, sizeof(known->keys[0]), compare_people);
	ret->known = known;
	return NULL;
}

static bool
knows(const struct vault_known *known, const struct uuid *people, size_t count)
{
	for (size_t i = 0; known != NULL && i < count; i++) {
		if (bsearch(&people[i], known->people, known->people_count, sizeof(people[0]),
			compare_people) == NULL)
			return false;
	}
	return known != NULL;
}

/* The keys of ${people}, from what is known when that is all of them. */
static struct err *
look_up(const struct vault *vault, struct store_session *session, struct arena *arena,
    const struct uuid *people, size_t count, struct store_person_keys *ret)
{
	struct store_person_key *keys;

	if (!knows(vault->known, people, count))
		return store_find_person_keys(session, arena, people, count, ret);
	keys = arena_array(arena, struct store_person_key, count + 1);
	*ret = (struct store_person_keys){ .at = keys };
	if (keys == NULL)
		return ERR(arena, ERR_LIMIT, "no memory left to look up keys");
	for (size_t i = 0; i < count; i++) {
		const struct store_person_key *key = bsearch(&people[i], vault->known->keys,
		    vault->known->key_count, sizeof(keys[0]), compare_people);

		if (key != NULL)
			keys[ret->count++] = *key;
	}
	return NULL;
}

static const struct store_person_key *
find_key(const struct store_person_keys *keys, struct uuid person)
{
	for (size_t i = 0; i < keys->count; i++) {
		if (uuid_equal(keys->at[i].person, person))
			return &keys->at[i];
	}
	return NULL;
}

/* What is kept for the people of ${plan}. */
static struct err *
find_keys(const struct vault *vault, struct store_session *session, struct arena *arena,
    const struct pager_list *plan, struct store_person_keys *ret)
{
	struct uuid people[ROSTER_PEOPLE_MAX];

	_Static_assert(ROSTER_PEOPLE_MAX <= STORE_KEYS_MAX, "the people of a plan are one query");
	*ret = (struct store_person_keys){ .count = 0 };
	for (size_t i = 0; i < plan->count; i++)
		people[i] = plan->people[i].id;
	if (plan->count == 0)
		return NULL;
	return look_up(vault, session, arena, people, plan->count, ret);
}

/* Keys for the people of ${plan} who have none among ${keys}. */
static struct err *
add_keys(const struct vault *vault, struct store_session *session, struct arena *arena,
    struct uuid organisation, const struct pager_list *plan, struct store_person_keys *keys)
{
	struct store_person_key added[ROSTER_PEOPLE_MAX];
	size_t count = 0;

	for (size_t i = 0; i < plan->count; i++) {
		struct uuid person = plan->people[i].id;
		struct seal_key key;

		if (find_key(keys, person) != NULL)
			continue;
		vault->make_bytes(key.bytes, sizeof(key.bytes));
		added[count++] = (struct store_person_key){
			.person = person,
			.organisation = organisation,
			.wrapped = wrap(vault, arena, person, &key),
		};
	}
	if (count == 0)
		return NULL;
	TRY(store_add_person_keys(session, arena, added, count));
	/* Somebody else may have been faster, or have erased the person. */
	return find_keys(vault, session, arena, plan, keys);
}

/* -- sealing -- */

static struct err *
seal_person(const struct vault *vault, struct arena *arena, const struct store_person_key *row,
    struct roster_person *person)
{
	struct seal_key key;

	if (row == NULL)
		return ERR(arena, ERR_CORRUPT, "person %.*s has no key, and got none",
		    STR_ARG(uuid_text(arena, person->id)));
	if (row->erased) {
		person->label = STR("");
		person->contact_count = 0;
		if (person->skip == ROSTER_RINGS)
			person->skip = ROSTER_SKIP_NO_VERIFIED_PHONE;
		return NULL;
	}
	TRY(unwrap(vault, arena, row, &key));
	person->label = seal(
	    vault, arena, &key, about(arena, person->id, field_names[VAULT_LABEL]), person->label);
	for (size_t i = 0; i < person->contact_count; i++) {
		struct roster_contact *contact = &person->contacts[i];

		contact->number = seal(
		    vault, arena, &key, about_number(arena, person->id, contact), contact->number);
	}
	return NULL;
}

struct err *
vault_seal_plan(const struct vault *vault, struct store_session *session, struct arena *arena,
    struct uuid organisation, struct pager_list *plan)
{
	struct store_person_keys keys;

	TRY(find_keys(vault, session, arena, plan, &keys));
	TRY(add_keys(vault, session, arena, organisation, plan, &keys));
	for (size_t i = 0; i < plan->count; i++)
		TRY(seal_person(
		    vault, arena, find_key(&keys, plan->people[i].id), &plan->people[i]));
	if (arena_exhausted(arena))
		return ERR(arena, ERR_LIMIT, "no memory left to seal a plan");
	return NULL;
}

/* -- opening -- */

/* Whose texts are opened, and with what. */
struct opening {
	const struct vault *vault;
	struct arena *arena;
	const struct store_person_key *row; /* NULL: they have no key here */
	struct uuid person;
	bool imported; /* the texts: they may have been sealed under a key from elsewhere */
};

/* ${what} it is, as it was bound into the seal; ${name} is it in words. */
static struct err *
open_what(const struct opening *opening, struct str what, const char *name, struct str text,
    enum vault_opened *ret_opened, struct str *ret)
{
	const struct store_person_key *row = opening->row;
	struct arena *arena = opening->arena;
	struct seal_key key;

	*ret = STR("");
	*ret_opened = row != NULL && row->erased ? VAULT_ERASED : VAULT_OPEN;
	if (*ret_opened == VAULT_ERASED)
		return NULL;
	if (!seal_is_sealed(text)) {
		*ret = text;
		return NULL;
	}
	if (row == NULL) {
		*ret_opened = VAULT_NO_KEY;
		return NULL;
	}
	TRY(unwrap(opening->vault, arena, row, &key));
	if (seal_open(arena, &key, what, text, ret))
		return NULL;
	*ret = STR("");
	*ret_opened = VAULT_NO_KEY;
	if (opening->imported)
		return NULL;
	return ERR(arena, ERR_CORRUPT, "the sealed %s of person %.*s cannot be opened", name,
	    STR_ARG(uuid_text(arena, opening->person)));
}

static struct err *
open_with(const struct opening *opening, enum vault_field field, struct str text,
    enum vault_opened *ret_opened, struct str *ret)
{
	const char *name = field_names[field];

	return open_what(
	    opening, about(opening->arena, opening->person, name), name, text, ret_opened, ret);
}

static struct err *
open_number(const struct opening *opening, const struct roster_contact *contact,
    enum vault_opened *ret_opened, struct str *ret)
{
	return open_what(opening, about_number(opening->arena, opening->person, contact),
	    field_names[VAULT_PHONE], contact->number, ret_opened, ret);
}

struct err *
vault_open_number(const struct vault *vault, struct store_session *session, struct arena *arena,
    struct uuid person, const struct roster_contact *contact, enum vault_opened *ret_opened,
    struct str *ret)
{
	struct store_person_keys keys;

	TRY(look_up(vault, session, arena, &person, 1, &keys));
	return open_number(
	    &(struct opening){
		.vault = vault, .arena = arena, .row = find_key(&keys, person), .person = person },
	    contact, ret_opened, ret);
}

struct err *
vault_open_text(const struct vault *vault, struct store_session *session, struct arena *arena,
    struct uuid person, enum vault_field field, struct str text, enum vault_opened *ret_opened,
    struct str *ret)
{
	struct store_person_keys keys;

	TRY(look_up(vault, session, arena, &person, 1, &keys));
	return open_with(
	    &(struct opening){
		.vault = vault, .arena = arena, .row = find_key(&keys, person), .person = person },
	    field, text, ret_opened, ret);
}

/* The numbers that open; of the others nothing is known. */
static struct err *
open_numbers(const struct opening *opening, struct roster_person *person)
{
	size_t count = 0;

	for (size_t i = 0; i < person->contact_count; i++) {
		struct roster_contact contact = person->contacts[i];
		enum vault_opened opened;

		TRY(open_number(opening, &contact, &opened, &contact.number));
		if (opened == VAULT_OPEN)
			person->contacts[count++] = contact;
	}
	person->contact_count = count;
	return NULL;
}

static struct err *
open_person(const struct opening *opening, struct roster_person *person)
{
	enum vault_opened label;

	TRY(open_numbers(opening, person));
	TRY(open_with(opening, VAULT_LABEL, person->label, &label, &person->label));
	if (label == VAULT_ERASED)
		person->label = STR("erased");
	else if (label == VAULT_NO_KEY)
		person->label = STR("no key");
	return NULL;
}

static struct err *
open_plan(const struct opening *opening, struct store_session *session,
    const struct pager_list *plan, const struct pager_list **ret)
{
	struct arena *arena = opening->arena;
	struct pager_list *opened = arena_new(arena, struct pager_list);
	struct store_person_keys keys;

	if (opened == NULL)
		return ERR(arena, ERR_LIMIT, "no memory left to open a plan");
	*opened = *plan;
	TRY(find_keys(opening->vault, session, arena, plan, &keys));
	for (size_t i = 0; i < plan->count; i++) {
		struct opening person = *opening;

		person.person = plan->people[i].id;
		person.row = find_key(&keys, person.person);
		TRY(open_person(&person, &opened->people[i]));
	}
	*ret = opened;
	return NULL;
}

struct err *
vault_open_plan(const struct vault *vault, struct store_session *session, struct arena *arena,
    const struct pager_list *plan, const struct pager_list **ret)
{
	return open_plan(&(struct opening){ .vault = vault, .arena = arena }, session, plan, ret);
}

struct err *
vault_open_imported_plan(const struct vault *vault, struct store_session *session,
    struct arena *arena, const struct pager_list *plan, const struct pager_list **ret)
{
	return open_plan(&(struct opening){ .vault = vault, .arena = arena, .imported = true },
	    session, plan, ret);
}

/* -- one key -- */

struct err *
vault_check_key(const struct vault *vault, struct arena *arena, const struct store_person_key *key)
{
	struct seal_key none;

	return unwrap(vault, arena, key, &none);
}

static struct err *
make_key(const struct vault *vault, struct store_session *session, struct arena *arena,
    struct uuid whose, struct uuid organisation, struct store_person_keys *ret)
{
	struct store_person_key added = { .person = whose, .organisation = organisation };
	struct seal_key key;

	vault->make_bytes(key.bytes, sizeof(key.bytes));
	added.wrapped = wrap(vault, arena, whose, &key);
	TRY(store_add_person_keys(session, arena, &added, 1));
	return store_find_person_keys(session, arena, &whose, 1, ret);
}

struct err *
vault_find_key(const struct vault *vault, struct store_session *session, struct arena *arena,
    struct uuid whose, struct uuid organisation, bool make, struct vault_key *ret)
{
	struct store_person_keys keys;

	*ret = (struct vault_key){ .whose = whose };
	TRY(look_up(vault, session, arena, &whose, 1, &keys));
	if (keys.count == 0 && make)
		TRY(make_key(vault, session, arena, whose, organisation, &keys));
	if (keys.count == 0)
		return NULL;
	ret->exists = true;
	ret->erased = keys.at[0].erased;
	return ret->erased ? NULL : unwrap(vault, arena, &keys.at[0], &ret->key);
}

struct str
vault_close(const struct vault *vault, struct arena *arena, const struct vault_key *key,
    struct str field, struct str text)
{
	CHECK(key->exists);
	if (key->erased)
		return STR("");
	return seal(vault, arena, &key->key,
	    arena_printf(arena, "%.*s.%.*s", STR_ARG(uuid_text(arena, key->whose)), STR_ARG(field)),
	    text);
}

bool
vault_open(struct arena *arena, const struct vault_key *key, struct str field, struct str sealed,
    struct str *ret)
{
	*ret = STR("");
	if (key->erased || (!key->exists && seal_is_sealed(sealed)))
		return true;
	if (seal_is_sealed(sealed))
		return seal_open(arena, &key->key,
		    arena_printf(
			arena, "%.*s.%.*s", STR_ARG(uuid_text(arena, key->whose)), STR_ARG(field)),
		    sealed, ret);
	*ret = sealed;
	return true;
}
