// The page reads without this. It adds search and the switch between dark and light.
(() => {
  "use strict";
  const root = document.documentElement;
  const ui = (name) => document.getElementById("ui-" + name);
  const folded = (text) => text.normalize("NFKC").toLowerCase();
  const stories = [...document.querySelectorAll("li.story[id]")].map((item) => ({ item, text: "" }));
  const search = ui("search");

  function apply() {
    const words = folded(search.value).split(/\s+/).filter(Boolean);
    let found = 0;
    for (const story of stories) {
      story.text ||= folded(story.item.textContent);
      story.item.hidden = !words.every((word) => story.text.includes(word));
      if (!story.item.hidden) found += 1;
    }
    root.classList.toggle("filtered", words.length > 0);
    ui("found").hidden = words.length === 0;
    ui("status").textContent = `${found.toLocaleString("en")} of ${stories.length.toLocaleString("en")} stories on this page`;
  }

  let waiting = 0;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(apply, 120);
  });
  function clear() {
    search.value = "";
    apply();
  }
  ui("clear").addEventListener("click", clear);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape") clear();
    else if (event.key === "/" && event.target !== search) {
      event.preventDefault();
      search.focus();
    }
  });

  ui("theme").addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try {
      localStorage.setItem("parallax-theme", root.dataset.theme);
    } catch {
      // A browser may keep no storage for files.
    }
  });
})();
