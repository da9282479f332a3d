-- Numbers figures, tables, listings, equations and sections in document order, then resolves `@fig-x`.
return function(doc, ctx)
  local util, numbers = ctx.util, ctx.numbers
  local counters, sections = {}, { 0, 0, 0, 0, 0, 0 }
  local nbsp = "\u{a0}"

  local function give(id, kind, parent)
    if numbers[id] then
      table.insert(ctx.facts.problems, { kind = "duplicate", id = id })
      return
    end
    if parent then
      local entry = numbers[parent]
      entry.children = (entry.children or 0) + 1
      numbers[id] = { kind = kind, number = entry.number, letter = string.char(96 + entry.children), parent = parent }
    else
      counters[kind] = (counters[kind] or 0) + 1
      numbers[id] = { kind = kind, number = tostring(counters[kind]) }
    end
  end

  local function number_heading(el)
    if util.has(el, "unnumbered") or util.has(el, "panel-heading") then
      return nil
    end
    for level = el.level + 1, 6 do
      sections[level] = 0
    end
    sections[el.level] = sections[el.level] + 1
    local parts = pandoc.List()
    for level = 1, el.level do
      if sections[level] > 0 or #parts > 0 then
        parts:insert(tostring(sections[level]))
      end
    end
    local text = table.concat(parts, ".")
    if util.kind(el.identifier) == "sec" then
      numbers[el.identifier] = { kind = "sec", number = text }
    end
    if ctx.options["number-sections"] then
      el.attributes["number"] = text
      el.content:insert(1, pandoc.Space())
      el.content:insert(1, pandoc.Span({ pandoc.Str(text) }, { class = "header-section-number" }))
      return el
    end
  end

  -- Equations: `$$ … $$ {#eq-x}`.
  local function equations(inlines)
    for i = 1, #inlines do
      local math = inlines[i]
      if math.t == "Math" and math.mathtype == "DisplayMath" then
        local at = i + 1
        while inlines[at] and (inlines[at].t == "Space" or inlines[at].t == "SoftBreak") do
          at = at + 1
        end
        local id = inlines[at] and inlines[at].t == "Str" and inlines[at].text:match("^{#(eq%-[^}]+)}")
        if id then
          give(id, "eq")
          if ctx.html then
            math.text = math.text .. " \\tag{" .. numbers[id].number .. "}"
          else
            math.text = math.text .. " \\qquad(" .. numbers[id].number .. ")"
          end
          inlines[at].text = inlines[at].text:gsub("^{#[^}]+}", "")
          inlines[i] = pandoc.Span({ math }, { id = id })
          for _ = i + 1, at - 1 do
            inlines:remove(i + 1)
          end
          if inlines[i + 1] and inlines[i + 1].text == "" then
            inlines:remove(i + 1)
          end
          return equations(inlines) or inlines
        end
      end
    end
  end

  local CALLOUT_KINDS = { nte = true, tip = true, wrn = true, imp = true, cau = true }

  -- Headings that name a tab or a callout are not sections.
  local function mark_panel_headings(el)
    local panel = util.has(el, "panel-tabset")
      or el.classes:find_if(function(name) return name:match("^callout%-") end)
    if panel then
      for _, block in ipairs(el.content) do
        if block.t == "Header" then
          block.classes:insert("panel-heading")
        end
      end
    end
  end

  local function index(parent)
    return {
      traverse = "topdown",
      Header = number_heading,
      Div = function(el)
        mark_panel_headings(el)
        local kind = util.kind(el.identifier)
        if kind and kind ~= "sec" and kind ~= "eq" then
          give(el.identifier, kind, not CALLOUT_KINDS[kind] and parent or nil)
          if not parent and not CALLOUT_KINDS[kind] then
            el.content = el.content:walk(index(el.identifier))
            return el, false
          end
        end
        return el
      end,
      Figure = function(el)
        if util.kind(el.identifier) == "fig" then
          give(el.identifier, "fig", parent)
          return nil, false
        end
      end,
      Image = function(el)
        if util.kind(el.identifier) == "fig" and not numbers[el.identifier] then
          give(el.identifier, "fig", parent)
        end
      end,
      Table = function(el)
        if util.kind(el.identifier) == "tbl" then
          give(el.identifier, "tbl", parent)
        end
      end,
      CodeBlock = function(el)
        if util.kind(el.identifier) == "lst" then
          give(el.identifier, "lst", nil)
        end
      end,
      Inlines = ctx.uses.equations and equations or nil,
    }
  end

  doc = doc:walk(index(nil))

  local function label(entry, with_name)
    local text = entry.number .. (entry.letter and " (" .. entry.letter .. ")" or "")
    return with_name and with_name .. nbsp .. text or text
  end

  local function link(citation, capital)
    local id = citation.id
    local entry = numbers[id] or numbers[id:sub(1, 1):lower() .. id:sub(2)]
    local inlines = pandoc.Inlines({})
    local name = util.KINDS[entry.kind]
    if citation.mode == "SuppressAuthor" then
      name = nil
    elseif #citation.prefix > 0 then
      name = pandoc.utils.stringify(citation.prefix)
    end
    local target = numbers[id] and id or id:sub(1, 1):lower() .. id:sub(2)
    inlines:insert(pandoc.Link({ pandoc.Str(label(entry, name)) }, "#" .. target, "", { class = "quarto-xref" }))
    return inlines
  end

  -- Captions written as attributes are markdown that is read later: they may hold references too.
  ctx.resolve = function(element)
    return element:walk({
      Cite = function(el)
        local result = pandoc.Inlines({})
        for i, citation in ipairs(el.citations) do
          local id = citation.id
          local known = numbers[id] or numbers[id:sub(1, 1):lower() .. id:sub(2)]
          if known then
            if #result > 0 then
              result:extend({ pandoc.Str(","), pandoc.Space() })
            end
            result:extend(link(citation, i))
          elseif util.kind(id:lower()) then
            table.insert(ctx.facts.problems, { kind = "reference", id = id })
          end
        end
        if #result > 0 then
          return result
        end
      end,
    })
  end
  return ctx.resolve(doc)
end
