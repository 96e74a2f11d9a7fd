// Every number on the pages is compared with what the API has said.
import { test } from "node:test";
import assert from "node:assert/strict";
import { checkBoth, open, text, until, visit, world } from "./world.mjs";
import { near, nearTime, number, rows, seconds, tile, units } from "./read.mjs";

const limit = { timeout: 240_000 };
const clone = (x) => structuredClone(x);
const sum = (counts) => Object.values(counts).reduce((a, b) => a + b, 0);
const ago = (s) => new Date(Date.now() - s * 1000).toISOString();
const rates = (x) => ({ minute: 1.11 * x, five_minutes: 2.22 * x, hour: 3.33 * x, day: 4.44 * x });
const shares = { accepted: 12345, work: 1, refused: { stale: 41, duplicate: 7, low_difficulty: 23, invalid: 3 } };

// ownPool is the demo's pool with numbers of which no two are the same.
function ownPool(was) {
  const p = clone(was);
  Object.assign(p, { hash_rate: rates(1e12), miners: 123, workers: 456, sessions: 789, shares, shares_day: shares, fee_bps: 125, best_share: { difficulty: 9.87e9, at: ago(120) } });
  p.chains.forEach((c, i) => Object.assign(c, {
    network_difficulty: 1.27e14 / (i + 1), seconds_to_block: 5400 * 7 ** i, block_reward: String(312_512_345_678n + BigInt(i)), blocks_found: 17 + i,
    round: { effort: 0.4567 + i, work: 1, started_at: ago(4000), best_share: 5 }, luck: { blocks: 8, effort: 1.1, luck: 0.873 },
    tip: { ...c.tip, height: 840_001 + i, at: ago(77) },
  }));
  return p;
}

// blocks are made up from one of the demo's, newest first.
const blocks = (one, count) => Array.from({ length: count }, (_, i) => ({
  ...one, number: 5000 - i, height: 840_000 - i, hash: (i + 1).toString(16).padStart(64, "a"), confirmations: 3 + i, maturity: 100,
  state: ["accepted", "mature", "orphaned"][i % 3], reward: String(312_500_000n + BigInt(i)), effort: 0.1234 * (i + 1), found_at: ago(600 * (i + 1)),
}));

// pagesOf answers like the API does: as many as are asked for, from a place on.
const pagesOf = (name, all) => (was, q) => {
  const from = Number(q.cursor || 0), limit = Number(q.limit || 50);
  return { ...was, [name]: all.slice(from, from + limit), next: from + limit < all.length ? String(from + limit) : null };
};

function compareBlock(row, b, finder) {
  assert.equal(row.Chain, b.chain);
  assert.equal(number(row.Height), b.height);
  assert.match(row.State, b.state === "accepted" ? new RegExp(`^accepted\\s+${b.confirmations} of ${b.maturity} confirmations$`) : new RegExp(`^${b.state}$`));
  assert.equal(units(row.Reward, b.decimals), b.reward, "reward");
  near(row.Effort, b.effort, "effort");
  assert.equal(row["Found by"], finder ?? b.finder);
}

