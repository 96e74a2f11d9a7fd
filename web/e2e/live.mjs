// What moves by itself: events, lost connections, a restart of the pool, and a reader
// who must not be disturbed by it.
import { test } from "node:test";
import assert from "node:assert/strict";
import { api, open, settled, shot, start, stop, text, until, visit, world } from "./world.mjs";
import { number, rows, tile } from "./read.mjs";

const limit = { timeout: 240_000 };
const live = (pool, more) => ({ pool, hash_rate: {}, miners: 1, workers: 1, sessions: 1, accepted: 1, refused: {}, problem: null, chains: [], ...more });
const miners = async (page) => number((await tile(page, "Miners")).value);
const banner = (page) => text(page, "#banner");

// poolWith has the front's pool have as many miners as count says.
function poolWith(count) {
  world.front.change("/api/v1/pools", (was) => ({ pools: was.pools.map((p) => ({ ...p, miners: count() })) }));
  world.front.change(/^\/api\/v1\/pools\/[^/]+$/, (p) => ({ ...p, miners: count() }));
}

test("an event of the pool moves its numbers, those of another do not", limit, async () => {
  const { front } = world;
  let count = 11;
  poolWith(() => count);
  const page = await open();
  await visit(page, "/");
  assert.equal(await miners(page), 11);
  count = 12;
  front.event("pool", live("another"));
  await new Promise((f) => setTimeout(f, 1000));
  assert.equal(await miners(page), 11);
  front.event("pool", live("demo"));
  await until(() => miners(page), (n) => n === 12, "miners after an event");
  count = 13;
  front.event("tip", { chain: "bitcoin", height: 1 });
  await until(() => miners(page), (n) => n === 13, "miners after a tip");

  for (const [where, path] of [["/miner/demo", "workers"], ["/solo/demo", "workers"]]) {
    await visit(page, where);
    const before = front.asked.filter((u) => u.includes(path)).length;
    front.event("pool", live("demo"));
    await until(() => front.asked.filter((u) => u.includes(path)).length, (n) => n > before, `${where} asks for ${path}`);
  }
  assert.deepEqual(page.wrong, []);
  await page.close();
});

test("confirmations and new blocks come with tips and blocks", limit, async () => {
  const { front } = world;
  let confirmations = 41, newest = 0;
  const one = (await front.answer("/api/v1/blocks")).blocks[0];
  const block = () => ({ ...one, number: 7000, state: "accepted", confirmations, maturity: 100 });
  front.change("/api/v1/blocks", (was, q) => ({ blocks: [...(newest ? [{ ...one, number: 7001, height: newest, hash: "c".repeat(64) }] : []), block()].slice(0, q.limit), next: null }));
  front.change(/^\/api\/v1\/blocks\/[^/]+\/[^/]+$/, (was) => ({ ...was, block: block() }));
  const page = await open();
  for (const where of [`/block/${one.chain}/${one.hash}`, "/blocks", "/"]) {
    confirmations = 41;
    await visit(page, where);
    assert.match(await text(page, "main"), /41 of 100 confirmations/);
    confirmations = 66;
    front.event("tip", { chain: one.chain, state: "ready", height: 9, hash: null, at: null });
    await until(() => text(page, "main"), (t) => t.includes("66 of 100 confirmations"), `${where} after a tip`);
  }
  newest = 4242;
  front.event("block", { pool: "demo", chain: one.chain, height: newest, hash: "c".repeat(64), state: "pending", finder: "d…", reason: null, at: new Date().toISOString() });
  await until(async () => number((await rows(page, "Recent blocks"))[0].Height), (h) => h === newest, "the newest block");
  assert.deepEqual(page.wrong, []);
  await page.close();
});

