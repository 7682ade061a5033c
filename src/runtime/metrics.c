#include "runtime/metrics.h"

#include <pthread.h>
#include <stdatomic.h>

#include "runtime/clock.h"

enum kind { COUNTER, GAUGE, AGE, HISTOGRAM };

struct description {
	const char *name;
	enum kind kind;
	const char *first, *second, *doc;
};

static const struct description descriptions[] = {
#define METRIC(NAME, wire, kind, first, second, doc) { wire, kind, first, second, doc },
#include "runtime/metrics.def"
#undef METRIC
};

/* A second is where a page begins to be late; five minutes is a night gone wrong. */
static const int64_t bounds_us[] = { 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000,
	2500000, 5000000, 10000000, 30000000, 60000000, 300000000 };

struct series {
	char first[METRICS_LABEL_CHARS], second[METRICS_LABEL_CHARS];
	_Atomic int64_t value; /* of a histogram: how many there are */
	_Atomic int64_t sum_us;
	_Atomic int64_t at_most[COUNT_OF(bounds_us)]; /* each by itself, not cumulated */
	atomic_bool is_duration;                      /* a gauge in microseconds */
};

/* The series of a metric fill up from the front and stay: ${count} is raised when one is ready. */
struct figure {
	atomic_size_t count;
	struct series at[METRICS_SERIES_MAX];
};

static struct figure figures[METRIC_COUNT];
static pthread_mutex_t adding = PTHREAD_MUTEX_INITIALIZER;

/* ---- series ---- */

static struct str
cut(struct str value)
{
	return value.len < METRICS_LABEL_CHARS ? value
					       : (struct str){ value.ptr, METRICS_LABEL_CHARS - 1 };
}

static struct series *
find_among(struct figure *figure, size_t count, struct str first, struct str second)
{
	for (size_t i = 0; i < count; i++) {
		struct series *series = &figure->at[i];

		if (str_equal(str_from_z(series->first), first) &&
		    str_equal(str_from_z(series->second), second))
			return series;
	}
	return NULL;
}

static void
name_series(struct series *series, struct str first, struct str second)
{
	if (first.len > 0)
		memcpy(series->first, first.ptr, first.len);
	if (second.len > 0)
		memcpy(series->second, second.ptr, second.len);
}

/* Under the lock.  The last place is kept for "other". */
static struct series *
add_series(struct figure *figure, struct str first, struct str second)
{
	size_t count = atomic_load(&figure->count);
	struct series *series = find_among(figure, count, first, second);

	if (series != NULL)
		return series;
	if (count == METRICS_SERIES_MAX)
		return &figure->at[count - 1];
	if (count == METRICS_SERIES_MAX - 1) {
		first = STR("other");
		second = STR("other");
	}
	series = &figure->at[count];
	name_series(series, first, second);
	atomic_store_explicit(&figure->count, count + 1, memory_order_release);
	return series;
}

static struct series *
series_of(enum metric metric, struct str first, struct str second)
{
	struct figure *figure = &figures[metric];
	size_t count = atomic_load_explicit(&figure->count, memory_order_acquire);
	struct series *series;

	first = cut(first);
	second = cut(second);
	series = find_among(figure, count, first, second);
	if (series != NULL)
		return series;
	CHECK(pthread_mutex_lock(&adding) == 0);
	series = add_series(figure, first, second);
	CHECK(pthread_mutex_unlock(&adding) == 0);
	return series;
}

/* ---- counting ---- */

void
metrics_count(enum metric metric, struct str first, struct str second)
{
	CHECK(descriptions[metric].kind == COUNTER);
	atomic_fetch_add_explicit(
	    &series_of(metric, first, second)->value, 1, memory_order_relaxed);
}

static void
set(enum metric metric, int64_t value, bool is_duration)
{
	struct series *series = series_of(metric, STR(""), STR(""));

	CHECK(descriptions[metric].kind == GAUGE || descriptions[metric].kind == AGE);
	atomic_store_explicit(&series->is_duration, is_duration, memory_order_relaxed);
	atomic_store_explicit(&series->value, value, memory_order_relaxed);
}

void
metrics_set(enum metric metric, int64_t value)
{
	set(metric, value, false);
}

void
metrics_set_duration(enum metric metric, struct duration value)
{
	set(metric, value.us, true);
}

void
metrics_touch(enum metric metric)
{
	set(metric, clock_monotonic_us(), true);
}

void
metrics_observe(enum metric metric, struct str first, struct duration value)
{
	struct series *series = series_of(metric, first, STR(""));
	int64_t us = value.us > 0 ? value.us : 0;

	CHECK(descriptions[metric].kind == HISTOGRAM);
	for (size_t i = 0; i < COUNT_OF(bounds_us); i++) {
		if (us > bounds_us[i])
			continue;
		atomic_fetch_add_explicit(&series->at_most[i], 1, memory_order_relaxed);
		break;
	}
	atomic_fetch_add_explicit(&series->sum_us, us, memory_order_relaxed);
	atomic_fetch_add_explicit(&series->value, 1, memory_order_relaxed);
}