test("the pool's numbers are the API's", limit, async () => {
  const { front } = world;
  front.change("/api/v1/pools", (was) => ({ pools: was.pools.map(ownPool) }));
  front.change(/^\/api\/v1\/pools\/[^/]+$/, ownPool);
  const one = (await front.answer("/api/v1/blocks")).blocks[0];
  front.change("/api/v1/blocks", pagesOf("blocks", blocks(one, 30)));
  const page = await open();
  await visit(page, "/");
  const p = (await front.answer("/api/v1/pools")).pools[0];

  const rate = await tile(page, "Hash rate");
  near(rate.value, p.hash_rate.five_minutes, "hash rate", "H/s");
  const [, minute, day] = rate.sub.match(/1 min (.*) · day (.*)/);
  near(minute, p.hash_rate.minute, "of a minute", "H/s");
  near(day, p.hash_rate.day, "of a day", "H/s");
  const miners = await tile(page, "Miners");
  assert.equal(number(miners.value), p.miners);
  assert.deepEqual(miners.sub.match(/\d+/g).map(Number), [p.workers, p.sessions]);
  near((await tile(page, "Effort of this round")).value, p.chains[0].round.effort, "effort");
  near((await tile(page, "Luck")).value, p.chains[0].luck.luck, "luck");
  near((await tile(page, "Best share")).value, p.best_share.difficulty, "best share");
  const day1 = await tile(page, "Shares, last day");
  assert.equal(number(day1.value), p.shares_day.accepted);
  near(day1.sub.replace(" refused", ""), sum(p.shares_day.refused) / (p.shares_day.accepted + sum(p.shares_day.refused)), "refused part");
  assert.match(await text(page, "main"), /fee 1\.25\u00a0%/);

  const chains = await rows(page, "Chains mined by the same work");
  assert.equal(chains.length, p.chains.length);
  chains.forEach((row, i) => {
    const c = p.chains[i];
    assert.match(row.Chain, new RegExp(`^${c.chain}\\b`));
    assert.equal(number(row.Tip.split("\n")[0]), c.tip.height);
    near(row.Difficulty, c.network_difficulty, "network difficulty");
    near(row["Effort of this round"], c.round.effort, "effort");
    nearTime(row["Next block expected"], c.seconds_to_block, "next block");
    assert.equal(units(row["Block reward"], c.decimals), c.block_reward);
    assert.equal(number(row.Found), c.blocks_found);
  });
  const { blocks: recent } = await front.answer("/api/v1/blocks?limit=10");
  const shown = await rows(page, "Recent blocks");
  assert.equal(shown.length, 10);
  shown.forEach((row, i) => compareBlock(row, recent[i]));
  assert.deepEqual(page.wrong, []);
  await page.close();
});

test("blocks: all rows, older ones, filters and one block", limit, async () => {
  const { front } = world;
  const one = (await front.answer("/api/v1/blocks")).blocks[0], all = blocks(one, 120);
  front.change("/api/v1/blocks", (was, q) => {
    if (q.state !== "orphaned") return pagesOf("blocks", all)(was, q);
    // What a filter leaves of a part of the ledger may be nothing, though more follows.
    if (!q.cursor) return { blocks: [], next: "further" };
    return { blocks: all.filter((b) => b.state === "orphaned").slice(0, 4), next: null };
  });
  const page = await open();
  await visit(page, "/blocks");
  (await rows(page, "Blocks")).forEach((row, i) => compareBlock(row, all[i]));
  assert.equal((await rows(page, "Blocks")).length, 50);
  for (const want of [100, 120]) {
    await page.evaluate(() => [...document.querySelectorAll("main button")].find((b) => b.textContent === "Older").click());
    await until(async () => (await rows(page, "Blocks")).length, (n) => n === want, "rows after Older");
  }
  (await rows(page, "Blocks")).forEach((row, i) => compareBlock(row, all[i]));
  assert.equal(await page.evaluate(() => [...document.querySelectorAll("main button")].filter((b) => b.textContent === "Older").length), 0);
  await page.select('select[name="state"]', "orphaned");
  await until(async () => (await rows(page, "Blocks")).map((r) => r.State), (s) => s.length === 4 && s.every((x) => x === "orphaned"), "orphaned blocks");

  front.change(/^\/api\/v1\/blocks\/[^/]+\/[^/]+$/, (was) => ({ ...was, block: { ...was.block, confirmations: 41, maturity: 100, effort: 0.777, difficulty: 4.5e12, network_difficulty: 1.2e12, reward: "312500001" } }));
  const where = `/block/${one.chain}/${one.hash}`;
  await visit(page, where);
  const d = await front.answer(`/api/v1/blocks/${one.chain}/${one.hash}`);
  const facts = await page.$$eval("main tbody tr", (all) => Object.fromEntries(all.filter((r) => r.cells.length === 2).map((r) => [r.cells[0].textContent, r.cells[1].textContent])));
  assert.match(facts.State, /41 of 100 confirmations/);
  assert.equal(facts.Hash, one.hash);
  assert.equal(units(facts.Reward, one.decimals), d.block.reward);
  near(facts.Effort, d.block.effort, "effort");
  near(facts["Difficulty of its hash"].split(" (")[0], d.block.difficulty, "difficulty");
  assert.deepEqual(page.wrong, []);
  await page.close();
});

