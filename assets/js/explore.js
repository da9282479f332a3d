// An explorable figure. The static picture stays until the reader asks; then Plotly is loaded, once for the page.
(() => {
  const library = new URL("../plotly/plotly.min.js", document.currentScript.src).href;
  let loading = null;

  const load = () => {
    loading ??= new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = library;
      script.onload = done;
      script.onerror = failed;
      document.head.append(script);
    });
    return loading;
  };

  // The page's own colours, so that a figure drawn at night is dark.
  const colours = (layout) => {
    const style = getComputedStyle(document.body);
    const colour = (name) => style.getPropertyValue(name).trim();
    const soft = { color: colour("--ink-soft") };
    const axis = (old = {}) => ({
      ...old, color: soft.color, tickfont: soft, title: { ...old.title, font: soft }, zeroline: false,
      gridcolor: colour("--line"), linecolor: colour("--line"),
    });
    return {
      ...layout,
      xaxis: axis(layout.xaxis), yaxis: axis(layout.yaxis),
      font: { ...layout.font, family: style.fontFamily, color: colour("--ink") },
      colorway: [colour("--accent"), colour("--ink-soft")],
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    };
  };

  for (const box of document.querySelectorAll(".explore[data-explore]")) {
    const button = box.querySelector("button");
    const picture = document.getElementById(box.dataset.explore);
    if (!button || !picture || box.dataset.ready) continue;
    box.dataset.ready = "true";
    const words = button.textContent;
    const images = picture.querySelectorAll("img");
    const { data, layout } = JSON.parse(box.querySelector("script").textContent);
    let drawn = null;
    button.hidden = false;
    button.addEventListener("click", async () => {
      if (drawn) {
        drawn.remove();
        drawn = null;
        images.forEach((image) => image.classList.remove("explore-hidden"));
        button.textContent = words;
        return;
      }
      button.disabled = true;
      try {
        await load();
        drawn = document.createElement("div");
        drawn.className = "explore-plot";
        drawn.setAttribute("role", "img");
        drawn.setAttribute("aria-label", images[0]?.alt || words);
        images[0].closest("p, div, figure").before(drawn);
        await window.Plotly.newPlot(drawn, data, { ...colours(layout), height: 380, autosize: true }, { responsive: true, displayModeBar: false, plotlyServerURL: "" });
        images.forEach((image) => image.classList.add("explore-hidden"));
        button.textContent = "Show the picture again";
      } catch {
        drawn?.remove();
        drawn = null;
        button.textContent = "This needs the site to be served: the picture above shows the same";
      }
      button.disabled = false;
    });
  }
})();
