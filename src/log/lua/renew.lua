#!lua flags=allow-oom
-- SPDX-License-Identifier: Apache-2.0
-- Lets the canvas go on as it is, under another epoch: this Redis may have lost its end, and nobody who remembers it
-- has offered more.
-- ARGV: epoch and seq that the node has seen, node, 1 if the others had their time; the new epoch, by how much actor
-- numbers jump
-- -> ok | changed | not_highest
local seen_epoch, seen_seq, node, is_forced, epoch, jump = unpack(ARGV)
local wrong = wrong_type()
if wrong then return wrong end
local meta = read_meta()
if not meta or meta.epoch ~= seen_epoch or meta.seq ~= seen_seq then
  redis.call('HDEL', RESTORE, node)
  return {'changed'}
end
if is_forced ~= '1' and is_outbid(node, seen_seq) then return {'not_highest'} end
redis.call('HSET', META, 'epoch', epoch, 'run', current_run(), 'base_seq', meta.seq, 'base_sum', '', 'base_chain', meta.chain,
           'archived', '0')
redis.call('HINCRBY', META, 'actors', jump)
redis.call('DEL', RESTORE)
redis.call('SPUBLISH', LOG, 'r ' .. epoch .. ' ' .. meta.seq .. '\n')
return {'ok'}
