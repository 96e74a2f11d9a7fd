// What all tests share: the demo, the browser, and a front that stands between them.
//
// MOTHERLODE is the program (default: built from this checkout), CHROMIUM the browser
// (default: Debian's), STATIC a folder whose files are served in place of those that
// are part of the program: to try pages without building it.
import { after, before, beforeEach } from "node:test";
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import path from "node:path";
import puppeteer from "puppeteer-core";
import { Front } from "./front.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const shots = path.join(here, "shots");
const chromium = process.env.CHROMIUM || "/usr/bin/chromium";
const axe = readFileSync(path.join(here, "node_modules/axe-core/axe.min.js"), "utf8");
export const token = "0123456789abcdef0123456789abcdef";

// base is where the demo's pages are; front is what tests put before it.
export const world = { base: "", front: null, pool: null, browser: null };

let program = process.env.MOTHERLODE;

// start runs a demo and waits until its chains have their blocks.
export async function start(http) {
  const pool = (world.pool = spawn(program, ["demo", "--stay", "--blocks", "2", "--http", http, "--operator-token", token], { stdio: ["ignore", "pipe", "inherit"] }));
  const base = await new Promise((found, lost) => {
    let text = "", url = null;
    pool.stdout.on("data", (d) => {
      text += d;
      url ||= text.match(/dashboard at (http:\S+)\//)?.[1];
      if (url && text.includes("until Ctrl-C")) found(url);
    });
    pool.on("exit", (code) => lost(new Error(`the demo ended with ${code}: ${text}`)));
  });
  return base;
}

// stop ends the demo as its user would.
export async function stop() {
  const pool = world.pool;
  if (!pool || pool.exitCode !== null) return;
  pool.removeAllListeners("exit");
  const gone = new Promise((done) => pool.on("exit", done));
  pool.kill("SIGINT");
  await gone;
}

before(async () => {
  assert.ok(existsSync(chromium), `${chromium} is missing: apt-get install chromium, or set CHROMIUM`);
  if (!program) {
    program = path.join(here, "node_modules/motherlode");
    execFileSync("go", ["build", "-o", program, "./cmd/motherlode"], { cwd: path.join(here, "../.."), stdio: "inherit" });
  }
  rmSync(shots, { recursive: true, force: true }); // pictures are of this run alone
  mkdirSync(shots, { recursive: true });
  [world.base, world.browser] = await Promise.all([start("127.0.0.1:0"), puppeteer.launch({ executablePath: chromium, args: ["--no-sandbox", "--disable-gpu"] })]);
  world.front = new Front(world.base, process.env.STATIC);
  await world.front.listen();
}, { timeout: 300_000 });

beforeEach(() => world.front.reset());

after(async () => {
  await world.browser?.close();
  world.front?.close();
  await stop();
});

const sizes = { desktop: { width: 1280, height: 900 }, phone: { width: 360, height: 740, isMobile: true, hasTouch: true } };

// open is a page that notes what must not happen: errors, and requests to other hosts.
export async function open(size = "desktop", scheme = "light") {
  const page = await world.browser.newPage();
  const ours = (url) => url.startsWith(world.base + "/") || url.startsWith(world.front.url + "/") || url.startsWith("data:");
  page.wrong = [];
  page.bytes = 0;
  page.on("console", (m) => { if (m.type() === "error" && !page.expected?.test(m.text() + m.location().url)) page.wrong.push("console: " + m.text() + " " + m.location().url); });
  page.on("pageerror", (e) => page.wrong.push("error: " + e.message));
  page.on("request", (r) => { if (!ours(r.url())) page.wrong.push("request to another host: " + r.url()); });
  page.on("requestfailed", (r) => {
    const why = r.failure().errorText;
    if (!r.url().endsWith("/api/v1/events") && why !== "net::ERR_ABORTED" && !page.expected?.test(why)) page.wrong.push("failed: " + r.url() + " " + why);
  });
  const session = await page.createCDPSession();
  await session.send("Network.enable");
  session.on("Network.loadingFinished", (e) => { page.bytes += e.encodedDataLength; });
  await page.setViewport(sizes[size]);
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  return page;
}

// visit shows a page of the front, which then answers the same for ever, and waits
// until the page knows of its stream of events.
export async function visit(page, where) {
  await page.goto(world.front.url + where);
  await settled(page);
  await page.waitForFunction(() => document.querySelector("#live").textContent === "live");
  await page.evaluate(() => { window.notReloaded = true; });
}

export async function settled(page) {
  await page.waitForSelector('main[aria-busy="false"] h1', { timeout: 30_000 });
  await page.waitForNetworkIdle({ idleTime: 100, concurrency: 1, timeout: 30_000 }); // one: the stream of events
}

export const shot = (page, name, whole = true) => page.screenshot({ path: path.join(shots, name + ".png"), fullPage: whole });

// check is what holds for every page.
export async function check(page, name) {
  await settled(page);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `${name}: ${wide} pixels wider than the window`);
  await page.evaluate(axe + ";0");
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.target.join(" ")).slice(0, 3).join(", ")}`), [], name);
  await shot(page, name);
  assert.deepEqual(page.wrong, [], name);
}

// checkBoth checks a page as it is, and as it stands on a phone.
export async function checkBoth(page, name) {
  await check(page, name + "-desktop");
  await checkPhone(page, name);
}

export async function checkPhone(page, name) {
  await page.setViewport({ ...sizes.phone, isMobile: false, hasTouch: false }); // a phone proper would load it anew
  await check(page, name + "-phone");
  await page.setViewport(sizes.desktop);
}

export const api = async (p) => (await fetch(world.base + p)).json();
export const text = (page, selector) => page.$eval(selector, (e) => e.textContent);

// until waits for read() to be what holds says, and otherwise fails with what it was.
export async function until(read, holds, what, seconds = 30) {
  const end = Date.now() + seconds * 1000;
  let got;
  do {
    got = await read();
    if (holds(got)) return got;
    await new Promise((f) => setTimeout(f, 100));
  } while (Date.now() < end);
  assert.fail(`${what}: still ${JSON.stringify(got)} after ${seconds} s`);
}
