// Resamples beside the page, so that the page answers while it counts.
importScripts("metrics.js", "bootstrap.js", "jobs.js");

self.onmessage = ({ data }) => self.Bench.answer(data, (message) => self.postMessage(message), (next) => next());
