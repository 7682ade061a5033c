#ifndef RUNTIME_RATE_LIMIT_H
#define RUNTIME_RATE_LIMIT_H

#include "base/str.h"

/*
 * rate_limit: how often somebody may ask, for any number of somebodies, in a fixed
 * amount of memory.
 *
 * Each has a bucket that holds ${burst} and fills up again by one every ${every_us}.  It is
 * kept as one moment, the one at which the bucket will be full (the generic cell rate
 * algorithm, ITU-T I.371); a bucket that is full need not be kept at all.
 *
 * Who it is, is a key: a hash, under a secret of the table's own, of what kind of thing
 * is counted and which one.  A key has a place in one of many small sets.  When a set is
 * full of buckets that are not, a newcomer gets none: all newcomers to that set share
 * one.  So nobody can empty the table to get somebody's bucket filled up; who comes with
 * a flood of names is counted with the flood.
 *
 * The time is an argument, in microseconds of any clock that does not go back.  Any
 * number of threads may ask at once.
 */
struct rate_limit;

/* How much somebody may. */
struct rate_rule {
	int64_t every_us; /* one of this time ... */
	int64_t burst;    /* ... and so many at once, at least 1 */
};

/** The rule of ${per_min} a minute, at most 60,000,000; 0: as many as they like. */
struct rate_rule rate_rule_per_min(int64_t per_min, int64_t burst);

/** A table of about ${entries} buckets; ${secret} of 16 random bytes is copied. */
NODISCARD struct rate_limit *rate_limit_create(size_t entries, const uint8_t secret[16]);

/** Nobody may be asking.  ${limit} may be NULL. */
void rate_limit_destroy(struct rate_limit *limit);

/** The key of ${name} among those of ${kind} ("address", "user"). */
uint64_t rate_limit_key(const struct rate_limit *limit, struct str kind, struct str name);

/**
 * Take ${cost} out of the bucket of ${key} under ${rule}.  False, with nothing taken, when
 * there is not so much in it: then ${*ret_wait_us} says when there will be.
 */
NODISCARD bool rate_limit_take(struct rate_limit *limit, uint64_t key, struct rate_rule rule,
    int64_t cost, int64_t now_us, int64_t *ret_wait_us);

/** Take ${cost}, or as much as is there: for what has been done already. */
void rate_limit_charge(
    struct rate_limit *limit, uint64_t key, struct rate_rule rule, int64_t cost, int64_t now_us);

#endif
