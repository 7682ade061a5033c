#include "support/door_world.h"

#include "base/hex.h"
#include "identity/identity.h"
#include "runtime/random.h"
#include "support/issuer_peer.h"
#include "support/token_signer.h"

#define AUDIENCE   "https://strike.example/api"
#define SIGNER     "arn:aws:elasticloadbalancing:eu-central-1:1:loadbalancer/app/strike/1"
#define ALB_ISSUER "https://people.example"
#define ALB_CLIENT "balancer-client"
#define ALB_KEY_ID "0b9a3a5c-5e1a-4b7c-9a53-1a1f4d0c1e11"
#define TEAM_AUD   "32eafc7626e737969ad6fb3b1e8d5b1d1c1a1f0e0d0c0b0a0908070605040302"

#define DISCOVERY_PATH "/oidc/.well-known/openid-configuration"
#define KEYS_PATH      "/keys"
#define CERTS_PATH     "/cdn-cgi/access/certs"
#define ALB_PATH       "/alb/" ALB_KEY_ID

static struct {
	struct arena *arena; /* of the whole group */
	struct http_client *client;
	struct issuer_peer *peer;
	struct token_signer *provider, *balancer, *access;
	struct str issuer;
	struct identity *identity;
} door;

/* ---- the providers ---- */

void
provider_away(bool away)
{
	struct str base = issuer_url(door.peer);
	struct token_signer *keys[] = { door.provider };

	issuer_set(door.peer, DISCOVERY_PATH, away ? 503 : 200,
	    arena_printf(door.arena, "{\"issuer\":\"%.*s\",\"jwks_uri\":\"%.*s" KEYS_PATH "\"}",
		STR_ARG(door.issuer), STR_ARG(base)),
	    NULL);
	issuer_set(door.peer, KEYS_PATH, away ? 503 : 200, signer_set(keys, 1, door.arena), NULL);
}

static void
begin_providers(void)
{
	struct token_signer *access[1];

	door.arena = arena_create(8u << 20);
	door.provider = signer_create("ES256", "provider", 0);
	door.balancer = signer_create("ES256", ALB_KEY_ID, 0);
	door.access = access[0] = signer_create("RS256", "access", 2048);
	door.peer = issuer_start();
	door.issuer = arena_printf(door.arena, "%.*s/oidc", STR_ARG(issuer_url(door.peer)));
	provider_away(false);
	issuer_set(door.peer, CERTS_PATH, 200, signer_set(access, 1, door.arena), NULL);
	issuer_set(door.peer, ALB_PATH, 200, signer_pem(door.balancer, door.arena), NULL);
	door.client = http_client_create(&(struct http_client_config){
	    .allow_http = true, .connections_max = 8, .response_bytes_max = 1u << 20 });
}

static void
adjust(struct server_world *world)
{
	assert_no_fault(identity_create(door.arena,
	    &(struct identity_config){
		.oidc_issuer = door.issuer,
		.oidc_audience = STR(AUDIENCE),
		.alb_signer = STR(SIGNER),
		.alb_key_url = arena_printf(door.arena, "%.*s/alb", STR_ARG(issuer_url(door.peer))),
		.alb_issuer = STR(ALB_ISSUER),
		.alb_client = STR(ALB_CLIENT),
		.cloudflare_team_url = issuer_url(door.peer),
		.cloudflare_audience = STR(TEAM_AUD),
		.allow_http = true,
		.clock = world->clock,
		.client = door.client,
	    },
	    &door.identity));
	world->identity = door.identity;
	/* The test is the proxy: it may say where requests come from. */
	world->settings.trusted_proxies = STR("127.0.0.1");
}

static void
adjust_limits(struct server_world *world)
{
	adjust(world);
	world->settings.limit_address_per_min = 1;
	world->settings.limit_address_burst = 20;
	world->settings.limit_user_per_min = 1;
	world->settings.limit_user_burst = 3;
	world->settings.limit_token_per_min = 1;
	world->settings.limit_token_burst = 2;
	world->settings.limit_organisation_per_min = 1;
	world->settings.limit_organisation_burst = 5;
	world->settings.limit_webhook_per_min = 1;
	world->settings.limit_webhook_burst = 25;
}

