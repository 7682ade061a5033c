#ifndef GEOPACKAGE_GEOPACKAGE_H
#define GEOPACKAGE_GEOPACKAGE_H

#include "base/err.h"
#include "domain/directory/region_decide.h"

/*
 * geopackage: regions from a GeoPackage (OGC 12-128r19), which is an SQLite database.
 *
 * The file is hostile until it is read: it is opened in memory and read-only, and only to
 * read tables.  No view, trigger or virtual table of its schema is run, what it computes
 * is harmless (SQLite's untrusted schema), and how long it may take and how large a value
 * may be is bounded.
 *
 * Only the reference system EPSG:4326, longitude first, is taken; nothing is projected.
 */

#define GEOPACKAGE_BYTES_MAX      (16u << 20)
#define GEOPACKAGE_NAME_BYTES_MAX 120 /* of a layer or column */

struct geopackage_choice {
	struct str layer;      /* empty: the only one with features */
	struct str name_field; /* the column with the regions' names */
};

/**
 * Read the features of ${bytes} into ${*ret}, which lives in ${arena}.  What is wrong with
 * one feature is in its own refusal.  ${ret_read} is false, and ${ret_refusal}
 * (REGION_FILE_INVALID) says why, when the file is none, has no such layer or column, is in
 * another reference system, or has no features or more than REGION_FEATURES_MAX.
 */
NODISCARD struct err *geopackage_read(struct arena *arena, struct str bytes,
    const struct geopackage_choice *choice, bool *ret_read, struct region_features *ret,
    struct refusal *ret_refusal);

#endif
