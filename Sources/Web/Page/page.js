// The run as it goes on: what the learner's door tells by server-sent events.
import { listViews, restart } from "./latents.js";
import { Chart, drawLag, drawLedger, duration, grouped, percent, redraw, short, significant } from "./charts.js";

const at = id => document.getElementById(id);

/** Curves that are known so far, in at most so many points: twice as many become half as many. */
const store = {
  most: 2000, seconds: [], frames: [], series: new Map(), axis: "frames",
  get length() { return this.seconds.length; },
  get x() { return this[this.axis]; },

  fill({ seconds, frames, series }) {
    [this.seconds, this.frames, this.series] = [seconds, frames, new Map(Object.entries(series))];
  },

  append(seconds, frames, values) {
    if (this.length && seconds <= this.seconds.at(-1)) return;
    const place = this.length;
    this.seconds.push(seconds);
    this.frames.push(frames);
    for (const [name, value] of Object.entries(values)) {
      if (!Number.isFinite(value)) continue;
      if (!this.series.has(name)) this.series.set(name, { mean: [] });
      const series = this.series.get(name);
      series.mean[place] = value;
      if (series.lo) series.lo[place] = series.hi[place] = value;
    }
    if (this.length > this.most) this.halve();
  },

  halve() {
    const ends = list => list.filter((_, place) => place % 2 === 1);
    const pairs = (list, join) => {
      const half = [];
      for (let place = 0; place + 1 < this.length; place += 2) {
        const [a, b] = [list[place], list[place + 1]];
        half.push(Number.isFinite(a) && Number.isFinite(b) ? join(a, b) : Number.isFinite(a) ? a : b ?? null);
      }
      return half;
    };
    for (const series of this.series.values()) {
      const lo = pairs(series.lo ?? series.mean, Math.min), hi = pairs(series.hi ?? series.mean, Math.max);
      series.mean = pairs(series.mean, (a, b) => (a + b) / 2);
      [series.lo, series.hi] = [lo, hi];
    }
    [this.seconds, this.frames] = [ends(this.seconds), ends(this.frames)];
  },
};

let run = null, row = null, sort = { key: "name", down: false }, actors = [];
/** Counts by lag as of some seconds ago. */
let lags = [];

const learnerTimes = [
  ["waiting", "--s7"], ["forward", "--s1"], ["targets", "--s8"], ["backward", "--s2"], ["optimizer", "--s4"], ["batching", "--s3"],
  ["publishing", "--s6"], ["checkpointing", "--s5"],
].map(([name, colour]) => ({ key: `time_${name}`, name, colour }));
const actorTimes = [["waiting", "--s7"], ["stepping", "--s1"], ["inference", "--s2"], ["transport", "--s3"], ["evaluating", "--s4"]]
  .map(([name, colour]) => ({ key: `share_${name}`, name, colour }));

new Chart(at("return"), store, {
  name: "Return", goal: () => row?.goal ?? NaN, hasLegend: false,
  lines: [{ key: "mean_return", name: "mean of the last 100 episodes", colour: "--s1", band: ["return_low", "return_high"] }],
});
new Chart(at("learner-time"), store, { name: "Time of the learner’s thread", lines: learnerTimes, isStacked: true, format: percent });
new Chart(at("actor-time"), store, { name: "Time of the actors’ threads", lines: actorTimes, isStacked: true, format: percent });
new Chart(at("speed"), store, { name: "Frames a second", lines: [{ key: "frames_per_second", name: "frames/s", colour: "--s2" }], low: 0, format: short });
new Chart(at("window"), store, {
  name: "Experience under way, in unrolls", low: 0, format: short,
  lines: [{ key: "credit_window", name: "window", colour: "--s1" }, { key: "queued_unrolls", name: "queued", colour: "--s3" }, { key: "unrolls_outbox", name: "at actors", colour: "--s8" }],
});

const small = new Map();
/** A small curve for every metric that the run declares, once it has a value. */
function showMetrics() {
  for (const metric of run?.metrics ?? []) {
    if (!store.series.has(metric.name) || small.has(metric.name)) continue;
    const card = Object.assign(document.createElement("div"), { className: "card", title: metric.meaning });
    const head = Object.assign(document.createElement("div"), { className: "metric" });
    const [name, value] = [document.createElement("h3"), document.createElement("b")];
    name.textContent = metric.name.replaceAll("_", " ") + (metric.unit === "1" ? "" : ` (${metric.unit})`);
    head.append(name, value);
    card.append(head);
    new Chart(card, store, { name: metric.name, lines: [{ key: metric.name, name: metric.name, colour: "--s2" }] });
    small.set(metric.name, value);
    // In the order in which they were declared.
    const following = run.metrics.slice(run.metrics.indexOf(metric) + 1).map(next => small.get(next.name)).find(Boolean);
    at("metrics").insertBefore(card, following?.closest(".card") ?? null);
  }
  for (const [name, value] of small) if (Number.isFinite(row?.[name])) value.textContent = significant(row[name]);
}

