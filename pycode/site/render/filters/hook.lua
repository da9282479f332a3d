-- Runs the project's own filters (shared with real Quarto) first; they must also work with Pandoc alone.
local function apply(doc, filter)
  if filter.Meta then
    doc.meta = filter.Meta(doc.meta) or doc.meta
  end
  local rest = {}
  for key, value in pairs(filter) do
    if key ~= "Pandoc" and key ~= "Meta" then
      rest[key] = value
    end
  end
  doc = doc:walk(rest)
  if filter.Pandoc then
    doc = filter.Pandoc(doc) or doc
  end
  return doc
end

return function(doc, ctx)
  for _, path in ipairs(ctx.options.filters or {}) do
    local filters = dofile(path)
    if type(filters) ~= "table" then
      error("the filter " .. pandoc.path.filename(path) .. " must return its filters")
    end
    for _, filter in ipairs(filters[1] and filters or { filters }) do
      doc = apply(doc, filter)
    end
  end
  return doc
end
