// Works around a race in Gradio. The server closes the stream of messages when no event is pending. An event that begins while
// the closing message is on its way relies on that stream, never gets its result, and its button stays dead. Here Gradio is not
// told that the stream was closed: it is opened again once an event is pending whose result it has not brought. Until then none
// is open, since a browser has six connections to a server, for all its tabs.
// Events that may be triggered while one like it runs (events.py), and all that change the same, begin one after another here: the
// server has a limit for all its users only, and reads the states of an event before it runs: what looks for changes while a box
// is ticked would untick it. Of each that ends `window` hears with its data. Where the server says nothing for `PATIENCE`, in which
// it sends eight heartbeats, the connection is lost, as after a laptop's sleep: no event waits for it for ever. `AWAKE` is the last
// part of it, longer than a heartbeat takes: a timer that ran out while the page slept comes before what the server has sent.
(() => {
  const PATIENCE = 120_000, AWAKE = 20_000 // milliseconds
  const fetched = window.fetch
  const pending = new Map() // by id of an event: what is called when it has ended
  const early = new Set() // ids of events that finished before the response with their id arrived
  const last = new Map() // by the outputs of events that take turns: the end of the last
  let wake = () => {}

  const end = id => {
    pending.get(id)?.()
    return pending.delete(id)
  }

  const bounded = promise => {
    let timer
    const silence = new Promise((_, fail) => {
      const last = () => { timer = setTimeout(fail, AWAKE, new Error('The server does not answer.')) }
      timer = setTimeout(last, PATIENCE - AWAKE)
    })
    return Promise.race([promise, silence]).finally(() => clearTimeout(timer))
  }

  const begin = async request => {
    const { fn_index: index, event_data: data } = JSON.parse(request[1].body)
    const events = window.gradio_config?.dependencies ?? [], outputs = `${events.find(({ id }) => id === index)?.outputs}`
    let ended
    const over = new Promise(done => { ended = () => { done(); dispatchEvent(new CustomEvent('ended', { detail: data })) } })
    if (events.some(event => event.trigger_mode === 'multiple' && `${event.outputs}` === outputs)) {
      const before = last.get(outputs)
      last.set(outputs, over)
      await before
    }
    try {
      const answer = await bounded(fetched(...request))
      const { event_id: id } = await answer.clone().json().catch(() => ({}))
      if (id && !early.delete(id)) {
        pending.set(id, ended)
        wake()
      } else ended()
      return answer
    } catch (error) {
      ended()
      throw error
    }
  }

  const drop = () => [...pending.keys()].forEach(end) // the server drops the events of a stream that it loses, or that never opens

  const listen = async request => {
    let first
    try {
      first = await bounded(fetched(...request))
    } finally {
      if (!first?.ok) drop()
    }
    if (!first.ok) return first
    const encoder = new TextEncoder()
    const body = new ReadableStream({
      async start(stream) {
        try {
          for (let answer = first; ; answer = await bounded(fetched(...request))) {
            if (!answer.ok) throw new Error(answer.status)
            const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
            let closed = false
            for (let rest = ''; ;) {
              const { done, value } = await bounded(reader.read())
              if (done) break
              const messages = (rest + value).split('\n\n')
              rest = messages.pop()
              for (const text of messages) {
                const kind = /^data: ?\{"msg": ?"(process_completed|close_stream)"/.exec(text)?.[1]
                const id = kind === 'process_completed' && /"event_id": ?"(\w+)"/.exec(text)?.[1]
                if (id && !end(id)) early.add(id)
                if (kind === 'close_stream') closed = true
                else stream.enqueue(encoder.encode(`${text}\n\n`))
              }
            }
            if (!closed) throw new Error('The stream of messages ended before it was closed.')
            if (!pending.size) await new Promise(done => { wake = done })
            if (request[1]?.signal?.aborted) return // Gradio has begun another
          }
        } catch (error) {
          drop()
          stream.error(error)
        }
      },
    })
    return new Response(body, { status: first.status, headers: first.headers })
  }

  window.fetch = (...request) => {
    const { pathname } = new URL(request[0]?.url ?? request[0], location.href)
    if (pathname.endsWith('/queue/join')) return begin(request)
    return pathname.endsWith('/queue/data') ? listen(request) : fetched(...request)
  }
})()
