#include <stdlib.h>

#include "app/history.h"
#include "domain/directory/record.h"
#include "runtime/random.h"
#include "store/mem/store_mem.h"
#include "support/api_world.h"

/*
 * An organisation's history as a file: out of the store of a server that has played
 * callouts, and into stores that know nothing of them.
 *
 * usage: api_history_test mem|pg
 */

#define SCENARIO                                                             \
	"scenario \"Moved\"\n"                                               \
	"noc operator@lone-star-noc\n"                                       \
	"watch dispatcher@hill-country-osp\n"                                \
	"create MFR at -97.7431 30.2672 with hill-country-osp \"Nothing\"\n" \
	"phone +15125550101 rings out\n"                                     \
	"phone +15125550102 answers after 8s, presses 1, then 45#\n"         \
	"render up\n"                                                        \
	"task investigation: starts after 12m, completes after 35m\n"        \
	"expect anything else\nuntil ECOClosed within 6h\n"
#define FILE_BYTES_MAX (8u << 20)
#define LEAD_TRIES_MAX 50000

/* A file in memory. */
struct file {
	char *bytes;
	size_t length;
	size_t at;     /* how far it has been read */
	int64_t reads; /* how often from the beginning */
	bool breaks;   /* reading it a second time fails in the middle */
};

/* Who is concerned by the ECO that was handed over. */
enum { TO_NOC, TO_FORMER, TO_NEXT, PARTIES };
static const char *const parties[PARTIES] = { OPERATOR, DISPATCHER, OTHER_DISPATCHER };

/*
 * What was exported from the server that played: of the NOC with and without keys, and of
 * the contractors; and what that server showed.
 */
static struct file bare, with_keys, of_former, of_next;
static struct history_counts exported;
static char *shown_to_noc, *shown_to_osp, *shown_handed_over[PARTIES];
static char closed_eco[64], open_eco[64], new_eco[64], handed_eco[64], closed_number[64];

static struct err *
put(void *context, struct arena *scratch, struct str bytes)
{
	struct file *file = context;

	if (file->length + bytes.len > FILE_BYTES_MAX)
		return ERR(scratch, ERR_LIMIT, "the file is full");
	memcpy(file->bytes + file->length, bytes.ptr, bytes.len);
	file->length += bytes.len;
	return NULL;
}

static struct err *
get(void *context, struct arena *scratch, char *bytes, size_t limit, size_t *ret)
{
	struct file *file = context;
	size_t left = file->length - file->at;

	/* Small pieces, so that lines are cut by them. */
	*ret = left < limit ? left : limit;
	*ret = *ret < 1000 ? *ret : 1000;
	if (file->breaks && file->reads == 2 && file->at > file->length / 2)
		return ERR(scratch, ERR_UNAVAILABLE, "the disk is gone");
	memcpy(bytes, file->bytes + file->at, *ret);
	file->at += *ret;
	return NULL;
}

static struct err *
back(void *context, struct arena *scratch)
{
	struct file *file = context;

	(void)scratch;
	file->at = 0;
	file->reads++;
	return NULL;
}

static struct file
new_file(void)
{
	struct file file = { .bytes = malloc(FILE_BYTES_MAX) };

	assert_non_null(file.bytes);
	return file;
}

static struct file
copy_of(const struct file *from)
{
	struct file file = { .bytes = malloc(from->length + 1), .length = from->length };

	assert_non_null(file.bytes);
	memcpy(file.bytes, from->bytes, from->length);
	return file;
}

static struct uuid
organisation(struct store_session *session, const char *handle)
{
	struct store_organisation found;
	bool exists;

	assert_no_fault(
	    store_find_organisation(session, arena, UUID_NIL, str_from_z(handle), &exists, &found));
	assert_true(exists);
	return found.id;
}

struct wanted {
	const char *organisation; /* NULL: the NOC */
	int64_t after;
	bool keys;
};

static void
export_to(struct store_session *session, struct wanted wanted, struct file *ret)
{
	const char *of = wanted.organisation == NULL ? "lone-star-noc" : wanted.organisation;

	ret->length = 0;
	assert_no_fault(history_export(arena,
	    &(struct history_export){
		.session = session,
		.organisation = organisation(session, of),
		.after = wanted.after,
		.with_keys = wanted.keys,
		.now = { INT64_C(1767578400000000) },
		.put = put,
		.context = ret,
	    },
	    &exported));
}

struct how {
	bool with_directory, dry_run;
	const char *vault_key; /* NULL: that of the server that played */
};

static struct err *
import_as(
    struct store_session *session, struct file *file, struct how how, struct history_counts *ret)
{
	struct vault vault;

