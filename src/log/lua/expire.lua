#!lua flags=allow-oom
-- SPDX-License-Identifier: Apache-2.0
-- Lets Redis forget a canvas that is all in the archive. Whoever has it open hears of it and keeps it.
-- ARGV: epoch, after how many ms
-- -> ok | ignored
local wrong = wrong_type()
if wrong then return wrong end
local meta = read_meta()
if not meta or meta.epoch ~= ARGV[1] or meta.archived ~= meta.seq then return {'ignored'} end
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[2]) end
redis.call('SPUBLISH', LOG, 'x ' .. meta.epoch .. ' ' .. meta.seq .. '\n')
return {'ok'}
