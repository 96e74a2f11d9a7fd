// What people type and what pools look like that nobody thought of: names without an
// end, from right to left, with a worker behind them; an empty pool; numbers without
// measure.
import { test } from "node:test";
import assert from "node:assert/strict";
import { check, checkBoth, open, settled, text, until, visit, world } from "./world.mjs";
import { rows } from "./read.mjs";

const limit = { timeout: 240_000 };
const long = "a_worker_whose_name_never_ends_and_has_no_blank_in_it_" + "0123456789".repeat(6);
const rightToLeft = "עובד־הכרייה";

// filled is a pool with five auxiliary chains in all states, and numbers at their ends.
function filled(p) {
  const [parent, aux] = p.chains;
  const chain = (name, i) => ({ ...aux, chain: name, network_difficulty: 10 ** (5 * i - 8), seconds_to_block: [null, 5, 5e4, 5e9, 5e13][i],
    state: ["ready", "down", "syncing", "parked", "degraded"][i], left_out: i === 1 ? "the node is of another chain: it says chain id 57, and 5 was expected" : "" });
  return { ...p, miners: 1234567, workers: 98765432, sessions: 123456789, hash_rate: { minute: 9.99e20, five_minutes: 1.2345e21, hour: 8e20, day: 7e20 },
    chains: [{ ...parent, network_difficulty: 1.4e14, seconds_to_block: 3e15, round: { ...parent.round, effort: 123.45 } },
      ...["namecoin", "syscoin", "elastos", "rootstock", "a-chain-with-a-name-of-its-own"].map(chain)] };
}

test("long and foreign names, five chains and numbers without measure", limit, async () => {
  const { front } = world;
  front.change("/api/v1/pools", (d) => ({ ...d, pools: d.pools.map(filled) }));
  front.change("/api/v1/pools/demo", filled);
  front.change("/api/v1/accounts/demo", (d) => ({ ...d, account: long, pools: d.pools.map((p) => ({ ...p,
    shares_day: { ...p.shares_day, refused: { stale: 12345, duplicate: 1, low_difficulty: 7, invalid: 999999 } },
    refused_by_reason: { stale: 100, "a-reason-of-tomorrow": 3 },
    chains: p.chains.map((c) => ({ ...c, balance: { ...c.balance, owed: "1234567890123456789012345678" } })) })) }));
  front.change("/api/v1/accounts/demo/workers", (d) => ({ ...d, next: null, workers: [long, rightToLeft, "<b>bold</b>&amp;"].map((name) => ({ ...d.workers[0], id: name, name, online: true })) }));
  const page = await open();
  page.expected = /404.*settings$/; // nobody has that name
  await visit(page, "/");
  assert.equal((await rows(page, "Chains mined by the same work")).length, 6);
  await checkBoth(page, "odd-pool");

  await visit(page, "/miner/demo");
  assert.deepEqual((await rows(page, "Workers")).map((w) => w.Worker), [long, rightToLeft, "<b>bold</b>&amp;"]);
  assert.ok((await rows(page, "Balances")).every((b) => b.Owed.replaceAll("\u202f", "").startsWith("12345678901234567890.12345678")), "every digit of an amount");
  const wide = await page.$eval('[aria-label="Workers"]', (e) => e.scrollWidth - e.clientWidth);
  assert.ok(wide <= 0, `a long name makes the table of workers ${wide} pixels wider than its place`);
  await checkBoth(page, "odd-miner");
  await page.close();
});

test("on a phone, what to do about refused shares takes the whole width", limit, async () => {
  const { front } = world;
  front.change("/api/v1/accounts/demo", (d) => ({ ...d, pools: d.pools.map((p) => ({ ...p, shares_day: { ...p.shares_day, refused: { ...p.shares_day.refused, stale: 40 } }, refused_by_reason: { "reason-of-tomorrow": 40 } })) }));
  const page = await open("phone");
  await visit(page, "/miner/demo");
  const cell = await page.$eval('[aria-label="Refused shares, last day"] td[data-name="What to do"]', (td) => ({ text: td.firstChild.clientWidth, row: td.parentNode.clientWidth, align: getComputedStyle(td).textAlign }));
  assert.ok(cell.text > 0.95 * cell.row && cell.align === "left", JSON.stringify(cell));
  assert.equal(await page.$eval('[aria-label="Why, since the first share"] td[data-name="What it means"]', (td) => td.clientHeight), 0, "no label without words");
  const nav = await page.$$eval(".top nav a", (all) => new Set(all.filter((a) => !a.hidden).map((a) => a.offsetTop)).size);
  assert.equal(nav, 1, "lines of the navigation");
  await page.close();
});

