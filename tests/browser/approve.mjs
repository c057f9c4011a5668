// A person signs in a command line tool with a real browser, and an application with two tabs and
// two clicks: approve.mjs PROGRAM DIRECTORY.
// Pictures of every page are taken at two widths, light and dark; a page that logs an error, is
// wider than its window, or breaks its own policy fails.
import { createHash, randomBytes } from "node:crypto";
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { chromium } from "playwright-core";
import { check, checks, directory, freePort, home, password, problems, run, until } from "./common.mjs";
import { web } from "./web.mjs";

const looks = [360, 1280].flatMap((width) => ["light", "dark"].map((colorScheme) => ({ width, colorScheme })));

async function startServer() {
	const port = await freePort();
	const url = `http://127.0.0.1:${port}`;
	const env = {
		SERVER_ADDR: `127.0.0.1:${port}`, BASE_URL: url, DATABASE_DSN: path.join(home, "authgate.db"),
		SESSION_SECRET: "kT8s0Qw3vB6nXr1ZyLm9EaPdHc5UfGj7", DEFAULT_ADMIN_PASSWORD: password,
		CREDENTIALS_FILE: path.join(home, "credentials"), ENABLE_RATE_LIMIT: "false", DEVICE_POLL_INTERVAL: "1s",
		ADMIN_SOCKET: path.join(home, "admin.sock"), HOME: home,
	};
	const server = run(["server"], env);
	await until("the server", () => fetch(url + "/readyz").then((r) => r.ok, () => false));
	const clientId = /^client_id=(.*)$/m.exec(fs.readFileSync(path.join(home, "credentials"), "utf8"))[1];
	return { server, url, clientId, env };
}

async function look(page, name, { width, colorScheme }) {
	const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
	check(!wide, `${name} is wider than ${width} px`);
	const file = path.join(directory, `${name}-${width}-${colorScheme}.png`);
	await page.screenshot({ path: file, fullPage: true });
	check(fs.statSync(file).size > 2000, `${name}: empty picture`);
}

async function approve(browser, { url, clientId }, one) {
	const env = { HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home, XDG_STATE_HOME: home };
	const login = run(["login", "--device", "--force", "--issuer", url, "--client-id", clientId], env);
	const link = await until("the link", () => /(http\S+user_code=\S+)/.exec(login.text)?.[1]);
	const context = await browser.newContext({
		viewport: { width: one.width, height: 800 }, colorScheme: one.colorScheme, javaScriptEnabled: true });
	const page = await context.newPage();
	page.on("console", (m) => m.type() === "error" && problems.push(`${page.url()}: console: ${m.text()}`));
	page.on("pageerror", (e) => problems.push(`${page.url()}: ${e}`));
	page.on("requestfailed", (r) => problems.push(`${r.url()}: ${r.failure()?.errorText}`));
	page.on("request", (r) => check(r.url().startsWith(url), `request to ${r.url()}`));

	await page.goto(link);
	await look(page, "login", one);
	await page.fill("#username", "admin");
	await page.fill("#password", password);
	await page.click("button[type=submit]");
	await look(page, "device", one);
	check((await page.inputValue("#user_code")).length >= 8, "the link fills in the code");
	await page.click("button[type=submit]");
	await look(page, "review", one);
	check((await page.textContent("main, body")).includes("AuthGate CLI"), "the review names the client");
	await page.click("button[value=approve]");
	await look(page, "result", one);
	check((await login.ended) === 0, "login ends well: " + login.text);
	await context.close();
	return env;
}

// An application on this computer: what its browser brings back.
async function startApplication() {
	const answers = [];
	const listener = http.createServer((request, response) => {
		if (request.url.startsWith("/cb")) answers.push(new URL(request.url, "http://app").searchParams);
		response.setHeader("content-type", "text/html");
		response.end("<!doctype html><title>App</title><h1>Signed in</h1>");
	});
	await new Promise((resolve) => listener.listen(0, "127.0.0.1", resolve));
	return { listener, answers, uri: `http://127.0.0.1:${listener.address().port}/cb` };
}

