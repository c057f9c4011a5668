// The pages for administrators and for people with applications, in a real browser: one change of each without a
// script and by keyboard alone, every page looked at and judged by axe-core.  FULL=1 looks at all of them, with
// 10,000 clients and 60 sessions, at four widths, light and dark, with and without a script.
import fs from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";

const axe = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const full = process.env.FULL === "1";
const widths = full ? [320, 360, 768, 1280] : [360, 1280];
const schemes = ["light", "dark"];
const longName = "متجر الكتب " + "x".repeat(100);
const pages = ["/admin", "/admin/clients", "/admin/clients/new", "/admin/clients/ID", "/admin/clients/ID/edit",
	"/admin/clients/ID/delete", "/admin/clients/ID/authorizations", "/admin/users", "/admin/users/new", "/admin/users/admin",
	"/admin/users/admin/disable", "/admin/grants", "/admin/tokens", "/admin/sessions", "/admin/devices", "/admin/keys",
	"/admin/audit", "/admin/audit/verify", "/admin/server", "/admin/server/config", "/account", "/account/sessions",
	"/account/authorizations", "/apps", "/apps/new"];
const few = ["/admin", "/admin/clients", "/admin/clients/ID", "/admin/clients/ID/edit", "/admin/clients/ID/delete",
	"/admin/audit", "/account/sessions", "/apps/new"];

// One request of the admin API, by its socket.
function ask(socketPath, method, target, body) {
	return new Promise((resolve, reject) => {
		const request = http.request({ socketPath, method, path: "/api/admin/v1" + target,
			headers: body ? { "content-type": "application/json" } : {} }, (response) => {
			let text = "";
			response.on("data", (data) => (text += data)).on("end", () => resolve(JSON.parse(text)));
		});
		request.on("error", reject).end(body && JSON.stringify(body));
	});
}

async function fill(env) {
	const client = (name) => ask(env.ADMIN_SOCKET, "POST", "/clients", { name, grants: ["code", "device", "refresh"],
		redirect_uris: ["https://books.example/callback", "http://127.0.0.1/callback"] });
	for (let i = 0; full && i < 10000; i += 100)
		await Promise.all(Array.from({ length: 100 }, (_, n) => client(`Client ${i + n}`)));
	await ask(env.ADMIN_SOCKET, "POST", "/users", { username: "mia", full_name: "م".repeat(100), email: "mia@example.com" });
	return (await client(longName)).client_id;
}

async function judge(page, name, check) {
	await page.evaluate(axe);
	const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
	for (const one of found.violations)
		check(false, `${name}: axe-core: ${one.id}: ${one.nodes.slice(0, 3).map((n) => n.html.slice(0, 120)).join(" | ")}`);
	check(true, name);
}

// Tab until the element is focused: everything can be reached, and seen to be.
async function tabTo(page, selector, check) {
	for (let presses = 0; presses < 80; presses++) {
		await page.keyboard.press("Tab");
		if (await page.evaluate((s) => document.activeElement.matches(s), selector)) return;
	}
	check(false, `no way to ${selector} by keyboard at ${page.url()}`);
}

async function signIn(browser, { url }, password, options) {
	const context = await browser.newContext(options);
	const page = await context.newPage();
	await page.goto(url + "/login?next=/admin/clients");
	await page.fill("#username", "admin");
	await page.fill("#password", password);
	await page.click("button[type=submit]");
	return { context, page };
}

// An administrator disables a client, a person makes one: no script, no mouse.
async function change(browser, started, { check, password }, id) {
	const { context, page } = await signIn(browser, started, password, { javaScriptEnabled: false });
	check(page.url().endsWith("/admin/clients"), "signing in leads to where it was asked: " + page.url());
	await page.goto(`${started.url}/admin/clients/${id}`);
	await tabTo(page, "a[href$='/disable']", check);
	await page.keyboard.press("Enter");
	await page.waitForURL("**/disable");
	await tabTo(page, "form[method=post] button", check);
	await page.keyboard.press("Enter");
	await page.waitForURL((to) => to.search === "?done=client.disable");
	check((await page.textContent("main")).includes("disabled"), "the client is disabled");
	await page.goto(started.url + "/apps/new");
	await page.keyboard.type("Reading list");
	await tabTo(page, "[name=enable_auth_code_flow]", check);
	await page.keyboard.press("Space");
	await tabTo(page, "[name=redirect_uris]", check);
	await page.keyboard.type("https://reading.example/callback");
	await tabTo(page, "button[type=submit]", check);
	await page.keyboard.press("Enter");
	await page.waitForSelector("text=shown only once");
	check((await page.textContent("main")).includes("Client secret"), "a secret is shown");
	await context.close();
}

async function lookAtAll(browser, started, { check, look, password, problems }, id, options) {
	const { context, page } = await signIn(browser, started, password, options);
	const one = { width: options.viewport.width, colorScheme: options.colorScheme };
	page.on("console", (m) => m.type() === "error" && problems.push(`${page.url()}: console: ${m.text()}`));
	for (const target of full ? pages : few) {
		const name = "web" + target.replace("ID", "one").replaceAll("/", "-");
		await page.goto(started.url + target.replace("ID", id));
		await look(page, name, one);
		if (options.javaScriptEnabled) await judge(page, `${name} at ${one.width}, ${one.colorScheme}`, check);
	}
	await context.close();
}

export async function web(browser, started, tools) {
	const id = await fill(started.env);
	for (let i = 0; full && i < 60; i++) await (await signIn(browser, started, tools.password, {})).context.close();
	for (const width of widths)
		for (const colorScheme of schemes)
			for (const javaScriptEnabled of full ? [true, false] : [true])
				await lookAtAll(browser, started, tools, id,
					{ viewport: { width, height: 800 }, colorScheme, javaScriptEnabled });
	await change(browser, started, tools, id);
}
