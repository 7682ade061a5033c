#ifndef CODEC_GEOJSON_H
#define CODEC_GEOJSON_H

#include "base/json.h"
#include "domain/geo/geo.h"

/*
 * geojson: locations as RFC 7946 geometries, Point and LineString.
 */

/**
 * Read ${value} into ${*ret}, whose positions live in ${arena}.  Untrusted input:
 * the refusal names the member and the rule ("location.type is "Polygon": ...",
 * "location.coordinates[1] is 181.2: latitude must be within 90; ...").  An
 * altitude is taken and dropped; a crs member, or other geometry, is refused
 * (section 4, appendix B).  The location has passed geo_check().
 */
NODISCARD bool geojson_read(struct arena *arena, const struct json *value, struct geo_location *ret,
    struct refusal *ret_refusal);

/** Write ${location} as a geometry. */
void geojson_write(struct json_writer *writer, const struct geo_location *location);

#endif