static int
begin(const struct server_world_options *options)
{
	begin_providers();
	api_world_begin_as(options);
	return 0;
}

int
door_begin(void **state)
{
	(void)state;
	return begin(&(struct server_world_options){ .adjust = adjust });
}

int
door_begin_production(void **state)
{
	(void)state;
	return begin(&(struct server_world_options){ .production = true, .adjust = adjust });
}

int
door_begin_limited(void **state)
{
	(void)state;
	return begin(&(struct server_world_options){ .adjust = adjust_limits });
}

int
door_end(void **state)
{
	int result = api_world_end(state);

	issuer_stop(door.peer);
	identity_destroy(door.identity);
	http_client_destroy(door.client);
	signer_destroy(door.provider);
	signer_destroy(door.balancer);
	signer_destroy(door.access);
	arena_destroy(door.arena);
	return result;
}

/* ---- requests ---- */

const struct http_answer *
door_ask(struct door_call call)
{
	const struct {
		const char *name, *value;
	} given[] = {
		{ "Content-Type",
		    call.content_type == NULL ? "application/json" : call.content_type },
		{ "Cookie", call.cookie },
		{ "Strike-CSRF", call.csrf },
		{ "Origin", call.origin },
		{ "Sec-Fetch-Site", call.site },
		{ "Authorization", call.authorization },
		{ "x-amzn-oidc-data", call.alb },
		{ "Cf-Access-Jwt-Assertion", call.cloudflare },
		{ "Strike-Development-Identity", call.identity },
		{ "Strike-Organisation", call.organisation },
	};
	struct http_header headers[COUNT_OF(given) + COUNT_OF(call.more)];
	const char *path = call.path == NULL ? "/graphql" : call.path;
	const char *body = call.body != NULL ? call.body : call.path == NULL ? WHO_AM_I : "";
	size_t count = 0;

	for (size_t i = 0; i < COUNT_OF(given); i++) {
		if (given[i].value != NULL && given[i].value[0] != '\0')
			headers[count++] = (struct http_header){ str_from_z(given[i].name),
				str_from_z(given[i].value) };
	}
	for (size_t i = 0; i < COUNT_OF(call.more); i++) {
		if (!str_empty(call.more[i].name))
			headers[count++] = call.more[i];
	}
	return request(
	    call.method == NULL ? "POST" : call.method, path, headers, count, str_from_z(body));
}

const char *
header_of(const struct http_answer *answer, const char *name)
{
	const char *value = arena_copy_z(
	    arena, http_header_find(answer->headers, answer->header_count, str_from_z(name)));

	return value == NULL ? "" : value;
}

void
assert_is(struct door_call call, const char *user, const char *organisation)
{
	const struct json *body = json_of(door_ask(call), 200);

	assert_text_at(body, "data.viewer.user", user);
	assert_text_at(body, "data.viewer.organisation.handle", organisation);
}

void
assert_turned_away(struct door_call call, int status, const char *code)
{
	assert_text_at(json_of(door_ask(call), status), "error.code", code);
}

/* ---- proofs ---- */

static long long
seconds_from_now(int seconds)
{
	return (long long)(clock_now(server.clock).us / 1000000 + seconds);
}

const char *
verified(const char *address)
{
	return print(",\"email\":\"%s\",\"email_verified\":true", address);
}

const char *
bearer(const char *subject, const char *more)
{
	struct str claims = arena_printf(arena,
	    "{\"iss\":\"%.*s\",\"aud\":\"" AUDIENCE "\",\"exp\":%lld,\"iat\":%lld,"
	    "\"sub\":\"%s\"%s}",
	    STR_ARG(door.issuer), seconds_from_now(3600 * 24 * 30), seconds_from_now(-5), subject,
	    more);

	return print("Bearer %.*s", STR_ARG(signer_sign(door.provider, arena,
					signer_header(door.provider, arena), claims, false)));
}

