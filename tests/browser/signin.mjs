// A person signs in to one authgate with another, in a real browser: signin.mjs PROGRAM DIRECTORY.
// Signs in as somebody new, connects and disconnects an account, lets a device in; a page that logs an
// error, is wider than its window, or breaks its own policy fails.
import fs from "node:fs";
import path from "node:path";
import { chromium } from "playwright-core";
import { check, checks, directory, freePort, home, password, problems, run, until } from "./common.mjs";

// Each has a host name of its own: cookies know no ports.
async function place(name, host) {
	const port = await freePort(), own = path.join(home, name);
	fs.mkdirSync(own);
	const env = {
		SERVER_ADDR: `127.0.0.1:${port}`, BASE_URL: `http://${host}:${port}`, UI_NAME: name,
		DATABASE_DSN: path.join(own, "authgate.db"), SESSION_SECRET: "kT8s0Qw3vB6nXr1ZyLm9EaPdHc5UfGj7" + name,
		DEFAULT_ADMIN_PASSWORD: password, CREDENTIALS_FILE: path.join(own, "credentials"),
		ENABLE_RATE_LIMIT: "false", DEVICE_POLL_INTERVAL: "1s", ADMIN_SOCKET: path.join(own, "admin.sock"), HOME: own,
	};
	return { url: env.BASE_URL, env, own };
}

async function start(server, ...options) {
	server.process = run(["server", ...options], server.env);
	await until("the server", () => fetch(server.url + "/readyz").then((r) => r.ok, () => false));
	return server;
}

async function look(page, name) {
	const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
	check(!wide, `${name} is wider than its window`);
	await page.screenshot({ path: path.join(directory, `signin-${name}.png`), fullPage: true });
}

// What the other server asks for, if it does.
async function throughOther(page, other) {
	if (page.url().startsWith(other.url + "/login")) {
		await page.fill("#username", "admin");
		await page.fill("#password", password);
		await page.click("form[action='/login'] button[type=submit]");
	}
	if (page.url().startsWith(other.url)) {
		await look(page, "consent-there");
		await page.click("button[value=approve]");
	}
}

async function newPage(browser) {
	const context = await browser.newContext({ viewport: { width: 360, height: 800 } });
	const page = await context.newPage();
	// Of an answer that says no, with the status for it, Chromium tells as well.
	page.on("console", (m) => m.type() === "error" && !m.text().includes("status of 409") && problems.push(`${page.url()}: console: ${m.text()}`));
	page.on("pageerror", (e) => problems.push(`${page.url()}: ${e}`));
	return page;
}

const withOther = "form[action='/auth/login/other'] button";

async function somebodyNew(browser, here, other) {
	const page = await newPage(browser);
	await page.goto(here.url + "/login?next=/account");
	await look(page, "login");
	await page.click(withOther);
	await throughOther(page, other);
	check(page.url() === here.url + "/auth/name", "the name admin is taken: " + page.url());
	await look(page, "name");
	await page.fill("#username", "casey");
	await page.click("form[action='/auth/name'] button[type=submit]");
	check(page.url() === here.url + "/account", "the account is shown: " + page.url());
	check((await page.textContent("body")).includes("casey"), "casey is signed in");
	await page.goto(here.url + "/logout");
	await page.click("form[action='/logout'] button[type=submit]");
	check((await page.textContent(withOther)).includes("Last used here"), "the button says that it was used last");
	await look(page, "login-again");
	return page;
}

// Back and forward do not disturb it.
async function lettingADeviceIn(page, here, other, clientId) {
	const env = { HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home, XDG_STATE_HOME: home };
	const login = run(["login", "--device", "--force", "--issuer", here.url, "--client-id", clientId], env);
	const link = await until("the link", () => /(http\S+user_code=\S+)/.exec(login.text)?.[1]);
	await page.goto(link);
	await page.goBack();
	await page.goForward();
	await page.click(withOther);
	await throughOther(page, other);
	check(page.url().startsWith(here.url + "/device"), "the device is where it goes on: " + page.url());
	await page.click("button[type=submit]");
	await look(page, "review");
	await page.click("button[value=approve]");
	check((await login.ended) === 0, "login ends well: " + login.text);
}

async function connecting(browser, here, other) {
	const page = await newPage(browser);
	await page.goto(here.url + "/login?next=/account/connections");
	await page.fill("#username", "admin");
	await page.fill("#password", password);
	await page.click("form[action='/login'] button[type=submit]");
	await page.click(withOther);
	await throughOther(page, other);
	check((await page.textContent("body")).includes("connected to another account"), "casey has that one: " + page.url());
	await look(page, "taken");
	const removed = run(["admin", "user", "delete", "casey", "--yes"], here.env);
	check((await removed.ended) === 0, "casey is deleted: " + removed.text);
	await page.goto(here.url + "/account/connections");
	await page.click(withOther);
	await throughOther(page, other);
	check((await page.textContent("body")).includes("Connected."), "it is connected: " + page.url());
	await look(page, "connected");
	await page.click("form[action$='/delete'] button");
	check((await page.textContent("body")).includes("has been removed"), "it is removed: " + page.url());
	await look(page, "removed");
}

const here = await place("here", "127.0.0.1"), other = await place("other", "localhost");
await start(other);
const made = run(["admin", "client", "create", "--name", "Here", "--grant", "code", "--redirect-uri",
	here.url + "/auth/callback/other", "--scope", "openid profile email", "--json"], other.env);
check((await made.ended) === 0, "a client is made: " + made.text);
const client = JSON.parse(made.text);
const config = path.join(here.own, "authgate.yaml");
fs.writeFileSync(config, `providers:\n  - name: other\n    label: Other\n    issuer: ${other.url}\n` +
	`    client_id: ${client.client_id}\n    client_secret: ${client.client_secret}\n`, { mode: 0o600 });
await start(here, "--config", config);
const clientId = /^client_id=(.*)$/m.exec(fs.readFileSync(path.join(here.own, "credentials"), "utf8"))[1];
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
try {
	const page = await somebodyNew(browser, here, other);
	await lettingADeviceIn(page, here, other, clientId);
	await connecting(browser, here, other);
} catch (error) {
	problems.push(String(error));
} finally {
	await browser.close();
	for (const server of [here, other]) {
		server.process.kill("SIGTERM");
		check((await server.process.ended) === 0, "the server stops cleanly");
	}
	fs.rmSync(home, { recursive: true });
}
for (const problem of problems) console.log("  browser: " + problem + ": FAILED");
console.log(`browser, two servers: ${Math.max(checks - problems.length, 0)} passed, ${problems.length} failed; pictures in ${directory}`);
process.exit(problems.length ? 1 : 0);
