// What a run stored, read in the browser: `test.safetensors` (logits, labels, row ids, groups) and the class list.
// Format: https://huggingface.co/docs/safetensors (8 bytes of header length, a JSON header, then the arrays).
(() => {
  const Bench = (self.Bench ??= {});
  const WIDTH = { F16: 2, F32: 4, I16: 2, I32: 4, I64: 8, U8: 1 };

  // Every half-precision number there is, so that decoding a logit is one look-up.
  let halves = null;
  function halfTable() {
    if (halves) return halves;
    halves = new Float32Array(65536);
    for (let bits = 0; bits < 65536; bits++) {
      const sign = bits & 0x8000 ? -1 : 1;
      const exponent = (bits >> 10) & 0x1f;
      const fraction = bits & 0x3ff;
      if (exponent === 0) halves[bits] = sign * fraction * 2 ** -24;
      else if (exponent === 31) halves[bits] = fraction ? NaN : sign * Infinity;
      else halves[bits] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
    }
    return halves;
  }

  function typed(kind, bytes) {
    // A copy, since an array may begin at an odd place of the file.
    const own = bytes.slice().buffer;
    if (kind === "F16") {
      const table = halfTable();
      return Float32Array.from(new Uint16Array(own), (bits) => table[bits]);
    }
    if (kind === "F32") return new Float32Array(own);
    if (kind === "I16") return new Int16Array(own);
    if (kind === "I32") return new Int32Array(own);
    if (kind === "I64") return new BigInt64Array(own);
    return new Uint8Array(own);
  }

  const wrong = (why) => new Error(`This is not a file of stored outputs (safetensors): ${why}.`);

  function readHeader(buffer) {
    if (buffer.byteLength < 8) throw wrong("it is too short");
    const length = Number(new DataView(buffer).getBigUint64(0, true));
    if (length > buffer.byteLength - 8) throw wrong("its header is longer than the file");
    try {
      return { length, header: JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length))) };
    } catch {
      throw wrong("its header is not JSON");
    }
  }

  /** What the file says about itself: {run, data, classes}, each only where it was written. */
  function about(buffer) {
    const { __metadata__: said = {} } = readHeader(buffer).header;
    try {
      return Object.fromEntries(Object.entries(said).map(([name, text]) => [name, JSON.parse(text)]));
    } catch {
      return {};
    }
  }

  /** Arrays of a safetensors file by name: {data, shape}. Throws a sentence when the file is not one. */
  function parse(buffer) {
    const { length, header } = readHeader(buffer);
    const arrays = {};
    for (const [name, entry] of Object.entries(header)) {
      if (name === "__metadata__") continue;
      const [from, to] = entry.data_offsets ?? [];
      const cells = (entry.shape ?? []).reduce((all, size) => all * size, 1);
      if (!(entry.dtype in WIDTH)) throw wrong(`the array ${name} has the type ${entry.dtype}`);
      if (to - from !== cells * WIDTH[entry.dtype] || 8 + length + to > buffer.byteLength) {
        throw wrong(`the array ${name} is cut off`);
      }
      arrays[name] = { data: typed(entry.dtype, new Uint8Array(buffer, 8 + length + from, to - from)), shape: entry.shape };
    }
    return arrays;
  }

  function rowNames({ data, shape }) {
    if (shape.length === 1) return Array.from(data, String);
    const text = new TextDecoder();
    const row = (i) => text.decode(data.subarray(i * shape[1], (i + 1) * shape[1])).replace(/\0+$/, "");
    return Array.from({ length: shape[0] }, (_, i) => row(i));
  }

  /** Stored outputs as {n, classes, logits, labels, groups, rows}; groups are numbered from 0. */
  function outputs(buffer) {
    const arrays = parse(buffer);
    for (const name of ["logits", "labels", "row_ids"]) {
      if (!arrays[name]) throw new Error(`The file lacks the array ${name}: take test.safetensors of a recorded run.`);
    }
    const [n, classes] = arrays.logits.shape;
    const codes = new Map();
    const code = (name) => codes.get(name) ?? codes.set(name, codes.size).get(name);
    const groups = Int32Array.from(arrays.groups ? arrays.groups.data : Array(n).keys(), code);
    return {
      n, classes, logits: arrays.logits.data, labels: Int32Array.from(arrays.labels.data),
      groups, groupCount: codes.size, grouped: Boolean(arrays.groups), rows: rowNames(arrays.row_ids),
    };
  }

  /** `b` with its rows in the order of `a`. Throws a sentence when the two do not hold the same rows and labels. */
  function align(a, b) {
    if (a.classes !== b.classes) throw new Error(`One run has ${a.classes} classes, the other ${b.classes}: they cannot be compared.`);
    const at = new Map(b.rows.map((row, i) => [row, i]));
    const order = a.rows.map((row) => at.get(row));
    if (a.n !== b.n || order.includes(undefined)) {
      throw new Error("The two runs were evaluated on different rows: they cannot be compared.");
    }
    const logits = new Float32Array(b.logits.length);
    order.forEach((from, to) => logits.set(b.logits.subarray(from * b.classes, (from + 1) * b.classes), to * b.classes));
    const labels = Int32Array.from(order, (from) => b.labels[from]);
    if (labels.some((label, i) => label !== a.labels[i])) {
      throw new Error("The two runs disagree about the labels of the same rows: one used another label map.");
    }
    return { ...b, logits, labels, groups: a.groups, groupCount: a.groupCount, grouped: a.grouped, rows: a.rows };
  }

  Object.assign(Bench, { parse, about, outputs, align });
})();
