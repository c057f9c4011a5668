// zitadel/oidc as a relying party with its defaults, and golang.org/x/oauth2, which names itself
// at the device endpoint and sends its secret only where it redeems.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/client/rp"
	"github.com/zitadel/oidc/v3/pkg/client/rs"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"golang.org/x/oauth2"
)

type client struct {
	ID          string `json:"id"`
	Secret      string `json:"secret"`
	RedirectURI string `json:"redirect_uri"`
}

var given struct {
	Issuer  string            `json:"issuer"`
	Person  string            `json:"person"`
	Clients map[string]client `json:"clients"`
}

var failed bool

func test(name string, run func() error) {
	if err := run(); err != nil {
		failed = true
		fmt.Printf("not ok - %s: %s\n", name, strings.Join(strings.Fields(err.Error()), " "))
		return
	}
	fmt.Printf("ok - %s\n", name)
}

func person(act, name, value string) (string, error) {
	reply, err := http.Get(given.Person + "/" + act + "?" + name + "=" + url.QueryEscape(value))
	if err != nil {
		return "", err
	}
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	if err == nil && reply.StatusCode != 200 {
		err = fmt.Errorf("the person: %s", text)
	}
	return string(text), err
}

// A sign-in through zitadel's own handlers, with a browser that keeps their cookies.
func signIn(ctx context.Context, c client, options ...rp.Option) (*oidc.Tokens[*oidc.IDTokenClaims], error) {
	party, err := rp.NewRelyingPartyOIDC(ctx, given.Issuer, c.ID, c.Secret, c.RedirectURI,
		[]string{"openid", "profile", "email", "offline_access"}, options...)
	if err != nil {
		return nil, err
	}
	verifier := oauth2.GenerateVerifier()
	asked := rp.AuthURL("the state", party, rp.WithCodeChallenge(oidc.NewSHACodeChallenge(verifier)))
	back, err := person("sign-in", "url", asked)
	if err != nil {
		return nil, err
	}
	answer, err := url.Parse(back)
	if err != nil {
		return nil, err
	}
	tokens, err := rp.CodeExchange[*oidc.IDTokenClaims](ctx, answer.Query().Get("code"), party,
		rp.WithCodeVerifier(verifier))
	if err != nil {
		return nil, err
	}
	info, err := rp.Userinfo[*oidc.UserInfo](ctx, tokens.AccessToken, tokens.TokenType,
		tokens.IDTokenClaims.Subject, party)
	if err != nil {
		return nil, err
	}
	if info.PreferredUsername != "admin" {
		return nil, fmt.Errorf("userinfo is of %q", info.PreferredUsername)
	}
	renewed, err := rp.RefreshTokens[*oidc.IDTokenClaims](ctx, party, tokens.RefreshToken, "", "")
	if err == nil && renewed.AccessToken == tokens.AccessToken {
		err = fmt.Errorf("the same access token again")
	}
	return tokens, err
}

func device(ctx context.Context, c client) error {
	config := oauth2.Config{ClientID: c.ID, ClientSecret: c.Secret, Scopes: []string{"openid", "profile"},
		Endpoint: oauth2.Endpoint{TokenURL: given.Issuer + "/oauth/token",
			DeviceAuthURL: given.Issuer + "/oauth/device/code"}}
	started, err := config.DeviceAuth(ctx)
	if err != nil {
		return err
	}
	if _, err = person("approve", "user_code", started.UserCode); err != nil {
		return err
	}
	started.Interval = 1
	token, err := config.DeviceAccessToken(ctx, started)
	if err == nil && token.Extra("id_token") == nil {
		err = fmt.Errorf("no id_token")
	}
	return err
}

func main() {
	if err := json.Unmarshal([]byte(os.Getenv("INTEROP")), &given); err != nil {
		panic(err)
	}
	http.DefaultClient.Jar, _ = cookiejar.New(nil)
	ctx := context.Background()
	web, tool := given.Clients["made web"], given.Clients["made tool"]

	test("zitadel/oidc: a web application", func() error {
		_, err := signIn(ctx, web)
		return err
	})
	test("zitadel/oidc: a public client with PKCE", func() error {
		_, err := signIn(ctx, tool)
		return err
	})
	test("zitadel/oidc: introspection by the resource server", func() error {
		tokens, err := signIn(ctx, web)
		if err != nil {
			return err
		}
		server, err := rs.NewResourceServerClientCredentials(ctx, given.Issuer, web.ID, web.Secret)
		if err != nil {
			return err
		}
		seen, err := rs.Introspect[*oidc.IntrospectionResponse](ctx, server, tokens.AccessToken)
		if err == nil && !seen.Active {
			err = fmt.Errorf("inactive")
		}
		return err
	})
	test("x/oauth2: device flow of a public client", func() error { return device(ctx, tool) })
	test("x/oauth2: device flow of a client with a secret", func() error { return device(ctx, web) })
	if failed {
		os.Exit(1)
	}
}
