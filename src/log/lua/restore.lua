#!lua
-- SPDX-License-Identifier: Apache-2.0
-- Writes the canvas as the node knows it, if it is still as that node saw it and nobody has offered more.
-- ARGV: epoch and seq that the node has seen (an empty epoch: absent), node, seq, 1 if the others had their time; then as
-- write_canvas reads them
-- -> ok | changed | not_highest
local seen_epoch, seen_seq, node, seq, is_forced = unpack(ARGV, 1, 5)
local wrong = wrong_type()
if wrong then return wrong end
local meta = read_meta() or {epoch = '', seq = ''}
if meta.epoch ~= seen_epoch or meta.seq ~= seen_seq then
  redis.call('HDEL', RESTORE, node)
  return {'changed'}
end
if is_forced ~= '1' and is_outbid(node, seq) then return {'not_highest'} end
write_canvas(6)
return {'ok'}
