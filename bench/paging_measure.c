#include "paging_measure.h"

#include "bench_disk.h"
#include "runtime/clock.h"

#define WARM_RATE   5
#define WARM_COUNT  10
#define CONNECTIONS 16
#define DISK_LOOKS  200

/* The moments that the database has kept of one ECO, by the system's clock. */
#define MOMENTS                                                                                  \
	"SELECT c.stream_id, (extract(epoch FROM c.recorded_at) * 1e6)::bigint,"                 \
	" (extract(epoch FROM d.recorded_at) * 1e6)::bigint,"                                    \
	" (extract(epoch FROM o.begun_at) * 1e6)::bigint"                                        \
	" FROM strike.event c"                                                                   \
	" JOIN strike.event d ON d.stream_id = c.stream_id AND d.type = 'PagerDispatched'"       \
	" JOIN strike.outbox o ON o.eco_id = c.stream_id AND o.lane = 'paging' AND o.number = 1" \
	" WHERE c.version = 1"

struct str
paging_stage_name(enum paging_stage stage)
{
	switch (stage) {
	case STAGE_CREATE:
		return STR("request sent to ECOCreated written");
	case STAGE_DISPATCH:
		return STR("... to PagerDispatched written");
	case STAGE_CLAIM:
		return STR("... to claimed by a paging worker");
	case STAGE_REQUEST:
		return STR("... to request at the provider");
	case STAGE_COUNT:
		break;
	}
	UNREACHABLE("paging stage");
}

static void
clear(PGresult **result)
{
	PQclear(*result);
}

static int64_t
moment(const PGresult *result, int row, int column)
{
	int64_t us = 0;

	CHECK(str_parse_i64(str_from_z(PQgetvalue(result, row, column)), &us));
	return us;
}

static void
add_stages(struct paging_measure *m, const struct load_eco *eco, int64_t system_offset_us,
    const PGresult *moments, int row)
{
	int64_t at[STAGE_COUNT + 1] = { eco->sent_us + system_offset_us, moment(moments, row, 1),
		moment(moments, row, 2), moment(moments, row, 3),
		eco->paged_us + system_offset_us };

	for (int stage = 0; stage < STAGE_COUNT; stage++)
		samples_add(&m->stages[stage], at[stage + 1] - at[stage]);
}

/* Where the time of each ECO went, from the events and the outbox. */
static struct err *
find_stages(struct world *world, const struct load_eco *ecos, struct paging_measure *m)
{
	CLEANUP(clear) PGresult *moments = NULL;
	int64_t offset_us = clock_system_now().us - clock_monotonic_us();

	TRY(database_ask(&world->database, world->arena, MOMENTS, &moments));
	for (int row = 0; row < PQntuples(moments); row++) {
		const char *id = PQgetvalue(moments, row, 0);

		for (size_t i = 0; i < m->count; i++)
			if (strcmp(ecos[i].id, id) == 0)
				add_stages(m, &ecos[i], offset_us, moments, row);
	}
	return NULL;
}

/* What the disk alone would take, with nothing else going on. */
static struct err *
measure_disk(struct world *world, struct paging_measure *m)
{
	TRY(disk_measure(world->arena, world->database.folder, PAGING_COMMITS, &m->disk_page));
	return disk_measure(world->arena, world->database.folder, 1, &m->disk_commit);
}

static struct err *
measure_in(struct world *world, struct load_eco *ecos, struct paging_measure *m)
{
	struct load_eco warm[WARM_COUNT];

	m->server = world->database.server;
	TRY(measure_disk(world, m));
	TRY(load_run(world,
	    &(struct load_plan){
		.rate = WARM_RATE, .count = WARM_COUNT, .connections = CONNECTIONS },
	    warm));
	TRY(load_find_pages(world, warm, WARM_COUNT));
	TRY(load_run(world,
	    &(struct load_plan){
		.rate = m->rate, .count = m->count, .connections = m->connections },
	    ecos));
	TRY(load_find_pages(world, ecos, m->count));
	for (size_t i = 0; i < m->count; i++) {
		samples_add(&m->page, ecos[i].paged_us - ecos[i].sent_us);
		samples_add(&m->page_scheduled, ecos[i].paged_us - ecos[i].scheduled_us);
		samples_add(&m->round_trip, ecos[i].answered_us - ecos[i].sent_us);
	}
	return find_stages(world, ecos, m);
}

struct err *
paging_measure(struct arena *arena, double rate, size_t count, struct paging_measure *ret)
{
	struct load_eco *ecos = arena_array(arena, struct load_eco, count);
	struct world world = { .arena = arena };
	struct err *err;

	if (ecos == NULL)
		return ERR(arena, ERR_LIMIT, "no memory left for %zu ECOs", count);
	*ret = (struct paging_measure){ .rate = rate, .count = count, .connections = CONNECTIONS };
	ret->page = samples_in(arena, count);
	ret->page_scheduled = samples_in(arena, count);
	ret->round_trip = samples_in(arena, count);
	for (int stage = 0; stage < STAGE_COUNT; stage++)
		ret->stages[stage] = samples_in(arena, count);
	ret->disk_page = samples_in(arena, DISK_LOOKS);
	ret->disk_commit = samples_in(arena, DISK_LOOKS);

	err = world_begin(&world, arena, "paging.scn", arena_printf(arena, "paging-%g", rate).ptr);
	if (err == NULL)
		err = measure_in(&world, ecos, ret);
	world_end(&world);
	return err;
}
