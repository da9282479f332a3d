-- The one filter that Pandoc runs: loads the modules and applies them in order.
-- Options come from Python as the metadata key `course-render`; facts go back through `course-facts`.
local dir = pandoc.path.directory(PANDOC_SCRIPT_FILE)

local function load(name)
  return dofile(pandoc.path.join({ dir, name .. ".lua" }))
end

local util = load("util")

local function context(meta)
  local options = util.plain(meta["course-render"] or {})
  return {
    format = options.format or "html",
    html = options.format ~= "typst",
    deck = options.format == "revealjs",
    typst = options.format == "typst",
    options = options,
    uses = options.uses or {},
    util = util,
    load = load,
    numbers = {},
    facts = { problems = {}, links = {}, images = {} },
  }
end

-- Each module is a function: (document, context) -> document. A step with a condition runs only on pages
-- whose text holds what it looks for: every walk over a document costs milliseconds.
local STEPS = {
  { "hook" }, { "content", "content" }, { "crossref" }, { "citations", "cites" }, { "links" }, { "code" },
  { "panels", "panels" }, { "floats" }, { "layout" }, { "margin", "margin" }, { "deck" }, { "typst" },
}

function Pandoc(doc)
  local ctx = context(doc.meta)
  doc.meta["course-render"] = nil
  for _, step in ipairs(STEPS) do
    local name, condition = step[1], step[2]
    if not condition or ctx.uses[condition] then
      doc = load(name)(doc, ctx) or doc
    end
  end
  if ctx.references then
    doc.blocks:extend({ pandoc.RawBlock("html", "<!--course:references-->"), ctx.references })
  end
  doc.meta["course-facts"] = pandoc.MetaInlines({ pandoc.RawInline(FORMAT, pandoc.json.encode(ctx.facts)) })
  return doc
end
