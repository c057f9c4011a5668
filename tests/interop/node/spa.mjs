// oidc-client-ts in Debian's Chromium: a public application of another origin, with PKCE and CORS.
import fs from "node:fs";
import http from "node:http";
import { chromium } from "playwright-core";

const settings = JSON.parse(process.env.INTEROP);
const origin = `http://localhost:${settings.ports.spa}`;
const page_text = fs.readFileSync(new URL("spa.html", import.meta.url), "utf8").replace(
	"%SETTINGS%",
	encodeURIComponent(JSON.stringify({
		authority: settings.issuer, client_id: settings.clients.spa.id })));
const library = fs.readFileSync(
	new URL("node_modules/oidc-client-ts/dist/browser/oidc-client-ts.js", import.meta.url));
let failed = 0;

const site = http.createServer((request, reply) => {
	const is_library = request.url === "/oidc-client-ts.js";
	reply.setHeader("content-type", is_library ? "text/javascript" : "text/html");
	reply.end(is_library ? library : page_text);
});
await new Promise((resolve) => site.listen(settings.ports.spa, "localhost", resolve));

async function test(name, run) {
	try {
		await run();
		console.log(`ok - ${name}`);
	} catch (problem) {
		failed++;
		console.log(`not ok - ${name}: ${problem.message.replaceAll("\n", " ")}`);
	}
}

function check(good, what) {
	if (!good) throw new Error(what);
}

const browser = await chromium.launch({
	executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
const page = await (await browser.newContext()).newPage();
page.setDefaultTimeout(15000);
const violations = [];
page.on("console", (message) => {
	if (/content security policy|cors/i.test(message.text())) violations.push(message.text());
});

const status = (text) => page.waitForFunction(
	(wanted) => {
		const now = document.getElementById("status")?.textContent ?? "";
		if (now.startsWith("problem")) throw new Error(now);
		return now === wanted;
	}, text);

await test("sign-in through the server's pages", async () => {
	await page.goto(`${origin}/`);
	await status("signed out");
	await Promise.all([
		page.waitForURL(`${settings.issuer}/login?**`),
		page.evaluate(() => void manager.signinRedirect()),
	]);
	await page.fill("[name=username]", "admin");
	await page.fill("[name=password]", "correct horse battery");
	await page.click("form[action='/login'] button[type=submit]");
	await page.click("button[value=approve]");
	await page.waitForURL(`${origin}/callback?**`);
	await status("signed in");
});

await test("the ID token and userinfo are merged", async () => {
	const profile = await page.evaluate(() => user.profile);
	check(profile.preferred_username === "admin" && profile.email, JSON.stringify(profile));
	check(profile.iss === undefined || profile.iss === settings.issuer, "issuer");
});

await test("the refresh token rotates", async () => {
	const [before, after] = await page.evaluate(async () => {
		const old = user.refresh_token;
		window.user = await manager.signinSilent();
		return [old, user.refresh_token];
	});
	check(before && after && before !== after, "a new refresh token");
});

await test("the page may read userinfo", async () => {
	const sub = await page.evaluate(async (issuer) => {
		const reply = await fetch(`${issuer}/oauth/userinfo`, {
			headers: { authorization: `Bearer ${user.access_token}` } });
		return (await reply.json()).sub;
	}, settings.issuer);
	check(sub, "sub");
});

await test("pages of other origins may not", async () => {
	const token = await page.evaluate(() => user.access_token);
	await page.goto(`http://127.0.0.1:${new URL(settings.person).port}/`).catch(() => {});
	const answer = await page.evaluate(async ([issuer, bearer]) =>
		fetch(`${issuer}/oauth/userinfo`, { headers: { authorization: `Bearer ${bearer}` } })
			.then(() => "read", () => "refused"), [settings.issuer, token]);
	check(answer === "refused", answer);
	violations.length = 0;
});

await test("a stored sign-in outlives a new page", async () => {
	await page.goto(`${origin}/`);
	await status("still signed in");
});

await test("revocation", async () => {
	const status_after = await page.evaluate(async (issuer) => {
		const { access_token } = await manager.getUser();
		await manager.revokeTokens(["access_token", "refresh_token"]);
		const reply = await fetch(`${issuer}/oauth/userinfo`, {
			headers: { authorization: `Bearer ${access_token}` } });
		return reply.status;
	}, settings.issuer);
	check(status_after === 401, `userinfo says ${status_after}`);
});

await test("signing out at the server", async () => {
	// Not asked: the library sends the ID token of this session along.
	await page.evaluate(() => void manager.signoutRedirect());
	await status("signed out");
});

await test("no page broke a policy", async () => {
	check(violations.length === 0, violations.join("; "));
});

await browser.close();
site.close();
process.exitCode = failed ? 1 : 0;
