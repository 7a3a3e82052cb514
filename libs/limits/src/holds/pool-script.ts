/**
 * One step in Redis over all windows of several requests. Its argument is a `PoolRequest`, its response a `PoolResponse`.
 *
 * A pool is believed only by the server that it was made on, while that server stays what it is: a restart changes `run_id`, and
 * what becomes a primary changes `master_replid`. So a content that was lost in part, or comes from a copy, is never used.
 * Amounts are decimal integers as strings: numbers of Lua are exact only up to 2^53.
 */
export const POOL_SCRIPT = `
local asked = cjson.decode(ARGV[1])
local pool, previous = KEYS[1], KEYS[2]

local function fact(section, name)
  return string.match(redis.call('INFO', section), name .. ':(%w+)') or error('no ' .. name)
end
local server = fact('server', 'run_id') .. fact('replication', 'master_replid')
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local epoch, kept, life, ends = unpack(redis.call('HMGET', pool, 'epoch', 'server', 'life', 'until'))
if not epoch or kept ~= server then
  redis.call('DEL', pool, previous)
  epoch = nil
elseif now >= tonumber(ends) or tonumber(ends) - now > tonumber(life) then
  redis.call('RENAME', pool, previous)
  redis.call('PEXPIRE', previous, 2 * asked.lifeMs)
  epoch = nil
end
if not epoch and asked.candidate ~= '' then
  epoch = asked.candidate
  redis.call('HSET', pool, 'epoch', epoch, 'server', server, 'life', asked.lifeMs,
    'until', string.format('%.0f', now + asked.lifeMs))
  redis.call('PEXPIRE', pool, 4 * asked.lifeMs)
end
epoch = epoch or ''
local old = redis.call('HGET', previous, 'epoch')

local function below(a, b)
  if #a ~= #b then return #a < #b end
  return a < b
end

local drained = {}
local function drain(key, name, window)
  local amount = redis.call('HGET', key, '=' .. window)
  if not amount then return end
  redis.call('HDEL', key, '=' .. window, '^' .. window)
  if amount ~= '0' then drained[#drained + 1] = {name, window, amount} end
end

local isUsed = epoch ~= '' and asked.epoch == epoch
for _, one in ipairs(asked.adds) do
  if isUsed then
    redis.call('HINCRBY', pool, '=' .. one.window, one.amount)
    local cap = redis.call('HGET', pool, '^' .. one.window)
    if not cap or below(cap, one.cap) then redis.call('HSET', pool, '^' .. one.window, one.cap) end
  end
end
for _, window in ipairs(asked.drains) do
  if old then drain(previous, old, window) end
  -- One that shares the pool waits for it here.
  if tonumber(redis.call('HGET', pool, '?' .. window) or 0) < now then drain(pool, epoch, window) end
end

local function look(ask)
  if old then drain(previous, old, ask.window) end
  local cap = redis.call('HGET', pool, '^' .. ask.window)
  -- What was leased under a higher cap may be more than the lower one allows.
  if cap and below(ask.cap, cap) then drain(pool, epoch, ask.window) end
  return redis.call('HGET', pool, '=' .. ask.window) or '0'
end

local function grant(ask, amount)
  if ask.want == '0' then return '0' end
  if below(amount, ask.want) then return amount end
  local tenth = #amount > 1 and string.sub(amount, 1, -2) or '0'
  return below(ask.want, tenth) and tenth or ask.want
end

local groups = {}
for place, group in ipairs(asked.groups) do
  local left, granted = {}, {}
  local state = isUsed and 'whole' or 'none'
  for index, ask in ipairs(group) do
    left[index] = look(ask)
    granted[index] = grant(ask, left[index])
    if below(left[index], ask.need) then
      state = 'none'
      redis.call('HSET', pool, '?' .. ask.window, string.format('%.0f', now + 1000))
    elseif state == 'whole' and below(left[index], ask.want) then state = 'part' end
  end
  for index, ask in ipairs(group) do
    if state ~= 'none' and granted[index] ~= '0' then
      redis.call('HINCRBY', pool, '=' .. ask.window, '-' .. granted[index])
    end
  end
  groups[place] = {state, left, granted}
end
return cjson.encode({epoch = epoch, isAdded = isUsed, drained = drained, groups = groups})
`;
