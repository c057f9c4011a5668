// Every grant through oauth4webapi, which checks what it is told: issuers, states, ID tokens with
// their signatures, content types, and that nothing is missing.
import * as oauth from "oauth4webapi";

const settings = JSON.parse(process.env.INTEROP);
const http = { [oauth.allowInsecureRequests]: true };
const issuer = new URL(settings.issuer);
let failed = 0;

async function test(name, run) {
	try {
		await run();
		console.log(`ok - ${name}`);
	} catch (problem) {
		failed++;
		console.log(`not ok - ${name}: ${problem.message} ${JSON.stringify(problem.cause ?? "")}`);
		console.error(problem.stack);
	}
}

function check(good, what) {
	if (!good) throw new Error(what);
}

async function person(act, query) {
	const reply = await fetch(`${settings.person}/${act}?${new URLSearchParams(query)}`);
	const text = await reply.text();
	check(reply.ok, text);
	return text;
}

const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http));

let registered;
const auths = {
	client_secret_basic: oauth.ClientSecretBasic,
	client_secret_post: oauth.ClientSecretPost,
	none: oauth.None,
};

function who(name) {
	if (name === "registered") {
		const { client, method } = registered;
		return { client, auth: auths[method](client.client_secret) };
	}
	const { id, secret } = settings.clients[name];
	const auth = {
		basic: () => oauth.ClientSecretBasic(secret),
		odd: () => oauth.ClientSecretBasic(secret),
		post: () => oauth.ClientSecretPost(secret),
		machine: () => oauth.ClientSecretBasic(secret),
	}[name] ?? oauth.None;
	return { client: { client_id: id }, auth: auth() };
}

async function authorize(name, redirect_uri, extra = {}) {
	const { client } = who(name);
	const verifier = oauth.generateRandomCodeVerifier();
	const state = oauth.generateRandomState();
	const nonce = oauth.generateRandomNonce();
	const url = new URL(as.authorization_endpoint);
	const params = {
		client_id: client.client_id,
		redirect_uri,
		response_type: "code",
		scope: "openid profile email offline_access",
		code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
		code_challenge_method: "S256",
		state,
		nonce,
		...extra,
	};
	for (const [key, value] of Object.entries(params)) url.searchParams.set(key, value);
	const back = new URL(await person("sign-in", { url: url.href }));
	return { parameters: oauth.validateAuthResponse(as, client, back, state), verifier, nonce };
}

async function signIn(name, redirect_uri = settings.clients[name].redirect_uri, extra = {}) {
	const { client, auth } = who(name);
	const { parameters, verifier, nonce } = await authorize(name, redirect_uri, extra);
	const reply = await oauth.authorizationCodeGrantRequest(
		as, client, auth, parameters, redirect_uri, verifier, http);
	const tokens = await oauth.processAuthorizationCodeResponse(as, client, reply, {
		expectedNonce: nonce,
		maxAge: extra.max_age ? Number(extra.max_age) : undefined,
		requireIdToken: true,
	});
	await oauth.validateApplicationLevelSignature(as, reply, http);
	return tokens;
}

async function userinfo(name, tokens) {
	const { client } = who(name);
	const { sub } = oauth.getValidatedIdTokenClaims(tokens);
	const reply = await oauth.userInfoRequest(as, client, tokens.access_token, http);
	return oauth.processUserInfoResponse(as, client, sub, reply);
}

async function introspect(name, token) {
	const { client, auth } = who(name);
	const reply = await oauth.introspectionRequest(as, client, auth, token, http);
	return oauth.processIntrospectionResponse(as, client, reply);
}

await test("authorization server metadata (RFC 8414)", async () => {
	const reply = await oauth.discoveryRequest(issuer, { ...http, algorithm: "oauth2" });
	const other = await oauth.processDiscoveryResponse(issuer, reply);
	check(other.token_endpoint === as.token_endpoint, "both documents name the same endpoint");
});

