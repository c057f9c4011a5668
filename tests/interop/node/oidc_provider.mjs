// An authorization server not written here (npm oidc-provider), for `authgate login`; with the address of
// a callback also for a server that people sign in to with it.
// Prints its issuer when it listens; its own development pages ask for login and consent.
import http from "node:http";
import Provider from "oidc-provider";

const server = http.createServer();
server.listen(0, "127.0.0.1", () => {
	const issuer = `http://127.0.0.1:${server.address().port}`;
	const grants = ["authorization_code", "refresh_token",
		"urn:ietf:params:oauth:grant-type:device_code"];
	const provider = new Provider(issuer, {
		clients: [{
			client_id: "cli", application_type: "native", grant_types: grants,
			redirect_uris: ["http://127.0.0.1/callback"], response_types: ["code"],
			token_endpoint_auth_method: "none",
		}, {
			client_id: "confidential", client_secret: "a secret: of %41 its own",
			application_type: "native", grant_types: grants,
			redirect_uris: ["http://127.0.0.1/callback"], response_types: ["code"],
		}, ...(process.argv[2] ? [{
			client_id: "relying", client_secret: "a secret: of %41 its own", redirect_uris: [process.argv[2]],
			grant_types: ["authorization_code"], response_types: ["code"], application_type: "native",
			post_logout_redirect_uris: [new URL("/oauth/logout", process.argv[2]).href],
		}] : [])],
		claims: { profile: ["preferred_username"] },
		conformIdTokenClaims: false,
		cookies: { keys: ["only for tests"] },
		features: { deviceFlow: { enabled: true }, revocation: { enabled: true } },
		findAccount: (_, id) => ({
			accountId: id,
			claims: () => ({ sub: id, preferred_username: id }),
		}),
		issueRefreshToken: () => true,
		pkce: { required: () => true, methods: ["S256"] },
		rotateRefreshToken: () => true,
		ttl: { AccessToken: 20 },
	});
	server.on("request", provider.callback());
	console.log(issuer);
});