const char *
alb(const char *subject, const char *more)
{
	struct str header = arena_printf(arena,
	    "{\"typ\":\"JWT\",\"kid\":\"" ALB_KEY_ID "\",\"alg\":\"ES256\",\"iss\":\"" ALB_ISSUER
	    "\",\"client\":\"" ALB_CLIENT "\",\"signer\":\"" SIGNER "\",\"exp\":%lld}",
	    seconds_from_now(120));
	struct str claims =
	    arena_printf(arena, "{\"sub\":\"%s\",\"exp\":%lld,\"iss\":\"" ALB_ISSUER "\"%s}",
		subject, seconds_from_now(120), more);

	return print("%.*s", STR_ARG(signer_sign(door.balancer, arena, header, claims, true)));
}

static const char *
access_of(const char *claims)
{
	return print("%.*s",
	    STR_ARG(signer_sign(door.access, arena, signer_header(door.access, arena),
		arena_printf(arena,
		    "{\"iss\":\"%.*s\",\"aud\":[\"" TEAM_AUD "\"],\"exp\":%lld,\"iat\":%lld,"
		    "\"nbf\":%lld,\"type\":\"app\"%s}",
		    STR_ARG(issuer_url(door.peer)), seconds_from_now(3600), seconds_from_now(-5),
		    seconds_from_now(-5), claims),
		false)));
}

const char *
cloudflare(const char *subject, const char *more)
{
	return access_of(print(",\"sub\":\"%s\"%s", subject, more));
}

const char *
cloudflare_service(const char *name)
{
	return access_of(print(",\"sub\":\"\",\"common_name\":\"%s\"", name));
}

/* ---- sessions ---- */

struct browser
sign_in_with(struct door_call call)
{
	const struct http_answer *answer;
	const struct json *body;
	struct str cookie;

	call.method = "POST";
	call.path = "/session";
	answer = door_ask(call);
	body = json_of(answer, 200);
	cookie = str_from_z(header_of(answer, "Set-Cookie"));
	return (struct browser){
		.cookie = arena_copy_z(arena, str_cut(&cookie, ';')),
		.csrf = text_at(body, "csrfToken"),
		.id = text_at(body, "session.id"),
	};
}

struct browser
sign_in_as(const char *user, const char *organisation)
{
	return sign_in_with((struct door_call){
	    .body = print("{\"user\":\"%s\",\"organisation\":\"%s\"}", user, organisation) });
}

struct door_call
in_browser(struct browser browser, struct door_call call)
{
	call.cookie = browser.cookie;
	call.csrf = browser.csrf;
	call.site = "same-origin";
	return call;
}

/* ---- what an admin does meanwhile ---- */

static void
write(struct store_session *session, enum directory_event_type event, const struct record *after)
{
	struct record_outcome *outcome = arena_new(arena, struct record_outcome);
	struct store_append_result appended;
	struct record_author author = {
		.session = session,
		.arena = arena,
		.now = clock_now(server.clock),
		.vault = &server.vault,
		.make_id = random_uuid,
		.actor = { .kind = STORE_ACTOR_PROCESS, .name = STR("test") },
		.correlation = after->id,
	};
	bool taken;

	assert_non_null(outcome);
	outcome->step_count = 1;
	outcome->steps[0] = (struct record_step){ .event = event, .after = *after };
	assert_no_fault(store_begin(session, arena, UUID_NIL));
	assert_no_fault(record_write(
	    &author, outcome, &(struct record_key){ .key = UUID_NIL }, &taken, &appended));
	assert_false(taken);
	assert_no_fault(store_commit(session, arena));
}

struct uuid
organisation_id(const char *handle)
{
	struct store_session *session = worker_session();
	struct store_organisation found;
	bool exists;

	assert_no_fault(
	    store_find_organisation(session, arena, UUID_NIL, str_from_z(handle), &exists, &found));
	assert_true(exists);
	store_session_close(session);
	return found.id;
}

struct uuid
invite(const char *organisation, const char *email, const char *role)
{
	struct store_session *session = worker_session();
	struct record record = {
		.kind = RECORD_MEMBERSHIP,
		.id = random_uuid(clock_now(server.clock)),
		.membership = {
		    .organisation = organisation_id(organisation),
		    .name = STR("Somebody invited"),
		    .email = str_from_z(email),
		    .role = str_from_z(role),
		    .state = MEMBERSHIP_INVITED,
		},
	};

	write(session, DIRECTORY_EVENT_MEMBER_INVITED, &record);
	store_session_close(session);
	return record.id;
}

