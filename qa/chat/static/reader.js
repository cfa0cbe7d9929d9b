// The reader in the browser: opening and closing, the place in view when it is redrawn, zoom, find, the citations one by one.
(() => {
  const STEPS = [1, 1.25, 1.5, 2, 3]
  qa.reader = (element, trigger) => {
    // a page as wide as a phone is too small to read: until it is zoomed, it is as large as its lines let it be
    let origin = null, pressed = '', anchor = null, zoom = 1, fitted = matchMedia('(max-width: 599px)').matches
    element.tabIndex = -1
    const body = () => element.querySelector('.reader-body')
    const ask = data => trigger('act', data)
    qa.onClose(() => {
      if (!element.querySelector('.reader')) return
      ask({ do: 'close' })
      if (!qa.typing() || element.contains(document.activeElement)) origin?.focus() // which also scrolls the sources back to it
      origin = null
    })
    const openers = () => [...document.querySelectorAll('#cards [data-do=open]:not(.title)')]
    const openAt = button => {
      origin = button
      anchor = null
      qa.open('reader')
      if (!element.contains(document.activeElement)) element.focus({ preventScroll: true }) // the button may be out of sight now
      ask({ do: 'open', request: button.dataset.request })
    }
    const setZoom = to => {
      zoom = to
      fitted = false
      element.style.setProperty('--zoom-page', zoom)
      element.style.setProperty('--zoom', zoom)
      show()
    }
    const fit = () => {
      const page = fitted && element.querySelector('.picture'), number = (line, name) => Number(line.getAttribute(name))
      const lines = page ? [...page.querySelectorAll('text')] : [], width = page && page.querySelector('svg').viewBox.baseVal.width
      if (!lines.length) return
      const left = Math.min(...lines.map(line => number(line, 'x'))) / width
      const right = Math.max(...lines.map(line => number(line, 'x') + number(line, 'textLength'))) / width
      zoom = Math.min(Math.max(1 / (right - left + 0.04), 1), 3)
      element.style.setProperty('--zoom-page', zoom)
      body().scrollLeft = (left - 0.02) * page.offsetWidth
    }
    const show = () => element.querySelector('.reader-body mark.now, .reader-body .box')?.scrollIntoView({ block: 'center', inline: 'nearest' })
    const remember = () => {
      const view = body()
      anchor = null
      if (!view) return
      const top = view.getBoundingClientRect().top
      const piece = [...view.querySelectorAll('[data-start]')].find(part => part.getBoundingClientRect().bottom > top)
      if (piece) anchor = { start: piece.dataset.start, offset: piece.getBoundingClientRect().top - top }
    }
    const find = () => ask({ do: 'find', id: element.querySelector('.find').value })
    const actions = {
      close: () => qa.close('reader'),
      zoom_in: () => setZoom(STEPS.find(step => step > zoom) ?? STEPS.at(-1)),
      zoom_out: () => setZoom(STEPS.findLast(step => step < zoom) ?? 1),
      // a phone has room for some of the buttons: the others are folded
      tools: button => button.setAttribute('aria-expanded', element.toggleAttribute('data-tools')),
      find_next: find,
      step: button => {
        const all = openers(), at = all.findIndex(one => one.dataset.request === origin?.dataset.request)
        const next = all[(at + Number(button.dataset.id) + all.length) % all.length]
        if (next) openAt(next)
      },
    }
    element.addEventListener('click', event => {
      const button = event.target.closest('[data-do]')
      if (!button || button.disabled) return
      pressed = `[data-do=${button.dataset.do}][aria-label="${CSS.escape(button.getAttribute('aria-label') ?? '')}"]`
      if (actions[button.dataset.do]) actions[button.dataset.do](button)
      else { remember(); ask({ ...button.dataset }) }
    })
    element.addEventListener('keydown', event => {
      if (event.key === 'Enter' && event.target.matches('.find') && !event.isComposing) { pressed = '.find'; find() }
    })
    document.addEventListener('click', event => {
      const button = event.target.closest?.('[data-do=open]')
      if (!button) return
      pressed = ''
      openAt(button)
    })
    new MutationObserver(() => {
      const view = element.querySelector('.reader')
      if (!view || view.dataset.seen) return
      view.dataset.seen = 'yes'
      view.querySelector('[data-do=tools]').setAttribute('aria-expanded', element.hasAttribute('data-tools'))
      fit()
      const kept = anchor && body().querySelector(`[data-start="${CSS.escape(anchor.start)}"]`)
      if (kept && view.dataset.scroll !== '1') {
        body().scrollTop += kept.getBoundingClientRect().top - body().getBoundingClientRect().top - anchor.offset
      } else {
        const picture = body().querySelector('img')
        body().scrollTop = 0
        show()
        if (picture && !picture.complete) picture.addEventListener('load', show, { once: true })
      }
      let again = null
      try { again = pressed && element.querySelector(pressed) } catch { /* a label that no selector can hold */ }
      // whoever types elsewhere by now goes on
      if (!qa.typing() || element.contains(document.activeElement)) {
        (again && !again.disabled ? again : element.querySelector('h2')).focus({ preventScroll: true })
      }
      pressed = ''
      anchor = null
    }).observe(element, { childList: true, subtree: true })
  }
})()
