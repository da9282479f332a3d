-- Code blocks: copy scaffold, folding, file names, line numbers, annotations.
return function(doc, ctx)
  local util = ctx.util
  if not ctx.html then
    return doc:walk({
      CodeBlock = function(el)
        el.classes = el.classes:filter(function(name) return name ~= "cell-code" end)
        el.attributes = {}
        return el
      end,
    })
  end
  local button = '<button title="Copy to Clipboard" aria-label="Copy the code" type="button" class="code-copy-button"><i class="bi"></i></button>'
  local annotated = 0

  -- Annotations: `# <1>` at a line's end; the list that follows explains them.
  local function annotations(el)
    if not el.text:find("<%d+>%s*\n") and not el.text:find("<%d+>%s*$") then
      return nil
    end
    local lines, marks, at = pandoc.List(), {}, 0
    for line in (el.text .. "\n"):gmatch("(.-)\n") do
      at = at + 1
      local body, number = line:match("^(.-)%s*[#/%-%%]+%s*<(%d+)>%s*$")
      if number then
        marks[number] = marks[number] or {}
        table.insert(marks[number], at)
        line = body
      end
      lines:insert(line)
    end
    if next(marks) == nil then
      return nil
    end
    el.text = table.concat(lines, "\n")
    return marks
  end

  local function annotation_list(list, marks, cell)
    local out = { '<dl class="code-annotation-container-grid">' }
    local blocks = pandoc.Blocks({})
    for i, item in ipairs(list.content) do
      local where = marks[tostring(i)]
      if not where then
        return nil
      end
      out[#out + 1] = string.format('<dt data-target-cell="%s" data-target-annotation="%d">%d</dt>\n<dd>', cell, i, i)
      blocks:insert(util.html(table.concat(out, "\n")))
      local span = pandoc.Span(pandoc.utils.blocks_to_inlines(item), {
        ["data-code-cell"] = cell, ["data-code-lines"] = table.concat(where, ","), ["data-code-annotation"] = tostring(i),
      })
      blocks:insert(pandoc.Plain({ span }))
      out = { "</dd>" }
    end
    out[#out + 1] = "</dl>"
    blocks:insert(util.html(table.concat(out, "\n")))
    return blocks
  end

  local function folded(el, wrapped)
    local option = util.take(el, "code-fold")
    local summary = util.take(el, "code-summary")
    if not util.has(el, "cell-code") then
      return wrapped(el)
    end
    local fold = option or ctx.options["code-fold"]
    if not fold or fold == "false" or ctx.deck then
      return wrapped(el)
    end
    local open = fold == "show" and " open" or ""
    return pandoc.Div({
      util.html("<details" .. open .. ' class="code-fold">\n<summary>' ..
        util.escape(summary or ctx.options["code-summary"] or "Code") .. "</summary>"),
      wrapped(el),
      util.html("</details>"),
    }, { class = "quarto-scaffold" })
  end

  local function scaffold(el)
    local has_language = el.classes:find_if(function(name)
      return name ~= "cell-code" and name ~= "numberLines" and name ~= "code-annotation-code"
    end)
    if not has_language or ctx.options["code-copy"] == false then
      return el
    end
    el.classes:insert("code-with-copy")
    return pandoc.Div({ el, util.html(button) }, { class = "code-copy-outer-scaffold" })
  end

  local function numbered(el)
    local lines = util.take(el, "code-line-numbers")
    if lines == nil then
      lines = ctx.options["code-line-numbers"] and "true" or nil
    end
    if lines and lines ~= "false" then
      el.classes:insert("numberLines")
      if lines ~= "true" then
        el.attributes["code-line-numbers"] = lines
      end
    end
  end

  local function block(el)
    if util.has(el, "code-done") then
      return nil
    end
    util.take(el, "code-overflow")
    numbered(el)
    local filename = util.take(el, "filename")
    local result = folded(el, scaffold)
    if filename then
      result = pandoc.Div({
        util.html('<div class="code-with-filename-file">\n<pre><strong>' .. util.escape(filename) .. "</strong></pre>\n</div>"),
        result,
      }, { class = "code-with-filename" })
    end
    return result
  end

  local function blocks(list)
    local i = 1
    while i <= #list do
      local el = list[i]
      local marks = el.t == "CodeBlock" and annotations(el)
      if marks then
        annotated = annotated + 1
        local cell = "annotated-cell-" .. annotated
        el.identifier = cell
        el.classes:insert("code-annotation-code")
        local encoded = pandoc.json.encode(marks)
        el.attributes["annotations"] = encoded
        local follow = list[i + 1]
        local html = follow and follow.t == "OrderedList" and annotation_list(follow, marks, cell)
        if html then
          list:remove(i + 1)
          for j, part in ipairs(html) do
            list:insert(i + j, part)
          end
        end
      end
      i = i + 1
    end
    return list
  end

  if ctx.uses.annotations then
    doc = doc:walk({ Blocks = blocks })
  end
  return doc:walk({ CodeBlock = block })
end