function challenge(verifier) {
	return createHash("sha256").update(verifier).digest("base64url");
}

async function fillIn(page, wrong) {
	await page.fill("#username", "admin");
	await page.fill("#password", wrong ? "not the password" : password);
	await page.click("button[type=submit]");
}

// Two sign-in pages of one browser; a wrong password, reloaded and gone back to.
async function twoTabs(browser, { url }, one) {
	const context = await browser.newContext({ viewport: { width: one.width, height: 800 }, colorScheme: one.colorScheme });
	const first = await context.newPage(), second = await context.newPage();
	await first.goto(url + "/login?next=/device");
	await second.goto(url + "/login?next=/account");
	await fillIn(first, true);
	await first.waitForURL("**/login?**problem=**");
	await first.reload();
	check((await first.inputValue("#username")) === "admin", "the name is still there after a reload");
	await look(first, "login-wrong", one);
	await fillIn(first);
	check(first.url().endsWith("/device"), "the first tab goes on: " + first.url());
	await fillIn(second);
	check(second.url().endsWith("/account"), "the second tab goes on: " + second.url());
	await look(second, "account", one);
	for (const name of ["sessions", "authorizations"]) {
		await second.goto(`${url}/account/${name}`);
		await look(second, name, one);
	}
	await second.goto(url + "/nowhere");
	await look(second, "error", one);
	await second.click("a[lang=zh-TW]");
	check((await second.getAttribute("html", "lang")) === "zh-TW", "the language can be chosen");
	await look(second, "error-zh", one);
	await context.close();
}

// Two clicks on Allow bring the application one sign-in; Back says that it was used.
async function consent(browser, { url, env }, one) {
	const app = await startApplication();
	const made = run(["admin", "client", "create", "--name", "Photo album", "--type", "public", "--grant", "code",
		"--redirect-uri", app.uri, "--scope", "openid profile email", "--json"], env);
	check((await made.ended) === 0, "a client is made: " + made.text);
	const client = JSON.parse(made.text).client_id, verifier = randomBytes(32).toString("base64url");
	const query = new URLSearchParams({ response_type: "code", client_id: client, redirect_uri: app.uri,
		scope: "openid profile", state: "s", code_challenge: challenge(verifier), code_challenge_method: "S256" });
	const context = await browser.newContext({ viewport: { width: one.width, height: 800 }, colorScheme: one.colorScheme });
	const page = await context.newPage();
	await page.goto(`${url}/oauth/authorize?${query}`);
	await fillIn(page);
	await look(page, "consent", one);
	await page.dblclick("button[value=approve]");
	await page.waitForURL("**/cb?**");
	const answer = app.answers.at(-1);
	const tokens = await fetch(url + "/oauth/token", { method: "POST", body: new URLSearchParams({
		grant_type: "authorization_code", code: answer.get("code"), redirect_uri: app.uri, client_id: client,
		code_verifier: verifier }) });
	check(tokens.status === 200, "the code after two clicks is good: " + await tokens.text());
	await page.goBack();
	check((await page.textContent("h1")).includes("already allowed"), "Back says that it was used: " + page.url());
	await look(page, "consent-done", one);
	await context.close();
	app.listener.close();
}

const started = await startServer();
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
try {
	let env;
	for (const one of looks) env = await approve(browser, started, one);
	for (const one of [looks[0], looks[3]]) {
		await twoTabs(browser, started, one);
		await consent(browser, started, one);
	}
	await web(browser, started, { check, look, problems, password });
	const token = run(["token"], env);
	check((await token.ended) === 0 && /\w+\.\w+/.test(token.text), "token prints an access token");
} catch (error) {
	problems.push(String(error));
} finally {
	await browser.close();
	started.server.kill("SIGTERM");
	check((await started.server.ended) === 0, "the server stops cleanly");
	fs.rmSync(home, { recursive: true });
}
for (const problem of problems) console.log("  browser: " + problem + ": FAILED");
console.log(`browser: ${Math.max(checks - problems.length, 0)} passed, ${problems.length} failed; pictures in ${directory}`);
process.exit(problems.length ? 1 : 0);
