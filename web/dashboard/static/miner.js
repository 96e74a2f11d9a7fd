import { T } from "./text.js";
import { h, patch, keyed, longList, rate, diff, percent, count, when, badge, tiles, table, card, choice, amount, short } from "./util.js";
import { get, at, query, Problem } from "./api.js";
import { rateCard } from "./chart.js";
import { refusedOf, refusedPart, rateTile, sharesTile } from "./pool.js";

const t = T.miner;

// poolOf is an account in a pool, in the first where it is not in that.
export const poolOf = (d, name) => d.pools.find((p) => p.pool === name) || d.pools[0];

// poolChoice lets choose among the pools of an account.
export const poolChoice = (ctx, d, now, page) => (d.pools.length > 1 ? h("div", { class: "right" }, choice(t.pool, d.pools.map((p) => [p.pool, p.pool]), now,
  (n) => ctx.visit(page + encodeURIComponent(d.account) + query({ pool: n })))) : null);

// notFound says that an address is not known. A user name has the worker's name behind
// the address, and is often what somebody pastes.
export function notFound(address, page) {
  const account = address.split(".")[0];
  return [h("p", null, t.notFound(address)), account && account !== address ? h("p", null, t.notFoundShort + " ", h("a", { class: "mono", href: page + encodeURIComponent(account) }, account)) : null,
    h("p", { class: "soft" }, t.notFoundHelp)];
}

export async function minerPage(ctx, address) {
  let data;
  try {
    data = await get(at("accounts", address), ctx.signal);
  } catch (e) {
    if (!(e instanceof Problem) || e.status !== 404) throw e;
    ctx.every(20, ctx.again); // until the first share
    return [h("h1", null, t.title), notFound(address, "/miner/")];
  }
  const name = poolOf(data, ctx.query.get("pool")).pool;
  const top = h("div"), workers = h("div"), rest = h("div"), paid = h("div"), bound = h("div");
  const show = (d) => {
    const p = poolOf(d, name);
    patch(top, summary(p));
    patch(rest, card(rejects(p)), card(balances(p)));
  };
  show(data);
  const list = workerList(ctx, address, name, workers), pay = payments(ctx, address, name, paid);
  await Promise.all([list(), pay(), settings(ctx, data, name, bound)]);
  const mine = (d) => !d.pool || d.pool === name;
  ctx.follow(["pool", "tip", "block"], async () => show(await get(at("accounts", address), ctx.signal)), mine);
  ctx.follow(["pool"], list, mine);
  ctx.follow(["tip", "block"], pay, mine);
  return [
    h("h1", { class: "mono" }, data.account),
    h("div", { class: "row" }, h("a", { href: "/solo/" + encodeURIComponent(data.account) + query({ pool: data.pools.length > 1 ? name : "" }) }, t.solo),
      poolChoice(ctx, data, name, "/miner/")),
    top, rateCard(ctx, at("accounts", address, "chart"), { pool: name }, { first: isNew(poolOf(data, name)) ? "hour" : "day" }), workers, rest, bound, paid,
  ];
}

// isNew is whether an account has mined for so short a time that a chart by the hour,
// whose running hour counts from its beginning, shows it next to nothing.
const isNew = (p) => Date.now() - Date.parse(p.first_seen_at) < 3 * 3600000;

function summary(p) {
  return tiles(
    rateTile(p),
    [t.workers, count(p.workers_online), t.online(count(p.workers_online), count(p.sessions))],
    [t.best, p.best_share ? diff(p.best_share.difficulty) : "–", p.best_share ? when(p.best_share.at) : null],
    [t.last, when(p.last_seen_at)],
    sharesTile(p));
}

function workerList(ctx, address, pool, into) {
  // Who mines now stands first, however many have gone: two lists, one after the other.
  return longList(into, async (from, limit) => {
    const { online, cursor } = from || { online: true };
    const page = await get(at("accounts", address, "workers") + query({ pool, limit, cursor, online: online ? "true" : "" }), ctx.signal);
    const next = page.next ? { online, cursor: page.next } : online ? { online: false } : null;
    return { rows: online ? page.workers : page.workers.filter((w) => !w.online), next };
  }, (rows) => card(table(t.workers, [[t.worker], [t.status], [t.minute, true], [t.hour, true], [t.day, true], [t.best, true], [t.refused, true], [t.seen], [t.device]],
    rows.map((w) => keyed(w.id, [
      w.name || h("span", { class: "soft" }, t.noName), w.online ? h("span", { class: "badge good" }, t.onlineBadge) : h("span", { class: "badge" }, t.offline),
      rate(w.hash_rate.minute), rate(w.hash_rate.hour), rate(w.hash_rate.day), w.best_share ? diff(w.best_share.difficulty) : "–",
      percent(refusedPart(w.shares_day)), when(w.last_seen_at), [...new Set(w.devices.map((d) => d.agent))].filter(Boolean).join(", ") || "–",
    ])), t.noWorkers)), { word: T.more });
}

