#!lua
-- SPDX-License-Identifier: Apache-2.0
-- Gives a push its place and tells it to all who follow the channel.
-- ARGV: epoch, client, n, user, push; seq, sum and chain of the newest entry that the appender knows. An empty chain:
-- the appender does not follow the log any more, and claims to know nothing.
-- -> absent | epoch, E | restoring | behind | fork | not_owner | duplicate | out_of_order | ok, seq
local epoch, client, n, user, push, known_seq, known_sum, known_chain = unpack(ARGV)
local wrong = wrong_type()
if wrong then return wrong end
local meta = read_meta()
if not meta then return {'absent'} end
if meta.epoch ~= epoch then return {'epoch', meta.epoch} end
if redis.call('EXISTS', RESTORE) == 1 then return {'restoring'} end
if known_chain ~= '' then
  if tonumber(known_seq) > tonumber(meta.seq) then return {'behind'} end
  local chain = chain_at(meta, known_seq)
  if chain and chain ~= known_chain then return {'fork'} end
end
local mark = redis.call('HGET', CLIENTS, client)
local highest = 0
if mark then
  local space = string.find(mark, ' ', 1, true)
  highest = tonumber(string.sub(mark, 1, space - 1))
  if string.sub(mark, space + 1) ~= user then return {'not_owner'} end
end
if tonumber(n) <= highest then return {'duplicate'} end
if tonumber(n) ~= highest + 1 then return {'out_of_order'} end

local seq = text(tonumber(meta.seq) + 1)
-- The beginning of a push holds client, n, actor and user; all of a big one would hold Redis up.
local chain = string.sub(redis.sha1hex(meta.chain .. #push .. ' ' .. string.sub(push, 1, 512)), 1, 16)
local check = known_seq .. ' ' .. known_sum
redis.call('XADD', LOG, seq .. '-0', 'p', push, 'c', check, 'h', chain)
redis.call('HSET', CLIENTS, client, n .. ' ' .. user)
redis.call('HSET', META, 'seq', seq, 'chain', chain)
redis.call('SPUBLISH', LOG, 'p ' .. epoch .. ' ' .. seq .. ' ' .. check .. ' ' .. chain .. '\n' .. push)
return {'ok', seq}
