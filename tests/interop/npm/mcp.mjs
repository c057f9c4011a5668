// The SDK of the Model Context Protocol: a client that knows a resource, finds the server that
// guards it, registers itself there, and gets a token for that resource.
import http from "node:http";
import { auth } from "@modelcontextprotocol/sdk/client/auth.js";
import { check, end, settings, signIn, test } from "./part.mjs";

const origin = `http://127.0.0.1:${settings.ports.mcp_npm}`;
const resource = `${origin}/mcp`;
const guarded = http.createServer((request, response) => {
	response.setHeader("content-type", "application/json");
	if (request.url.startsWith("/.well-known/oauth-protected-resource"))
		return response.end(JSON.stringify({ resource, authorization_servers: [settings.open_issuer] }));
	response.statusCode = 401;
	return response.end("{}");
}).listen(settings.ports.mcp_npm, "127.0.0.1");

class Provider {
	kept = {};
	get redirectUrl() { return "http://localhost:33418/callback"; }
	get clientMetadata() {
		return { client_name: "MCP client", redirect_uris: [this.redirectUrl],
			grant_types: ["authorization_code", "refresh_token"], response_types: ["code"],
			token_endpoint_auth_method: "none" };
	}
	clientInformation() { return this.kept.client; }
	saveClientInformation(client) { this.kept.client = client; }
	tokens() { return this.kept.tokens; }
	saveTokens(tokens) { this.kept.tokens = tokens; }
	redirectToAuthorization(url) { this.kept.url = url; }
	saveCodeVerifier(verifier) { this.kept.verifier = verifier; }
	codeVerifier() { return this.kept.verifier; }
}

const provider = new Provider();

await test("finds, registers, signs in", async () => {
	const first = await auth(provider, { serverUrl: resource });
	check(first === "REDIRECT", first);
	const reply = await fetch(`${settings.open_person}/sign-in?${
		new URLSearchParams({ url: provider.kept.url.href })}`);
	const back = await reply.text();
	check(reply.ok, back);
	const second = await auth(provider, {
		serverUrl: resource, authorizationCode: new URL(back).searchParams.get("code") });
	check(second === "AUTHORIZED", second);
	const [, payload] = provider.kept.tokens.access_token.split(".");
	const claims = JSON.parse(Buffer.from(payload, "base64url"));
	check(claims.aud === resource, JSON.stringify(claims));
});

await test("comes back with a refresh token", async () => {
	const before = provider.kept.tokens;
	check(before.refresh_token, JSON.stringify(Object.keys(before)));
	check(await auth(provider, { serverUrl: resource }) === "AUTHORIZED", "not by refresh");
	check(provider.kept.tokens.access_token !== before.access_token, "the same token");
});
guarded.close();
end();
