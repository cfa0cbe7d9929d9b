// Works around a race in Gradio. The server closes the stream of messages when no event is pending. An event that begins while
// the closing message is on its way relies on that stream, never gets its result, and its button stays dead. Here Gradio is not
// told that the stream was closed: it is opened again once another event has begun.
(() => {
  const fetched = window.fetch
  let begun = 0, wake = () => {}

  const begin = async request => {
    const answer = await fetched(...request)
    begun += 1
    wake()
    return answer
  }

  const listen = async request => {
    let seen = begun
    const first = await fetched(...request)
    if (!first.ok) return first
    const encoder = new TextEncoder()
    const body = new ReadableStream({
      async start(stream) {
        try {
          for (let answer = first; ; answer = await fetched(...request)) {
            if (!answer.ok) throw new Error(answer.status)
            const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
            for (let rest = ''; ;) {
              const { done, value } = await reader.read()
              if (done) break
              const messages = (rest + value).split('\n\n')
              rest = messages.pop()
              for (const text of messages) if (!/^data: ?\{"msg": ?"close_stream"/.test(text)) stream.enqueue(encoder.encode(`${text}\n\n`))
            }
            if (seen === begun) await new Promise(done => { wake = done })
            seen = begun
          }
        } catch (error) { stream.error(error) }
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
