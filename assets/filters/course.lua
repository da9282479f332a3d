--[[
The course's own page constructs, for Quarto (1.4 and later) and for Pandoc 3 alone.

  [0.132[where it was measured]{.claim-source}]{.claim}   source kept on the web, dropped elsewhere
  ::: {.predict} .twin .decision .mind-change             a box with a label
  ::: {.reveal} .hint .solution                           folded on the web, a headed block elsewhere
  .light-content / .dark-content                          elsewhere only the light variant is kept
  macro-F1, TF-IDF and short table cells                  .nowrap: they break badly in narrow columns
  printed output whose lines share their columns          .columnar: it scrolls, other output wraps

A box takes `title="…"` for its label, a folded block `summary="…"` (or `title`) and `open=true`.
]]

local BOXES = {
  predict = { label = "Predict first", role = "group" },
  twin = { label = "Synthetic twin", role = "note" },
  decision = { label = "For the decision", role = "group" },
  ["mind-change"] = { label = "What would change our mind", role = "group" },
}

local FOLDS = {
  reveal = "Show the result",
  hint = "Hint",
  solution = "Solution",
}

local function on_the_web()
  return FORMAT:match("^html") ~= nil or FORMAT:match("^chunkedhtml") ~= nil or FORMAT == "revealjs"
end

local function escaped(text)
  return (text:gsub("[&<>\"]", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }))
end

-- The first of the div's classes that is a key of `kinds`.
local function kind_of(div, kinds)
  for _, class in ipairs(div.classes) do
    if kinds[class] then
      return class
    end
  end
end

-- Takes an attribute off the element: what is left on it would become a tooltip or `data-summary`.
local function take(element, name)
  local value = element.attributes[name]
  element.attributes[name] = nil
  return value
end

local function label_paragraph(text)
  if on_the_web() then
    return pandoc.RawBlock("html", '<p class="box-label">' .. escaped(text) .. "</p>")
  end
  local stop = text:match("%p$") and "" or "."
  return pandoc.Para({ pandoc.Strong({ pandoc.Str(text .. stop) }) })
end

-- On paper a box is set off by a rule at its left where the format can draw one.
local function on_paper(div, label)
  div.content:insert(1, label_paragraph(label))
  if FORMAT ~= "typst" then
    return div
  end
  local open = "#block(width: 100%, inset: (left: 1em, y: 0.4em), stroke: (left: 1.5pt + luma(140)))["
  return { pandoc.RawBlock("typst", open), div, pandoc.RawBlock("typst", "]") }
end

local function box(div, kind)
  local label = take(div, "title") or BOXES[kind].label
  if not on_the_web() then
    return on_paper(div, label)
  end
  div.attributes["role"] = BOXES[kind].role
  div.attributes["aria-label"] = label
  div.content:insert(1, label_paragraph(label))
  return div
end

-- `reveal` is also the class of reveal.js's own viewport: a deck gets the second class only.
local function fold_classes(div, kind)
  local classes = pandoc.List({})
  for _, class in ipairs(div.classes) do
    if not (class == "reveal" and FORMAT == "revealjs") then
      classes:insert(escaped(class))
    end
  end
  classes:insert("fold-" .. kind)
  return table.concat(classes, " ")
end

local function fold(div, kind)
  local summary = take(div, "summary") or take(div, "title") or FOLDS[kind]
  local open = take(div, "open")
  if not on_the_web() then
    -- Quarto has a proof environment called solution, with a label of its own.
    div.classes = div.classes:map(function(class) return class == kind and "fold-" .. kind or class end)
    return on_paper(div, summary)
  end
  local tag = "<details"
  if div.identifier ~= "" then
    tag = tag .. ' id="' .. escaped(div.identifier) .. '"'
  end
  tag = tag .. ' class="' .. fold_classes(div, kind) .. '"'
  if open and open ~= "false" then
    tag = tag .. " open"
  end
  -- The inner div keeps a heading's section from swallowing the closing tag.
  return {
    pandoc.RawBlock("html", tag .. "><summary>" .. escaped(summary) .. "</summary>"),
    pandoc.Div(div.content, pandoc.Attr("", { "fold-body" })),
    pandoc.RawBlock("html", "</details>"),
  }
end

local function is_dark(element)
  return element.classes:includes("dark-content")
end

