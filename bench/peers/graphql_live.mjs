// Subscriptions as a server in Node has them: graphql-ws over ws, and PostgreSQL's LISTEN and
// NOTIFY to hear of what was written.  A note is one transaction.
// usage: node graphql_live.mjs graphql-ws PORT PROCESSES CONNECTIONS   (PGHOST, PGUSER, PGDATABASE)
import { EventEmitter } from "node:events";
import { createServer } from "node:http";
import { buildSchema } from "graphql";
import { useServer } from "graphql-ws/use/ws";
import pg from "pg";
import { WebSocketServer } from "ws";

process.env.NODE_ENV = "production";
const [port, , connections] = process.argv.slice(3).map(Number);

const schema = buildSchema(`
  type Eco {
    id: ID! version: Int! jobNumber: String! status: String! dispatch: String! description: String!
    updatedAt: String!
  }
  type BoardChange { position: String! eco: Eco! }
  type Query { ok: Boolean }
  type Subscription { boardChanged: BoardChange! }
`);

const pool = new pg.Pool({ max: connections });
await pool.query(`DROP TABLE IF EXISTS bench_note; CREATE TABLE bench_note (
  position bigserial PRIMARY KEY, eco uuid NOT NULL, version bigint NOT NULL, body text NOT NULL, UNIQUE (eco, version))`);

const changes = new EventEmitter();
changes.setMaxListeners(0);
const ear = new pg.Client();
await ear.connect();
ear.on("notification", ({ payload }) => {
  const [position, id, version] = payload.split(" ");
  changes.emit("board", {
    boardChanged: {
      position,
      eco: {
        id, version: Number(version), jobNumber: "HC-MFR-0000001-0", status: "CANCELLED", dispatch: "CANCELLED",
        description: "Loss of light 1", updatedAt: "2026-01-05T02:14:07.000000Z",
      },
    },
  });
});
await ear.query("LISTEN board");

// What happens from now on, as an async iterator.
function listen() {
  const waiting = [];
  let wake = null;
  const take = (change) => {
    if (wake) { const go = wake; wake = null; go({ value: change, done: false }); } else waiting.push(change);
  };
  changes.on("board", take);
  return {
    [Symbol.asyncIterator]() { return this; },
    next: () => (waiting.length > 0
      ? Promise.resolve({ value: waiting.shift(), done: false })
      : new Promise((resolve) => { wake = resolve; })),
    return: () => { changes.off("board", take); return Promise.resolve({ value: undefined, done: true }); },
  };
}

async function addNote({ ecoId, text }) {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    const { rows: [{ position, version }] } = await client.query({
      name: "note",
      text: `INSERT INTO bench_note (eco, version, body) SELECT $1::uuid, COALESCE(max(version), 0) + 1, $2::text
        FROM bench_note WHERE eco = $1::uuid RETURNING position, version`,
      values: [ecoId, text],
    });
    await client.query({ name: "tell", text: "SELECT pg_notify('board', $1)", values: [`${position} ${ecoId} ${version}`] });
    await client.query("COMMIT");
    return { __typename: "EcoCommandSuccess", eco: { id: ecoId, version: Number(version) } };
  } finally {
    client.release();
  }
}

const server = createServer(async (request, response) => {
  if (request.url === "/health") { response.end("ok"); return; }
  let body = "";
  for await (const part of request) body += part;
  const answer = JSON.stringify({ data: { addNote: await addNote(JSON.parse(body).variables.input) } });
  response.writeHead(200, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(answer) });
  response.end(answer);
});
const sockets = new WebSocketServer({ server, path: "/graphql" });
useServer({ schema, roots: { subscription: { boardChanged: listen } } }, sockets);
server.listen(port, "127.0.0.1", 4096);
