import { PRELUDE } from './prelude.js';

/**
 * Guarantees: a sponsorship whose record was lost is on the books once, as signed at its cost, and its output is not
 * lent again. A record that is there stays as it is, and no transaction is booked twice.
 *
 * Arguments: id, network, transaction, payer, input, lovelace, changeAddress, day, feeLovelace, lentLovelace,
 * transactionExpiresAtMs.
 * Returns: outcome, why nothing was written.
 */
export const restoreScript = {
  name: 'x402SponsorshipRestore',
  lua: `${PRELUDE}
local id, network, transaction, payer, input, lovelace, changeAddress, day, fee, lent, transactionExpiresAtMs = unpack(ARGV, FIRST_ARGUMENT, FIRST_ARGUMENT + 10)
if redis.call('EXISTS', reservation(id)) == 1 then return { 'kept' } end
-- The id is whatever the request says: under another one it would be booked twice.
local holder = redis.call('HGET', taken, input)
if holder and get(holder, 'transaction') == transaction then return { 'kept' } end
if redis.call('ZSCORE', retired, input) then return { 'kept' } end
-- Who asked for it is not on the ledger.
local caller = 'lost'
local fault = booksFault(day, caller, payer)
if fault then return { 'unreadable', fault } end

local cost = tonumber(fee) + tonumber(lent)
redis.call('ZREM', free, input)
redis.call('HSETNX', taken, input, id)
redis.call('ZADD', bound, int(nowMs), id)
set(id, 'schemaVersion', 1, 'network', network, 'id', id, 'state', 'signed', 'caller', caller, 'payer', payer,
  'input', input, 'lovelace', lovelace, 'changeAddress', changeAddress, 'maxFeeLovelace', fee, 'minAdaLovelace', lent,
  'day', day, 'bookedLovelace', 0, 'reservedAtMs', int(nowMs), 'expiresAtMs', int(nowMs), 'transaction', transaction,
  'boundAtMs', int(nowMs), 'transactionExpiresAtMs', transactionExpiresAtMs, 'feeLovelace', fee, 'lentLovelace', lent,
  'signedAtMs', int(nowMs))
book(id, cost)
for _, name in ipairs({ 'reserved', 'signed' }) do
  count(name .. 'Count', 1)
  count(name .. 'Lovelace', cost)
end
return { 'restored' }
`,
} as const;
