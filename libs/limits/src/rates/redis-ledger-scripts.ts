import { redisScript } from '#libs/redis';
import { CELL_MS, CELLS, HOLDER_LIFE_MS, SPARE_PART } from './rate-ledger.js';

/** Longest time for which a request may hold a slot, with a day to spare. */
const SLOTS_MS = 2 * 24 * 3_600_000;

/**
 * Both scripts have as keys the leases of holders, the numbers of their last exchanges, and the counters; as argument an object
 * in which counters are positions in the keys. Numbers are written as integers: Lua would write large ones with an exponent.
 */
const COMMON = `
local given = cjson.decode(ARGV[1])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local cell = math.floor(now / ${String(CELL_MS)})
local function int(number) return string.format('%.0f', number) end
local function add(key, at, amount)
  redis.call('HINCRBY', key, int(at), int(amount))
  redis.call('PEXPIRE', key, ${String((CELLS + 1) * CELL_MS)})
end
local function setSlots(key, slots)
  if slots == 0 then redis.call('HDEL', key, given.holder) return end
  redis.call('HSET', key, given.holder, int(slots))
  redis.call('PEXPIRE', key, ${String(SLOTS_MS)})
end
local function alive(number)
  redis.call('HSET', KEYS[2], given.holder, int(number))
  redis.call('ZADD', KEYS[1], int(now + ${String(HOLDER_LIFE_MS)}), given.holder)
  redis.call('PEXPIRE', KEYS[1], ${String(SLOTS_MS)})
  redis.call('PEXPIRE', KEYS[2], ${String(SLOTS_MS)})
end
`;

/**
 * One exchange, with the decisions of \`allot\`. A process that is not known has lost what it declared, and an exchange with an old
 * number comes from a connection that was given up: both are errors.
 */
export const EXCHANGE = redisScript(`${COMMON}
local last = redis.call('HGET', KEYS[2], given.holder)
if not last or tonumber(last) >= given.number then return redis.error_reply('UNDECLARED process') end
alive(given.number)
for _, back in ipairs(given.returns) do
  local key, amount = KEYS[back[1]], back[3]
  local at = back[2] < 0 and cell or back[2]
  if amount < 0 then
    add(key, cell, -amount)
  else
    local have = tonumber(redis.call('HGET', key, int(at)) or '0')
    if have > 0 then redis.call('HSET', key, int(at), int(math.max(0, have - amount))) end
  end
end

local function slotsOfOthers(key)
  local sum, found = 0, redis.call('HGETALL', key)
  for index = 1, #found, 2 do
    local ends = tonumber(redis.call('ZSCORE', KEYS[1], found[index]) or '0')
    if ends <= now then redis.call('HDEL', key, found[index])
    elseif found[index] ~= given.holder then sum = sum + tonumber(found[index + 1]) end
  end
  return sum
end
local function units(key)
  local sum, leaving, found = 0, {}, redis.call('HGETALL', key)
  for index = 1, #found, 2 do
    local at, amount = tonumber(found[index]), tonumber(found[index + 1])
    if at <= cell - ${String(CELLS)} then
      redis.call('HDEL', key, found[index])
    elseif amount > 0 then
      sum = sum + amount
      leaving[#leaving + 1] = {(at + ${String(CELLS)}) * ${String(CELL_MS)} - now, amount}
    end
  end
  table.sort(leaving, function(a, b) return a[1] < b[1] end)
  return sum, leaving
end

local counts, free, taken = {}, {}, {}
for index, ask in ipairs(given.asks) do
  local key, limit, held, inHand = KEYS[ask[1]], ask[2], ask[3], ask[4]
  local used, leaving
  if held < 0 then used, leaving = units(key) else used, leaving = held + slotsOfOthers(key), {} end
  counts[index] = {key = key, left = limit - used, used = used, leaving = leaving}
  free[index] = inHand + math.max(0, limit - used)
  taken[index] = 0
end
local admitted = {}
for number, demands in ipairs(given.requests) do
  local fits = true
  for _, demand in ipairs(demands) do
    if demand[2] > free[demand[1]] then fits = false end
  end
  if fits then
    for _, demand in ipairs(demands) do
      free[demand[1]] = free[demand[1]] - demand[2]
      taken[demand[1]] = taken[demand[1]] + demand[2]
    end
  end
  admitted[number] = fits
end
local grants = {}
for index, ask in ipairs(given.asks) do
  local limit, held, inHand, want, count = ask[2], ask[3], ask[4], ask[5], counts[index]
  local granted = math.max(0, taken[index] - inHand)
  local left = count.left - granted
  if 2 * left >= limit then
    granted = granted + math.max(0, math.min(want, math.floor(left / ${String(SPARE_PART)})))
  end
  if held >= 0 then
    setSlots(count.key, held + granted)
  elseif granted > 0 then
    add(count.key, cell, granted)
    count.leaving[#count.leaving + 1] = {(cell + ${String(CELLS)}) * ${String(CELL_MS)} - now, granted}
  end
  grants[index] = {granted, count.used + granted, count.leaving}
end
local replicas = redis.call('ZCOUNT', KEYS[1], '(' .. int(now), '+inf')
return cjson.encode({now = now, cell = cell, replicas = replicas, admitted = admitted, grants = grants})`);

/**
 * Enters what a process has of another ledger, once, and what processes had that are not there any more: those of the first
 * process that brings them.
 */
export const DECLARE = redisScript(`${COMMON}
if redis.call('HEXISTS', KEYS[2], given.holder) == 1 then return redis.error_reply('DECLARED already') end
alive(0)
local function shift(asOf) return asOf < 0 and 0 or math.ceil((now - asOf) / ${String(CELL_MS)}) end
local function enter(units, asOf)
  for _, one in ipairs(units) do add(KEYS[one[1]], one[2] + shift(asOf), one[3]) end
end
enter(given.units, given.asOf)
for _, one in ipairs(given.slots) do setSlots(KEYS[one[1]], one[2]) end
if redis.call('HSETNX', KEYS[2], '', '0') == 1 then enter(given.left, given.leftAsOf) end
return cjson.encode({now = now, shift = shift(given.asOf)})`);
