#include "api/gate.h"
#include "runtime/rate_limit.h"

/*
 * How often may be asked (429 and Retry-After beyond).  Counted by the machine's own clock,
 * in this process: with several processes behind a balancer everybody has so many times
 * as much.
 */

/* What is refused counts as so many more requests. */
#define FAILURE_COST 9

/* The answer to what comes too often. */
static bool
refuse_often(struct api_request *request, int64_t wait_us, const char *whose)
{
	int64_t wait_s = (wait_us + 999999) / 1000000;

	request->outcome = "rejected";
	request->note = arena_printf(request->arena, "too many requests of this %s", whose);
	api_respond_error(request, 429, "RATE_LIMITED",
	    arena_printf(request->arena, "too many requests of this %s: try again in %lld seconds",
		whose, (long long)wait_s));
	api_add_header(
	    request, STR("Retry-After"), arena_printf(request->arena, "%lld", (long long)wait_s));
	return false;
}

static bool
take(struct api_request *request, const char *whose, struct str name, struct rate_rule rule)
{
	struct rate_limit *limits = request->api->limits;
	uint64_t key = rate_limit_key(limits, str_from_z(whose), name);
	int64_t wait_us;

	return rate_limit_take(limits, key, rule, 1, clock_monotonic_us(), &wait_us) ||
	       refuse_often(request, wait_us, whose);
}

static struct str
bytes_of(const void *bytes, size_t length)
{
	return (struct str){ bytes, length };
}

/* Providers' call-backs come in bursts that are not theirs to slow down. */
static struct rate_rule
address_rule(const struct api_request *request, bool webhook)
{
	const struct config *settings = request->api->config.settings;

	if (webhook)
		return rate_rule_per_min(
		    settings->limit_webhook_per_min, settings->limit_webhook_burst);
	return rate_rule_per_min(settings->limit_address_per_min, settings->limit_address_burst);
}

bool
limits_admit_address(struct api_request *request, bool webhook)
{
	struct address network = address_network(request->client);

	return take(request, webhook ? "call-back's address" : "address",
	    bytes_of(network.bytes, sizeof(network.bytes)), address_rule(request, webhook));
}

void
limits_charge_failure(struct api_request *request, bool webhook)
{
	struct address network = address_network(request->client);
	struct rate_limit *limits = request->api->limits;
	const char *whose = webhook ? "call-back's address" : "address";

	rate_limit_charge(limits,
	    rate_limit_key(
		limits, str_from_z(whose), bytes_of(network.bytes, sizeof(network.bytes))),
	    address_rule(request, webhook), FAILURE_COST, clock_monotonic_us());
}

bool
limits_admit(struct api_request *request, const struct gate_principal *principal)
{
	const struct config *settings = request->api->config.settings;
	const struct gate_person *person = &principal->person;
	const struct {
		const char *whose;
		struct uuid id;
		struct rate_rule rule;
	} all[] = {
		{ "token", person->token,
		    rate_rule_per_min(settings->limit_token_per_min, settings->limit_token_burst) },
		{ "user", person->user,
		    rate_rule_per_min(settings->limit_user_per_min, settings->limit_user_burst) },
		{ "organisation", principal->membership.organisation.id,
		    rate_rule_per_min(
			settings->limit_organisation_per_min, settings->limit_organisation_burst) },
	};

	for (size_t i = 0; i < COUNT_OF(all); i++) {
		if (!uuid_is_nil(all[i].id) &&
		    !take(request, all[i].whose, bytes_of(&all[i].id, sizeof(all[i].id)),
			all[i].rule))
			return false;
	}
	return true;
}

bool
limits_once(struct api_request *request, struct duration pause, struct str what, struct str which)
{
	struct rate_limit *limits = request->api->limits;
	int64_t wait_us;

	return rate_limit_take(limits, rate_limit_key(limits, what, which),
	    (struct rate_rule){ pause.us, 1 }, 1, clock_monotonic_us(), &wait_us);
}
