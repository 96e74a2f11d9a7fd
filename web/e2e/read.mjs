// How a test reads what stands on a page: as a number, by rules of its own, so that a
// page that writes its numbers wrongly is found out.
import assert from "node:assert/strict";

const prefixes = { "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18, Z: 1e21 };
const spaces = /[\u00a0\u202f\s]/g;

// number reads "2.22 TH/s", "1.9e-8", "42.9 %" (0.429) and "1 234".
export function number(text, unit = "") {
  const bare = text.replace(spaces, "").replace("−", "-");
  const m = bare.match(/^(-?[\d.]+(?:e[+-]?\d+)?)(%|[kMGTPEZ]?)(.*)$/);
  assert.ok(m, `no number: ${JSON.stringify(text)}`);
  if (unit) assert.equal(m[3], unit, `the unit of ${JSON.stringify(text)}`);
  return Number(m[1]) * (m[2] === "%" ? 0.01 : prefixes[m[2]]);
}

// near compares what is shown with what it is of: equal but for the digits that are
// left out, which may not be many.
export function near(shown, want, what, unit) {
  const got = number(shown, unit), digits = shown.replace(spaces, "").match(/^-?\d*\.?(\d*)(e[+-]?\d+)?/);
  const last = (got / Number(digits[0])) * 10 ** -digits[1].length * Number("1" + (digits[2] || ""));
  assert.ok(Math.abs(got - want) <= 0.51 * last && last < 0.1 * Math.abs(want), `${what}: the page shows ${JSON.stringify(shown)}, the API says ${want}`);
}

const lengths = { s: 1, min: 60, h: 3600, d: 86400, years: 31557600 };

// seconds reads a length of time, as "5 min".
export function seconds(text) {
  const m = text.replaceAll("\u00a0", " ").match(/^([\d.]+) (?:([kMGTPEZ]) ?)?(s|min|h|d|years)$/);
  assert.ok(m, `no length of time: ${JSON.stringify(text)}`);
  return Number(m[1]) * prefixes[m[2] || ""] * lengths[m[3]];
}

// nearTime allows for the digits that are left out.
export function nearTime(shown, want, what) {
  const got = seconds(shown);
  assert.ok(Math.abs(got - want) <= 0.06 * want + 1, `${what}: the page shows ${JSON.stringify(shown)}, the API says ${want} s`);
}

// units reads an amount of money: "1 234.5 BTC" in base units, as the API has it.
export function units(text, decimals) {
  const [whole, rest = ""] = text.replace(/[\u202f]/g, "").replace("−", "-").split(/[\u00a0\s]/)[0].split(".");
  assert.match(whole, /^-?\d+$/, `no amount: ${JSON.stringify(text)}`);
  assert.ok(rest.length <= decimals, `${JSON.stringify(text)} has more than ${decimals} digits`);
  const all = BigInt(whole.replace("-", "") + rest.padEnd(decimals, "0"));
  return String(whole.startsWith("-") ? -all : all);
}

// rows is a table, found by its caption: for each row its cells' texts by column.
export async function rows(page, caption) {
  const all = await page.evaluate((want) => {
    const table = [...document.querySelectorAll("main table")].find((t) => t.caption?.textContent === want);
    return table && [...table.tBodies[0].rows].map((r) => Object.fromEntries([...r.cells].map((c) => [c.dataset.name, c.innerText.trim()])));
  }, caption);
  assert.ok(all, `no table ${JSON.stringify(caption)}: ${await page.$eval("main", (e) => e.innerText)}`);
  return all;
}

// tile is a number at the top of a page, with what stands below it.
export async function tile(page, name) {
  const got = await page.evaluate((want) => {
    const t = [...document.querySelectorAll("main .tile")].find((e) => e.querySelector("dt").textContent === want);
    const dd = t?.querySelector("dd");
    return dd && { value: dd.firstChild.textContent, sub: dd.querySelector("small")?.textContent || "" };
  }, name);
  assert.ok(got, `no tile ${JSON.stringify(name)}: ${await page.$eval("main", (e) => e.innerText)}`);
  return got;
}
