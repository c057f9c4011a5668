import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jwt.JWTParser;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.openid.connect.sdk.Nonce;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import com.nimbusds.openid.connect.sdk.validators.IDTokenValidator;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.springframework.security.oauth2.client.authentication.OAuth2LoginAuthenticationToken;
import org.springframework.security.oauth2.client.endpoint.RestClientAuthorizationCodeTokenResponseClient;
import org.springframework.security.oauth2.client.oidc.authentication.OidcAuthorizationCodeAuthenticationProvider;
import org.springframework.security.oauth2.client.oidc.userinfo.OidcUserService;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.ClientRegistrations;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationExchange;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationRequest;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationResponse;
import org.springframework.security.oauth2.jwt.JwtDecoders;

/** Spring Security as a client and as a resource server, and Nimbus' validator, with their defaults. */
public class Interop {
	private static final HttpClient http = HttpClient.newHttpClient();
	private static JsonNode given;
	private static boolean failed;

	private interface Case {
		void run() throws Exception;
	}

	private static void test(String name, Case run) {
		try {
			run.run();
			System.out.println("ok - " + name);
		} catch (Throwable problem) {
			failed = true;
			System.out.println("not ok - " + name + ": " + ("" + problem).replaceAll("\\s+", " "));
			problem.printStackTrace();
		}
	}

	private static void check(boolean good, Object what) {
		if (!good)
			throw new IllegalStateException("" + what);
	}

	private static String encode(String text) {
		return URLEncoder.encode(text, StandardCharsets.UTF_8);
	}

	private static Map<String, String> signIn(String url) throws Exception {
		HttpResponse<String> reply = http.send(HttpRequest.newBuilder(URI.create(
			given.get("person").asText() + "/sign-in?url=" + encode(url))).build(),
			HttpResponse.BodyHandlers.ofString());
		check(reply.statusCode() == 200, reply.body());
		return Arrays.stream(URI.create(reply.body()).getRawQuery().split("&"))
			.map(pair -> pair.split("=", 2))
			.collect(Collectors.toMap(pair -> pair[0],
				pair -> java.net.URLDecoder.decode(pair[1], StandardCharsets.UTF_8)));
	}

	private static ClientRegistration spring(String name) {
		JsonNode client = given.get("clients").get(name);
		return ClientRegistrations.fromIssuerLocation(given.get("issuer").asText())
			.registrationId("authgate").clientId(client.get("id").asText())
			.clientSecret(client.get("secret").asText())
			.redirectUri(client.get("redirect_uri").asText())
			.scope("openid", "profile", "email").build();
	}

	/** As its filters do it, one after the other. */
	private static OAuth2LoginAuthenticationToken login(String name) throws Exception {
		ClientRegistration registration = spring(name);
		OAuth2AuthorizationRequest request = OAuth2AuthorizationRequest.authorizationCode()
			.authorizationUri(registration.getProviderDetails().getAuthorizationUri())
			.clientId(registration.getClientId()).redirectUri(registration.getRedirectUri())
			.scopes(registration.getScopes()).state("the state").build();
		Map<String, String> answer = signIn(request.getAuthorizationRequestUri());
		OAuth2AuthorizationResponse response = OAuth2AuthorizationResponse.success(answer.get("code"))
			.redirectUri(registration.getRedirectUri()).state(answer.get("state")).build();
		OidcAuthorizationCodeAuthenticationProvider provider =
			new OidcAuthorizationCodeAuthenticationProvider(
				new RestClientAuthorizationCodeTokenResponseClient(), new OidcUserService());
		return (OAuth2LoginAuthenticationToken) provider.authenticate(new OAuth2LoginAuthenticationToken(
			registration, new OAuth2AuthorizationExchange(request, response)));
	}

	public static void main(String[] arguments) throws Exception {
		given = new ObjectMapper().readTree(System.getenv("INTEROP"));
		String issuer = given.get("issuer").asText();

		test("Spring Security: a sign-in with its userinfo", () -> {
			OAuth2LoginAuthenticationToken token = login("made web");
			check("admin".equals(token.getPrincipal().getAttribute("preferred_username")),
				token.getPrincipal().getAttributes());
		});
		test("Spring Security: a resource server, of a client whose tokens have typ JWT", () -> {
			String token = login("made spring").getAccessToken().getTokenValue();
			check(JwtDecoders.fromIssuerLocation(issuer).decode(token).getSubject() != null, token);
		});
		test("Nimbus: an ID token", () -> {
			JsonNode client = given.get("clients").get("made web");
			String url = issuer + "/oauth/authorize?response_type=code&scope=openid&nonce=the-nonce"
				+ "&client_id=" + client.get("id").asText()
				+ "&redirect_uri=" + encode(client.get("redirect_uri").asText());
			HttpResponse<String> reply = http.send(HttpRequest.newBuilder(URI.create(issuer + "/oauth/token"))
				.header("content-type", "application/x-www-form-urlencoded")
				.POST(HttpRequest.BodyPublishers.ofString("grant_type=authorization_code&code="
					+ encode(signIn(url).get("code")) + "&client_id=" + client.get("id").asText()
					+ "&client_secret=" + encode(client.get("secret").asText())
					+ "&redirect_uri=" + encode(client.get("redirect_uri").asText()))).build(),
				HttpResponse.BodyHandlers.ofString());
			String idToken = new ObjectMapper().readTree(reply.body()).get("id_token").asText();
			OIDCProviderMetadata metadata = OIDCProviderMetadata.resolve(new Issuer(issuer));
			IDTokenValidator validator = new IDTokenValidator(new Issuer(issuer),
				new ClientID(client.get("id").asText()), JWSAlgorithm.RS256,
				metadata.getJWKSetURI().toURL());
			check(validator.validate(JWTParser.parse(idToken), new Nonce("the-nonce")) != null, idToken);
		});
		System.exit(failed ? 1 : 0);
	}
}
