#include "bench_clients.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

#include "runtime/clock.h"

#define CLIENT_ARENA_BYTES (4u << 20)
#define SAMPLES_MAX        400000
#define WARM_UP            10 /* calls before it counts: plans are made, pages are there */

struct run {
	const struct client_job *job;
	pthread_barrier_t ready;
	atomic_bool over;
};

struct caller {
	struct run *run;
	size_t index;
	struct arena *arena;
	struct samples samples;
	int64_t done, calls, again;
	struct err *err;
	pthread_t thread;
};

static struct err *
call_until_over(struct caller *caller, void *client)
{
	const struct client_kind *kind = caller->run->job->kind;
	struct arena_mark mark = arena_mark(caller->arena);

	while (!atomic_load_explicit(&caller->run->over, memory_order_relaxed)) {
		int64_t begun_us = clock_monotonic_us();
		size_t done = 0;

		TRY(kind->step(client, caller->arena, &done));
		caller->calls++;
		caller->again += done == 0;
		caller->done += (int64_t)done;
		if (done > 0 && caller->samples.count < caller->samples.limit)
			samples_add(&caller->samples, clock_monotonic_us() - begun_us);
		arena_release(caller->arena, mark);
	}
	return NULL;
}

static struct err *
warm_up(struct caller *caller, void *client)
{
	struct arena_mark mark = arena_mark(caller->arena);

	for (int i = 0; i < WARM_UP; i++) {
		size_t done = 0;

		TRY(caller->run->job->kind->step(client, caller->arena, &done));
		arena_release(caller->arena, mark);
	}
	return NULL;
}

static void *
call(void *argument)
{
	struct caller *caller = argument;
	const struct client_kind *kind = caller->run->job->kind;
	void *client = NULL;

	caller->err = kind->open(caller->run->job, caller->index, caller->arena, &client);
	if (caller->err == NULL)
		caller->err = warm_up(caller, client);
	(void)pthread_barrier_wait(&caller->run->ready);
	if (caller->err == NULL)
		caller->err = call_until_over(caller, client);
	if (kind->close != NULL && client != NULL)
		kind->close(client);
	return NULL;
}

/* What ${callers} have done in ${us} microseconds. */
static struct err *
sum_up(struct arena *arena, const struct client_job *job, const struct caller *callers, int64_t us,
    struct client_figures *ret)
{
	struct samples all;
	size_t count = 0;
	int64_t done = 0, calls = 0, again = 0;

	for (size_t i = 0; i < job->clients; i++) {
		if (callers[i].err != NULL)
			return ERR(arena, callers[i].err->kind, "%s: %.*s (%.*s)", job->kind->name,
			    STR_ARG(callers[i].err->message), STR_ARG(callers[i].err->detail));
		count += callers[i].samples.count;
		done += callers[i].done;
		calls += callers[i].calls;
		again += callers[i].again;
	}
	all = samples_in(arena, count + 1);
	for (size_t i = 0; i < job->clients; i++)
		for (size_t j = 0; j < callers[i].samples.count; j++)
			samples_add(&all, callers[i].samples.us[j]);
	*ret = (struct client_figures){
		.per_second = (double)done * 1e6 / (double)us,
		.p50_ms = samples_percentile_ms(&all, 50),
		.p99_ms = samples_percentile_ms(&all, 99),
		.again_percent = calls == 0 ? 0 : 100.0 * (double)again / (double)calls,
	};
	return NULL;
}

struct err *
clients_run(struct arena *arena, const struct client_job *job, struct client_figures *ret)
{
	struct caller *callers = arena_array(arena, struct caller, job->clients);
	struct run run = { .job = job };
	struct arena *scratch = arena_create((size_t)SAMPLES_MAX * sizeof(int64_t) + (1u << 20));
	int64_t begun_us, us;
	struct err *err;

	CHECK(callers != NULL);
	CHECK(pthread_barrier_init(&run.ready, NULL, (unsigned)job->clients + 1) == 0);
	for (size_t i = 0; i < job->clients; i++) {
		callers[i] = (struct caller){
			.run = &run, .index = i, .arena = arena_create(CLIENT_ARENA_BYTES)
		};
		callers[i].samples = samples_in(callers[i].arena, SAMPLES_MAX / 16);
		CHECK(pthread_create(&callers[i].thread, NULL, call, &callers[i]) == 0);
	}
	(void)pthread_barrier_wait(&run.ready);
	begun_us = clock_monotonic_us();
	(void)poll(NULL, 0, (int)job->run_ms);
	atomic_store(&run.over, true);
	for (size_t i = 0; i < job->clients; i++)
		CHECK(pthread_join(callers[i].thread, NULL) == 0);
	us = clock_monotonic_us() - begun_us;
	err = sum_up(scratch, job, callers, us, ret);
	if (err != NULL)
		err = ERR(arena, err->kind, "%.*s", STR_ARG(err->message));
	for (size_t i = 0; i < job->clients; i++)
		arena_destroy(callers[i].arena);
	arena_destroy(scratch);
	CHECK(pthread_barrier_destroy(&run.ready) == 0);
	return err;
}
