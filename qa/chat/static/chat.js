// What the page does without the server: what is open over the conversation, following citations and back, copying, keys, files
// dropped anywhere, light and dark. Document texts go through `dataset` and `textContent`, never as markup.
window.qa = (() => {
  const byId = id => document.getElementById(id)
  const stored = name => { try { return localStorage.getItem(name) } catch { return null } }
  const read = name => { try { return JSON.parse(stored(name)) } catch { return null } }
  const store = (name, value) => { try { localStorage.setItem(name, value) } catch { /* storage is off or full */ } }
  const box = () => document.querySelector('#question textarea')
  const narrow = matchMedia('(max-width: 999px)')
  const typing = () => document.activeElement?.matches('textarea, input:not([type=checkbox], [type=radio])')

  // -- light and dark: Gradio sets the class `dark` by the system's preference; the page's setting overrides it
  const system = matchMedia('(prefers-color-scheme: dark)')
  const applyTheme = () => {
    const theme = read('qa-settings')?.theme
    const dark = theme === 'dark' || (theme !== 'light' && system.matches)
    document.documentElement.style.colorScheme = dark ? 'dark' : 'light'
    if (document.body.classList.contains('dark') !== dark) document.body.classList.toggle('dark', dark)
  }
  system.addEventListener('change', applyTheme)

  // -- what is open over the conversation ('rail', 'sources', 'reader', 'library', 'options', 'menu', 'keys'), so that Back and Escape
  // close the last one and never leave the page. The history has at least as many steps on the page as are open. Nothing but Back goes
  // back in it: what the page closes leaves its step to what is opened next, and once nothing is open Back leaves the page over all
  let opened = [], depth = 0
  const tellMenu = () => document.querySelector('#chip [data-do=menu]')?.setAttribute('aria-expanded', opened.includes('menu'))
  const apply = () => {
    // what was told of the documents is past once they are left
    const { open: before } = document.documentElement.dataset
    if (before?.includes('library') && !opened.includes('library')) byId('documents-note').dataset.past = ''
    document.documentElement.dataset.open = opened.join(' ')
    if (!opened.includes('reader')) closeReader()
    if (!opened.includes('keys')) byId('keys')?.close()
    document.documentElement.toggleAttribute('data-menu', opened.includes('menu'))
    tellMenu()
    if (!opened.includes('rail')) document.querySelector('#top [data-do=rail]')?.setAttribute('aria-expanded', false)
    goBack()
  }
  const openTo = names => {
    opened = names
    apply()
    while (depth < opened.length) history.pushState({ depth: ++depth }, '')
  }
  const open = name => { if (!opened.includes(name)) openTo([...opened, name]) }
  const close = name => { if (opened.includes(name)) openTo(opened.slice(0, opened.indexOf(name))) }
  const drop = name => { if (opened.includes(name)) openTo(opened.filter(one => one !== name)) } // what lies over it stays
  const back = () => openTo(opened.slice(0, -1))
  addEventListener('popstate', () => {
    const steps = depth - (history.state?.depth ?? depth)
    depth -= steps
    if (steps <= 0) return
    if (opened.length) openTo(opened.slice(0, -steps))
    else history.go(-depth - 1)
  })
  let closeReader = () => {}

  // -- the focus: when what has it is closed or removed, it goes back to what had it before, the last that is in sight, maybe drawn
  // anew since; but on a touch screen to no field, which would bring the keyboard up
  // `way` names a button whose `id` is another once it has been pressed
  const selectorOf = button => [...button.attributes]
    .filter(({ name }) => /^data-(do|turn|rating|id|way|request)$/.test(name) && !(name === 'data-id' && button.dataset.way))
    .map(part => `[${part.name}="${CSS.escape(part.value)}"]`).join('')
  const inSight = place => place?.isConnected && place.checkVisibility({ visibilityProperty: true })
  const touch = matchMedia('(pointer: coarse)')
  let trail = [], going = 0
  document.addEventListener('focusin', ({ target }) => {
    trail = [...trail.filter(one => one.target !== target), { target, named: target.dataset.do && selectorOf(target) }].slice(-100)
  })
  const goBack = () => {
    going ||= requestAnimationFrame(() => { // once all is drawn, and who acted has put the focus where it belongs
      going = 0
      if (document.activeElement !== document.body && inSight(document.activeElement)) return
      if (inSight(trail.at(-1)?.target)) return // it was left on purpose
      for (const { target, named } of trail.toReversed()) {
        // Gradio may have made the button that was pressed another document's
        const places = named ? [target, ...document.querySelectorAll(named)].filter(one => one.matches(named)) : [target]
        const place = places.find(inSight)
        if (place && !(touch.matches && place.matches('textarea, input'))) { place.focus({ preventScroll: true }); return }
      }
    })
  }
  document.addEventListener('focusout', ({ relatedTarget }) => { if (!relatedTarget) goBack() })

  // -- a live region for screen readers
  let live
  const say = text => { live.textContent = ''; setTimeout(() => { live.textContent = text }, 50) }

  // For a lost connection Gradio shows a toast in English; it is hidden, and a line in the page's language shown at the box.
  const offline = () => {
    if (byId('offline')) return
    const line = document.createElement('p')
    line.id = 'offline'
    line.setAttribute('role', 'alert')
    line.textContent = document.querySelector('#heading h1')?.dataset.offline ?? ''
    byId('asking')?.prepend(line)
  }
  const watchToasts = () => new MutationObserver(() => {
    for (const toast of document.querySelectorAll('.toast-body:not([hidden])')) {
      if (!/connection (to the server was )?lost/i.test(toast.textContent)) continue
      toast.hidden = true
      offline()
    }
  }).observe(document.body, { childList: true, subtree: true })

  const start = () => {
    applyTheme()
    depth = history.state?.depth ?? 0 // of before a reload
    history.replaceState({ depth }, '')
    history.scrollRestoration = 'manual' // what is opened and closed leaves the conversation where it is
    if (stored('qa-rail') === 'hidden') document.documentElement.dataset.rail = 'hidden'
    new MutationObserver(applyTheme).observe(document.body, { attributeFilter: ['class'] })
    live = document.createElement('div')
    live.id = 'live'
    live.setAttribute('aria-live', 'polite')
    document.body.append(live)
    watchToasts()
  }
  if (document.readyState === 'loading') addEventListener('DOMContentLoaded', start)
  else start()

  // -- files: dropped or pasted anywhere, or chosen with the paperclip, they go the way of Gradio's own field
  const attach = files => {
    const field = document.querySelector('#add-files input[type=file]')
    if (!field || !files?.length) return
    field.files = files
    field.dispatchEvent(new Event('change', { bubbles: true }))
  }
  const hasFiles = event => [...event.dataTransfer?.types ?? []].includes('Files')
  let inside = 0
  const dragging = on => {
    inside = on
    document.documentElement.toggleAttribute('data-drop', inside > 0)
  }
  document.addEventListener('dragenter', event => { if (hasFiles(event)) dragging(inside + 1) }, true)
  document.addEventListener('dragleave', event => { if (hasFiles(event)) dragging(Math.max(0, inside - 1)) }, true)
  document.addEventListener('dragover', event => { if (hasFiles(event)) event.preventDefault() }, true)
  document.addEventListener('drop', event => {
    if (!hasFiles(event)) return
    event.preventDefault()
    event.stopPropagation()
    dragging(0)
    attach(event.dataTransfer.files)
  }, true)
  document.addEventListener('paste', event => {
    if (!event.clipboardData?.files.length) return
    event.preventDefault()
    attach(event.clipboardData.files)
  })

  // -- citations: from [1] in the answer to its card and back
  const goalOf = ref => byId(ref.hash.slice(1))
  let cameFrom = null
  const light = (ref, on) => {
    goalOf(ref)?.closest('.card')?.classList.toggle('lit', on)
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
    close('reader')
    if (narrow.matches) open('sources')
    const goal = goalOf(ref)
    if (goal) bring(goal.closest('.card') || goal, 'nearest')
  }
  const comeBack = (card, link) => {
    close('sources')
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

  const type = text => {
    const field = box()
    if (text !== undefined) {
      Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value').set.call(field, text)
      field.dispatchEvent(new Event('input', { bubbles: true }))
    }
    field.focus()
    field.setSelectionRange(field.value.length, field.value.length)
  }
  // a question that is sent while another is being answered, which Gradio drops, is asked after it
  let queued = ''
  const queue = () => { queued = document.querySelector('#turns .waiting') ? box().value : '' }
  document.addEventListener('click', event => { if (event.target.closest?.('#question .submit-button')) queue() }, true)
  const askQueued = () => setTimeout(() => {
    const sent = queued && queued === box().value
    queued = ''
    if (sent) document.querySelector('#question .submit-button')?.click()
  }, 50)

  const show = name => {
    close('rail')
    for (const other of ['library', 'options']) if (other !== name) close(other)
    open(name)
    document.querySelector(`#${name} h2`)?.focus()
  }

  // -- the actions of [data-do] that need no server; the page's handlers have the others (`clicks` below)
  const local = {
    copy: async button => tell(button, await copy(button.dataset.text) ? button.dataset.done : button.dataset.failed),
    context: button => {
      const shown = button.getAttribute('aria-expanded') !== 'true'
      button.setAttribute('aria-expanded', shown)
      for (const part of button.closest('.card').querySelectorAll('.context')) part.hidden = !shown
    },
    unfold: button => {
      const shown = button.getAttribute('aria-expanded') !== 'true'
      button.setAttribute('aria-expanded', shown)
      button.previousElementSibling.classList.toggle('long', !shown)
    },
    attach: () => document.querySelector('#add-files input[type=file]')?.click(),
    menu: () => {
      if (opened.includes('menu')) { drop('menu'); return }
      open('menu')
      document.querySelector('#scope-menu input')?.focus()
    },
    rail: button => {
      if (narrow.matches) { open('rail'); byId('rail')?.querySelector('button')?.focus() } else {
        const hidden = document.documentElement.dataset.rail !== 'hidden'
        document.documentElement.dataset.rail = hidden ? 'hidden' : ''
        store('qa-rail', hidden ? 'hidden' : '')
      }
      button.setAttribute('aria-expanded', true)
    },
    sources: () => opened.includes('sources') ? close('sources') : open('sources'),
    close_sources: () => close('sources'),
    show_library: () => show('library'),
    show_options: () => show('options'),
    back,
    keys: () => {
      if (byId('keys')?.open) return
      open('keys')
      byId('keys')?.showModal()
    },
  }
  document.addEventListener('close', event => { if (event.target.id === 'keys') drop('keys') }, true)
  document.addEventListener('click', event => {
    if (!event.target.closest?.('#scope-menu, #chip')) drop('menu')
    const ref = event.target.closest?.('#conversation a.ref, #cards a.ref')
    if (ref) { event.preventDefault(); follow(ref); return }
    const button = event.target.closest?.('[data-do]')
    if (button && !button.disabled) local[button.dataset.do]?.(button)
    // beside what is open over the conversation
    if (narrow.matches && event.target.closest?.('#main') && !button) for (const name of ['rail', 'sources']) close(name)
    if (button && ['resume', 'collection', 'ask_chosen'].includes(button.dataset.do)) for (const name of ['rail', 'library', 'options']) close(name)
    if (narrow.matches && button?.matches('#past [data-do=delete]')) close('rail') // else it covers the way to undo it
    if (event.target.closest?.('#new')) for (const name of ['rail', 'library', 'options']) close(name)
  })
  let unsaved = false // synonyms
  addEventListener('beforeunload', event => { if (unsaved) event.preventDefault() })
  // an error about the question is removed once the question is edited
  document.addEventListener('input', event => {
    if (event.target.matches?.('#synonyms-text textarea')) unsaved = true
    if (event.target.matches?.('#question textarea')) document.querySelector('#note [role=alert]')?.remove()
    if (event.target.id === 'find-talks') {
      const wanted = event.target.value.trim().toLowerCase()
      for (const talk of document.querySelectorAll('#past li')) talk.hidden = !talk.dataset.find.includes(wanted)
      for (const day of document.querySelectorAll('#past section')) day.hidden = !day.querySelector('li:not([hidden])')
    }
  })
  // Gradio reloads the page when the server is back: the question in the box is stored for it
  addEventListener('pagehide', () => { if (box()?.value) sessionStorage.setItem('qa-question', box().value) })

  // -- keys
  document.addEventListener('keydown', event => {
    const field = event.target.matches?.('input, textarea, select')
    if (event.key === 'Escape') {
      const card = document.activeElement?.closest?.('#cards .card')
      if (opened.at(-1) === 'menu') { back(); document.querySelector('#chip [data-do=menu]')?.focus() }
      else if (byId('keys')?.open || event.target.id === 'rename-talk') return
      else if (opened.length) back()
      else if (card) comeBack(card)
    } else if (event.key === 'Enter' && event.target === box() && !event.shiftKey && !event.isComposing) queue()
    else if (event.key === 'ArrowUp' && event.target === box() && !box().value && !event.isComposing) {
      const edit = document.querySelector('#turns [data-do=edit]')
      if (edit) { event.preventDefault(); edit.click() }
    } else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
      event.preventDefault()
      if (narrow.matches) open('rail')
      document.documentElement.dataset.rail = ''
      byId('find-talks')?.focus()
    } else if (event.key === '/' && !field) {
      event.preventDefault()
      type()
    } else if (event.key === '?' && !field) local.keys()
  })

  // Passes the clicks on [data-do] to the page's handlers: to the event of their name, or that they share with others, if it is
  // among `names`, with 'act' among them all others to that one. Several elements share one event that asks, and one that acts on
  // documents. When the element is redrawn, the focus stays on what it was on, wherever that is drawn now (Gradio changes the
  // elements in their places, so that a row above makes the focused box one of another row), open folds stay open, and boxes are
  // ticked as drawn.
  const shared = {}
  const running = new Set() // what is done to documents: only choosing among them may be repeated before it has ended
  addEventListener('ended', event => setTimeout(() => running.delete(JSON.stringify(event.detail)), 100)) // once it is drawn
  const act = data => {
    const action = JSON.stringify(data)
    if (running.has(action) && !['tick', 'pick', 'page', 'sort'].includes(data.do)) return
    running.add(action)
    shared.act('act', data)
  }
  const EVENTS = { plain: 'ask', everywhere: 'ask', retry: 'ask', rephrase: 'edit', export_markdown: 'export', export_html: 'export' }
  const clicks = (element, trigger, watch, names) => {
    let held = '', folds = [] // `held` is a selector: of what had the focus last, or was pressed
    const { id } = element.parentElement.closest('[id]') // the component's; that of the element is Gradio's own
    if (id === 'turns') shared.ask = trigger
    if (id === 'chip') shared.act = trigger
    const pass = button => {
      const { do: name } = button.dataset, event = EVENTS[name] ?? name
      held = selectorOf(button)
      if (event === 'ask') shared.ask('ask', { ...button.dataset })
      else if (names.includes(event)) trigger(event, { ...button.dataset })
      else if (names.includes('act') && !local[name] && name !== 'open') act({ ...button.dataset })
    }
    addEventListener('pointerdown', event => { if (!event.target.closest?.('[data-do]')) held = '' }) // it was left on purpose
    element.addEventListener('focusin', event => { if (event.target.matches('[data-do]')) held = selectorOf(event.target) })
    element.addEventListener('toggle', () => { folds = [...element.querySelectorAll('details')].map(fold => fold.open) }, true)
    element.addEventListener('click', event => {
      const button = event.target.closest('[data-do]')
      if (!button || button.disabled) return
      if (button.dataset.do === 'rename') rename(button, name => trigger('rename', { id: button.dataset.id, name }))
      else pass(button)
    })
    watch('value', () => {
      if (element.querySelector('[data-lost]')) location.reload()
      for (const tick of element.querySelectorAll('input[type=checkbox]')) tick.checked = tick.hasAttribute('checked')
      element.querySelectorAll('details').forEach((fold, i) => { if (folds[i]) fold.open = true })
      if (id === 'chip') tellMenu()
      if (id === 'further') {
        const number = element.querySelector('[data-turn]')?.dataset.turn
        element.hidden = document.querySelector('#turns .turn:last-child')?.id !== `turn-${number}`
      }
      const now = document.activeElement, lost = !now || now === document.body || now.disabled
      if (!held || !(lost || (element.contains(now) && now.matches('[data-do]') && selectorOf(now) !== held))) return
      let again = element.querySelector(held)
      const gone = !lost && now.dataset.id && !held.includes(`[data-id="${CSS.escape(now.dataset.id)}"]`) // with its document
      if (!again && (lost || gone) && names.includes('act')) again = element.querySelector('[data-do]:not([data-do=attach])')
      if (again?.disabled) again = again.parentElement.querySelector('[data-do]:enabled')
      if (again) again.focus({ preventScroll: true })
      else if (gone) now.blur()
    })
  }

  // a conversation's name is typed in its place
  const rename = (button, done) => {
    const title = button.closest('li').querySelector('.resume'), field = document.createElement('input')
    field.id = 'rename-talk'
    field.value = title.textContent
    field.setAttribute('aria-label', document.querySelector('#heading h1')?.dataset.rename ?? '')
    title.hidden = true
    title.before(field)
    field.select()
    let ended = false
    const end = keep => {
      if (ended) return
      ended = true
      title.hidden = false
      const name = field.value.trim()
      field.remove()
      if (keep && name && name !== title.textContent) done(name)
      title.focus()
    }
    field.addEventListener('keydown', event => {
      if (event.isComposing || !['Enter', 'Escape'].includes(event.key)) return
      event.preventDefault() // else Enter also presses the title that gets the focus, which opens the conversation
      end(event.key === 'Enter')
    })
    field.addEventListener('blur', () => end(true))
  }

  // a new note is brought into view, and the focus to its button (undo, or cancel for a question), wherever the click was, unless
  // something is typed by now: Enter would press the button
  const note = (element, trigger, watch, names) => {
    watch('value', () => {
      delete element.dataset.past
      const button = element.querySelector('[data-do=cancel]') || element.querySelector('[data-do]')
      if (!typing()) button?.focus({ preventScroll: true })
      element.querySelector('p')?.scrollIntoView({ block: 'nearest' })
    })
    clicks(element, trigger, watch, names)
  }

  // files may change on disk while the page is open: the list is checked every 5 s while it is in sight
  const look = trigger => {
    const ask = () => { if (opened.includes('library') && document.visibilityState === 'visible') trigger('look', {}) }
    setInterval(ask, 5000)
    document.addEventListener('visibilitychange', ask)
    document.addEventListener('click', event => { if (event.target.closest?.('[data-do=show_library]')) ask() })
  }

  // what was typed, and maybe sent, in the box that was there before this page (early.js)
  const takeOver = () => {
    const early = byId('early'), field = early?.querySelector('textarea')
    if (!early) return
    if ('composing' in early.dataset) { field.addEventListener('compositionend', () => setTimeout(takeOver), { once: true }); return }
    const { value, selectionStart, selectionEnd } = field, focused = document.activeElement === field
    early.remove()
    if (value) {
      type(value)
      box().setSelectionRange(selectionStart, selectionEnd)
    } else if (focused) box().focus()
    if ('sent' in early.dataset) setTimeout(() => document.querySelector('#question .submit-button')?.click(), 50)
  }

  return {
    applyTheme, clicks, close, look, note, open, pass: clicks, read, store, type, typing,
    onClose: closing => { closeReader = closing },
    // after loading: puts the question stored before a reload into the box, and scrolls to the newest turn
    begin: () => {
      document.documentElement.dataset.ready = ''
      byId('rail').tabIndex = 0 // it scrolls where the window is low: by keyboard too
      const account = byId('account') // with accounts: who has signed in (account.js)
      if (account) byId('rail').append(account)
      const question = sessionStorage.getItem('qa-question')
      sessionStorage.removeItem('qa-question')
      if (question) type(question)
      takeOver()
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
      askQueued()
    },
    loaded: synonyms => { unsaved = Boolean(synonyms?.[2]) },
    setLanguage: heading => { document.documentElement.lang = heading.querySelector('h1').lang },
    download: file => {
      if (!file) return
      const link = document.createElement('a')
      link.href = URL.createObjectURL(new Blob([file.text], { type: file.kind }))
      link.download = file.name
      link.click()
      setTimeout(() => URL.revokeObjectURL(link.href), 10000)
    },
  }
})()
