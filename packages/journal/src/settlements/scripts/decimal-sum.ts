/** Adds decimal text, seven digits at a time: sums of amounts exceed what Lua and HINCRBY count exactly. */
export const DECIMAL_SUM = `
local function sum(left, right)
  local result, carry = '', 0
  while #left > 0 or #right > 0 or carry > 0 do
    local digits = (tonumber(string.sub(left, -7)) or 0) + (tonumber(string.sub(right, -7)) or 0) + carry
    left, right = string.sub(left, 1, -8), string.sub(right, 1, -8)
    carry = math.floor(digits / 10000000)
    result = string.format('%07.0f', digits % 10000000) .. result
  end
  return (string.gsub(result, '^0+(%d)', '%1'))
end
`;
