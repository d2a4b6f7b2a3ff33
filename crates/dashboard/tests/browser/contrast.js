// Every text of the page, against what is painted behind it, as WCAG 2 AA asks: 4.5 to 1, and 3 to 1 for large text.
// Colours are mixed as the browser mixes them: backgrounds, shapes and veils, each with its opacity.
const sheet = new CSSStyleSheet();
// What lets the pointer through is painted all the same.
sheet.replaceSync("* { pointer-events: auto !important; scroll-behavior: auto !important; }");
document.adoptedStyleSheets = [sheet];

const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
const known = new Map();
// A colour as four numbers, red to alpha, each from 0 to 1.
const parsed = (colour) => {
  if (!known.has(colour)) {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    known.set(colour, [...canvas.getImageData(0, 0, 1, 1).data].map((part) => part / 255));
  }
  return known.get(colour);
};
const over = (above, below, opacity = 1) => {
  const alpha = above[3] * opacity;
  return [0, 1, 2].map((part) => above[part] * alpha + below[part] * (1 - alpha)).concat(1);
};
const luminance = (colour) => {
  const [red, green, blue] = colour.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};
const ratio = (one, other) => {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
};
const isDrawn = (element) => element instanceof SVGElement && !(element instanceof SVGSVGElement);
// What `element` paints at a point where it is hit, or nothing.
const paint = (element) => {
  const style = getComputedStyle(element);
  if (element.matches("text, tspan, a, g")) return null;
  if (!isDrawn(element)) return parsed(style.backgroundColor);
  const name = style.fill === "none" ? style.stroke : style.fill;
  if (name === "none") return null;
  const colour = parsed(name);
  return [...colour.slice(0, 3), colour[3] * Number(style.fillOpacity)];
};
const opacityOf = (element) => Number(getComputedStyle(element).opacity);
// The nearest element around `element`, or itself, that is mixed as one with what is behind it.
const groupOf = (element) => {
  for (let one = element; one; one = one.parentElement) if (opacityOf(one) < 1) return one;
  return null;
};

const judge = (holder, colour, text) => {
  holder.scrollIntoView({ block: "center", inline: "center" });
  const box = holder.getBoundingClientRect();
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  const stack = document.elementsFromPoint(x, y).reverse();
  const group = groupOf(holder);
  const isIn = (element) => group?.contains(element);
  const own = stack.lastIndexOf(holder);
  const level = own < 0 ? stack.length : own + 1;
  const laid = (base, elements) =>
    elements.reduce((below, element) => {
      const above = paint(element);
      return above ? over(above, below, isIn(element) ? 1 : opacityOf(element)) : below;
    }, base);
  const canvasColour = parsed(getComputedStyle(document.documentElement).colorScheme.includes("dark")
    && matchMedia("(prefers-color-scheme: dark)").matches ? "#121212" : "#ffffff");
  const backdrop = laid(canvasColour, stack.slice(0, level).filter((element) => !isIn(element)));
  let ground = laid(backdrop, stack.slice(0, level).filter((element) => isIn(element)));
  const style = getComputedStyle(holder);
  // A halo of several pixels is what a letter stands on.
  if (style.paintOrder.startsWith("stroke") && style.stroke !== "none" && parseFloat(style.strokeWidth) >= 3) {
    ground = over(parsed(style.stroke), ground);
  }
  const mixed = (colour) => (group ? over([...colour.slice(0, 3), 1], backdrop, opacityOf(group)) : colour);
  const veils = stack.slice(level).filter((element) => !holder.contains(element));
  const shown = laid(mixed(over(colour, ground)), veils);
  const behind = laid(mixed(ground), veils);
  const matrix = holder.getScreenCTM?.();
  const size = parseFloat(style.fontSize) * (matrix ? Math.hypot(matrix.a, matrix.b) : 1);
  const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
  const found = ratio(shown, behind);
  // Rounding of colours to whole numbers is no fault.
  return found + 0.02 < (isLarge ? 3 : 4.5)
    ? { text, found: found.toFixed(2), size, colour: style.color, fill: style.fill, in: holder.outerHTML.slice(0, 120) }
    : null;
};

const faint = [];
let texts = 0;
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const text = walker.currentNode.data.trim();
  const holder = walker.currentNode.parentElement;
  if (!text || holder.closest("title, desc, script, style") || !holder.checkVisibility()) continue;
  const box = holder.getBoundingClientRect();
  // What waits outside of the page until it has the focus.
  if (box.right < 0 || box.width === 0) continue;
  const style = getComputedStyle(holder);
  texts += 1;
  const found = judge(holder, parsed(isDrawn(holder) ? style.fill : style.color), text);
  if (found) faint.push(found);
}
for (const input of document.querySelectorAll("input[placeholder]")) {
  texts += 1;
  const found = judge(input, parsed(getComputedStyle(input, "::placeholder").color), input.placeholder);
  if (found) faint.push(found);
}
return { texts, faint };
