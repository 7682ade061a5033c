// The board and createEco as a careful server in Node would have them, on Strike's own database:
// the same statements for who asks and for whom, row-level security, one page of the board with
// its organisations through a DataLoader, and a command that is one transaction.
// usage: node graphql_server.mjs yoga|mercurius PORT PROCESSES CONNECTIONS   (PGHOST, PGUSER, PGDATABASE)
// Statements are prepared, and sent without waiting for the one before where none needs its rows.
import cluster from "node:cluster";
import { createHash, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import DataLoader from "dataloader";
import pg from "pg";

process.env.NODE_ENV = "production";
const [kind, port, processes, connections] = [process.argv[2], ...process.argv.slice(3).map(Number)];

const typeDefs = `
  scalar GeoJSON
  scalar DateTime
  enum JobType { CMR MFR MNL }
  enum EcoStatus { OPEN IN_PROGRESS COMPLETED CLOSED CANCELLED }
  type Organisation { id: ID! handle: String! name: String! }
  type Eco {
    id: ID! version: Int! jobNumber: String! jobType: JobType! description: String! location: GeoJSON!
    noc: Organisation! osp: Organisation! status: EcoStatus! dispatch: String! etaMinutes: Int
    createdAt: DateTime! updatedAt: DateTime!
  }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type EcoEdge { cursor: String! node: Eco! }
  type EcoConnection { edges: [EcoEdge!]! pageInfo: PageInfo! }
  type Query { ecos(first: Int = 25): EcoConnection! }
  input CreateEcoInput {
    idempotencyKey: ID! location: GeoJSON! jobType: JobType! description: String! osp: ID!
  }
  type CreateEcoSuccess { eco: Eco! }
  type Refusal { code: String! message: String! }
  union CreateEcoResult = CreateEcoSuccess | Refusal
  type Mutation { createEco(input: CreateEcoInput!): CreateEcoResult! }
`;

// ---- the database ----

pg.types.setTypeParser(20, Number);
// "2026-01-05 02:14:07.5+00" as Strike writes it.
pg.types.setTypeParser(1184, (text) => {
  const [seconds, fraction = ""] = text.slice(0, -3).replace(" ", "T").split(".");
  return `${seconds}.${fraction.padEnd(6, "0")}Z`;
});

const settings = `
  SET ROLE strike_api; SET plan_cache_mode = force_generic_plan; SET search_path = strike, public;
  SET statement_timeout = '30s'; SET client_min_messages = warning; SET jit = off; SET TIME ZONE 'UTC'`;

function openPool() {
  const pool = new pg.Pool({ max: Math.max(1, Math.floor(connections / processes)), pipeline: true });
  pool.on("connect", (client) => { client.query(settings).catch(() => {}); });
  return pool;
}

const columns = `eco_id, version, noc_id, osp_id, job_number, job_type, description,
  ST_AsGeoJSON(location, 15) AS location, status, dispatch, eta_minutes, created_at, updated_at`;
// An organisation that is a NOC alone has no other side to look at.
const board = (condition) => `SELECT ${columns} FROM strike.eco_board
  WHERE build = (SELECT p.live FROM strike.projection p WHERE p.name = 'eco_board') AND ${condition}
    AND (created_at, eco_id) < (COALESCE($2::timestamptz, 'infinity'), COALESCE($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
  ORDER BY created_at DESC, eco_id DESC LIMIT $1::bigint`;
const sql = {
  findToken: `SELECT organisation_id, user_id, expires, revoked_at, last_used_at, user_handle, role,
    organisation_handle, is_noc, is_osp FROM strike.find_token_holder($1::bytea)`,
  touchToken: `SELECT strike.touch_token((SELECT id FROM strike.find_token($1::bytea)), now(), 3600, $2::text)`,
  setOrganisation: "SELECT set_config('strike.organisation', $1::text, true)",
  listNocBoard: board("noc_id = (SELECT strike.organisation()) AND NOT former"),
  listOspBoard: board("osp_id = (SELECT strike.organisation()) AND noc_id <> osp_id"),
  findOrganisations: "SELECT id, handle, name FROM strike.organisation WHERE id = ANY ($1::uuid[])",
  findByHandle: "SELECT id, handle, name FROM strike.organisation WHERE handle = $1::text AND is_osp",
  findCommand: "SELECT body_hash = $3::bytea AS same, answer FROM strike.command WHERE scope = $1::uuid AND key = $2::uuid",
  findAgreement: `SELECT id, number_prefix FROM strike.agreement WHERE noc_id = $1::uuid
    AND osp_id = $2::uuid AND state = 'AGREED' AND valid_from <= now()
    AND (valid_until IS NULL OR valid_until > now()) ORDER BY valid_from DESC, id LIMIT 1`,
  findList: `SELECT kind, id, body FROM strike.find_roster($1::uuid, $2::uuid,
    ST_SetSRID(ST_GeomFromGeoJSON($3::text), 4326))`,
  takeNumber: `INSERT INTO strike.job_sequence AS s (noc_id, osp_id, job_type, last)
    VALUES ($1::uuid, $2::uuid, $3::text, 1)
    ON CONFLICT (noc_id, osp_id, job_type) DO UPDATE SET last = s.last + 1 RETURNING last`,
  append: `WITH command AS (
      INSERT INTO strike.command (scope, key, body_hash, answer) VALUES ($2::uuid, $4::uuid, $5::bytea, $6::bytea)
    ), stream AS (
      INSERT INTO strike.stream (id, version, noc_id, osp_id, first_seq, last_seq)
      SELECT $1::uuid, 1, $2::uuid, $3::uuid, taken.seq, taken.seq
        FROM (SELECT nextval('strike.event_seq') AS seq) AS taken RETURNING last_seq
    )
    INSERT INTO strike.event (seq, stream_id, version, event_id, noc_id, osp_id, type, schema_version,
      occurred_at, actor_kind, actor_name, actor_user, actor_organisation, correlation, causation, payload, hash)
    SELECT stream.last_seq, $1::uuid, 1, $7::uuid, $2::uuid, $3::uuid, 'ECOCreated', 1, now(), 'user', '',
      $8::uuid, $2::uuid, $7::uuid, $7::uuid, $9::bytea, $10::bytea FROM stream
    RETURNING occurred_at`,
};
const ask = async (on, name, values) => (await on.query({ name, text: sql[name], values })).rows;
const sha256 = (data) => createHash("sha256").update(data).digest();

// ---- who asks, and for whom ----

const pool = cluster.isPrimary && processes > 1 ? null : openPool();

// One transaction that acts for an organisation, begun when it is first needed.
class Transaction {
  constructor(organisation) {
    this.organisation = organisation;
    this.client = null;
  }

  async begin() {
    if (this.client) return this.client;
    this.client = await pool.connect();
    this.client.query("BEGIN").catch(() => {});
    ask(this.client, "setOrganisation", [this.organisation]).catch(() => {});
    return this.client;
  }

  async commit() {
    const { client } = this;
    this.client = null;
    if (client) await client.query("COMMIT").then(() => client.release(), (err) => client.release(err));
  }
}

// Who asks, and what the resolvers need.
async function admit(header, address) {
  const secret = /^Bearer (strike_.+)$/.exec(header ?? "")?.[1];
  if (!secret) throw new Error("sign in first");
  const hash = sha256(secret);
  const [token] = await ask(pool, "findToken", [hash]);
  if (!token || token.revoked_at || token.expires <= new Date().toISOString()) throw new Error("sign in first");
  // It was written down that it is used, or is now.
  if (!token.last_used_at || token.last_used_at <= new Date(Date.now() - 3600_000).toISOString())
    await ask(pool, "touchToken", [hash, address]);
  const membership = token.user_handle === null ? null : token;
  if (!membership) throw new Error("there is no such organisation of which you are a member");
  const transaction = new Transaction(membership.organisation_id);
  const organisations = new DataLoader(async (ids) => {
    const rows = await ask(await transaction.begin(), "findOrganisations", [ids]);
    const byId = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => byId.get(id) ?? new Error("no such organisation"));
  });
  return { user: token.user_id, organisation: membership.organisation_id, membership, transaction, organisations };
}

