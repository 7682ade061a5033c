#ifndef APP_RECORD_VAULT_H
#define APP_RECORD_VAULT_H

#include "app/vault.h"
#include "domain/directory/record.h"

/*
 * record_vault: people's own texts in the directory's records, sealed for the log and
 * opened again when the records are made from it.
 */

/**
 * Seal the personal texts of ${record} where they stand, under the key of its id, which
 * it gets when it has none.  Of somebody erased nothing is kept.  ERR_CORRUPT when the
 * session may not have the key.
 */
NODISCARD struct err *record_seal(const struct vault *vault, struct store_session *session,
    struct arena *arena, struct record *record);

/** Open them again; of somebody erased, or whose key is not here, they are empty. */
NODISCARD struct err *record_open(const struct vault *vault, struct store_session *session,
    struct arena *arena, struct record *record);

#endif
