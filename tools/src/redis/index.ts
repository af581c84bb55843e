export { type ClientCertificate, makeRedisCertificates, type RedisCertificates } from './certificates.js';
export { type RedisHandle, type RedisOptions, RedisUnavailableError } from './options.js';
export { startRedis } from './start-redis.js';