function tile(title, value, unit, note, part) {
  const element = Object.assign(document.createElement("div"), { className: "tile" });
  const [name, number, more] = [document.createElement("span"), document.createElement("b"), document.createElement("span")];
  name.textContent = title;
  number.textContent = value;
  if (unit) number.append(Object.assign(document.createElement("small"), { textContent: unit }));
  more.textContent = more.title = note ?? "";
  element.append(name, number, more);
  if (part !== undefined) {
    const bar = Object.assign(document.createElement("div"), { className: "bar" });
    bar.append(document.createElement("i"));
    bar.firstChild.style.width = `${100 * Math.max(0, Math.min(1, part))}%`;
    element.append(bar);
  }
  return element;
}

function showTiles({ low, high, wanted }) {
  const goal = row.goal, spread = Number.isFinite(low) ? `${significant(low)} … ${significant(high)}` : "no episode has ended yet";
  at("tiles").replaceChildren(
    tile("Return", significant(row.mean_return), Number.isFinite(goal) ? `of ${significant(goal)}` : "", spread),
    tile("Frames", short(row.frames), row.frame_limit ? `of ${short(row.frame_limit)}` : "", `${grouped(row.update)} updates, ${grouped(row.episodes)} episodes`,
      row.frame_limit ? row.frames / row.frame_limit : undefined),
    tile("Speed", short(row.frames_per_second), "frames/s", Number.isFinite(row.seconds_left) ? `${duration(row.seconds_left)} left` : "no limit of frames"),
    tile("Policy lag", significant(row.policy_lag_p50), "updates", `95 % within ${significant(row.policy_lag_p95)}, at most ${significant(row.policy_lag_max)}`),
    tile("Actors", grouped(row.actors_alive), row.actor_threads === 1 ? "1 thread" : `${grouped(row.actor_threads)} threads`,
      row.actors_idle ? `${row.actors_idle} idle` : wanted > row.actors_alive ? `the learner could use ${wanted}` : "enough for the learner"),
    tile("Time", duration(row.seconds), "", `process ${duration(row.wall_seconds)}`));
}

function showAlarms(alarms) {
  const text = alarms.map(alarm => alarm.text).join("\n");
  if (at("alarms").dataset.told === text) return;
  at("alarms").dataset.told = text;
  at("alarms").replaceChildren(...alarms.map(alarm =>
    Object.assign(document.createElement("li"), { textContent: alarm.text, className: alarm.isBad ? "bad" : "" })));
}

function show(news) {
  row = news.row;
  store.append(row.seconds, row.frames, { ...row, return_low: news.low, return_high: news.high, ...news.shares });
  showTiles(news);
  showAlarms(news.alarms);
  showMetrics();
  drawLedger(at("ledger"), row);
  at("balance").textContent = news.imbalance ? `off by ${news.imbalance} unrolls` : "It balances: every unroll has one fate.";
  lags = lags.filter(past => row.wall_seconds - past.at < 60).concat({ at: row.wall_seconds, counts: news.lag });
  drawLag(at("lag"), news.bounds, news.lag, news.lag.map((count, place) => count - (lags.length > 1 ? lags[0].counts[place] : 0)), run.lagLimit);
  at("limit").textContent = news.limit ?? `trainer ${percent(news.waits.trainer)}, actors ${percent(news.waits.actors)} of their time`;
  redraw();
}

