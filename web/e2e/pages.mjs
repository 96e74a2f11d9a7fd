// Every page of the demo: by clicks, by keys, large and small.
import { test } from "node:test";
import assert from "node:assert/strict";
import { api, check, open, settled, text, world } from "./world.mjs";

test("every page, large and light, small and dark", { timeout: 240_000 }, async () => {
  const { blocks } = await api("/api/v1/blocks");
  assert.ok(blocks.length >= 3, "the demo has no blocks");
  const pages = { pool: "/", blocks: "/blocks", block: `/block/${blocks[0].chain}/${blocks[0].hash}`, miner: "/miner/demo", solo: "/solo/demo", connect: "/connect", operator: "/operator" };
  for (const [size, scheme] of [["desktop", "light"], ["phone", "dark"]]) {
    const page = await open(size, scheme);
    for (const [name, url] of Object.entries(pages)) {
      await page.goto(world.base + url);
      await check(page, `${name}-${size}-${scheme}`);
    }
    await page.close();
  }
  const page = await open("desktop", "dark");
  await page.goto(world.base + "/");
  await check(page, "pool-desktop-dark");
  await page.close();
});

test("by clicks, from the pool to a block and to a miner", { timeout: 240_000 }, async () => {
  const page = await open("desktop");
  await page.goto(world.base + "/");
  await settled(page);
  assert.match(await text(page, "main"), /Recent blocks/);
  await page.click('main a[href^="/block/"]');
  await page.waitForFunction(() => document.querySelector("h1")?.textContent.startsWith("Block "));
  assert.match(await text(page, "main"), /How the reward was divided/);
  assert.equal(await page.evaluate(() => document.activeElement.tagName), "H1", "the heading of a new page has the focus");
  for (const [name, heading] of [["Blocks", "Blocks"], ["Solo", "Solo"], ["Connect", "Connect a miner"]]) {
    await page.evaluate((n) => [...document.querySelectorAll(".top nav a")].find((a) => a.textContent === n).click(), name);
    await page.waitForFunction((h) => document.querySelector("h1")?.textContent === h, {}, heading);
    assert.equal(await text(page, '.top nav a[aria-current="page"]'), name);
  }
  await page.type('input[name="address"]', "demo");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("h1")?.textContent === "demo");
  await settled(page);
  for (const words of ["Workers", "Balances", "Refused shares", "Payments", "Best share"]) assert.ok((await text(page, "main")).includes(words), words);
  await page.goBack();
  await page.waitForFunction(() => document.querySelector("h1")?.textContent === "Connect a miner");
  assert.deepEqual(page.wrong, []);
  await page.close();
});

test("numbers move by themselves", { timeout: 240_000 }, async () => {
  const page = await open("desktop");
  await page.goto(world.base + "/");
  await settled(page);
  assert.equal(await text(page, "#live"), "live");
  const before = (await api("/api/v1/blocks?limit=1")).blocks[0].number;
  await page.evaluate(() => { window.notReloaded = true; });
  await page.waitForFunction(() => document.querySelector("#news p"), { timeout: 150_000 });
  await page.waitForFunction(async (n) => {
    const { blocks } = await (await fetch("/api/v1/blocks?limit=1")).json();
    const shown = document.querySelector('main a[href^="/block/"]')?.href || "";
    return blocks[0].number > n && shown.endsWith(blocks[0].hash);
  }, { timeout: 150_000, polling: 500 }, before);
  assert.equal(await page.evaluate(() => window.notReloaded), true);
  assert.deepEqual(page.wrong, []);
  await page.close();
});

test("with the keyboard alone", { timeout: 240_000 }, async () => {
  const page = await open("desktop");
  await page.goto(world.base + "/");
  await settled(page);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the content");
  const seen = new Set();
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press("Tab");
    seen.add(await page.evaluate(() => document.activeElement.tagName + " " + (document.activeElement.textContent || document.activeElement.name)));
  }
  for (const want of ["A Blocks", "A Connect", "INPUT address", "BUTTON Find", "BUTTON week"]) assert.ok(seen.has(want), `${want} in ${[...seen]}`);
  assert.deepEqual(page.wrong, []);
  await page.close();
});

test("what is not there is said", { timeout: 240_000 }, async () => {
  const page = await open("phone");
  page.expected = /404|401/;
  await page.goto(world.base + "/miner/bc1qnobody");
  await settled(page);
  assert.match(await text(page, "main"), /Nothing is known of bc1qnobody/);
  await page.goto(world.base + "/block/bitcoin/" + "0".repeat(64));
  await settled(page);
  assert.match(await text(page, "main"), /That did not work/);
  await check(page, "no-block-phone");
  await page.close();
});

test("weight and first render, printed", { timeout: 240_000 }, async (t) => {
  const page = await open("desktop");
  await page.setCacheEnabled(false);
  const times = [];
  for (let i = 0; i < 5; i++) {
    page.bytes = 0;
    await page.goto(world.base + "/");
    await settled(page);
    times.push(await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0].startTime));
  }
  t.diagnostic(`page weight ${page.bytes} bytes as sent, first contentful paint ${times.map((x) => x.toFixed(0)).join(", ")} ms`);
  assert.ok(page.bytes < 300_000, `${page.bytes} bytes`);
  await page.close();
});
