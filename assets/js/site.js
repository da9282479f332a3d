// The frame of the page: theme and menu buttons, tabs, code copying, folded callouts, current heading.
// Real Quarto brings its own versions of some of these; each part stands back where Quarto's is there.
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const quarto = Boolean(document.getElementById("quarto-bootstrap"));

  function themes() {
    const buttons = $$("[data-toggle=theme]");
    const isDark = () => document.body.classList.contains("quarto-dark");
    const show = (dark) => {
      document.body.classList.toggle("quarto-dark", dark);
      document.body.classList.toggle("quarto-light", !dark);
      for (const button of buttons) button.setAttribute("aria-pressed", String(dark));
    };
    for (const button of buttons) {
      button.addEventListener("click", () => {
        show(!isDark());
        try {
          localStorage.setItem("course-theme", isDark() ? "dark" : "light");
        } catch {
          // Not kept: the choice holds for this page only.
        }
      });
    }
    if (buttons.length) show(isDark());
  }

  function menu() {
    const button = $("[data-toggle=nav]");
    const panel = $(".navbar-collapse");
    if (!button || !panel) return;
    const sidebar = $("#quarto-sidebar .sidebar-menu-container");
    if (sidebar) {
      const here = sidebar.cloneNode(true);
      here.classList.add("sidebar-here");
      for (const node of $$("[id]", here)) node.removeAttribute("id");
      here.hidden = matchMedia("(min-width: 60.01rem)").matches;
      matchMedia("(min-width: 60.01rem)").addEventListener("change", (e) => { here.hidden = e.matches; });
      panel.append(here);
    }
    const set = (open) => {
      panel.classList.toggle("is-open", open);
      button.setAttribute("aria-expanded", String(open));
    };
    set(false);
    button.addEventListener("click", () => set(!panel.classList.contains("is-open")));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && panel.classList.contains("is-open")) {
        set(false);
        button.focus();
      }
    });
  }

  // Where the column beside the text has no room, its contents stand folded under the title, the categories of a
  // listing open above it, and the links to edit the page or report a mistake at the end.
  function beside() {
    const head = $("#title-block-header");
    const narrow = matchMedia("(max-width: 60rem)");
    const parts = [$("#TOC > ul"), $(".quarto-alternate-formats")].filter(Boolean);
    if (head && parts.length) {
      const fold = document.createElement("details");
      fold.className = "contents-here";
      const summary = document.createElement("summary");
      summary.textContent = parts[0].matches("ul") ? "On this page" : "Other formats";
      fold.append(summary, ...parts.map((part) => part.cloneNode(true)));
      // Closed before the jump: the page is then as long as when it is reached.
      fold.addEventListener("click", (event) => { if (event.target.closest("a")) fold.open = false; });
      head.after(fold);
    }
    const actions = $("#TOC .toc-actions")?.cloneNode(true);
    if (actions) {
      actions.classList.add("actions-here");
      $("main.content").append(actions);
    }
    const [filter, list] = [$(".quarto-listing-category"), $(".quarto-listing")];
    if (!filter || !list) return;
    const home = filter.parentElement;
    const place = () => { if (narrow.matches) list.before(filter); else home.append(filter); };
    narrow.addEventListener("change", place);
    place();
  }

  function tabs() {
    const select = (tab, focus) => {
      const list = tab.closest("[role=tablist]");
      for (const other of $$("[role=tab]", list)) {
        const chosen = other === tab;
        other.classList.toggle("active", chosen);
        other.setAttribute("aria-selected", String(chosen));
        other.tabIndex = chosen ? 0 : -1;
        const pane = document.getElementById(other.getAttribute("aria-controls"));
        if (pane) pane.classList.toggle("active", chosen);
      }
      if (focus) tab.focus();
    };
    const choose = (tab) => {
      select(tab, true);
      const set = tab.closest(".panel-tabset");
      const group = set.dataset.group;
      if (!group) return;
      for (const other of $$(`.panel-tabset[data-group="${CSS.escape(group)}"]`)) {
        const twin = $$("[role=tab]", other).find((t) => t.textContent.trim() === tab.textContent.trim());
        if (twin && other !== set) select(twin, false);
      }
    };
    const move = { ArrowRight: (i, n) => (i + 1) % n, ArrowLeft: (i, n) => (i + n - 1) % n, Home: () => 0, End: (i, n) => n - 1 };
    for (const list of $$(".panel-tabset > [role=tablist]")) {
      const all = $$("[role=tab]", list);
      all.forEach((tab, i) => {
        tab.tabIndex = tab.getAttribute("aria-selected") === "true" ? 0 : -1;
        tab.addEventListener("click", (event) => { event.preventDefault(); choose(tab); });
        tab.addEventListener("keydown", (event) => {
          if (!move[event.key] && event.key !== " ") return;
          event.preventDefault();
          choose(event.key === " " ? tab : all[move[event.key](i, all.length)]);
        });
      });
    }
  }

  // Browsers give the clipboard to pages from https and this machine only; elsewhere a selection is copied.
  async function toClipboard(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const field = document.createElement("textarea");
      field.value = text;
      document.body.append(field);
      field.select();
      const done = document.execCommand("copy");
      field.remove();
      return done;
    }
  }

  function copying() {
    for (const button of $$(".code-copy-button")) {
      if (!button.getAttribute("aria-label")) button.setAttribute("aria-label", "Copy the code");
      button.addEventListener("click", async () => {
        const code = $("code", button.parentElement);
        const copy = code.cloneNode(true);
        for (const note of $$(".code-annotation-anchor", copy)) note.remove();
        if (!(await toClipboard(copy.textContent.replace(/\n$/, "")))) return;
        button.classList.add("code-copy-button-checked");
        setTimeout(() => button.classList.remove("code-copy-button-checked"), 1500);
      });
    }
  }

  function callouts() {
    for (const header of $$(".callout-header[data-bs-toggle=collapse]")) {
      const body = $(".callout-collapse", header.parentElement);
      if (!body) continue;
      const set = (open) => {
        header.setAttribute("aria-expanded", String(open));
        body.hidden = !open;
      };
      set(header.getAttribute("aria-expanded") === "true");
      header.tabIndex = 0;
      header.setAttribute("role", "button");
      const flip = () => set(body.hidden);
      header.addEventListener("click", flip);
      header.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        flip();
      });
    }
  }

  // What scrolls sideways must be reachable with the keyboard.
  function scrollers() {
    for (const box of $$("main pre, .table-scroll, figure.quarto-float-tbl > div, main table, main math[display=block]")) {
      if (box.scrollWidth <= box.clientWidth + 1 || getComputedStyle(box).overflowX === "visible") continue;
      box.tabIndex = 0;
      if (box.tagName === "DIV") {
        box.setAttribute("role", "region");
        box.setAttribute("aria-label", "Scrolls sideways");
      }
    }
  }

  // A page on disk cannot make the browser save a file: it shows the notebook's text instead.
  function fromDisk() {
    if (location.protocol !== "file:") return;
    for (const link of $$("a[download$='.ipynb']")) {
      const note = document.createElement("span");
      note.className = "notebook-needs";
      note.textContent = ` From disk it opens as text: take the file labs/notebooks/${link.getAttribute("download")} of this site.`;
      link.after(note);
    }
  }

  // On a phone a figure fits the window or, at a touch, is as large as on a desk and scrolls sideways.
  function figures() {
    for (const figure of $$("main.content figure:has(img[src$='.svg'])")) {
      const caption = $("figcaption", figure);
      if (!caption) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "figure-size";
      const set = (large) => {
        figure.classList.toggle("is-large", large);
        button.textContent = large ? "Fit to the window" : "Enlarge";
        button.setAttribute("aria-pressed", String(large));
        for (const image of $$("img[src$='.svg']", figure)) {
          if (large) image.parentElement.tabIndex = 0;
          else image.parentElement.removeAttribute("tabindex");
        }
      };
      button.addEventListener("click", () => set(!figure.classList.contains("is-large")));
      set(false);
      caption.append(" ", button);
    }
  }

  function contents() {
    const links = new Map($$("#TOC a[href^='#']").map((a) => [decodeURIComponent(a.hash.slice(1)), a]));
    const headings = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean);
    if (!headings.length) return;
    const mark = () => {
      const passed = headings.filter((h) => h.getBoundingClientRect().top < 140);
      const now = (passed.at(-1) || headings[0]).id;
      for (const [id, link] of links) link.classList.toggle("active", id === now);
    };
    let waiting = false;
    addEventListener("scroll", () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; mark(); });
    }, { passive: true });
    mark();
  }

  themes();
  scrollers();
  figures();
  fromDisk();
  addEventListener("resize", scrollers, { passive: true });
  if (quarto) return;
  menu();
  beside();
  tabs();
  copying();
  callouts();
  contents();
})();
