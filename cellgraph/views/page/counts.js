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
