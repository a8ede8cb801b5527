#!lua flags=allow-oom
-- SPDX-License-Identifier: Apache-2.0
-- Keeps a snapshot and the one before it, and the entries from the older one on (its own stays, for its chain).
-- From the third on it frees what it takes.
-- ARGV: epoch, seq, sum, blob, 1 if entries stay until they are archived
-- -> ok | ignored
local epoch, seq, sum, blob, keeps_unarchived = unpack(ARGV)
local wrong = wrong_type()
if wrong then return wrong end
local meta = read_meta()
if not meta or meta.epoch ~= epoch or redis.call('EXISTS', RESTORE) == 1 then return {'ignored'} end
local newest = tonumber(meta.new_seq or meta.old_seq or '0')
if tonumber(seq) <= newest or tonumber(seq) > tonumber(meta.seq) then return {'ignored'} end

local slot = 'a'
if meta.new_slot == 'a' or (not meta.new_slot and meta.old_slot == 'a') then slot = 'b' end
redis.call('HSET', SNAPSHOT, slot, blob)
redis.call('HSET', META, 'new_slot', slot, 'new_seq', seq, 'new_sum', sum)
local older = meta.old_seq
if meta.new_slot then
  older = meta.new_seq
  redis.call('HSET', META, 'old_slot', meta.new_slot, 'old_seq', older, 'old_sum', meta.new_sum)
end
if older then
  local from = tonumber(older)
  if keeps_unarchived == '1' then from = math.min(from, tonumber(meta.archived)) end
  redis.call('XTRIM', LOG, 'MINID', '=', text(from) .. '-0')
end
return {'ok'}
