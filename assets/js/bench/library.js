// The runs that can be set side by side: recorded ones, fetched when asked for, and those that the reader brings.
(() => {
  const Bench = (self.Bench ??= {});
  const NEEDED = ["record.json", "classes.json", "test.safetensors"];

  /** known: [{id, title, data}]; folder: the address of `runs/`. */
  function library(known, folder) {
    const own = new Map();
    const loaded = new Map();
    const all = () => [...known, ...own.values()];
    const entry = (id) => own.get(id) ?? known.find((run) => run.id === id);
    const partners = (id) => all().filter((run) => run.data === entry(id).data && run.id !== id);

    async function file(name) {
      const answer = await fetch(folder + name);
      if (!answer.ok) throw new Error(`${name} could not be read (${answer.status}).`);
      return answer;
    }

    async function fetchRun(id) {
      try {
        const [test, classes] = await Promise.all([file(`${id}/test.safetensors`), file(`${id}/classes.json`)]);
        const val = async () => (await file(`${id}/val.safetensors`)).arrayBuffer();
        return { ...Bench.outputs(await test.arrayBuffer()), list: await classes.json(), val };
      } catch (error) {
        loaded.delete(id);
        if (location.protocol !== "file:") throw error;
        throw new Error(
          "From disk a browser may not open files by itself: choose the four files of a folder in runs/ under “Your own run”, then those of a second one.");
      }
    }

    /** The run's outputs, its class list, and how to get its validation rows. */
    function load(id) {
      if (!loaded.has(id)) loaded.set(id, own.has(id) ? own.get(id).load() : fetchRun(id));
      return loaded.get(id);
    }

    /** Take in the files of one run of the reader's; returns its id. Throws a sentence when they are not of one run. */
    async function bring(files) {
      const named = new Map([...files].map((item) => [item.name, item]));
      const missing = NEEDED.filter((name) => !named.has(name));
      if (missing.length) throw new Error(`${missing.join(", ")} missing: choose ${NEEDED.join(", ")} of one run together`);
      const record = JSON.parse(await named.get("record.json").text());
      const list = JSON.parse(await named.get("classes.json").text());
      const test = Bench.outputs(await named.get("test.safetensors").arrayBuffer());
      if (!record.data?.name || list.length !== test.classes) throw new Error("the files are not of one run");
      const id = `${record.id} (yours)`;
      const val = async () => {
        if (!named.has("val.safetensors")) throw new Error("choose val.safetensors together with the others");
        return named.get("val.safetensors").arrayBuffer();
      };
      own.set(id, { id, title: `${record.model ?? record.id} (yours)`, data: record.data.name, load: async () => ({ ...test, list, val }) });
      loaded.delete(id);
      return id;
    }

    return { all, entry, partners, load, bring, isOwn: (id) => own.has(id) };
  }

  Bench.library = library;
})();
