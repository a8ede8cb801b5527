#!lua
-- SPDX-License-Identifier: Apache-2.0
-- Makes the canvas, unless it is there or somebody is about to restore it.
-- ARGV: as write_canvas reads them
-- -> ok | exists | restoring
local wrong = wrong_type()
if wrong then return wrong end
if redis.call('EXISTS', META) == 1 then return {'exists'} end
if redis.call('EXISTS', RESTORE) == 1 then return {'restoring'} end
write_canvas(1)
return {'ok'}