function rejects(p) {
  const all = p.shares_day.accepted + refusedOf(p.shares_day.refused);
  const rows = Object.entries(p.shares_day.refused).filter(([, n]) => n > 0)
    .map(([k, n]) => keyed(k, [t.class[k], count(n), percent(all ? n / all : 0), t.advice[k]]));
  return [table(t.rejects, [[t.refused], [t.count, true], [t.share, true], [t.what, "text"]], rows, t.rejectsNone), reasons(p.refused_by_reason)];
}

// reasons are why shares were refused since the first one.
function reasons(counts) {
  const rows = Object.entries(counts).filter(([, n]) => n > 0).sort((a, b) => b[1] - a[1])
    .map(([reason, n]) => keyed(reason, [t.reason[reason]?.[0] || reason, count(n), t.reason[reason]?.[1] || ""]));
  return rows.length ? h("div", { class: "below" }, table(t.reasons, [[t.refused], [t.count, true], [t.means, "text"]], rows)) : null;
}

function balances(p) {
  const byShares = p.chains.some((c) => c.balance.by_shares !== "0");
  const columns = [[t.chain], [t.immature, true], [t.owed, true], [t.sending, true], [t.paid, true]];
  const stay = p.chains.some((c) => (c.balance.not_paid ?? "0") !== "0");
  if (stay) columns.push([t.notPaid, true]);
  if (byShares) columns.push([t.byShares, true]);
  const direct = p.chains.some((c) => c.balance.in_coinbases !== "0" || c.balance.carried !== "0");
  if (direct) columns.push([t.inCoinbases, true], [t.carried, true]);
  return [table(t.balances, columns, p.chains.map((c) => {
    const money = (units) => amount(units, c.decimals, c.symbol);
    const row = [c.chain, money(c.balance.immature), money(c.balance.owed), money(c.balance.sending), money(c.balance.paid)];
    if (stay) row.push(money(c.balance.not_paid));
    if (byShares) row.push(money(c.balance.by_shares));
    if (direct) row.push(money(c.balance.in_coinbases), money(c.balance.carried));
    return keyed(c.chain, row);
  })), h("p", { class: "soft small" }, [t.balanceHelp, stay && t.notPaidHelp, direct && t.coinbaseHelp].filter(Boolean).join(" "))];
}

function payments(ctx, address, pool, into) {
  return longList(into, async (cursor, limit) => {
    const page = await get(at("accounts", address, "payments") + query({ pool, limit, cursor }), ctx.signal);
    return { rows: page.payments, next: page.next };
  }, (rows, more) => card(table(t.payments, [[t.made], [t.chain], [t.amount, true], [t.status], [t.txid]],
    rows.map((p) => keyed(String(p.number), [when(p.made_at), p.chain, amount(p.amount, p.decimals, p.symbol), badge(p.state),
      h("span", { class: "mono", title: p.txid }, short(p.txid))])), more ? T.notYet : t.noPayments)), { step: 20 });
}

// settings shows where the account is paid on other chains.
async function settings(ctx, data, pool, into) {
  let s;
  try {
    s = await get(at("pools", pool, "accounts", data.account, "settings"), ctx.signal);
  } catch (e) {
    if (e.name === "AbortError") throw e;
    return; // a pool without settings
  }
  patch(into, settingsCard(s, data.pools.find((p) => p.pool === pool)));
}

function settingsCard(s, p) {
  const rows = [];
  for (const c of p.chains) {
    const bound = s.chains?.[c.chain];
    if (bound?.address) rows.push([t.payTo(c.chain), h("span", { class: "mono" }, bound.address)]);
    else if (c.role === "aux" && (c.balance.not_paid ?? "0") === "0") rows.push([t.payTo(c.chain), h("span", { class: "soft" }, t.noAux(c.chain))]);
    if (bound?.minimum) rows.push([t.minimum(c.chain), amount(bound.minimum, c.decimals, c.symbol)]);
  }
  if (s.donation_bps) rows.push([t.donation, percent(s.donation_bps / 10000, 2)]);
  return rows.length ? card(table(t.settings, [[t.setting], [t.value]], rows)) : null;
}
