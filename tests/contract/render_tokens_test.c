#include "support/unit.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/uuid.h"
#include "integration/render/render_token.h"

/*
 * Tokens against a provider that the test holds in its hand: it answers when it is
 * let, and time stands still unless the test moves it.
 */

#define THREADS 12

static _Atomic int64_t now;
static double chance;

static int64_t
now_us(void)
{
	return now;
}

static double
chance_of_test(void)
{
	return chance;
}

static void
wait_s(int64_t seconds)
{
	now += seconds * 1000000;
}

/* The provider. */
static struct provider {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool open;    /* it answers; else requests wait */
	bool failing; /* with trouble */
	bool always_the_same;
	int64_t life_s;
	int requests; /* that came */
} provider;

static struct arena *arena;
static struct render_tokens *tokens;

static int
set_up(void **state)
{
	(void)state;
	now = 1;
	chance = 0;
	arena = arena_create(1 << 20);
	tokens = render_tokens_create(now_us, chance_of_test);
	provider = (struct provider){ .open = true, .life_s = 1000 };
	assert_int_equal(pthread_mutex_init(&provider.lock, NULL), 0);
	assert_int_equal(pthread_cond_init(&provider.changed, NULL), 0);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	render_tokens_destroy(tokens);
	arena_destroy(arena);
	(void)pthread_cond_destroy(&provider.changed);
	(void)pthread_mutex_destroy(&provider.lock);
	return 0;
}

static void
set_open(bool open)
{
	(void)pthread_mutex_lock(&provider.lock);
	provider.open = open;
	(void)pthread_cond_broadcast(&provider.changed);
	(void)pthread_mutex_unlock(&provider.lock);
}

static void
wait_for_requests(int count)
{
	(void)pthread_mutex_lock(&provider.lock);
	while (provider.requests < count)
		(void)pthread_cond_wait(&provider.changed, &provider.lock);
	(void)pthread_mutex_unlock(&provider.lock);
}

/* One who asks. */
struct asking {
	pthread_t thread;
	struct render_want want;
	struct fieldwork_trouble trouble;
	struct render_pass pass;
	struct arena *memory;
	bool got;
};

static bool
fetch(void *context, struct arena *memory, struct render_grant *ret)
{
	struct asking *asking = context;
	bool failing;
	int number;

	(void)pthread_mutex_lock(&provider.lock);
	number = ++provider.requests;
	(void)pthread_cond_broadcast(&provider.changed);
	while (!provider.open)
		(void)pthread_cond_wait(&provider.changed, &provider.lock);
	failing = provider.failing;
	(void)pthread_mutex_unlock(&provider.lock);
	if (failing) {
		*asking->want.trouble = (struct fieldwork_trouble){
			.fault = SYNC_FAULT_RATE_LIMITED,
			.detail = arena_printf(memory, "trouble %d", number),
			.retry_after_s = 7,
		};
		return false;
	}
	*ret = (struct render_grant){
		.token = secret_of(
		    arena_printf(memory, "tok_%d", provider.always_the_same ? 0 : number)),
		.life_s = provider.life_s,
	};
	return true;
}

static void
prepare(struct asking *asking)
{
	*asking = (struct asking){ .memory = arena };
	asking->want = (struct render_want){
		.url = STR("https://render.example.com"),
		.client_id = STR("north"),
		.secret_ref = STR("render-north"),
		.fetch = fetch,
		.context = asking,
		.trouble = &asking->trouble,
	};
}

static bool
ask(struct asking *asking)
{
	asking->got = render_tokens_get(tokens, asking->memory, &asking->want, &asking->pass);
	return asking->got;
}

static void
assert_gets(struct asking *asking, const char *token)
{
	assert_true(ask(asking));
	assert_text(secret_reveal(asking->pass.token), token);
}

static void *
ask_on_a_thread(void *context)
{
	(void)ask(context);
	return NULL;
}

static void
start(struct asking *all, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		all[i].memory = arena_create(65536);
		assert_int_equal(pthread_create(&all[i].thread, NULL, ask_on_a_thread, &all[i]), 0);
	}
}

static void
join(struct asking *all, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_int_equal(pthread_join(all[i].thread, NULL), 0);
}

static void
forget(struct asking *all, size_t count)
{
	for (size_t i = 0; i < count; i++)
		arena_destroy(all[i].memory);
}

static void
many_who_need_a_token_at_once_cause_one_request(void **state)
{
	struct asking all[THREADS];

	(void)state;
	set_open(false);
	for (size_t i = 0; i < THREADS; i++)
		prepare(&all[i]);
	start(all, THREADS);
	wait_for_requests(1);
	set_open(true);
	join(all, THREADS);
	assert_int_equal(provider.requests, 1);
	for (size_t i = 0; i < THREADS; i++) {
		assert_true(all[i].got);
		assert_text(secret_reveal(all[i].pass.token), "tok_1");
	}
	forget(all, THREADS);
}

static void
many_whose_token_was_refused_cause_one_request(void **state)
{
	struct asking all[THREADS], first;

	(void)state;
	/* Also when the provider insists on the token that it refuses. */
	for (int same = 0; same < 2; same++) {
		int requests = provider.requests;

		provider.always_the_same = same == 1;
		prepare(&first);
		assert_true(ask(&first));
		for (size_t i = 0; i < THREADS; i++) {
			prepare(&all[i]);
			all[i].want.refused = first.pass.serial;
		}
		start(all, THREADS);
		join(all, THREADS);
		assert_int_equal(provider.requests - requests, same == 1 ? 1 : 2);
		for (size_t i = 0; i < THREADS; i++) {
			assert_true(all[i].got);
			assert_int_equal(all[i].pass.serial, first.pass.serial + 1);
		}
		forget(all, THREADS);
	}
}

