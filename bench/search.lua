-- Asks for one of the queries of a file after the other, beginning at another place in each thread.
local queries, turn = {}, 0
function init(arguments)
  for line in io.lines(arguments[1]) do queries[#queries + 1] = line end
  math.randomseed(os.time() + tonumber(tostring({}):match("0x(%x+)"), 16) % 1000)
  turn = math.random(#queries)
end
function request()
  turn = turn % #queries + 1
  return wrk.format("GET", "/experts?" .. queries[turn])
end
function done(summary, latency)
  io.write(string.format("figures %.3f %.3f %.1f %d\n", latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    summary.requests / (summary.duration / 1e6), summary.errors.status + summary.errors.timeout))
end
