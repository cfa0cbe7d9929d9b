// With accounts: who has signed in, and a button to sign out, at the top of the page.
addEventListener('DOMContentLoaded', async () => {
  const answer = await fetch('api/me').catch(() => null)
  if (!answer?.ok) return
  const { sign_out: text } = await answer.json()
  const form = Object.assign(document.createElement('form'), { method: 'post', action: 'sign-out', id: 'account' })
  form.append(Object.assign(document.createElement('button'), { textContent: text }))
  form.style.cssText = 'text-align: end; padding: .25rem 1rem'
  document.body.prepend(form)
})
