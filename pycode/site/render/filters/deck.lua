-- What decks need beyond Pandoc's own reveal.js writer.
return function(doc, ctx)
  if not ctx.deck then
    return doc
  end
  local util = ctx.util

  local function aside(el)
    if util.has(el, "aside") then
      local blocks = pandoc.Blocks({ util.html("<aside>") })
      blocks:extend(el.content)
      blocks:insert(util.html("</aside>"))
      return blocks
    end
  end

  return doc:walk({ Div = aside })
end