static struct record
load(struct store_session *session, enum record_kind kind, struct uuid id)
{
	struct record record;
	bool found;

	assert_no_fault(record_load(session, arena, kind, id, &found, &record));
	assert_true(found);
	return record;
}

void
remove_member(struct uuid id)
{
	struct store_session *session = worker_session();
	struct record record = load(session, RECORD_MEMBERSHIP, id);

	record.membership.state = MEMBERSHIP_REMOVED;
	write(session, DIRECTORY_EVENT_MEMBER_REMOVED, &record);
	store_session_close(session);
}

void
suspend(const char *organisation, bool suspended)
{
	struct store_session *session = worker_session();
	struct record record = load(session, RECORD_ORGANISATION, organisation_id(organisation));

	record.organisation.suspended = suspended;
	write(session,
	    suspended ? DIRECTORY_EVENT_ORGANISATION_SUSPENDED
		      : DIRECTORY_EVENT_ORGANISATION_RESTORED,
	    &record);
	store_session_close(session);
}

void
disable(const char *subject, bool disabled)
{
	struct store_session *session = worker_session();
	struct store_known_user user;
	struct record record;
	bool found;

	assert_no_fault(
	    store_find_identity(session, arena, door.issuer, str_from_z(subject), &found, &user));
	assert_true(found);
	record = load(session, RECORD_USER, user.user);
	record.user.disabled = disabled;
	write(session, disabled ? DIRECTORY_EVENT_USER_DISABLED : DIRECTORY_EVENT_USER_ENABLED,
	    &record);
	store_session_close(session);
}

struct uuid
issue_token(const char *identity, const char *secret, const char *scopes, int64_t seconds)
{
	struct store_session *session = worker_session();
	struct str organisation = str_from_z(identity), user = str_cut(&organisation, '@');
	struct store_membership membership;
	struct sha256 hash = sha256_of(str_from_z(secret));
	struct record record;
	bool found;

	assert_no_fault(
	    store_find_membership(session, arena, user, organisation, &found, &membership));
	assert_true(found);
	record = (struct record){
		.kind = RECORD_TOKEN,
		.id = random_uuid(clock_now(server.clock)),
		.token = {
		    .organisation = membership.organisation.id,
		    .user = membership.user,
		    .name = STR("Of a test"),
		    .scopes = str_from_z(scopes),
		    .secret_hash = hex_digest(arena, hash),
		    .expires = instant_plus(clock_now(server.clock), SECONDS(seconds)),
		},
	};
	write(session, DIRECTORY_EVENT_TOKEN_ISSUED, &record);
	store_session_close(session);
	return record.id;
}

void
revoke_token(struct uuid token)
{
	struct store_session *session = worker_session();
	struct record record = load(session, RECORD_TOKEN, token);

	record.token.revoked_at = clock_now(server.clock);
	write(session, DIRECTORY_EVENT_TOKEN_REVOKED, &record);
	store_session_close(session);
}

size_t
audits(const char *organisation, const char *event)
{
	struct uuid id = organisation_id(organisation);
	struct store_session *session = worker_session();
	struct store_record_query query = { .kind = RECORD_AUDIT, .limit = STORE_ROWS_MAX };
	struct record_list list;
	size_t count = 0;

	assert_no_fault(record_list(session, arena, &query, &list));
	assert_true(list.count < STORE_ROWS_MAX);
	for (size_t i = 0; i < list.count; i++) {
		const struct audit *audit = &list.at[i].audit;

		if (uuid_equal(audit->organisation, id) &&
		    str_equal(audit->event, str_from_z(event)))
			count++;
	}
	store_session_close(session);
	return count;
}

const char *
fresh(const char *name)
{
	return print("%s-%s", name, new_key());
}

void
advance(int64_t seconds)
{
	clock_advance(server.clock, SECONDS(seconds));
}
