#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "base/hex.h"
#include "runtime/private_postgres.h"
#include "runtime/signals.h"

#define PROGRAMS_ROOT    "/usr/lib/postgresql"
#define SOCKET_NAME      "/.s.PGSQL.5432"
#define SUPERUSER        "strike_admin"
#define GROUPS_MAX       64
#define LOG_BYTES_MAX    (16 * 1024 * 1024)
#define LOG_TAIL_BYTES   600
#define PING_INTERVAL_MS 20
#define START_WAIT_MS    120000 /* recovery after a crash of the machine can be long */
#define STOP_WAIT_MS     60000  /* a fast shutdown writes a checkpoint */
#define ORPHAN_WAIT_MS   30000  /* a backend notices at the latest when its query ends */
#define INSTALL_HINT                                                              \
	STR("Install it (apt-get install postgresql-15 postgresql-15-postgis-3) " \
	    "or name another database in STRIKE_DATABASE_URL.")

/* Who the database runs as. */
struct owner {
	uid_t uid;
	gid_t gid;
	gid_t groups[GROUPS_MAX];
	size_t group_count;
	bool changes; /* we are root and must become somebody else first */
};

/* What a start has found out on its way. */
struct start {
	struct arena *arena;
	const struct private_postgres_options *options;
	struct owner owner;
	char *home, *data, *data_new, *log;
	char *sockets;  /* the folder that holds the socket */
	char *programs; /* the folder that holds initdb and postgres */
};

static void
tell(const struct start *start, struct str what)
{
	if (start->options->progress != NULL)
		start->options->progress(start->options->progress_context, what);
}

/* Text in the arena with a NUL after it; an exhausted arena is noticed by start_has_paths(). */
static char *
path_of(struct arena *arena, const char *folder, const char *rest)
{
	return arena_copy_z(arena, arena_printf(arena, "%s%s", folder, rest));
}

/* ---- who ------------------------------------------------------------------- */

/* Root cannot own a cluster: find the user who will. */
static struct err *
find_owner(struct start *start)
{
	struct str name = str_empty(start->options->user) ? STR("postgres") : start->options->user;
	struct owner *owner = &start->owner;
	struct passwd entry, *found = NULL;
	int count = GROUPS_MAX;
	char *name_z, text[4096];

	*owner = (struct owner){ .uid = geteuid(), .gid = getegid() };
	if (owner->uid != 0)
		return NULL;
	name_z = arena_copy_z(start->arena, name);
	if (name_z == NULL || getpwnam_r(name_z, &entry, text, sizeof(text), &found) != 0 ||
	    found == NULL || found->pw_uid == 0)
		return err_explain(
		    ERR(start->arena, ERR_UNAVAILABLE,
			"no user \"%.*s\" to own the private database", STR_ARG(name)),
		    STR("PostgreSQL refuses to run as root."),
		    STR("Install postgresql-15, which makes the user postgres, or name an ordinary "
			"user in STRIKE_POSTGRES_USER."));
	*owner = (struct owner){ .uid = found->pw_uid, .gid = found->pw_gid, .changes = true };
	if (getgrouplist(name_z, owner->gid, owner->groups, &count) < 0)
		count =
		    GROUPS_MAX; /* the first ones will do: ssl-cert and the like are not needed */
	owner->group_count = (size_t)count;
	return NULL;
}

/* In a child: become the owner.  Only calls that are allowed after fork(2). */
static bool
become(const struct owner *owner)
{
	if (!owner->changes)
		return true;
	return setgroups(owner->group_count, owner->groups) == 0 &&
	       setresgid(owner->gid, owner->gid, owner->gid) == 0 &&
	       setresuid(owner->uid, owner->uid, owner->uid) == 0;
}

