// Reads [{key, tex, display}] as JSON from standard input, writes {html: {key: …}, errors: {key: …}}.
const path = require("node:path");
const katex = require(path.resolve(process.argv[2]));

let input = "";
process.stdin.setEncoding("utf8");
process.stdin.on("data", (part) => (input += part));
process.stdin.on("end", () => {
  const answer = { html: {}, errors: {} };
  for (const { key, tex, display } of JSON.parse(input)) {
    try {
      answer.html[key] = katex.renderToString(tex, {
        displayMode: display,
        output: "htmlAndMathml",
        throwOnError: true,
        strict: "ignore",
        trust: false,
      });
    } catch (error) {
      answer.errors[key] = String(error.message);
    }
  }
  process.stdout.write(JSON.stringify(answer));
});
