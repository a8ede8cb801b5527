-- SPDX-License-Identifier: Apache-2.0
-- What every script of a canvas begins with. KEYS are always the same five, of one slot:
--   meta      hash: run (of the Redis that the epoch began in), epoch, seq and chain of the newest entry, actors (the next number), base_seq, base_sum and
--             base_chain (where the epoch began), archived, and old_* and new_* (slot, seq, sum) of the snapshots
--   log       stream of entries with the id <seq>-0: p the push, c what its appender knew, h its chain. Also the
--             name of the canvas's channel
--   clients   hash: client -> "n user"
--   snapshot  hash: slot a or b -> blob
--   restore   hash of offers to restore: node -> seq. While it is there, nothing is appended
-- What costs no memory, or frees some, is allowed above maxmemory too (allow-oom), or a full Redis could not get better.
-- Numbers of 64 bits are text, for Lua has doubles only; seqs and n stay below 2^53.
-- The chain is a hash of the one before and of the entry, so that two histories that have the same chain at a seq
-- are the same up to there.
local META, LOG, CLIENTS, SNAPSHOT, RESTORE = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]

-- An error reply if a key is not of its type, before anything is written.
local function wrong_type()
  local kinds = {'hash', 'stream', 'hash', 'hash', 'hash'}
  for i = 1, 5 do
    local found = redis.call('TYPE', KEYS[i]).ok
    if found ~= kinds[i] and found ~= 'none' then
      return redis.error_reply('WRONGTYPE key ' .. KEYS[i] .. ' holds a ' .. found .. ' where Weft keeps a ' .. kinds[i])
    end
  end
end

local function text(number)
  return string.format('%.0f', number)
end

-- A Redis that was started since, or took over, may have lost the end of what it had.
local function current_run()
  return string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
end

-- Fields of meta by name, or nil if the canvas is not there.
local function read_meta()
  local names = {'epoch', 'run', 'seq', 'chain', 'base_seq', 'base_sum', 'base_chain', 'archived',
                 'old_slot', 'old_seq', 'old_sum', 'new_slot', 'new_seq', 'new_sum'}
  local values = redis.call('HMGET', META, unpack(names))
  if not values[1] then return nil end
  local meta = {}
  for i, name in ipairs(names) do meta[name] = values[i] or nil end
  return meta
end

-- The chain after `seq`, nil when the log does not reach there.
local function chain_at(meta, seq)
  if seq == meta.seq then return meta.chain end
  if seq == meta.base_seq then return meta.base_chain end
  local found = redis.call('XRANGE', LOG, seq .. '-0', seq .. '-0')
  return found[1] and found[1][2][6]
end

-- Entries after `seq`: whole ones, about `bytes_max` and 10,000 at most but at least one.
local function entries_after(seq, bytes_max)
  local entries, bytes, from = {}, 0, '(' .. seq .. '-0'
  while true do
    local found = redis.call('XRANGE', LOG, from, '+', 'COUNT', 16)
    for _, entry in ipairs(found) do
      local fields = entry[2]
      entries[#entries + 1] = {entry[1], fields[2], fields[4], fields[6]}
      bytes = bytes + #fields[2]
      from = '(' .. entry[1]
      if bytes >= bytes_max or #entries >= 10000 then return entries end
    end
    if #found < 16 then return entries end
  end
end

-- Whether somebody else's offer counts more than this one. Of equal offers the higher name counts.
local function is_outbid(node, seq)
  local offers = redis.call('HGETALL', RESTORE)
  for i = 1, #offers, 2 do
    local other, offered = offers[i], tonumber(offers[i + 1])
    if offered > tonumber(seq) or (offered == tonumber(seq) and other > node) then return true end
  end
  return false
end

-- Writes the whole canvas from ARGV[at] on, in place of whatever is there.
local function write_canvas(at)
  local epoch, seq, sum, chain, actors, archived = unpack(ARGV, at, at + 5)
  local old_seq, old_sum, old_blob, new_seq, new_sum, new_blob = unpack(ARGV, at + 6, at + 11)
  redis.call('DEL', META, LOG, CLIENTS, SNAPSHOT, RESTORE)
  at = at + 12
  local clients = tonumber(ARGV[at])
  for i = at + 1, at + 2 * clients, 2 do redis.call('HSET', CLIENTS, ARGV[i], ARGV[i + 1]) end
  at = at + 1 + 2 * clients
  local entries = tonumber(ARGV[at])
  for i = at + 1, at + 3 * entries, 3 do
    redis.call('XADD', LOG, ARGV[i] .. '-0', 'p', ARGV[i + 1], 'c', '0 0', 'h', ARGV[i + 2])
  end
  if old_blob ~= '' then
    redis.call('HSET', SNAPSHOT, 'a', old_blob)
    redis.call('HSET', META, 'old_slot', 'a', 'old_seq', old_seq, 'old_sum', old_sum)
  end
  if new_blob ~= '' then
    redis.call('HSET', SNAPSHOT, 'b', new_blob)
    redis.call('HSET', META, 'new_slot', 'b', 'new_seq', new_seq, 'new_sum', new_sum)
  end
  redis.call('HSET', META, 'epoch', epoch, 'run', current_run(), 'seq', seq, 'chain', chain, 'actors', actors, 'base_seq', seq,
             'base_sum', sum, 'base_chain', chain, 'archived', archived)
  redis.call('SPUBLISH', LOG, 'r ' .. epoch .. ' ' .. seq .. '\n')
end
