// Search over pages, decks and notebooks: an overlay around Pagefind's index, made when first asked for.
(() => {
  const root = new URL("../../", document.currentScript.src).href;
  const openers = [...document.querySelectorAll("[data-search-open]")];
  if (!openers.length) return;
  let panel = null;
  let engine = null;
  let asked = 0;
  const SERVER = "Search works only through a web server: in the folder of the site, `python -m http.server` starts one.";
  const HINT = "Pages, decks and notebooks.";

  function build() {
    panel = document.createElement("dialog");
    panel.className = "search-panel";
    panel.setAttribute("aria-label", "Search the course");
    panel.innerHTML = `
      <form method="dialog" role="search">
        <input type="search" placeholder="Search the course" aria-label="Search the course" autocomplete="off"
               role="combobox" aria-expanded="false" aria-controls="search-results">
        <button>Close</button>
      </form>
      <p class="search-status" role="status">${HINT}</p>
      <ul class="search-results" id="search-results" role="listbox" aria-label="Results" hidden></ul>`;
    document.body.append(panel);
    const input = panel.querySelector("input");
    input.addEventListener("input", () => find(input.value.trim()));
    panel.addEventListener("keydown", walk);
    panel.addEventListener("click", (event) => { if (event.target === panel) panel.close(); });
  }

  async function start() {
    if (!panel) build();
    if (!panel.open) panel.showModal();
    panel.querySelector("input").select();
    if (engine) return;
    if (location.protocol === "file:") { // no browser lets a page on disk load the index
      say(`${SERVER} Without one, the menu leads to every page, and your browser's “find in page” searches it.`);
      return;
    }
    try {
      engine = await import(`${root}pagefind/pagefind.js`);
      await engine.options({ excerptLength: 24 });
      find(panel.querySelector("input").value.trim());
    } catch {
      engine = null;
      say("The search index could not be loaded: look whether you are connected, then open the search again.");
    }
  }

  function say(text) {
    panel.querySelector(".search-status").textContent = text;
  }

  async function find(words) {
    const turn = ++asked;
    if (!engine) return undefined;
    if (!words) return draw([], HINT);
    const found = await engine.debouncedSearch(words, {}, 120);
    if (!found || turn !== asked) return undefined;
    const asWritten = await pagesOf(found, words);
    const near = asWritten.length ? null : await nearest(words);
    if (turn !== asked) return undefined;
    if (asWritten.length) return draw(asWritten, `${asWritten.length} found`);
    if (!near) return draw([], `Nothing found for “${words}”. Try one word, or only its beginning.`);
    return draw(near.pages, `Nothing found for “${words}”. With “${near.words}…”:`);
  }

  // ---- what counts as a find

  const wordsOf = (text) => text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) || [];

  /** Do the two words share more than an ending? "scaling" fits "scale", and "temprature" not "temporary". */
  function fits(asked, word) {
    let same = 0;
    while (same < asked.length && asked[same] === word[same]) same++;
    return same >= Math.max(Math.min(asked.length, 3), asked.length - 4);
  }

  /** The first twelve pages that hold every word: for an unknown word Pagefind gives whatever begins like it, be it one letter. */
  async function pagesOf(found, words, fit = fits) {
    const pages = await Promise.all(found.results.slice(0, 24).map((result) => result.data()));
    const held = (page) => {
      const text = [...new Set(wordsOf(`${page.meta.title} ${page.content}`))];
      return wordsOf(words).every((one) => text.some((word) => fit(one, word)));
    };
    return pages.filter(held).slice(0, 12);
  }

  /** A slip of the finger is seldom in the first letters: the longest beginnings (four letters or more) that are found. */
  async function nearest(words) {
    const whole = wordsOf(words);
    const begins = (one, word) => word.startsWith(one) || (whole.includes(one) && fits(one, word));
    const search = async (start) => pagesOf(await engine.search(start), start, begins);
    const starts = [];
    for (const word of whole) {
      let start = word;
      while (start.length >= 4 && !(await search(start)).length) start = start.slice(0, -1);
      if (start.length >= 4) starts.push(start);
    }
    const together = starts.join(" ");
    const pages = together ? await search(together) : [];
    return pages.length ? { words: together, pages } : null;
  }

  function draw(pages, words) {
    const list = panel.querySelector(".search-results");
    list.replaceChildren(...pages.map(row));
    list.hidden = !pages.length;
    panel.querySelector("input").setAttribute("aria-expanded", String(pages.length > 0));
    say(words);
  }

  function row(page, number) {
    const item = document.createElement("li");
    item.setAttribute("role", "presentation");
    const link = document.createElement("a");
    const best = page.sub_results?.[0];
    link.href = page.meta.url ? new URL(page.meta.url, root).href : best?.url || page.url; // notebooks name their own
    link.id = `search-result-${number}`;
    link.setAttribute("role", "option");
    link.setAttribute("aria-selected", "false");
    const title = document.createElement("strong");
    const kind = new URL(link.href).pathname.endsWith("slides.html") ? " (slides)" : ""; // a notebook's title says it
    const where = best?.title === page.meta.title ? "" : best?.title;
    title.textContent = [page.meta.title + kind, where].filter(Boolean).join(" · ");
    const excerpt = document.createElement("span");
    excerpt.innerHTML = best?.excerpt || page.excerpt;
    link.append(title, excerpt);
    link.addEventListener("click", () => panel.close());
    item.append(link);
    return item;
  }

  function walk(event) {
    const links = [...panel.querySelectorAll(".search-results a")];
    const input = panel.querySelector("input");
    const now = links.findIndex((link) => link.getAttribute("aria-selected") === "true");
    if (event.key === "Escape") { // the field would take the first one to clear itself
      event.preventDefault();
      panel.close();
      return;
    }
    if (event.key === "Enter" && event.target === input) {
      event.preventDefault();
      (links[now] || links[0])?.click();
    }
    if (!links.length || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
    event.preventDefault();
    const next = (now + (event.key === "ArrowDown" ? 1 : links.length - (now < 0 ? 0 : 1))) % links.length;
    links.forEach((link, i) => link.setAttribute("aria-selected", String(i === next)));
    links[next].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", links[next].id);
  }

  for (const opener of openers) opener.addEventListener("click", start);
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    const asks = (event.key === "/" && !typing) || (event.key === "k" && (event.ctrlKey || event.metaKey));
    if (!asks) return;
    event.preventDefault();
    start();
  });
})();
