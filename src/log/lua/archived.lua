#!lua flags=allow-oom
-- SPDX-License-Identifier: Apache-2.0
-- Notes up to where the entries are in the archive. Never goes back.
-- ARGV: epoch, seq
-- -> ok | ignored
local wrong = wrong_type()
if wrong then return wrong end
local meta = read_meta()
if not meta or meta.epoch ~= ARGV[1] then return {'ignored'} end
local seq = tonumber(ARGV[2])
if seq <= tonumber(meta.archived) or seq > tonumber(meta.seq) then return {'ignored'} end
redis.call('HSET', META, 'archived', ARGV[2])
redis.call('SPUBLISH', LOG, 'a ' .. ARGV[1] .. ' ' .. ARGV[2] .. '\n')
return {'ok'}
