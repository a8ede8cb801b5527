#!lua
-- SPDX-License-Identifier: Apache-2.0
-- What an instance needs to come to know the canvas, and actor numbers for it.
-- ARGV: how many actors, how many bytes of entries at most
-- -> absent | restoring | restarted, epoch, seq
--  | ok, epoch, seq, first actor, archived, {seq, sum, blob, chain} of the base, {seq, sum} of the newest snapshot,
--    entries after the base
local wrong = wrong_type()
if wrong then return wrong end
if redis.call('EXISTS', RESTORE) == 1 then return {'restoring'} end
local meta = read_meta()
if not meta then return {'absent'} end
if meta.run ~= current_run() then return {'restarted', meta.epoch, meta.seq} end
for _, key in ipairs(KEYS) do redis.call('PERSIST', key) end
local first = redis.call('HINCRBY', META, 'actors', ARGV[1]) - tonumber(ARGV[1])
local base = {'0', '0', ''}
if meta.old_slot then base = {meta.old_seq, meta.old_sum, redis.call('HGET', SNAPSHOT, meta.old_slot) or ''} end
base[4] = chain_at(meta, base[1]) or meta.base_chain
local newest = {meta.new_seq or base[1], meta.new_sum or base[2]}
return {'ok', meta.epoch, meta.seq, text(first), meta.archived, base, newest,
        entries_after(base[1], tonumber(ARGV[2]))}
