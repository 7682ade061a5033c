#include "app/event_vault.h"

#include "store/store.h"

#define NOTE       STR("note")
#define DUTY_PHONE STR("dutyPhone")

/* A private text of an event: whose it is, and which. */
struct private_text {
	struct uuid organisation;
	struct str field;
	struct str *text; /* NULL: the event has none */
};

static struct private_text
find_private(struct uuid noc, struct uuid osp, struct eco_event *event)
{
	struct eco_note_added *note = &event->note_added;

	if (event->type == ECO_EVENT_CREATED && !str_empty(event->created.noc_duty_phone))
		return (struct private_text){ noc, DUTY_PHONE, &event->created.noc_duty_phone };
	if (event->type == ECO_EVENT_OSP_ENGAGED && !str_empty(event->osp_engaged.noc_duty_phone))
		return (struct private_text){ noc, DUTY_PHONE, &event->osp_engaged.noc_duty_phone };
	if (event->type == ECO_EVENT_NOC_ALERTED)
		return (struct private_text){ noc, DUTY_PHONE, &event->noc_alerted.phone };
	if (event->type == ECO_EVENT_NOC_ALERT_FAILED && !str_empty(event->noc_alert_failed.phone))
		return (struct private_text){ noc, DUTY_PHONE, &event->noc_alert_failed.phone };
	if (event->type == ECO_EVENT_NOTE_ADDED && note->visibility == NOTE_OWN_SIDE)
		return (
		    struct private_text){ note->side == SIDE_NOC ? noc : osp, NOTE, &note->text };
	return (struct private_text){ .text = NULL };
}

bool
event_is_sealed(
    struct uuid noc, struct uuid osp, const struct eco_event *event, struct uuid *ret_organisation)
{
	struct eco_event copy = *event;
	struct private_text private = find_private(noc, osp, &copy);

	if (private.text == NULL || !seal_is_sealed(*private.text))
		return false;
	*ret_organisation = private.organisation;
	return true;
}

bool
event_may_be_private(const struct eco_event *event)
{
	return event->type == ECO_EVENT_CREATED || event->type == ECO_EVENT_OSP_ENGAGED ||
	       event->type == ECO_EVENT_NOTE_ADDED || event->type == ECO_EVENT_NOC_ALERTED ||
	       event->type == ECO_EVENT_NOC_ALERT_FAILED;
}

struct err *
event_seal(const struct vault *vault, struct store_session *session, struct arena *arena,
    struct uuid noc, struct uuid osp, struct eco_event *event)
{
	struct private_text private = find_private(noc, osp, event);
	struct vault_key key;

	/* The number that an alert went to comes as the ECO holds it; a person's own words never
	 * do. */
	if (private.text == NULL ||
	    (event->type != ECO_EVENT_NOTE_ADDED && seal_is_sealed(*private.text)))
		return NULL;
	TRY(vault_find_key(
	    vault, session, arena, private.organisation, private.organisation, true, &key));
	if (!key.exists)
		return ERR(arena, ERR_CORRUPT, "organisation %.*s has no key, and got none",
		    STR_ARG(uuid_text(arena, private.organisation)));
	*private.text = vault_close(vault, arena, &key, private.field, *private.text);
	return NULL;
}

struct err *
event_open(const struct vault *vault, struct store_session *session, struct arena *arena,
    struct uuid noc, struct uuid osp, struct eco_event *event)
{
	struct private_text private = find_private(noc, osp, event);
	struct vault_key key;
	bool is_lost;

	if (private.text == NULL)
		return NULL;
	TRY(vault_find_key(
	    vault, session, arena, private.organisation, private.organisation, false, &key));
	/* What only its own side is shown: a key that this one does not see is nowhere. */
	is_lost = !key.exists && seal_is_sealed(*private.text) &&
		  event->type != ECO_EVENT_CREATED && event->type != ECO_EVENT_OSP_ENGAGED;
	if (is_lost || !vault_open(arena, &key, private.field, *private.text, private.text))
		*private.text = STR("no key");
	return NULL;
}

/* Whether the ECO was imported: what it says may have been sealed elsewhere. */
static struct err *
was_imported(struct store_session *session, struct arena *arena, struct uuid eco, bool *ret)
{
	struct store_events first;

	TRY(store_read_stream(session, arena, eco, 0, 1, &first));
	*ret = first.count > 0 && first.at[0].imported;
	return NULL;
}

struct err *
event_open_plan(const struct vault *vault, struct store_session *session, struct arena *arena,
    const struct callout *callout, const struct pager_list **ret)
{
	bool imported;

	TRY(was_imported(session, arena, callout->id, &imported));
	if (imported)
		return vault_open_imported_plan(
		    vault, session, arena, &callout->ringdown.plan, ret);
	return vault_open_plan(vault, session, arena, &callout->ringdown.plan, ret);
}

struct err *
event_open_duty_phone(const struct vault *vault, struct store_session *session, struct arena *arena,
    const struct callout *callout, struct str *ret)
{
	struct str sealed = callout->eco.noc_duty_phone;
	struct uuid noc = callout->eco.noc;
	struct vault_key key;
	bool imported;

	*ret = sealed;
	if (str_empty(sealed))
		return NULL;
	TRY(vault_find_key(vault, session, arena, noc, noc, false, &key));
	if (vault_open(arena, &key, DUTY_PHONE, sealed, ret))
		return NULL;
	*ret = STR("");
	TRY(was_imported(session, arena, callout->id, &imported));
	if (!imported)
		return ERR(arena, ERR_CORRUPT,
		    "the sealed duty number of NOC %.*s cannot be opened",
		    STR_ARG(uuid_text(arena, noc)));
	return NULL;
}
