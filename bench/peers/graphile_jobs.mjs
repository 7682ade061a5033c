// How many jobs graphile-worker takes in and carries out a second.
// usage: node graphile_jobs.mjs JOBS CLIENTS     (PGHOST, PGUSER, PGDATABASE)
// Jobs are added one by one by CLIENTS callers, each durable, then carried out by 4 workers with
// its default settings.  Prints {"added":…,"done":…}, both a second.
import { Logger, makeWorkerUtils, run } from "graphile-worker";
import pg from "pg";

const jobs = Number(process.argv[2]);
const clients = Number(process.argv[3]);
const pgPool = new pg.Pool({ max: clients + 8 });
const logger = new Logger(() => () => {});
const utils = await makeWorkerUtils({ pgPool, logger });
await utils.migrate();

let next = 0;
const begun = performance.now();
await Promise.all(Array.from({ length: clients }, async () => {
  while (next < jobs) {
    next += 1;
    await utils.addJob("page", { next });
  }
}));
const added = (jobs * 1000) / (performance.now() - begun);

let seen = 0;
let finish;
const finished = new Promise((resolve) => { finish = resolve; });
const started = performance.now();
const runner = await run({
  pgPool,
  logger,
  concurrency: 4,
  noHandleSignals: true,
  taskList: { page: async () => { seen += 1; if (seen === jobs) finish(); } },
});
await finished;
console.log(JSON.stringify({ added, done: (jobs * 1000) / (performance.now() - started) }));
await runner.stop();
await utils.release();
await pgPool.end();
