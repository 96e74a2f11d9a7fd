import { T } from "./text.js";
import { h, put, rate, diff, percent, span, count, when, tiles, table, card, meter } from "./util.js";
import { get, at, query, Problem } from "./api.js";

const t = T.solo;

export async function soloPage(ctx, address) {
  if (!address) return [h("h1", null, t.title), h("p", null, t.pick)];
  let data;
  try {
    data = await get(at("accounts", address), ctx.signal);
  } catch (e) {
    if (!(e instanceof Problem) || e.status !== 404) throw e;
    return [h("h1", null, t.title), h("p", null, T.miner.notFound(address)), h("p", { class: "soft" }, T.miner.notFoundHelp)];
  }
  const body = h("div");
  const show = async (d) => {
    const p = d.pools[0];
    const { workers } = await get(at("accounts", address, "workers") + query({ pool: p.pool, limit: 100 }), ctx.signal);
    put(body, best(p), card(odds(p), h("p", { class: "soft small" }, t.lottery)), card(devices(workers)));
  };
  await show(data);
  const refresh = () => get(at("accounts", address), ctx.signal).then(show).catch(() => {});
  ctx.on("pool", (d) => { if (d.pool === data.pools[0].pool) refresh(); });
  ctx.on("tip", refresh);
  return [h("h1", null, t.title + " ", h("span", { class: "mono" }, data.account)), body];
}

function best(p) {
  const parent = p.chains[0], top = p.best_share?.difficulty || 0;
  const part = parent.network_difficulty ? top / parent.network_difficulty : 0;
  return [tiles(
    [T.miner.rate, rate(p.hash_rate.five_minutes), T.pool.rateSub(rate(p.hash_rate.minute), rate(p.hash_rate.day))],
    [t.best, top ? diff(top) : "–", top ? [part >= 1 ? t.more : t.of(count(Math.max(1, Math.round(1 / part)))), " · ", when(p.best_share.at)] : null],
    [t.roundBest, parent.round_best_share ? diff(parent.round_best_share) : "–"],
    [T.miner.last, when(p.last_seen_at)]), meter(part)];
}

// within is the chance of at least one block in so many days, of the chance in one.
const within = (perDay, days) => -Math.expm1(days * Math.log1p(-Math.min(perDay, 1 - 1e-16)));

function odds(p) {
  return table(t.odds, [[t.chain], [t.difficulty, true], [t.perDay, true], [t.perWeek, true], [t.perYear, true], [t.mean, true], [t.roundBest, true]],
    p.chains.map((c) => [c.chain, c.network_difficulty ? diff(c.network_difficulty) : "–", percent(c.chance_per_day, 2), percent(within(c.chance_per_day, 7), 2),
      percent(within(c.chance_per_day, 365.25), 2), span(c.seconds_to_block), c.round_best_share ? diff(c.round_best_share) : "–"]));
}

function devices(workers) {
  const rows = workers.flatMap((w) => w.devices.map((d) => [w.name || T.miner.noName, d.agent || "–", rate(w.hash_rate.five_minutes), diff(d.difficulty),
    count(d.accepted), count(d.refused), when(d.last_share_at), when(d.connected_at)]));
  return table(t.devices, [[T.miner.worker], [t.agent], [T.miner.rate, true], [t.difficulty, true], [t.accepted, true], [t.refused, true], [T.miner.last], [t.uptime]], rows, t.noDevices);
}
