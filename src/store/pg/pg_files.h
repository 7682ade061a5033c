#ifndef PG_FILES_H
#define PG_FILES_H

#include "base/embedded.h"

extern const struct embedded_file pg_migration_files[]; /* migrations/, in order */
extern const size_t pg_migration_files_count;
extern const struct embedded_file pg_query_files[]; /* queries.sql */
extern const size_t pg_query_files_count;

#endif
