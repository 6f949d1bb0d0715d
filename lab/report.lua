-- What wrk counted, as one line of JSON for the lab.
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('{"completed":%d,"micros":%d,"failed":%d}\n', summary.requests, summary.duration,
    e.connect + e.read + e.write + e.status + e.timeout))
end
