#!lua
-- SPDX-License-Identifier: Apache-2.0
-- Says how much of the lost canvas a node can restore. While offers stand, nothing is appended.
-- ARGV: epoch and seq that the node has seen (an empty epoch: absent), node, seq, how long the offer stands in ms
-- -> ok | changed
local seen_epoch, seen_seq, node, seq, ttl_ms = unpack(ARGV)
local wrong = wrong_type()
if wrong then return wrong end
local meta = read_meta() or {epoch = '', seq = ''}
if meta.epoch ~= seen_epoch or meta.seq ~= seen_seq then return {'changed'} end
redis.call('HSET', RESTORE, node, seq)
redis.call('PEXPIRE', RESTORE, ttl_ms)
return {'ok'}
