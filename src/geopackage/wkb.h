#ifndef GEOPACKAGE_WKB_H
#define GEOPACKAGE_WKB_H

#include "base/arena.h"
#include "domain/geo/area.h"

/*
 * wkb: surfaces as a GeoPackage keeps them: a header of its own (OGC 12-128r19, clause
 * 2.1.3) and well-known binary (OGC 06-103r4, section 8).  Polygon and MultiPolygon, with
 * Z and M in ISO's numbering, which are dropped.
 */

/**
 * Read ${bytes}, a geometry of the column of reference system ${srs}, into ${*ret}, whose
 * positions live in ${arena}.  Untrusted input: the refusal (AREA_INVALID, about
 * ${field}) says what it is instead.  The area has passed geo_area_check() and is settled.
 */
NODISCARD bool wkb_read(struct arena *arena, struct str bytes, int64_t srs, const char *field,
    struct geo_area *ret, struct refusal *ret_refusal);

#endif