	assert_no_fault(vault_init(arena,
	    str_from_z(how.vault_key == NULL ? SERVER_WORLD_VAULT_KEY : how.vault_key),
	    random_bytes, &vault));
	file->reads = 0;
	return history_import(arena,
	    &(struct history_import){
		.session = session,
		.vault = &vault,
		.with_directory = how.with_directory,
		.dry_run = how.dry_run,
		.get = get,
		.rewind = back,
		.context = file,
	    },
	    ret);
}

static struct err *
import_from(
    struct store_session *session, struct file *file, bool dry_run, struct history_counts *ret)
{
	return import_as(session, file, (struct how){ .dry_run = dry_run }, ret);
}

/* -- the server that played -- */

static void
step_to_the_end(const char *eco)
{
	for (int i = 0; i < 600; i++) {
		if (strcmp(text_at(eco_of(OPERATOR, eco), "status"), "CLOSED") == 0)
			return;
		clock_advance(server.clock, SECONDS(30));
		server_world_settle(&server);
	}
	fail_msg("the callout came to no end");
}

static char *
keep(const char *text)
{
	char *kept = strdup(text);

	assert_non_null(kept);
	return kept;
}

static const char *
timeline_text(const char *identity, const char *eco)
{
	return json_text(ask(identity,
	    print("{eco(id:\"%s\"){version jobNumber status timeline(first:500){version id type at "
		  "recordedAt summary actor detail}}}",
		eco),
	    "null"));
}

/* Give positions to what has been appended; how many events there are. */
static int64_t
sequence(struct store_session *session)
{
	int64_t head = 0;
	size_t count = 1;
	bool leads = false;

	/* The one who led before may need a moment to be gone. */
	for (int i = 0; i < LEAD_TRIES_MAX && (!leads || count > 0); i++)
		assert_no_fault(store_sequence(session, arena, &head, &leads, &count));
	assert_true(leads);
	return head;
}

/* An ECO that goes from one contractor to another. */
static void
hand_over(void)
{
	const char *eco = created((struct create){ .job_type = "CMR", .location = HOUSTON });

	assert_done(command(DISPATCHER, "addNote", NULL,
	    print("\"ecoId\":\"%s\",\"text\":\"our own\",\"visibility\":\"OWN_SIDE\"", eco)));
	assert_done(command(SUPERVISOR, "engageOsp", new_key(),
	    print("\"ecoId\":\"%s\",\"osp\":\"bayou-osp\",\"reason\":\"Nobody answers\"", eco)));
	server_world_settle(&server);
	assert_done(command(
	    OPERATOR, "addNote", NULL, print("\"ecoId\":\"%s\",\"text\":\"for the next\"", eco)));
	server_world_settle(&server);
	(void)snprintf(handed_eco, sizeof(handed_eco), "%s", eco);
	for (size_t i = 0; i < PARTIES; i++)
		shown_handed_over[i] = keep(timeline_text(parties[i], eco));
}

/* An ECO of which nobody has taken notice yet: live, it would be rung for at once. */
static void
create_unseen(struct store_session *session)
{
	server_world_rest(&server);
	(void)snprintf(new_eco, sizeof(new_eco), "%s",
	    text_at(create((struct create){ .job_type = "FNOL" }), "eco.id"));
	(void)sequence(session);
}

static void
play_and_export(void)
{
	const char *closed = created((struct create){ .job_type = "MFR" });
	const char *open;
	struct store_session *session;

	assert_done(command(DISPATCHER, "addNote", NULL,
	    print("\"ecoId\":\"%s\",\"text\":\"only \\\"ours\\\"\",\"visibility\":\"OWN_SIDE\"",
		closed)));
	step_to_the_end(closed);
	session = worker_session();
	(void)created((struct create){ .job_type = "CMR",
	    .osp = "bayou-osp",
	    .location = HOUSTON,
	    .description = "\"\\u201cStra\\u00dfe\\u201d\\n\\\\ \\u2028\"" });
	(void)created((struct create){ .identity = OTHER_OPERATOR,
	    .osp = "bayou-osp",
	    .location = HOUSTON,
	    .description = "\"of another NOC\"" });
	open = created((struct create){ .job_type = "MFR" });
	(void)snprintf(closed_eco, sizeof(closed_eco), "%s", closed);
	(void)snprintf(open_eco, sizeof(open_eco), "%s", open);
	(void)snprintf(closed_number, sizeof(closed_number), "%s",
	    text_at(eco_of(OPERATOR, closed), "jobNumber"));
	hand_over();
	shown_to_noc = keep(timeline_text(OPERATOR, closed));
	shown_to_osp = keep(timeline_text(DISPATCHER, closed));
	create_unseen(session);
	export_to(session, (struct wanted){ .organisation = "hill-country-osp" }, &of_former);
	export_to(session, (struct wanted){ .organisation = "bayou-osp" }, &of_next);
	export_to(session, (struct wanted){ .keys = true }, &with_keys);
	export_to(session, (struct wanted){ .keys = false }, &bare);
	store_session_close(session);
}

