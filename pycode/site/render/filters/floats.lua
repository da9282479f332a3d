-- Figures, tables and listings with captions ("floats"), numbered or not.
local TOP = { tbl = true, lst = true }

return function(doc, ctx)
  local util, numbers = ctx.util, ctx.numbers

  local function caption_text(id, caption)
    local entry = numbers[id]
    local inlines = pandoc.Inlines({})
    if entry then
      local label = entry.letter and "(" .. entry.letter .. ")" or util.KINDS[entry.kind] .. "\u{a0}" .. entry.number
      inlines:insert(pandoc.Str(#caption > 0 and not entry.letter and label .. ":" or label))
      if #caption > 0 then
        inlines:insert(pandoc.Space())
      end
    end
    inlines:extend(caption)
    return inlines
  end

  local function first_image(blocks)
    local found
    pandoc.Blocks(blocks):walk({ Image = function(el) found = found or el end })
    return found
  end

  -- Images inside a float carry no caption of their own; the float has it.
  local function clean_images(blocks, parent)
    return pandoc.Blocks(blocks):walk({
      Image = function(el)
        if util.kind(el.identifier) == "fig" then
          el.identifier = ""
        end
        el.caption = pandoc.Inlines({})
        el.attributes["fig-align"] = nil
        if not util.has(el, "figure-img") and ctx.format == "html" then
          el.classes:insert("figure-img")
        end
        if parent then
          el.attributes["ref-parent"] = parent
        end
        return el
      end,
    })
  end

  ctx.float = function(id, kind, content, caption, classes, attributes)
    local entry = numbers[id]
    local sub = entry and entry.letter
    local name = (sub and "quarto-subfloat-" or "quarto-float-") .. kind
    local prefix = sub and "quarto-subfloat-caption " or "quarto-float-caption "
    local place = TOP[kind] and "top" or "bottom"
    local caption_id = id .. "-caption"
    local cap = pandoc.Blocks({
      util.html('<figcaption class="quarto-float-caption-' .. place .. " " .. prefix .. name .. '" id="' .. caption_id .. '">'),
      pandoc.Plain(caption_text(id, caption)),
      util.html("</figcaption>"),
    })
    local image = first_image(content)
    local body = pandoc.Div(clean_images(content, sub and entry.parent or nil), { ["aria-describedby"] = caption_id })
    local align = kind == "lst" and "left" or (image and util.take(image, "fig-align")) or "center"
    local all = pandoc.List(classes or {})
    all:extend({ "quarto-float", "quarto-figure", "quarto-figure-" .. align, "anchored" })
    local parts = pandoc.Blocks({ util.html('<figure class="quarto-float ' .. name .. ' figure">') })
    if TOP[kind] then
      parts:extend(cap)
    end
    parts:insert(body)
    if not TOP[kind] then
      parts:extend(cap)
    end
    parts:insert(util.html("</figure>"))
    return pandoc.Div(parts, pandoc.Attr(id, all, attributes or {}))
  end

  local function typst_float(id, kind, content, caption)
    local parts = pandoc.Blocks({ pandoc.RawBlock("typst", "#course-float(<" .. id .. ">, [") })
    parts:extend(clean_images(content))
    parts:insert(pandoc.RawBlock("typst", "], ["))
    parts:insert(pandoc.Plain(caption_text(id, caption)))
    parts:insert(pandoc.RawBlock("typst", "])"))
    return parts
  end

  if ctx.typst then
    ctx.float = typst_float
  end

  local function plain_figure(blocks, caption, align)
    if ctx.typst then
      return typst_float("plain-figure", "fig", blocks, caption)
    end
    local parts = pandoc.Blocks({ util.html('<figure class="figure">') })
    parts:extend(clean_images(blocks))
    if #caption > 0 then
      parts:extend({ util.html("<figcaption>"), pandoc.Plain(caption), util.html("</figcaption>") })
    end
    parts:insert(util.html("</figure>"))
    return pandoc.Div(parts, { class = "quarto-figure quarto-figure-" .. (align or "center") })
  end

  local function figure(el)
    local caption = pandoc.utils.blocks_to_inlines(el.caption.long)
    local image = first_image(el.content)
    if numbers[el.identifier] then
      return ctx.float(el.identifier, "fig", el.content, caption)
    end
    return plain_figure(el.content:map(function(b) return b.t == "Plain" and pandoc.Para(b.content) or b end), caption,
      image and util.take(image, "fig-align"))
  end

  -- A paragraph that is one image: an uncaptioned figure when it is numbered or aligned.
  local function paragraph(el)
    local images = util.only_images(el)
    if not images or #images ~= 1 or images[1].t ~= "Image" then
      return nil
    end
    local image = images[1]
    if numbers[image.identifier] then
      return ctx.float(image.identifier, "fig", { pandoc.Plain({ image }) }, image.caption)
    end
    if image.attributes["fig-align"] then
      return plain_figure({ pandoc.Para({ image }) }, pandoc.Inlines({}), util.take(image, "fig-align"))
    end
  end

  local function column_widths(el)
    local widths = util.take(el, "tbl-colwidths")
    local list = widths and pandoc.json.decode(widths, false)
    if type(list) ~= "table" then
      return
    end
    local total = 0
    for _, width in ipairs(list) do
      total = total + width
    end
    for i, spec in ipairs(el.colspecs) do
      el.colspecs[i] = { spec[1], list[i] and list[i] / math.max(total, 100) or nil }
    end
  end

  local function table_(el)
    column_widths(el)
    if not ctx.html then
      if numbers[el.identifier] then
        local caption = pandoc.utils.blocks_to_inlines(el.caption.long)
        local id = el.identifier
        el.caption.long, el.identifier = {}, ""
        return ctx.float(id, "tbl", { el }, caption)
      end
      return el
    end
    el.classes = pandoc.List({ "caption-top", "table" }) .. el.classes
    if numbers[el.identifier] then
      local caption = pandoc.utils.blocks_to_inlines(el.caption.long)
      local id = el.identifier
      el.identifier = ""
      el.caption.long = {}
      return ctx.float(id, "tbl", { el }, caption)
    end
    return el
  end

  -- The caption of a cross-reference div is its last paragraph.
  ctx.split_caption = function(content)
    local last = content[#content]
    if last and last.t == "Para" and not util.only_images(last) then
      content:remove(#content)
      return last.content
    end
    return pandoc.Inlines({})
  end

  local function listing(el)
    local code
    el:walk({ CodeBlock = function(block) code = code or block end })
    return code
  end

  -- A code block's own id and caption make a listing; the scaffold around it came from code.lua.
  local function code_listing(el)
    local code = el.t == "CodeBlock" and el or listing(el)
    local id = code and code.identifier
    if not id or util.kind(id) ~= "lst" then
      return nil
    end
    local caption = code.attributes["lst-cap"] and util.read_inlines(code.attributes["lst-cap"]) or pandoc.Inlines({})
    local strip = { CodeBlock = function(block)
      block.identifier = ""
      block.attributes["lst-cap"] = nil
      return block
    end }
    local inner = pandoc.Blocks({ el }):walk(strip)
    return ctx.float(id, "lst", inner, caption, { "listing" })
  end

  local function is_code(block)
    return block.t == "CodeBlock" or (block.t == "Div" and (util.has(block, "code-copy-outer-scaffold")
      or util.has(block, "quarto-scaffold") or util.has(block, "code-with-filename")))
  end

  -- A cell whose id is `tbl-x` or `fig-x`: its code stays outside, its outputs become the float.
  local function cell_float(el, kind)
    local id = el.identifier
    local caption_attribute = util.take(el, kind .. "-cap")
    local code, output = pandoc.Blocks({}), pandoc.Blocks({})
    for _, block in ipairs(el.content) do
      (is_code(block) and code or output):insert(block)
    end
    local caption
    if caption_attribute then
      caption = ctx.resolve(pandoc.Plain(util.read_inlines(caption_attribute))).content
    else
      caption = ctx.split_caption(output)
    end
    local count = el.attributes.execution_count
    local layout = pandoc.Attr("", {}, el.attributes)
    local inner = pandoc.Div(output, layout)
    inner = ctx.layout and ctx.layout(inner) or nil
    local float = ctx.float(id, kind, inner and inner.content or output, caption, { "cell" },
      { execution_count = count })
    if inner then
      float.classes = pandoc.List({ "quarto-layout-panel" })
      code:insert(float)
      return code
    end
    code:insert(float)
    return pandoc.Div(code, pandoc.Attr("", { "cell" }, { execution_count = count }))
  end

  local function division(el)
    local kind = util.kind(el.identifier)
    if util.has(el, "cell") and not numbers[el.identifier] then
      for _, name in ipairs({ "fig-width", "fig-height", "fig-cap", "tags", "code-annotations" }) do
        el.attributes[name] = nil
      end
    end
    if not numbers[el.identifier] or not (kind == "fig" or kind == "tbl" or kind == "lst") then
      return nil
    end
    if util.has(el, "quarto-float") then
      return nil
    end
    if util.has(el, "cell") then
      return cell_float(el, kind)
    end
    local caption = ctx.split_caption(el.content)
    local id = el.identifier
    el.identifier = ""
    local panel = ctx.layout and ctx.layout(el)
    if panel then
      local float = ctx.float(id, kind, panel.content, caption)
      float.classes = pandoc.List({ "quarto-layout-panel" })
      return float
    end
    local attributes = {}
    return ctx.float(id, kind, el.content, caption, el.classes, attributes)
  end

  ctx.layout = ctx.load("panel_layout")(ctx)
  return doc:walk({
    Figure = figure,
    Para = paragraph,
    Table = table_,
    CodeBlock = function(el)
      if not ctx.html then
        return code_listing(el)
      end
    end,
    Div = function(el)
      if (util.has(el, "code-copy-outer-scaffold") or util.has(el, "code-with-filename")) and ctx.html then
        return code_listing(el)
      end
      return division(el)
    end,
  })
end