// ---- resolvers ----

const microseconds = (text) => BigInt(Date.parse(`${text.slice(0, 19)}Z`)) * 1000n + BigInt(text.slice(20, 26));
const cursorOf = (row) => Buffer.from(`${microseconds(row.created_at)}.${row.eco_id}`).toString("base64");
const ecoOf = (row) => ({
  id: row.eco_id, version: row.version, jobNumber: row.job_number, jobType: row.job_type,
  description: row.description, location: JSON.parse(row.location), status: row.status,
  dispatch: row.dispatch, etaMinutes: row.eta_minutes > 0 ? row.eta_minutes : null,
  createdAt: row.created_at, updatedAt: row.updated_at, nocId: row.noc_id, ospId: row.osp_id,
});

async function listBoard(first, context) {
  const { is_noc: isNoc, is_osp: isOsp } = context.membership;
  const sides = [...(isNoc ? ["listNocBoard"] : []), ...(isOsp ? ["listOspBoard"] : [])];
  const client = await context.transaction.begin();
  const found = await Promise.all(sides.map((name) => ask(client, name, [first + 1, null, null])));
  const rows = found.length === 1 ? found[0]
    : found.flat().sort((a, b) => (a.created_at < b.created_at ? 1 : -1));
  const page = rows.slice(0, first);
  return {
    edges: page.map((row) => ({ cursor: cursorOf(row), node: ecoOf(row) })),
    pageInfo: {
      hasNextPage: rows.length > first,
      endCursor: page.length > 0 ? cursorOf(page[page.length - 1]) : null,
    },
  };
}

