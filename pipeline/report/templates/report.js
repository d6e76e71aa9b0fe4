// The report reads without this. It adds search, filters, switches, keys and surrounding sentences.
(() => {
  "use strict";
  const root = document.documentElement;
  const ui = (name) => document.getElementById("ui-" + name);
  const units = [...document.querySelectorAll(".unit")];
  const search = ui("search"), outlet = ui("outlet"), language = ui("language"), topic = ui("topic");
  const differ = ui("differ"), only = ui("only");

  function remember(name, value) {
    root.dataset[name] = value;
    try {
      localStorage.setItem("parallax-" + name, value);
    } catch {
      // A browser may keep no storage for files.
    }
  }

  // Original, English or both
  const modes = [...document.querySelectorAll("#ui-show input")];
  function show(mode) {
    for (const input of modes) input.checked = input.value === mode;
    const current = document.querySelector(".current");
    const before = current && current.getBoundingClientRect().top;
    remember("show", mode);
    // What the reader looks at stays where it is.
    if (current) scrollBy({ top: current.getBoundingClientRect().top - before, behavior: "instant" });
  }
  const last = modes.find((input) => input.value === root.dataset.show);
  if (last) last.checked = true;
  else root.dataset.show = "both";
  ui("show").addEventListener("change", (event) => show(event.target.value));

  // Dark and light
  ui("theme").addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    remember("theme", dark ? "light" : "dark");
  });

  // Search and filters
  const texts = new Map();
  const folded = (text) => text.normalize("NFKC").toLowerCase();
  function textOf(unit) {
    if (!texts.has(unit)) {
      const parts = [...unit.querySelectorAll("h3, .o, .e")].map((part) => part.textContent);
      texts.set(unit, folded(parts.join("\n")));
    }
    return texts.get(unit);
  }
  const languageOf = new Map([...outlet.options].map((option) => [option.value, option.dataset.lang]));

  function wanted(unit, words) {
    const outlets = unit.dataset.o.split(" ");
    return (
      (!outlet.value || outlets.includes(outlet.value)) &&
      (!language.value || outlets.some((number) => languageOf.get(number) === language.value)) &&
      (!topic.value || unit.closest(".chapter").id === topic.value) &&
      (!differ.checked || "differ" in unit.dataset) &&
      (!only.checked || unit.classList.contains("single")) &&
      words.every((word) => textOf(unit).includes(word))
    );
  }

  function apply() {
    const words = folded(search.value).split(/\s+/).filter(Boolean);
    const active = words.length > 0 || [outlet, language, topic].some((one) => one.value) || differ.checked || only.checked;
    const was = root.classList.contains("filtered");
    let found = 0;
    for (const unit of units) {
      unit.hidden = active && !wanted(unit, words);
      if (!unit.hidden) found += 1;
    }
    for (const box of document.querySelectorAll(".singles .cell, .singles, .chapter")) {
      box.hidden = active && box.id !== "sources" && !box.querySelector(".unit:not([hidden])");
    }
    root.classList.toggle("filtered", active);
    ui("found").hidden = !active;
    ui("status").textContent = `${found.toLocaleString("en")} of ${units.length.toLocaleString("en")} points and single sentences`;
    paint(words);
    if (active && !was) scrollTo({ top: 0, behavior: "instant" });
  }

  function paint(words) {
    if (!window.CSS || !CSS.highlights) return;
    const ranges = [];
    for (const unit of words.length ? units : []) {
      if (unit.hidden || ranges.length > 1000) continue;
      const walker = document.createTreeWalker(unit, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const text = node.data.toLowerCase();
        for (const word of words) {
          for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
            const range = new Range();
            range.setStart(node, at);
            range.setEnd(node, Math.min(at + word.length, node.length));
            ranges.push(range);
          }
        }
      }
    }
    CSS.highlights.set("search", new Highlight(...ranges));
  }

  function clear() {
    for (const field of [search, outlet, language, topic]) field.value = "";
    differ.checked = only.checked = false;
    apply();
  }

  let waiting = 0;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(apply, 120);
  });
  for (const field of [outlet, language, topic, differ, only]) field.addEventListener("change", apply);
  ui("clear").addEventListener("click", clear);
  function filters(open) {
    ui("filters").hidden = !open;
    ui("filter-button").setAttribute("aria-expanded", String(open));
    root.classList.toggle("filtering", open);
  }
  ui("filter-button").addEventListener("click", () => filters(ui("filters").hidden));
  for (const button of document.querySelectorAll("[data-alone]")) {
    button.addEventListener("click", () => {
      clear();
      outlet.value = button.dataset.alone;
      only.checked = true;
      filters(true);
      apply();
    });
  }

  // One point after the other
  function choose(unit) {
    for (const other of document.querySelectorAll(".current")) other.classList.remove("current");
    unit.classList.add("current");
  }
  function step(by) {
    const seen = units.filter((unit) => !unit.hidden);
    const at = seen.findIndex((unit) => unit.classList.contains("current"));
    const next = seen[at < 0 ? 0 : Math.min(Math.max(at + by, 0), seen.length - 1)];
    if (!next) return;
    choose(next);
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "start", behavior: "instant" });
  }

  // A link to a point, a sentence or a source leads there even where it is filtered out or folded away.
  function arrive() {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (root.classList.contains("filtered")) clear();
    const folded = target.closest("details.source");
    if (folded) folded.open = true;
    if (target.classList.contains("unit")) choose(target);
    target.scrollIntoView({ block: target.classList.contains("s") ? "center" : "start", behavior: "instant" });
  }
  addEventListener("hashchange", arrive);

  // The sentences around one sentence, from the source in full
  function surroundings(sentence) {
    const all = [...sentence.closest(".text").querySelectorAll(".s")];
    const at = all.indexOf(sentence);
    const box = document.createElement("div");
    box.className = "context";
    for (const one of all.slice(Math.max(at - 2, 0), at + 3)) {
      const line = document.createElement("p");
      const text = sentence.closest(".text");
      line.lang = text.lang;
      line.dir = text.dir;
      if (one === sentence) line.className = "here";
      const copy = one.cloneNode(true);
      copy.removeAttribute("id");
      line.append(copy);
      box.append(line);
    }
    const more = document.createElement("a");
    more.href = "#" + sentence.id;
    more.className = "by";
    more.textContent = "Show in the source";
    box.append(more);
    return box;
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.ref");
    if (link && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
      event.preventDefault();
      const line = link.closest(".line");
      const open = line.querySelector(".context");
      if (open) open.remove();
      else line.append(surroundings(document.getElementById(decodeURIComponent(link.hash.slice(1)))));
      link.setAttribute("aria-expanded", String(!open));
    }
    const menu = ui("menu");
    if (menu.open && (event.target.closest("#ui-menu a") || !event.target.closest("#ui-menu"))) menu.open = false;
    // The hash stays the same when a link is followed twice.
    const inside = event.target.closest('a[href^="#"]:not(.ref)');
    if (inside && inside.hash === location.hash) arrive();
  });

  // Keys
  const help = ui("help");
  ui("help-button").addEventListener("click", () => help.showModal());
  const keys = {
    "/": () => search.focus(),
    j: () => step(1),
    k: () => step(-1),
    o: () => show("original"),
    e: () => show("english"),
    b: () => show("both"),
    "?": () => help.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || help.open) return;
    if (event.key === "Escape") {
      if (ui("menu").open) ui("menu").open = false;
      else if (root.classList.contains("filtered")) clear();
      else filters(false);
      event.target.blur();
    } else if (!event.target.matches("input:not([type=radio], [type=checkbox]), select, textarea") && keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  });

  if (location.hash) arrive();
})();