const columns = [
  ["name", "actor"], ["state", "state"], ["threads", "threads"], ["rate", "unrolls/s"], ["acknowledged", "unrolls"], ["outbox", "not acknowledged"],
  ["credit", "credit"], ["waits", "waits"], ["silence", "heard"],
];
function showActors() {
  const table = at("actors"), head = document.createElement("tr"), ordered = [...actors];
  const compare = (a, b) => typeof a === "string" ? a.localeCompare(b, "en", { numeric: true }) : (a ?? -1) - (b ?? -1);
  ordered.sort((a, b) => (sort.down ? -1 : 1) * compare(a[sort.key], b[sort.key]));
  for (const [key, title] of columns) {
    const cell = document.createElement("th");
    if (sort.key === key) cell.setAttribute("aria-sort", sort.down ? "descending" : "ascending");
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: title });
    button.addEventListener("click", () => {
      sort = { key, down: sort.key === key ? !sort.down : key !== "name" && key !== "state" };
      showActors();
      at("actors").querySelectorAll("th button")[columns.findIndex(column => column[0] === key)].focus();
    });
    cell.append(button);
    head.append(cell);
  }
  const rows = ordered.map(actor => {
    const line = document.createElement("tr"), cells = columns.map(() => document.createElement("td"));
    cells[0].append(Object.assign(document.createElement("span"), { className: `dot ${actor.state}` }), actor.name);
    const texts = [null, actor.state, grouped(actor.threads), significant(actor.rate), grouped(actor.acknowledged), grouped(actor.outbox), grouped(actor.credit),
      percent(actor.waits), actor.silence < 1.5 ? "now" : `${Math.round(actor.silence)} s ago`];
    texts.forEach((text, place) => { if (text !== null) cells[place].textContent = text; });
    line.append(...cells);
    return line;
  });
  if (!rows.length) {
    const cell = Object.assign(document.createElement("td"), { className: "empty", colSpan: columns.length, textContent: "no actor is connected" });
    rows.push(document.createElement("tr"));
    rows[0].append(cell);
  }
  // Where somebody is at a button, only the numbers change.
  const focused = [...table.querySelectorAll("th button")].indexOf(document.activeElement);
  table.replaceChildren(head, ...rows);
  if (focused >= 0) table.querySelectorAll("th button")[focused]?.focus();
}

function status(text, className) {
  if (at("status").textContent !== text) at("status").textContent = text;
  at("status").className = `chip ${className}`;
}

async function begin(told) {
  run = told;
  document.title = `${run.recipe} · Starling`;
  at("recipe").textContent = run.recipe;
  at("about").textContent = [run.environment, run.algorithm, `seed ${run.seed}`, run.run, run.generation > 1 ? `start ${run.generation}` : ""].filter(Boolean).join(" · ");
  at("version").textContent = `Starling ${run.version}`;
  lags = [];
  restart();
  const points = Math.min(800, Math.max(200, Math.round(innerWidth / 2)));
  const answer = await fetch(`history?points=${points}`);
  if (answer.ok) store.fill(await answer.json());
  showMetrics();
  redraw();
}

/** EventSource comes back by itself, also to a learner that was started again. */
function listen() {
  const source = new EventSource("events");
  let isBegun = Promise.resolve();
  source.addEventListener("waiting", () => status("waiting for an actor that brings the environment", "live"));
  source.addEventListener("run", event => { isBegun = begin(JSON.parse(event.data)); });
  source.addEventListener("row", async event => {
    await isBegun;
    const news = JSON.parse(event.data);
    status(news.row && news.isTraining ? "training" : "evaluating", "live");
    show(news);
  });
  source.addEventListener("actors", event => {
    ({ actors } = JSON.parse(event.data));
    at("actors-about").textContent = actors.length >= 1000 ? "the first 1,000" : "";
    showActors();
  });
  source.addEventListener("latents", event => listViews(JSON.parse(event.data).views));
  source.addEventListener("end", () => status("ended", "over"));
  source.addEventListener("error", () => {
    if (at("status").textContent !== "ended") status("no answer, trying again", "lost");
    // After an answer that was none it doesn't try again by itself.
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  });
}

for (const button of document.querySelectorAll("[data-axis]")) {
  button.addEventListener("click", () => {
    store.axis = button.dataset.axis;
    for (const other of document.querySelectorAll("[data-axis]")) other.setAttribute("aria-checked", other === button);
    redraw();
  });
}

const themes = { auto: ["◐", "as the system"], light: ["☀", "light"], dark: ["☾", "dark"] };
function theme(name) {
  if (name === "auto") delete document.documentElement.dataset.theme; else document.documentElement.dataset.theme = name;
  at("theme").firstElementChild.textContent = themes[name][0];
  at("theme").setAttribute("aria-label", `Colours: ${themes[name][1]}`);
  try { localStorage.setItem("starling-theme", name); } catch { /* Kept nowhere then. */ }
  redraw();
}
let kept = "auto";
try { kept = localStorage.getItem("starling-theme") ?? "auto"; } catch { /* As the system. */ }
theme(kept in themes ? kept : "auto");
at("theme").addEventListener("click", () => {
  const names = Object.keys(themes), now = document.documentElement.dataset.theme ?? "auto";
  theme(names[(names.indexOf(now) + 1) % names.length]);
});
showActors();
listen();
