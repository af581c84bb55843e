// Follows the payment on the page. The server announces each change and renders the page again. Only the parts that
// differ are replaced, so that scroll position, selection and focus stay.
(() => {
  const RETRY_MS = 5_000;
  const here = location.pathname.replace(/\/$/, '');
  const isLive = () => document.querySelector('main').dataset.live === 'true';
  const say = (id, text) => {
    const place = document.getElementById(id);
    if (place.textContent !== text) place.textContent = text;
  };
  let events;
  let retry;
  let isReading = false;
  let isStale = false;

  function show(next) {
    const main = document.querySelector('main');
    const nextMain = next.querySelector('main');
    const focused = document.activeElement?.id;
    for (const part of document.querySelectorAll('[data-part]')) {
      const fresh = next.querySelector(`[data-part="${part.dataset.part}"]`);
      if (fresh === null) part.remove();
      else if (fresh.outerHTML !== part.outerHTML) part.replaceWith(document.adoptNode(fresh));
    }
    if (focused) document.getElementById(focused)?.focus();
    main.dataset.tone = nextMain.dataset.tone;
    main.dataset.live = nextMain.dataset.live;
    document.title = next.title;
    say('news', next.getElementById('news').textContent);
  }

  async function read() {
    if (isReading) {
      isStale = true;
      return;
    }
    isReading = true;
    isStale = false;
    try {
      const response = await fetch(here, { headers: { accept: 'text/html' }, cache: 'no-store' });
      if (!response.ok) throw new Error(String(response.status));
      show(new DOMParser().parseFromString(await response.text(), 'text/html'));
      say('connection', '');
    } catch {
      isStale = false;
      later();
    } finally {
      isReading = false;
    }
    if (!isLive()) stop();
    else if (isStale) await read();
  }

  // After any error, reads the page again, and reopens the stream if it is gone.
  function later() {
    say('connection', 'The connection is lost. Trying again…');
    clearTimeout(retry);
    retry = setTimeout(async () => {
      await read();
      if (isLive() && events.readyState === EventSource.CLOSED) follow();
    }, RETRY_MS);
  }

  function follow() {
    events = new EventSource(`${here}/events`);
    events.addEventListener('status', read);
    // The browser reopens a stream that ended, but not one that was refused.
    events.addEventListener('error', () => {
      if (events.readyState === EventSource.CLOSED && isLive()) later();
    });
  }

  function stop() {
    clearTimeout(retry);
    events.close();
  }

  if (isLive()) follow();
})();
