#include "domain/directory/record.h"

struct event_row {
	struct str name;
	int version;
	enum record_kind kind;
};

static const struct event_row events[DIRECTORY_EVENT_COUNT] = {
#define DIRECTORY_EVENT(name, kind, wire, version, doc) { STR(wire), version, RECORD_##kind },
#include "domain/directory/directory_events.def"
#undef DIRECTORY_EVENT
};

static const struct str kinds[RECORD_KIND_COUNT] = {
#define RECORD(name, field, wire, owner, doc) STR(wire),
#include "domain/directory/records.def"
#undef RECORD
};

struct str
record_kind_name(enum record_kind kind)
{
	CHECK(kind < RECORD_KIND_COUNT);
	return kinds[kind];
}

bool
record_kind_find(struct str name, enum record_kind *ret)
{
	for (size_t i = 0; i < RECORD_KIND_COUNT; i++) {
		if (str_equal(kinds[i], name)) {
			*ret = (enum record_kind)i;
			return true;
		}
	}
	return false;
}

struct str
directory_event_name(enum directory_event_type type)
{
	CHECK(type < DIRECTORY_EVENT_COUNT);
	return events[type].name;
}

int
directory_event_version(enum directory_event_type type)
{
	CHECK(type < DIRECTORY_EVENT_COUNT);
	return events[type].version;
}

enum record_kind
directory_event_kind(enum directory_event_type type)
{
	CHECK(type < DIRECTORY_EVENT_COUNT);
	return events[type].kind;
}

bool
directory_event_find(struct str name, enum directory_event_type *ret)
{
	for (size_t i = 0; i < DIRECTORY_EVENT_COUNT; i++) {
		if (str_equal(events[i].name, name)) {
			*ret = (enum directory_event_type)i;
			return true;
		}
	}
	return false;
}

struct uuid
record_platform(void)
{
	return uuid_from_name(STR("strike:platform"));
}

void
record_owners(const struct record *record, struct uuid *ret_noc, struct uuid *ret_osp)
{
	struct uuid owner = UUID_NIL;

	switch (record->kind) {
	case RECORD_AGREEMENT:
		*ret_noc = record->agreement.noc;
		*ret_osp = record->agreement.osp;
		return;
	case RECORD_ORGANISATION:
		owner = record->id;
		break;
	case RECORD_USER:
		owner = record_platform();
		break;
	case RECORD_MEMBERSHIP:
		owner = record->membership.organisation;
		break;
	case RECORD_NOC_TERMS:
		owner = record->noc_terms.noc;
		break;
	case RECORD_OSP_TERMS:
		owner = record->osp_terms.osp;
		break;
	case RECORD_PERSON:
		owner = record->person.osp;
		break;
	case RECORD_PAGER_LIST:
		owner = record->pager_list.osp;
		break;
	case RECORD_REGION:
		owner = record->region.osp;
		break;
	case RECORD_TOKEN:
		owner = record->token.organisation;
		break;
	case RECORD_AUDIT:
		owner = record->audit.organisation;
		break;
	case RECORD_KIND_COUNT:
		UNREACHABLE("record kind");
	}
	*ret_noc = owner;
	*ret_osp = owner;
}

struct uuid
record_parent(const struct record *record)
{
	switch (record->kind) {
	case RECORD_MEMBERSHIP:
		return record->membership.user;
	case RECORD_NOC_TERMS:
		return record->noc_terms.agreement;
	case RECORD_OSP_TERMS:
		return record->osp_terms.agreement;
	case RECORD_REGION:
		return record->region.list;
	case RECORD_TOKEN:
		return record->token.user;
	case RECORD_AUDIT:
		return record->audit.subject;
	case RECORD_ORGANISATION:
	case RECORD_USER:
	case RECORD_AGREEMENT:
	case RECORD_PERSON:
	case RECORD_PAGER_LIST:
		return UUID_NIL;
	case RECORD_KIND_COUNT:
		break;
	}
	UNREACHABLE("record kind");
}

/* An id of its own for what a side keeps about an agreement. */
static struct uuid
terms_id(struct uuid agreement, const char *side)
{
	char memory[64];
	struct buf name = buf_over(memory, sizeof(memory));

	uuid_format(agreement, &name);
	buf_printf(&name, ":%s", side);
	return uuid_from_name(buf_view(&name));
}

struct uuid
record_noc_terms_id(struct uuid agreement)
{
	return terms_id(agreement, "noc-terms");
}

struct uuid
record_osp_terms_id(struct uuid agreement)
{
	return terms_id(agreement, "osp-terms");
}

void *
record_body(struct record *record)
{
	return &record->organisation;
}

const void *
record_body_const(const struct record *record)
{
	return &record->organisation;
}
