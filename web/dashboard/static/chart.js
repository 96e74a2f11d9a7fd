import { T } from "./text.js";
import { h, s, put, rate, count, choice, card } from "./util.js";
import { get, query, Problem } from "./api.js";

const ranges = {
  hour: { resolution: "minute", seconds: 3600 },
  day: { resolution: "hour", seconds: 86400 },
  week: { resolution: "hour", seconds: 7 * 86400 },
  quarter: { resolution: "day", seconds: 90 * 86400 },
};

// rateCard is a hash-rate chart of path, with a choice of ranges. Fine says that
// minutes are kept for the whole day.
export function rateCard(ctx, path, values, names, fine) {
  const body = h("div", { class: "chart" });
  let range = names[1];
  const load = async () => {
    const r = ranges[range];
    const resolution = range === "day" && fine ? "minute" : r.resolution;
    const from = new Date(Date.now() - r.seconds * 1000).toISOString();
    try {
      const data = await get(path + query({ ...values, resolution, from }), ctx.signal);
      draw(body, data, range);
    } catch (e) {
      if (e.name !== "AbortError") put(body, h("p", { class: "soft" }, e instanceof Problem ? e.message : String(e)));
    }
  };
  const pick = (name) => { range = name; load(); };
  load();
  ctx.every(60, load);
  return card(h("div", { class: "row" }, h("h2", null, T.chart.title),
    h("div", { class: "right" }, choice(T.chart.range, names.map((n) => [n, T.chart[n]]), range, pick))), body);
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

function draw(body, data, range) {
  const points = thin(data);
  const high = Math.max(...points.map((p) => p.rate), 0);
  if (points.length < 2 || high === 0) return put(body, h("p", { class: "soft" }, T.chart.empty));
  const low = Math.min(...points.map((p) => p.rate));
  const width = 1000, height = 200;
  const x = (i) => (i / (points.length - 1)) * width;
  const y = (v) => height - (v / (high * 1.08)) * height;
  const line = points.map((p, i) => `${i ? "L" : "M"}${x(i).toFixed(1)} ${y(p.rate).toFixed(1)}`).join("");
  const time = (p) => new Date(p.at * 1000).toLocaleString([], range === "hour" ? { timeStyle: "short" } : { dateStyle: "short", timeStyle: "short" });
  const pick = s("line", { class: "pick", y1: 0, y2: height, x1: -9, x2: -9 });
  const said = h("output");
  const show = (i) => {
    const p = points[i];
    pick.setAttribute("x1", x(i));
    pick.setAttribute("x2", x(i));
    said.textContent = `${time(p)}: ${rate(p.rate)}, ${count(p.accepted)} ${T.chart.accepted.toLowerCase()}, ${count(p.refused)} ${T.chart.refused.toLowerCase()}`;
  };
  let now = points.length - 1;
  const svg = s("svg", {
    viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", role: "img", tabindex: "0",
    "aria-label": T.chart.label(points.length, time(points[0]), time(points.at(-1)), rate(low), rate(high)),
    onpointermove: (e) => {
      const box = svg.getBoundingClientRect();
      show(now = Math.max(0, Math.min(points.length - 1, Math.round(((e.clientX - box.left) / box.width) * (points.length - 1)))));
    },
    onkeydown: (e) => {
      const step = { ArrowLeft: -1, ArrowRight: 1, Home: -points.length, End: points.length }[e.key];
      if (!step) return;
      e.preventDefault();
      show(now = Math.max(0, Math.min(points.length - 1, now + step)));
    },
  },
  [0.25, 0.5, 0.75].map((f) => s("line", { class: "rule", x1: 0, x2: width, y1: height * f, y2: height * f })),
  s("path", { class: "area", d: `${line}L${width} ${height}L0 ${height}Z` }), s("path", { class: "line", d: line }), pick);
  put(body, h("div", { class: "axis" }, h("span", null, rate(high))), svg,
    h("div", { class: "axis" }, h("span", null, time(points[0])), h("span", null, time(points.at(-1)))), said,
    asTable(points, time));
}

// asTable has the numbers for those who cannot see the drawing; made when opened.
function asTable(points, time) {
  const d = h("details", { ontoggle: () => {
    if (!d.open || d.querySelector("table")) return;
    d.append(h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": T.chart.title }, h("table", null,
      h("thead", null, h("tr", null, [T.chart.time, T.chart.rate, T.chart.accepted, T.chart.refused].map((t, i) => h("th", { scope: "col", class: i ? "n" : null }, t)))),
      h("tbody", null, points.map((p) => h("tr", null, h("td", null, time(p)), h("td", { class: "n" }, rate(p.rate)),
        h("td", { class: "n" }, count(p.accepted)), h("td", { class: "n" }, count(p.refused))))))));
  } }, h("summary", null, T.chart.table));
  return d;
}
