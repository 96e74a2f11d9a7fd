// The operator's page: with its token, section by section.
import { test } from "node:test";
import assert from "node:assert/strict";
import { check, checkPhone, open, settled, text, token, until, visit, world } from "./world.mjs";
import { near, number, rows, seconds, units } from "./read.mjs";

test("the operator's part asks for the token", { timeout: 240_000 }, async () => {
  const page = await open("desktop");
  page.expected = /401/;
  await page.goto(world.base + "/operator");
  await settled(page);
  await page.type('input[type="password"]', "wrong");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("main [role=alert]")?.textContent.includes("does not know this token"));
  await page.type('input[type="password"]', token);
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("main").textContent.includes("Submitted blocks"));
  for (const section of ["Plugins", "Sessions", "Bans", "Payments", "Journal", "Configuration", "Nodes"]) {
    await choose(page, section);
    await page.waitForNetworkIdle({ idleTime: 150, concurrency: 1 });
    await check(page, "operator-" + section.toLowerCase());
  }
  await page.close();
});

const choose = (page, section) => page.evaluate((n) => [...document.querySelectorAll(".switch button")].find((b) => b.textContent === n).click(), section);

// enter shows a section of the front's operator page.
async function enter(page, section) {
  await page.evaluateOnNewDocument((t) => sessionStorage.setItem("token", t), token);
  await visit(page, "/operator?section=" + section);
}

const ago = (s) => new Date(Date.now() - s * 1000).toISOString();
const limit = { timeout: 240_000 };

test("what a plugin has logged stays open, as text, when more comes", limit, async () => {
  const { front } = world;
  let lines = ["<b>not bold</b>"];
  front.change("/api/v1/operator/plugins", (was) => ({ plugins: was.plugins.map((p) => ({ ...p, last_lines: lines.map((text, i) => ({ at: ago(60 - i), level: i ? "warn" : "info", text })) })) }));
  const page = await open();
  await enter(page, "plugins");
  await page.waitForSelector("main details summary");
  assert.equal(await text(page, "main details summary"), "The last line of its log");
  await page.evaluate(() => document.querySelector("main details summary").click());
  await page.evaluate(() => document.querySelector("main details pre").focus());
  assert.match(await text(page, "main details pre"), /<b>not bold<\/b>/);
  lines = [...lines, "another"];
  front.cut(); // pages ask again once they are connected
  await until(() => text(page, "main details summary"), (t) => t === "The last 2 lines of its log", "the lines");
  assert.ok(await page.evaluate(() => document.querySelector("main details").open && document.activeElement === document.querySelector("main details pre")), "the lines were closed, or have lost the focus");
  assert.deepEqual(await page.evaluate(() => [...new Set([...document.querySelectorAll("main details pre *")].map((e) => e.tagName))].sort()), ["SPAN", "STRONG"]);
  assert.deepEqual(page.wrong, []);
  await page.close();
});

