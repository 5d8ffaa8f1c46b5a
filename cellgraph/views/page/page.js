"use strict";
// Looks things up and shows them. Nothing is derived here, and nothing becomes markup: formulas and sentences are copied
// from the pool as they are, everything else is text.
(() => {
const data = JSON.parse(document.getElementById("data").textContent);
const pool = document.getElementById("pool").content.children;
const state = {steps: 10, init: "torch", detail: "equations"};
const SVG = "http://www.w3.org/2000/svg";

const piece = (number) => pool[number].cloneNode(true);
const word = (key) => piece(data.words[key]);

// A sentence with its slots filled, each with text or with copies of pieces.
function sentence(key, slots) {
  const made = word(key);
  for (const slot of all("[data-slot]", made)) {
    const filling = slots[slot.dataset.slot];
    slot.append(...(Array.isArray(filling) ? filling.map((f) => (typeof f === "string" ? f : f.cloneNode(true))) : [String(filling)]));
  }
  return made;
}

const all = (selector, within = document) => [...within.querySelectorAll(selector)];

function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  Object.assign(made, properties);
  made.append(...children);
  return made;
}

function drawn(name, attributes, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// Numbers

function sizes() {
  const found = {};
  for (const input of all("[data-size]")) {
    const text = input.value.trim();
    const good = /^[0-9]{1,12}$/.test(text) && BigInt(text) > 0n;
    input.setAttribute("aria-invalid", String(!good));
    if (good) found[input.dataset.size] = BigInt(text);
  }
  return found;
}

function value(terms, found) {
  let total = 0n;
  for (const [coefficient, powers] of terms) {
    let term = BigInt(coefficient);
    for (const [dim, power] of Object.entries(powers)) {
      if (!(dim in found)) return null;
      term *= found[dim] ** BigInt(power);
    }
    total += term;
  }
  return total;
}

function grouped(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

function power(log) {
  if (log === null) return "0";
  if (log > -3 && log < 4) return String(Number((10 ** log).toPrecision(3)));
  const exponent = Math.floor(log);
  return `${(10 ** (log - exponent)).toFixed(1)}e${exponent}`;
}

function count() {
  const found = sizes();
  for (const place of all("[data-count]")) {
    const [kind, number] = place.dataset.count.split(" ");
    const {terms} = data.cells[place.closest("[data-cell]").dataset.cell][kind][number].count;
    const total = terms && value(terms, found);
    place.textContent = total === null ? "–" : grouped(total);
  }
}

// One quantity

function row(list, key, ...values) {
  if (values.length) list.append(element("dt", {}, word(key)), element("dd", {}, ...values.map((v) => element("span", {}, v))));
}

// What a screen reader says of a quantity: its name, and what the spec calls it in the page's language.
function spoken(cell, name) {
  const label = cell.quantities[name].label;
  const said = typeof label === "number" ? piece(label) : null;
  const own = said && (said.querySelector(`.${document.documentElement.lang}`) || said);
  return own ? `${name} ${own.textContent}` : name;
}

function shape(symbols) {
  return symbols.length ? document.createTextNode(symbols.join(" × ")) : word("scalar");
}

function described(cell, name) {
  const told = cell.quantities[name];
  const list = element("dl");
  const heading = element("p", {}, element("strong", {}, piece(told.name)), " ");
  if (typeof told.label === "number") heading.append(piece(told.label), " ");
  heading.append("(", piece(told.part), ")");
  const parts = [heading];
  if (told.equation !== null) parts.push(element("p", {}, piece(told.equation)));
  row(list, "shape", shape(told.shape));
  if (told.equation !== null) row(list, "range", told.range === null ? word("any") : document.createTextNode(told.range));
  row(list, "weights", ...told.weights.map((w) => element("span", {}, piece(w.name), " ", shape(w.shape))));
  row(list, "derivatives", ...told.derivatives.map((d) => {
    const shown = element("span", {}, piece(cell.quantities[d.by].name), ": ");
    d.formula.forEach((f, k) => shown.append(k ? " + " : "", piece(f)));
    return shown;
  }));
  return [...parts, list];
}

// Two quantities

function between(cell, a, b) {
  return [[a, b], [b, a]].find(([late, early]) => `${late}|${early}` in cell.pairs);
}

function ways(cell, pair) {
  const found = cell.pairs[pair.join("|")];
  const heading = element("p", {}, element("strong", {}, "∂ ", piece(cell.quantities[pair[0]].name), " / ∂ ",
    piece(cell.quantities[pair[1]].name)), " · ", found.count === "1" ? word("path") : sentence("paths", {count: grouped(found.count)}));
  if (found.paths === null) return [heading, element("p", {}, word("many"))];
  const list = element("ol");
  for (const path of found.paths) {
    const item = element("li", {tabIndex: 0}, element("span", {className: `kind kind-${path.kind}`}, word(path.kind)), piece(path.product));
    for (const chain of path.chains) {
      const line = element("span", {className: "chain"});
      chain.forEach((name, k) => line.append(k ? " → " : "", piece(cell.quantities[name].name)));
      item.append(line);
    }
    item.chains = path.chains;
    list.append(item);
  }
  return [heading, list];
}

// Which edges of a drawing lie on the way from one quantity to the next: through its own glyphs and joints only.
function edgesBetween(edges, from, to) {
  const inside = (node) => node === to || node.startsWith(`${to}.`) || node.startsWith("join ");
  const forward = new Set([from]);
  const kept = [];
  for (let grown = true; grown;) {
    grown = false;
    for (const edge of edges) {
      const {from: tail, to: head} = edge.dataset;
      if (forward.has(tail) && inside(head) && !(tail === to) && !forward.has(head)) { forward.add(head); grown = true; }
    }
  }
  const backward = new Set([to]);
  for (let grown = true; grown;) {
    grown = false;
    for (const edge of edges) {
      const {from: tail, to: head} = edge.dataset;
      if (backward.has(head) && forward.has(tail) && tail !== to && !kept.includes(edge)) { kept.push(edge); backward.add(tail); grown = true; }
    }
  }
  return kept;
}

function light(section, chains) {
  for (const diagram of all(".diagram", section)) {
    diagram.classList.toggle("lighting", chains.length > 0);
    all(".lit", diagram).forEach((mark) => mark.classList.remove("lit"));
    const edges = all("[data-from]", diagram);
    const lit = new Set(chains.flat());
    for (const chain of chains) {
      chain.slice(1).forEach((name, k) => {
        for (const edge of edgesBetween(edges, chain[k], name)) {
          edge.classList.add("lit");
          lit.add(edge.dataset.from).add(edge.dataset.to);
        }
      });
    }
    all("[data-node]", diagram).forEach((node) => node.classList.toggle("lit", lit.has(node.dataset.node)));
  }
}

// A cell and what is chosen in it

function connect(section) {
  const cell = data.cells[section.dataset.cell];
  const [detail, panel] = all(".panel", section);
  let chosen = [];

  function show(name) {
    detail.replaceChildren(...(name ? described(cell, name) : [element("p", {}, word("hint"))]));
  }

  function choose(name) {
    chosen = chosen.length === 1 && chosen[0] !== name ? [chosen[0], name] : chosen.length === 1 ? [] : [name];
    update();
  }

  function update() {
    for (const node of all("[data-node][data-quantity]", section)) {
      const on = chosen.includes(node.dataset.quantity);
      node.classList.toggle("chosen", on);
      if (node.hasAttribute("role")) node.setAttribute("aria-pressed", String(on));
    }
    const pair = chosen.length === 2 && between(cell, ...chosen);
    panel.hidden = chosen.length === 0;
    panel.replaceChildren(...(chosen.length === 1 ? [word("first")] : pair ? ways(cell, pair) : [word("none")]));
    light(section, pair ? (cell.pairs[pair.join("|")].paths || []).flatMap((path) => path.chains) : []);
    show(chosen[chosen.length - 1]);
  }

  for (const node of all("[data-node][data-quantity]", section)) {
    const name = node.dataset.quantity;
    if (!(name in cell.quantities)) continue;
    if (node.dataset.node === name) {
      node.setAttribute("role", "button");
      node.setAttribute("tabindex", "0");
      node.setAttribute("aria-label", spoken(cell, name));
      node.addEventListener("focus", () => show(name));
    }
    node.addEventListener("pointerenter", () => show(name));
    node.addEventListener("pointerleave", () => show(chosen[chosen.length - 1]));
    node.addEventListener("click", () => choose(name));
    node.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(name); }
    });
  }
  panel.addEventListener("pointerover", (event) => { const item = event.target.closest("li"); if (item) light(section, item.chains); });
  panel.addEventListener("focusin", (event) => { const item = event.target.closest("li"); if (item) light(section, item.chains); });
  panel.addEventListener("pointerleave", update);
  section.addEventListener("keydown", (event) => { if (event.key === "Escape") { chosen = []; update(); } });
  update();
}

