#include "contract/store_contract.h"

#include "support/store_world.h"

/* Run against store/mem and store/pg, as two programs: what holds for one holds for both. */
int
main(void)
{
	int skipped = world_store_prepare(), failed = 0;

	if (skipped != 0)
		return skipped;
	failed += store_streams_contract();
	failed += store_log_contract();
	failed += store_work_contract();
	failed += store_send_contract();
	failed += store_board_contract();
	failed += store_search_contract();
	failed += store_batch_contract();
	failed += store_directory_contract();
	failed += store_feed_contract();
	failed += store_build_contract();
	failed += store_proof_contract();
	failed += store_vault_contract();
	failed += store_archive_contract();
	failed += store_records_contract();
	failed += store_gate_contract();
	failed += store_roster_contract();
	failed += store_handover_contract();
	world_store_forget();
	return failed == 0 ? 0 : 1;
}