test("a pasted user name leads to its account", limit, async () => {
  const page = await open();
  page.expected = /404/;
  for (const [from, to] of [["/miner/", "demo"], ["/solo/", "Solo demo"]]) {
    await page.goto(world.base + from + "demo.cpu");
    await settled(page);
    assert.match(await text(page, "main"), /Nothing is known of demo\.cpu/);
    assert.equal(await page.$eval("main a", (a) => a.textContent), "demo");
    await page.click("main a");
    await page.waitForFunction((h) => document.querySelector("h1")?.textContent === h, {}, to);
  }
  await page.goto(world.base + "/miner/nobody");
  await settled(page);
  assert.equal(await page.$("main a"), null, "nothing to shorten");
  assert.deepEqual(page.wrong, []);
  await page.close();
});

test("the chart of an account begins with the hour, later with the day", limit, async () => {
  const { front } = world;
  const page = await open();
  for (const [hours, want] of [[1, "hour"], [30, "day"]]) {
    front.change("/api/v1/accounts/demo", (d) => ({ ...d, pools: d.pools.map((p) => ({ ...p, first_seen_at: new Date(Date.now() - hours * 3600000).toISOString() })) }));
    await visit(page, "/miner/demo");
    assert.equal(await page.$eval('[aria-label="Range of the chart"] [aria-pressed="true"]', (b) => b.textContent), want);
  }
  await page.close();
});

test("a pool in which nothing has happened", limit, async () => {
  const { front } = world;
  const nothing = { minute: 0, five_minutes: 0, hour: 0, day: 0 };
  const none = { accepted: 0, work: 0, refused: { stale: 0, duplicate: 0, low_difficulty: 0, invalid: 0 } };
  const empty = (p) => ({ ...p, miners: 0, workers: 0, sessions: 0, hash_rate: nothing, shares: none, shares_day: none, best_share: null, last_share_at: null,
    chains: p.chains.map((c) => ({ ...c, state: "starting", tip: { ...c.tip, height: 0, at: null }, network_difficulty: 0, seconds_to_block: null, round: null, luck: null, last_block: null, blocks_found: 0, block_reward: "0" })) });
  front.change("/api/v1/pools", (d) => ({ ...d, pools: d.pools.map(empty) }));
  front.change("/api/v1/pools/demo", empty);
  front.change("/api/v1/pools/demo/chart", (d) => ({ ...d, hash_rate: d.hash_rate.map(() => 0) }));
  front.change("/api/v1/blocks", (d) => ({ ...d, blocks: [], next: null }));
  const page = await open();
  await visit(page, "/");
  const words = await text(page, "main");
  for (const want of ["No block has been found yet.", "Nothing was mined in this time", "no block yet"]) assert.ok(words.includes(want), want);
  assert.doesNotMatch(words, /NaN|Infinity|undefined|null|Invalid Date/);
  await checkBoth(page, "odd-empty");
  await visit(page, "/blocks");
  assert.match(await text(page, "main"), /No block fits\./);
  await page.close();
});

test("over a slow line the page says that it loads, and then shows all", limit, async () => {
  const page = await open("phone");
  const line = await page.createCDPSession();
  await line.send("Network.emulateNetworkConditions", { offline: false, latency: 600, downloadThroughput: 20_000, uploadThroughput: 20_000 });
  const done = page.goto(world.base + "/miner/demo");
  await until(() => page.evaluate(() => document.querySelector("main")?.textContent.trim()).catch(() => ""), (t) => t === "Loading…", "a word while it loads");
  await done;
  await check(page, "slow-phone");
  assert.equal(await text(page, "h1"), "demo");
  await page.close();
});
