// Follows the payment that the page shows. The server tells of each change and renders the page anew; what differs is
// put in its place, so that scroll position, selection and focus stay.
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

  // Whatever went wrong, the page is read again, and the stream is opened anew if it is gone.
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
    // A stream that ended comes back by itself; one that was refused does not.
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
