import { T } from "./text.js";
import { h, s, patch, rate, count, choice, card } from "./util.js";
import { get, query, passing, Problem } from "./api.js";

const ranges = {
  hour: { resolution: "minute", seconds: 3600 },
  day: { resolution: "hour", seconds: 86400 },
  week: { resolution: "hour", seconds: 7 * 86400 },
  quarter: { resolution: "day", seconds: 90 * 86400 },
};

// rateCard is a hash-rate chart of path, with a choice of ranges, which begins with the
// range first. Fine says that minutes are kept for the whole day.
export function rateCard(ctx, path, values, { first = "day", fine = false } = {}) {
  const body = h("div", { class: "chart" });
  const view = { body, range: first, points: [], picked: null, table: false };
  const load = async () => {
    const range = view.range, r = ranges[range];
    const resolution = range === "day" && fine ? "minute" : r.resolution;
    const from = new Date(Date.now() - r.seconds * 1000).toISOString();
    try {
      const data = await get(path + query({ ...values, resolution, from }), ctx.signal);
      if (range !== view.range) return; // another was asked for meanwhile
      view.points = thin(data);
      draw(view);
    } catch (e) {
      if (e instanceof Problem && !view.points.length) patch(body, h("p", { class: "soft" }, e.message));
      throw e;
    }
  };
  const again = ctx.follow([], load);
  const quietly = () => load().catch((e) => { if (passing(e)) again(); });
  const pick = (name) => {
    view.range = name;
    view.picked = null;
    quietly();
  };
  quietly();
  ctx.every(60, quietly);
  return card(h("div", { class: "row" }, h("h2", null, T.chart.title),
    h("div", { class: "right" }, choice(T.chart.range, Object.keys(ranges).map((n) => [n, T.chart[n]]), view.range, pick))), body);
}

// thin joins points so that there are few enough to be seen.
function thin(data) {
  const step = Math.max(1, Math.ceil(data.hash_rate.length / 300));
  const start = Date.parse(data.start) / 1000;
  const refused = data.hash_rate.map((_, i) => Object.values(data.refused).reduce((sum, c) => sum + c[i], 0));
  const points = [];
  for (let i = 0; i < data.hash_rate.length; i += step) {
    const n = Math.min(step, data.hash_rate.length - i);
    const sum = (a) => a.slice(i, i + n).reduce((x, y) => x + y, 0);
    points.push({ at: start + i * data.step_seconds, rate: sum(data.hash_rate) / n, accepted: sum(data.accepted), refused: sum(refused) });
  }
  return points;
}

const width = 1000, height = 200;
const bound = (v, most) => Math.max(0, Math.min(most, v));

// draw shows the points of a view, and the one that is picked. A new point moves none
// that was picked: it is known by its time.
function draw(view) {
  const { body, points } = view;
  const high = Math.max(...points.map((p) => p.rate), 0);
  if (points.length < 2 || high === 0) return patch(body, h("p", { class: "soft" }, T.chart.empty));
  const last = points.length - 1;
  const low = Math.min(...points.map((p) => p.rate));
  const x = (i) => (i / last) * width;
  const y = (v) => height - (v / (high * 1.08)) * height;
  const line = points.map((p, i) => `${i ? "L" : "M"}${x(i).toFixed(1)} ${y(p.rate).toFixed(1)}`).join("");
  const time = (p) => new Date(p.at * 1000).toLocaleString([], view.range === "hour" ? { timeStyle: "short" } : { dateStyle: "short", timeStyle: "short" });
  const picked = view.picked === null ? null : bound(points.findLastIndex((p) => p.at <= view.picked), last);
  const pick = (i) => {
    const { at } = points[bound(i, last)];
    if (view.picked === at) return;
    view.picked = at;
    draw(view);
  };
  const svg = s("svg", {
    viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", role: "img", tabindex: "0",
    "aria-label": T.chart.label(points.length, time(points[0]), time(points[last]), rate(low), rate(high)),
    onpointermove: (e) => {
      const box = e.currentTarget.getBoundingClientRect();
      pick(Math.round(((e.clientX - box.left) / box.width) * last));
    },
    onkeydown: (e) => {
      const now = picked ?? last;
      const to = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: last }[e.key];
      if (to === undefined) return;
      e.preventDefault();
      pick(to);
    },
  },
  [0.25, 0.5, 0.75].map((f) => s("line", { class: "rule", x1: 0, x2: width, y1: height * f, y2: height * f })),
  s("path", { class: "area", d: `${line}L${width} ${height}L0 ${height}Z` }), s("path", { class: "line", d: line }),
  picked === null ? null : s("line", { class: "pick", y1: 0, y2: height, x1: x(picked), x2: x(picked) }));
  const p = points[picked];
  patch(body, h("div", { class: "axis" }, h("span", null, rate(high))), svg,
    h("div", { class: "axis" }, h("span", null, time(points[0])), h("span", null, time(points[last]))),
    h("output", null, p ? `${time(p)}: ${rate(p.rate)}, ${count(p.accepted)} ${T.chart.accepted.toLowerCase()}, ${count(p.refused)} ${T.chart.refused.toLowerCase()}` : ""),
    asTable(view, time));
}

// asTable has the numbers for those who cannot see the drawing; made when opened.
function asTable(view, time) {
  const columns = [T.chart.time, T.chart.rate, T.chart.accepted, T.chart.refused];
  return h("details", { ontoggle: (e) => {
    if (view.table === e.currentTarget.open) return;
    view.table = e.currentTarget.open;
    draw(view);
  } }, h("summary", null, T.chart.table),
  view.table ? h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": T.chart.title }, h("table", null,
    h("thead", null, h("tr", null, columns.map((t, i) => h("th", { scope: "col", class: i ? "n" : null }, t)))),
    h("tbody", null, view.points.map((p) => h("tr", { "data-key": String(p.at) }, h("td", null, time(p)), h("td", { class: "n" }, rate(p.rate)),
      h("td", { class: "n" }, count(p.accepted)), h("td", { class: "n" }, count(p.refused))))))) : null);
}