/* The exit code of the child ${process}, or -1 when a signal ended it. */
static int
wait_for(pid_t process)
{
	int status;

	while (waitpid(process, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Whether the owner can enter ${path}, as the kernel sees it: modes, lists and mounts. */
static bool
owner_can_enter(const struct owner *owner, const char *path)
{
	pid_t process = fork();

	if (process == 0)
		_exit(become(owner) && chdir(path) == 0 ? 0 : 1);
	return process > 0 && wait_for(process) == 0;
}

/* ---- where ----------------------------------------------------------------- */

/* Make the folder ${path} and those above it. */
static bool
make_folders(char *path)
{
	struct stat found;

	for (char *at = path + 1; *at != '\0'; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		if (mkdir(path, 0755) != 0 && errno != EEXIST) {
			*at = '/';
			return false;
		}
		*at = '/';
	}
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return false;
	return lstat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

/* Make ${path} a folder that is the owner's alone.  False when it cannot be. */
static bool
make_own_folder(const struct owner *owner, char *path)
{
	struct stat found;

	if (!make_folders(path) || lstat(path, &found) != 0)
		return false;
	/* Somebody else's folder is left as it is; one that we just made may change hands. */
	if (found.st_uid == geteuid() && owner->changes && rmdir(path) == 0) {
		if (mkdir(path, 0700) != 0 || lchown(path, owner->uid, owner->gid) != 0 ||
		    lstat(path, &found) != 0)
			return false;
	}
	if (found.st_uid != owner->uid)
		return false;
	if ((found.st_mode & 0777) != 0700 && chmod(path, 0700) != 0)
		return false;
	return owner_can_enter(owner, path);
}

/* The first 16 hexadecimal digits of the digest of ${path}: a name for what belongs to it. */
static void
name_of_path(const char *path, char ret[17])
{
	struct sha256 digest = sha256_of(str_from_z(path));
	struct buf buf = buf_over(ret, 17);

	hex_encode(&buf, (struct str){ (const char *)digest.bytes, 8 });
	buf_char(&buf, '\0');
	CHECK(!buf.overflowed);
}

/* Where a database lives whose wanted home will not do. */
static char *
other_home(struct start *start, const char *wanted)
{
	char name[17];

	name_of_path(wanted, name);
	if (start->owner.changes)
		return arena_copy_z(
		    start->arena, arena_printf(start->arena, "/var/lib/osprey-strike/%s", name));
	return arena_copy_z(start->arena, arena_printf(start->arena, "/var/tmp/osprey-strike-%u-%s",
					      (unsigned)start->owner.uid, name));
}

/* Settle where the database lives. */
static struct err *
find_home(struct start *start, struct str *ret_note)
{
	struct arena *arena = start->arena;
	struct str asked = start->options->home;
	char here[PATH_MAX] = "";
	char *wanted;

	if (!str_starts_with(asked, STR("/")) && getcwd(here, sizeof(here)) == NULL)
		return ERR(arena, ERR_UNAVAILABLE, "the working directory has no name any more");
	wanted = arena_copy_z(arena,
	    arena_printf(arena, "%s%s%.*s", here, here[0] == '\0' ? "" : "/", STR_ARG(asked)));
	start->home = wanted;
	if (wanted == NULL || !make_own_folder(&start->owner, wanted)) {
		if (wanted != NULL)
			start->home = other_home(start, wanted);
		if (start->home == NULL)
			return ERR(arena, ERR_LIMIT, "no memory for the path of the database");
		if (!make_own_folder(&start->owner, start->home))
			return err_explain(
			    ERR(arena, ERR_UNAVAILABLE, "neither %s nor %s can hold a database",
				wanted, start->home),
			    STR("The user that runs the database must own the folder and reach "
				"it."),
			    STR("Name another place in STRIKE_VAR_DIR."));
		*ret_note = arena_printf(arena,
		    "the database is in %s, because %s cannot be used by the user it runs as",
		    start->home, wanted);
	}
	start->data = path_of(arena, start->home, "/data");
	start->data_new = path_of(arena, start->home, "/data.new");
	start->log = path_of(arena, start->home, "/log");
	if (start->data == NULL || start->data_new == NULL || start->log == NULL)
		return ERR(arena, ERR_LIMIT, "no memory for the paths of the database");
	return NULL;
}

/* The socket lives at home, unless its path would be too long or PostgreSQL would misread it. */
static struct err *
find_sockets(struct start *start)
{
	struct sockaddr_un address;
	char name[17], *sockets = start->home;

	if (strlen(sockets) + sizeof(SOCKET_NAME ".lock") > sizeof(address.sun_path) ||
	    strpbrk(sockets, ",\"") != NULL) {
		name_of_path(start->home, name);
		sockets = arena_copy_z(
		    start->arena, arena_printf(start->arena, "/tmp/osprey-strike-%s", name));
		if (sockets == NULL || !make_own_folder(&start->owner, sockets))
			return err_explain(ERR(start->arena, ERR_UNAVAILABLE,
					       "no folder for the database's socket in /tmp"),
			    arena_printf(start->arena, "%s is too long for a socket.", start->home),
			    STR("Name a shorter place in STRIKE_VAR_DIR."));
	}
	start->sockets = sockets;
	return NULL;
}

/* Read at most ${limit} bytes from the start (${tail} false) or the end of a file. */
static struct str
read_part(struct arena *arena, const char *path, size_t limit, bool tail)
{
	char *memory = arena_array(arena, char, limit);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 0;

	if (fd >= 0 && memory != NULL) {
		if (tail)
			(void)lseek(fd, -(off_t)limit, SEEK_END); /* shorter: from the start */
		n = read(fd, memory, limit);
	}
	if (fd >= 0)
		(void)close(fd);
	return n > 0 ? str_trim((struct str){ memory, (size_t)n }) : STR("");
}

/* The version that made the cluster, 0 when there is none yet. */
static int64_t
made_by_version(const struct start *start)
{
	char *path = path_of(start->arena, start->data, "/PG_VERSION");
	int64_t version = 0;

	if (path != NULL && !str_parse_i64(read_part(start->arena, path, 16, false), &version))
		version = 0;
	return version;
}

/* Find the newest PostgreSQL that is installed, or the one that made the cluster. */
static struct err *
find_programs(struct start *start)
{
	int64_t made_by = made_by_version(start), best = 0, version;
	DIR *folder = opendir(PROGRAMS_ROOT);
	char path[PATH_MAX];

	for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
		if (!str_parse_i64(str_from_z(entry->d_name), &version) ||
		    version < PRIVATE_POSTGRES_VERSION_MIN || version <= best)
			continue;
		(void)snprintf(path, sizeof(path), PROGRAMS_ROOT "/%s/bin/initdb", entry->d_name);
		if (access(path, X_OK) == 0 && (made_by == 0 || made_by == version))
			best = version;
	}
	if (folder != NULL)
		(void)closedir(folder);
	if (best == 0 && made_by != 0)
		return err_explain(
		    ERR(start->arena, ERR_CORRUPT,
			"the database in %s was made by PostgreSQL %d, which is not installed",
			start->home, (int)made_by),
		    STR(""), STR("Install that version, or move the folder away to begin anew."));
	if (best == 0)
		return err_explain(ERR(start->arena, ERR_UNAVAILABLE,
				       "no PostgreSQL %d or newer in " PROGRAMS_ROOT,
				       PRIVATE_POSTGRES_VERSION_MIN),
		    STR(""), INSTALL_HINT);
	start->programs = arena_copy_z(
	    start->arena, arena_printf(start->arena, PROGRAMS_ROOT "/%d/bin", (int)best));
	if (start->programs == NULL)
		return ERR(start->arena, ERR_LIMIT, "no memory for the path of PostgreSQL");
	return NULL;
}

/* ---- processes ------------------------------------------------------------- */

/*
 * Run ${argv} as the owner, with its output added to the log, and nothing of
 * ours: no descriptors, no environment, no signal mask.  It leads a session of
 * its own, so that a key pressed on our terminal does not stop it before us.
 * ${death_signal} is what it gets when we die, 0 for nothing.
 */
static pid_t
spawn(const struct start *start, const char *const argv[], int death_signal)
{
	static const char *const environment[] = { "PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", NULL };
	pid_t parent = getpid(), process = fork();
	int in, out;

	if (process != 0)
		return process;
	signals_restore();
	(void)setsid();
	if (!become(&start->owner))
		_exit(126);
	/* After the change of user, which would undo it; before anybody looks whether we live. */
	if (death_signal != 0 &&
	    (prctl(PR_SET_PDEATHSIG, death_signal) != 0 || getppid() != parent))
		_exit(126);
	in = open("/dev/null", O_RDONLY);
	out = open(start->log, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600);
	if (in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(126);
	(void)close_range(3, UINT_MAX, 0);
	if (chdir("/") == 0)
		(void)execve(
		    argv[0], (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)environment);
	_exit(127);
}

/* Wait up to ${wait_ms} for the end of the process behind ${fd}. */
static bool
ended_within(int fd, int wait_ms)
{
	struct pollfd waiting = { .fd = fd, .events = POLLIN };

	return poll(&waiting, 1, wait_ms) > 0;
}

/* Stop the postmaster behind ${fd}: orderly, then at once, then by force. */
static void
stop_process(int fd)
{
	static const struct {
		int signal, wait_ms;
	} steps[] = { { SIGINT, STOP_WAIT_MS }, { SIGQUIT, 5000 }, { SIGKILL, 5000 } };

	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		(void)pidfd_send_signal(fd, steps[i].signal, NULL, 0);
		if (ended_within(fd, steps[i].wait_ms))
			return;
	}
}

/* Whether ${process} is of our cluster, the postmaster or a backend: it works in the data folder.
 */
static bool
is_ours(const struct start *start, pid_t process)
{
	char link[64], path[PATH_MAX], data[PATH_MAX];
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/%d/cwd", (int)process);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0 || realpath(start->data, data) == NULL)
		return false;
	path[n] = '\0';
	return strcmp(path, data) == 0;
}

/* Whether any process of our cluster is left. */
static bool
somebody_is_left(const struct start *start)
{
	DIR *folder = opendir("/proc");
	const struct dirent *entry;
	bool left = false;

	while (!left && folder != NULL && (entry = readdir(folder)) != NULL) {
		int64_t process;

		left = str_parse_i64(str_from_z(entry->d_name), &process) && process > 1 &&
		       process <= INT_MAX && is_ours(start, (pid_t)process);
	}
	if (folder != NULL)
		(void)closedir(folder);
	return left;
}

/*
 * A postmaster that was killed outright leaves its backends, which end as soon as
 * they notice.  Until then the shared memory is theirs, and no new one may start.
 */
static void
await_orphans(const struct start *start)
{
	for (int waited_ms = 0; waited_ms < ORPHAN_WAIT_MS; waited_ms += PING_INTERVAL_MS) {
		if (!somebody_is_left(start))
			return;
		if (waited_ms == 0)
			tell(start, STR("waiting for what a killed database has left to end"));
		(void)poll(NULL, 0, PING_INTERVAL_MS);
	}
}

/*
 * A process that was killed leaves a database that is stopping; see it to its
 * end.  One that the machine's crash left behind names a process that is by now
 * somebody else, which PostgreSQL would mistake for a live database.
 */
static void
clear_leftovers(const struct start *start)
{
	char *path = path_of(start->arena, start->data, "/postmaster.pid");
	struct str text, line;
	int64_t process;
	int fd;

	if (path == NULL)
		return;
	text = read_part(start->arena, path, 64, false);
	line = str_cut(&text, '\n');
	if (!str_parse_i64(line, &process) || process <= 1 || process > INT_MAX)
		return;
	if (!is_ours(start, (pid_t)process)) {
		await_orphans(start);
		(void)unlink(path);
		return;
	}
	tell(start, STR("waiting for the database of a run that was killed"));
	fd = pidfd_open((pid_t)process, 0);
	if (fd < 0)
		return;
	stop_process(fd);
	(void)close(fd);
}

/* ---- making ---------------------------------------------------------------- */

static int
remove_one(const char *path, const struct stat *found, int kind, struct FTW *where)
{
	(void)found, (void)kind, (void)where;
	return remove(path);
}

/* Make the cluster.  It gets its name only when it is whole, so a crash leaves none or one. */
static struct err *
make_cluster(const struct start *start)
{
	char *initdb = path_of(start->arena, start->programs, "/initdb");
	const char *const argv[] = { initdb, "-D", start->data_new, "-U", SUPERUSER,
		"--auth-local=trust", "--auth-host=reject", "--locale=C.UTF-8", "--encoding=UTF8",
		NULL };
	pid_t process;

	if (access(start->data, F_OK) == 0)
		return NULL;
	if (initdb == NULL)
		return ERR(start->arena, ERR_LIMIT, "no memory for the path of initdb");
	tell(start, STR("making the database, once"));
	(void)nftw(start->data_new, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	process = spawn(start, argv, SIGTERM);
	if (process < 0 || wait_for(process) != 0 || rename(start->data_new, start->data) != 0)
		return err_explain(ERR(start->arena, ERR_UNAVAILABLE,
				       "could not make a database in %s", start->home),
		    read_part(start->arena, start->log, LOG_TAIL_BYTES, true),
		    arena_printf(start->arena, "All that initdb said is in %s.", start->log));
	return NULL;
}

/* ${value} quoted for a connection string. */
static void
conninfo_value(struct buf *buf, const char *name, struct str value)
{
	buf_printf(buf, "%s='", name);
	for (size_t i = 0; i < value.len; i++) {
		if (value.ptr[i] == '\'' || value.ptr[i] == '\\')
			buf_char(buf, '\\');
		buf_char(buf, value.ptr[i]);
	}
	buf_str(buf, STR("' "));
}

/* How libpq reaches ${database} in the cluster; NULL when the arena is full. */
static char *
conninfo_to(const struct start *start, struct str database)
{
	struct buf buf = buf_in(start->arena, 2 * strlen(start->sockets) + 2 * database.len + 128);

	conninfo_value(&buf, "host", str_from_z(start->sockets));
	conninfo_value(&buf, "port", STR("5432"));
	conninfo_value(&buf, "user", STR(SUPERUSER));
	conninfo_value(&buf, "dbname", database);
	return buf.overflowed ? NULL : arena_copy_z(start->arena, str_trim(buf_view(&buf)));
}

/* Ask until the database answers, or ends, or too much time has passed. */
static struct err *
await_answer(const struct start *start, const struct private_postgres *postgres)
{
	char *conninfo = conninfo_to(start, STR("postgres"));

	for (int waited_ms = 0; conninfo != NULL && waited_ms < START_WAIT_MS;
	     waited_ms += PING_INTERVAL_MS) {
		if (ended_within(postgres->process_fd, PING_INTERVAL_MS))
			break;
		if (PQping(conninfo) == PQPING_OK)
			return NULL;
		if (waited_ms == 100 * PING_INTERVAL_MS)
			tell(start, STR("waiting for the database to recover"));
	}
	return err_explain(
	    ERR(start->arena, ERR_UNAVAILABLE, "the database in %s does not start", start->home),
	    read_part(start->arena, start->log, LOG_TAIL_BYTES, true),
	    arena_printf(start->arena, "All that PostgreSQL said is in %s.", start->log));
}

/* Keep the log from growing for ever: two of them, this one and the one before. */
static void
turn_log(const struct start *start)
{
	char *before = path_of(start->arena, start->log, ".old");
	struct stat found;

	if (before != NULL && stat(start->log, &found) == 0 && found.st_size > LOG_BYTES_MAX)
		(void)rename(start->log, before);
}

/* Run the database and wait until it answers. */
static struct err *
start_process(const struct start *start, struct private_postgres *postgres)
{
	char *program = path_of(start->arena, start->programs, "/postgres");
	char *sockets = path_of(start->arena, "unix_socket_directories=", start->sockets);
	const char *const argv[] = { program, "-D", start->data, "-c", sockets, "-c",
		"listen_addresses=", "-c", "port=5432", "-c", "unix_socket_permissions=0700", "-c",
		"shared_buffers=32MB", "-c", "max_connections=100", "-c", "fsync=on", "-c",
		"logging_collector=off", "-c", "log_destination=stderr", NULL };

	if (program == NULL || sockets == NULL)
		return ERR(start->arena, ERR_LIMIT, "no memory for the command of PostgreSQL");
	postgres->process = spawn(start, argv, SIGINT);
	if (postgres->process < 0) {
		postgres->process = 0;
		return ERR(start->arena, ERR_UNAVAILABLE, "no process for the database: %s",
		    strerrordesc_np(errno));
	}
	postgres->process_fd = pidfd_open(postgres->process, 0);
	if (postgres->process_fd < 0)
		return err_explain(
		    ERR(start->arena, ERR_UNAVAILABLE, "cannot watch the database's process: %s",
			strerrordesc_np(errno)),
		    STR(""), STR("This needs Linux 5.3 or newer and a free descriptor."));
	return await_answer(start, postgres);
}

static void
close_connection(PGconn **connection)
{
	PQfinish(*connection);
}

static void
clear_result(PGresult **result)
{
	PQclear(*result);
}

/* Run one statement with one parameter; ${*ret_rows} is how many rows came back. */
static struct err *
ask(const struct start *start, PGconn *connection, const char *sql, const char *parameter,
    int *ret_rows)
{
	int count = parameter == NULL ? 0 : 1;
	CLEANUP(clear_result)
	PGresult *result = PQexecParams(connection, sql, count, NULL, &parameter, NULL, NULL, 0);
	ExecStatusType status = PQresultStatus(result);

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		return err_explain(
		    ERR(start->arena, ERR_UNAVAILABLE, "the new database refused a statement"),
		    arena_copy(start->arena, str_trim(str_from_z(PQerrorMessage(connection)))),
		    arena_printf(start->arena, "More may be in %s.", start->log));
	*ret_rows = PQntuples(result);
	return NULL;
}

/* See that PostGIS is there to be used, and that the wanted database exists. */
static struct err *
make_database(const struct start *start)
{
	char *conninfo = conninfo_to(start, STR("postgres"));
	char *name = arena_copy_z(start->arena, start->options->database);
	CLEANUP(close_connection)
	PGconn *connection = PQconnectdb(conninfo == NULL ? "" : conninfo);
	int rows = 0;
	char *quoted, *sql;

	TRY(ask(start, connection, "SELECT 1 FROM pg_available_extensions WHERE name = 'postgis'",
	    NULL, &rows));
	if (rows == 0)
		return err_explain(ERR(start->arena, ERR_UNAVAILABLE, "PostGIS is not installed"),
		    arena_printf(start->arena, "The PostgreSQL is %s.", start->programs),
		    INSTALL_HINT);
	TRY(ask(start, connection, "SELECT 1 FROM pg_database WHERE datname = $1", name, &rows));
	if (rows > 0 || name == NULL)
		return NULL;
	/* A name cannot be a parameter of CREATE DATABASE. */
	quoted = PQescapeIdentifier(connection, name, strlen(name));
	sql = path_of(start->arena, "CREATE DATABASE ", quoted == NULL ? "" : quoted);
	PQfreemem(quoted);
	return ask(start, connection, sql == NULL ? "" : sql, NULL, &rows);
}

/* ---- the two that the others see ----------------------------------------------- */

/* Take the home for this process alone. */
static struct err *
take_home(const struct start *start, struct private_postgres *postgres)
{
	char *path = path_of(start->arena, start->home, "/lock");

	if (path != NULL)
		postgres->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (postgres->lock_fd < 0)
		return ERR(start->arena, ERR_UNAVAILABLE, "cannot open %s/lock: %s", start->home,
		    strerrordesc_np(errno));
	if (flock(postgres->lock_fd, LOCK_EX | LOCK_NB) != 0)
		return err_explain(
		    ERR(start->arena, ERR_CONFLICT, "the database in %s is in use", start->home),
		    STR("Another strike runs on it."),
		    STR("Stop the other one, or name another place in STRIKE_VAR_DIR."));
	return NULL;
}

/* All steps of a start; what they leave in ${postgres} is stopped by the caller on a fault. */
static struct err *
start_steps(struct start *start, struct private_postgres *postgres)
{
	char *conninfo;

	TRY(find_owner(start));
	TRY(find_home(start, &postgres->note));
	TRY(find_sockets(start));
	TRY(take_home(start, postgres));
	postgres->sockets = start->sockets;
	TRY(find_programs(start));
	clear_leftovers(start);
	turn_log(start);
	TRY(make_cluster(start));
	TRY(start_process(start, postgres));
	TRY(make_database(start));
	conninfo = conninfo_to(start, start->options->database);
	if (conninfo == NULL || arena_exhausted(start->arena))
		return ERR(start->arena, ERR_LIMIT, "no memory to describe the database");
	postgres->home = str_from_z(start->home);
	postgres->log_path = str_from_z(start->log);
	postgres->conninfo = str_from_z(conninfo);
	return NULL;
}

/* Stop what runs and give the home back. */
static void
release(struct private_postgres *postgres)
{
	if (postgres->process > 0) {
		if (postgres->process_fd >= 0)
			stop_process(postgres->process_fd);
		else
			(void)kill(postgres->process, SIGINT);
		(void)wait_for(postgres->process);
	}
	if (postgres->sockets != NULL)
		(void)rmdir(postgres->sockets); /* one in /tmp is empty now; the home never is */
	if (postgres->process_fd >= 0)
		(void)close(postgres->process_fd);
	if (postgres->lock_fd >= 0)
		(void)close(postgres->lock_fd);
	*postgres = (struct private_postgres){ .process_fd = -1, .lock_fd = -1 };
}

struct err *
private_postgres_start(struct arena *arena, const struct private_postgres_options *options,
    struct private_postgres *ret)
{
	struct start start = { .arena = arena, .options = options };
	struct err *err;

	CHECK(!str_empty(options->home));
	CHECK(!str_empty(options->database));
	*ret = (struct private_postgres){ .process_fd = -1, .lock_fd = -1 };
	err = start_steps(&start, ret);
	if (err != NULL)
		release(ret);
	return err;
}

void
private_postgres_stop(struct private_postgres *postgres)
{
	if (postgres->process > 0)
		release(postgres);
}
