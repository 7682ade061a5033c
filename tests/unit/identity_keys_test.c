#include "support/unit.h"

#include <pthread.h>

#include "identity/identity_keys.h"
#include "identity_world.h"

/* How long keys serve, when they are fetched again, and what a storm of tokens costs. */

#define THREADS 64

/* -- ages -- */

static void
nothing_is_fetched_before_a_token_asks_for_it(void **state)
{
	(void)state;
	assert_int_equal(issuer_requests(world.peer, NULL), 0);
}

static void
keys_are_fetched_once_for_many_tokens(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		struct claims claims = good_claims();

		(void)assert_proven(IDENTITY_BEARER, bearer_of(world.rsa, &claims));
		(void)assert_proven(IDENTITY_BEARER, good_bearer());
		(void)assert_proven(IDENTITY_ALB, good_alb());
		(void)assert_proven(IDENTITY_CLOUDFLARE, good_cloudflare());
	}
	assert_int_equal(fetches(), 1);
	assert_int_equal(issuer_requests(world.peer, DISCOVERY_PATH), 1);
	assert_int_equal(issuer_requests(world.peer, CERTS_PATH), 1);
	assert_int_equal(issuer_requests(world.peer, ALB_PATH), 1);
}

static void
a_token_that_would_be_refused_anyway_costs_no_fetch(void **state)
{
	struct claims claims = good_claims();

	(void)state;
	claims.exp = seconds_from_now(-1);
	assert_unproven(IDENTITY_BEARER, bearer_of(world.ec, &claims), "expired");
	assert_int_equal(issuer_requests(world.peer, NULL), 0);
}

static void
keys_that_are_old_are_fetched_again(void **state)
{
	struct str token = long_token(world.ec);

	(void)state;
	(void)assert_proven(IDENTITY_BEARER, token);
	clock_advance(world.clock, SECONDS(IDENTITY_KEYS_FRESH_DEFAULT.us / 1000000 - 1));
	(void)assert_proven(IDENTITY_BEARER, token);
	assert_int_equal(fetches(), 1);
	clock_advance(world.clock, SECONDS(1));
	(void)assert_proven(IDENTITY_BEARER, token);
	assert_int_equal(fetches(), 2);
}

static void
a_key_that_its_issuer_has_withdrawn_serves_no_longer_than_it_is_fresh(void **state)
{
	struct str token = long_token(world.ec);

	(void)state;
	(void)assert_proven(IDENTITY_BEARER, token);
	publish_keys(&world.rsa, 1);
	clock_advance(world.clock, IDENTITY_KEYS_FRESH_DEFAULT);
	assert_unproven(IDENTITY_BEARER, token, "no such key");
}

