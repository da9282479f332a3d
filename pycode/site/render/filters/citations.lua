-- Runs citeproc only where a page cites something, and keeps the bibliography apart for the page's appendix.
return function(doc, ctx)
  local cites = doc.meta.nocite ~= nil
  doc:walk({
    Cite = function(el)
      for _, citation in ipairs(el.citations) do
        if not ctx.util.kind(citation.id:lower()) then
          cites = true
        end
      end
    end,
  })
  if not cites then
    return doc
  end
  doc.meta["link-citations"] = true
  doc = pandoc.utils.citeproc(doc)
  doc:walk({
    Cite = function(el)
      local text = pandoc.utils.stringify(el)
      if text:find("???", 1, true) or text:match("%f[%w]([%w_:-]+)%?") then
        for _, citation in ipairs(el.citations) do
          if text:find(citation.id .. "?", 1, true) then
            table.insert(ctx.facts.problems, { kind = "citation", id = citation.id })
          end
        end
      end
    end,
  })
  if ctx.format ~= "html" then
    return doc
  end
  local blocks = pandoc.Blocks({})
  for _, block in ipairs(doc.blocks) do
    if block.t == "Div" and block.identifier == "refs" then
      ctx.references = block
      -- A heading that stands for the list alone names the list in the page's appendix.
      local last = blocks[#blocks]
      if last and last.t == "Header" then
        ctx.facts["references-title"] = pandoc.utils.stringify(last.content)
        blocks:remove(#blocks)
      end
    else
      blocks:insert(block)
    end
  end
  doc.blocks = blocks
  return doc
end
