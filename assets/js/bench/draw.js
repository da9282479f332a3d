// The bench's pictures: small SVGs in the page's own colours, each with a sentence for those who do not see it.
(() => {
  const Bench = (self.Bench ??= {});
  const NS = "http://www.w3.org/2000/svg";

  function make(tag, attributes = {}, ...children) {
    const node = document.createElementNS(NS, tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }

  /** An empty picture of width × height with its description. */
  function canvas(width, height, words) {
    return make("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": words, class: "bench-chart" });
  }

  const line = (x1, y1, x2, y2, kind) => make("line", { x1, y1, x2, y2, class: kind });
  const text = (x, y, words, kind = "bench-tick", anchor = "middle") => make("text", { x, y, class: kind, "text-anchor": anchor }, words);

  /** Axes of a unit square drawn into box {left, top, right, bottom}; returns the two scales. */
  function square(svg, box, { x, y, xTop = 1, yTop = 1, percent = true }) {
    const sx = (value) => box.left + ((box.right - box.left) * value) / xTop;
    const sy = (value) => box.bottom - ((box.bottom - box.top) * value) / yTop;
    const label = (value) => (percent ? String(Math.round(value * 100)) : String(value));
    for (const part of [0, 0.25, 0.5, 0.75, 1]) {
      svg.append(line(box.left, sy(part * yTop), box.right, sy(part * yTop), "bench-grid"));
      svg.append(text(box.left - 6, sy(part * yTop) + 4, label(part * yTop), "bench-tick", "end"));
      svg.append(text(sx(part * xTop), box.bottom + 16, label(part * xTop)));
    }
    svg.append(text((box.left + box.right) / 2, box.bottom + 34, x, "bench-axis"));
    svg.append(text(box.left - 26, box.top - 12, y, "bench-axis", "start"));
    return { sx, sy };
  }

  /** Accuracy against confidence in bins, with Wilson intervals, over a strip that shows where the rows are. */
  function reliability(bins, side, words) {
    const svg = canvas(320, 348, words);
    const box = { left: 34, top: 26, right: 310, bottom: 254 };
    const { sx, sy } = square(svg, box, { x: "", y: "right, %" });
    svg.append(line(sx(0), sy(0), sx(1), sy(1), "bench-ideal"));
    const most = Math.max(...bins.map((bin) => bin.rows));
    for (const bin of bins) {
      svg.append(line(sx(bin.confidence), sy(bin.low), sx(bin.confidence), sy(bin.high), `bench-whisker ${side}`));
    }
    svg.append(make("polyline", {
      points: bins.map((bin) => `${sx(bin.confidence)},${sy(bin.accuracy)}`).join(" "), class: `bench-line ${side}`,
    }));
    for (const bin of bins) {
      svg.append(make("circle", { cx: sx(bin.confidence), cy: sy(bin.accuracy), r: 3.5, class: `bench-dot ${side}` }));
      const height = Math.max(1, (36 * bin.rows) / most);
      svg.append(make("rect", {
        x: sx(bin.lower) + 1, width: sx(bin.upper) - sx(bin.lower) - 2, y: 316 - height, height, class: `bench-bar ${side}`,
      }));
    }
    svg.append(text((box.left + box.right) / 2, 334, "confidence, %; bars: where the rows are", "bench-axis"));
    return svg;
  }

  const highest = (points) => points.reduce((most, { risk, coverage }) => (coverage > 0.02 ? Math.max(most, risk) : most), 0);

  /** Error rate among the answered rows against their share, one curve a run, with the gates' places. */
  function riskCoverage(curves, gates, words, width) {
    const svg = canvas(width, 330, words);
    const box = { left: 34, top: 26, right: width - 14, bottom: 284 };
    const top = Math.max(0.1, Math.ceil(10 * Math.max(...curves.map(highest))) / 10);
    const { sx, sy } = square(svg, box, { x: "answered, % of rows", y: "wrong among answered, %", yTop: top });
    curves.forEach((points, m) => {
      // Below 2 % of the rows a single one moves the curve; between, a point every half pixel is all that can be seen.
      let last = 0.02;
      const shown = points.filter((point) => {
        const apart = point.coverage - last >= 0.5 / (box.right - box.left) || point.coverage === 1;
        if (apart) last = point.coverage;
        return apart;
      });
      const path = shown.map((point) => `${sx(point.coverage).toFixed(1)},${sy(point.risk).toFixed(1)}`);
      svg.append(make("polyline", { points: path.join(" "), class: `bench-line ${"ab"[m]}` }));
    });
    gates.forEach((gate, m) => {
      svg.append(make("circle", { cx: sx(gate.coverage), cy: sy(Math.min(gate.risk, top)), r: 6, class: `bench-gate ${"ab"[m]}` }));
      svg.append(text(sx(gate.coverage), sy(Math.min(gate.risk, top)) - 11, "AB"[m], `bench-name ${"ab"[m]}`));
    });
    return svg;
  }

  /** Where resampled differences fall: the interval in ink, the rest pale, zero as a line. */
  function histogram({ low, high, heights }, interval, estimate, format, words, across) {
    const svg = canvas(across, 210, words);
    const from = Math.min(low, 0);
    const to = Math.max(high, 0);
    const room = (to - from || 1) * 0.04;
    const sx = (value) => 8 + ((across - 16) * (value - from + room)) / (to - from + 2 * room || 1);
    const most = Math.max(...heights);
    const width = (high - low) / heights.length;
    heights.forEach((count, i) => {
      const middle = low + (i + 0.5) * width;
      const inside = middle >= interval.low && middle <= interval.high;
      const height = (130 * count) / most;
      svg.append(make("rect", {
        x: sx(low + i * width), width: Math.max(0.5, sx(low + (i + 1) * width) - sx(low + i * width) - 0.6),
        y: 160 - height, height, class: inside ? "bench-inside" : "bench-outside",
      }));
    });
    svg.append(line(8, 160, across - 8, 160, "bench-base"), line(sx(0), 14, sx(0), 166, "bench-zero"));
    svg.append(line(sx(interval.low), 172, sx(interval.high), 172, "bench-interval"));
    svg.append(make("circle", { cx: sx(estimate), cy: 172, r: 5, class: "bench-estimate" }));
    svg.append(text(sx(0), 10, "no difference", "bench-tick", sx(0) > across - 60 ? "end" : sx(0) < 60 ? "start" : "middle"));
    const close = sx(interval.high) - sx(interval.low) < 90;
    svg.append(text(sx(interval.low), 194, format(interval.low), "bench-tick", close ? "end" : "middle"));
    svg.append(text(sx(interval.high), 194, format(interval.high), "bench-tick", close ? "start" : "middle"));
    return svg;
  }

  /** F1 of one class in both runs on a scale from 0 to 1. */
  function dumbbell(a, b) {
    const svg = make("svg", { viewBox: "0 0 150 18", class: "bench-dumbbell", "aria-hidden": "true" });
    const sx = (value) => 7 + 136 * value;
    svg.append(line(sx(0), 9, sx(1), 9, "bench-grid"), line(sx(a), 9, sx(b), 9, "bench-span"));
    svg.append(make("rect", { x: sx(b) - 4.5, y: 4.5, width: 9, height: 9, class: "bench-dot b" }));
    svg.append(make("circle", { cx: sx(a), cy: 9, r: 5, class: "bench-dot a" }));
    return svg;
  }

  Object.assign(Bench, { draw: { reliability, riskCoverage, histogram, dumbbell } });
})();
