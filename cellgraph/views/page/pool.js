// What every part of the script uses: the derived data, the pool of ready pieces, and elements made of them.
// The script looks things up and shows them. Nothing is derived here, and nothing becomes markup: formulas and
// sentences are copied from the pool as they are, everything else is text.

const data = JSON.parse(document.getElementById("data").textContent);
const pieces = document.getElementById("pool").textContent.split("\n");
const template = document.createElement("template");
template.innerHTML = pieces.map((piece) => `<span>${piece}</span>`).join("");
const pool = template.content.children;
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

// A bracket that should grow says so; and the name of a function stands close to its argument.
for (const mo of [document, template.content].flatMap((part) => all("mo", part))) {
  if (!mo.hasAttribute("stretchy")) mo.setAttribute("stretchy", "false");
  if (/^\w+$/.test(mo.textContent)) mo.setAttribute("rspace", "0");
}

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
