// One quantity

function row(list, key, ...values) {
  if (values.length) list.append(element("dt", {}, word(key)), element("dd", {}, ...values.map((v) => element("span", {}, v))));
}

// What a screen reader says of a quantity: its name, and what the spec calls it in the page's language.
function spoken(cell, name) {
  const label = cell.quantities[name].label;
  const said = typeof label === "number" ? piece(label) : null;
  const own = said && (said.querySelector(`[lang=${document.documentElement.lang}]`) || said);
  return own ? `${name} ${own.textContent}` : name;
}

function shape(symbols) {
  return symbols.length ? element("i", {}, symbols.join(" × ")) : word("scalar");
}

function described(cell, name) {
  const told = cell.quantities[name];
  const list = element("dl");
  const heading = element("p", {}, element("strong", {}, piece(told.name)), " ");
  if (typeof told.label === "number") heading.append(piece(told.label));
  if (told.label !== told.part) heading.append(typeof told.label === "number" ? " · " : "", piece(told.part));
  const parts = [heading, element("p", {}, piece(told.meaning))];
  if (told.equation !== null) parts.push(element("p", {}, piece(told.equation)));
  if (told.inside !== undefined) parts.push(element("details", {}, element("summary", {}, word("inside")), piece(told.inside)));
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

// What leads from one quantity to another, step by step, where the paths are too many to be listed.
function stepsBetween(cell, [late, early]) {
  const before = (name) => name === early || `${name}|${early}` in cell.pairs;
  const after = (name) => name === late || `${late}|${name}` in cell.pairs;
  return Object.entries(cell.quantities).filter(([name]) => after(name)).flatMap(([name, told]) =>
    told.derivatives.map((d) => d.by).filter(before).map((by) => [by, name]));
}

// The paths of a pair: what kind each is, its product, and the chains of names that it sums.
function pathsOf(cell, pair) {
  const found = cell.pairs[pair.join("|")];
  if (!Array.isArray(found)) return null;
  return found.map(([kind, product, ...chains]) => ({kind, product, chains: chains.map((chain) => chain.split(" "))}));
}

function ways(cell, pair) {
  const paths = pathsOf(cell, pair);
  const number = paths ? paths.length : cell.pairs[pair.join("|")];
  const heading = element("p", {}, element("strong", {}, "∂ ", piece(cell.quantities[pair[0]].name), " / ∂ ",
    piece(cell.quantities[pair[1]].name)), " · ", number === 1 ? word("path") : sentence("paths", {count: grouped(number)}));
  if (!paths) return [heading, element("p", {}, word("many"))];
  const list = element("ol");
  for (const path of paths) {
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
