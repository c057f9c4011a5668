// express-openid-connect with its defaults, but for the code flow, which it calls an option.
import express from "express";
import oidc from "express-openid-connect";
import { Browser, check, end, settings, signIn, test } from "./part.mjs";

const { id, secret } = settings.clients["made express"];
const baseURL = `http://127.0.0.1:${settings.ports.express}`;
const app = express();
app.use(oidc.auth({
	issuerBaseURL: settings.issuer, baseURL, clientID: id, clientSecret: secret,
	secret: "a secret for the cookies of the application", authRequired: true,
	authorizationParams: { response_type: "code", scope: "openid profile email" },
}));
app.get("/", async (request, response) => {
	response.json({ claims: request.oidc.user, info: await request.oidc.fetchUserInfo() });
});
app.use((problem, request, response, next) => {
	response.status(500).send(problem.message);
});
const server = app.listen(settings.ports.express, "127.0.0.1");

await test("a page that takes a sign-in", async () => {
	const browser = new Browser();
	const asked = await browser.fetch(`${baseURL}/`);
	check(asked.status === 302, `${asked.status} ${await asked.text()}`);
	const back = await browser.fetch(await signIn(asked.headers.get("location")));
	check(back.status === 302, `${back.status} ${await back.text()}`);
	const page = await (await browser.fetch(`${baseURL}/`)).json();
	check(page.claims.preferred_username === "admin", JSON.stringify(page));
	check(page.info.sub === page.claims.sub, JSON.stringify(page));
});
server.close();
end();
