// Faults that a tool like axe reports: of contrast, names, labels, headings, ids, landmarks.
() => {
  const faults = [];
  const parse = (text) => {
    const [red, green, blue, alpha = 1] = text.match(/[\d.]+/g).map(Number);
    return { red, green, blue, alpha };
  };
  const light = ({ red, green, blue }) => {
    const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = [red, green, blue].map((value) => linear(value / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const words = (node) => node.textContent.trim().slice(0, 60);
  const start = (element) => element.outerHTML.slice(0, 80);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.alpha === 1) return colour;
      if (colour.alpha > 0) faults.push(`half transparent background: ${start(at)}`);
    }
    return parse("rgb(255, 255, 255)");
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.textContent.trim() || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const [a, b] = [light(parse(style.color)), light(behind(element))].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < (large ? 3 : 4.5)) {
      faults.push(`contrast ${ratio.toFixed(2)}: ${words(texts.currentNode)}`);
    }
  }
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  if (new Set(ids).size !== ids.length) faults.push("an id is there twice");
  if (document.querySelectorAll("h1").length !== 1) faults.push("not exactly one h1");
  if (document.querySelectorAll("main").length !== 1) faults.push("not exactly one main");
  if (!document.documentElement.lang || !document.title) faults.push("no language or no title");
  let last = 0;
  for (const heading of document.querySelectorAll("h1, h2, h3, h4")) {
    const level = Number(heading.tagName[1]);
    if (level > last + 1) faults.push(`heading ${heading.textContent} skips a level`);
    last = level;
  }
  for (const link of document.querySelectorAll("a, button, summary")) {
    const named = link.textContent.trim() || link.getAttribute("aria-label");
    if (!named) faults.push(`no name: ${start(link)}`);
  }
  for (const field of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    if (!field.labels || !field.labels.length) faults.push(`no label: ${start(field)}`);
  }
  for (const attribute of ["aria-labelledby", "aria-describedby"]) {
    for (const element of document.querySelectorAll(`[${attribute}]`)) {
      const named = document.getElementById(element.getAttribute(attribute));
      if (!named) faults.push(`${attribute} names nothing`);
    }
  }
  for (const element of document.querySelectorAll("main *")) {
    const scrolls = /auto|scroll/.test(getComputedStyle(element).overflowX)
      && element.scrollWidth > element.clientWidth;
    if (scrolls && element.tabIndex < 0) faults.push(`scrolls and cannot be focused: ${start(element)}`);
  }
  const cut = [...document.querySelectorAll("td strong")].filter((cell) => cell.getClientRects().length > 1);
  if (cut.length) faults.push(`broken word: ${words(cut[0])}`);
  const targets = "button, summary, .langs a, footer a, .button, .brand";
  for (const element of document.querySelectorAll(targets)) {
    const { height } = element.getBoundingClientRect();
    const small = element.checkVisibility() && height < 24;
    if (small) faults.push(`small target: ${words(element)} ${height}`);
  }
  return faults;
}
