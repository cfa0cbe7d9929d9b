// Works around a race in Gradio. The server closes the stream of messages when no event is pending. An event that begins while
// the closing message is on its way relies on that stream, never gets its result, and its button stays dead. Here the closing
// message is held back, and the stream opened again, as long as an event is unfinished.
(() => {
  const fetched = window.fetch
  const unfinished = new Set() // ids of events
  const early = new Set() // ids of events that finished before the response with their id arrived
  let beginning = 0 // requests to begin an event whose response has not arrived

  const begin = async request => {
    beginning += 1
    try {
      const answer = await fetched(...request)
      const { event_id: id } = await answer.clone().json().catch(() => ({}))
      if (id && !early.delete(id)) unfinished.add(id)
      return answer
    } finally { beginning -= 1 }
  }

  // the messages of one stream of server-sent events, each with the empty line that ends it
  async function* messages(answer) {
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
    for (let rest = ''; ;) {
      const { done, value } = await reader.read()
      if (done) return
      const parts = (rest + value).split('\n\n')
      rest = parts.pop()
      for (const part of parts) yield `${part}\n\n`
    }
  }

  // whether a message is passed on to Gradio
  const passes = text => {
    const kind = /^data: ?\{"msg": ?"(process_completed|close_stream)"/.exec(text)?.[1]
    if (kind === 'close_stream') return !beginning && !unfinished.size
    const id = kind && /"event_id": ?"(\w+)"/.exec(text)?.[1]
    if (id && !unfinished.delete(id)) early.add(id)
    return true
  }

  const listen = async request => {
    const first = await fetched(...request)
    if (!first.ok) return first
    const encoder = new TextEncoder()
    const body = new ReadableStream({
      async start(stream) {
        try {
          let farewell
          for (let answer = first; answer.ok; answer = await fetched(...request)) {
            farewell = undefined
            for await (const text of messages(answer)) {
              if (passes(text)) stream.enqueue(encoder.encode(text))
              else farewell = text
            }
            if (!farewell) break
          }
          if (farewell) stream.enqueue(encoder.encode(farewell))
          stream.close()
        } catch (error) { stream.error(error) }
      },
    })
    return new Response(body, { status: first.status, headers: first.headers })
  }

  const cancel = request => {
    try { unfinished.delete(JSON.parse(request[1].body).event_id) } catch { /* the body names no event */ }
    return fetched(...request)
  }

  window.fetch = (...request) => {
    const { pathname } = new URL(request[0]?.url ?? request[0], location.href)
    if (pathname.endsWith('/queue/join')) return begin(request)
    if (pathname.endsWith('/queue/data')) return listen(request)
    return pathname.endsWith('/cancel') ? cancel(request) : fetched(...request)
  }
})()
