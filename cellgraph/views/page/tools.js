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
// What holds nothing but text has to be said anew.
function speak(lang) {
  document.documentElement.lang = lang;
  for (const option of all(`option[data-${lang}]`)) option.textContent = option.dataset[lang];
  for (const box of all("[data-node]>[role]")) {
    box.setAttribute("aria-label", spoken(data.cells[box.closest("[data-cell]").dataset.cell], box.parentNode.dataset.node));
  }
}
document.querySelector("[data-tool=lang]").addEventListener("click", () => speak(document.documentElement.lang === "en" ? "zh" : "en"));
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
