/** What scripts share that look at the names of a call: keys, each of which says which payment its name stands for. */
export const NAMES = `
-- The place of the first name that stands for another payment, from 0. A value of another type stands for another, too.
local function takenName(first, last, payment)
  for i = first, last do
    local named = redis.pcall('GET', KEYS[i])
    if named and named ~= payment then return i - first end
  end
end

-- The first use decides how long a name is kept.
local function keepNames(first, last, payment, untilMs)
  for i = first, last do redis.call('SET', KEYS[i], payment, 'PXAT', untilMs, 'NX') end
end
`;