static int
begin(void **state)
{
	(void)api_world_begin_test(state);
	bare = new_file();
	with_keys = new_file();
	of_former = new_file();
	of_next = new_file();
	server_world_begin(&server, store_factory_make(), SCENARIO);
	play_and_export();
	(void)api_world_end(state);
	return api_world_end_test(state);
}

static int
end(void **state)
{
	(void)state;
	free(bare.bytes);
	free(with_keys.bytes);
	free(of_former.bytes);
	free(of_next.bytes);
	free(shown_to_noc);
	free(shown_to_osp);
	for (size_t i = 0; i < PARTIES; i++)
		free(shown_handed_over[i]);
	return 0;
}

/* -- a store that knows nothing -- */

static struct store *empty;
static struct store_session *worker;

static int
begin_empty(void **state)
{
	(void)api_world_begin_test(state);
	empty = store_factory_make();
	assert_no_fault(store_session_open(empty, arena, STORE_WORKER, &worker));
	return 0;
}

/* For what is refused before anything is written, any store will do. */
static int
begin_looking(void **state)
{
	(void)api_world_begin_test(state);
	empty = store_mem_create();
	assert_no_fault(store_session_open(empty, arena, STORE_WORKER, &worker));
	return 0;
}

static int
end_looking(void **state)
{
	store_session_close(worker);
	store_close(empty);
	return api_world_end_test(state);
}

static int
end_empty(void **state)
{
	store_session_close(worker);
	store_close(empty);
	store_factory_clean();
	return api_world_end_test(state);
}

/* How many events were imported, after they have positions. */
static int64_t
sequence_all(void)
{
	return sequence(worker);
}

/* What stands behind the first line. */
static struct str
behind_header(const struct file *file)
{
	struct str text = { file->bytes, file->length };

	(void)str_cut(&text, '\n');
	return text;
}

/* Behind the header and before the end, whose checksum is over the header as well. */
static struct str
body(const struct file *file)
{
	struct str text = behind_header(file);

	assert_true(text.len > 0 && text.ptr[text.len - 1] == '\n');
	for (text.len--; text.len > 0 && text.ptr[text.len - 1] != '\n'; text.len--)
		continue;
	return text;
}

static void
the_same_export_comes_out_of_the_store_that_it_was_imported_into(void **state)
{
	struct history_counts counts;
	struct file again = new_file();

	(void)state;
	assert_no_fault(
	    import_as(worker, &with_keys, (struct how){ .with_directory = true }, &counts));
	assert_int_equal(counts.added, counts.events);
	assert_int_equal(counts.left_out, 0);
	assert_int_equal(counts.ecos, 5);
	assert_true(counts.records > 0);
	assert_true(counts.keys > 0);
	assert_int_equal(sequence_all(), counts.events);
	export_to(worker, (struct wanted){ .keys = true }, &again);
	assert_int_equal(exported.events, counts.events);
	assert_true(str_equal(body(&again), body(&with_keys)));
	free(again.bytes);
}

static void
a_second_import_changes_nothing(void **state)
{
	struct history_counts first, second;

	(void)state;
	assert_no_fault(import_from(worker, &bare, false, &first));
	assert_true(first.added > 30);
	assert_int_equal(sequence_all(), first.added);
	assert_no_fault(import_from(worker, &bare, false, &second));
	assert_int_equal(second.events, first.events);
	assert_int_equal(second.added, 0);
	assert_int_equal(sequence_all(), first.added);
}

/* Events of ECOs in ${file}, and of records. */
static int64_t
count_events(const struct file *file, bool of_records)
{
	struct str rest = { file->bytes, file->length };
	int64_t count = 0;

	while (!str_empty(rest)) {
		struct arena_mark mark = arena_mark(arena);
		enum directory_event_type type;
		struct history_line line;
		struct str reason;

		assert_true(history_read(arena, str_cut(&rest, '\n'), &line, &reason));
		count += line.kind == HISTORY_EVENT &&
			 directory_event_find(line.event.type, &type) == of_records;
		arena_release(arena, mark);
	}
	return count;
}

static void
the_directory_stays_out_unless_it_is_asked_for(void **state)
{
	struct history_counts counts;

	(void)state;
	assert_no_fault(import_from(worker, &bare, false, &counts));
	assert_int_equal(counts.added, count_events(&bare, false));
	assert_int_equal(counts.left_out, count_events(&bare, true));
	assert_true(counts.left_out > 0);
}