static void
an_issuer_says_how_long_its_keys_are_fresh_within_bounds(void **state)
{
	static const struct {
		const char *header;
		int64_t fresh_s;
	} rows[] = {
		{ "", 600 },
		{ "max-age=900", 900 },
		{ "public, Max-Age=1200, immutable", 1200 },
		{ "max-age=1", 60 },
		{ "max-age=0", 60 },
		{ "max-age=-7", 60 },
		{ "max-age=999999999", 3600 },
		{ "max-age=99999999999999999999", 600 },
		{ "max-age", 600 },
		{ "no-cache", 60 },
		{ "no-store, max-age=9", 60 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_int_equal(identity_keys_fresh(str_from_z(rows[i].header)).us,
		    SECONDS(rows[i].fresh_s).us);
	issuer_set(world.peer, KEYS_PATH, 200, signer_set(&world.ec, 1, world.arena),
	    "public, max-age=1800");
	(void)assert_proven(IDENTITY_BEARER, long_token(world.ec));
	clock_advance(world.clock, SECONDS(1799));
	(void)assert_proven(IDENTITY_BEARER, long_token(world.ec));
	assert_int_equal(fetches(), 1);
	clock_advance(world.clock, SECONDS(1));
	(void)assert_proven(IDENTITY_BEARER, long_token(world.ec));
	assert_int_equal(fetches(), 2);
}

/* -- rotation -- */

static void
a_key_that_is_new_is_known_after_one_fetch(void **state)
{
	struct token_signer *both[] = { world.ec, world.next };

	(void)state;
	(void)assert_proven(IDENTITY_BEARER, good_bearer());
	publish_keys(both, 2);
	clock_advance(world.clock, IDENTITY_KEYS_PAUSE);
	(void)assert_proven(IDENTITY_BEARER, long_token(world.next));
	(void)assert_proven(IDENTITY_BEARER, long_token(world.ec));
	assert_int_equal(fetches(), 2);
}

static void
a_key_that_was_replaced_under_the_same_id_is_known_when_the_old_one_is_old(void **state)
{
	struct token_signer *same = signer_create("ES256", "bearer-ec", 0);
	struct str token = long_token(same);

	(void)state;
	(void)assert_proven(IDENTITY_BEARER, good_bearer());
	publish_keys(&same, 1);
	assert_unproven(IDENTITY_BEARER, token, "signature is wrong");
	clock_advance(world.clock, IDENTITY_KEYS_FRESH_DEFAULT);
	(void)assert_proven(IDENTITY_BEARER, token);
	signer_destroy(same);
}

static void
an_unknown_key_is_asked_for_once_a_pause(void **state)
{
	(void)state;
	(void)assert_proven(IDENTITY_BEARER, good_bearer());
	for (int i = 0; i < 5; i++)
		assert_unproven(IDENTITY_BEARER, token_naming("invented"), "no such key");
	assert_int_equal(fetches(), 1);
	clock_advance(world.clock, IDENTITY_KEYS_PAUSE);
	for (int i = 0; i < 5; i++)
		assert_unproven(IDENTITY_BEARER, token_naming("invented"), "no such key");
	assert_int_equal(fetches(), 2);
}

/* -- many at once -- */

struct caller {
	pthread_t thread;
	enum identity_source source;
	struct str token;
	bool proven, faulty;
};

static struct caller callers[THREADS];
static pthread_barrier_t start;
static unsigned started;

static void *
call(void *context)
{
	struct caller *caller = context;
	struct arena *arena = arena_create(1u << 20);
	struct identity_claims claims;
	struct str reason;

	(void)pthread_barrier_wait(&start);
	caller->faulty =
	    identity_verify(world.identity, arena, clock_now(world.clock), caller->source,
		caller->token, &caller->proven, &claims, &reason) != NULL;
	arena_destroy(arena);
	return NULL;
}

/* Let all callers, of whom the tokens are set, begin at the same time. */
static void
begin_calls(unsigned count)
{
	started = count;
	assert_int_equal(pthread_barrier_init(&start, NULL, count), 0);
	for (unsigned i = 0; i < count; i++)
		assert_int_equal(pthread_create(&callers[i].thread, NULL, call, &callers[i]), 0);
}

static void
end_calls(void)
{
	for (unsigned i = 0; i < started; i++)
		assert_int_equal(pthread_join(callers[i].thread, NULL), 0);
	(void)pthread_barrier_destroy(&start);
}

static void
set_calls(enum identity_source source, struct str token)
{
	for (unsigned i = 0; i < THREADS; i++)
		callers[i] = (struct caller){ .source = source, .token = token };
}

static void
many_at_once_cause_one_fetch_and_all_are_answered(void **state)
{
	(void)state;
	set_calls(IDENTITY_BEARER, good_bearer());
	begin_calls(THREADS);
	end_calls();
	for (unsigned i = 0; i < THREADS; i++)
		assert_true(callers[i].proven && !callers[i].faulty);
	assert_int_equal(fetches(), 1);
	assert_int_equal(issuer_requests(world.peer, NULL), 2);
}

static void
a_storm_of_invented_keys_causes_one_fetch(void **state)
{
	(void)state;
	(void)assert_proven(IDENTITY_BEARER, good_bearer());
	clock_advance(world.clock, IDENTITY_KEYS_PAUSE);
	for (int round = 0; round < 3; round++) {
		for (unsigned i = 0; i < THREADS; i++)
			callers[i] = (struct caller){ .source = IDENTITY_BEARER,
				.token = token_naming(
				    arena_printf(world.arena, "storm-%d-%u", round, i).ptr) };
		begin_calls(THREADS);
		end_calls();
		for (unsigned i = 0; i < THREADS; i++)
			assert_true(!callers[i].proven && !callers[i].faulty);
	}
	assert_int_equal(fetches(), 2);
}

static void
while_keys_are_fetched_those_that_are_known_go_on_serving(void **state)
{
	struct str token = long_token(world.ec);
	unsigned before;

	(void)state;
	(void)assert_proven(IDENTITY_BEARER, token);
	clock_advance(world.clock, IDENTITY_KEYS_FRESH_DEFAULT);
	before = issuer_requests(world.peer, NULL);
	issuer_hold(world.peer, true);
	set_calls(IDENTITY_BEARER, token);
	begin_calls(1); /* it is the one that fetches, and hangs */
	issuer_await(world.peer, before + 1);
	for (int i = 0; i < 10; i++)
		(void)assert_proven(IDENTITY_BEARER, token);
	assert_int_equal(issuer_requests(world.peer, NULL), before + 1);
	issuer_hold(world.peer, false);
	end_calls();
	assert_true(callers[0].proven);
}

static void
keys_may_be_replaced_while_others_verify_with_them(void **state)
{
	struct token_signer *pairs[2][2] = { { world.ec, world.rsa }, { world.ec, world.next } };

	(void)state;
	for (int round = 0; round < 8; round++) {
		set_calls(IDENTITY_BEARER, long_token(world.ec));
		publish_keys(pairs[round % 2], 2);
		begin_calls(16);
		clock_advance(world.clock, IDENTITY_KEYS_FRESH_DEFAULT);
		end_calls();
		for (unsigned i = 0; i < 16; i++)
			assert_true(callers[i].proven);
	}
}

static void
a_rotation_in_the_middle_of_a_fetch_is_seen_by_all_who_wait_for_it(void **state)
{
	struct token_signer *both[] = { world.ec, world.next };
	struct str token = long_token(world.next);
	unsigned before;

	(void)state;
	(void)assert_proven(IDENTITY_BEARER, good_bearer());
	clock_advance(world.clock, IDENTITY_KEYS_PAUSE);
	before = issuer_requests(world.peer, NULL);
	issuer_hold(world.peer, true);
	set_calls(IDENTITY_BEARER, token);
	begin_calls(THREADS);
	issuer_await(world.peer, before + 1);
	publish_keys(both, 2);
	issuer_hold(world.peer, false);
	end_calls();
	for (unsigned i = 0; i < THREADS; i++)
		assert_true(callers[i].proven && !callers[i].faulty);
	assert_int_equal(fetches(), 2);
}

/* -- an issuer that is down -- */

static void
without_keys_it_cannot_be_told_and_nobody_tries_again_before_a_pause(void **state)
{
	int64_t pause = IDENTITY_KEYS_PAUSE.us;

	(void)state;
	issuer_set(world.peer, KEYS_PATH, 503, STR("later"), NULL);
	for (unsigned tries = 1; tries <= 8; tries++) {
		for (int i = 0; i < 3; i++)
			assert_unavailable(
			    IDENTITY_BEARER, long_token(world.ec), "keys: status 503");
		assert_int_equal(fetches(), tries);
		clock_advance(world.clock, (struct duration){ pause - 1 });
		assert_unavailable(IDENTITY_BEARER, long_token(world.ec), "keys: status 503");
		assert_int_equal(fetches(), tries);
		clock_advance(world.clock, (struct duration){ 1 });
		pause =
		    pause * 2 < IDENTITY_KEYS_PAUSE_MAX.us ? pause * 2 : IDENTITY_KEYS_PAUSE_MAX.us;
	}
	publish_keys(&world.ec, 1);
	(void)assert_proven(IDENTITY_BEARER, long_token(world.ec));
}

static void
old_keys_serve_while_the_issuer_is_down_but_not_for_ever(void **state)
{
	struct str token = long_token(world.ec);
	int64_t hours = IDENTITY_KEYS_STALE_MAX.us / HOURS(1).us;

	(void)state;
	(void)assert_proven(IDENTITY_BEARER, token);
	issuer_set(world.peer, KEYS_PATH, 500, STR("down"), NULL);
	for (int64_t i = 0; i < hours; i++) {
		(void)assert_proven(IDENTITY_BEARER, token);
		assert_unproven(IDENTITY_CLOUDFLARE, token, "algorithm");
		clock_advance(
		    world.clock, (struct duration){ HOURS(1).us - (i == hours - 1 ? 1 : 0) });
	}
	(void)assert_proven(IDENTITY_BEARER, token);
	clock_advance(world.clock, (struct duration){ 1 });
	assert_unavailable(IDENTITY_BEARER, token, "status 500");
	publish_keys(&world.ec, 1);
	clock_advance(world.clock, IDENTITY_KEYS_PAUSE_MAX);
	(void)assert_proven(IDENTITY_BEARER, token);
}

static void
whether_an_unknown_key_exists_cannot_be_told_while_the_issuer_is_down(void **state)
{
	(void)state;
	(void)assert_proven(IDENTITY_BEARER, good_bearer());
	issuer_set(world.peer, KEYS_PATH, 500, STR("down"), NULL);
	clock_advance(world.clock, IDENTITY_KEYS_PAUSE);
	assert_unavailable(IDENTITY_BEARER, token_naming("invented"), "status 500");
	(void)assert_proven(IDENTITY_BEARER, good_bearer());
}

static void
an_issuer_that_hangs_is_given_up_by_all_who_wait(void **state)
{
	(void)state;
	issuer_hold(world.peer, true);
	set_calls(IDENTITY_BEARER, good_bearer());
	begin_calls(8);
	end_calls();
	for (unsigned i = 0; i < 8; i++)
		assert_true(callers[i].faulty && !callers[i].proven);
	assert_int_equal(issuer_requests(world.peer, NULL), 1);
}

static void
an_issuer_that_is_not_there_is_a_fault(void **state)
{
	(void)state;
	world.config.oidc_issuer = STR("http://127.0.0.1:1/oidc");
	world_restart();
	world.issuer = world.config.oidc_issuer;
	assert_unavailable(IDENTITY_BEARER, good_bearer(), "127.0.0.1:1");
}

/* -- balancer -- */

/* A token of the balancer that names the key ${key_id}. */
static struct str
alb_naming(const char *key_id)
{
	struct str header = arena_printf(world.arena,
	    "{\"alg\":\"ES256\",\"kid\":\"%s\",\"iss\":\"" ALB_ISSUER "\",\"client\":\"" ALB_CLIENT
	    "\",\"signer\":\"" SIGNER "\",\"exp\":%s}",
	    key_id, seconds_from_now(36000));

	return signer_sign(world.balancer, world.arena, header, STR("{\"sub\":\"1\"}"), true);
}

static void
a_key_id_of_a_balancer_cannot_lead_to_another_address(void **state)
{
	static const char *const ids[] = { "..", "../keys", "a/b", "%2e%2e", "a?b", "a#b", "a b",
		"a.b", "a_b", "\\u0000",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ids); i++)
		assert_false(proves(IDENTITY_ALB, alb_naming(ids[i])));
	assert_unproven(IDENTITY_ALB, alb_naming("../keys"), "key id cannot be");
	assert_int_equal(issuer_requests(world.peer, NULL), 0);
}

static void
a_key_that_aws_does_not_know_is_remembered(void **state)
{
	struct str token = alb_naming("invented");

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_unproven(IDENTITY_ALB, token, "no such key");
	assert_int_equal(issuer_requests(world.peer, NULL), 1);
	issuer_set(world.peer, "/alb/invented", 200, signer_pem(world.balancer, world.arena), NULL);
	clock_advance(world.clock, MINUTES(5));
	(void)assert_proven(IDENTITY_ALB, token);
}

static void
a_storm_of_invented_keys_of_balancers_costs_few_requests_and_displaces_none_that_serve(void **state)
{
	unsigned before;

	(void)state;
	(void)assert_proven(IDENTITY_ALB, good_alb());
	for (int minute = 0; minute < 12; minute++) {
		clock_advance(world.clock, MINUTES(1));
		before = issuer_requests(world.peer, NULL);
		for (int i = 0; i < 100; i++)
			assert_false(proves(IDENTITY_ALB,
			    alb_naming(arena_printf(world.arena, "storm-%d-%d", minute, i).ptr)));
		assert_true(issuer_requests(world.peer, NULL) - before <= 8);
		assert_unavailable(IDENTITY_ALB, alb_naming("one-more"), "too many");
	}
	issuer_set(world.peer, ALB_PATH, 500, STR("down"), NULL);
	(void)assert_proven(IDENTITY_ALB, good_alb());
	set_calls(IDENTITY_ALB, good_alb());
	begin_calls(THREADS);
	end_calls();
	for (unsigned i = 0; i < THREADS; i++)
		assert_true(callers[i].proven);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(nothing_is_fetched_before_a_token_asks_for_it),
		CASE(keys_are_fetched_once_for_many_tokens),
		CASE(a_token_that_would_be_refused_anyway_costs_no_fetch),
		CASE(keys_that_are_old_are_fetched_again),
		CASE(a_key_that_its_issuer_has_withdrawn_serves_no_longer_than_it_is_fresh),
		CASE(an_issuer_says_how_long_its_keys_are_fresh_within_bounds),
		CASE(a_key_that_is_new_is_known_after_one_fetch),
		CASE(a_key_that_was_replaced_under_the_same_id_is_known_when_the_old_one_is_old),
		CASE(an_unknown_key_is_asked_for_once_a_pause),
		CASE(many_at_once_cause_one_fetch_and_all_are_answered),
		CASE(a_storm_of_invented_keys_causes_one_fetch),
		CASE(while_keys_are_fetched_those_that_are_known_go_on_serving),
		CASE(keys_may_be_replaced_while_others_verify_with_them),
		CASE(a_rotation_in_the_middle_of_a_fetch_is_seen_by_all_who_wait_for_it),
		CASE(without_keys_it_cannot_be_told_and_nobody_tries_again_before_a_pause),
		CASE(old_keys_serve_while_the_issuer_is_down_but_not_for_ever),
		CASE(whether_an_unknown_key_exists_cannot_be_told_while_the_issuer_is_down),
		CASE(an_issuer_that_hangs_is_given_up_by_all_who_wait),
		CASE(an_issuer_that_is_not_there_is_a_fault),
		CASE(a_key_id_of_a_balancer_cannot_lead_to_another_address),
		CASE(a_key_that_aws_does_not_know_is_remembered),
		CASE(
		    a_storm_of_invented_keys_of_balancers_costs_few_requests_and_displaces_none_that_serve),
	};

	return cmocka_run_group_tests(tests, world_make_keys, world_drop_keys);
}
