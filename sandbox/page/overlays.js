// What lies over the chat: the toast and the alert that answer a tap, and the large picture.

const byId = (id) => document.getElementById(id);
const SHORTEST_TOAST = 2500;
const PER_CHARACTER = 55;

export class Overlays {
  #hide = 0;

  constructor() {
    const viewer = byId("viewer");
    const canvas = byId("canvas");
    canvas.addEventListener("click", (event) => {
      if (event.target === canvas) viewer.close();
      else canvas.classList.toggle("zoomed");
    });
    viewer.addEventListener("close", () => {
      canvas.classList.remove("zoomed");
      byId("large").removeAttribute("src");
    });
    byId("alert").addEventListener("click", (event) => {
      if (event.target === event.currentTarget) event.currentTarget.close();
    });
  }

  toast(text) {
    const node = byId("toast");
    node.textContent = text;
    node.hidden = false;
    clearTimeout(this.#hide);
    const stay = Math.max(SHORTEST_TOAST, text.length * PER_CHARACTER);
    this.#hide = setTimeout(() => (node.hidden = true), stay);
  }

  alert(text) {
    byId("alert-text").textContent = text;
    if (!byId("alert").open) byId("alert").showModal();
  }

  picture(address, description) {
    const image = byId("large");
    image.src = address;
    image.alt = description;
    byId("viewer").showModal();
  }
}
