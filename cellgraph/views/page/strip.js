// Through time: one box a step, the latest at the right, and under it how much of the gradient is left there.

const signed = (log) => log.toFixed(1).replace(".0", "").replace("-", "−");

function strip(section) {
  const cell = data.cells[section.dataset.cell];
  const flow = cell.flows.find((one) => one.init === state.init);
  const told = section.querySelector(".told");
  if (!flow) return told.replaceChildren(sentence("still", {}));
  const steps = Math.min(state.steps, flow.norm.length - 1), width = Math.max(280, section.querySelector(".strip").clientWidth), pitch = width / (steps + 1), size = Math.min(26, pitch * 0.62);
  const shown = [flow.norm, flow.carry || []].flatMap((logs) => logs.slice(0, steps + 1).map((log) => log ?? -20));
  const least = Math.min(-2, ...shown), most = Math.max(0, ...shown);
  const bottom = 150, top = 60, length = (log) => (bottom - top) * ((log ?? least) - least) / (most - least);
  const svg = drawn("svg", {viewBox: `0 0 ${width} 170`, "aria-hidden": "true"});
  svg.append(drawn("line", {class: "axis", x1: 0, x2: width, y1: bottom, y2: bottom}));
  for (let back = 0; back <= steps; back++) {
    const x = width - pitch * (back + 0.5), strength = length(flow.norm[back]) / (bottom - top);
    if (back) svg.append(drawn("line", {class: "flow", x1: x + pitch - size / 2, x2: x + size / 2, y1: 28, y2: 28,
      "stroke-width": Math.max(0.4, 6 * strength).toFixed(2), "stroke-opacity": Math.max(0.12, strength).toFixed(3)}));
    svg.append(drawn("rect", {class: "step", x: x - size / 2, y: 28 - size / 2, width: size, height: size, rx: 4}));
    svg.append(drawn("rect", {class: "norm", x: x - size / 2, y: bottom - length(flow.norm[back]), width: flow.carry ? size / 2 : size, height: length(flow.norm[back])}));
    if (flow.carry) svg.append(drawn("rect", {class: "carried", x, y: bottom - length(flow.carry[back]), width: size / 2, height: length(flow.carry[back])}));
    if (back % Math.ceil(steps / Math.min(10, width / 60)) === 0) svg.append(drawn("text", {x: Math.max(x, 16), y: 166, "text-anchor": "middle"}, back ? `T−${back}` : "T"));
  }
  svg.append(drawn("text", {x: 2, y: top - 6}, `log₁₀: ${signed(most)} … ${signed(least)}`));
  section.querySelector(".strip").replaceChildren(svg);
  const separated = (list) => list.flatMap((one, k) => (k ? [", ", ...one] : one));
  const swatch = (kind) => element("span", {className: `swatch ${kind}`});
  told.replaceChildren();
  if (flow.overflow) told.append(sentence("overflow", {step: flow.overflow}), " ");
  if (flow.lost) told.append(sentence("lost", {step: flow.lost}), " ");
  if (!steps) return;
  told.append(swatch("norm"), sentence("left", {left: power(flow.norm[steps]), steps}));
  if (flow.carry) {
    const product = separated(cell.carries.map((c) => (c.sum ? ["∏ (", piece(c.formula), ")"] : ["∏ ", piece(c.formula)])));
    told.append(" ", swatch("carried"), sentence("alone", {carry: product, carried: power(flow.carry[steps])}));
  }
  told.append(" ", cell.terms[steps - 1] === "1" ? sentence("one", {steps}) : sentence("sum", {steps, terms: grouped(cell.terms[steps - 1])}));
  if (flow.gates.length) {
    told.append(" ", sentence("open", {gates: separated(flow.gates.map((g) => [piece(g.name), ` ${g.open.toFixed(2)}`]))}));
  }
}