-- The source is read after the number, in search results and by screen readers: keep them apart.
local function claim_source(span)
  if not on_the_web() then
    return {}
  end
  span.attributes["role"] = "note"
  span.content:insert(1, pandoc.Space())
  return span
end

local function Span(span)
  if span.classes:includes("claim-source") then
    return claim_source(span)
  end
end

local function Image(image)
  if not on_the_web() and is_dark(image) then
    return {}
  end
end

-- A paragraph that held only the dark picture would leave a gap; so would its implicit figure.
local function emptied(block)
  if not on_the_web() and #block.content == 0 then
    return {}
  end
end

local function Figure(figure)
  if not on_the_web() and #figure.content == 0 then
    return {}
  end
end

-- A hyphen inside these names is no place for a line to end.
local UNBROKEN = { "[Mm]acro%-F1", "TF%-IDF" }

local function Str(text)
  if not on_the_web() then
    return nil
  end
  for _, pattern in ipairs(UNBROKEN) do
    if text.text:find(pattern) then
      return pandoc.Span({ text }, pandoc.Attr("", { "nowrap" }))
    end
  end
end

-- What a reader sees of the cell: the text without the sources of its claims.
local function visible(blocks)
  return pandoc.utils.stringify(pandoc.Div(blocks):walk({
    Span = function(span)
      return span.classes:includes("claim-source") and {} or nil
    end,
  }))
end

local SHORT = 10 -- characters: a range, a number with its unit, two short words

local function Table(tbl)
  if not on_the_web() then
    return nil
  end
  local function mark(rows)
    for _, row in ipairs(rows) do
      for _, cell in ipairs(row.cells) do
        local length = utf8.len(visible(cell.contents)) or 0
        if length > 0 and length <= SHORT then
          cell.classes:insert("nowrap")
        end
      end
    end
  end
  mark(tbl.head.rows)
  for _, body in ipairs(tbl.bodies) do
    mark(body.body)
  end
  return tbl
end

-- The places at which something starts after two blanks or more.
local function starts(line)
  local found = {}
  for place in line:gmatch("%S%s%s+()%S") do
    found[place] = true
  end
  return found
end

-- A printed table: three lines or more whose columns, five at least, begin at the same places.
local function is_columnar(text)
  local common, lines = nil, 0
  for line in text:gmatch("[^\n]+") do
    lines = lines + 1
    local here = starts(line)
    for place in pairs(common or {}) do
      common[place] = here[place]
    end
    common = common or here
  end
  local shared = 0
  for _ in pairs(common or {}) do
    shared = shared + 1
  end
  return lines >= 3 and shared >= 4
end

local function mark_output(div)
  local first = div.content[1]
  if on_the_web() and first and first.t == "CodeBlock" and is_columnar(first.text) then
    div.classes:insert("columnar")
    return div
  end
end

local function Div(div)
  if div.classes:includes("cell-output") then
    return mark_output(div)
  end
  if not on_the_web() and is_dark(div) then
    return {}
  end
  local kind = kind_of(div, BOXES)
  if kind then
    return box(div, kind)
  end
  kind = kind_of(div, FOLDS)
  if kind then
    return fold(div, kind)
  end
end

-- A number and its percent sign stay on one line.
local function Inlines(inlines)
  for i = 2, #inlines - 1 do
    local before, after = inlines[i - 1], inlines[i + 1]
    local is_gap = inlines[i].t == "Space" and before.t == "Str" and after.t == "Str"
    if is_gap and before.text:match("%d$") and after.text:match("^%%") then
      inlines[i] = pandoc.Str("\u{a0}")
    end
  end
  return inlines
end

-- Quarto only. `css` in _quarto.yml would give the decks' stylesheet to the pages too, and an
-- HTML dependency would come before reveal.js's theme: so it stands in the deck's head.
local function add_deck_style()
  local file = io.open(quarto.utils.resolve_path("../theme/deck.css"), "r")
  if file then
    quarto.doc.include_text("in-header", "<style>\n" .. file:read("a") .. "</style>")
    file:close()
  end
end

if FORMAT == "revealjs" and quarto and quarto.doc then
  add_deck_style()
end

return {
  { Span = Span, Image = Image, Str = Str, Inlines = Inlines },
  { Para = emptied, Plain = emptied },
  { Figure = Figure, Div = Div, Table = Table },
}
