import { T } from "./text.js";
import { h, patch, keyed, rate, diff, percent, span, count, when, tiles, table, card, meter } from "./util.js";
import { get, at, query, Problem } from "./api.js";
import { poolOf, poolChoice, notFound } from "./miner.js";
import { rateTile } from "./pool.js";

const t = T.solo;

export async function soloPage(ctx, address) {
  if (!address) return [h("h1", null, t.title), h("p", null, t.pick)];
  let data;
  try {
    data = await get(at("accounts", address), ctx.signal);
  } catch (e) {
    if (!(e instanceof Problem) || e.status !== 404) throw e;
    ctx.every(20, ctx.again); // until the first share
    return [h("h1", null, t.title), notFound(address, "/solo/")];
  }
  const name = poolOf(data, ctx.query.get("pool")).pool;
  const top = h("div"), below = h("div");
  const show = (d) => {
    const p = poolOf(d, name);
    patch(top, best(p), card(odds(p), h("p", { class: "soft small" }, t.basis), h("p", { class: "soft small" }, t.lottery)));
  };
  const list = async () => patch(below, card(devices(await connected(ctx, address, name))));
  show(data);
  await list();
  const mine = (d) => !d.pool || d.pool === name;
  ctx.follow(["pool", "tip", "best"], async () => show(await get(at("accounts", address), ctx.signal)), mine);
  ctx.follow(["pool"], list, mine);
  return [h("h1", null, t.title + " ", h("span", { class: "mono" }, data.account)), data.pools.length > 1 ? h("div", { class: "row" }, poolChoice(ctx, data, name, "/solo/")) : null, top, below];
}

const mostRequests = 10;

// connected are the workers that mine now.
async function connected(ctx, address, pool) {
  let all = [], cursor = null;
  for (let i = 0; i < mostRequests && (i === 0 || cursor); i++) {
    const page = await get(at("accounts", address, "workers") + query({ pool, online: "true", limit: 200, cursor }), ctx.signal);
    all = all.concat(page.workers);
    cursor = page.next;
  }
  return all;
}

function best(p) {
  const parent = p.chains[0], top = p.best_share?.difficulty || 0;
  const part = parent.network_difficulty ? top / parent.network_difficulty : 0;
  return [tiles(
    rateTile(p),
    [t.best, top ? diff(top) : "–", top ? [part >= 1 ? t.more : t.of(count(Math.max(1, Math.round(1 / part)))), " · ", when(p.best_share.at)] : null],
    [t.roundBest, parent.round_best_share ? diff(parent.round_best_share) : "–"],
    [T.miner.last, when(p.last_seen_at)]), meter(part)];
}

// within is the chance of at least one block in so many days, of the chance in one.
const within = (perDay, days) => -Math.expm1(days * Math.log1p(-Math.min(perDay, 1 - 1e-16)));

function odds(p) {
  return table(t.odds, [[t.chain], [t.difficulty, true], [t.perDay, true], [t.perWeek, true], [t.perYear, true], [t.mean, true], [t.roundBest, true]],
    p.chains.map((c) => keyed(c.chain, [c.chain, c.network_difficulty ? diff(c.network_difficulty) : "–", percent(c.chance_per_day, 2), percent(within(c.chance_per_day, 7), 2),
      percent(within(c.chance_per_day, 365.25), 2), span(c.seconds_to_block), c.round_best_share ? diff(c.round_best_share) : "–"])));
}

// devices are the connections; of a worker with very many the API shows some.
function devices(workers) {
  const rows = workers.flatMap((w) => w.devices.map((d, i) => keyed(`${w.id} ${d.connected_at} ${i}`, [
    w.name || T.miner.noName, d.agent || "–", rate(d.hash_rate), diff(d.difficulty),
    count(d.accepted), count(d.refused), when(d.last_share_at), when(d.connected_at)])));
  const left = workers.reduce((n, w) => n + w.sessions - w.devices.length, 0);
  return [table(t.devices, [[T.miner.worker], [t.agent], [T.miner.rate, true], [t.difficulty, true], [t.accepted, true], [t.refused, true], [T.miner.last], [t.uptime]], rows, t.noDevices),
    left > 0 ? h("p", { class: "soft small" }, t.left(count(left))) : null];
}