static void
an_import_that_broke_off_is_run_again(void **state)
{
	struct history_counts counts;
	struct err *err;

	(void)state;
	bare.breaks = true;
	err = import_from(worker, &bare, false, &counts);
	bare.breaks = false;
	assert_non_null(err);
	assert_int_equal(err->kind, ERR_UNAVAILABLE);
	assert_contains(arena_copy_z(arena, err->message), "the disk is gone");
	assert_no_fault(import_from(worker, &bare, false, &counts));
	assert_int_equal(sequence_all(), count_events(&bare, false));
}

static void
a_dry_run_writes_nothing(void **state)
{
	struct store_organisation none;
	struct history_counts counts;
	bool found;

	(void)state;
	assert_no_fault(import_from(worker, &bare, true, &counts));
	assert_true(counts.events > 30);
	assert_int_equal(counts.added, 0);
	assert_int_equal(sequence_all(), 0);
	assert_no_fault(
	    store_find_organisation(worker, arena, UUID_NIL, STR("lone-star-noc"), &found, &none));
	assert_false(found);
}

static void
assert_refused_with_line(struct file *file, const char *what)
{
	struct arena_mark mark = arena_mark(arena);
	struct history_counts counts;
	struct err *err = import_from(worker, file, true, &counts);
	const char *message;

	if (err == NULL)
		fail_msg("taken for whole: %s", what);
	message = arena_copy_z(arena, err->message);
	assert_int_equal(strncmp(message, "line ", 5), 0);
	assert_int_equal(err->kind, ERR_CORRUPT);
	arena_release(arena, mark);
}

static void
a_flipped_bit_anywhere_is_refused_with_the_line(void **state)
{
	struct file damaged = copy_of(&bare);
	size_t tail = damaged.length - 200;

	(void)state;
	/* Every byte of the end, and of the rest as many as there is time for. */
	for (size_t i = 0; i < damaged.length; i += i < tail ? 211 : 1) {
		for (int bit = 0; bit < 8; bit += i < tail ? 5 : 1) {
			char what[80];

			(void)snprintf(what, sizeof(what), "bit %d of byte %zu", bit, i);
			damaged.bytes[i] = (char)(damaged.bytes[i] ^ (1 << bit));
			assert_refused_with_line(&damaged, what);
			damaged.bytes[i] = bare.bytes[i];
		}
	}
	free(damaged.bytes);
}

/* The last line again, for what now stands before it. */
static void
make_end_anew(struct file *file)
{
	struct history_line end = { .kind = HISTORY_END };
	struct str before = { file->bytes,
		body(file).len + (size_t)(body(file).ptr - file->bytes) };
	struct buf line = buf_over(file->bytes + before.len, FILE_BYTES_MAX - before.len);

	end.end.sum = sha256_of(before);
	for (size_t i = 0; i < before.len; i++)
		end.end.lines += before.ptr[i] == '\n';
	for (struct str rest = before; !str_empty(rest);)
		end.end.events += str_starts_with(str_cut(&rest, '\n'), STR("{\"event\":"));
	history_write(&end, &line);
	buf_char(&line, '\n');
	file->length = before.len + line.len;
}

static void
an_event_that_was_changed_is_named_although_the_checksum_was_made_anew(void **state)
{
	struct file changed = new_file();
	struct history_counts counts;
	struct err *err;
	size_t where;
	int64_t line = 1;

	(void)state;
	memcpy(changed.bytes, bare.bytes, bare.length);
	changed.length = bare.length;
	make_end_anew(&changed);
	assert_int_equal(changed.length, bare.length);
	assert_no_fault(import_from(worker, &changed, true, &counts));
	where = str_find((struct str){ changed.bytes, changed.length }, STR("Loss of light"));
	assert_true(where != SIZE_MAX);
	for (size_t i = 0; i < where; i++)
		line += changed.bytes[i] == '\n';
	changed.bytes[where + 1] = 'e';
	make_end_anew(&changed);
	err = import_from(worker, &changed, true, &counts);
	assert_non_null(err);
	assert_contains(arena_copy_z(arena, err->message),
	    print("line %lld: the hash does not fit", (long long)line));
	free(changed.bytes);
}

static void
a_file_that_was_cut_off_is_refused_wherever_it_ends(void **state)
{
	struct file cut = copy_of(&bare);
	size_t whole = cut.length;

	(void)state;
	for (size_t i = 0; i < whole; i++) {
		if (i % 997 != 0 && i < whole - 3 && (i == 0 || cut.bytes[i - 1] != '\n'))
			continue;
		cut.length = i;
		assert_refused_with_line(&cut, "a part");
	}
	free(cut.bytes);
}

