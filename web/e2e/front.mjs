// A server between browser and demo, whose answers and events a test decides.
import { createServer, request } from "node:http";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

const kinds = { ".js": "text/javascript", ".css": "text/css" };

export class Front {
  #target;
  #static;
  #server;
  #streams = new Set();
  #kept = new Map(); // answers of the demo, by path and parameters

  changes = []; // [path or pattern, f(answer, parameters)], the last first
  asked = []; // paths and parameters of the API, oldest first
  outage = null; // "gone": no answer at all; a number: that status; "deaf": no stream of events

  constructor(target, folder) {
    this.#target = target;
    this.#static = folder;
    this.#server = createServer((q, a) => this.#serve(q, a).catch((e) => { console.error(e); a.destroy(); }));
  }

  async listen() {
    await new Promise((done) => this.#server.listen(0, "127.0.0.1", done));
    this.url = `http://127.0.0.1:${this.#server.address().port}`;
  }

  close() {
    this.cut();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  // reset forgets all that a test has decided.
  reset() {
    this.cut();
    this.#kept.clear();
    [this.changes, this.asked, this.outage] = [[], [], null];
  }

  // change has f change answers to a path; what f returns is the answer.
  change(where, f) {
    this.changes.unshift([where, f]);
  }

  // answer is what the page gets for a path, as a test reads it.
  async answer(url) {
    const { body } = await this.#made(url, {});
    return JSON.parse(body);
  }

  // event tells all pages.
  event(kind, data, id) {
    for (const s of this.#streams) s.write(`${id ? `id: ${id}\n` : ""}event: ${kind}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  get listeners() { return this.#streams.size; }

  // cut ends all streams of events; pages come again.
  cut() {
    for (const s of this.#streams) s.end();
    this.#streams.clear();
  }

  async #serve(q, a) {
    if (this.outage === "gone") return void q.socket.destroy();
    const { pathname } = new URL(q.url, this.#target);
    if (pathname === "/api/v1/events") return this.#stream(q, a);
    if (pathname.startsWith("/api/")) {
      this.asked.push(q.url);
      if (typeof this.outage === "number") {
        a.writeHead(this.outage, { "Content-Type": "application/problem+json" });
        return void a.end(JSON.stringify({ status: this.outage, title: "Service Unavailable", detail: "the pool is starting; come back in a moment" }));
      }
      const { status, body } = await this.#made(q.url, q.headers);
      a.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store" });
      return void a.end(body);
    }
    const file = this.#static && pathname.startsWith("/ui/") && path.join(this.#static, path.basename(pathname));
    const got = await this.#fetch(q.url, q.headers);
    if (file && existsSync(file) && kinds[path.extname(file)]) [got.status, got.body, got.headers["content-type"]] = [200, readFileSync(file), kinds[path.extname(file)]];
    delete got.headers["content-length"];
    delete got.headers.etag;
    got.headers["cache-control"] = "no-store";
    a.writeHead(got.status, got.headers);
    a.end(got.body);
  }

  #stream(q, a) {
    if (this.outage === "deaf") return void a.writeHead(503).end();
    a.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    a.write("retry: 500\n\n");
    this.#streams.add(a);
    q.on("close", () => this.#streams.delete(a));
  }

  // made is the demo's first answer to a question, changed as tests want it. Numbers
  // that move would be others by the time that a test looks.
  async #made(url, headers) {
    const u = new URL(url, this.#target), from = u.searchParams.get("from");
    const key = url.replace(/([?&])from=[^&]*/, "$1");
    if (!this.#kept.has(key)) this.#kept.set(key, await this.#fetch(url, headers.authorization ? { authorization: headers.authorization } : {}));
    let { status, body } = this.#kept.get(key);
    for (const [where, f] of this.changes) {
      if (typeof where === "string" ? where !== u.pathname : !where.test(u.pathname)) continue;
      const made = f(status === 200 ? JSON.parse(body) : null, Object.fromEntries(u.searchParams), from);
      return { status: 200, body: JSON.stringify(made) };
    }
    return { status, body: String(body) };
  }

  #fetch(url, headers) {
    const { host, "if-none-match": _, "accept-encoding": __, ...rest } = headers;
    return new Promise((done, lost) => {
      const q = request(this.#target + url, { headers: rest }, (r) => {
        const parts = [];
        r.on("data", (d) => parts.push(d));
        r.on("end", () => done({ status: r.statusCode, headers: r.headers, body: Buffer.concat(parts) }));
      });
      q.on("error", lost);
      q.end();
    });
  }
}
