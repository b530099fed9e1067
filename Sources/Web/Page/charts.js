// Numbers as people read them, curves on a canvas, and the two pictures of experience.

const grouping = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** `152,320` */
export const grouped = value => grouping.format(value);

/** At most six characters: `999`, `15.2k`, `1.25M`. */
export function short(value) {
  for (const [unit, name] of [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]])
    if (Math.abs(value) >= unit) return trim((value / unit).toPrecision(3)) + name;
  return significant(value);
}

/** About three digits: `0.0213`, `12.3`, `487`. */
export function significant(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(1).replace("e+", "e");
  return trim(size >= 100 ? value.toFixed(size >= 1000 ? 0 : 1) : value.toPrecision(3));
}

const trim = text => text.includes(".") && !text.includes("e") ? text.replace(/\.?0+$/, "") : text;

export const percent = value => Number.isFinite(value) ? `${Math.round(100 * value)} %` : "–";

/** `0:42`, `1:02:03`, `2 d 3:04:05` */
export function duration(seconds) {
  const total = Math.max(0, Math.round(seconds)), two = number => String(number).padStart(2, "0");
  const [days, hours, minutes] = [Math.floor(total / 86400), Math.floor(total / 3600) % 24, Math.floor(total / 60) % 60];
  return (days ? `${days} d ` : "") + (days || hours ? `${hours}:${two(minutes)}` : minutes) + `:${two(total % 60)}`;
}

export const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Round numbers within a range, some three or four of them. */
function ticks(low, high, count) {
  const raw = (high - low) / count, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].find(factor => factor * power >= raw) * power, found = [];
  for (let at = Math.ceil(low / step - 1e-9) * step; at <= high + step * 1e-9; at += step) found.push(Math.abs(at) < step * 1e-9 ? 0 : at);
  return found;
}

const charts = new Set();
let isFramePending = false;
/** Draws what is seen and has changed, once a frame. */
export function redraw() {
  if (isFramePending) return;
  isFramePending = true;
  requestAnimationFrame(() => {
    isFramePending = false;
    for (const chart of charts) if (chart.isVisible) chart.draw();
  });
}

const seen = new IntersectionObserver(entries => {
  for (const entry of entries) entry.target.chart.isVisible = entry.isIntersecting;
  redraw();
}, { rootMargin: "100px" });
const sized = new ResizeObserver(redraw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);

/**
 * Curves over frames or time. Arrow keys, or a finger, move a line along it that tells the values.
 *
 * `lines` have a key of the store, a name and a colour; `isStacked` puts one upon the other, from 0 to 1.
 */
export class Chart {
  constructor(host, store, { name, lines, isStacked = false, format = significant, low, high, goal, hasLegend = lines.length > 1 }) {
    Object.assign(this, { store, name, lines, isStacked, format, low, high, goal });
    this.element = Object.assign(document.createElement("div"), { className: "chart", tabIndex: 0, chart: this });
    this.element.setAttribute("role", "img");
    this.canvas = document.createElement("canvas");
    this.told = document.createElement("output");
    this.told.hidden = true;
    this.element.append(this.canvas, this.told);
    host.append(this.element);
    if (hasLegend) {
      this.legend = Object.assign(document.createElement("div"), { className: "legend" });
      for (const line of lines) {
        const entry = document.createElement("span");
        entry.style.setProperty("--c", `var(${line.colour})`);
        entry.append(line.name, line.value = document.createElement("b"));
        this.legend.append(entry);
      }
      host.append(this.legend);
    }
    this.cursor = null;
    this.element.addEventListener("pointermove", event => this.point(event.clientX - this.element.getBoundingClientRect().left));
    this.element.addEventListener("pointerleave", () => this.move(null));
    this.element.addEventListener("blur", () => this.move(null));
    this.element.addEventListener("keydown", event => this.key(event));
    charts.add(this);
    seen.observe(this.element);
    sized.observe(this.element);
  }

  get isUsed() { return this.lines.some(line => this.store.series.has(line.key)); }

  key(event) {
    const last = this.store.length - 1, at = this.cursor ?? last, stride = event.shiftKey ? 20 : 1;
    const next = { ArrowLeft: at - stride, ArrowRight: at + stride, Home: 0, End: last, Escape: null }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    this.move(next === null ? null : Math.max(0, Math.min(last, next)));
  }

  point(x) {
    if (!this.place) return;
    const xs = this.store.x, wanted = this.place.inverse(x);
    let [low, high] = [0, xs.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (xs[middle] < wanted) low = middle + 1; else high = middle;
    }
    if (low > 0 && wanted - xs[low - 1] < xs[low] - wanted) low--;
    this.move(low);
  }

  move(cursor) {
    this.cursor = cursor;
    redraw();
  }

  values(line) { return this.store.series.get(line.key); }

