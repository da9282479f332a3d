// Starts reveal.js with the options that the page carries, and steps through the code lines that
// `code-line-numbers="1|2-3"` names. Fills the menu that lists the slides and leads back to the site.
(() => {
  const ranges = (text) =>
    text.split(",").flatMap((part) => {
      const [from, to = from] = part.split("-").map(Number);
      return Array.from({ length: to - from + 1 }, (_, i) => from + i);
    });

  const mark = (block, step) => {
    const lines = step === "" ? null : new Set(ranges(step));
    block.classList.toggle("has-highlights", Boolean(lines));
    block.querySelectorAll("code:not(.line-step) > span").forEach((line, i) => {
      line.classList.toggle("is-highlighted", Boolean(lines?.has(i + 1)));
    });
  };

  // One invisible fragment per further step: reveal.js then moves through them like through any other.
  const prepare = (block) => {
    const steps = block.dataset.codeLineNumbers.split("|").map((step) => step.trim());
    mark(block, steps[0]);
    const pre = block.querySelector("pre");
    steps.slice(1).forEach((step, i) => {
      const fragment = document.createElement("code");
      fragment.className = "fragment line-step";
      fragment.dataset.lines = step;
      fragment.dataset.before = steps[i];
      pre.after(fragment);
    });
    const parts = [...block.querySelectorAll(".line-step")].reverse();
    parts.forEach((part) => block.append(part));
  };

  const print = /print-pdf/.test(location.search);
  if (!print) document.querySelectorAll("[data-code-line-numbers]").forEach(prepare);
  const options = JSON.parse(document.getElementById("deck-options").textContent);
  const plugins = [window.RevealNotes, window.RevealSearch, window.RevealZoom].filter(Boolean);
  // On an upright phone the slides stand on their short side: words are then about as large as on a page.
  // Not in the speaker's window, whose previews are upright too.
  const upright = matchMedia("(max-width: 600px) and (orientation: portrait)");
  const { width = 1280, height = 720 } = options;
  const preview = /receiver/.test(location.search);
  const size = () => (upright.matches && !print && !preview ? { width: 700, height: 1244 } : { width, height });
  Reveal.initialize({ ...options, ...size(), scrollActivationWidth: null, plugins });
  upright.addEventListener("change", () => Reveal.configure(size()));

  // ---- the menu

  const title = (slide) => {
    if (slide.dataset.menuTitle) return slide.dataset.menuTitle;
    const heading = slide.querySelector("h1, h2, h3")?.cloneNode(true);
    heading?.querySelectorAll(".claim-source, aside, script").forEach((part) => part.remove());
    return heading?.textContent.trim() || "Without a heading";
  };

  const line = (slide, i) => {
    const item = document.createElement("li");
    item.classList.toggle("is-section", slide.matches(".title-slide, #title-slide"));
    const link = document.createElement("a");
    const number = document.createElement("span");
    const { h, v } = Reveal.getIndices(slide);
    link.href = slide.id ? `#/${slide.id}` : `#/${h}${v ? `/${v}` : ""}`;
    number.textContent = i + 1;
    link.append(number, title(slide));
    item.append(link);
    return item;
  };

  const menu = (dialog, button) => {
    const list = dialog.querySelector("ol");
    const open = () => {
      const slides = Reveal.getSlides();
      if (!list.children.length) list.append(...slides.map(line));
      const now = slides.indexOf(Reveal.getCurrentSlide());
      [...list.querySelectorAll("a")].forEach((link, i) => link.toggleAttribute("aria-current", i === now));
      dialog.showModal();
      list.querySelector("[aria-current]")?.scrollIntoView({ block: "center" });
    };
    button.addEventListener("click", open);
    dialog.addEventListener("keydown", (event) => event.stopPropagation()); // reveal.js would turn the slide behind it
    dialog.addEventListener("click", (event) => { if (event.target === dialog || event.target.closest("li a")) dialog.close(); });
    Reveal.addKeyBinding({ keyCode: 77, key: "M", description: "Slides, and the way out" }, open);
    button.hidden = false;
  };
  if (!print && !preview) menu(document.querySelector(".deck-menu"), document.querySelector(".deck-menu-button"));

  Reveal.on("fragmentshown", ({ fragment }) => {
    if (fragment.matches(".line-step")) mark(fragment.closest("[data-code-line-numbers]"), fragment.dataset.lines);
  });
  Reveal.on("fragmenthidden", ({ fragment }) => {
    if (fragment.matches(".line-step")) mark(fragment.closest("[data-code-line-numbers]"), fragment.dataset.before);
  });
})();
