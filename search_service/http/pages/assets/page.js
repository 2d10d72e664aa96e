// Suggestions while somebody types, by the pattern of a combobox (WAI-ARIA), and what is copied.
// All pages work without it.

const WAIT = 120; // milliseconds after a key

class Suggestions {
  constructor(input) {
    this.input = input;
    this.form = input.form;
    this.asked = 0;
    this.at = -1;
    this.list = document.createElement("ul");
    this.list.id = "suggestions";
    this.list.hidden = true;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "Suggestions");
    input.after(this.list);
    for (const [name, value] of [
      ["role", "combobox"],
      ["aria-autocomplete", "list"],
      ["aria-expanded", "false"],
      ["aria-controls", this.list.id],
    ]) input.setAttribute(name, value);
    input.addEventListener("input", () => this.later());
    input.addEventListener("keydown", (event) => this.key(event));
    input.addEventListener("blur", () => this.close());
    // Not by a click, before which the input would lose its focus.
    this.list.addEventListener("pointerdown", (event) => {
      const option = event.target.closest("[role=option]");
      event.preventDefault();
      if (option) this.choose(option);
    });
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), WAIT);
  }

  async ask() {
    const number = ++this.asked;
    const prefix = this.input.value;
    if (!prefix.trim() || prefix.length > 100) return this.close();
    const user = this.form.elements.user.value.trim();
    const asks = new URLSearchParams({ entity: this.form.elements.entity.value, prefix, limit: "8" });
    if (user) asks.set("user", user);
    if (!user || this.form.elements.public.checked) asks.set("public", "true");
    let found = [];
    try {
      const answer = await fetch(`/suggestions?${asks}`);
      if (answer.ok) found = (await answer.json()).suggestions;
    } catch { /* Nobody answers: no suggestions. */ }
    if (number === this.asked) this.show(found);
  }

  show(found) {
    this.at = -1;
    this.input.removeAttribute("aria-activedescendant");
    this.list.replaceChildren(...found.map((one, at) => {
      const option = document.createElement("li");
      option.id = `suggestion-${at}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.dataset.text = one.text;
      const text = document.createElement("span");
      text.textContent = one.text;
      const kind = document.createElement("span");
      kind.className = "quiet";
      kind.textContent = one.kind;
      option.append(text, " ", kind);
      return option;
    }));
    const open = found.length > 0 && document.activeElement === this.input;
    this.list.hidden = !open;
    this.input.setAttribute("aria-expanded", String(open));
  }

  close() {
    clearTimeout(this.timer);
    this.asked++;
    this.show([]);
  }

  move(step) {
    const options = [...this.list.children];
    // One place more than options: there what was typed stands.
    const places = options.length + 1;
    this.at = ((this.at + 1 + step + places) % places) - 1;
    options.forEach((option, at) => option.setAttribute("aria-selected", String(at === this.at)));
    if (this.at < 0) return this.input.removeAttribute("aria-activedescendant");
    this.input.setAttribute("aria-activedescendant", options[this.at].id);
    options[this.at].scrollIntoView({ block: "nearest" });
  }

  choose(option) {
    this.input.value = option.dataset.text;
    this.close();
    this.form.requestSubmit();
  }

  key(event) {
    if (event.isComposing) return;
    if (this.list.hidden) {
      if (event.key === "ArrowDown") { this.ask(); event.preventDefault(); }
      return;
    }
    switch (event.key) {
      case "ArrowDown": this.move(1); break;
      case "ArrowUp": this.move(-1); break;
      case "Escape": this.close(); break;
      case "Enter":
        if (this.at < 0) return;
        this.choose(this.list.children[this.at]);
        break;
      default: return;
    }
    event.preventDefault();
  }
}

const text = document.getElementById("q");
if (text) new Suggestions(text);

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) break; // not over plain HTTP from another machine
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = "Copied";
  });
}

// What is shown is brought up to date, as long as somebody wants that and looks at it.
const REFRESH = 10_000;
const refresh = document.querySelector("[data-refresh]");
if (refresh) {
  const box = refresh.querySelector("input");
  refresh.hidden = false;
  box.checked = localStorage.getItem("refresh") !== "off";
  box.addEventListener("change", () => localStorage.setItem("refresh", box.checked ? "on" : "off"));
  setInterval(async () => {
    if (!box.checked || document.hidden) return;
    try {
      const answer = await fetch(location.href);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of ["[data-live]", "h1"]) {
        const [now, next] = [document.querySelector(part), page.querySelector(part)];
        if (now && next && !now.contains(document.activeElement)) now.replaceWith(next);
      }
    } catch { /* Nobody answers: what was there stays. */ }
  }, REFRESH);
}
