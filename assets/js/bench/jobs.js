// What the worker does for the page; where no worker may start, the page does it itself, a slice at a time.
(() => {
  const Bench = (self.Bench ??= {});

  /** Do a job and tell `hear` how far it is, then its result; `pause` runs the next slice. */
  function answer({ turn, job, pair, resamples, seed }, hear, pause) {
    if (job === "mean") {
      hear({ turn, result: Bench.meanInterval(pair.run, pair.values, resamples, seed) });
      return;
    }
    const work = Bench.resample(pair, resamples, seed);
    const slice = () => {
      const step = work.next();
      if (step.done) {
        hear({ turn, result: Bench.summary(step.value, pair.run.classes) });
        return;
      }
      hear({ turn, share: step.value });
      pause(slice);
    };
    slice();
  }

  Bench.answer = answer;
})();
