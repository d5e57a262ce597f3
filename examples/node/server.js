import express from 'express';

// The flags a visitor can hoist, with what they mean in the international code of signals.
const flags = {
  A: 'I have a diver down; keep well clear at slow speed.',
  B: 'I am taking in, discharging or carrying dangerous goods.',
  C: 'Yes.',
  D: 'Keep clear of me; I am manoeuvring with difficulty.',
  F: 'I am disabled; communicate with me.',
  H: 'I have a pilot on board.',
  K: 'I wish to communicate with you.',
  N: 'No.',
};
const kept = 30;

const started = new Date();
const signals = [];
const watchers = new Set();

const app = express();
app.disable('x-powered-by');
app.use(express.static('public', { maxAge: '5m' }));
app.use(express.json({ limit: '1kb' }));

app.get('/healthz', (req, res) => res.type('text').send('ok\n'));

app.get('/api/flags', (req, res) => res.json(flags));

// Everything new goes to every open page as a server-sent event; a new page first gets what there is.
app.get('/api/signals', (req, res) => {
  res.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache', 'X-Accel-Buffering': 'no' });
  res.flushHeaders();
  watchers.add(res);
  send(res, 'hello', { started, node: process.version, signals });
  announce();
  req.on('close', () => {
    watchers.delete(res);
    announce();
  });
});

app.post('/api/signals', (req, res) => {
  const { flag, ship } = req.body ?? {};
  if (!Object.hasOwn(flags, flag)) {
    return res.status(400).json({ error: `There is no flag ${JSON.stringify(flag ?? null)}.` });
  }
  const name = String(ship ?? '').replace(/\s+/g, ' ').trim().slice(0, 30) || 'A passing ship';
  const signal = { flag, ship: name, at: new Date() };
  signals.push(signal);
  signals.splice(0, signals.length - kept);
  console.log(`signal ${flag} from ${JSON.stringify(name)} to ${watchers.size} watching`);
  for (const watcher of watchers) send(watcher, 'signal', signal);
  res.status(201).json(signal);
});

app.use((req, res) => res.status(404).type('text').send('No such berth.\n'));

function send(res, event, data) {
  res.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

function announce() {
  for (const watcher of watchers) send(watcher, 'watching', { count: watchers.size });
}

const server = app.listen(process.env.PORT || 3000, () => {
  console.log(`harbour board listening on port ${server.address().port} with Node.js ${process.version}`);
});

// Slipway sends SIGTERM and waits. Open event streams would keep the server up for ever, so they are ended first;
// browsers connect again by themselves and find the next version.
process.on('SIGTERM', () => {
  console.log(`harbour board closing, ${watchers.size} watching`);
  for (const watcher of watchers) watcher.end();
  server.close(() => {
    console.log('harbour board closed');
    process.exit(0);
  });
});
