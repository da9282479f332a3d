-- Typst: course-specific wrappers lose what only HTML can show.
return function(doc, ctx)
  if not ctx.typst then
    return doc
  end
  local util = ctx.util
  return doc:walk({
    Div = function(el)
      if util.has(el, "cell") or util.has(el, "cell-output") or util.has(el, "column-margin") or util.has(el, "aside") then
        return el.content
      end
    end,
    Image = function(el)
      el.attributes.width = el.attributes.width and el.attributes.width:match("%%$") and el.attributes.width or nil
      el.attributes.height = nil
      el.attributes.alt = nil
      return el
    end,
  })
end