async function createEco(input, context) {
  const client = await context.transaction.begin();
  const noc = context.organisation;
  const body = sha256(JSON.stringify(["createEco", input.location, input.jobType, input.description, input.osp]));
  const [[known], [osp]] = await Promise.all([
    ask(client, "findCommand", [noc, input.idempotencyKey, body]), ask(client, "findByHandle", [input.osp]),
  ]);
  if (known) return { __typename: "Refusal", code: "KEY_REUSED", message: "this key was used already" };
  if (!osp) return { __typename: "Refusal", code: "OSP_UNKNOWN", message: "there is no such OSP" };
  const [agreement] = await ask(client, "findAgreement", [noc, osp.id]);
  const [list] = agreement ? await ask(client, "findList", [osp.id, agreement.id, JSON.stringify(input.location)]) : [];
  if (!list) return { __typename: "Refusal", code: "NO_AGREEMENT", message: "nobody would ring" };
  const [{ last }] = await ask(client, "takeNumber", [noc, osp.id, input.jobType]);
  const number = `${agreement.number_prefix}-${input.jobType}-${String(last).padStart(7, "0")}`;
  const id = randomUUID();
  const payload = Buffer.from(JSON.stringify({
    jobNumber: number, jobType: input.jobType, description: input.description, location: input.location,
    agreement: agreement.id, pagerList: list.id, osp: osp.id,
  }));
  const answer = Buffer.from(JSON.stringify({ eco: id, version: 1 }));
  const [{ occurred_at: at }] = await ask(client, "append", [
    id, noc, osp.id, input.idempotencyKey, body, answer, randomUUID(), context.user, payload, sha256(payload),
  ]);
  await context.transaction.commit();
  return {
    __typename: "CreateEcoSuccess",
    eco: {
      id, version: 1, jobNumber: number, jobType: input.jobType, description: input.description,
      location: input.location, status: "OPEN", dispatch: "PENDING", etaMinutes: null, createdAt: at, updatedAt: at,
      nocId: noc, ospId: osp.id,
    },
  };
}

const resolvers = {
  Query: { ecos: (_, { first }, context) => listBoard(first, context) },
  Mutation: { createEco: (_, { input }, context) => createEco(input, context) },
  Eco: {
    noc: (eco, _, context) => context.organisations.load(eco.nocId),
    osp: (eco, _, context) => context.organisations.load(eco.ospId),
  },
};

// ---- servers ----

async function serveYoga() {
  const { createSchema, createYoga } = await import("graphql-yoga");
  const yoga = createYoga({
    schema: createSchema({ typeDefs, resolvers }),
    context: ({ request, req }) => admit(request.headers.get("authorization"), req.socket.remoteAddress),
    plugins: [{ onExecute: ({ args }) => ({ onExecuteDone: () => { args.contextValue.transaction.commit(); } }) }],
    graphiql: false, landingPage: false, logging: false, maskedErrors: false,
  });
  createServer(yoga).listen(port, "127.0.0.1");
}

async function serveMercurius() {
  const [{ default: fastify }, { default: mercurius }] = await Promise.all([import("fastify"), import("mercurius")]);
  const app = fastify();
  app.register(mercurius, {
    schema: typeDefs, resolvers, jit: 1,
    context: (request) => admit(request.headers.authorization, request.ip),
  });
  app.get("/health", () => ({ ok: true }));
  await app.ready();
  app.graphql.addHook("onResolution", async (execution, context) => { context.transaction.commit(); });
  await app.listen({ port, host: "127.0.0.1" });
}

if (!pool) for (let i = 0; i < processes; i++) cluster.fork();
else await { yoga: serveYoga, mercurius: serveMercurius }[kind]();