test("news: three at once, and not read out without end", limit, async () => {
  const { front } = world;
  const page = await open();
  await visit(page, "/");
  await new Promise((f) => setTimeout(f, 1600)); // what comes with the stream itself is no news
  await page.evaluate(() => {
    window.said = [];
    new MutationObserver(() => window.said.push(document.querySelector("#said").textContent)).observe(document.querySelector("#said"), { childList: true, characterData: true, subtree: true });
  });
  for (let i = 1; i <= 60; i++) {
    for (const state of ["pending", "received", "accepted"]) front.event("block", { pool: "demo", chain: "bitcoin", height: i, hash: String(i).padStart(64, "0"), state, finder: "d…", reason: null, at: new Date().toISOString() });
  }
  front.event("best", { pool: "demo", difficulty: 5e6, at: new Date().toISOString() });
  const shown = () => page.$$eval("#news p", (all) => all.map((e) => e.textContent));
  assert.deepEqual(await until(shown, (all) => all.at(-1)?.includes("best share"), "news"), ["Block 59 of bitcoin found", "Block 60 of bitcoin found", "New best share: 5.00\u00a0M"]);
  await shot(page, "news", false);
  const said = await until(() => page.evaluate(() => window.said), (all) => all.length >= 2, "what is read out");
  assert.equal(said.length, 2, said.join(" | "));
  assert.match(said[1], /^New best share: .*, and 59 more$/);
  assert.deepEqual(page.wrong, []);
  await page.close();
});

test("new numbers take neither focus nor what is opened", limit, async () => {
  const { front } = world;
  let count = 21, height = 900_000;
  poolWith(() => count);
  const one = (await front.answer("/api/v1/blocks")).blocks[0];
  const block = (h) => ({ ...one, number: h, height: h, hash: String(h).padStart(64, "d") });
  front.change("/api/v1/blocks", () => ({ blocks: [0, 1, 2, 3].map((i) => block(height - i)), next: null }));
  front.change(/\/chart$/, (was) => ({ ...was, start: new Date(Date.now() - 7.2e6).toISOString(), hash_rate: [1, 2, 3, 4].map((x) => x * count), accepted: [1, 2, 3, 4], work: [1, 1, 1, 1],
    refused: { stale: [0, 0, 0, 0], duplicate: [0, 0, 0, 0], low_difficulty: [0, 0, 0, 0], invalid: [0, 0, 0, 0] } }));
  const page = await open("phone");
  await visit(page, "/");
  await page.evaluate(() => document.querySelector(".chart summary").click());
  await page.waitForSelector(".chart tbody tr");
  const wanted = { "the table of chains": '[role="region"][aria-label="Chains mined by the same work"]', "the link of a block": `main a[href="/block/${one.chain}/${block(height - 1).hash}"]`, "the drawing": ".chart svg", "a range": '[aria-label="Range of the chart"] button:nth-child(3)' };
  for (const [name, selector] of Object.entries(wanted)) {
    await page.evaluate((s) => document.querySelector(s).focus(), selector);
    const focus = await page.evaluateHandle(() => document.activeElement);
    assert.notEqual(await page.evaluate((e) => e.tagName, focus), "BODY", name);
    count++;
    height++;
    front.event("pool", live("demo"));
    front.event("block", { pool: "demo", chain: one.chain, height, hash: block(height).hash, state: "pending", finder: "d…", reason: null, at: new Date().toISOString() });
    await until(() => miners(page), (n) => n === count, "miners");
    await until(async () => number((await rows(page, "Recent blocks"))[0].Height), (h) => h === height, "the newest block");
    assert.ok(await page.evaluate((e) => e === document.activeElement && e.isConnected, focus), `${name} has lost the focus to ${await page.evaluate(() => document.activeElement.outerHTML.slice(0, 80))}`);
  }
  front.cut(); // pages ask for all of it again once they are connected
  const first = () => text(page, ".chart .axis");
  await until(first, (t) => t.startsWith(String(4 * count)), "the chart after a lost connection");
  assert.ok(await page.$eval(".chart details", (e) => e.open && e.querySelectorAll("tbody tr").length === 4), "the table of the chart was closed");
  assert.deepEqual(page.wrong, []);
  await page.close();
});

