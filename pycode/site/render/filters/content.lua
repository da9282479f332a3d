-- What a format shows: content-visible / content-hidden, raw blocks of other formats, light and dark renderings of a cell.
local MATCHES = {
  html = { html = true, ["html:js"] = true },
  revealjs = { html = true, ["html:js"] = true, revealjs = true },
  typst = { typst = true, pdf = true },
}

return function(doc, ctx)
  local util = ctx.util

  local function matches(format)
    return MATCHES[ctx.format][format] == true
  end

  local function shown(el)
    local when, unless = util.take(el, "when-format"), util.take(el, "unless-format")
    local yes = true
    if when then
      yes = matches(when)
    end
    if unless then
      yes = yes and not matches(unless)
    end
    if util.has(el, "content-hidden") then
      return not yes
    end
    return yes
  end

  local function conditional(el)
    if util.has(el, "content-visible") or util.has(el, "content-hidden") then
      if shown(el) then
        return el.content
      end
      return {}
    end
    if not ctx.html and (util.has(el, "hidden") or util.has(el, "dark-content")) then
      return {}
    end
    if util.has(el, "hidden") then
      el.attributes.hidden = ""
      return el
    end
  end

  -- `renderings: [light, dark]`: the cell's outputs are the light one and the dark one, in that order.
  local function renderings(cell)
    local names = pandoc.json.decode(util.take(cell, "renderings"), false)
    local position = 0
    cell.content = cell.content:map(function(block)
      if block.t == "Div" and util.has(block, "cell-output-display") then
        position = position + 1
        local name = names[position]
        if name then
          block.classes:insert(name .. "-content")
        end
      end
      return block
    end)
    return cell
  end

  return doc:walk({
    traverse = "topdown",
    Div = function(el)
      local replaced = conditional(el)
      if replaced then
        return replaced
      end
      if util.has(el, "cell") and el.attributes.renderings then
        return renderings(el)
      end
    end,
    Span = conditional,
    Image = function(el)
      if not ctx.html and util.has(el, "dark-content") then
        return {}
      end
    end,
    RawBlock = function(el)
      if not (el.format == "html" and ctx.html or el.format == ctx.format) then
        return {}
      end
    end,
    RawInline = function(el)
      if not (el.format == "html" and ctx.html or el.format == ctx.format) then
        return {}
      end
    end,
  })
end