/* ${file} without line ${number}, from 1. */
static void
drop_line(struct file *file, int number)
{
	struct str rest = { file->bytes, file->length };
	size_t from;

	for (int i = 1; i < number; i++)
		(void)str_cut(&rest, '\n');
	from = (size_t)(rest.ptr - file->bytes);
	(void)str_cut(&rest, '\n');
	memmove(file->bytes + from, rest.ptr, rest.len);
	file->length = from + rest.len;
}

static void
a_file_that_lacks_a_line_is_refused(void **state)
{
	(void)state;
	for (int line = 1; line < 40; line++) {
		struct file damaged = copy_of(&bare);

		drop_line(&damaged, line);
		assert_refused_with_line(&damaged, "a line is missing");
		free(damaged.bytes);
	}
}

static void
what_is_no_history_is_refused(void **state)
{
	static const char *const texts[] = { "", "\n", "{}\n", "null\n", "[]\n", "{\"end\":{}}\n",
		"{\"format\":\"strike-history\"}\n", "PK\x03\x04" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct str text = str_from_z(texts[i]);
		struct file file = copy_of(
		    &(struct file){ .bytes = arena_copy_z(arena, text), .length = text.len });

		assert_refused_with_line(&file, texts[i]);
		free(file.bytes);
	}
}

static void
a_line_that_never_ends_is_refused_before_it_fills_the_memory(void **state)
{
	struct file file = new_file();

	(void)state;
	memset(file.bytes, 'x', FILE_BYTES_MAX);
	file.length = FILE_BYTES_MAX;
	assert_refused_with_line(&file, "a long line");
	assert_true(file.at < FILE_BYTES_MAX / 2);
	free(file.bytes);
}

static void
an_organisation_that_is_there_stays_as_it_is(void **state)
{
	struct store_organisation here = {
		.handle = STR("lone-star-noc"), .name = STR("Our own name for it"), .is_noc = true
	};
	struct history_counts counts;
	bool found;

	(void)state;
	here.id = uuid_from_name(STR("seed:organisation:lone-star-noc"));
	assert_no_fault(store_plant(worker, arena,
	    &(struct store_seed){ .organisations = &here, .organisation_count = 1 }));
	assert_no_fault(import_from(worker, &bare, false, &counts));
	assert_no_fault(store_find_organisation(worker, arena, here.id, STR(""), &found, &here));
	assert_true(found);
	assert_text(here.name, "Our own name for it");
}

static void
a_handle_that_means_somebody_else_here_is_refused(void **state)
{
	struct store_organisation here = {
		.handle = STR("lone-star-noc"), .name = STR("Somebody else"), .is_noc = true
	};
	struct history_counts counts;
	struct err *err;

	(void)state;
	here.id = uuid_from_name(STR("somebody else"));
	assert_no_fault(store_plant(worker, arena,
	    &(struct store_seed){ .organisations = &here, .organisation_count = 1 }));
	err = import_from(worker, &bare, false, &counts);
	assert_non_null(err);
	assert_contains(arena_copy_z(arena, err->message), "line 2: the handle \"lone-star-noc\"");
	assert_int_equal(sequence_all(), 0);
}

static void
who_is_only_named_in_a_history_may_act_for_nobody(void **state)
{
	struct store_membership membership;
	struct store_agreement agreement;
	struct history_counts counts;
	bool found;

	(void)state;
	assert_no_fault(import_from(worker, &bare, false, &counts));
	assert_true(counts.users >= 2);
	assert_no_fault(store_find_membership(
	    worker, arena, STR("operator"), STR("lone-star-noc"), &found, &membership));
	assert_false(found);
	assert_no_fault(store_find_agreement(worker, arena, organisation(worker, "lone-star-noc"),
	    organisation(worker, "hill-country-osp"), (struct instant){ INT64_C(1767600000000000) },
	    &found, &agreement));
	assert_false(found);
}

static void
an_export_goes_on_where_the_one_before_ended(void **state)
{
	struct history_counts counts;
	struct file rest = new_file();
	int64_t head;

	(void)state;
	assert_no_fault(import_from(worker, &bare, false, &counts));
	head = sequence_all();
	export_to(worker, (struct wanted){ .after = head - 7 }, &rest);
	assert_int_equal(exported.events, 7);
	assert_int_equal(exported.head, head);
	/* In a store without what is before it there would be a gap only inside an ECO. */
	assert_no_fault(import_from(worker, &rest, false, &counts));
	assert_int_equal(counts.events, 7);
	assert_int_equal(counts.added, 0);
	free(rest.bytes);
}

