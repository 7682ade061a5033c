#ifndef STORE_CONTRACT_H
#define STORE_CONTRACT_H

/* The contract suite, by topic.  Each runs its tests and returns how many failed. */
int store_streams_contract(void);
int store_log_contract(void);
int store_work_contract(void);
int store_send_contract(void);
int store_board_contract(void);
int store_search_contract(void);
int store_batch_contract(void);
int store_directory_contract(void);
int store_feed_contract(void);
int store_build_contract(void);
int store_proof_contract(void);
int store_vault_contract(void);
int store_archive_contract(void);
int store_records_contract(void);
int store_gate_contract(void);
int store_roster_contract(void);
int store_handover_contract(void);

#endif