test("sessions and payments go on past the first page", limit, async () => {
  const { front } = world;
  const one = (await (await fetch(front.url + "/api/v1/operator/sessions", { headers: { Authorization: "Bearer " + token } })).json()).sessions[0];
  const sessions = Array.from({ length: 130 }, (_, i) => ({ ...one, number: i + 1, workers: [`w${i}`], hash_rate: 1e6 * (i + 1), accepted: 10 + i, refused: i, rtt_seconds: i ? null : 0.042 }));
  const payment = (i) => ({ payment: { number: 300 - i, pool: "demo", chain: "bitcoin", symbol: "BTC", decimals: 8, state: i ? "confirmed" : "failed", txid: String(i).padStart(64, "f"), amount: String(1e8 + i), accounts: 2, made_at: ago(100 * i + 50), changed_at: ago(100 * i + 20) },
    fee: String(1000 + i), reason: i ? null : "the node refuses it", outputs: [{ account: "alice", amount: "60000000" }, { account: "bob", amount: "40000000" }] });
  const payments = Array.from({ length: 120 }, (_, i) => payment(i));
  const pages = (name, all, more) => (was, q) => {
    const from = Number(q.cursor || 0), to = from + Number(q.limit);
    const sorted = q.sort === "refused" ? [...all].reverse() : all;
    return { ...more, [name]: sorted.slice(from, to), next: to < all.length ? String(to) : null };
  };
  front.change("/api/v1/operator/sessions", pages("sessions", sessions, { closed: [{ pool: "demo", by_reason: { "closed-by-miner": 7, "slow-reader": 2 } }] }));
  front.change("/api/v1/operator/payments", pages("payments", payments));
  front.change("/api/v1/operator/bans", () => ({ bans: [{ pool: "demo", address: "192.0.2.7", until: new Date(Date.now() + 3.6e6).toISOString() }] }));
  const page = await open();
  await enter(page, "sessions");
  const more = () => page.evaluate(() => [...document.querySelectorAll("main button")].find((b) => ["Older", "More"].includes(b.textContent)).click());
  for (const [section, caption, all] of [["Sessions", "Sessions", 130], ["Payments", "Payments", 120]]) {
    await choose(page, section);
    await page.waitForSelector("main tbody tr");
    if (section === "Payments") await checkPhone(page, "operator-payments-full");
    for (const want of [50, 100, all]) {
      if (want > 50) await more();
      await until(async () => (await rows(page, caption).catch(() => [])).length, (n) => n === want, `${section} that are shown`);
    }
    const shown = await rows(page, caption);
    if (section === "Sessions") {
      shown.forEach((r, i) => assert.deepEqual([r.Workers, number(r.Accepted), number(r.Refused), r.Ping], [`w${i}`, 10 + i, i, i ? "–" : "42\u00a0ms"]));
      shown.forEach((r, i) => near(r["Hash rate"], 1e6 * (i + 1), "hash rate", "H/s"));
      assert.match(await text(page, "main"), /motherlode sessions ping/);
      assert.deepEqual((await rows(page, "Closed connections")).map((r) => [r.Reason, number(r.Number)]), [["closed-by-miner", 7], ["slow-reader", 2]]);
      await page.evaluate(() => [...document.querySelectorAll('[aria-label="First"] button')].find((b) => b.textContent === "most refused").click());
      await until(async () => (await rows(page, "Sessions"))[0].Workers, (w) => w === "w129", "the most refused");
    } else shown.forEach((r, i) => assert.deepEqual([number(r.Number), units(r.Amount, 8), units(r.Fee, 8)], [300 - i, String(1e8 + i), String(1000 + i)]));
  }
  const incident = (i, more) => ({ pool: "demo", at: ago(10 * i), what: "closed", times: 1, remote: `192.0.2.${i}:5000`, agent: "axe", workers: ["alice.rig"], reason: "slow-reader", session: 70 + i, duration_seconds: 7200, accepted: 55 + i, refused: i, ...more });
  front.change("/api/v1/operator/journal", () => ({ incidents: [incident(1), incident(2, { what: "turned-away", times: 31, workers: [], agent: "", reason: "banned", session: null, duration_seconds: 0, accepted: 0, refused: 0 })],
    token: { wrong: 4, last_at: ago(60), remote: "192.0.2.66" } }));
  await choose(page, "Journal");
  const journal = await until(() => rows(page, "Journal").catch(() => []), (r) => r.length > 0, "the journal");
  assert.ok(journal.some((r) => r.About === "Payment 300 of bitcoin" && r["What happened"] === "failed" && r.Reason === "the node refuses it"), "a payment that has failed");
  assert.ok(journal.some((r) => /^Block /.test(r.About) && /^found by /.test(r["What happened"])), "a block that was found");
  const times = await page.$$eval("main table time", (all) => all.filter((e) => e.closest("table").caption.textContent === "Journal").map((e) => Date.parse(e.dateTime)));
  assert.deepEqual(times, [...times].sort((a, b) => b - a), "newest first");
  const [gone, out] = await rows(page, "Connections that ended or were refused");
  assert.deepEqual([gone.What, gone.Who, gone.From, gone.Reason, seconds(gone.Lasted), number(gone.Accepted), number(gone.Refused)], ["ended", "alice.rig", "192.0.2.1:5000", "slow-reader", 7200, 56, 1]);
  assert.deepEqual([out.What, out.Who, out.Reason, out.Lasted], ["not let in, 31 times", "–", "banned", "–"]);
  assert.match(await text(page, "main"), /4 requests came with a wrong token, the last from 192\.0\.2\.66/);
  await check(page, "operator-journal-full");
  await choose(page, "Bans");
  await until(async () => (await rows(page, "Bans").catch(() => []))[0]?.Address, (a) => a === "192.0.2.7", "the ban");
  assert.deepEqual(page.wrong, []);
  await page.close();
});
