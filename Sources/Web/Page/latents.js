// What the autoencoder sees, what it thinks it saw, and what each latent means.
import { colour, grouped, percent, short, significant } from "./charts.js";

const make = (name, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
};

/** Blue over green to yellow, dark to light: in order also without colours. */
const shades = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];
function shade(part) {
  const place = Math.max(0, Math.min(0.9999, part)) * (shades.length - 1), at = Math.floor(place), rest = place - at;
  return `rgb(${shades[at].map((value, channel) => Math.round(value + (shades[at + 1][channel] - value) * rest)).join(" ")})`;
}

/** What is shown of one part of an observation as a picture: rows of grey or coloured pixels. */
function picture({ width, height, colours, pixels }, name) {
  const bytes = Uint8Array.from(atob(pixels), letter => letter.charCodeAt(0));
  const canvas = make("canvas", { width, height, className: "picture" });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", name);
  const g = canvas.getContext("2d"), image = g.createImageData(width, height);
  for (let at = 0; at < width * height; at++)
    image.data.set(colours === 1 ? [bytes[at], bytes[at], bytes[at], 255] : [...bytes.subarray(3 * at, 3 * at + 3), 255], 4 * at);
  g.putImageData(image, 0, 0);
  return canvas;
}

/** The parts of observations that are pictures, and those that are numbers, by their places. */
function kinds(view) {
  const all = view.pairs[0].seen.map((look, part) => [part, look]);
  return { pictures: all.filter(([, look]) => look.picture).map(([part]) => part), numbers: all.filter(([, look]) => look.numbers).map(([part]) => part) };
}
const titled = (view, part, words) => view.parts[part] ? `${view.parts[part]}: ${words}` : words;

