'use strict';
// Loaded before an app whose sources listen on localhost: inside a container nobody else can reach that address. Only
// the app's own port moves to all addresses; a debugger's or a database's does not.
const net = require('node:net');

const local = new Set(['localhost', '127.0.0.1']);
const listen = net.Server.prototype.listen;
const isOurs = (port) => Number(port) === Number(process.env.PORT);

net.Server.prototype.listen = function (...args) {
  const [first, second] = args;
  if (first !== null && typeof first === 'object' && isOurs(first.port) && local.has(first.host)) {
    args[0] = { ...first, host: '0.0.0.0' };
  } else if (isOurs(first) && local.has(second)) {
    args[1] = '0.0.0.0';
  }
  return listen.apply(this, args);
};
