// What the page does without the server: following citations and back, copying, showing a passage's neighbours, downloads,
// light and dark, storing conversations and settings. Document texts go through `dataset` and `textContent`, never as markup.
(() => {
  const byId = id => document.getElementById(id)
  const stored = name => { try { return localStorage.getItem(name) } catch { return null } }
  const store = (name, value) => { try { localStorage.setItem(name, value) } catch { /* storage is off or full */ } }

  // -- light and dark: Gradio sets the class `dark` by the system's preference; the page's setting overrides it
  const system = matchMedia('(prefers-color-scheme: dark)')
  const applyTheme = () => {
    const theme = stored('qa-theme')
    const dark = theme === 'dark' || (theme !== 'light' && system.matches)
    document.documentElement.style.colorScheme = dark ? 'dark' : 'light'
    if (document.body.classList.contains('dark') !== dark) document.body.classList.toggle('dark', dark)
  }
  const setTheme = theme => { store('qa-theme', theme); applyTheme() }
  system.addEventListener('change', applyTheme)

  // -- a live region for screen readers
  let live
  const say = text => { live.textContent = ''; setTimeout(() => { live.textContent = text }, 50) }

  // For a lost connection Gradio shows a toast in English; it is hidden, and a line in the page's language shown at the box.
  const watchToasts = () => new MutationObserver(() => {
    for (const toast of document.querySelectorAll('.toast-body:not([hidden])')) {
      if (!/connection (to the server was )?lost/i.test(toast.textContent)) continue
      toast.hidden = true
      if (byId('offline')) continue
      const line = document.createElement('p')
      line.id = 'offline'
      line.setAttribute('role', 'alert')
      line.textContent = document.querySelector('#heading h1')?.dataset.offline ?? ''
      byId('asking')?.prepend(line)
    }
  }).observe(document.body, { childList: true, subtree: true })

  const start = () => {
    applyTheme()
    new MutationObserver(applyTheme).observe(document.body, { attributeFilter: ['class'] })
    live = document.createElement('div')
    live.id = 'live'
    live.setAttribute('aria-live', 'polite')
    document.body.append(live)
    watchToasts()
  }
  if (document.readyState === 'loading') addEventListener('DOMContentLoaded', start)
  else start()

  // -- citations: from [1] in the answer to its card and back
  const goalOf = ref => byId(ref.hash.slice(1))
  let cameFrom = null
  const light = (ref, on) => {
    const goal = goalOf(ref)
    goal?.closest('.card')?.classList.toggle('lit', on)
    byId(ref.hash.slice(1).replace('cite', 'mark'))?.classList.toggle('lit', on)
  }
  const refOf = event => event.target.closest?.('#conversation a.ref')
  for (const [name, on] of [['pointerover', true], ['focusin', true], ['pointerout', false], ['focusout', false]]) {
    document.addEventListener(name, event => { const ref = refOf(event); if (ref) light(ref, on) })
  }
  const still = matchMedia('(prefers-reduced-motion: reduce)')
  const bring = (place, block) => {
    for (let fold = place.closest('details'); fold; fold = fold.parentElement.closest('details')) fold.open = true
    place.focus({ preventScroll: true })
    place.scrollIntoView({ block, behavior: still.matches ? 'auto' : 'smooth' })
  }
  const follow = ref => {
    if (ref.closest('.card')) { comeBack(ref.closest('.card'), ref); return }
    cameFrom = ref.id
    const tab = document.querySelector('#side [role=tab][data-tab-id=sources]')
    if (tab && tab.getAttribute('aria-selected') !== 'true') tab.click()
    setTimeout(() => { const goal = goalOf(ref); if (goal) bring(goal.closest('.card') || goal, 'nearest') })
  }
  const comeBack = (card, link) => {
    const own = [...card.querySelectorAll('a.ref')]
    const home = (link && goalOf(link)) || byId(cameFrom) || (own[0] && goalOf(own[0]))
    if (home) bring(home, 'nearest')
  }

  // -- copying, with a fallback for browsers that deny access to the clipboard
  const copy = async text => {
    try { await navigator.clipboard.writeText(text); return true } catch { /* not allowed, or not a secure page */ }
    const holder = document.createElement('textarea')
    const focused = document.activeElement
    holder.value = text
    holder.className = 'unseen'
    document.body.append(holder)
    holder.select()
    const done = document.execCommand('copy')
    holder.remove()
    focused?.focus({ preventScroll: true })
    return done
  }
  const tell = (button, text) => {
    const label = button.textContent
    button.textContent = text
    say(text)
    setTimeout(() => { if (button.textContent === text) button.textContent = label }, 2000)
  }

  // -- the actions of [data-do] that need no server; the page's handlers have the others (`pass` below)
  const local = {
    copy: async button => tell(button, await copy(button.dataset.text) ? button.dataset.done : button.dataset.failed),
    context: button => {
      const shown = button.getAttribute('aria-expanded') !== 'true'
      button.setAttribute('aria-expanded', shown)
      for (const part of button.closest('.card').querySelectorAll('.context')) part.hidden = !shown
    },
    documents: () => document.querySelector('#side [role=tab][data-tab-id=documents]')?.click(),
  }
  document.addEventListener('click', event => {
    const ref = event.target.closest?.('#conversation a.ref, #panel a.ref')
    if (ref) { event.preventDefault(); follow(ref); return }
    const button = event.target.closest?.('[data-do]')
    if (button) local[button.dataset.do]?.(button)
  })
  // an error about the question is removed once the question is edited
  document.addEventListener('input', event => {
    if (event.target.matches?.('#question textarea')) document.querySelector('#note [role=alert]')?.remove()
  })
  // Gradio reloads the page when the server is back: the question in the box is stored for it
  addEventListener('pagehide', () => {
    const typed = document.querySelector('#question textarea')?.value
    if (typed) sessionStorage.setItem('qa-question', typed)
  })
  document.addEventListener('keydown', event => {
    const card = event.key === 'Escape' && document.activeElement?.closest?.('#panel .card')
    if (card) comeBack(card)
  })

  // -- what the browser stores, as JSON
  const read = name => { try { return JSON.parse(stored(name)) } catch { return null } }

  // All windows share the stored conversations: a window replaces the one it has changed and leaves the others as they are.
  // Each write gives the conversation a new random `written`. The map has, by id, the value that this window last read or
  // wrote: another value in the store means that another window has changed the conversation.
  const written = new Map()
  let current = ''
  const note = name => {
    current = name ?? ''
    try { sessionStorage.setItem('qa-current', current) } catch { /* storage is off or full */ }
  }
  const shelf = () => {
    const kept = read('qa-conversations')
    return Array.isArray(kept?.conversations) ? kept.conversations : []
  }
  const take = () => {
    const kept = read('qa-conversations')
    if (!kept) return kept
    const own = sessionStorage.getItem('qa-current') // this window's conversation before a reload
    note(own ?? kept.current)
    for (const one of shelf()) written.set(one?.id, one?.written)
    return { ...kept, current }
  }
  const elsewhere = () => {
    const kept = shelf().find(one => one?.id === current)
    return current && kept && kept.written !== written.get(current) ? read('qa-conversations') : null
  }
  const keep = text => {
    if (!text) return
    const { version, current: name, conversation, changed, gone, most } = JSON.parse(text)
    note(name)
    let kept = shelf().filter(one => !gone.includes(one?.id))
    if (conversation && (changed || !kept.some(one => one?.id === name))) {
      conversation.written = crypto.getRandomValues(new Uint32Array(2)).join('-')
      kept = [conversation, ...kept.filter(one => one?.id !== name)]
    }
    kept = kept.slice(0, most.conversations)
    const size = () => new Blob([JSON.stringify(kept)]).size
    while (kept.length > 1 && size() > most.bytes) kept.pop()
    store('qa-conversations', JSON.stringify({ version, current, conversations: kept }))
    if (changed) written.set(name, shelf().find(one => one?.id === name)?.written)
  }

  window.qa = {
    setTheme,
    keep,
    keepSettings: text => { if (text) store('qa-settings', text) },
    kept: () => [take(), read('qa-settings')],
    elsewhere,
    say,
    // passes the clicks named in `names` to the page's handlers, and keeps the focus on the button when its element is redrawn
    pass: (element, trigger, watch, names) => {
      let pressed = ''
      element.addEventListener('click', event => {
        const button = event.target.closest('[data-do]')
        if (!names.includes(button?.dataset.do)) return
        pressed = [...button.attributes].filter(part => /^data-(do|turn|rating|id)$/.test(part.name))
          .map(part => `[${part.name}=${JSON.stringify(part.value)}]`).join('')
        trigger(button.dataset.do, { ...button.dataset })
      })
      watch('value', () => {
        if (element.querySelector('[data-lost]')) location.reload()
        if (pressed && document.activeElement === document.body) element.querySelector(pressed)?.focus({ preventScroll: true })
      })
    },
    // after loading: puts the question stored before a reload into the box, and scrolls to the newest turn
    begin: () => {
      const question = sessionStorage.getItem('qa-question')
      sessionStorage.removeItem('qa-question')
      if (question) {
        const field = document.querySelector('#question textarea')
        field.value = question
        field.dispatchEvent(new Event('input', { bubbles: true }))
      }
      window.qa.showNewest()
      // an address from the API, ?open={"source": ..., "start": ..., "end": ...}, opens the document at a citation
      const asked = new URLSearchParams(location.search).get('open')
      if (!asked) return
      const opening = document.createElement('button')
      Object.assign(opening.dataset, { do: 'open', request: asked })
      opening.hidden = true
      document.body.append(opening)
      opening.click()
    },
    showNewest: () => {
      byId('side').scrollTop = 0
      const turns = document.querySelectorAll('#conversation .turn')
      turns[turns.length - 1]?.scrollIntoView({ block: 'start' })
    },
    type: () => {
      const field = document.querySelector('#question textarea')
      field.focus()
      field.setSelectionRange(field.value.length, field.value.length)
    },
    setLanguage: heading => { document.documentElement.lang = /^<h1 lang="([\w-]+)"/.exec(heading)[1] },
    download: (text, name, kind) => {
      if (!text) return
      const link = document.createElement('a')
      link.href = URL.createObjectURL(new Blob([text], { type: kind }))
      link.download = name
      link.click()
      setTimeout(() => URL.revokeObjectURL(link.href), 10000)
    },
  }
})()