  /** Lowest and highest of what is drawn, with some air. */
  range() {
    if (this.isStacked) return [0, this.high ?? 1];
    let [low, high] = [this.low ?? Infinity, this.high ?? -Infinity];
    for (const line of this.lines) {
      const series = this.values(line);
      if (!series) continue;
      for (let at = 0; at < this.store.length; at++) {
        const value = series.mean[at];
        if (value === null || value === undefined) continue;
        const [least, most] = this.band(line, at) ?? [value, value];
        if (least < low) low = least;
        if (most > high) high = most;
      }
    }
    const goal = this.goal?.();
    if (Number.isFinite(goal)) [low, high] = [Math.min(low, goal), Math.max(high, goal)];
    if (!(low <= high)) return [0, 1];
    if (low === high) return low === 0 ? [0, 1] : [Math.min(low, 0), Math.max(high, 0)];
    const air = (high - low) * 0.06;
    return [this.low ?? low - air, this.high ?? high + air];
  }

  /** What surrounds a curve at a point: two other curves, or the least and the most of what its point sums up. */
  band(line, at) {
    if (line.band) {
      const low = this.store.series.get(line.band[0])?.mean[at], high = this.store.series.get(line.band[1])?.mean[at];
      return Number.isFinite(low) && Number.isFinite(high) ? [low, high] : null;
    }
    const series = this.values(line);
    return series.lo ? [series.lo[at] ?? series.mean[at], series.hi[at] ?? series.mean[at]] : null;
  }

