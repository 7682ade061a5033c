#include <stdio.h>
#include <unistd.h>

#include "api/api.h"
#include "bin/command.h"
#include "bin/fault_points.h"
#include "bin/files.h"
#include "bin/options.h"
#include "integration/gateway/gateway.h"
#include "integration/render/render.h"
#include "integration/telephony_failover.h"
#include "integration/twilio/twilio.h"
#include "process/process.h"
#include "runtime/futex.h"
#include "runtime/random.h"
#include "runtime/signals.h"
#include "store/pg/store_pg.h"

#define TIMER_THREADS      2
#define PROVIDER_BYTES_MAX (4u << 20)

static const char about[] =
    "Serve the API and do the work of Strike until told to stop (SIGTERM).\v"
    "Settings come from STRIKE_* variables over the file; 'strike settings' lists them.";

/* Everything that runs, in the order in which it is started. */
struct server {
	struct config settings;
	struct str public_url;
	struct log *log;
	struct clock *clock;
	struct store *store;
	struct vault vault;
	struct ed25519_key *seal_key;
	struct http_client *client;
	struct identity *identity;
	struct telephony *telephony;
	struct fieldwork *fieldwork;
	struct process *process;
	_Atomic uint32_t projected; /* bumped when a read model has moved on */
	struct api *api;
};

/* Requests that wait for their writes look again (api/graphql_sees.c). */
static void
wake_waiting(void *context, struct str projection, const struct projection_events *events)
{
	struct server *server = context;

	(void)projection;
	(void)events;
	futex_bump(&server->projected);
}

/* The base URL for call-backs: as set, or in development the address listened on. */
static struct err *
find_public_url(struct server *server, struct arena *arena)
{
	const struct config *settings = &server->settings;

	server->public_url = settings->public_url;
	if (!str_empty(server->public_url))
		return NULL;
	if (!config_is_development(settings) || settings->port == 0)
		return err_explain(ERR(arena, ERR_CORRUPT, "public_url is not set"), STR(""),
		    STR("Set STRIKE_PUBLIC_URL to the base URL by which Twilio reaches this "
			"server."));
	server->public_url = arena_printf(
	    arena, "http://%.*s:%lld", STR_ARG(settings->address), (long long)settings->port);
	return NULL;
}

static void
start_client(struct server *server)
{
	const struct config *settings = &server->settings;

	server->client = http_client_create(&(struct http_client_config){
	    .allow_http = config_is_development(settings),
	    .connections_max = (unsigned)settings->outbound_connections_max,
	    .response_bytes_max = PROVIDER_BYTES_MAX,
	});
}

/* Who vouches for people; their keys are fetched when the first comes. */
static struct err *
start_identity(struct server *server, struct arena *arena)
{
	const struct config *settings = &server->settings;

	return identity_create(arena,
	    &(struct identity_config){
		.oidc_issuer = settings->oidc_issuer,
		.oidc_audience = settings->oidc_audience,
		.oidc_algorithms = settings->oidc_algorithms,
		.alb_signer = settings->alb_signer,
		.alb_key_url = settings->alb_key_url,
		.alb_issuer = settings->alb_issuer,
		.alb_client = settings->alb_client,
		.cloudflare_team_url = settings->cloudflare_team_url,
		.cloudflare_audience = settings->cloudflare_audience,
		.allow_http = config_is_development(settings),
		.clock = server->clock,
		.log = server->log,
		.client = server->client,
	    },
	    &server->identity);
}

/* Access's word for a service token: its common name is the client id. */
static struct err *
read_service(void *context, struct arena *arena, struct str assertion, struct instant now,
    struct str *ret_client_id)
{
	struct server *server = context;
	struct identity_claims claims;
	struct str reason;
	bool proven;

	*ret_client_id = STR("");
	if (!identity_accepts(server->identity, IDENTITY_CLOUDFLARE))
		return NULL;
	TRY(identity_verify(server->identity, arena, now, IDENTITY_CLOUDFLARE, assertion, &proven,
	    &claims, &reason));
	if (proven && claims.is_service)
		*ret_client_id = claims.subject;
	return NULL;
}

/* The second provider, behind the first. */
static struct err *
add_gateway(struct server *server, struct arena *arena)
{
	const struct config *settings = &server->settings;

	if (str_empty(settings->gateway_url))
		return NULL;
	if (!secret_is_set(settings->gateway_token) ||
	    !secret_is_set(settings->gateway_signing_secret))
		return err_explain(
		    ERR(arena, ERR_CORRUPT, "the second provider's secrets are not set"), STR(""),
		    STR("Set STRIKE_GATEWAY_TOKEN and STRIKE_GATEWAY_SIGNING_SECRET, or no "
			"STRIKE_GATEWAY_URL."));
	server->telephony = telephony_failover_create(server->telephony,
	    gateway_create(&(struct gateway_config){
		.client = server->client,
		.api_url = settings->gateway_url,
		.from = settings->gateway_from,
		.token = settings->gateway_token,
		.timeout = MILLISECONDS(settings->outbound_timeout_ms),
	    }),
	    STR(GATEWAY_ID_PREFIX));
	return NULL;
}

