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
      all("[role]", node).forEach((box) => box.setAttribute("aria-pressed", String(on)));
    }
    const pair = chosen.length === 2 && between(cell, ...chosen);
    panel.hidden = chosen.length === 0;
    panel.replaceChildren(...(chosen.length === 1 ? [word("first")] : pair ? ways(cell, pair) : [word("none")]));
    light(section, pair ? (pathsOf(cell, pair) || [{chains: stepsBetween(cell, pair)}]).flatMap((path) => path.chains) : []);
    show(chosen[chosen.length - 1]);
  }

  // A wide drawing is scrolled rather than shrunk until nobody can read it.
  for (const svg of all(".diagram svg", section)) svg.style.minWidth = `${0.5 * svg.getAttribute("width")}px`;
  for (const node of all("[data-node][data-quantity]", section)) {
    const name = node.dataset.quantity;
    if (!(name in cell.quantities)) continue;
    if (node.dataset.node === name) {
      // The button is the box alone: its letters are those of mathematics, which nobody wants to hear one by one.
      const box = node.querySelector("rect,path");
      for (const [key, value] of Object.entries({role: "button", tabindex: "0", "aria-label": spoken(cell, name)})) box.setAttribute(key, value);
      all("text", node).forEach((text) => text.setAttribute("aria-hidden", "true"));
      box.addEventListener("focus", () => show(name));
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