  draw() {
    const { width, height } = this.element.getBoundingClientRect();
    if (width === 0) return;
    const ratio = devicePixelRatio || 1, canvas = this.canvas;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio))
      [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    const g = canvas.getContext("2d");
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, width, height);
    const xs = this.store.x, count = this.store.length;
    const [low, high] = this.range();
    const marks = ticks(low, high, height > 200 ? 5 : 3);
    g.font = "11.5px system-ui, sans-serif";
    g.textBaseline = "middle";
    const left = Math.max(26, ...marks.map(mark => g.measureText(this.label(mark)).width + 9)), [top, bottom] = [6, height - 19];
    const [first, last] = count > 1 ? [xs[0], xs[count - 1]] : [0, 1], span = last - first || 1;
    const X = value => left + (value - first) / span * (width - left - 5), Y = value => bottom - (value - low) / (high - low) * (bottom - top);
    this.place = { inverse: x => first + (x - left) / (width - left - 5) * span };
    const [line, muted] = [colour("--line"), colour("--muted")];
    g.lineWidth = 1;
    g.textAlign = "right";
    for (const mark of marks) {
      g.strokeStyle = line;
      g.beginPath();
      g.moveTo(left, Math.round(Y(mark)) + 0.5);
      g.lineTo(width - 5, Math.round(Y(mark)) + 0.5);
      g.stroke();
      g.fillStyle = muted;
      g.fillText(this.label(mark), left - 7, Y(mark));
    }
    g.textBaseline = "alphabetic";
    if (count > 1) for (const mark of ticks(first, last, width > 600 ? 7 : 4)) {
      const text = this.store.axis === "frames" ? short(mark) : duration(mark);
      const half = g.measureText(text).width / 2;
      g.textAlign = "center";
      if (X(mark) - half >= left - 8) g.fillText(text, Math.min(X(mark), width - half - 1), height - 3);
    }
    const goal = this.goal?.();
    if (Number.isFinite(goal)) {
      g.strokeStyle = colour("--goal");
      g.setLineDash([5, 4]);
      g.beginPath();
      g.moveTo(left, Y(goal));
      g.lineTo(width - 5, Y(goal));
      g.stroke();
      g.setLineDash([]);
      g.fillStyle = colour("--goal");
      g.textAlign = "left";
      g.fillText(`goal ${significant(goal)}`, left + 6, Y(goal) + (Y(goal) - top < 18 ? 14 : -5));
    }
    g.save();
    g.beginPath();
    g.rect(left - 1, 0, width - left + 1, bottom + 1);
    g.clip();
    if (this.isStacked) this.drawStack(g, X, Y); else for (const line of this.lines) this.drawLine(g, line, X, Y);
    g.restore();
    this.tell(g, X, Y, width, top, bottom);
  }

  label(value) { return this.format === percent ? percent(value) : short(value); }

  drawLine(g, line, X, Y) {
    const series = this.values(line);
    if (!series) return;
    const xs = this.store.x, tone = colour(line.colour), count = this.store.length;
    g.fillStyle = tone;
    g.globalAlpha = 0.16;
    g.beginPath();
    const lower = [];
    let isOpen = false;
    const close = () => {
      for (const [x, y] of lower.reverse()) g.lineTo(x, y);
      lower.length = 0;
      isOpen = false;
    };
    for (let at = 0; at < count; at++) {
      const band = Number.isFinite(series.mean[at]) ? this.band(line, at) : null;
      if (!band) { if (isOpen) close(); continue; }
      if (isOpen) g.lineTo(X(xs[at]), Y(band[1])); else g.moveTo(X(xs[at]), Y(band[1]));
      lower.push([X(xs[at]), Y(band[0])]);
      isOpen = true;
    }
    if (isOpen) close();
    g.fill();
    g.globalAlpha = 1;
    g.strokeStyle = tone;
    g.lineWidth = 1.8;
    g.lineJoin = "round";
    g.beginPath();
    let pen = false;
    for (let at = 0; at < count; at++) {
      const value = series.mean[at];
      // A number now and then is joined with the next.
      if (!Number.isFinite(value)) continue;
      if (pen) g.lineTo(X(xs[at]), Y(value)); else g.moveTo(X(xs[at]), Y(value));
      pen = true;
    }
    g.stroke();
  }

  drawStack(g, X, Y) {
    const xs = this.store.x, count = this.store.length, base = new Float64Array(count);
    for (const line of this.lines) {
      const series = this.values(line);
      if (!series) continue;
      // Between two words it is as it was.
      const values = new Float64Array(count);
      for (let at = 0; at < count; at++) values[at] = Number.isFinite(series.mean[at]) ? series.mean[at] : at ? values[at - 1] : 0;
      g.fillStyle = colour(line.colour);
      g.globalAlpha = 0.85;
      g.beginPath();
      for (let at = 0; at < count; at++) g.lineTo(X(xs[at]), Y(base[at] + values[at]));
      for (let at = count - 1; at >= 0; at--) g.lineTo(X(xs[at]), Y(base[at]));
      g.fill();
      for (let at = 0; at < count; at++) base[at] += values[at];
    }
    g.globalAlpha = 1;
  }

  /** The line under the pointer and what it meets; without one, the newest values in the legend. */
  tell(g, X, Y, width, top, bottom) {
    const count = this.store.length, at = this.cursor === null ? count - 1 : Math.min(this.cursor, count - 1);
    const known = this.lines.map(line => ({ line, value: this.at(line, at) })).filter(({ value }) => Number.isFinite(value));
    for (const line of this.lines) if (line.value) line.value.textContent = this.format(this.at(line, at));
    this.element.setAttribute("aria-label", `${this.name}: ` + (known.map(({ line, value }) => `${line.name} ${this.format(value)}`).join(", ") || "no values yet"));
    this.told.hidden = this.cursor === null || count === 0;
    if (this.told.hidden) return;
    const x = X(this.store.x[at]);
    g.strokeStyle = colour("--muted");
    g.globalAlpha = 0.6;
    g.lineWidth = 1;
    g.beginPath();
    g.moveTo(Math.round(x) + 0.5, top);
    g.lineTo(Math.round(x) + 0.5, bottom);
    g.stroke();
    g.globalAlpha = 1;
    if (!this.isStacked) for (const { line, value } of known) {
      g.fillStyle = colour(line.colour);
      g.beginPath();
      g.arc(x, Y(value), 3.5, 0, 7);
      g.fill();
    }
    const head = `${grouped(this.store.frames[at])} frames · ${duration(this.store.seconds[at])}`;
    this.told.textContent = [head, ...known.map(({ line, value }) => {
      const band = line.band && this.band(line, at);
      return `${line.name}  ${this.format(value)}${band ? `  (${this.format(band[0])} … ${this.format(band[1])})` : ""}`;
    })].join("\n");
    const size = this.told.getBoundingClientRect().width;
    this.told.style.left = `${Math.max(0, x + size + 14 > width ? x - size - 10 : x + 10)}px`;
  }

  /** The value at a place, or the one before it that there was. */
  at(line, place) {
    const values = this.values(line)?.mean;
    if (!values) return NaN;
    for (let at = place; at >= 0 && at > place - 50; at--) if (Number.isFinite(values[at])) return values[at];
    return NaN;
  }
}

const svg = (name, attributes, ...children) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  // Styles by the object model: the page's policy allows none in attributes.
  for (const [key, value] of Object.entries(attributes)) if (key === "style") element.style.cssText = value; else element.setAttribute(key, value);
  element.append(...children);
  return element;
};