// ownAccount is the demo's account with numbers of which no two are the same.
function ownAccount(was) {
  const a = clone(was), p = a.pools[0];
  Object.assign(p, { hash_rate: rates(1e9), workers_online: 3, sessions: 5, shares_day: shares, shares, refused_by_reason: { "stale": 31, "job-not-found": 10, "duplicate": 7, "low-difficulty": 23, "pool-busy": 3 },
    best_share: { difficulty: 6.54e7, at: ago(50) }, last_seen_at: ago(5) });
  p.chains.forEach((c, i) => Object.assign(c, {
    balance: { immature: `${1 + i}11000001`, mature: `${1 + i}00`, by_shares: `${1 + i}66000006`, owed: `${1 + i}22000002`, sending: `${1 + i}33000003`, paid: `${1 + i}44000004`,
      not_paid: `${1 + i}88000008`, in_coinbases: `${1 + i}55000005`, carried: `-${1 + i}77000007`, not_paid: `${1 + i}88000008` },
    network_difficulty: 2.5e8 * (i + 1), round_best_share: 1.23e6 * (i + 1), seconds_to_block: 700_000 * (i + 1), chance_per_day: 0.0321 / (i + 1),
  }));
  return a;
}

const worker = (one, name, online, devices, at) => ({ ...one, id: name, name, online, hash_rate: rates(1e6 * at), shares_day: { ...shares, accepted: 1000 * at }, devices, sessions: devices.length });

// workersOf answers with those that are online where they alone are asked for.
const workersOf = (all) => (was, q) => pagesOf("workers", all.filter((w) => w.online || q.online !== "true"))(was, q);