test("a hidden tab shows what it has missed", limit, async () => {
  const { front } = world;
  let height = 500;
  const one = (await front.answer("/api/v1/blocks")).blocks[0];
  front.change("/api/v1/blocks", () => ({ blocks: [{ ...one, number: height, height, hash: String(height).padStart(64, "e") }], next: null }));
  const page = await open();
  await visit(page, "/blocks");
  const hide = (state) => page.evaluate((s) => {
    Object.defineProperty(document, "visibilityState", { value: s, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, state);
  await hide("hidden");
  await until(() => front.listeners, (n) => n === 0, "listeners of a hidden page");
  height = 501;
  const shown = async () => number((await rows(page, "Blocks"))[0].Height);
  assert.equal(await shown(), 500);
  await hide("visible");
  await until(shown, (h) => h === 501, "the block that was found meanwhile");
  assert.deepEqual(page.wrong, []);
  await page.close();
});

test("a pool that goes and comes again: said at once, mended by itself", limit, async () => {
  const { front } = world;
  let count = 31;
  poolWith(() => count);
  const page = await open();
  page.expected = /503|ERR_/;
  await visit(page, "/");
  await until(() => front.asked.filter((u) => u === "/api/v1/about").length, (n) => n >= 2, "questions about the pool"); // the next is due in half a minute
  front.outage = "gone";
  front.cut();
  await until(() => banner(page), (t) => t.includes("No connection to the pool"), "the banner", 10);
  assert.notEqual(await text(page, "#live"), "live");
  assert.equal(await miners(page), 31, "old numbers stay");
  await shot(page, "away", false);

  // It listens, and still has no numbers: the stream is open before there are any.
  count = 32;
  front.outage = 503;
  await until(() => front.listeners, (n) => n === 1, "the stream of events");
    assert.equal(await text(page, "h1"), "Pool demo", "the page stays while the pool starts");
  front.outage = null;
  await until(() => miners(page), (n) => n === 32, "the miners of now");
  await until(() => banner(page), (t) => t === "", "no banner");
  assert.equal(await text(page, "#live"), "live");

  // A page that is opened while it starts.
  front.outage = 503;
  await page.goto(front.url + "/blocks");
  await page.waitForFunction(() => document.querySelector("h1")?.textContent === "That did not work");
  assert.match(await text(page, "main"), /tries again by itself/);
  front.outage = null;
  await page.waitForFunction(() => document.querySelector("h1")?.textContent === "Blocks");
  assert.ok((await rows(page, "Blocks")).length > 0);
  assert.deepEqual(page.wrong, []);
  await page.close();
});

test("without a stream of events pages ask from time to time", limit, async () => {
  const { front } = world;
  let count = 41;
  poolWith(() => count);
  front.outage = "deaf";
  const page = await open();
  page.expected = /503/;
  await page.evaluateOnNewDocument(() => { // what takes a quarter of a minute takes a second here
    const real = window.setInterval;
    window.setInterval = (f, ms) => real(f, ms === 15000 ? 1000 : ms);
  });
  await page.goto(front.url + "/");
  await settled(page);
  assert.equal(await miners(page), 41);
  count = 42;
  await until(() => miners(page), (n) => n === 42, "miners");
  assert.equal(await text(page, "#live"), "asked every 15 s");
  assert.deepEqual(page.wrong, []);
  await page.close();
});

test("the pool is restarted under an open page", { timeout: 240_000 }, async () => {
  const page = await open();
  page.expected = /503|ERR_/;
  await page.goto(world.base + "/");
  await settled(page);
  await page.waitForFunction(() => document.querySelector("#live").textContent === "live");
  await page.evaluate(() => { window.notReloaded = true; });
  const before = (await api("/api/v1/about")).started_at;
  await stop();
  await until(() => banner(page), (t) => t.includes("No connection to the pool"), "the banner", 10);
  await start(new URL(world.base).host);
  assert.notEqual((await api("/api/v1/about")).started_at, before);
  await until(() => banner(page), (t) => t === "", "no banner");
  await until(() => text(page, "#live"), (t) => t === "live", "the state of the page");
  const newest = async () => {
    const [shown] = await page.$$eval('main a[href^="/block/"]', (all) => all.map((a) => a.href.split("/").at(-1)));
    return { shown, said: (await api("/api/v1/blocks?limit=1&pool=demo")).blocks[0].hash };
  };
  await until(newest, ({ shown, said }) => shown === said, "the newest block of the new pool");
  await until(async () => [number((await rows(page, "Chains mined by the same work"))[0].Found), (await api("/api/v1/pools")).pools[0].chains[0].blocks_found], ([a, b]) => a === b, "blocks found");
  assert.equal(await page.evaluate(() => window.notReloaded), true);
  assert.deepEqual(page.wrong, []);
  await page.close();
});
