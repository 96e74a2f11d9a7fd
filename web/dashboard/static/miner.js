import { T } from "./text.js";
import { h, put, rate, diff, percent, count, when, badge, tiles, table, card, choice, amount, short } from "./util.js";
import { get, at, query, Problem } from "./api.js";
import { rateCard } from "./chart.js";
import { refusedOf, refusedPart } from "./pool.js";

const t = T.miner;

export async function minerPage(ctx, address) {
  let data;
  try {
    data = await get(at("accounts", address), ctx.signal);
  } catch (e) {
    if (!(e instanceof Problem) || e.status !== 404) throw e;
    return [h("h1", null, t.title), h("p", null, t.notFound(address)), h("p", { class: "soft" }, t.notFoundHelp)];
  }
  const name = (data.pools.find((p) => p.pool === ctx.query.get("pool")) || data.pools[0]).pool;
  const top = h("div"), workers = h("div"), rest = h("div");
  const show = (d) => {
    const p = d.pools.find((x) => x.pool === name) || d.pools[0];
    put(top, summary(p));
    put(rest, card(rejects(p)), card(balances(p)));
  };
  show(data);
  const refresh = async () => {
    try {
      show(await get(at("accounts", address), ctx.signal));
      await list();
    } catch { /* the banner says it */ }
  };
  const list = workerList(ctx, address, name, workers);
  const paid = h("div"), bound = h("div");
  await Promise.all([list(), payments(ctx, address, name, paid), settings(ctx, data, name, bound)]);
  ctx.on("pool", (d) => { if (d.pool === name) refresh(); });
  return [
    h("h1", { class: "mono" }, data.account),
    h("div", { class: "row" }, h("a", { href: "/solo/" + encodeURIComponent(data.account) }, t.solo),
      data.pools.length > 1 ? h("div", { class: "right" }, choice(t.pool, data.pools.map((p) => [p.pool, p.pool]), name,
        (n) => ctx.visit("/miner/" + encodeURIComponent(data.account) + query({ pool: n })))) : null),
    top, rateCard(ctx, at("accounts", address, "chart"), { pool: name }, ["hour", "day", "week", "quarter"], false), workers, rest, bound, paid,
  ];
}

function summary(p) {
  return tiles(
    [t.rate, rate(p.hash_rate.five_minutes), T.pool.rateSub(rate(p.hash_rate.minute), rate(p.hash_rate.day))],
    [t.workers, count(p.workers_online), t.online(count(p.workers_online), count(p.sessions))],
    [t.best, p.best_share ? diff(p.best_share.difficulty) : "–", p.best_share ? when(p.best_share.at) : null],
    [t.last, when(p.last_seen_at)],
    [t.shares, count(p.shares_day.accepted), T.pool.sharesSub(percent(refusedPart(p.shares_day)))]);
}

function workerList(ctx, address, pool, into) {
  let rows = [], pages = 1;
  return async function list() {
    rows = [];
    let next = null;
    for (let i = 0; i < pages; i++) {
      const page = await get(at("accounts", address, "workers") + query({ pool, limit: 100, cursor: next }), ctx.signal);
      rows = rows.concat(page.workers);
      next = page.next;
      if (!next) break;
    }
    const more = next ? h("button", { type: "button", onclick: () => { pages++; list().catch(() => {}); } }, T.older) : null;
    put(into, card(table(t.workers, [[t.worker], [t.status], [t.minute, true], [t.hour, true], [t.day, true], [t.best, true], [t.refused, true], [t.seen], [t.device]],
      rows.map((w) => [
        w.name || h("span", { class: "soft" }, t.noName), w.online ? h("span", { class: "badge good" }, t.onlineBadge) : h("span", { class: "badge" }, t.offline),
        rate(w.hash_rate.minute), rate(w.hash_rate.hour), rate(w.hash_rate.day), w.best_share ? diff(w.best_share.difficulty) : "–",
        percent(refusedPart(w.shares_day)), when(w.last_seen_at), [...new Set(w.devices.map((d) => d.agent))].filter(Boolean).join(", ") || "–",
      ])), more));
  };
}

function rejects(p) {
  const all = p.shares_day.accepted + refusedOf(p.shares_day.refused);
  const rows = Object.entries(p.shares_day.refused).filter(([, n]) => n > 0)
    .map(([k, n]) => [t.class[k], count(n), percent(all ? n / all : 0), t.advice[k]]);
  return table(t.rejects, [[t.refused], [t.count, true], [t.share, true], [t.what]], rows, t.rejectsNone);
}

function balances(p) {
  const byShares = p.chains.some((c) => c.balance.by_shares !== "0");
  const columns = [[t.chain], [t.immature, true], [t.owed, true], [t.sending, true], [t.paid, true]];
  const stay = p.chains.some((c) => c.balance.not_paid !== "0");
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
    return row;
  })), h("p", { class: "soft small" }, [t.balanceHelp, stay && t.notPaidHelp, direct && t.coinbaseHelp].filter(Boolean).join(" "))];
}

async function payments(ctx, address, pool, into) {
  const page = await get(at("accounts", address, "payments") + query({ pool, limit: 20 }), ctx.signal);
  put(into, card(table(t.payments, [[t.made], [t.chain], [t.amount, true], [t.status], [t.txid]],
    page.payments.map((p) => [when(p.made_at), p.chain, amount(p.amount, p.decimals, p.symbol), badge(p.state), h("span", { class: "mono", title: p.txid }, short(p.txid))]), t.noPayments)));
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
  put(into, settingsCard(s, data.pools.find((p) => p.pool === pool)));
}

function settingsCard(s, p) {
  const rows = [];
  for (const c of p.chains) {
    const bound = s.chains?.[c.chain];
    if (bound?.address) rows.push([t.payTo(c.chain), h("span", { class: "mono" }, bound.address)]);
    else if (c.role === "aux") rows.push([t.payTo(c.chain), h("span", { class: "soft" }, t.noAux(c.chain))]);
    if (bound?.minimum) rows.push([t.minimum(c.chain), amount(bound.minimum, c.decimals, c.symbol)]);
  }
  if (s.donation_bps) rows.push([t.donation, percent(s.donation_bps / 10000, 2)]);
  return rows.length ? card(table(t.settings, [[t.setting], [t.value]], rows)) : null;
}
