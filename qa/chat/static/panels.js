// What the documents panel and the reader do in the browser: passing clicks to the server, keeping the focus when their
// elements are redrawn, and the reader's dialog. The server sends all texts escaped; nothing here makes markup of them.
(() => {
  const nameOf = button => [...button.attributes].filter(part => /^data-(do|id)$/.test(part.name))
    .map(part => `[${part.name}=${CSS.escape(part.value) === part.value ? part.value : JSON.stringify(part.value)}]`).join('')
  const find = (element, name) => { try { return name ? element.querySelector(name) : null } catch { return null } }

  // passes clicks on [data-do] to the handler; when the element is redrawn, the focus and the open <details> stay
  const pass = (element, trigger, watch) => {
    let pressed = '', open = []
    element.addEventListener('focusin', event => {
      const button = event.target.closest('[data-do]')
      if (button) pressed = nameOf(button)
    })
    element.addEventListener('focusout', event => { if (event.relatedTarget) pressed = '' })
    element.addEventListener('toggle', () => { open = [...element.querySelectorAll('details')].map(fold => fold.open) }, true)
    element.addEventListener('click', event => {
      const button = event.target.closest('[data-do]')
      if (!button || button.disabled) return
      pressed = nameOf(button)
      trigger('act', { ...button.dataset })
    })
    watch('value', () => {
      element.querySelectorAll('details').forEach((fold, i) => { if (open[i]) fold.open = true })
      if (!pressed || (document.activeElement !== document.body && document.activeElement)) return
      const again = find(element, pressed) || element.querySelector('[data-do]')
      if (again) again.focus({ preventScroll: true })
    })
  }

  // scrolls a new note into view and focuses its button (undo, or cancel for a question), wherever the click was
  const note = (element, trigger, watch) => {
    watch('value', () => {
      const told = element.querySelector('p')
      if (!told) return
      const button = element.querySelector('[data-do=cancel]') || element.querySelector('[data-do]')
      if (button) button.focus({ preventScroll: true })
      told.scrollIntoView({ block: 'nearest' })
    })
    pass(element, trigger, watch)
  }

  // Gradio labels the upload field in the browser's language; the page's label replaces it for screen readers
  const field = () => {
    const name = () => {
      const text = document.querySelector('#add-files > label')?.textContent.trim()
      const button = document.querySelector('#add-files button.upload-container')
      if (text && button && button.getAttribute('aria-label') !== text) button.setAttribute('aria-label', text)
    }
    const place = document.querySelector('#add-files')
    if (place) new MutationObserver(name).observe(place, { childList: true, subtree: true, characterData: true })
    name()
  }

  // files may change on disk while the page is open: the list is checked every 5 s while it is visible
  const look = trigger => {
    const tab = '#side [role=tab][data-tab-id=documents]'
    const ask = () => {
      const chosen = document.querySelector(tab)?.getAttribute('aria-selected') === 'true'
      if (chosen && document.visibilityState === 'visible') trigger('look', {})
    }
    setInterval(ask, 5000)
    field()
    document.addEventListener('visibilitychange', ask)
    document.addEventListener('click', event => { if (event.target.closest?.(tab)) setTimeout(ask) })
  }

  // the reader is a modal dialog: the focus moves into it, and back to where it was when it closes
  const reader = (element, trigger, watch) => {
    let origin = null, pressed = '', anchor = null, place = '', large = false
    const body = () => element.querySelector('.reader-body')
    const close = () => {
      const dialog = element.querySelector('dialog')
      if (dialog?.open) dialog.close()
      trigger('act', { do: 'close' })
      origin?.focus({ preventScroll: true })
      origin = null
      place = ''
      large = false
    }
    // a page is scaled to fit the dialog, too small to read on a phone; enlarged it has its full size and scrolls
    const enlarge = on => {
      const picture = element.querySelector('.picture'), button = element.querySelector('[data-do=enlarge]')
      if (!picture) return
      large = on
      picture.classList.toggle('large', large)
      button.setAttribute('aria-pressed', large)
    }
    const remember = () => {
      const view = body()
      anchor = null
      if (!view) return
      const top = view.getBoundingClientRect().top
      const piece = [...view.querySelectorAll('[data-start]')].find(part => part.getBoundingClientRect().bottom > top)
      if (piece) anchor = { start: piece.dataset.start, offset: piece.getBoundingClientRect().top - top }
    }
    element.addEventListener('click', event => {
      const dialog = element.querySelector('dialog')
      const button = event.target.closest('[data-do]')
      if (event.target === dialog || button?.dataset.do === 'close') { close(); return }
      if (button?.dataset.do === 'enlarge' || event.target.closest('.picture')) { enlarge(!large); show(); return }
      if (!button) return
      if (button.dataset.do === 'place') { show(); return }
      pressed = nameOf(button)
      remember()
      trigger('act', { ...button.dataset })
    })
    document.addEventListener('click', event => {
      const button = event.target.closest?.('[data-do=open]')
      if (!button) return
      origin = button
      trigger('act', { do: 'open', request: button.dataset.request })
    })
    const show = () => {
      const mark = element.querySelector('.reader-body mark, .reader-body .box')
      mark?.scrollIntoView({ block: 'center', inline: 'nearest' })
    }
    watch('value', () => {
      const dialog = element.querySelector('dialog')
      if (!dialog) return
      if (!origin) origin = document.activeElement
      dialog.addEventListener('cancel', event => { event.preventDefault(); close() })
      if (!dialog.open) dialog.showModal()
      enlarge(large)
      const view = body(), same = dialog.dataset.place === place
      place = dialog.dataset.place
      const kept = same && anchor && view?.querySelector(`[data-start="${CSS.escape(anchor.start)}"]`)
      if (kept) {
        view.scrollTop += kept.getBoundingClientRect().top - view.getBoundingClientRect().top - anchor.offset
      } else if (!same || pressed.includes('text') || pressed.includes('page')) {
        const picture = view?.querySelector('img')
        show()
        if (picture && !picture.complete) picture.addEventListener('load', show, { once: true })
      }
      const again = same && find(element, pressed)
      const goal = again && !again.disabled ? again : element.querySelector('dialog h2')
      goal?.focus({ preventScroll: true })
      anchor = null
      pressed = ''
    })
  }

  window.qaPanels = { pass, note, look, reader }
})()
