#!lua
-- SPDX-License-Identifier: Apache-2.0
-- Reserves actor numbers. A Redis that may have lost its end may have lost the last ones that it gave.
-- ARGV: epoch, how many
-- -> ok, first | absent: not there under the epoch, or not sure
local wrong = wrong_type()
if wrong then return wrong end
local meta = read_meta()
if not meta or meta.epoch ~= ARGV[1] or meta.run ~= current_run() then return {'absent'} end
if redis.call('EXISTS', RESTORE) == 1 then return {'absent'} end
return {'ok', text(redis.call('HINCRBY', META, 'actors', ARGV[2]) - tonumber(ARGV[2]))}
