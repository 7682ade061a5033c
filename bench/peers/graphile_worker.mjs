// From adding a job to the start of its handler, by a fixed schedule (open loop).
// usage: node graphile_worker.mjs JOBS_A_SECOND JOBS     (PGHOST, PGUSER, PGDATABASE)
// Prints {"p50":…,"p99":…,"max":…} in milliseconds, counted from the schedule.
import { Logger, run } from "graphile-worker";
import pg from "pg";

const rate = Number(process.argv[2]);
const count = Number(process.argv[3]);
const warm = 5;

const pgPool = new pg.Pool({ max: 16 });
const scheduled = new Map();
const latencies = [];
let finish;
const finished = new Promise((resolve) => { finish = resolve; });

const runner = await run({
  pgPool,
  concurrency: 4, // as paging_threads
  noHandleSignals: true,
  logger: new Logger(() => () => {}),
  taskList: {
    page: async ({ index }) => {
      if (index < 0) return;
      latencies.push(performance.now() - scheduled.get(index));
      if (latencies.length === count) finish();
    },
  },
});

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

for (let i = 0; i < warm; i++) {
  await runner.addJob("page", { index: -1 });
  await pause(100);
}

const begin = performance.now() + 100;
const added = [];
for (let index = 0; index < count; index++) {
  const due = begin + (index * 1000) / rate;
  const wait = due - performance.now();
  if (wait > 0) await pause(wait);
  scheduled.set(index, due);
  added.push(runner.addJob("page", { index }));
}
await Promise.all(added);
await finished;

latencies.sort((a, b) => a - b);
const percentile = (percent) => latencies[Math.ceil((latencies.length * percent) / 100) - 1];
console.log(JSON.stringify({ p50: percentile(50), p99: percentile(99), max: latencies.at(-1) }));
await runner.stop();
await pgPool.end();
