// The runs that can be set side by side: recorded ones, fetched when asked for, and those that the reader brings.
(() => {
  const Bench = (self.Bench ??= {});
  const NEEDED = ["record.json", "classes.json", "test.safetensors"];

  /** known: [{id, title, data}]; folder: the address of `runs/`. */
  function library(known, folder) {
    const own = new Map();
    const loaded = new Map();
    const disk = location.protocol === "file:"; // a page on disk may load no file by itself
    const all = () => [...(disk ? [] : known), ...own.values()];
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
        throw error;
      }
    }

    /** The run's outputs, its class list, and how to get its validation rows. */
    function load(id) {
      if (!loaded.has(id)) loaded.set(id, own.has(id) ? own.get(id).load() : fetchRun(id));
      return loaded.get(id);
    }

    function add(run) {
      own.set(run.id, run);
      loaded.delete(run.id);
      return run.id;
    }

    /** A run folder's files: the record names the data, and the validation rows can be used for choices. */
    async function folderRun(named) {
      const missing = NEEDED.filter((name) => !named.has(name));
      if (missing.length === NEEDED.length) {
        throw new Error(`none of them holds a run: choose the .safetensors files of a run log, or ${NEEDED.join(", ")} of one run together`);
      }
      if (missing.length) throw new Error(`${missing.join(", ")} missing: choose ${NEEDED.join(", ")} of one run together`);
      const record = JSON.parse(await named.get("record.json").text());
      const list = JSON.parse(await named.get("classes.json").text());
      const test = Bench.outputs(await named.get("test.safetensors").arrayBuffer());
      if (!record.data?.name || list.length !== test.classes) throw new Error("the files are not of one run");
      const val = async () => {
        if (!named.has("val.safetensors")) throw new Error("choose val.safetensors together with the others");
        return named.get("val.safetensors").arrayBuffer();
      };
      const title = `${record.model ?? record.id} (yours)`;
      return add({ id: `${record.id} (yours)`, title, data: record.data.name, load: async () => ({ ...test, list, val }) });
    }

    /** A file of a lab's run log: it carries its class list, and these rows are all there is. */
    async function loneRun(file) {
      const buffer = await file.arrayBuffer();
      const rows = Bench.outputs(buffer);
      const { run, data, classes: list } = Bench.about(buffer);
      if (!data || list?.length !== rows.classes) {
        throw new Error(`${file.name} does not name its classes: choose record.json and classes.json of its run with it`);
      }
      const val = async () => { throw new Error("a file of a run log holds no second set of rows to choose on"); };
      const title = `${run ?? file.name} (yours)`;
      return add({ id: title, title, data, load: async () => ({ ...rows, list, val }) });
    }

    /** Take in the reader's files: those of one run folder, or one or more of a run log. Returns the new ids, or throws a sentence. */
    async function bring(files) {
      const list = [...files];
      const named = new Map(list.map((file) => [file.name, file]));
      const logged = list.filter((file) => file.name.endsWith(".safetensors")); // a memo or a table chosen with them is no harm
      if (!logged.length || NEEDED.some((name) => named.has(name))) return [await folderRun(named)];
      const ids = [];
      for (const file of logged) ids.push(await loneRun(file));
      return ids;
    }

    return { all, entry, partners, load, bring, disk, isOwn: (id) => own.has(id) };
  }

  Bench.library = library;
})();