// Through time: one box a step, the latest at the right, and under it how much of the gradient is left there.

function strip(section) {
  const cell = data.cells[section.dataset.cell];
  const flow = cell.flows.find((one) => one.init === state.init);
  const steps = state.steps, width = Math.max(280, section.querySelector(".strip").clientWidth), pitch = width / (steps + 1), size = Math.min(26, pitch * 0.62);
  const least = Math.min(-2, ...flow.norm.slice(0, steps + 1).map((y) => y ?? -20), ...(flow.carry || []).slice(0, steps + 1).map((y) => y ?? -20));
  const bottom = 150, top = 60, length = (log) => (bottom - top) * Math.min(1, Math.max(0, 1 - (log ?? least) / least));
  const svg = drawn("svg", {viewBox: `0 0 ${width} 170`, "aria-hidden": "true"});
  svg.append(drawn("line", {class: "axis", x1: 0, x2: width, y1: bottom, y2: bottom}));
  for (let back = 0; back <= steps; back++) {
    const x = width - pitch * (back + 0.5), strength = length(flow.norm[back]) / (bottom - top);
    if (back) svg.append(drawn("line", {class: "flow", x1: x + pitch - size / 2, x2: x + size / 2, y1: 28, y2: 28,
      "stroke-width": Math.max(0.4, 6 * strength).toFixed(2), "stroke-opacity": Math.max(0.12, strength).toFixed(3)}));
    svg.append(drawn("rect", {class: "step", x: x - size / 2, y: 28 - size / 2, width: size, height: size, rx: 4}));
    svg.append(drawn("rect", {class: "norm", x: x - size / 2, y: bottom - length(flow.norm[back]), width: flow.carry ? size / 2 : size, height: length(flow.norm[back])}));
    if (flow.carry) svg.append(drawn("rect", {class: "carried", x, y: bottom - length(flow.carry[back]), width: size / 2, height: length(flow.carry[back])}));
    if (back % Math.ceil(steps / Math.min(10, width / 60)) === 0) svg.append(drawn("text", {x, y: 166, "text-anchor": "middle"}, back ? `T−${back}` : "T"));
  }
  svg.append(drawn("text", {x: 2, y: top - 6}, `log₁₀: 0 … ${least.toFixed(1)}`));
  section.querySelector(".strip").replaceChildren(svg);
  const told = section.querySelector(".told");
  const separated = (list) => list.flatMap((one, k) => (k ? [", ", ...one] : one));
  const swatch = (kind) => element("span", {className: `swatch ${kind}`});
  told.replaceChildren(swatch("norm"), sentence("left", {left: power(flow.norm[steps]), steps}));
  if (flow.carry) {
    const product = ["∏ ", ...separated(cell.carries.map((c) => [piece(c)]))];
    told.append(" ", swatch("carried"), sentence("alone", {carry: product, carried: power(flow.carry[steps])}));
  }
  told.append(" ", sentence("sum", {steps, terms: grouped(cell.terms[steps - 1])}));
  if (flow.gates.length) {
    told.append(" ", sentence("open", {gates: separated(flow.gates.map((g) => [piece(g.name), ` ${g.open.toFixed(2)}`]))}));
  }
}

