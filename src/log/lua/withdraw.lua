#!lua flags=allow-oom
-- SPDX-License-Identifier: Apache-2.0
-- Takes a node's offer back, so that others need not wait until it has run out.
-- ARGV: node
-- -> ok
local wrong = wrong_type()
if wrong then return wrong end
redis.call('HDEL', RESTORE, ARGV[1])
return {'ok'}