static void
who_waits_for_a_request_in_vain_shares_its_trouble(void **state)
{
	struct asking all[2], next;

	(void)state;
	set_open(false);
	provider.failing = true;
	for (size_t i = 0; i < 2; i++)
		prepare(&all[i]);
	start(all, 1);
	wait_for_requests(1);
	start(all + 1, 1);
	set_open(true);
	join(all, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_false(all[i].got);
		assert_int_equal(all[i].trouble.fault, SYNC_FAULT_RATE_LIMITED);
		assert_int_equal(all[i].trouble.retry_after_s, 7);
		assert_true(str_starts_with(all[i].trouble.detail, STR("trouble ")));
	}
	forget(all, 2);

	/* Trouble is not kept: who comes later asks again. */
	provider.failing = false;
	prepare(&next);
	assert_true(ask(&next));
}

static void
a_token_is_renewed_before_it_ends_and_serves_meanwhile(void **state)
{
	struct asking early, old, meanwhile, later;

	(void)state;
	prepare(&early);
	assert_gets(&early, "tok_1");
	wait_s(799);
	assert_gets(&early, "tok_1");
	wait_s(2);

	set_open(false);
	prepare(&old);
	start(&old, 1);
	wait_for_requests(2);
	prepare(&meanwhile);
	assert_gets(&meanwhile, "tok_1");
	set_open(true);
	join(&old, 1);
	assert_text(secret_reveal(old.pass.token), "tok_2");
	prepare(&later);
	assert_gets(&later, "tok_2");
	assert_int_equal(provider.requests, 2);
	forget(&old, 1);
}

static void
chance_spreads_renewals(void **state)
{
	struct asking asking;

	(void)state;
	chance = 0.999;
	prepare(&asking);
	assert_gets(&asking, "tok_1");
	wait_s(699);
	assert_gets(&asking, "tok_1");
	wait_s(2);
	assert_gets(&asking, "tok_2");
}

static void
when_renewing_fails_the_old_token_serves_until_its_end(void **state)
{
	struct asking asking;

	(void)state;
	prepare(&asking);
	assert_gets(&asking, "tok_1");
	wait_s(900);
	provider.failing = true;
	assert_gets(&asking, "tok_1");
	assert_gets(&asking, "tok_1");
	assert_int_equal(provider.requests, 2);
	wait_s(11);
	assert_gets(&asking, "tok_1");
	assert_int_equal(provider.requests, 3);
	wait_s(89);
	assert_false(ask(&asking));
	assert_int_equal(asking.trouble.fault, SYNC_FAULT_RATE_LIMITED);
}

static void
a_refused_token_is_not_handed_out_again_though_renewing_fails(void **state)
{
	struct asking asking;

	(void)state;
	prepare(&asking);
	assert_gets(&asking, "tok_1");
	provider.failing = true;
	asking.want.refused = asking.pass.serial;
	assert_false(ask(&asking));
	asking.want.refused = 0;
	assert_false(ask(&asking));
	provider.failing = false;
	assert_gets(&asking, "tok_4");
}

static void
no_organisation_uses_the_token_of_another(void **state)
{
	struct asking one, other;

	(void)state;
	prepare(&one);
	assert_gets(&one, "tok_1");
	prepare(&other);
	other.want.organisation = uuid_from_name(STR("another organisation"));
	assert_gets(&other, "tok_2");
	prepare(&other);
	other.want.secret_ref = STR("render-south");
	assert_gets(&other, "tok_3");
	prepare(&other);
	other.want.client_id = STR("south");
	assert_gets(&other, "tok_4");
	prepare(&other);
	other.want.url = STR("https://render.example.net");
	assert_gets(&other, "tok_5");
	assert_gets(&one, "tok_1");
}

static void
accounts_beyond_the_limit_are_served_though_not_kept(void **state)
{
	struct asking asking;

	(void)state;
	for (int i = 0; i <= RENDER_ACCOUNTS_MAX; i++) {
		struct arena_mark mark = arena_mark(arena);

		prepare(&asking);
		asking.want.client_id = arena_printf(arena, "client %d", i);
		assert_true(ask(&asking));
		assert_int_equal(asking.pass.serial, i < RENDER_ACCOUNTS_MAX ? 1 : 0);
		arena_release(arena, mark);
	}
	assert_int_equal(provider.requests, RENDER_ACCOUNTS_MAX + 1);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest list[] = {
		TEST(many_who_need_a_token_at_once_cause_one_request),
		TEST(many_whose_token_was_refused_cause_one_request),
		TEST(who_waits_for_a_request_in_vain_shares_its_trouble),
		TEST(a_token_is_renewed_before_it_ends_and_serves_meanwhile),
		TEST(chance_spreads_renewals),
		TEST(when_renewing_fails_the_old_token_serves_until_its_end),
		TEST(a_refused_token_is_not_handed_out_again_though_renewing_fails),
		TEST(no_organisation_uses_the_token_of_another),
		TEST(accounts_beyond_the_limit_are_served_though_not_kept),
	};

	return cmocka_run_group_tests(list, NULL, NULL);
}
