// SPDX-License-Identifier: Apache-2.0
/**
 * What is written in Redis is written by these scripts, each of which runs as one step. All but the lock's begin by asking whether the
 * caller is still the writer, so that one who was taken for dead, and was only asleep, can do no harm.
 */
const FENCE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return redis.error_reply('ZETA expected to be the writer, got another one')
end`;

/** KEYS writer; ARGV what was seen there ('' for nothing), new token. 1: taken. */
export const TAKE_LOCK = `
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1`;

/** KEYS writer; ARGV token. */
export const RELEASE_LOCK = `${FENCE}
return redis.call('DEL', KEYS[1])`;

/** KEYS writer, head, journal; ARGV token, number of the first entry, entries. */
export const APPEND = `${FENCE}
local start = tonumber(redis.call('HGET', KEYS[2], 'journalStart') or '0')
local next = start + redis.call('LLEN', KEYS[3])
if next ~= tonumber(ARGV[2]) then
  return redis.error_reply('ZETA expected entry ' .. next .. ', got ' .. ARGV[2])
end
for i = 3, #ARGV do redis.call('RPUSH', KEYS[3], ARGV[i]) end
return 1`;

/** KEYS writer, redo; ARGV token, '1' to begin anew, block. */
export const STAGE = `${FENCE}
if ARGV[2] == '1' then redis.call('DEL', KEYS[2]) end
if ARGV[3] then redis.call('RPUSH', KEYS[2], ARGV[3]) end
return 1`;

/** KEYS writer, head, journal, redo; ARGV token, head, new journal start, entries to forget, blocks. Here the new state begins. */
export const COMMIT = `${FENCE}
if redis.call('LLEN', KEYS[4]) ~= tonumber(ARGV[5]) then
  return redis.error_reply('ZETA expected ' .. ARGV[5] .. ' blocks')
end
redis.call('LTRIM', KEYS[3], ARGV[4], -1)
redis.call('HSET', KEYS[2], 'bytes', ARGV[2], 'journalStart', ARGV[3], 'redo', ARGV[5])
redis.call('HINCRBY', KEYS[2], 'generation', 1)
return 1`;

/**
 * KEYS writer, head, redo, names, pages; ARGV token, prefix of the records' hashes. Applies the first block (change-blocks.ts) and removes it:
 * how many are left.
 */
export const APPLY = `${FENCE}
local block = redis.call('LINDEX', KEYS[3], 0)
if not block then return redis.error_reply('ZETA expected a block, got none') end
local at = 1
while at <= #block do
  local kind, length = struct.unpack('>BI4', block, at)
  local bytes = string.sub(block, at + 5, at + 4 + length)
  at = at + 5 + length
  if kind <= 1 then
    local shard = string.format('%02x%x', string.byte(bytes, 1), math.floor(string.byte(bytes, 2) / 16))
    local value = string.char(kind) .. string.sub(bytes, 33)
    redis.call('HSET', ARGV[2] .. shard, string.sub(bytes, 1, 32), value)
  elseif kind == 2 then
    redis.call('ZADD', KEYS[4], 0, bytes)
  elseif kind == 3 then
    redis.call('ZREM', KEYS[4], bytes)
  elseif kind == 4 then
    redis.call('HSET', KEYS[5], string.sub(bytes, 1, 8), bytes)
  else
    redis.call('HDEL', KEYS[5], bytes)
  end
end
redis.call('LPOP', KEYS[3])
return redis.call('HINCRBY', KEYS[2], 'redo', -1)`;
