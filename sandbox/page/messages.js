// The list of messages: bubbles, days, pictures, buttons, and where it is scrolled to.

import { formatted, safeLink } from "/page/formatted.js";

const byId = (id) => document.getElementById(id);
const NEAR_END = 60;
const SAME_GROUP_SECONDS = 300;
const PENDING_MILLISECONDS = 30_000;
const time = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const dayOfYear = new Intl.DateTimeFormat("en", { day: "numeric", month: "long" });
const fullDay = new Intl.DateTimeFormat("en", { day: "numeric", month: "long", year: "numeric" });

export class Messages {
  #shown = new Map(); // id → { message, node, source }
  #days = new Map(); // day → separator
  #pictures = new Map(); // file id → promise of an object address
  #pending = new Map(); // "message data" → how many taps wait for their answer
  #actions;
  #atEnd = true;
  #unread = 0;
  #loading = false;
  #more = false;

  // actions: command(text), tap(message, button), file(id), history(before), picture(url, text),
  // toast(text)
  constructor(actions) {
    this.#actions = actions;
    const scroll = byId("scroll");
    scroll.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    byId("to-end").addEventListener("click", () => this.toEnd(true));
    // A picture, the keyboard of a phone, a growing text box: whoever was at the end stays there.
    const keep = new ResizeObserver(() => this.#atEnd && this.toEnd());
    keep.observe(scroll);
    keep.observe(byId("messages"));
  }

  get isEmpty() {
    return this.#shown.size === 0;
  }

  replaceAll(messages, more) {
    const present = new Set(messages.map((message) => message.id));
    for (const [id, { node }] of this.#shown) {
      if (present.has(id)) continue;
      node.remove();
      this.#shown.delete(id);
    }
    this.#more = more;
    this.#atEnd = true;
    this.#put(messages);
    this.#arrange();
    this.toEnd();
  }

  update(messages) {
    const oldest = this.#oldest();
    const wanted = messages.filter((message) => !(this.#more && message.id < oldest));
    const fresh = wanted.filter((message) => !this.#shown.has(message.id) && !message.deleted);
    this.#put(wanted);
    this.#arrange();
    if (this.#atEnd || fresh.some((message) => message.mine)) this.toEnd();
    else this.#countUnread(fresh.length);
  }

  #oldest() {
    return Math.min(...this.#shown.keys(), Infinity);
  }

  #put(messages) {
    for (const message of messages) {
      const known = this.#shown.get(message.id);
      if (message.deleted) {
        known?.node.remove();
        this.#shown.delete(message.id);
        continue;
      }
      const source = JSON.stringify(message);
      if (known?.source === source) continue;
      const node = known?.node ?? document.createElement("li");
      const focused = [...node.querySelectorAll("button")].indexOf(document.activeElement);
      this.#draw(node, message);
      if (focused >= 0) node.querySelectorAll("button")[focused]?.focus({ preventScroll: true });
      this.#shown.set(message.id, { message, node, source });
    }
  }

  // Puts nodes and day lines in order, moving only what is out of place.
  #arrange() {
    const list = byId("messages");
    const sorted = [...this.#shown.values()].sort((a, b) => a.message.id - b.message.id);
    const wanted = [];
    const days = new Set();
    sorted.forEach(({ message, node }, index) => {
      const day = new Date(message.date * 1000).toDateString();
      if (!days.has(day)) wanted.push(this.#day(day, message.date));
      days.add(day);
      const next = sorted[index + 1]?.message;
      const last = !next || next.mine !== message.mine || next.date - message.date > SAME_GROUP_SECONDS;
      node.classList.toggle("last", last);
      wanted.push(node);
    });
    for (const [day, node] of this.#days) {
      if (days.has(day)) continue;
      node.remove();
      this.#days.delete(day);
    }
    wanted.forEach((node, index) => {
      if (list.children[index] !== node) list.insertBefore(node, list.children[index] ?? null);
    });
  }

  #day(day, seconds) {
    if (!this.#days.has(day)) {
      const node = document.createElement("li");
      node.className = "day";
      node.append(document.createElement("span"));
      this.#days.set(day, node);
    }
    const node = this.#days.get(day);
    const text = dayName(new Date(seconds * 1000));
    if (node.firstChild.textContent !== text) node.firstChild.textContent = text;
    return node;
  }

  #draw(node, message) {
    node.className = `message ${message.mine ? "mine" : "theirs"}`;
    node.id = `message-${message.id}`;
    const bubble = make("article", "bubble");
    bubble.setAttribute("aria-label", message.mine ? "You" : "Bot");
    if (message.replyTo) bubble.append(this.#quote(message.replyTo));
    if (message.kind === "photo") bubble.append(this.#picture(message));
    if (message.kind === "document") bubble.append(this.#document(message));
    const body = make("div", "text");
    if (message.text) {
      body.append(formatted(message.text, message.entities, this.#actions.command));
    }
    body.append(stamp(message));
    bubble.append(body);
    if (message.kind === "photo") bubble.classList.add(message.text ? "captioned" : "bare");
    const column = make("div", "column");
    column.append(bubble);
    if (message.buttons.length) column.append(this.#keyboard(message));
    node.replaceChildren(column);
    node.classList.toggle("with-buttons", message.buttons.length > 0);
    node.classList.toggle("wide", message.kind === "photo" || Boolean(body.querySelector("pre")));
  }

  #quote(id) {
    const original = this.#shown.get(id)?.message;
    const node = make("button", "reply");
    node.type = "button";
    node.append(make("span", "reply-who", original?.mine === false ? byId("name").textContent : "You"));
    node.append(make("span", "reply-text", original?.text || "Message"));
    node.addEventListener("click", () => {
      byId(`message-${id}`)?.scrollIntoView({ block: "center", behavior: smooth() });
    });
    return node;
  }

  #picture(message) {
    const { id, width, height } = message.file;
    const node = make("button", "picture");
    node.type = "button";
    node.setAttribute("aria-label", "Enlarge the picture");
    const image = document.createElement("img");
    image.alt = message.text ? message.text.split("\n")[0] : "Picture";
    image.width = width;
    image.height = height;
    image.draggable = false;
    node.append(image);
    if (!this.#pictures.has(id)) {
      this.#pictures.set(id, this.#actions.file(id).then((blob) => URL.createObjectURL(blob)));
    }
    this.#pictures.get(id).then(
      (address) => {
        image.src = address;
        node.addEventListener("click", () => this.#actions.picture(address, image.alt));
      },
      () => {
        this.#pictures.delete(id);
        node.classList.add("broken");
      },
    );
    return node;
  }

  #document(message) {
    const { id, name, size } = message.file;
    const node = make("button", "document");
    node.type = "button";
    node.setAttribute("aria-label", `Download ${name}, ${sizeName(size)}`);
    const sign = make("span", "sign");
    sign.append(icon("icon-file"));
    const lines = make("span", "lines");
    lines.append(make("span", "file-name", name), make("span", "file-size", sizeName(size)));
    node.append(sign, lines);
    node.addEventListener("click", async () => {
      try {
        const address = URL.createObjectURL(await this.#actions.file(id));
        const link = document.createElement("a");
        link.href = address;
        link.download = name;
        link.click();
        setTimeout(() => URL.revokeObjectURL(address), 60_000);
      } catch (error) {
        this.#actions.toast(error.message);
      }
    });
    return node;
  }

  #keyboard(message) {
    const keyboard = make("div", "keyboard");
    keyboard.setAttribute("role", "group");
    keyboard.setAttribute("aria-label", "Buttons");
    for (const row of message.buttons) {
      const line = make("div", "row");
      line.append(...row.map((button) => this.#button(message, button)));
      keyboard.append(line);
    }
    return keyboard;
  }

  #button(message, button) {
    if (button.url) return linkButton(button);
    const node = make("button", `key ${button.style ?? ""}`.trim());
    node.type = "button";
    node.append(make("span", "key-text", button.text));
    if (button.copy) {
      node.append(icon("icon-copy"));
      node.addEventListener("click", () => this.#copy(button.copy));
      return node;
    }
    const key = `${message.id} ${button.data}`;
    node.dataset.key = key;
    node.classList.toggle("pending", this.#pending.has(key));
    // Each tap counts, as on a phone: two quick ones are two, and the bot has to cope.
    node.addEventListener("click", () => this.#actions.tap(message, button));
    return node;
  }

  async #copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      this.#actions.toast("Copied");
    } catch {
      this.#actions.toast("The browser did not allow copying.");
    }
  }

  // Marks a button as waiting; the function that it returns, called once or more, ends that.
  pend(messageId, data) {
    const key = `${messageId} ${data}`;
    this.#pending.set(key, (this.#pending.get(key) ?? 0) + 1);
    this.#markPending(key);
    let open = true;
    const end = () => {
      if (!open) return;
      open = false;
      const left = this.#pending.get(key) - 1;
      if (left > 0) this.#pending.set(key, left);
      else this.#pending.delete(key);
      this.#markPending(key);
    };
    setTimeout(end, PENDING_MILLISECONDS);
    return end;
  }

  #markPending(key) {
    for (const node of byId("messages").querySelectorAll(".key")) {
      if (node.dataset.key !== key) continue;
      node.classList.toggle("pending", this.#pending.has(key));
      node.setAttribute("aria-busy", String(this.#pending.has(key)));
    }
  }

  #scrolled() {
    const scroll = byId("scroll");
    this.#atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_END;
    if (this.#atEnd) this.#countUnread(-this.#unread);
    byId("to-end").hidden = this.#atEnd;
    if (scroll.scrollTop < 200) this.#loadOlder();
  }

  #countUnread(more) {
    this.#unread += more;
    byId("unread").hidden = this.#unread === 0;
    byId("unread").textContent = this.#unread;
  }

  toEnd(smoothly = false) {
    this.#atEnd = true;
    this.#countUnread(-this.#unread);
    byId("to-end").hidden = true;
    const scroll = byId("scroll");
    scroll.scrollTo({ top: scroll.scrollHeight, behavior: smoothly ? smooth() : "instant" });
  }

  async #loadOlder() {
    if (!this.#more || this.#loading) return;
    this.#loading = true;
    try {
      const { messages, more } = await this.#actions.history(this.#oldest());
      const scroll = byId("scroll");
      const fromEnd = scroll.scrollHeight - scroll.scrollTop;
      this.#more = more;
      this.#put(messages);
      this.#arrange();
      scroll.scrollTop = scroll.scrollHeight - fromEnd;
    } catch {
      // The banner tells that the connection is lost; the next scroll tries again.
    } finally {
      this.#loading = false;
    }
  }
}

function linkButton(button) {
  const href = safeLink(button.url);
  const node = make("a", `key ${button.style ?? ""}`.trim());
  if (href) node.href = href;
  node.target = "_blank";
  node.rel = "noopener noreferrer";
  node.append(make("span", "key-text", button.text), icon("icon-link"));
  return node;
}

function stamp(message) {
  const node = make("span", "stamp");
  if (message.edited) node.append(make("span", "edited", "edited"));
  const at = make("time", "", time.format(new Date(message.date * 1000)));
  at.dateTime = new Date(message.date * 1000).toISOString();
  node.append(at);
  if (message.mine) node.append(icon("icon-read"));
  return node;
}

function make(tag, className = "", text = null) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== null) node.textContent = text;
  return node;
}

export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const node = document.createElementNS(space, "svg");
  node.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `#${name}`);
  node.append(use);
  return node;
}

function smooth() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth";
}

function dayName(date) {
  const today = new Date();
  const yesterday = new Date();
  yesterday.setDate(today.getDate() - 1);
  if (date.toDateString() === today.toDateString()) return "Today";
  if (date.toDateString() === yesterday.toDateString()) return "Yesterday";
  return (date.getFullYear() === today.getFullYear() ? dayOfYear : fullDay).format(date);
}

function sizeName(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
