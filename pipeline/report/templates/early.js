// Before the page is drawn: what the reader chose last time.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  for (const name of ["show", "theme"]) {
    try {
      const value = localStorage.getItem("parallax-" + name);
      if (value) root.dataset[name] = value;
    } catch {
      // A browser may keep no storage for files.
    }
  }
})();