for (const name of ["basic", "post", "public"]) {
	await test(`code flow, PKCE, ID token, userinfo: ${name}`, async () => {
		const tokens = await signIn(name);
		const info = await userinfo(name, tokens);
		check(info.preferred_username === "admin" && info.email, JSON.stringify(info));
	});
	await test(`refresh: ${name}`, async () => {
		const { client, auth } = who(name);
		const tokens = await signIn(name);
		const reply = await oauth.refreshTokenGrantRequest(as, client, auth, tokens.refresh_token, http);
		const renewed = await oauth.processRefreshTokenResponse(as, client, reply);
		await oauth.validateApplicationLevelSignature(as, reply, http);
		check(renewed.access_token !== tokens.access_token, "a new access token");
		check(await userinfo(name, renewed), "which works");
	});
	await test(`revocation: ${name}`, async () => {
		const { client, auth } = who(name);
		const tokens = await signIn(name);
		const reply = await oauth.revocationRequest(as, client, auth, tokens.refresh_token, http);
		await oauth.processRevocationResponse(reply);
		const error = await userinfo(name, tokens).catch((e) => e);
		check(error.code === oauth.WWW_AUTHENTICATE_CHALLENGE, `dead afterwards: ${error}`);
		check(error.cause[0].scheme === "bearer", "which the challenge explains");
		check(error.cause[0].parameters.error === "invalid_token", "by its error");
	});
	await test(`device grant: ${name}`, async () => {
		const { client, auth } = who(name);
		const asked = await oauth.processDeviceAuthorizationResponse(as, client,
			await oauth.deviceAuthorizationRequest(as, client, auth, { scope: "openid offline_access" }, http));
		const poll = async () => oauth.processDeviceCodeResponse(as, client,
			await oauth.deviceCodeGrantRequest(as, client, auth, asked.device_code, http));
		const early = await poll().catch((e) => e);
		check(early.error === "authorization_pending", early.message);
		await person("approve", { user_code: asked.user_code });
		const tokens = await poll();
		check(oauth.getValidatedIdTokenClaims(tokens).sub, "an ID token comes along");
		check(await userinfo(name, tokens), "userinfo");
	});
}

for (const name of ["basic", "post"]) {
	await test(`introspection: ${name}`, async () => {
		const tokens = await signIn(name);
		const live = await introspect(name, tokens.access_token);
		check(live.active && live.client_id === settings.clients[name].id, JSON.stringify(live));
		check((await introspect(name, tokens.refresh_token)).active, "of refresh tokens as well");
		check(!(await introspect(name, "nonsense")).active, "and of nonsense");
	});
}

await test("a secret of odd characters in the Basic scheme", async () => {
	check((await signIn("odd")).access_token, "tokens");
});

await test("native client on a port of its choice (RFC 8252)", async () => {
	const tokens = await signIn("native", "http://127.0.0.1:49321/cb");
	check(await userinfo("native", tokens), "userinfo");
});

await test("client credentials", async () => {
	const { client, auth } = who("machine");
	const reply = await oauth.clientCredentialsGrantRequest(as, client, auth, { scope: "read" }, http);
	const tokens = await oauth.processClientCredentialsResponse(as, client, reply);
	check(tokens.scope === "read" && !tokens.refresh_token, JSON.stringify(tokens));
});

await test("access tokens are those of RFC 9068", async () => {
	const tokens = await signIn("basic", undefined, { resource: "https://api.example/v1" });
	const request = new Request("https://api.example/v1/things", {
		headers: { authorization: `Bearer ${tokens.access_token}` },
	});
	const claims = await oauth.validateJwtAccessToken(as, request, "https://api.example/v1", http);
	check(claims.client_id === settings.clients.basic.id, JSON.stringify(claims));
});

await test("max_age and auth_time", async () => {
	const tokens = await signIn("basic", undefined, { max_age: "60" });
	check(oauth.getValidatedIdTokenClaims(tokens).auth_time > 0, "auth_time");
});

await test("an error comes back with state and issuer", async () => {
	const error = await authorize("basic", settings.clients.basic.redirect_uri, { scope: "unknown" })
		.catch((e) => e);
	check(error.code === oauth.AUTHORIZATION_RESPONSE_ERROR, error.message);
	check(error.error === "invalid_scope", error.error);
});

await test("errors of the token endpoint are understood", async () => {
	const { client } = who("basic");
	const reply = await oauth.clientCredentialsGrantRequest(
		as, client, oauth.ClientSecretBasic("wrong"), {}, http);
	const error = await oauth.processClientCredentialsResponse(as, client, reply).catch((e) => e);
	check(error.error === "invalid_client" || error.code === oauth.WWW_AUTHENTICATE_CHALLENGE,
		error.message);
});

for (const method of ["client_secret_basic", "client_secret_post", "none"]) {
	await test(`registration (RFC 7591), then a sign-in: ${method}`, async () => {
		const redirect_uri = "https://app.example/cb";
		const reply = await oauth.dynamicClientRegistrationRequest(as, {
			client_name: "Registered",
			redirect_uris: [redirect_uri],
			grant_types: ["authorization_code", "refresh_token"],
			response_types: ["code"],
			token_endpoint_auth_method: method,
			id_token_signed_response_alg: "RS256",
		}, { ...http, initialAccessToken: settings.initial_token });
		const client = await oauth.processDynamicClientRegistrationResponse(reply);
		check(client.id_token_signed_response_alg === "RS256", JSON.stringify(client));
		registered = { client, method };
		const tokens = await signIn("registered", redirect_uri);
		check(await userinfo("registered", tokens), "userinfo");
	});
}

await test("registration without the initial access token is refused", async () => {
	const reply = await oauth.dynamicClientRegistrationRequest(as, {
		redirect_uris: ["https://app.example/cb"] }, http);
	const error = await oauth.processDynamicClientRegistrationResponse(reply).catch((e) => e);
	check(error.code === oauth.WWW_AUTHENTICATE_CHALLENGE, error.message);
});

process.exitCode = failed ? 1 : 0;
