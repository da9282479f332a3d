-- Rows and cells of `layout-ncol`, `layout-nrow` and `layout="[[1,1],[1]]"`.
return function(ctx)
  local util = ctx.util

  local function cells_of(el)
    local cells = pandoc.List()
    for _, block in ipairs(el.content) do
      local images = util.only_images(block)
      if images and #images > 1 then
        for _, image in ipairs(images) do
          cells:insert(pandoc.Para({ image }))
        end
      else
        cells:insert(block)
      end
    end
    return cells
  end

  -- Widths in per cent for each row.
  local function shape(el, count)
    local layout = util.take(el, "layout")
    local ncol, nrow = tonumber(util.take(el, "layout-ncol")), tonumber(util.take(el, "layout-nrow"))
    util.take(el, "layout-valign")
    local rows = pandoc.List()
    if layout then
      local spec = pandoc.json.decode(layout, false)
      if type(spec) ~= "table" then
        table.insert(ctx.facts.problems, { kind = "layout", id = layout })
        return nil
      end
      spec = type(spec[1]) == "table" and spec or { spec }
      for _, widths in ipairs(spec) do
        local total = 0
        for _, width in ipairs(widths) do
          total = total + math.abs(width)
        end
        rows:insert(pandoc.List(widths):map(function(width) return 100 * width / total end))
      end
      return rows
    end
    if nrow and not ncol then
      ncol = math.ceil(count / nrow)
    end
    if not ncol then
      return nil
    end
    for _ = 1, math.ceil(count / ncol) do
      local row = pandoc.List()
      for _ = 1, ncol do
        row:insert(100 / ncol)
      end
      rows:insert(row)
    end
    return rows
  end

  local function cell(block, width)
    local style = string.format("flex-basis: %.1f%%;justify-content: flex-start;", math.abs(width))
    local classes, attributes = pandoc.List(), { style = style }
    local content = pandoc.Blocks({ block })
    if block.t == "Div" and util.has(block, "cell-output") then
      classes:extend(block.classes)
      content = block.content
    end
    local inner = content[1]
    if inner and inner.t == "Div" and ctx.numbers[inner.identifier] and ctx.numbers[inner.identifier].parent then
      classes:insert("quarto-layout-cell-subref")
      attributes["ref-parent"] = ctx.numbers[inner.identifier].parent
    end
    classes:insert("quarto-layout-cell")
    return pandoc.Div(content, pandoc.Attr("", classes, attributes))
  end

  return function(el)
    if not (el.attributes.layout or el.attributes["layout-ncol"] or el.attributes["layout-nrow"]) then
      return nil
    end
    local kept = { el.attributes["layout-ncol"], el.attributes["layout-nrow"], el.attributes.layout }
    local cells = cells_of(el)
    local rows = shape(el, #cells)
    if not rows then
      return nil
    end
    local panel, at = pandoc.Blocks({}), 1
    for _, widths in ipairs(rows) do
      local row = pandoc.Blocks({})
      for _, width in ipairs(widths) do
        if width < 0 then
          row:insert(cell(pandoc.Plain({}), width))
        elseif cells[at] then
          row:insert(cell(cells[at], width))
          at = at + 1
        end
      end
      if #row > 0 then
        panel:insert(pandoc.Div(row, { class = "quarto-layout-row" }))
      end
    end
    while cells[at] do
      panel:insert(cells[at])
      at = at + 1
    end
    el.content = panel
    el.classes:insert("quarto-layout-panel")
    if kept[1] then el.attributes["layout-ncol"] = kept[1] end
    if kept[2] then el.attributes["layout-nrow"] = kept[2] end
    if kept[3] then el.attributes["layout"] = kept[3] end
    return el
  end
end
