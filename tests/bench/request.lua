-- One kind of request, from the environment: BENCH_PATH, BENCH_BODY (a form), BENCH_HEADERS (one in a
-- line); BENCH_ITEMS, a file of which each request takes the next line (BENCH_AGAIN: from the start
-- again); BENCH_FOLLOW, the member of a reply that is a further item; BENCH_STATUS, what a reply is.
local path, body = os.getenv("BENCH_PATH"), os.getenv("BENCH_BODY")
local again, follow, expected = os.getenv("BENCH_AGAIN"), os.getenv("BENCH_FOLLOW"), os.getenv("BENCH_STATUS")
local headers = {}
local items, place = {}, 0
local counted = 0
slow_downs, answers, failures = 0, 0, 0
local threads = {}

function setup(thread)
	table.insert(threads, thread)
end

function init()
	if body then headers["Content-Type"] = "application/x-www-form-urlencoded" end
	for name, value in (os.getenv("BENCH_HEADERS") or ""):gmatch("([^\n:]+): ([^\n]*)") do headers[name] = value end
	if os.getenv("BENCH_ITEMS") then
		for line in io.lines(os.getenv("BENCH_ITEMS")) do table.insert(items, line) end
	end
	if #items == 0 then
		local fixed = wrk.format(body and "POST" or "GET", path, headers, body)
		request = function() return fixed end
	end
end

-- Without items left the request is wrong, and its reply is counted as such.
function request()
	place = place + 1
	if again and place > #items then place = 1 end
	return wrk.format("POST", path, headers, body .. (items[place] or ""))
end

-- A reply of the wrong kind makes a figure worthless: every 16th is looked at.
function response(status, _, text)
	if follow then
		local item = text:match('"' .. follow .. '":"([^"]+)"')
		if item then table.insert(items, item) end
	end
	counted = counted + 1
	if counted % 16 ~= 0 then return end
	answers = answers + 1
	if text:find("slow_down", 1, true) then
		slow_downs = slow_downs + 1
	elseif expected and status ~= tonumber(expected) then
		failures = failures + 1
	end
end

function done(summary, latency)
	local slow, seen, bad = 0, 0, 0
	for _, thread in ipairs(threads) do
		slow, seen, bad = slow + thread:get("slow_downs"), seen + thread:get("answers"), bad + thread:get("failures")
	end
	print(string.format('RESULT {"requests": %d, "us": %d, "p50_us": %d, "p99_us": %d, "errors": %d, '
		.. '"slow_down": %.4f, "wrong": %.4f}', summary.requests, summary.duration, latency:percentile(50),
		latency:percentile(99), summary.errors.connect + summary.errors.read + summary.errors.write
		+ summary.errors.timeout, slow / math.max(seen, 1), bad / math.max(seen, 1)))
end