test("a miner's numbers are the API's", limit, async () => {
  const { front } = world;
  front.change("/api/v1/accounts/demo", ownAccount);
  const one = (await front.answer("/api/v1/accounts/demo/workers")).workers[0];
  front.change("/api/v1/accounts/demo/workers", workersOf([worker(one, "gone", false, [], 1), worker(one, "here", true, one.devices, 2), worker(one, "there", true, one.devices, 3)]));
  const payment = (i) => ({ number: 90 - i, pool: "demo", chain: "bitcoin", symbol: "BTC", decimals: 8, state: "confirmed", txid: String(i).padStart(64, "b"), amount: `${i + 1}23456789`, accounts: 1, made_at: ago(3600 * i), changed_at: ago(3000 * i) });
  const paid = Array.from({ length: 70 }, (_, i) => payment(i));
  // The newest payments of the pool are of others.
  front.change("/api/v1/accounts/demo/payments", (was, q) => (q.cursor ? pagesOf("payments", paid)(was, { ...q, cursor: Number(q.cursor) }) : { ...was, payments: [], next: "0" }));
  const page = await open();
  await visit(page, "/miner/demo");
  const p = (await front.answer("/api/v1/accounts/demo")).pools[0];
  near((await tile(page, "Hash rate")).value, p.hash_rate.five_minutes, "hash rate", "H/s");
  assert.equal(number((await tile(page, "Workers")).value), p.workers_online);
  near((await tile(page, "Best share")).value, p.best_share.difficulty, "best share");
  assert.equal(number((await tile(page, "Shares, last day")).value), p.shares_day.accepted);

  const columns = { Immature: "immature", Owed: "owed", "Being paid": "sending", Paid: "paid", "Share of blocks, not paid by this pool": "not_paid", "Earned by shares": "by_shares", "In coinbases": "in_coinbases", Carried: "carried", "Share of blocks, not paid by this pool": "not_paid" };
  const balances = await rows(page, "Balances");
  assert.equal(balances.length, p.chains.length);
  balances.forEach((row, i) => {
    for (const [column, key] of Object.entries(columns)) assert.equal(units(row[column], p.chains[i].decimals), p.chains[i].balance[key], `${column} of ${row.Chain}`);
  });

  const workers = await rows(page, "Workers");
  assert.deepEqual(workers.map((w) => [w.Worker, w.State]), [["here", "online"], ["there", "online"], ["gone", "offline"]], "who mines stands first");
  near(workers[0]["1 min"], 2.22e6, "a minute", "H/s");
  near(workers[0]["1 hour"], 6.66e6, "an hour", "H/s");
  near(workers[0].day, 8.88e6, "a day", "H/s");
  near(workers[0].Refused, 74 / 2074, "refused part");

  const refused = await rows(page, "Refused shares, last day");
  assert.deepEqual(refused.map((r) => [r.Refused, number(r.Number)]), [["Stale", 41], ["Duplicate", 7], ["Below difficulty", 23], ["Invalid", 3]]);
  near(refused[0].Share, 41 / (12345 + 74), "part of all shares");
  const why = await rows(page, "Why, since the first share");
  assert.deepEqual(why.map((r) => [r.Refused, number(r.Number)]), [["Stale", 31], ["Below difficulty", 23], ["Unknown work", 10], ["Duplicate", 7], ["Pool busy", 3]]);
  assert.ok(why.every((r) => r["What it means"].length > 20));

  await checkBoth(page, "miner-full");
  const first = await rows(page, "Payments");
  assert.equal(first.length, 20, "payments after an empty page");
  first.forEach((row, i) => assert.equal(units(row.Amount, 8), paid[i].amount));
  await page.evaluate(() => [...document.querySelectorAll("main button")].find((b) => b.textContent === "Older").click());
  await until(async () => (await rows(page, "Payments")).length, (n) => n === 40, "payments after Older");
  assert.deepEqual(page.wrong, []);
  await page.close();
});

test("odds and devices of a solo miner", limit, async () => {
  const { front } = world;
  front.change("/api/v1/accounts/demo", ownAccount);
  const one = (await front.answer("/api/v1/accounts/demo/workers")).workers[0];
  const device = (i) => ({ ...one.devices[0], agent: `device ${i}`, difficulty: 1024 * (i + 1), accepted: 100 + i, refused: i, connected_at: ago(1000 * (i + 1)), hash_rate: 3.33e6 * (i + 1) });
  const gone = Array.from({ length: 2100 }, (_, i) => worker(one, `old${i}`, false, [], 1));
  const twin = worker(one, "twin", true, [device(0), device(1)], 4);
  front.change("/api/v1/accounts/demo/workers", workersOf([...gone, twin, { ...worker(one, "zzz", true, [device(2)], 5), sessions: 8 }]));
  const page = await open();
  await visit(page, "/solo/demo");
  const p = (await front.answer("/api/v1/accounts/demo")).pools[0];
  const odds = await rows(page, "Odds of a block");
  assert.equal(odds.length, p.chains.length);
  odds.forEach((row, i) => {
    const c = p.chains[i], within = (days) => 1 - (1 - c.chance_per_day) ** days;
    near(row.Difficulty, c.network_difficulty, "network difficulty");
    near(row["in a day"], within(1), "odds of a day");
    near(row["in a week"], within(7), "odds of a week");
    near(row["in a year"], within(365.25), "odds of a year");
    nearTime(row["One on average in"], c.seconds_to_block, "mean time");
    near(row["Best since the last block"], c.round_best_share, "best share");
  });
  assert.match(await text(page, "main"), /At the hash rate of/);
  near((await tile(page, "Best share ever")).value, p.best_share.difficulty, "best share");
  assert.equal(number((await tile(page, "Best share ever")).sub.match(/1 in (\S+) of a block/)[1]), Math.round(p.chains[0].network_difficulty / p.best_share.difficulty), "part of a block");

  const devices = await rows(page, "Devices");
  assert.deepEqual(devices.map((d) => [d.Worker, d.Device, number(d.Accepted)]), [["twin", "device 0", 100], ["twin", "device 1", 101], ["zzz", "device 2", 102]]);
  devices.forEach((d, i) => near(d["Hash rate"], 3.33e6 * (i + 1), "a device's own rate", "H/s"));
  assert.match(await text(page, "main"), /And 7 connections more\./);
  near(devices[1].Difficulty, 2048, "difficulty");
  await checkBoth(page, "solo-full");
  assert.deepEqual(page.wrong, []);
  await page.close();
});

