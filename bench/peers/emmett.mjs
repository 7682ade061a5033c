// Emmett's event store on PostgreSQL.
// usage: node emmett.mjs append CLIENTS SECONDS EVENTS     appends of that many events each
//        node emmett.mjs consume EVENTS                    a reactor over that many events
//        node emmett.mjs feed EVENTS_A_SECOND SECONDS      append acknowledged -> handler
// (PGHOST, PGUSER, PGDATABASE).  Prints one JSON object.
import { randomUUID } from "node:crypto";
import { getPostgreSQLEventStore } from "@event-driven-io/emmett-postgresql";

const [mode, ...rest] = process.argv.slice(2);
const numbers = rest.map(Number);
const host = encodeURIComponent(process.env.PGHOST);
const url = `postgresql://${process.env.PGUSER}@${host}/${process.env.PGDATABASE}`;

const data = {
  attempt: 3, loop: 1, contact: 3, person: "01890a5d-ac96-774b-bcce-b302099a8057",
  deadline: "2026-01-06T14:05:30.000000Z",
  detail: "the carrier answered with a busy signal after it had rung for eleven seconds",
  providerId: "CA00000000000000000000000000000000",
};
const batch = (count) => Array.from({ length: count }, () => ({ type: "PageNotReached", data }));
const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const percentile = (sorted, percent) => sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? 0;

const store = getPostgreSQLEventStore(url);
await store.schema.migrate();

async function append(clients, seconds, events) {
  const until = performance.now() + seconds * 1000;
  const latencies = [];
  let done = 0;
  const client = async () => {
    while (performance.now() < until) {
      const begun = performance.now();
      await store.appendToStream(`eco-${randomUUID()}`, batch(events));
      latencies.push(performance.now() - begun);
      done += events;
    }
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: clients }, client));
  const perSecond = (done * 1000) / (performance.now() - begun);
  latencies.sort((a, b) => a - b);
  return { perSecond, p50: percentile(latencies, 50), p99: percentile(latencies, 99) };
}

async function consume(count) {
  for (let i = 0; i < count; i += 100) await store.appendToStream(`eco-${randomUUID()}`, batch(100));
  const consumer = store.consumer();
  let seen = 0;
  let finish;
  const finished = new Promise((resolve) => { finish = resolve; });
  consumer.reactor({
    processorId: "bench",
    startFrom: "BEGINNING",
    eachMessage: () => { seen += 1; if (seen === count) finish(); },
  });
  const begun = performance.now();
  const running = consumer.start();
  await finished;
  const perSecond = (seen * 1000) / (performance.now() - begun);
  await consumer.close();
  await running.catch(() => {});
  return { perSecond };
}

async function feed(rate, seconds) {
  const acknowledged = new Map();
  const seenAt = new Map();
  const consumer = store.consumer();
  consumer.reactor({
    processorId: "bench-feed",
    startFrom: "BEGINNING", // of a new database
    eachMessage: (message) => { seenAt.set(message.metadata.streamName, performance.now()); },
  });
  const running = consumer.start();
  await pause(1000);
  const begin = performance.now();
  const added = [];
  for (let i = 0; i < rate * seconds; i++) {
    const wait = begin + (i * 1000) / rate - performance.now();
    if (wait > 0) await pause(wait);
    const stream = `eco-${randomUUID()}`;
    added.push(store.appendToStream(stream, batch(1)).then(() => acknowledged.set(stream, performance.now())));
  }
  await Promise.all(added);
  await pause(1500);
  const latencies = [...acknowledged].filter(([stream]) => seenAt.has(stream))
    .map(([stream, at]) => Math.max(0, seenAt.get(stream) - at)).sort((a, b) => a - b);
  await consumer.close();
  await running.catch(() => {});
  return {
    p50: percentile(latencies, 50), p99: percentile(latencies, 99),
    missing: acknowledged.size - latencies.length,
  };
}

console.log(JSON.stringify(await { append, consume, feed }[mode](...numbers)));
await store.close();
process.exit(0);
