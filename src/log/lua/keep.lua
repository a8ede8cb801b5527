#!lua flags=allow-oom
-- SPDX-License-Identifier: Apache-2.0
-- Takes back what expire.lua did.
-- -> ok
local wrong = wrong_type()
if wrong then return wrong end
for i = 1, 4 do redis.call('PERSIST', KEYS[i]) end
return {'ok'}
