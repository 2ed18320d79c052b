-- Sends the callbacks of a list, each once: BENCH_TEMPLATES, BENCH_LIST, BENCH_MODE (fresh, again, forged, or
-- batches: whole requests with target, signature and body).
local templates, sids, signatures, bodies = {}, {}, {}, {}
local sent, size, last = 0, 0, nil
local mode = os.getenv('BENCH_MODE')

for line in io.lines(os.getenv('BENCH_TEMPLATES')) do
  local fields = {}
  for field in (line .. '\t'):gmatch('([^\t]*)\t') do fields[#fields + 1] = field end
  templates[#templates + 1] = { path = table.remove(fields, 1), parts = fields }
end
for line in io.lines(os.getenv('BENCH_LIST')) do
  size = size + 1
  sids[size], signatures[size], bodies[size] = line:match('^(%S+)\t(%S+)\t?(.*)$')
end

function post(target, content, signature, body)
  return 'POST ' .. target .. ' HTTP/1.1\r\nHost: otel.example.com\r\nUser-Agent: TwilioProxy/1.1\r\nAccept: */*\r\n'
    .. 'Content-Type: ' .. content .. '\r\nX-Twilio-Signature: ' .. signature
    .. '\r\nI-Twilio-Idempotency-Token: 5b1b0a4e-8c6e-4b5a-9c3f-2f6f4d8e1a7b\r\nContent-Length: ' .. #body .. '\r\n\r\n' .. body
end

-- wrk calls request() once more than it sends while it starts; a list that is used up ends the run.
function request()
  local at = sent
  sent = sent + 1
  if mode == 'again' or mode == 'forged' then at = at % size end
  if at >= size then
    wrk.thread:stop()
    return last
  end
  if mode == 'batches' then
    last = post(sids[at + 1], 'application/json', signatures[at + 1], bodies[at + 1])
    return last
  end
  local template = templates[at % #templates + 1]
  local body = table.concat(template.parts, sids[at + 1])
  local signature = mode == 'forged' and 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' or signatures[at + 1]
  last = post(template.path, 'application/x-www-form-urlencoded; charset=UTF-8', signature, body)
  return last
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('{"requests":%d,"seconds":%f,"refused":%d,"broken":%d,"p50Ms":%f,"p99Ms":%f}\n',
    summary.requests, summary.duration / 1e6, errors.status, errors.connect + errors.read + errors.write,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
