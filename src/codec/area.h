#ifndef CODEC_AREA_H
#define CODEC_AREA_H

#include "base/json.h"
#include "domain/directory/region_decide.h"
#include "domain/geo/area.h"

/*
 * area: surfaces as RFC 7946 has them, from outside: one geometry, Polygon or
 * MultiPolygon, or a file of named features.  What we kept ourselves is read by
 * codec/record_codec.h, and written by its codec_write_area().
 */

#define AREA_NAME_FIELD_BYTES_MAX 64

/**
 * Read ${value} into ${*ret}, whose positions live in ${arena}.  ${field} is what the
 * sender calls it ("area").  Untrusted input: the refusal (AREA_INVALID) names the member
 * and the rule.  An altitude is taken and dropped; a crs member, or other geometry, is
 * refused (section 4, appendix B).  The area has passed geo_area_check() and is settled.
 */
NODISCARD bool area_read(struct arena *arena, const struct json *value, const char *field,
    struct geo_area *ret, struct refusal *ret_refusal);

/** How many bytes codec_write_area() writes for ${area}, at most. */
size_t area_bytes(const struct geo_area *area);

/**
 * Read ${value}, a FeatureCollection or one Feature, into ${*ret}: of each feature its area
 * and its name, which is the text (or whole number) in its property ${name_field}.  What is
 * wrong with one feature is in its own refusal, which names it by index; a whole that is
 * none of these, empty, or of more than REGION_FEATURES_MAX features, is refused
 * (REGION_FILE_INVALID).
 */
NODISCARD bool area_read_features(struct arena *arena, const struct json *value,
    struct str name_field, struct region_features *ret, struct refusal *ret_refusal);

#endif