/* ---- an ECO that was handed over ---- */

/* How many events the ECO that was handed over has here. */
static int64_t
count_handed_over(void)
{
	struct store_events events;
	struct uuid eco;

	assert_true(uuid_parse(str_from_z(handed_eco), &eco));
	assert_no_fault(store_read_stream(worker, arena, eco, 0, STORE_ROWS_MAX, &events));
	return (int64_t)events.count;
}

static void
an_osp_s_file_has_what_was_before_it_was_engaged(void **state)
{
	struct history_counts counts;
	struct file again = new_file();
	int64_t count;

	(void)state;
	assert_no_fault(import_from(worker, &of_next, false, &counts));
	count = count_handed_over();
	(void)sequence_all();
	export_to(worker, (struct wanted){ .organisation = "bayou-osp" }, &again);
	assert_no_fault(import_from(worker, &again, false, &counts));
	assert_int_equal(counts.added, 0);
	assert_no_fault(import_from(worker, &bare, false, &counts));
	assert_int_equal(count_handed_over(), count);
	free(again.bytes);
}

static void
the_file_of_an_osp_that_was_relieved_ends_there_and_its_noc_s_goes_on(void **state)
{
	static const char engaged[] = "\"type\":\"OSPEngaged\"";
	struct str former = { of_former.bytes, of_former.length };
	struct str next = { of_next.bytes, of_next.length };
	struct history_counts counts;
	int64_t before;

	(void)state;
	assert_true(str_find(former, str_from_z(engaged)) == SIZE_MAX);
	assert_true(str_find(next, str_from_z(engaged)) != SIZE_MAX);
	assert_no_fault(import_from(worker, &of_former, false, &counts));
	before = count_handed_over();
	assert_true(before > 2);
	assert_no_fault(import_from(worker, &bare, false, &counts));
	assert_true(count_handed_over() > before);
	assert_no_fault(import_from(worker, &of_former, false, &counts));
	assert_int_equal(counts.added, 0);
}

static void
keys_that_our_vault_key_does_not_unwrap_are_refused(void **state)
{
	static const char other[] = "YW5vdGhlciB2YXVsdCBrZXkgb2YgMzIgYnl0ZXMhISE=";
	struct history_counts counts;
	struct err *err;

	(void)state;
	err = import_as(worker, &with_keys, (struct how){ .vault_key = other }, &counts);
	assert_non_null(err);
	assert_int_equal(err->kind, ERR_CORRUPT);
	assert_contains(arena_copy_z(arena, err->message), "cannot be unwrapped");
	assert_int_equal(sequence_all(), 0);
	assert_no_fault(import_as(worker, &bare, (struct how){ .vault_key = other }, &counts));
}

static void
without_the_keys_nobody_of_the_list_can_be_read_out_of_the_file(void **state)
{
	(void)state;
	assert_true(bare.length < with_keys.length);
	for (size_t i = 0; i + 20 < with_keys.length; i++) {
		assert_memory_not_equal(with_keys.bytes + i, "North crew lead", 15);
		assert_memory_not_equal(with_keys.bytes + i, "+15125550101", 12);
	}
	assert_true(str_find((struct str){ with_keys.bytes, with_keys.length },
			STR("{\"key\":{\"person\":\"")) != SIZE_MAX);
	assert_true(
	    str_find((struct str){ bare.bytes, bare.length }, STR("{\"key\":")) == SIZE_MAX);
}

/* -- a server that knows nothing of the callouts -- */

static int
begin_server(void **state)
{
	(void)api_world_begin_test(state);
	server_world_begin(&server, store_factory_make(), SCENARIO);
	return 0;
}

/* The history was there before the seed: its people have the keys that came with it. */
static int
begin_moved(void **state)
{
	struct store *store = store_factory_make();
	struct store_session *session;
	struct history_counts counts;

	(void)api_world_begin_test(state);
	assert_no_fault(store_session_open(store, arena, STORE_WORKER, &session));
	assert_no_fault(import_from(session, &with_keys, false, &counts));
	store_session_close(session);
	server_world_begin(&server, store, SCENARIO);
	server_world_settle(&server);
	return 0;
}

static int
end_server(void **state)
{
	(void)api_world_end(state);
	return api_world_end_test(state);
}