// What a cell has that its neighbour lacks stays in full colour.

function compare(section, on) {
  const same = data.same[section.dataset.cell];
  for (const diagram of all(".diagram", section)) {
    const ids = new Set(same[diagram.dataset.detail]);
    diagram.classList.toggle("comparing", on);
    all("[data-node]", diagram).forEach((node) => node.classList.toggle("same", ids.has(node.dataset.node)));
    all("[data-from]", diagram).forEach((edge) => edge.classList.toggle("same", ids.has(edge.dataset.from) && ids.has(edge.dataset.to)));
  }
}

// Tools

const acts = {
  detail: (value) => { state.detail = value; all(".diagram").forEach((d) => { d.hidden = d.dataset.detail !== value; }); },
  steps: (value) => { state.steps = Number(value); document.querySelector("[data-out=steps]").value = value; all("[data-cell]").forEach(strip); },
  compare: (value) => all("[data-cell]").forEach((section) => compare(section, value === "on")),
  init: (value) => { state.init = value; all("[data-cell]").forEach(strip); },
};
for (const [name, act] of Object.entries(acts)) {
  const tool = document.querySelector(`[data-tool=${name}]`);
  if (!tool) continue;
  tool.addEventListener("input", () => act(tool.value));
  act(tool.value);
}
document.querySelector("[data-tool=lang]").addEventListener("click", () => {
  document.documentElement.lang = document.documentElement.lang === "en" ? "zh" : "en";
  for (const node of all("[data-node][role=button]")) {
    node.setAttribute("aria-label", spoken(data.cells[node.closest("[data-cell]").dataset.cell], node.dataset.node));
  }
});
document.querySelector("[data-tool=theme]").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
});
document.querySelector(".tools").addEventListener("submit", (event) => event.preventDefault());
all("[data-size]").forEach((input) => input.addEventListener("input", count));
addEventListener("resize", () => all("[data-cell]").forEach(strip));
all("[data-cell]").forEach(connect);
count();
document.documentElement.dataset.ready = "true";
})();
