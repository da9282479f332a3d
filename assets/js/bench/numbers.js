// How the bench writes numbers: as the pages do, with a true minus sign.
(() => {
  const Bench = (self.Bench ??= {});
  const MOST_DECIMALS = 6; // what is nearer to zero is the noise of floating point
  const METRICS = {
    accuracy: { name: "Accuracy", percent: true },
    macro_f1: { name: "Macro-F1" },
    weighted_f1: { name: "Weighted F1" },
    zero_f1_classes: { name: "Classes with F1 = 0", digits: 0 },
    nll: { name: "NLL, nats" },
    brier: { name: "Brier score" },
    ece: { name: "ECE, 15 bins" },
  };

  /** How a metric is named and written; `head.recall` is the recall of a tier. */
  function kind(name) {
    if (METRICS[name]) return { digits: 3, percent: false, ...METRICS[name] };
    return name.endsWith(".recall") ? { name: "Recall", percent: true } : { name: "Macro-F1", digits: 3 };
  }

  const minus = (text) => text.replace(/^-/, "−").replace(/^−(0(?:\.0+)?)$/, "$1");
  const scaled = (value, { percent }) => (percent ? value * 100 : value);
  const fixed = (value, how) => minus(scaled(value, how).toFixed(how.percent ? 1 : how.digits));

  /** A score as text, with its unit. */
  const shown = (value, how) => `${fixed(value, how)}${how.percent ? " %" : ""}`;

  /** A difference as text with sign; percentages differ in points. */
  function difference(value, how) {
    const text = fixed(value, how);
    return `${/^[−0]/.test(text) && !/[1-9]/.test(text) ? text : value > 0 ? `+${text}` : text}${how.percent ? " points" : ""}`;
  }

  /** One bound of a difference; one that only rounds to zero gets the decimal that shows its side. */
  function bound(value, how) {
    const text = fixed(value, how), exact = scaled(value, how);
    const places = Math.ceil(-Math.log10(Math.abs(exact))); // infinite for zero itself
    return !/[1-9]/.test(text) && places <= MOST_DECIMALS ? minus(exact.toFixed(places)) : text;
  }

  const interval = (low, high, how) => `[${bound(low, how)}, ${bound(high, how)}]`;
  const count = (value) => value.toLocaleString("en-GB").replace(/\s/g, " ");

  Object.assign(Bench, { METRICS, kind, shown, difference, interval, fixed, count });
})();