int64_t
metrics_value(enum metric metric, struct str first, struct str second)
{
	struct figure *figure = &figures[metric];
	size_t count = atomic_load_explicit(&figure->count, memory_order_acquire);
	struct series *series = find_among(figure, count, cut(first), cut(second));

	return series == NULL ? 0 : atomic_load(&series->value);
}

/* ---- showing ---- */

/* "{a="x",b="y"}", with ${more} as one label more if it is not empty; nothing without labels. */
static void
write_labels(
    struct buf *buf, const struct description *d, const struct series *series, const char *more)
{
	const char *names[] = { d->first, d->second };
	const char *values[] = { series->first, series->second };
	const char *before = "{";

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		if (names[i][0] == '\0')
			continue;
		buf_printf(buf, "%s%s=\"%s\"", before, names[i], values[i]);
		before = ",";
	}
	if (more[0] != '\0') {
		buf_printf(buf, "%sle=\"%s\"", before, more);
		before = ",";
	}
	if (before[0] == ',')
		buf_str(buf, STR("}"));
}

static void
write_seconds(struct buf *buf, int64_t us)
{
	buf_printf(buf, " %lld.%06lld\n", (long long)(us / 1000000), (long long)(us % 1000000));
}

static void
write_bucket(struct buf *buf, const struct description *d, const struct series *series,
    const char *bound, int64_t count)
{
	buf_printf(buf, "%s_bucket", d->name);
	write_labels(buf, d, series, bound);
	buf_printf(buf, " %lld\n", (long long)count);
}

static void
write_histogram(struct buf *buf, const struct description *d, struct series *series)
{
	int64_t total = atomic_load(&series->value), count = 0;
	char bound[32];

	for (size_t i = 0; i < COUNT_OF(bounds_us); i++) {
		struct buf text = buf_over(bound, sizeof(bound) - 1);

		count += atomic_load(&series->at_most[i]);
		buf_printf(&text, "%lld.%03lld", (long long)(bounds_us[i] / 1000000),
		    (long long)(bounds_us[i] / 1000 % 1000));
		bound[text.len] = '\0';
		write_bucket(buf, d, series, bound, count);
	}
	/* One that is being counted may be in its bucket already and not in the total. */
	total = total > count ? total : count;
	write_bucket(buf, d, series, "+Inf", total);
	buf_printf(buf, "%s_sum", d->name);
	write_labels(buf, d, series, "");
	write_seconds(buf, atomic_load(&series->sum_us));
	buf_printf(buf, "%s_count", d->name);
	write_labels(buf, d, series, "");
	buf_printf(buf, " %lld\n", (long long)total);
}

static void
write_series(struct buf *buf, const struct description *d, struct series *series)
{
	int64_t value = atomic_load(&series->value);

	if (d->kind == HISTOGRAM) {
		write_histogram(buf, d, series);
		return;
	}
	buf_str(buf, str_from_z(d->name));
	write_labels(buf, d, series, "");
	if (d->kind == AGE)
		write_seconds(buf, clock_monotonic_us() - value);
	else if (atomic_load(&series->is_duration))
		write_seconds(buf, value);
	else
		buf_printf(buf, " %lld\n", (long long)value);
}

static const char *
type_name(enum kind kind)
{
	switch (kind) {
	case COUNTER:
		return "counter";
	case GAUGE:
	case AGE:
		return "gauge";
	case HISTOGRAM:
		return "histogram";
	}
	UNREACHABLE("kind of metric");
}

void
metrics_write(struct buf *buf)
{
	for (size_t i = 0; i < METRIC_COUNT; i++) {
		const struct description *d = &descriptions[i];
		size_t count = atomic_load_explicit(&figures[i].count, memory_order_acquire);

		buf_printf(buf, "# HELP %s %s\n# TYPE %s %s\n", d->name, d->doc, d->name,
		    type_name(d->kind));
		for (size_t j = 0; j < count; j++)
			write_series(buf, d, &figures[i].at[j]);
	}
}

void
metrics_describe(struct buf *buf)
{
	buf_str(buf, STR("| metric | type | labels | what it is |\n|---|---|---|---|\n"));
	for (size_t i = 0; i < METRIC_COUNT; i++) {
		const struct description *d = &descriptions[i];

		buf_printf(buf, "| `%s` | %s | %s%s%s%s%s%s%s | %s |\n", d->name,
		    type_name(d->kind), d->first[0] != '\0' ? "`" : "", d->first,
		    d->first[0] != '\0' ? "`" : "", d->second[0] != '\0' ? ", " : "",
		    d->second[0] != '\0' ? "`" : "", d->second, d->second[0] != '\0' ? "`" : "",
		    d->doc);
	}
}
