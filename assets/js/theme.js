// Runs first in <body>, before anything is painted: the reader's light or dark.
(() => {
  document.documentElement.classList.add("js");
  let saved = null;
  try {
    saved = localStorage.getItem("course-theme");
  } catch {
    // Storage can be blocked; the system's setting then decides.
  }
  const dark = saved ? saved === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.body.classList.toggle("quarto-dark", dark);
  document.body.classList.toggle("quarto-light", !dark);
})();