static void
import_into_server(struct file *file)
{
	struct store_session *session = worker_session();
	struct history_counts counts;

	server_world_settle(&server);
	assert_no_fault(import_from(session, file, false, &counts));
	store_session_close(session);
	/* Another process did it: the server finds out by itself. */
	for (int i = 0; i < 2000; i++) {
		const struct json *answer = ask(OPERATOR,
		    print("{ecoByJobNumber(jobNumber:\"%s\"){id}}", closed_number), "null");

		if (at(answer, "data.ecoByJobNumber")->type != JSON_NULL_VALUE)
			break;
		server_world_settle(&server);
	}
	server_world_settle(&server);
}

static int64_t
journal(void)
{
	struct http_answer *answer = arena_new(arena, struct http_answer);

	assert_non_null(answer);
	assert_no_fault(http_client_send(server.client, arena,
	    &(struct http_call){
		.method = "GET",
		.url = arena_printf(arena, "%.*s/control/journal", STR_ARG(server.mock_url)),
		.timeout = SECONDS(30),
	    },
	    answer));
	return int_at(json_of(answer, 200), "last");
}

static void
nobody_is_rung_for_what_was_imported(void **state)
{
	(void)state;
	import_into_server(&with_keys);
	for (int i = 0; i < 30; i++) {
		clock_advance(server.clock, MINUTES(10));
		server_world_settle(&server);
	}
	assert_int_equal(journal(), 0);
	assert_text_at(eco_of(OPERATOR, open_eco), "dispatch", "RINGING");
	assert_text_at(eco_of(OPERATOR, closed_eco), "status", "CLOSED");
	assert_text_at(eco_of(OPERATOR, new_eco), "dispatch", "NOT_STARTED");
	assert_int_equal(int_at(eco_of(OPERATOR, new_eco), "version"), 1);
}

static void
both_sides_read_an_imported_eco_as_they_read_it_where_it_happened(void **state)
{
	(void)state;
	assert_string_equal(timeline_text(OPERATOR, closed_eco), shown_to_noc);
	assert_string_equal(timeline_text(DISPATCHER, closed_eco), shown_to_osp);
	assert_contains(shown_to_noc, "+15125550901");
	assert_contains(shown_to_osp, "North crew lead");
	assert_contains(shown_to_osp, "only \\\"ours\\\"");
	assert_contains(
	    json_text(ask(OPERATOR, "{ecos(first:100){edges{node{id}}}}", "null")), closed_eco);
}

static void
all_three_read_an_eco_that_was_handed_over_as_they_read_it_where_it_happened(void **state)
{
	(void)state;
	for (size_t i = 0; i < PARTIES; i++) {
		assert_string_equal(timeline_text(parties[i], handed_eco), shown_handed_over[i]);
		assert_contains(
		    json_text(ask(parties[i], "{ecos(first:100){edges{node{id}}}}", "null")),
		    handed_eco);
	}
	assert_contains(shown_handed_over[TO_FORMER], "Duty dispatcher");
	assert_contains(shown_handed_over[TO_NEXT], "Houston crew lead");
	assert_lacks(shown_handed_over[TO_FORMER], "for the next");
}

static void
without_keys_people_and_notes_to_one_s_own_side_cannot_be_read(void **state)
{
	(void)state;
	import_into_server(&bare);
	assert_lacks(timeline_text(OPERATOR, closed_eco), "+15125550901");
	assert_lacks(timeline_text(DISPATCHER, closed_eco), "North crew lead");
	assert_lacks(timeline_text(DISPATCHER, closed_eco), "ours");
	assert_contains(timeline_text(DISPATCHER, closed_eco), "(no key)");
	assert_contains(timeline_text(DISPATCHER, closed_eco), "\"text\":\"no key\"");
	assert_contains(timeline_text(OTHER_DISPATCHER, handed_eco), "no key");
}

static void
a_key_that_is_here_already_stays_and_what_it_does_not_open_has_no_name(void **state)
{
	const char *before =
	    created((struct create){ .job_type = "FNOL", .osp = "bayou-osp", .location = HOUSTON });
	const char *eco;

	(void)state;
	import_into_server(&with_keys);
	assert_contains(timeline_text(DISPATCHER, closed_eco), "(no key)");
	assert_lacks(timeline_text(DISPATCHER, closed_eco), "North crew lead");
	assert_contains(timeline_text(OPERATOR, closed_eco), "\"nocDutyPhone\":\"no key\"");
	assert_contains(timeline_text(OTHER_DISPATCHER, before), "Houston crew lead");
	assert_contains(timeline_text(OPERATOR, before), "+15125550901");
	eco = created((struct create){ 0 });
	assert_contains(timeline_text(DISPATCHER, eco), "North crew lead");
	assert_contains(timeline_text(OPERATOR, eco), "+15125550901");
}

