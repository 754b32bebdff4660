// Turns a text and its entities into nodes. Message data only ever becomes text nodes and checked
// links; no markup is parsed here, so nothing in a message can run.

const TAGS = {
  bold: "strong",
  italic: "em",
  underline: "u",
  strikethrough: "s",
  code: "code",
  pre: "pre",
  blockquote: "blockquote",
  expandable_blockquote: "blockquote",
  text_link: "a",
  url: "a",
  bot_command: "button",
  spoiler: "button",
};
const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);
const PROTOCOLS = new Set(["http:", "https:", "tg:"]);

export function safeLink(address) {
  try {
    const url = new URL(address);
    return PROTOCOLS.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

// Offsets are in UTF-16 units, and so are JavaScript's. `entities` come sorted, outer ones first.
export function formatted(text, entities, onCommand) {
  const fragment = document.createDocumentFragment();
  fill(fragment, text, 0, text.length, entities, onCommand);
  return fragment;
}

function fill(parent, text, from, to, entities, onCommand) {
  let at = from;
  let afterBlock = false;
  let index = 0;
  const plain = (end, beforeBlock) => {
    let piece = text.slice(at, end);
    // A block stands on lines of its own: the line break beside it would make an empty one.
    if (afterBlock && piece.startsWith("\n")) piece = piece.slice(1);
    if (beforeBlock && piece.endsWith("\n")) piece = piece.slice(0, -1);
    if (piece) parent.append(piece);
  };
  while (index < entities.length) {
    const entity = entities[index];
    const start = Math.max(entity.offset, at);
    const end = Math.min(entity.offset + entity.length, to);
    index += 1;
    if (end <= start) continue;
    const inner = [];
    while (index < entities.length && entities[index].offset < end) inner.push(entities[index++]);
    const block = BLOCKS.has(entity.type);
    plain(start, block);
    const content = text.slice(start, end);
    const node = element(entity, content, onCommand);
    fill(node, text, start, end, inner, onCommand);
    parent.append(node);
    if (entity.type === "expandable_blockquote") parent.append(expander(node));
    at = end;
    afterBlock = block;
  }
  plain(to, false);
}

function element(entity, content, onCommand) {
  const tag = TAGS[entity.type];
  if (tag === "a") return link(entity.type === "url" ? content : entity.url);
  if (entity.type === "bot_command") return command(content, onCommand);
  if (entity.type === "spoiler") return spoiler();
  const node = document.createElement(tag ?? "span");
  if (entity.type === "pre" && entity.language) node.dataset.language = entity.language;
  if (entity.type === "expandable_blockquote") node.className = "folded";
  return node;
}

function link(address) {
  const href = safeLink(address);
  if (!href) return document.createElement("span");
  const node = document.createElement("a");
  node.href = href;
  node.target = "_blank";
  node.rel = "noopener noreferrer";
  node.title = href;
  return node;
}

function command(content, onCommand) {
  const node = document.createElement("button");
  node.type = "button";
  node.className = "command-link";
  node.addEventListener("click", () => onCommand(content));
  return node;
}

function spoiler() {
  const node = document.createElement("button");
  node.type = "button";
  node.className = "spoiler";
  node.setAttribute("aria-label", "Hidden text; press to show it");
  node.addEventListener("click", () => {
    node.classList.add("shown");
    node.removeAttribute("aria-label");
  });
  return node;
}

function expander(quote) {
  const node = document.createElement("button");
  node.type = "button";
  node.className = "expander";
  node.textContent = "Show more";
  node.setAttribute("aria-expanded", "false");
  node.addEventListener("click", () => {
    const folded = quote.classList.toggle("folded");
    node.textContent = folded ? "Show more" : "Show less";
    node.setAttribute("aria-expanded", String(!folded));
  });
  return node;
}
