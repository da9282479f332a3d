-- Links between pages point at what the site holds (`x.qmd` becomes `x.html`); every link and image is reported.
return function(doc, ctx)
  local function local_target(target)
    return not (target:match("^%a[%w+.-]*:") or target:match("^//") or target:match("^#") or target == "")
  end

  local function rooted(target)
    if target:sub(1, 1) == "/" then
      return ctx.options.root .. target:sub(2)
    end
    return target
  end

  -- Typst reads pictures where they are in the project: a cell's figures lie in _freeze/.
  local function project_path(target)
    if target:sub(1, 1) == "/" then
      return target
    end
    local folder, stem = ctx.options.source:match("^(.-)([^/]+)%.qmd$")
    local figures = stem .. "_files/"
    if target:sub(1, #figures) == figures then
      return "/_freeze/" .. folder .. stem .. "/" .. target:sub(#figures + 1)
    end
    return "/" .. pandoc.path.normalize(folder .. target)
  end

  return doc:walk({
    Link = function(el)
      if local_target(el.target) then
        local path, rest = el.target:match("^([^#?]*)(.*)$")
        table.insert(ctx.facts.links, path)
        el.target = rooted(path:gsub("%.qmd$", ".html") .. rest)
        return el
      end
      if el.target:match("^http") then
        table.insert(ctx.facts.links, el.target)
      end
    end,
    Image = function(el)
      local alt = el.attributes["fig-alt"]
      if local_target(el.src) then
        table.insert(ctx.facts.images, el.src)
        el.src = ctx.typst and project_path(el.src) or rooted(el.src)
      elseif el.src:match("^%a+://") or el.src:match("^//") then
        table.insert(ctx.facts.problems, { kind = "remote-image", id = el.src })
      end
      if alt then
        el.attributes["fig-alt"] = nil
        el.attributes["alt"] = alt
      end
      return el
    end,
  })
end
