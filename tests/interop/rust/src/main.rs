//! openidconnect-rs with its defaults: discovery, a sign-in, the ID token judged, userinfo, a device.
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreDeviceAuthorizationResponse, CoreProviderMetadata,
    CoreUserInfoClaims,
};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClientId, ClientSecret, CsrfToken, DeviceAuthorizationUrl,
    IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, RedirectUrl, Scope, TokenResponse,
};
use openidconnect::reqwest::{blocking::Client, redirect::Policy, Url};
use serde_json::Value;
use std::error::Error;

type Outcome = Result<(), Box<dyn Error>>;

struct Given {
    all: Value,
    http: Client,
}

impl Given {
    fn text(&self, name: &str) -> String {
        self.all[name].as_str().unwrap_or_default().to_string()
    }

    fn of_client(&self, client: &str, name: &str) -> Option<String> {
        self.all["clients"][client][name].as_str().map(str::to_string)
    }

    fn person(&self, act: &str, name: &str, value: &str) -> Result<String, Box<dyn Error>> {
        let url = Url::parse_with_params(&format!("{}/{act}", self.text("person")), [(name, value)])?;
        let reply = self.http.get(url).send()?;
        if !reply.status().is_success() {
            return Err(reply.text()?.into());
        }
        Ok(reply.text()?)
    }

    fn metadata(&self) -> Result<CoreProviderMetadata, Box<dyn Error>> {
        Ok(CoreProviderMetadata::discover(&IssuerUrl::new(self.text("issuer"))?, &self.http)?)
    }
}

fn sign_in(given: &Given, name: &str) -> Outcome {
    let id = given.of_client(name, "id").ok_or("no such client")?;
    let client = CoreClient::from_provider_metadata(
        given.metadata()?,
        ClientId::new(id),
        given.of_client(name, "secret").map(ClientSecret::new),
    )
    .set_redirect_uri(RedirectUrl::new(
        given.of_client(name, "redirect_uri").ok_or("no redirect URI")?,
    )?);
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state, nonce) = client
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            CsrfToken::new_random,
            Nonce::new_random,
        )
        .add_scope(Scope::new("profile".into()))
        .add_scope(Scope::new("email".into()))
        .set_pkce_challenge(challenge)
        .url();
    let back = Url::parse(&given.person("sign-in", "url", url.as_str())?)?;
    let answer: std::collections::HashMap<_, _> = back.query_pairs().into_owned().collect();
    if answer.get("state") != Some(state.secret()) {
        return Err("another state".into());
    }
    let tokens = client
        .exchange_code(AuthorizationCode::new(answer.get("code").ok_or("no code")?.clone()))?
        .set_pkce_verifier(verifier)
        .request(&given.http)?;
    let id_token = tokens.id_token().ok_or("no ID token")?;
    let judge = client.id_token_verifier();
    let claims = id_token.claims(&judge, &nonce)?;
    let hash = AccessTokenHash::from_token(
        tokens.access_token(),
        id_token.signing_alg()?,
        id_token.signing_key(&judge)?,
    )?;
    if claims.access_token_hash() != Some(&hash) {
        return Err("at_hash is another's".into());
    }
    let info: CoreUserInfoClaims = client
        .user_info(tokens.access_token().clone(), Some(claims.subject().clone()))?
        .request(&given.http)?;
    match info.preferred_username().map(|name| name.as_str()) {
        Some("admin") => Ok(()),
        other => Err(format!("userinfo is of {other:?}").into()),
    }
}

fn device(given: &Given, name: &str) -> Outcome {
    let id = given.of_client(name, "id").ok_or("no such client")?;
    let url = DeviceAuthorizationUrl::new(given.text("issuer") + "/oauth/device/code")?;
    let client = CoreClient::from_provider_metadata(given.metadata()?, ClientId::new(id), None)
        .set_device_authorization_url(url);
    let asked: CoreDeviceAuthorizationResponse =
        client.exchange_device_code().add_scope(Scope::new("profile".into())).request(&given.http)?;
    given.person("approve", "user_code", asked.user_code().secret())?;
    let tokens = client.exchange_device_access_token(&asked)?.request(
        &given.http,
        std::thread::sleep,
        None,
    )?;
    tokens.id_token().map(|_| ()).ok_or_else(|| "no ID token".into())
}

fn main() {
    let all = serde_json::from_str(&std::env::var("INTEROP").expect("INTEROP")).expect("JSON");
    let http = Client::builder().redirect(Policy::none()).build().expect("a client");
    let given = Given { all, http };
    let cases: [(&str, fn(&Given, &str) -> Outcome, &str); 3] = [
        ("a web application", sign_in, "made web"),
        ("a public client", sign_in, "made tool"),
        ("a device", device, "made tool"),
    ];
    let mut failed = false;
    for (name, run, client) in cases {
        match run(&given, client) {
            Ok(()) => println!("ok - {name}"),
            Err(problem) => {
                failed = true;
                println!("not ok - {name}: {}", format!("{problem:?}").replace('\n', " "));
            }
        }
    }
    std::process::exit(i32::from(failed));
}