static void
numbers_of_imported_ecos_are_never_given_again(void **state)
{
	const char *next;

	(void)state;
	import_into_server(&with_keys);
	next = text_at(create((struct create){ .job_type = "MFR" }), "eco.jobNumber");
	assert_int_equal(strncmp(next, "HC-MFR-00003-", 13), 0);
	/* Of the two that the file has one was given when the contractor was engaged. */
	next = text_at(
	    create((struct create){ .job_type = "CMR", .osp = "bayou-osp", .location = HOUSTON }),
	    "eco.jobNumber");
	assert_int_equal(strncmp(next, "BY-CMR-00003-", 13), 0);
}

static void
a_number_that_another_eco_has_here_is_refused(void **state)
{
	struct store_session *session = worker_session();
	struct history_counts counts;
	struct err *err;

	(void)state;
	(void)created((struct create){ .job_type = "MFR" });
	server_world_settle(&server);
	err = import_from(session, &with_keys, false, &counts);
	assert_non_null(err);
	assert_int_equal(err->kind, ERR_CONFLICT);
	assert_contains(arena_copy_z(arena, err->message),
	    print("job number %s is another ECO's here", closed_number));
	store_session_close(session);
}

static void
work_goes_on_with_an_imported_eco(void **state)
{
	(void)state;
	import_into_server(&with_keys);
	assert_done(command(OPERATOR, "addNote", NULL,
	    print("\"ecoId\":\"%s\",\"text\":\"still open here\"", open_eco)));
	assert_done(command(
	    OPERATOR, "cancelEco", NULL, print("\"ecoId\":\"%s\",\"reason\":\"moved\"", open_eco)));
	server_world_settle(&server);
	assert_text_at(eco_of(OPERATOR, open_eco), "status", "CANCELLED");
}

#define EMPTY_TEST(test)   cmocka_unit_test_setup_teardown(test, begin_empty, end_empty)
#define LOOKING_TEST(test) cmocka_unit_test_setup_teardown(test, begin_looking, end_looking)
#define SERVER_TEST(test)  cmocka_unit_test_setup_teardown(test, begin_server, end_server)
#define MOVED_TEST(test)   cmocka_unit_test_setup_teardown(test, begin_moved, end_server)

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		EMPTY_TEST(the_same_export_comes_out_of_the_store_that_it_was_imported_into),
		EMPTY_TEST(a_second_import_changes_nothing),
		EMPTY_TEST(the_directory_stays_out_unless_it_is_asked_for),
		EMPTY_TEST(an_import_that_broke_off_is_run_again),
		EMPTY_TEST(a_dry_run_writes_nothing),
		LOOKING_TEST(a_flipped_bit_anywhere_is_refused_with_the_line),
		LOOKING_TEST(
		    an_event_that_was_changed_is_named_although_the_checksum_was_made_anew),
		LOOKING_TEST(a_file_that_was_cut_off_is_refused_wherever_it_ends),
		LOOKING_TEST(a_file_that_lacks_a_line_is_refused),
		LOOKING_TEST(what_is_no_history_is_refused),
		LOOKING_TEST(a_line_that_never_ends_is_refused_before_it_fills_the_memory),
		EMPTY_TEST(an_organisation_that_is_there_stays_as_it_is),
		EMPTY_TEST(a_handle_that_means_somebody_else_here_is_refused),
		EMPTY_TEST(who_is_only_named_in_a_history_may_act_for_nobody),
		EMPTY_TEST(an_export_goes_on_where_the_one_before_ended),
		EMPTY_TEST(an_osp_s_file_has_what_was_before_it_was_engaged),
		EMPTY_TEST(the_file_of_an_osp_that_was_relieved_ends_there_and_its_noc_s_goes_on),
		EMPTY_TEST(keys_that_our_vault_key_does_not_unwrap_are_refused),
		API_TEST(without_the_keys_nobody_of_the_list_can_be_read_out_of_the_file),
		SERVER_TEST(nobody_is_rung_for_what_was_imported),
		MOVED_TEST(both_sides_read_an_imported_eco_as_they_read_it_where_it_happened),
		MOVED_TEST(
		    all_three_read_an_eco_that_was_handed_over_as_they_read_it_where_it_happened),
		SERVER_TEST(without_keys_people_and_notes_to_one_s_own_side_cannot_be_read),
		SERVER_TEST(a_key_that_is_here_already_stays_and_what_it_does_not_open_has_no_name),
		SERVER_TEST(numbers_of_imported_ecos_are_never_given_again),
		SERVER_TEST(a_number_that_another_eco_has_here_is_refused),
		SERVER_TEST(work_goes_on_with_an_imported_eco),
	};

	store_factory_choose(argc > 1 ? argv[1] : "mem");
	return cmocka_run_group_tests_name("api_history", tests, begin, end);
}
