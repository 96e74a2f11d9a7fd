// Clicks through every page of the dashboard of a running demo, in Chromium.
//
// MOTHERLODE is the program (default: built from this checkout), CHROMIUM the browser
// (default: Debian's). Pictures of all pages go to shots/.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import path from "node:path";
import puppeteer from "puppeteer-core";

const here = path.dirname(fileURLToPath(import.meta.url));
const chromium = process.env.CHROMIUM || "/usr/bin/chromium";
const axe = readFileSync(path.join(here, "node_modules/axe-core/axe.min.js"), "utf8");
const token = "0123456789abcdef0123456789abcdef";
let base, pool, browser;

before(async () => {
  assert.ok(existsSync(chromium), `${chromium} is missing: apt-get install chromium, or set CHROMIUM`);
  let program = process.env.MOTHERLODE;
  if (!program) {
    program = path.join(here, "node_modules/motherlode");
    execFileSync("go", ["build", "-o", program, "./cmd/motherlode"], { cwd: path.join(here, "../.."), stdio: "inherit" });
  }
  pool = spawn(program, ["demo", "--stay", "--blocks", "2", "--operator-token", token], { stdio: ["ignore", "pipe", "inherit"] });
  base = await new Promise((found, lost) => {
    let text = "", url = null;
    pool.stdout.on("data", (d) => {
      text += d;
      url ||= text.match(/dashboard at (http:\S+)\//)?.[1];
      if (url && text.includes("until Ctrl-C")) found(url);
    });
    pool.on("exit", (code) => lost(new Error(`the demo ended with ${code}: ${text}`)));
  });
  mkdirSync(path.join(here, "shots"), { recursive: true });
  browser = await puppeteer.launch({ executablePath: chromium, args: ["--no-sandbox", "--disable-gpu"] });
}, { timeout: 300_000 });

after(async () => {
  await browser?.close();
  if (!pool || pool.exitCode !== null) return;
  pool.removeAllListeners("exit");
  const gone = new Promise((done) => pool.on("exit", done));
  pool.kill("SIGINT");
  await gone;
});

const sizes = { desktop: { width: 1280, height: 900 }, phone: { width: 360, height: 740, isMobile: true, hasTouch: true } };

// open is a page that notes what must not happen: errors, and requests to other hosts.
async function open(size, scheme = "light") {
  const page = await browser.newPage();
  page.wrong = [];
  page.bytes = 0;
  page.on("console", (m) => { if (m.type() === "error" && !page.expected?.test(m.text() + m.location().url)) page.wrong.push("console: " + m.text() + " " + m.location().url); });
  page.on("pageerror", (e) => page.wrong.push("error: " + e.message));
  page.on("request", (r) => { if (!r.url().startsWith(base) && !r.url().startsWith("data:")) page.wrong.push("request to another host: " + r.url()); });
  page.on("requestfailed", (r) => { if (!r.url().endsWith("/api/v1/events") && r.failure().errorText !== "net::ERR_ABORTED") page.wrong.push("failed: " + r.url() + " " + r.failure().errorText); });
  const session = await page.createCDPSession();
  await session.send("Network.enable");
  session.on("Network.loadingFinished", (e) => { page.bytes += e.encodedDataLength; });
  await page.setViewport(sizes[size]);
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  return page;
}

async function settled(page) {
  await page.waitForSelector('main[aria-busy="false"] h1', { timeout: 20_000 });
  await page.waitForNetworkIdle({ idleTime: 100, concurrency: 1, timeout: 20_000 }); // one: the stream of events
}

// check is what holds for every page.
async function check(page, name) {
  await settled(page);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `${name}: ${wide} pixels wider than the window`);
  await page.evaluate(axe + ";0");
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.target.join(" ")).slice(0, 3).join(", ")}`), [], name);
  await page.screenshot({ path: path.join(here, "shots", name + ".png"), fullPage: true });
  assert.deepEqual(page.wrong, [], name);
}

const api = async (p) => (await fetch(base + p)).json();
const text = (page, selector) => page.$eval(selector, (e) => e.textContent);

test("every page, large and light, small and dark", { timeout: 240_000 }, async () => {
  const { blocks } = await api("/api/v1/blocks");
  assert.ok(blocks.length >= 3, "the demo has no blocks");
  const pages = { pool: "/", blocks: "/blocks", block: `/block/${blocks[0].chain}/${blocks[0].hash}`, miner: "/miner/demo", solo: "/solo/demo", connect: "/connect", operator: "/operator" };
  for (const [size, scheme] of [["desktop", "light"], ["phone", "dark"]]) {
    const page = await open(size, scheme);
    for (const [name, url] of Object.entries(pages)) {
      await page.goto(base + url);
      await check(page, `${name}-${size}-${scheme}`);
    }
    await page.close();
  }
});

test("by clicks, from the pool to a block and to a miner", { timeout: 60_000 }, async () => {
  const page = await open("desktop");
  await page.goto(base + "/");
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

test("numbers move by themselves", { timeout: 120_000 }, async () => {
  const page = await open("desktop");
  await page.goto(base + "/");
  await settled(page);
  assert.equal(await text(page, "#live"), "live");
  const before = (await api("/api/v1/blocks?limit=1")).blocks[0].number;
  await page.evaluate(() => { window.notReloaded = true; });
  await page.waitForFunction(() => document.querySelector("#news p"), { timeout: 60_000 });
  await page.waitForFunction(async (n) => {
    const { blocks } = await (await fetch("/api/v1/blocks?limit=1")).json();
    const shown = document.querySelector('main a[href^="/block/"]')?.href || "";
    return blocks[0].number > n && shown.endsWith(blocks[0].hash);
  }, { timeout: 60_000, polling: 500 }, before);
  assert.equal(await page.evaluate(() => window.notReloaded), true);
  await page.screenshot({ path: path.join(here, "shots", "news.png") });
  assert.deepEqual(page.wrong, []);
  await page.close();
});

test("with the keyboard alone", { timeout: 60_000 }, async () => {
  const page = await open("desktop");
  await page.goto(base + "/");
  await settled(page);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the content");
  const seen = new Set();
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press("Tab");
    seen.add(await page.evaluate(() => document.activeElement.tagName + " " + (document.activeElement.textContent || document.activeElement.name)));
  }
  for (const want of ["A Blocks", "A Connect", "INPUT address", "BUTTON Find", "BUTTON week"]) assert.ok(seen.has(want), `${want} in ${[...seen]}`);
  await page.focus(".chart svg").catch(() => {}); // there is one once something was mined
  await page.keyboard.press("ArrowLeft");
  assert.deepEqual(page.wrong, []);
  await page.close();
});

test("what is not there is said", { timeout: 60_000 }, async () => {
  const page = await open("phone");
  page.expected = /404|401/;
  await page.goto(base + "/miner/bc1qnobody");
  await settled(page);
  assert.match(await text(page, "main"), /Nothing is known of bc1qnobody/);
  await page.goto(base + "/block/bitcoin/" + "0".repeat(64));
  await settled(page);
  assert.match(await text(page, "main"), /That did not work/);
  await check(page, "no-block-phone");
  await page.close();
});

test("the operator's part asks for the token", { timeout: 90_000 }, async () => {
  const page = await open("desktop");
  page.expected = /401/;
  await page.goto(base + "/operator");
  await settled(page);
  await page.type('input[type="password"]', "wrong");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("main [role=alert]")?.textContent.includes("does not know this token"));
  await page.type('input[type="password"]', token);
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("main").textContent.includes("Submitted blocks"));
  for (const section of ["Plugins", "Sessions", "Bans", "Payments", "Configuration", "Nodes"]) {
    await page.evaluate((n) => [...document.querySelectorAll(".switch button")].find((b) => b.textContent === n).click(), section);
    await page.waitForNetworkIdle({ idleTime: 150, concurrency: 1 });
    if (section === "Plugins") await lastLines(page);
    await check(page, "operator-" + section.toLowerCase());
  }
  await page.close();
});

// lastLines opens what a plugin has logged: text alone, which stays open over a refresh.
async function lastLines(page) {
  await page.waitForSelector("main details summary");
  assert.match(await text(page, "main details summary"), /^The last (\d+ lines|line) of its log$/);
  await page.evaluate(() => { document.querySelector("main details").open = true; });
  assert.match(await text(page, "main details pre"), /\S/);
  assert.deepEqual(await page.evaluate(() => [...new Set([...document.querySelectorAll("main details pre *")].map((e) => e.tagName))].filter((n) => n !== "SPAN" && n !== "STRONG")), []);
  const old = await page.$("main details");
  await page.waitForFunction((e) => !e.isConnected, { timeout: 30_000 }, old);
  await page.waitForFunction(() => document.querySelector("main details")?.open);
}

test("weight and first render, printed", { timeout: 60_000 }, async (t) => {
  const page = await open("desktop");
  await page.setCacheEnabled(false);
  const times = [];
  for (let i = 0; i < 5; i++) {
    page.bytes = 0;
    await page.goto(base + "/");
    await settled(page);
    times.push(await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0].startTime));
  }
  t.diagnostic(`page weight ${page.bytes} bytes as sent, first contentful paint ${times.map((x) => x.toFixed(0)).join(", ")} ms`);
  assert.ok(page.bytes < 300_000, `${page.bytes} bytes`);
  await page.close();
});
