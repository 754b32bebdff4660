// Where the person writes: the growing text box, the command menu and its suggestions.

import { icon } from "/page/messages.js";

const byId = (id) => document.getElementById(id);
const MOST_TEXT = 4096;
const TALLEST = 160;

export class Composer {
  #send;
  #commands = [];
  #menuOpen = false;
  #chosen = -1;

  // send(text) returns a promise that fails with a reason to be shown.
  constructor(send) {
    this.#send = send;
    const text = byId("text");
    text.addEventListener("input", () => this.#changed());
    text.addEventListener("keydown", (event) => this.#key(event));
    byId("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    byId("menu").addEventListener("click", () => this.#toggleMenu(!this.#menuOpen));
    document.addEventListener("pointerdown", (event) => {
      if (!event.target.closest("#commands, #composer")) this.#toggleMenu(false);
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#toggleMenu(false);
    });
    this.#changed();
  }

  setCommands(commands) {
    if (JSON.stringify(commands) === JSON.stringify(this.#commands)) return;
    this.#commands = commands;
    byId("menu").hidden = commands.length === 0;
    this.#drawCommands();
  }

  focus() {
    // On a phone the keyboard would cover half of the chat before anybody wants to write.
    if (matchMedia("(pointer: fine)").matches) byId("text").focus();
  }

  #changed() {
    const text = byId("text");
    text.style.height = "auto";
    text.style.height = `${Math.min(text.scrollHeight, TALLEST)}px`;
    text.style.overflowY = text.scrollHeight > TALLEST ? "auto" : "hidden";
    const written = text.value.trim();
    byId("send").disabled = !written;
    byId("composer").classList.toggle("writing", Boolean(text.value));
    const over = written.length - MOST_TEXT;
    this.#complain(over > 0 ? `${over} characters too many; ${MOST_TEXT} is the most.` : "");
    this.#menuOpen = false;
    this.#chosen = -1;
    this.#drawCommands();
  }

  #complain(text) {
    byId("problem").textContent = text;
    byId("problem").hidden = !text;
  }

  #key(event) {
    if (event.isComposing) return;
    const offered = this.#offered();
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      if (this.#chosen >= 0) this.sendCommand(offered[this.#chosen].command);
      else this.#submit();
    } else if (offered.length && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.#chosen = (this.#chosen + step + offered.length) % offered.length;
      this.#drawCommands();
    } else if (offered.length && event.key === "Tab" && !event.shiftKey) {
      event.preventDefault();
      this.#write(offered[Math.max(this.#chosen, 0)].command);
    }
  }

  // All commands when the menu is open; while "/…" is being typed, those that begin like it.
  #offered() {
    if (this.#menuOpen) return this.#commands;
    const written = byId("text").value;
    if (!/^\/[a-z0-9_]*$/i.test(written)) return [];
    const start = written.slice(1).toLowerCase();
    const fits = this.#commands.filter(({ command }) => command.startsWith(start));
    return fits.length === 1 && fits[0].command === start ? [] : fits;
  }

  #drawCommands() {
    const offered = this.#offered();
    byId("commands").hidden = offered.length === 0;
    byId("menu").setAttribute("aria-expanded", String(this.#menuOpen));
    const rows = offered.map((entry, index) => this.#row(entry, index === this.#chosen));
    byId("command-list").replaceChildren(...rows);
    rows[this.#chosen]?.scrollIntoView({ block: "nearest" });
  }

  #row({ command, description }, chosen) {
    const row = document.createElement("li");
    row.classList.toggle("chosen", chosen);
    const send = document.createElement("button");
    send.type = "button";
    send.className = "command";
    const name = document.createElement("span");
    name.className = "command-name";
    name.textContent = `/${command}`;
    const about = document.createElement("span");
    about.className = "command-about";
    about.textContent = description;
    send.append(name, about);
    send.addEventListener("click", () => this.sendCommand(command));
    const write = document.createElement("button");
    write.type = "button";
    write.className = "write";
    write.setAttribute("aria-label", `Write /${command} and go on`);
    write.append(icon("icon-write"));
    write.addEventListener("click", () => this.#write(command));
    row.append(send, write);
    return row;
  }

  #toggleMenu(open) {
    if (open === this.#menuOpen) return;
    this.#menuOpen = open;
    this.#chosen = -1;
    this.#drawCommands();
    if (open) byId("commands").scrollTop = 0;
  }

  #write(command) {
    const text = byId("text");
    text.value = `/${command} `;
    this.#changed();
    text.focus();
  }

  sendCommand(command) {
    this.#toggleMenu(false);
    if (byId("text").value.startsWith("/")) byId("text").value = "";
    this.#changed();
    this.#deliver(`/${command}`, false);
  }

  #submit() {
    const text = byId("text");
    const written = text.value.trim();
    if (!written || written.length > MOST_TEXT) return;
    text.value = "";
    this.#changed();
    this.#deliver(written, true);
    text.focus();
  }

  async #deliver(written, giveBack) {
    try {
      await this.#send(written);
    } catch (error) {
      if (giveBack && !byId("text").value) {
        byId("text").value = written;
        this.#changed();
      }
      this.#complain(error.message);
    }
  }
}
