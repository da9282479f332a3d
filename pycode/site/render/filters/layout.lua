-- Layout panels that are not floats, image classes, quotes.
return function(doc, ctx)
  local util = ctx.util

  local function cell_layout(el)
    local code, output = pandoc.Blocks({}), pandoc.Blocks({})
    for _, block in ipairs(el.content) do
      local is_output = block.t == "Div" and util.has(block, "cell-output")
      (is_output and output or code):insert(block)
    end
    local attributes = { ["layout-ncol"] = util.take(el, "layout-ncol"), ["layout-nrow"] = util.take(el, "layout-nrow"),
      layout = util.take(el, "layout") }
    code:insert(ctx.layout(pandoc.Div(output, pandoc.Attr("", {}, attributes))))
    el.content = code
    return el
  end

  local function panel(el)
    if util.has(el, "quarto-layout-panel") then
      return nil
    end
    if util.has(el, "cell") and (el.attributes["layout-ncol"] or el.attributes["layout-nrow"] or el.attributes.layout) then
      return cell_layout(el)
    end
    return ctx.layout(el)
  end

  -- Tables that a cell printed are compact; `cell` marks them for the theme, as in Quarto.
  local function cell_tables(el)
    if util.has(el, "cell-output") then
      return el:walk({ Table = function(t)
        t.classes = pandoc.List({ "cell" }) .. t.classes .. pandoc.List({ "table-sm", "table-striped", "small" })
        return t
      end })
    end
    if util.has(el, "quarto-scaffold") then
      return el.content
    end
  end

  local function image(el)
    if not ctx.deck then
      local sized = el.attributes.width and el.attributes.height
      if not sized then
        el.classes:insert("img-fluid")
      end
      el.attributes.loading = "lazy"
    end
    return el
  end

  if ctx.uses.layout then
    doc = doc:walk({ Div = panel })
  end
  doc = doc:walk({ Div = cell_tables })
  if ctx.format == "html" then
    doc = doc:walk({ Image = image })
  end
  return doc
end
