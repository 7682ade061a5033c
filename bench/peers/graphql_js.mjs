// graphql-js: reading, validating and executing the documents of bench/graphql on data in memory.
// usage: node graphql_js.mjs MODULE FOLDER ANSWERS RUN_MS
// ANSWERS is the folder with our own answers, engine-<document>.json: it says whether they are
// the same.  Prints one JSON object: operations a second of each document, warmed up.
import assert from "node:assert";
import { readFileSync } from "node:fs";

process.env.NODE_ENV = "production";
const [module, folder, answers, runMs] = process.argv.slice(2);
const { buildSchema, execute, parse, validate } = await import(module);

const read = (name) => readFileSync(`${folder}/${name}.graphql`, "utf8");
const schema = buildSchema(read("engine"));

const company = (id, handle, name, isNoc) => ({ id, handle, name, isNoc });
const noc = company("1", "lone-star-noc", "Lone Star Fiber NOC", true);
const osp = company("2", "hill-country-osp", "Hill Country Line Services", false);
const orders = Array.from({ length: 100 }, (_, i) => ({
  id: String(i),
  version: (i % 7) + 1,
  number: `BN-MFR-${String(i).padStart(7, "0")}`,
  jobType: i % 2 ? "CMR" : "MFR",
  description: 'Loss of light on the ring between two hubs, reported by the "alarm" system',
  urgent: i % 3 === 0,
  minutes: i % 3 === 0 ? null : i,
  distance: i * 0.25 + 0.5,
  status: "IN_PROGRESS",
  words: "reported complete, watching until 2026-01-06 14:05 UTC",
  createdAt: "2026-01-05T02:14:07.000000Z",
  updatedAt: "2026-01-05T03:15:08.000000Z",
  acceptedAt: i % 2 ? "2026-01-05T02:16:30.000000Z" : null,
  noc,
  osp,
}));
orders.forEach((order, i) => { order.next = orders[(i + 1) % orders.length]; });
const rootValue = {
  order: ({ id }) => orders[id],
  orders: ({ first }) => orders.slice(0, first),
};

const variablesOf = {
  twenty_fields: { id: "42" }, list: {}, fragments: { id: "42", whole: true }, introspection: {},
};

// How often ${work} can be done in a second.
function measure(work, ms) {
  let count = 0;
  const begun = performance.now();
  let now = begun;
  while (now - begun < ms) {
    for (let i = 0; i < 20; i++) work();
    count += 20;
    now = performance.now();
  }
  return (count * 1000) / (now - begun);
}

const figures = {};
let same = true;
for (const [name, variableValues] of Object.entries(variablesOf)) {
  const source = read(name);
  const document = parse(source);
  const run = (prepared) => execute({ schema, document: prepared, rootValue, variableValues });
  const prepare = () => {
    const read_ = parse(source);
    if (validate(schema, read_).length > 0) throw new Error(`${name} is not valid`);
    return read_;
  };
  const works = {
    prepare,
    execute: () => run(document),
    executeJson: () => JSON.stringify(run(document)),
    all: () => run(prepare()),
    allJson: () => JSON.stringify(run(prepare())),
  };
  const ours = JSON.parse(readFileSync(`${answers}/engine-${name}.json`, "utf8"));
  const theirs = JSON.parse(works.allJson());
  if (theirs.errors || ours.errors) throw new Error(`${name}: ${JSON.stringify(theirs.errors ?? ours.errors)}`);
  // What the engines say of themselves differs in the directives that they know.
  if (name !== "introspection") {
    try { assert.deepStrictEqual(ours.data, theirs.data); } catch { same = false; }
  }
  measure(works.allJson, Math.max(2000, 2 * runMs));
  figures[name] = {};
  for (const [phase, work] of Object.entries(works)) {
    measure(work, runMs / 2);
    figures[name][phase] = measure(work, runMs);
  }
}
console.log(JSON.stringify({ same, residentBytes: process.memoryUsage().rss, ...figures }));