test("how to connect is what the API says", limit, async () => {
  const { front } = world;
  const page = await open();
  for (const many of [false, true]) {
    front.reset();
    if (many) front.change("/api/v1/connect", (was) => {
      const p = clone(was.pools[0]), port = (i, tls, profile) => ({ ...p.listeners[0], url: `stratum+${tls ? "ssl" : "tcp"}://pool.test:${3333 + i}`, host: "pool.test", port: 3333 + i, tls, profile, reach: "any" });
      return { pools: [{ ...p, listeners: [port(0, false, "low"), port(1, false, "normal"), port(2, true, "rental")] }, { ...p, pool: "other" }] };
    });
    await visit(page, "/connect");
    const { pools } = await front.answer("/api/v1/connect");
    const codes = await page.$$eval("main .copy code", (all) => all.map((e) => e.textContent));
    assert.deepEqual(codes, pools.flatMap((p) => [...p.listeners.map((l) => l.url), p.user, p.password]));
    for (const l of pools[0].listeners) assert.ok(codes.includes(`stratum+${l.tls ? "ssl" : "tcp"}://${l.host}:${l.port}`), `${l.host}:${l.port}`);
    const lines = await page.$$eval("main tbody .mono", (all) => all.map((e) => e.textContent));
    assert.deepEqual(lines, pools.flatMap((p) => p.devices.map((d) => d.line)));
    const copies = await page.$$eval("main .copy button", (all) => all.map((b) => b.getAttribute("aria-label")));
    assert.deepEqual(copies, codes.map((c) => "Copy: " + c), "each button copies what stands beside it");
    if (many) await checkBoth(page, "connect-full");
    if (many) for (const words of ["for small devices", "for most devices", "for rented hash rate"]) assert.ok((await text(page, "main")).includes(words), words);
  }
  assert.deepEqual(page.wrong, []);
  await page.close();
});

// series is a chart like the API's, with a point of its own for each step.
function series(was, q, from) {
  const step = { minute: 60, hour: 3600, day: 86400 }[q.resolution];
  const start = Math.ceil(Date.parse(from) / 1000 / step) * step;
  const n = Math.min(60, Math.floor((Date.now() / 1000 - start) / step));
  const make = (f) => Array.from({ length: n }, (_, i) => f(i));
  return { ...was, resolution: q.resolution, step_seconds: step, start: new Date(start * 1000).toISOString(), hash_rate: make((i) => 1e12 * (1 + ((i * 7) % 13))), accepted: make((i) => 100 + i), work: make(() => 1),
    refused: { stale: make((i) => i % 3), duplicate: make(() => 1), low_difficulty: make(() => 0), invalid: make(() => 0) } };
}