/** A canvas that draws itself, sharp, whenever it has a size. */
function drawn(className, name, draw) {
  const canvas = make("canvas", { className });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", name);
  canvas.draw = () => {
    const { width, height } = canvas.getBoundingClientRect(), ratio = devicePixelRatio || 1;
    if (!width) return;
    [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    const g = canvas.getContext("2d");
    g.scale(ratio, ratio);
    draw(g, width, height);
  };
  sized.observe(canvas);
  return canvas;
}
const sized = new ResizeObserver(entries => entries.forEach(entry => entry.target.draw()));

/** Pictures above what came back of them. */
function pairs(view, part) {
  const sheet = make("div", { className: "sheet" });
  view.pairs.slice(0, 16).forEach(({ seen, decoded }, at) => {
    const column = make("div", {}, picture(seen[part].picture, `observation ${at + 1}`));
    if (decoded) column.append(picture(decoded[part].picture, `what came back of it`));
    sheet.append(column);
  });
  const words = titled(view, part, view.pairs[0].decoded ? "observations, and below them what comes back" : "observations");
  return make("div", { className: "card wide" }, make("h3", { textContent: words[0].toUpperCase() + words.slice(1) }), sheet);
}

/** What comes back of each number against what was seen: a good autoencoder keeps to the diagonal. */
function scatters(view, part) {
  const grid = make("div", { className: "scatters" }), shown = Math.min(view.pairs[0].seen[part].numbers.values.length, 12);
  for (let column = 0; column < shown; column++) {
    const points = view.pairs.map(({ seen, decoded }) => [seen[part].numbers.values[column], decoded?.[part].numbers.values[column]]);
    const all = points.flat().filter(Number.isFinite), [low, high] = [Math.min(...all), Math.max(...all)], span = high - low || 1;
    const canvas = drawn("scatter", `number ${column}`, (g, width, height) => {
      const size = Math.min(width, height) - 8, X = value => 4 + (value - low) / span * size, Y = value => height - 4 - (value - low) / span * size;
      g.strokeStyle = colour("--line");
      g.beginPath();
      g.moveTo(X(low), Y(low));
      g.lineTo(X(high), Y(high));
      g.stroke();
      g.fillStyle = colour("--accent");
      g.globalAlpha = 0.75;
      for (const [x, y] of points) if (Number.isFinite(y)) {
        g.beginPath();
        g.arc(X(x), Y(y), 2.6, 0, 7);
        g.fill();
      }
    });
    grid.append(make("figure", {}, canvas, make("figcaption", { textContent: `${column}: ${significant(low)} … ${significant(high)}` })));
  }
  const words = titled(view, part, "what comes back of each number of an observation (up), against what was seen (right)");
  return make("div", { className: "card wide" }, make("h3", { textContent: words[0].toUpperCase() + words.slice(1) }), grid);
}

/** Along each latent that tells something, what would be seen of a part. */
function traversals(view, part) {
  const isPicture = Boolean(view.pairs[0].seen[part].picture), width = isPicture ? 0 : view.pairs[0].seen[part].numbers.values.length;
  const rows = view.traversals.map(({ latent, values, decoded }) => {
    const { information } = view.latents.find(({ index }) => index === latent);
    const name = make("div", { className: "name" }, make("b", { textContent: `z${latent}` }), make("span", { textContent: information == null ? "" : `${significant(information)} nat` }));
    if (isPicture)
      return make("div", { className: "traversal" }, name, make("div", { className: "strip" }, ...values.map((value, at) => picture(decoded[at][part].picture, `z${latent} at ${significant(value)}`))));
    const lines = decoded.map(sight => sight[part].numbers.values);
    const canvas = drawn("along", `what is seen along z${latent}`, (g, width, height) => {
      const all = lines.flat(), [low, high] = [Math.min(...all), Math.max(...all)], span = high - low || 1;
      const X = at => 4 + at / (values.length - 1 || 1) * (width - 8), Y = value => height - 4 - (value - low) / span * (height - 8);
      g.strokeStyle = colour("--line");
      g.beginPath();
      g.moveTo(width / 2, 0);
      g.lineTo(width / 2, height);
      g.stroke();
      g.lineWidth = 1.6;
      for (let column = 0; column < Math.min(8, lines[0].length); column++) {
        g.strokeStyle = colour(`--s${column + 1}`);
        g.beginPath();
        lines.forEach((row, at) => g.lineTo(X(at), Y(row[column])));
        g.stroke();
      }
    });
    return make("div", { className: "traversal" }, name, canvas);
  });
  const words = titled(view, part, isPicture ? "along each latent, from −2.5 to 2.5 of its deviations" : "the numbers of an observation along each latent, ±2.5 deviations");
  const card = make("div", { className: "card" }, make("h3", { textContent: words[0].toUpperCase() + words.slice(1) }), ...rows);
  if (!isPicture && rows.length) {
    const legend = make("div", { className: "legend" });
    for (let column = 0; column < Math.min(8, width); column++) {
      const entry = make("span", { textContent: `${column}` });
      entry.style.setProperty("--c", `var(--s${column + 1})`);
      legend.append(entry);
    }
    card.append(legend);
  }
  return card;
}

/** What each latent costs: what of it tells something, and what tells nothing. */
function divergences(view) {
  const sorted = [...view.latents].sort((a, b) => b.divergence - a.divergence).slice(0, 24);
  const most = Math.max(0.01, ...sorted.map(latent => latent.divergence));
  const list = make("div", { className: "bars" });
  for (const { index, divergence, information, misfit } of sorted) {
    const [told, lost] = [make("i", { className: "told" }), make("i", { className: "lost" })];
    told.style.width = `${80 * information / most}%`;
    lost.style.width = `${80 * Math.max(0, divergence - information) / most}%`;
    const line = make("div", { title: `z${index}: ${significant(information)} nat tell something, ${significant(misfit)} don’t` }, make("span", { textContent: `z${index}` }), told, lost, make("em", { textContent: significant(divergence) }));
    list.append(line);
  }
  const legend = make("div", { className: "legend" }, make("span", { textContent: "information" }), make("span", { textContent: "misfit with the prior" }));
  legend.children[0].style.setProperty("--c", "var(--accent)");
  legend.children[1].style.setProperty("--c", "var(--s7)");
  const total = view.latents.reduce((sum, latent) => sum + latent.divergence, 0);
  return make("div", { className: "card" }, make("h3", { textContent: `KL of each latent, ${significant(total)} nat in all` }), list, legend);
}

/** All observations by their latents, in the plane in which these differ most. */
function map(view) {
  const xs = view.map.map(({ x }) => x), ys = view.map.map(({ y }) => y);
  const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const values = view.map[0].value == null ? null : view.map.map(({ value }) => value), least = values ? Math.min(...values) : 0, most = values ? Math.max(...values) : 1;
  const canvas = drawn("map", "map of the latents", (g, width, height) => {
    const span = Math.max((right - left) / (width - 20), (high - low) / (height - 20)) || 1;
    const X = x => width / 2 + (x - (left + right) / 2) / span, Y = y => height / 2 - (y - (low + high) / 2) / span;
    g.globalAlpha = 0.85;
    xs.forEach((x, at) => {
      g.fillStyle = values ? shade((values[at] - least) / (most - least || 1)) : colour("--accent");
      g.beginPath();
      g.arc(X(x), Y(ys[at]), 3, 0, 7);
      g.fill();
    });
  });
  const shares = `${percent(view.mapShares[0])} and ${percent(view.mapShares[1])} of what z varies by`;
  const card = make("div", { className: "card" }, make("h3", { textContent: `Map of ${xs.length} latents: ${shares}` }), canvas);
  if (values) {
    const scale = make("div", { className: "scale" }, make("span", { textContent: significant(least) }), make("i"), make("span", { textContent: `${significant(most)}: V(z)` }));
    scale.children[1].style.background = `linear-gradient(90deg, ${[0, 0.25, 0.5, 0.75, 1].map(shade).join(",")})`;
    card.append(scale);
  }
  return card;
}

let views = [], isLive = true, wanted = 0;
const at = id => document.getElementById(id);

/** The views that are kept have changed. */
export function listViews(told) {
  views = told;
  at("latents").hidden = false;
  const slider = at("latents-slider");
  slider.max = views.length - 1;
  if (isLive) slider.value = views.length - 1;
  // One that is not kept any more gives way to what is in its place.
  show();
}

async function show() {
  const slider = at("latents-slider"), view = views[Number(slider.value)];
  if (!view || wanted === view.number) return;
  wanted = view.number;
  at("latents-when").textContent = `${isLive ? "now, at" : "at"} ${short(view.frames)} frames`;
  slider.setAttribute("aria-valuetext", `${grouped(view.frames)} frames`);
  const answer = await fetch(`latents?number=${view.number}`);
  // Meanwhile another may be wanted, or this one be gone.
  if (!answer.ok || wanted !== view.number) return;
  const told = await answer.json(), cards = [];
  const { pictures, numbers } = kinds(told);
  for (const part of pictures) cards.push(pairs(told, part));
  for (const part of numbers) cards.push(scatters(told, part));
  const lower = make("div", { className: "grid three" });
  if (told.traversals.some(({ decoded }) => decoded)) for (const part of [...pictures, ...numbers]) lower.append(traversals(told, part));
  if (told.latents.some(({ divergence }) => divergence != null)) lower.append(divergences(told));
  lower.append(map(told));
  at("latents-body").replaceChildren(...cards, lower);
}

export function restart() {
  [views, wanted, isLive] = [[], 0, true];
  at("latents").hidden = true;
}

at("latents-slider").addEventListener("input", () => {
  isLive = Number(at("latents-slider").value) === views.length - 1;
  show();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => at("latents-body").querySelectorAll("canvas").forEach(canvas => canvas.draw?.()));
