// Loaded into a process that stands for a container: compose's network knows the name `redis-prod`.
import { Socket } from 'node:net';

const { connect } = Socket.prototype;
/** @param {any[]} given */
Socket.prototype.connect = function connectByName(...given) {
  const [first] = given;
  const options = Array.isArray(first) ? first[0] : first;
  if (options?.host === 'redis-prod') {
    if (Number(options.port) !== 6379) throw new Error(`redis-prod listens on 6379, not on ${options.port}`);
    Object.assign(options, { host: '127.0.0.1', port: Number(process.env.STANDIN_REDIS_PORT) });
  }
  return Reflect.apply(connect, this, given);
};
