-- Small helpers that several modules share.
local util = {}

-- Metadata as plain Lua values.
function util.plain(value)
  local kind = pandoc.utils.type(value)
  if kind == "Inlines" or kind == "Blocks" then
    return pandoc.utils.stringify(value)
  end
  if kind == "table" or kind == "List" or kind == "Meta" then
    local result = {}
    for key, item in pairs(value) do
      result[key] = util.plain(item)
    end
    return result
  end
  return value
end

function util.html(text)
  return pandoc.RawBlock("html", text)
end

function util.html_inline(text)
  return pandoc.RawInline("html", text)
end

function util.escape(text)
  return (text:gsub("&", "&amp;"):gsub("<", "&lt;"):gsub(">", "&gt;"):gsub('"', "&quot;"))
end

function util.has(el, class)
  return el.classes ~= nil and el.classes:includes(class)
end

function util.drop_class(el, class)
  el.classes = el.classes:filter(function(name) return name ~= class end)
end

-- Take an attribute away from the element and return it.
function util.take(el, name)
  local value = el.attributes[name]
  el.attributes[name] = nil
  return value
end

function util.truthy(value)
  return value == true or value == "true" or value == "1"
end

-- Inlines of a caption written as markdown inside an attribute.
function util.read_inlines(text)
  return pandoc.utils.blocks_to_inlines(pandoc.read(text, "markdown").blocks)
end

-- `fig` of `fig-x`, when that is a kind of cross-reference.
function util.kind(id)
  local prefix = (id or ""):match("^(%a+)%-.")
  return prefix and util.KINDS[prefix] and prefix or nil
end

util.KINDS = {
  fig = "Figure", tbl = "Table", lst = "Listing", eq = "Equation", sec = "Section",
  nte = "Note", tip = "Tip", wrn = "Warning", imp = "Important", cau = "Caution",
}

-- The only block of a list of blocks when it holds nothing but images: those images, else nil.
function util.only_images(block)
  if block.t ~= "Para" and block.t ~= "Plain" then
    return nil
  end
  local images = pandoc.List()
  for _, inline in ipairs(block.content) do
    if inline.t == "Image" or (inline.t == "Link" and #inline.content == 1 and inline.content[1].t == "Image") then
      images:insert(inline)
    elseif inline.t ~= "Space" and inline.t ~= "SoftBreak" then
      return nil
    end
  end
  return #images > 0 and images or nil
end

return util
