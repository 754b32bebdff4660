// The page: puts connection, messages, composer and overlays together.

import { Composer } from "/page/composer.js";
import { Connection, readKey, Refused } from "/page/connection.js";
import { Messages } from "/page/messages.js";
import { Overlays } from "/page/overlays.js";

const byId = (id) => document.getElementById(id);
const LOST_AFTER = 1200;
const QUIET_AFTER = 4000;
const UNREACHABLE = "The bot is not running. Reconnecting…";
const QUIET = "The bot is not reading yet; your messages wait for it.";

class Page {
  #connection;
  #overlays = new Overlays();
  #messages;
  #composer;
  #taps = new Map(); // query id → the function that ends the button's waiting
  #answered = new Set();
  #typing = 0;
  #lostTimer = 0;
  #quietTimer = 0;
  #state = { reachable: false, listening: false };

  constructor(key) {
    this.#connection = new Connection(key);
    this.#messages = new Messages({
      command: (text) => this.#sendOrTell(text),
      tap: (message, button) => this.#tap(message, button),
      file: (id) => this.#connection.file(id),
      history: (before) => this.#connection.history(before),
      picture: (address, text) => this.#overlays.picture(address, text),
      toast: (text) => this.#overlays.toast(text),
    });
    this.#composer = new Composer((text) => this.#send(text));
    byId("start").addEventListener("click", () => this.#sendOrTell("/start"));
  }

  run() {
    byId("phone").hidden = false;
    this.#composer.focus();
    this.#connection.listen({
      onChanges: (changes) => this.#changes(changes),
      onLost: () => this.#lost(),
      onLocked: lock,
    });
  }

  #changes(changes) {
    const { fresh, more, messages, taps, bot, commands } = changes;
    this.#introduce(bot);
    if (fresh) this.#messages.replaceAll(messages, more);
    else this.#messages.update(messages);
    taps.forEach((tap) => this.#answer(tap));
    this.#composer.setCommands(commands);
    byId("empty").hidden = !this.#messages.isEmpty;
    this.#type(changes.typing);
    this.#reached(changes.listening);
  }

  #introduce({ name, description }) {
    if (byId("name").textContent !== name) {
      byId("name").textContent = name;
      byId("avatar").textContent = [...name][0]?.toUpperCase() ?? "";
      document.title = name;
    }
    byId("description").textContent = description || "Press Start, and it will tell you.";
  }

  async #send(text) {
    try {
      await this.#connection.send(text);
    } catch (error) {
      throw error instanceof Refused ? error : new Error("Not sent: the bot is not running.");
    }
  }

  async #sendOrTell(text) {
    try {
      await this.#send(text);
    } catch (error) {
      this.#overlays.toast(error.message);
    }
  }

  async #tap(message, button) {
    const end = this.#messages.pend(message.id, button.data);
    try {
      const { query_id: id } = await this.#connection.tap(message.id, button.data);
      // The answer can overtake this response.
      if (this.#answered.has(id)) end();
      else this.#taps.set(id, end);
    } catch (error) {
      end();
      const reason = error instanceof Refused ? error.message : "Not sent: the bot is not running.";
      this.#overlays.toast(reason);
    }
  }

  #answer(tap) {
    if (!tap.answered || this.#answered.has(tap.id)) return;
    this.#answered.add(tap.id);
    this.#taps.get(tap.id)?.();
    this.#taps.delete(tap.id);
    if (!tap.text) return;
    if (tap.alert) this.#overlays.alert(tap.text);
    else this.#overlays.toast(tap.text);
  }

  #type(milliseconds) {
    clearTimeout(this.#typing);
    this.#typing = 0;
    if (milliseconds > 0) {
      this.#typing = setTimeout(() => this.#type(0), milliseconds);
    }
    this.#showStatus();
  }

  #reached(listening) {
    clearTimeout(this.#lostTimer);
    this.#lostTimer = 0;
    this.#state = { reachable: true, listening };
    if (listening) {
      clearTimeout(this.#quietTimer);
      this.#quietTimer = 0;
      banner("");
    } else {
      if (byId("banner").textContent === UNREACHABLE) banner("");
      this.#quietTimer ||= setTimeout(() => banner(QUIET), QUIET_AFTER);
    }
    this.#showStatus();
  }

  #lost() {
    this.#state = { reachable: false, listening: false };
    clearTimeout(this.#quietTimer);
    this.#quietTimer = 0;
    this.#lostTimer ||= setTimeout(() => banner(UNREACHABLE), LOST_AFTER);
    this.#type(0);
  }

  #showStatus() {
    const status = byId("status");
    const { reachable, listening } = this.#state;
    const text = !reachable || !listening ? "connecting…" : this.#typing ? "typing" : "bot";
    if (status.textContent !== text) status.textContent = text;
    status.classList.toggle("typing", text === "typing");
  }
}

function banner(text) {
  byId("banner").textContent = text;
  byId("banner").hidden = !text;
}

function lock() {
  byId("phone").hidden = true;
  byId("locked").hidden = false;
  byId("example").textContent = `${location.origin}/#…`;
}

const key = readKey();
if (key) new Page(key).run();
else lock();
// Another key in the address bar means another chat: begin anew.
addEventListener("hashchange", () => location.reload());
