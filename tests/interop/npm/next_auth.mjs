// next-auth 4 with an `oauth` provider found by its wellKnown address, as pages of Next.js call it.
import express from "express";
import { createRequire } from "node:module";
import { Browser, check, end, settings, signIn, test } from "./part.mjs";

const { default: NextAuth } = createRequire(import.meta.url)("next-auth");
const { id, secret } = settings.clients["made next"];
const origin = `http://127.0.0.1:${settings.ports.next}`;
process.env.NEXTAUTH_URL = origin;
const options = {
	secret: "a secret for the cookies of the application",
	providers: [{
		id: "authgate", name: "authgate", type: "oauth", idToken: true, checks: ["pkce", "state"],
		wellKnown: `${settings.issuer}/.well-known/openid-configuration`,
		authorization: { params: { scope: "openid email profile" } },
		clientId: id, clientSecret: secret,
		profile: (claims) => ({ id: claims.sub, name: claims.name, email: claims.email }),
	}],
};

function cookiesOf(request) {
	const pairs = (request.headers.cookie ?? "").split("; ").filter(Boolean);
	return Object.fromEntries(pairs.map((pair) => {
		const [name, ...value] = pair.split("=");
		return [name, decodeURIComponent(value.join("="))];
	}));
}

const app = express();
app.use(express.urlencoded({ extended: false }));
app.all("/api/auth/*nextauth", (request, response, next) => {
	const query = { ...request.query, nextauth: request.params.nextauth };
	Object.defineProperty(request, "query", { value: query });
	request.cookies = cookiesOf(request);
	NextAuth(request, response, options).catch(next);
});
const server = app.listen(settings.ports.next, "127.0.0.1");

await test("a sign-in and its session", async () => {
	const browser = new Browser();
	const { csrfToken } = await (await browser.fetch(`${origin}/api/auth/csrf`)).json();
	const asked = await browser.fetch(`${origin}/api/auth/signin/authgate`, {
		method: "POST", body: new URLSearchParams({ csrfToken, callbackUrl: origin }) });
	const where = asked.headers.get("location");
	check(where?.startsWith(settings.issuer), `${asked.status} ${where} ${await asked.text()}`);
	const back = await browser.fetch(await signIn(where));
	check(!/error/.test(back.headers.get("location")), back.headers.get("location"));
	const session = await (await browser.fetch(`${origin}/api/auth/session`)).json();
	check(session.user?.email === "admin@localhost", JSON.stringify(session));
});
server.close();
end();
