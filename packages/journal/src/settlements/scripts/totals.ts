import { KNOWN_ASSET_IDS } from '@x402-facilitator/cardano';
import { PERIODS, USAGE } from '../../usage/script.js';
import { CHANNEL_BOOKS } from './channel-books.js';
import { DECIMAL_SUM } from './decimal-sum.js';

/**
 * Assets that have a sum of their own. The limit keeps payers with many assets from growing the journal without bound.
 */
export const MAX_COUNTED_ASSETS = 200;

/**
 * Counts settlements in the write that settles them, so that the totals are exact after any crash and outlive the
 * records. A record carries the outcome that it is counted under: a rollback that takes a confirmation back takes it
 * out of the totals too, and its final outcome is counted instead. Settlements of older versions are not counted.
 *
 * Sums of amounts exceed what Lua and HINCRBY count exactly, so they are decimal text. They only grow: amounts that a
 * rollback takes back have a sum of their own.
 *
 * Fields: sinceMs, firstSettledAtMs, accepted, confirmed, failed, expired, assets, uncounted (confirmed payments in
 * assets beyond the limit), and per asset paid:ID and reversed:ID in atomic units.
 */
export const TOTALS = `
local KNOWN_ASSETS = {${KNOWN_ASSET_IDS.map((asset) => `['${asset}']=true`).join(',')}}
local totals = prefix .. ':totals'
${DECIMAL_SUM}${CHANNEL_BOOKS}${PERIODS}${USAGE}
-- No settlement waits for its count: what is damaged among the totals stays as it is.
local function withTotals(command, ...)
  local reply = redis.pcall(command, totals, ...)
  return type(reply) ~= 'table' and reply or nil
end

local function increase(name, by) withTotals('HINCRBY', name, by) end

local function hasSum(asset)
  if withTotals('HEXISTS', 'paid:' .. asset) == 1 then return true end
  local isKnown = KNOWN_ASSETS[asset]
  if not isKnown and (tonumber(withTotals('HGET', 'assets') or '0') or 0) >= ${MAX_COUNTED_ASSETS} then return false end
  if not isKnown then increase('assets', 1) end
  return true
end

local function addAmount(kind, asset)
  local name = kind .. ':' .. asset
  local before = withTotals('HGET', name) or ''
  if not string.find(before, '%D') then withTotals('HSET', name, sum(before, field('amount'))) end
end

local function countAccepted()
  withTotals('HSETNX', 'sinceMs', int(nowMs))
  increase('accepted', 1)
end

-- What is locked in a channel is paid when it is claimed.
local function isPaid() return field('kind') ~= 'deposit' end

local function countConfirmed()
  enterChannels()
  if not isPaid() then return end
  local asset = field('asset')
  if hasSum(asset) then return addAmount('paid', asset) end
  set('isUncounted', 1)
  increase('uncounted', 1)
end

local function uncountConfirmed()
  restoreChannels()
  if not isPaid() then return end
  if field('isUncounted') then
    clear('isUncounted')
    return increase('uncounted', -1)
  end
  addAmount('reversed', field('asset'))
end

-- A record is counted under its current outcome only.
local function countOutcome(to)
  local before = field('countedAs') or ''
  local now = (to == 'confirmed' or FINAL[to]) and to or ''
  if before == now then return end
  countUsageOutcome(before, now)
  if before ~= '' then increase(before, -1) end
  if before == 'confirmed' then uncountConfirmed() end
  if now == '' then return clear('countedAs') end
  set('countedAs', now)
  withTotals('HSETNX', 'sinceMs', int(nowMs))
  withTotals('HSETNX', 'firstSettledAtMs', int(nowMs))
  increase(now, 1)
  if now == 'confirmed' then countConfirmed() end
end
`;
