#!lua flags=no-writes
-- SPDX-License-Identifier: Apache-2.0
-- What the canvas has after a seq, or how its history relates to the asker's.
-- ARGV: epoch, seq and chain of the newest entry that the asker knows, how many bytes of entries at most
-- -> absent
--  | moved, epoch, seq, base_seq, base_sum (or nothing), base_chain, 1 if the asker's newest entry is part of this history
--  | behind, seq | fork, seq | trimmed
--  | ok or restarted, seq, archived, entries: restarted when this is not the Redis any more that the epoch began in
local wrong = wrong_type()
if wrong then return wrong end
local epoch, seq, chain = ARGV[1], ARGV[2], ARGV[3]
local meta = read_meta()
if not meta then return {'absent'} end
local is_ahead = tonumber(seq) > tonumber(meta.seq)
local there = not is_ahead and chain_at(meta, seq)
if meta.epoch ~= epoch then
  return {'moved', meta.epoch, meta.seq, meta.base_seq, meta.base_sum, meta.base_chain, there == chain and '1' or '0'}
end
if is_ahead then return {'behind', meta.seq} end
if not there then return {'trimmed'} end
if there ~= chain then return {'fork', meta.seq} end
local kind = meta.run == current_run() and 'ok' or 'restarted'
return {kind, meta.seq, meta.archived, entries_after(seq, tonumber(ARGV[4]))}
