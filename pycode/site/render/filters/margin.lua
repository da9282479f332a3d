-- Margin content of pages: `.column-margin`, `.aside`, and footnotes when `reference-location: margin`.
return function(doc, ctx)
  if ctx.format ~= "html" then
    return doc
  end
  local util = ctx.util
  local notes = 0
  local in_margin = ctx.options["reference-location"] == "margin"

  local function container(blocks)
    return pandoc.Div(blocks, { class = "no-row-height column-margin column-container" })
  end

  local function note(el, found)
    notes = notes + 1
    local content = el.content:clone()
    local mark = pandoc.Inlines({ pandoc.Superscript({ pandoc.Str(tostring(notes)) }), pandoc.Str("\u{a0}") })
    if content[1] and (content[1].t == "Para" or content[1].t == "Plain") then
      content[1].content = mark .. content[1].content
    else
      content:insert(1, pandoc.Para(mark))
    end
    found:insert(pandoc.Div(content, pandoc.Attr("fn" .. notes, {}, {})))
    return util.html_inline(string.format(
      '<a href="#fn%d" class="footnote-ref" id="fnref%d" role="doc-noteref"><sup>%d</sup></a>', notes, notes, notes))
  end

  local function side_content(block)
    local found = pandoc.Blocks({})
    local changed = block:walk({
      traverse = "topdown",
      Note = function(el)
        if in_margin then
          return note(el, found), false
        end
      end,
      Span = function(el)
        if util.has(el, "aside") or util.has(el, "column-margin") then
          found:insert(pandoc.Plain({ pandoc.Span(el.content, { class = "margin-aside" }) }))
          return {}, false
        end
      end,
    })
    return changed, found
  end

  local function margin_div(el)
    if util.has(el, "column-container") then
      return nil
    end
    if util.has(el, "aside") then
      util.drop_class(el, "aside")
      el.classes:insert("margin-aside")
      return container({ el })
    end
    if util.has(el, "column-margin") then
      util.drop_class(el, "column-margin")
      return container({ el })
    end
  end

  local blocks = pandoc.Blocks({})
  for _, block in ipairs(doc.blocks) do
    local changed, found = side_content(block)
    blocks:insert(changed)
    if #found > 0 then
      blocks:insert(container(found))
    end
  end
  doc.blocks = blocks:walk({ Div = margin_div })
  return doc
end