test("the chart: its points, its ranges, by keyboard and as a table", limit, async () => {
  const { front } = world;
  let last;
  front.change(/^\/api\/v1\/pools\/[^/]+\/chart$/, (was, q, from) => (last = { q, from, data: series(was, q, from) }).data);
  const page = await open();
  await visit(page, "/");
  for (const [name, hours] of [["hour", 1], ["week", 168], ["90 days", 2160], ["day", 24]]) {
    last = null;
    await page.evaluate((n) => [...document.querySelectorAll('[aria-label="Range of the chart"] button')].find((b) => b.textContent === n).click(), name);
    await until(() => last, Boolean, `an answer for the range ${name}`);
    const asked = (Date.now() - Date.parse(last.from)) / 3_600_000;
    assert.ok(Math.abs(asked - hours) < 0.05, `${name}: asked for ${asked} h`);
    assert.equal(await page.$eval('[aria-label="Range of the chart"] [aria-pressed="true"]', (b) => b.textContent), name);
    // Heights in the drawing are as the rates, from its lower edge.
    const { data } = last, high = Math.max(...data.hash_rate);
    await until(() => page.$eval(".chart svg .line", (e) => e.getAttribute("d").match(/[-\d.]+ [-\d.]+/g).map((xy) => Number(xy.split(" ")[1]))), (ys) =>
      ys.length === data.hash_rate.length && ys.every((y, i) => Math.abs((200 - y) / (200 - Math.min(...ys)) - data.hash_rate[i] / high) < 0.002), `the line of the range ${name}`);
  }

  const { data } = last, n = data.hash_rate.length;
  const point = (i, said) => {
    const [, rate, accepted, refused] = said.match(/: (.*), (.*) accepted, (.*) refused$/) || assert.fail(`no point: ${said}`);
    near(rate, data.hash_rate[i], `rate of point ${i}`, "H/s");
    assert.equal(number(accepted), data.accepted[i]);
    assert.equal(number(refused), Object.values(data.refused).reduce((all, c) => all + c[i], 0));
  };
  await page.evaluate(() => document.querySelector(".chart svg").focus());
  assert.equal(await page.evaluate(() => document.activeElement.tagName), "svg", "the drawing takes the focus");
  for (const [key, i] of [["ArrowLeft", n - 2], ["ArrowLeft", n - 3], ["ArrowRight", n - 2], ["Home", 0], ["ArrowLeft", 0], ["End", n - 1]]) {
    await page.keyboard.press(key);
    point(i, await text(page, ".chart output"));
  }
  await page.evaluate(() => document.querySelector(".chart summary").click());
  await page.waitForSelector(".chart tbody tr");
  const table = await page.$$eval(".chart tbody tr", (all) => all.map((r) => [...r.cells].map((c) => c.textContent)));
  assert.equal(table.length, n);
  table.forEach(([, rate, accepted, refused], i) => point(i, `x: ${rate}, ${accepted} accepted, ${refused} refused`));
  assert.deepEqual(page.wrong, []);
  await page.close();
});

test("how times and amounts are read here", () => {
  assert.equal(seconds("5\u00a0min"), 300);
  assert.equal(seconds("1.50\u00a0k\u00a0years"), 1500 * 31557600);
  assert.equal(units("−1\u202f234.5\u00a0BTC", 8), "-123450000000");
  assert.equal(number("2.22\u00a0TH/s", "H/s"), 2.22e12);
  for (const [shown, want] of [["2.22\u00a0TH/s", 2.2249e12], ["3.6\u00a0%", 0.0357], ["1.9e-8", 1.877e-8], ["123\u00a0G", 122.6e9]]) near(shown, want, "x");
  for (const [shown, want] of [["2.24\u00a0TH/s", 2.22e12], ["3.6\u00a0%", 0.0367], ["1.9e-8", 1.877e-7], ["2\u00a0T", 1.9e12]]) assert.throws(() => near(shown, want, "x"), /API says/, shown);
});
