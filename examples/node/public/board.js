const patterns = {
  A: '<path fill="#fff" d="M0 0h4v6H0z"/><path fill="#1d5fa8" d="M4 0h4L6 3l2 3H4z"/>',
  B: '<path fill="#d02a2a" d="M0 0h8L6 3l2 3H0z"/>',
  C: '<path fill="#1d5fa8" d="M0 0h8v6H0z"/><path fill="#fff" d="M0 1.2h8v3.6H0z"/><path fill="#d02a2a" d="M0 2.4h8v1.2H0z"/>',
  D: '<path fill="#f3c623" d="M0 0h8v6H0z"/><path fill="#1d5fa8" d="M0 1.2h8v3.6H0z"/>',
  F: '<path fill="#fff" d="M0 0h8v6H0z"/><path fill="#d02a2a" d="M4 0l4 3-4 3-4-3z"/>',
  H: '<path fill="#fff" d="M0 0h4v6H0z"/><path fill="#d02a2a" d="M4 0h4v6H4z"/>',
  K: '<path fill="#f3c623" d="M0 0h4v6H0z"/><path fill="#1d5fa8" d="M4 0h4v6H4z"/>',
  N: '<path fill="#fff" d="M0 0h8v6H0z"/><path fill="#1d5fa8" d="M0 0h2v1.5H0zM4 0h2v1.5H4zM2 1.5h2V3H2zM6 1.5h2V3H6zM0 3h2v1.5H0zM4 3h2v1.5H4zM2 4.5h2V6H2zM6 4.5h2V6H6z"/>',
};
const $ = (id) => document.getElementById(id);
const flags = await (await fetch('/api/flags')).json();

function picture(flag) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 8 6');
  svg.setAttribute('class', 'flag');
  svg.setAttribute('aria-hidden', 'true');
  svg.innerHTML = patterns[flag];
  return svg;
}

for (const [flag, meaning] of Object.entries(flags)) {
  const button = document.createElement('button');
  button.type = 'button';
  button.title = meaning;
  button.append(picture(flag), flag);
  button.addEventListener('click', () => hoist(flag));
  $('flags').append(button);
}
$('hoist').addEventListener('submit', (event) => event.preventDefault());

async function hoist(flag) {
  const body = JSON.stringify({ flag, ship: $('ship').value });
  const answer = await fetch('/api/signals', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body }).catch(() => null);
  if (!answer?.ok) $('state').textContent = 'That signal was not seen. Try again.';
}

function show({ flag, ship, at }) {
  const item = document.createElement('li');
  const name = document.createElement('strong');
  const time = document.createElement('time');
  const meaning = document.createElement('p');
  name.textContent = ship;
  time.dateTime = at;
  time.textContent = new Date(at).toLocaleTimeString();
  meaning.textContent = `${flag}: ${flags[flag]}`;
  item.append(picture(flag), name, time, meaning);
  $('signals').prepend(item);
  $('quiet').hidden = true;
}

const events = new EventSource('/api/signals');
events.addEventListener('hello', ({ data }) => {
  const { started, node, signals } = JSON.parse(data);
  $('signals').replaceChildren();
  $('quiet').hidden = signals.length > 0;
  signals.forEach(show);
  $('about').textContent = `This version came in at ${new Date(started).toLocaleString()} and runs on Node.js ${node}.`;
});
events.addEventListener('signal', ({ data }) => show(JSON.parse(data)));
events.addEventListener('watching', ({ data }) => {
  const { count } = JSON.parse(data);
  $('state').textContent = count === 1 ? 'You keep the watch alone.' : `${count} keep the watch.`;
});
events.addEventListener('error', () => { $('state').textContent = 'Out of sight; looking out again …'; });
