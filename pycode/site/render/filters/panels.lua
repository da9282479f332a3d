-- Callouts and tabsets, in the DOM that Quarto gives them.
local NAMES = { note = "Note", tip = "Tip", warning = "Warning", important = "Important", caution = "Caution" }

return function(doc, ctx)
  local util = ctx.util
  local callouts, tabsets = 0, 0

  local function callout_type(el)
    for _, class in ipairs(el.classes) do
      local name = class:match("^callout%-(%a+)$")
      if name and NAMES[name] then
        return name
      end
    end
  end

  local function callout_title(el, kind)
    local first = el.content[1]
    local given = util.take(el, "title")
    if first and first.t == "Header" then
      el.content:remove(1)
      return first.content, true
    end
    if given then
      return util.read_inlines(given), true
    end
    return pandoc.Inlines({ pandoc.Str(NAMES[kind]) }), false
  end

  local function numbered_title(el, title)
    local entry = ctx.numbers[el.identifier]
    if not entry then
      return title
    end
    local inlines = pandoc.Inlines({ pandoc.Str(util.KINDS[entry.kind] .. "\u{a0}" .. entry.number) })
    inlines:extend({ pandoc.Str(":"), pandoc.Space() })
    inlines:extend(title)
    return inlines
  end

  local function header(kind, title, own_title, icon)
    local hidden = own_title and '<span class="screen-reader-only">' .. NAMES[kind] .. "</span>" or ""
    local inlines = pandoc.Inlines({ util.html_inline(hidden) })
    inlines:extend(title)
    return {
      util.html('<div class="callout-icon-container">\n<i class="callout-icon' .. icon .. '"></i>\n</div>'),
      pandoc.Div({ pandoc.Plain(inlines) }, { class = "callout-title-container flex-fill" }),
    }
  end

  -- A <summary> may hold only phrasing content: the same classes on spans.
  local function summary_header(kind, title, own_title, icon)
    local hidden = own_title and '<span class="screen-reader-only">' .. NAMES[kind] .. "</span>" or ""
    local inlines = pandoc.Inlines({
      util.html_inline('<span class="callout-icon-container"><i class="callout-icon' .. icon
        .. '"></i></span><span class="callout-title-container flex-fill">' .. hidden),
    })
    inlines:extend(title)
    inlines:insert(util.html_inline('</span><span class="callout-btn-toggle d-inline-block border-0 py-1 ps-1 pe-0 float-end"><i class="callout-toggle"></i></span>'))
    return { pandoc.Plain(inlines) }
  end

  local function bare(el, classes, icon)
    return pandoc.Div({
      pandoc.Div({
        util.html('<div class="callout-icon-container">\n<i class="callout-icon' .. icon .. '"></i>\n</div>'),
        pandoc.Div(el.content, { class = "callout-body-container" }),
      }, { class = "callout-body d-flex" }),
    }, pandoc.Attr(el.identifier, classes))
  end

  -- Folded callouts are a <details>, so that they open without JavaScript; the classes are Quarto's.
  local function collapsible(el, classes, head, collapse)
    callouts = callouts + 1
    local id = el.identifier ~= "" and ' id="' .. el.identifier .. '"' or ""
    local open = util.truthy(collapse) and "" or " open"
    local parts = pandoc.Blocks({
      util.html("<details" .. id .. ' class="' .. table.concat(classes, " ") .. '"' .. open ..
        '>\n<summary class="callout-header d-flex align-content-center">'),
    })
    parts:extend(head)
    parts:insert(util.html("</summary>"))
    parts:insert(pandoc.Div({ pandoc.Div(el.content, { class = "callout-body-container callout-body" }) },
      { class = "callout-collapse" }))
    parts:insert(util.html("</details>"))
    return parts
  end

  local function html_callout(el, kind)
    local appearance = util.take(el, "appearance") or ctx.options["callout-appearance"] or "default"
    local no_icon = util.take(el, "icon") == "false" or appearance == "minimal"
    local collapse = util.take(el, "collapse")
    local title, own_title = callout_title(el, kind)
    local style = appearance == "minimal" and "simple" or appearance
    local classes = pandoc.List({ "callout", "callout-style-" .. style, "callout-" .. kind })
    if no_icon then
      classes:insert("no-icon")
    end
    local icon = no_icon and " no-icon" or ""
    for _, name in ipairs(el.classes) do
      if not name:match("^callout") then
        classes:insert(name)
      end
    end
    if not own_title and style == "simple" then
      return bare(el, classes, icon)
    end
    classes:insert("callout-titled")
    local numbered = ctx.numbers[el.identifier] ~= nil
    local shown = numbered_title(el, title)
    if collapse ~= nil then
      return collapsible(el, classes, summary_header(kind, shown, own_title and not numbered, icon), collapse)
    end
    local head = header(kind, shown, own_title and not numbered, icon)
    return pandoc.Div({
      pandoc.Div(head, { class = "callout-header d-flex align-content-center" }),
      pandoc.Div(el.content, { class = "callout-body-container callout-body" }),
    }, pandoc.Attr(el.identifier, classes))
  end

  local function deck_callout(el, kind)
    util.take(el, "collapse")
    local appearance = util.take(el, "appearance") or "default"
    local no_icon = util.take(el, "icon") == "false"
    local title = callout_title(el, kind)
    local classes = { "callout", "callout-" .. kind, "callout-titled", "callout-style-" .. appearance }
    local head = pandoc.Blocks({})
    if not no_icon then
      head:insert(util.html('<div class="callout-icon-container">\n<i class="callout-icon"></i>\n</div>'))
    end
    head:insert(pandoc.Para({ pandoc.Strong(title) }))
    return pandoc.Div({
      pandoc.Div({
        pandoc.Div(head, { class = "callout-title" }),
        pandoc.Div(el.content, { class = "callout-content" }),
      }, { class = "callout-body" }),
    }, pandoc.Attr(el.identifier, classes))
  end

  local function typst_callout(el, kind)
    local title = numbered_title(el, (callout_title(el, kind)))
    local parts = pandoc.Blocks({ pandoc.RawBlock("typst", '#course-callout("' .. kind .. '", [') })
    parts:insert(pandoc.Plain(title))
    parts:insert(pandoc.RawBlock("typst", "], ["))
    parts:extend(el.content)
    parts:insert(pandoc.RawBlock("typst", "])"))
    return parts
  end

  -- Tabs: every heading of the first heading's level starts one.
  local function tabs_of(el)
    local tabs, level = pandoc.List(), nil
    for _, block in ipairs(el.content) do
      if block.t == "Header" and (level == nil or block.level == level) then
        level = block.level
        tabs:insert({ title = block.content, content = pandoc.Blocks({}), active = util.has(block, "active") })
      elseif #tabs > 0 then
        tabs[#tabs].content:insert(block)
      end
    end
    return tabs
  end

  local function tab_list(id, tabs, active)
    local inlines = pandoc.Inlines({})
    for i, tab in ipairs(tabs) do
      local pane = id .. "-" .. i
      inlines:insert(util.html_inline(string.format(
        '<li class="nav-item" role="presentation"><a class="nav-link%s" id="%s-tab" data-bs-toggle="tab" data-bs-target="#%s" role="tab" aria-controls="%s" aria-selected="%s" href="#%s"%s>',
        i == active and " active" or "", pane, pane, pane, tostring(i == active), pane, i == active and "" or ' tabindex="-1"')))
      inlines:extend(tab.title)
      inlines:insert(util.html_inline("</a></li>"))
    end
    return pandoc.Blocks({
      util.html('<ul class="nav nav-tabs" role="tablist">'), pandoc.Plain(inlines), util.html("</ul>"),
    })
  end

  local function html_tabset(el)
    local tabs = tabs_of(el)
    if #tabs == 0 then
      table.insert(ctx.facts.problems, { kind = "empty-tabset", id = "panel-tabset" })
      return el
    end
    tabsets = tabsets + 1
    local id, active = "tabset-" .. tabsets, 1
    for i, tab in ipairs(tabs) do
      active = tab.active and i or active
    end
    local panes = pandoc.Blocks({})
    for i, tab in ipairs(tabs) do
      local pane = id .. "-" .. i
      panes:insert(pandoc.Div(tab.content, pandoc.Attr(pane, i == active and { "tab-pane", "active" } or { "tab-pane" },
        { role = "tabpanel", ["aria-labelledby"] = pane .. "-tab" })))
    end
    local blocks = tab_list(id, tabs, active)
    local group = el.attributes.group
    blocks:insert(pandoc.Div(panes, pandoc.Attr("", { "tab-content" }, group and { ["data-group"] = group } or {})))
    return pandoc.Div(blocks, pandoc.Attr(el.identifier, { "panel-tabset" }, group and { ["data-group"] = group } or {}))
  end

  local function typst_tabset(el)
    local blocks = pandoc.Blocks({})
    for _, tab in ipairs(tabs_of(el)) do
      blocks:insert(pandoc.Para({ pandoc.Strong(tab.title) }))
      blocks:extend(tab.content)
    end
    return blocks
  end

  return doc:walk({
    Div = function(el)
      local kind = callout_type(el)
      if kind then
        local render = ctx.typst and typst_callout or ctx.deck and deck_callout or html_callout
        return render(el, kind)
      end
      if util.has(el, "panel-tabset") then
        return ctx.typst and typst_tabset(el) or html_tabset(el)
      end
    end,
  })
end