static struct err *
start_providers(struct server *server, struct arena *arena)
{
	const struct config *settings = &server->settings;
	struct duration timeout = MILLISECONDS(settings->outbound_timeout_ms);

	if (str_empty(settings->twilio_account_sid) || !secret_is_set(settings->twilio_auth_token))
		return err_explain(ERR(arena, ERR_CORRUPT, "the Twilio account is not set"),
		    STR(""), STR("Set STRIKE_TWILIO_ACCOUNT_SID and STRIKE_TWILIO_AUTH_TOKEN."));
	server->telephony = twilio_create(&(struct twilio_config){
	    .client = server->client,
	    .api_url = settings->twilio_api_url,
	    .account_sid = settings->twilio_account_sid,
	    .auth_token = settings->twilio_auth_token,
	    .timeout = timeout,
	});
	TRY(add_gateway(server, arena));
	server->fieldwork = render_create(&(struct render_config){
	    .client = server->client,
	    .settings = settings,
	    .default_url = settings->render_api_url,
	    .timeout = timeout,
	    .clock = server->clock,
	    .rules = render_gate_rules_of(settings),
	});
	return NULL;
}

static struct err *
start_process(struct server *server, struct arena *arena)
{
	return process_start(arena,
	    &(struct process_config){
		.store = server->store,
		.vault = &server->vault,
		.seal_key = server->seal_key,
		.clock = server->clock,
		.telephony = server->telephony,
		.fieldwork = server->fieldwork,
		.log = server->log,
		.session_idle_s = server->settings.session_idle_s,
		.watchdog_s = server->settings.watchdog_s,
		.watchdog_late_s = server->settings.watchdog_late_s,
		.deadman_url = server->settings.deadman_url,
		.client = server->client,
		.public_url = server->public_url,
		.code_from = server->settings.twilio_from,
		.call_rate_per_s = server->settings.call_rate_per_s,
		.text_segments_per_s = server->settings.text_segments_per_s,
		.outbox_keep_days = server->settings.outbox_keep_days,
		.timer_threads = TIMER_THREADS,
		.paging_threads = (unsigned)server->settings.paging_threads,
		.field_threads = (unsigned)server->settings.field_threads,
		.projected = wake_waiting,
		.projected_context = server,
		.policy_threads = (unsigned)server->settings.policy_threads,
		.board_threads = (unsigned)server->settings.board_threads,
	    },
	    &server->process);
}

static struct err *
start_api(struct server *server, struct arena *arena)
{
	return api_start(arena,
	    &(struct api_config){
		.store = server->store,
		.vault = &server->vault,
		.clock = server->clock,
		.log = server->log,
		.settings = &server->settings,
		.public_url = server->public_url,
		.projected = &server->projected,
		.identity = server->identity,
		.webhook_service = read_service,
		.webhook_service_context = server,
	    },
	    &server->api);
}

/* Without a vault_key the server works, and says so: in production it is a step forgotten. */
static struct err *
open_vault(struct server *server, struct arena *arena)
{
	const struct config *settings = &server->settings;
	struct log_line line;

	TRY(vault_init(arena, secret_reveal(settings->vault_key), random_bytes, &server->vault));
	if (server->vault.wraps || config_is_development(settings))
		return NULL;
	line = log_line(server->log, LOG_WARNING, "vault");
	log_text(&line, "outcome", STR("vault_key is not set"));
	log_text(&line, "hint",
	    STR("The keys of people's data are kept unwrapped; set STRIKE_VAULT_KEY."));
	log_emit(&line);
	return NULL;
}

static struct err *
start(struct server *server, struct arena *arena)
{
	const struct config *settings = &server->settings;

	server->log = log_create(STDERR_FILENO, settings->log_format, settings->log_level);
	TRY(fault_points_install(arena, settings->fault_points));
	TRY(find_public_url(server, arena));
	TRY(open_vault(server, arena));
	if (!str_empty(settings->seal_key_file))
		TRY(files_read_key(
		    arena, arena_copy_z(arena, settings->seal_key_file), true, &server->seal_key));
	TRY(clock_create_from(arena, settings->clock, &server->clock));
	TRY(store_pg_open(arena, arena_copy_z(arena, settings->database_url), &server->store));
	start_client(server);
	TRY(start_identity(server, arena));
	if ((settings->roles & CONFIG_ROLE_WORKER) != 0) {
		TRY(start_providers(server, arena));
		TRY(start_process(server, arena));
	}
	if ((settings->roles & CONFIG_ROLE_API) != 0)
		TRY(start_api(server, arena));
	return NULL;
}

/* In the opposite order; what was not started is NULL. */
static void
stop(struct server *server)
{
	api_stop(server->api);
	process_stop(server->process);
	fieldwork_destroy(server->fieldwork);
	telephony_destroy(server->telephony);
	identity_destroy(server->identity);
	http_client_destroy(server->client);
	store_close(server->store);
	ed25519_key_destroy(server->seal_key);
	clock_destroy(server->clock);
	log_destroy(server->log);
}

static void
log_life(struct server *server, const char *what)
{
	struct log_line line = log_line(server->log, LOG_INFO, what);

	if (server->api != NULL)
		log_int(&line, "port", api_port(server->api));
	log_text(&line, "public_url", server->public_url);
	log_emit(&line);
}

int
command_serve(int argc, char **argv)
{
	struct arena *arena = arena_create(COMMAND_ARENA_BYTES);
	struct server server = { .api = NULL };
	struct command_options chosen = COMMAND_OPTIONS_DEFAULT;
	struct err *err;

	signals_block();
	options_read(argc, argv, "c", about, &chosen);
	err = config_load(arena, chosen.config, environ, &server.settings);
	if (err == NULL)
		err = start(&server, arena);
	if (err == NULL) {
		log_life(&server, "start");
		(void)signals_wait();
		log_life(&server, "stop");
	} else {
		command_print_fault("serve", err);
	}
	stop(&server);
	arena_destroy(arena);
	return err == NULL ? 0 : 1;
}
