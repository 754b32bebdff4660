// Talks to the server: the key, requests, and the endless question "what is new?".

const STORED = "chat key";
const WAIT_SECONDS = 25;
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 4000;

export class Locked extends Error {}

export class Refused extends Error {}

// The key comes in the address after #, which browsers never send. It stays there, so that a
// reload and a bookmark work; the tab remembers it in case somebody shortens the address.
export function readKey() {
  const key = decodeURIComponent(location.hash.slice(1)) || sessionStorage.getItem(STORED) || "";
  if (key) sessionStorage.setItem(STORED, key);
  return key;
}

// A mistake while drawing is no lost connection: it goes to the console, and the listening goes on.
function show(onChanges, changes) {
  try {
    onChanges(changes);
  } catch (error) {
    reportError(error);
  }
}

export class Connection {
  #key;
  #wake = null;

  constructor(key) {
    this.#key = key;
    const retry = () => this.#wake?.();
    addEventListener("online", retry);
    document.addEventListener("visibilitychange", retry);
  }

  async #request(path, options = {}) {
    const response = await fetch(path, {
      ...options,
      headers: { ...options.headers, "X-Chat-Key": this.#key },
      cache: options.cache ?? "no-store",
    });
    if (response.status === 401 || response.status === 403) throw new Locked();
    if (!response.ok) {
      const answer = await response.json().catch(() => ({}));
      throw new Refused(answer.error ?? `The server answered ${response.status}.`);
    }
    return response;
  }

  async #post(path, body) {
    const response = await this.#request(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    return response.json();
  }

  send(text) {
    return this.#post("/chat/send", { text });
  }

  tap(messageId, data) {
    return this.#post("/chat/tap", { message_id: messageId, data });
  }

  async history(before) {
    return (await this.#request(`/chat/history?before=${before}`)).json();
  }

  async file(id) {
    const response = await this.#request(`/chat/file/${encodeURIComponent(id)}`, { cache: "default" });
    return response.blob();
  }

  // Asks again and again; the server answers when something is new. After a failure it asks at
  // growing distances, and from the same version on, so nothing is missed.
  async listen({ onChanges, onLost, onLocked }) {
    let version = 0;
    let pulse = 0;
    let pause = FIRST_PAUSE;
    for (;;) {
      try {
        const query = `since=${version}&pulse=${pulse}&wait=${WAIT_SECONDS}`;
        const signal = AbortSignal.timeout((WAIT_SECONDS + 10) * 1000);
        const changes = await (await this.#request(`/chat/changes?${query}`, { signal })).json();
        ({ version, pulse } = changes);
        pause = FIRST_PAUSE;
        show(onChanges, changes);
      } catch (error) {
        if (error instanceof Locked) return onLocked();
        onLost();
        await this.#sleep(pause);
        pause = Math.min(pause * 1.6, LONGEST_PAUSE);
      }
    }
  }

  #sleep(milliseconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