/** What became of the unrolls: from left to right, as wide as they are many, and never too thin to be seen. */
export function drawLedger(host, row) {
  const narrow = host.clientWidth < 520, width = narrow ? 360 : 640;
  const ends = [
    ["trained", row.unrolls_trained, "--s1", true], ["too stale", row.unrolls_too_stale, "--s3", true], ["invalid", row.unrolls_invalid, "--bad", true],
    ["abandoned", row.unrolls_abandoned, "--s7", true], ["lost with learner", row.unrolls_lost_with_learner, "--bad", true],
    ["pending", row.unrolls_pending, "--s2", true], ["still at actors", row.unrolls_outbox, "--s8", false],
    ["dropped", row.unrolls_dropped, "--s7", false], ["lost with actor", row.unrolls_lost_with_actor, "--bad", false],
  ].filter(([name, count]) => count > 0 || name === "trained");
  const produced = Math.max(1, row.unrolls_produced), gap = 13, room = 150;
  const heights = ends.map(([, count]) => Math.max(3, count / produced * room));
  const height = heights.reduce((sum, value) => sum + value + gap, 0) + 28;
  const picture = svg("svg", { viewBox: `0 0 ${width} ${Math.max(height, 190)}`, role: "img" });
  picture.setAttribute("aria-label", `${grouped(row.unrolls_produced)} produced: ` + ends.map(([name, count]) => `${name} ${grouped(count)}`).join(", "));
  const [left, middle, right] = narrow ? [0, 96, 190] : [0, 200, 410], bar = 9;
  const whole = heights.reduce((sum, value) => sum + value, 0), start = 26;
  const taken = heights.filter((_, at) => ends[at][3]).reduce((sum, value) => sum + value, 0);
  const flow = (x0, y0, x1, y1, size, tone) => {
    const bend = (x0 + x1) / 2;
    return svg("path", {
      d: `M${x0} ${y0}C${bend} ${y0} ${bend} ${y1} ${x1} ${y1}v${size}C${bend} ${y1 + size} ${bend} ${y0 + size} ${x0} ${y0 + size}z`,
      style: `fill:var(${tone});opacity:.22`,
    });
  };
  const node = (x, y, size, tone) => svg("rect", { x, y, width: bar, height: size, rx: 3, style: `fill:var(${tone})` });
  const label = (x, y, text, className = "") => svg("text", { x, y, class: className }, text);
  picture.append(node(left, start, whole, "--s7"), label(left, 12, `produced ${short(row.unrolls_produced)}`, "muted"));
  picture.append(node(middle, start, taken, "--s7"), label(middle, 12, `acknowledged ${short(row.unrolls_acknowledged)}`, "muted"));
  picture.append(flow(left + bar, start, middle, start, taken, "--s7"));
  let [y, from] = [start, start];
  ends.forEach(([name, count, tone, isTaken], at) => {
    const size = heights[at];
    picture.append(isTaken ? flow(middle + bar, from, right, y, size, tone) : flow(left + bar, from, right, y, size, tone));
    picture.append(node(right, y, size, tone));
    const text = label(right + bar + 8, y + Math.max(size / 2, 2) + 4, `${name} `);
    text.append(svg("tspan", { style: "font-weight:600" }, grouped(count)));
    picture.append(text);
    y += size + gap;
    from += size;
  });
  host.replaceChildren(picture);
}

/** How old experience was when it was trained on: of late, over that of all. */
export function drawLag(host, bounds, all, recent, limit) {
  const names = bounds.map((bound, at) => at === 0 || bounds[at - 1] === bound - 1 ? `${bound}` : `${bounds[at - 1] + 1}–${bound}`).concat(`> ${bounds.at(-1)}`);
  const share = counts => { const sum = counts.reduce((a, b) => a + b, 0); return counts.map(count => sum ? count / sum : 0); };
  const [whole, late] = [share(all), share(recent)], width = 360, line = 23;
  const most = Math.max(0.01, ...whole, ...late), size = value => value / most * 232;
  const picture = svg("svg", { viewBox: `0 0 ${width} ${names.length * line + 20}`, role: "img" });
  picture.setAttribute("aria-label", "Policy lag: " + names.map((name, at) => `${name} updates ${percent(late[at])}`).join(", "));
  names.forEach((name, at) => {
    const y = at * line;
    picture.append(svg("text", { x: 42, y: y + 15, "text-anchor": "end", class: "muted" }, name));
    picture.append(svg("rect", { x: 52, y: y + 3, width: Math.max(whole[at] > 0 ? 1.5 : 0, size(whole[at])), height: 16, rx: 3, style: "fill:var(--accent);opacity:.2" }));
    picture.append(svg("rect", { x: 52, y: y + 6.5, width: Math.max(late[at] > 0 ? 1.5 : 0, size(late[at])), height: 9, rx: 2.5, style: "fill:var(--accent)" }));
    if (late[at] > 0) picture.append(svg("text", { x: 60 + Math.max(size(late[at]), size(whole[at])), y: y + 15 }, late[at] > 0.995 ? "100 %" : `${(100 * late[at]).toFixed(late[at] < 0.1 ? 1 : 0)} %`));
  });
  picture.append(svg("text", { x: 52, y: names.length * line + 15, class: "muted" }, `last minute, over all of this start${limit ? `; at most ${limit}` : ""}`));
  host.replaceChildren(picture);
}
