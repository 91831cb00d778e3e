// Elements made of text nodes alone: nothing that was read is ever taken for markup.

const SVG = "http://www.w3.org/2000/svg";

export function element(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

export function drawn(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

// A sentence in both languages, Chinese first.
export const both = ({ zh, en }) => [zh, " ", element("span", { lang: "en" }, en)];

function fill(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children.flat().filter((one) => one !== null));
  return made;
}
