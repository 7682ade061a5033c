// How late graphile-worker runs jobs that were scheduled for a moment (run_at), with many waiting.
// usage: node graphile_timers.mjs WAITING JOBS_A_SECOND SECONDS     (PGHOST, PGUSER, PGDATABASE)
// WAITING jobs lie in the queue; JOBS_A_SECOND of them come due each second, for SECONDS seconds.
// Prints {"p50":…,"p99":…,"max":…,"done":…} in milliseconds of lateness at the start of the handler.
import { Logger, makeWorkerUtils, run } from "graphile-worker";
import pg from "pg";

const [waiting, rate, seconds] = process.argv.slice(2).map(Number);
const pgPool = new pg.Pool({ max: 16 });
const logger = new Logger(() => () => {});
const utils = await makeWorkerUtils({ pgPool, logger });
await utils.migrate();

const begin = Date.now() + 15000 + waiting / 10;
const lot = 1000;
for (let from = 0; from < waiting; from += lot) {
  const specs = Array.from({ length: Math.min(lot, waiting - from) }, (_, i) => {
    const due = begin + ((from + i) * 1000) / rate;
    return { identifier: "ring", payload: { due }, runAt: new Date(due) };
  });
  await utils.addJobs(specs);
}

const late = [];
const until = begin + seconds * 1000;
const runner = await run({
  pgPool,
  logger,
  concurrency: 4,
  pollInterval: 100,
  noHandleSignals: true,
  taskList: { ring: async ({ due }) => { late.push(Date.now() - due); } },
});
await new Promise((resolve) => { setTimeout(resolve, until - Date.now()); });

late.sort((a, b) => a - b);
const percentile = (percent) => late[Math.max(0, Math.ceil((late.length * percent) / 100) - 1)] ?? 0;
console.log(JSON.stringify({
  p50: percentile(50), p99: percentile(99), max: late.at(-1) ?? 0, done: late.length,
}));
await runner.stop();
await utils.release();
await pgPool.end();
